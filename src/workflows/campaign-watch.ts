/** What a campaign keeps an eye on while its waves run: its products, and the hours in which writes are allowed. */
import type { CampaignInput } from '../contracts/campaign.js';
import { changedProducts } from '../domain/campaign.js';
import { reading } from './activity-proxies.js';
import type { CampaignRecord } from './campaign-record.js';
import { failureOf } from './keep-trying.js';

export interface WatchEvents {
  /** Something became known. */
  readonly changed: () => void;
  /** The plan lists of these products (names) are not those of the plan. */
  readonly productsChanged: (names: readonly string[]) => void;
  readonly failed: () => void;
}

export class CampaignWatch {
  readonly #input: CampaignInput;
  readonly #record: CampaignRecord;
  readonly #events: WatchEvents;
  #isAsking = false;
  /** Not before these instants. */
  #lookAt = 0;
  #askHoursAt = 0;
  /** Before which wave the products were seen unchanged. */
  #seenFor: number | null = null;

  constructor(input: CampaignInput, record: CampaignRecord, events: WatchEvents) {
    this.#input = input;
    this.#record = record;
    this.#events = events;
  }

  get isQuiet(): boolean {
    return !this.#isAsking;
  }

  /** The products are looked at before each wave, and not only now and then. */
  lookBefore(wave: number): void {
    if (this.#seenFor !== wave) this.#lookAt = Math.min(this.#lookAt, Date.now());
  }

  hasSeen(wave: number): boolean {
    return this.#seenFor === wave;
  }

  /** Whether writes are allowed now, as far as that is known. */
  isOpenHour(): boolean {
    const { options, opensAt, closesAt } = this.#record.data;
    if (options.hours === null) return true;
    const nowMs = Date.now();
    return opensAt !== null && opensAt <= nowMs && (closesAt === null || nowMs < closesAt);
  }

  /** Asks what has to be asked now; the answers come later. */
  work(isRunning: boolean): void {
    if (this.#isAsking) return;
    const nowMs = Date.now();
    if (this.#hoursAreUnknown() && nowMs >= this.#askHoursAt) void this.#ask(() => this.#askHours());
    else if (isRunning && nowMs >= this.#lookAt) void this.#ask(() => this.#lookAtProducts());
  }

  /** Instants at which something is to be asked, or at which an allowed hour begins or ends. */
  nextAts(isRunning: boolean): readonly number[] {
    const { options, opensAt, closesAt } = this.#record.data;
    const hours = options.hours === null ? [] : [opensAt, closesAt].flatMap((at) => at ?? []);
    return [...hours, ...(this.#hoursAreUnknown() ? [this.#askHoursAt] : []), ...(isRunning ? [this.#lookAt] : [])];
  }

  #hoursAreUnknown(): boolean {
    const { options, hoursKnown, closesAt } = this.#record.data;
    return options.hours !== null && (!hoursKnown || (closesAt !== null && Date.now() >= closesAt));
  }

  async #ask(question: () => Promise<void>): Promise<void> {
    this.#isAsking = true;
    await question();
    this.#isAsking = false;
    this.#events.changed();
  }

  async #lookAtProducts(): Promise<void> {
    const { data } = this.#record;
    const { wishes, pace, campaignPace } = this.#input;
    const { wave } = data;
    try {
      const { contents } = await reading(pace, 'look at the products').campaignFacts({ wishes, groups: [] });
      this.#lookAt = Date.now() + campaignPace.watchMs;
      data.retryAt = null;
      const changed = changedProducts(data.contents, contents);
      if (changed.length === 0) this.#seenFor = wave;
      else
        this.#events.productsChanged(changed.map((id) => data.plan?.skus.find((sku) => sku.skuId === id)?.name ?? id));
    } catch (error) {
      this.#lookAt = this.#failed(error);
    }
  }

  async #askHours(): Promise<void> {
    const { data } = this.#record;
    const { hours } = data.options;
    if (hours === null) return;
    try {
      const answer = await reading(this.#input.pace, 'allowed hours').nextAllowed({ hours, at: Date.now() });
      Object.assign(data, { ...answer, hoursKnown: true, retryAt: null });
    } catch (error) {
      this.#askHoursAt = this.#failed(error);
    }
  }

  /** @returns when it is tried again. */
  #failed(error: unknown): number {
    const { failure } = failureOf(error);
    const nextAt = Date.now() + Math.max(this.#input.pace.again.firstMs, failure.retryAfterMs ?? 0);
    this.#record.fail(failure, nextAt);
    this.#events.failed();
    return nextAt;
  }
}
