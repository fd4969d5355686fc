/** What a campaign carries from run to run has to stay small, however many pages it has. */
import assert from 'node:assert/strict';
import type { CampaignInput } from '../../src/contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS, DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import type { PagePlan, PageStatus } from '../../src/contracts/campaign-page.js';
import { digestOf } from '../../src/domain/digest.js';
import { DEFAULT_PACE } from '../../src/contracts/pace.js';
import { CampaignPages } from '../../src/workflows/campaign-pages.js';

const PAGES = 200;
const USERS = 250;

const INPUT: CampaignInput = {
  ...{ campaignId: 'c', title: 'C', source: { kind: 'holders', sku: 'E3', except: [] }, wishes: [], digest: 'd' },
  ...{ options: DEFAULT_CAMPAIGN_OPTIONS, pace: DEFAULT_PACE, campaignPace: DEFAULT_CAMPAIGN_PACE, carried: null },
  plannedBy: { ref: 'm', assurance: 'asserted' },
};

function planOf(page: number): PagePlan {
  return {
    digest: digestOf(page),
    signatures: Array.from({ length: USERS }, (_, i) => ({
      ...{ key: digestOf(page * USERS + i).slice(0, 16), users: 1, outcome: 'ready' },
    })),
    ...{ readyByWave: {}, seatsNeeded: {}, seatsToRestore: {}, blocked: {}, warnings: {} },
  };
}

class Told {
  readonly #pages = new CampaignPages(INPUT, DEFAULT_CAMPAIGN_OPTIONS, () => undefined, null);
  #number = 0;

  constructor() {
    this.#pages.seal(Array.from({ length: PAGES }, () => USERS));
  }

  get pages(): CampaignPages {
    return this.#pages;
  }

  /** Every page that has an order carries it out and says so, until the job is done. */
  carriedOut(waves: PageStatus['waves'], plan?: (page: number) => PagePlan): number {
    let most = 0;
    for (let turn = 0; !this.#pages.isDone() && turn <= PAGES; turn++) {
      this.#pages.work(turn, true);
      const { pages } = this.#pages.carry();
      most = Math.max(most, this.#pages.figures().active);
      for (const { page, number, said } of pages)
        if (number > 0 && !(said?.order === number && said.settled)) this.#say(page, number, waves, plan?.(page));
    }
    assert.ok(this.#pages.isDone());
    return most;
  }

  #say(page: number, order: number, waves: PageStatus['waves'], plan: PagePlan | undefined): void {
    const told = { page, number: ++this.#number, order, settled: true, onlySeats: false, waves, seatsMissing: 0 };
    const rest = { lastWriteAt: 1_800_000_000_000, lastFailure: null, plan: plan ?? null, refusal: null };
    this.#pages.hear({ ...told, ...rest }, 0);
  }

  size(): number {
    return JSON.stringify(this.#pages.carry()).length;
  }
}

const users = { ready: 20, done: 200, failed: 12, unknown: 3, drifted: 5, 'waiting-for-seat': 10 };
const failures = { USAGE_LOCATION: 5, OUTCOME_UNKNOWN: 3, DRIFT: 5, PROXY_ADDRESS_CONFLICT: 7 };

describe('pages of a campaign', () => {
  it('are few at work at a time: so many plan, and so many write', () => {
    const told = new Told();
    told.pages.plan(false, told.pages.all());
    assert.equal(told.carriedOut([{ wave: -1, users: { ready: USERS }, failures: {} }], planOf), 4);
    told.pages.tellWaves(new Map());
    told.carriedOut([]);
    assert.deepEqual(told.pages.figures(), { planned: PAGES, active: 0, settled: PAGES });
  });

  it('take less than 500 KB with 200 of them, each with its own signatures and four waves', () => {
    const told = new Told();
    told.pages.plan(false, told.pages.all());
    told.carriedOut([{ wave: -1, users: { ready: USERS }, failures: {} }], planOf);
    told.pages.forgetPlans();
    const canaries = Array.from({ length: 10 }, (_, i) => digestOf(i).slice(0, 16));
    const cuts = [{ wave: 1, users: 60 }, { wave: 2, users: 60 }, { wave: 3, users: 120 }]; // prettier-ignore
    told.pages.tellWaves(new Map(told.pages.all().map((page) => [page, { canaries, cuts }])));
    told.carriedOut([0, 1, 2, 3].map((wave) => ({ wave, users, failures })));
    told.pages.pursue({ kind: 'run', wave: 3, round: 1 });
    told.pages.work(0, true);
    assert.ok(told.size() < 500_000, `${String(told.size())} bytes`);
  });

  it('stop where fewer may be at work, and go on when it is their turn', () => {
    const told = new Told();
    told.pages.plan(false, told.pages.all());
    told.carriedOut([{ wave: 1, users: { ready: USERS }, failures: {} }], planOf);
    told.pages.pursue({ kind: 'run', wave: 1, round: 1 });
    told.pages.work(0, true);
    assert.equal(told.pages.figures().active, 8);
    told.pages.tune({ concurrency: 3, perSecond: null });
    told.pages.work(0, true);
    const kinds = told.pages
      .carry()
      .pages.flatMap(({ instruction }) => (instruction === null ? [] : [instruction.kind]));
    assert.equal(kinds.filter((kind) => kind === 'stop').length, 5);
    assert.equal(kinds.filter((kind) => kind === 'run').length, 3);
  });
});
