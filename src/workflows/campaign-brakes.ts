/** The failure budget of a running campaign: what counts, what was forgiven, whether it is spent. */
import type { SpentBudget } from '../domain/campaign.js';
import { burnt, plannedIn, spentBudget } from '../domain/campaign.js';
import type { CampaignPages } from './campaign-pages.js';
import type { CampaignData } from './campaign-record.js';

/** Failures that count no more, because somebody resumed in spite of them. */
export interface Forgiven {
  readonly total: number;
  readonly waves: Readonly<Record<number, number>>;
}

export class CampaignBrakes {
  readonly #data: CampaignData;
  readonly #pages: CampaignPages;

  constructor(data: CampaignData, pages: CampaignPages) {
    this.#data = data;
    this.#pages = pages;
  }

  /** The limit that is exceeded now, or `null`. */
  spent(): SpentBudget | null {
    const { waves, total } = this.#burnt();
    const before = this.#data.forgiven;
    // Failures that were forgiven and are cured by now make no room for new ones.
    const forgiven: Forgiven = {
      total: Math.min(before.total, total.failed),
      waves: Object.fromEntries(waves.map(({ wave, failed }) => [wave, Math.min(before.waves[wave] ?? 0, failed)])),
    };
    this.#data.forgiven = forgiven;
    return spentBudget(
      this.#data.options.budget,
      waves.map((wave) => ({ ...wave, failed: wave.failed - (forgiven.waves[wave.wave] ?? 0) })),
      { ...total, failed: total.failed - forgiven.total },
    );
  }

  /**
   * Whoever resumes although the budget is spent accepts the failures so far: those that come are counted from then on.
   *
   * @returns how many failures count no more.
   */
  forgive(): number {
    const { waves, total } = this.#burnt();
    this.#data.forgiven = {
      total: total.failed,
      waves: Object.fromEntries(waves.map(({ wave, failed }) => [wave, failed])),
    };
    return total.failed;
  }

  #burnt() {
    const waves = this.#pages.waves().map(({ wave, users, failures }) => ({
      ...{ wave, failed: burnt(failures), users: plannedIn(users) },
    }));
    const sum = (of: 'failed' | 'users') => waves.reduce((total, wave) => total + wave[of], 0);
    return { waves, total: { failed: sum('failed'), users: sum('users') } };
  }
}
