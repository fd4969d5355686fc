/**
 * When the next licence write may start, for one tenant in one process.
 *
 * Three things have to agree: a token bucket that keeps the writes of any quota window within this process's share, a
 * limit on writes in flight that adapts to how much change the tenant takes at once, and a pause that Graph asked for.
 * A write is asked for before a task is polled, so that whatever is waiting, waits at the server in order of priority.
 */
import { isWrite } from './error-table.js';
import { InFlightLimit } from './in-flight-limit.js';
import type { ObservedCall } from './observed-call.js';
import type { PaceClock } from './pace-clock.js';
import { systemClock } from './pace-clock.js';
import { RecentCount } from './recent-count.js';
import { SharedPause } from './shared-pause.js';
import type { WriteQuota } from './write-bucket.js';
import { GRAPH_WRITE_QUOTA, WriteBucket } from './write-bucket.js';

/** What an operator can change while work is going on. */
export interface PaceSettings {
  /**
   * Part of the quota that this process may use, above 0 and at most 1. Other applications live in the tenant too, and
   * several workers divide the share between them.
   */
  readonly share: number;
  /** Most writes in flight, a whole number from 1 up; the adaptive limit moves between 1 and this. */
  readonly inFlightMax: number;
}

export const DEFAULT_WRITE_PACE: PaceSettings = { share: 0.5, inFlightMax: 20 };

const IN_FLIGHT_AT_START = 2;
const THROTTLED_LATELY_MS = 5 * 60_000;

export interface WritePacerOptions extends Partial<PaceSettings> {
  /** Writes in flight at the start. @default 2, because some tenants take one licence change at a time */
  readonly inFlightAtStart?: number;
  /** @default {@link GRAPH_WRITE_QUOTA} */
  readonly quota?: WriteQuota;
  readonly clock?: PaceClock;
  /** Uniform in [0, 1), for the jitter of pauses. */
  readonly random?: () => number;
}

/** What holds the next write back, for people. */
export type PaceHold = 'nothing' | 'pause' | 'in-flight' | 'quota';

export interface PaceSnapshot extends PaceSettings {
  /** What the adaptive limit is now. */
  readonly inFlightLimit: number;
  /** Slots whose poll has not brought a task yet. */
  readonly reserved: number;
  readonly inFlight: number;
  /** Reservations that wait for a slot. */
  readonly waiting: number;
  /** Writes per second at which tokens come back now. */
  readonly ratePerSecond: number;
  /** Milliseconds until the shared pause is over; 0 where there is none. */
  readonly pausedForMs: number;
  /** Graph's last word on how much of the quota is used (1 = all of it), `null` below 0.8. */
  readonly throttleLimitPercentage: number | null;
  /** Part of the tenant's whole quota that this process used in one window of it, up to now. */
  readonly quotaUsed: number;
  /** Calls of any kind that Graph refused for being too many, in the last five minutes. */
  readonly throttledLately: number;
  readonly hold: PaceHold;
}

/** The right to start one write: `reserved` while a poll looks for its task, `used` while the task runs. */
export class WritePermit {
  /** Changed by its pacer only. */
  state: 'reserved' | 'used' | 'released' = 'reserved';
}

/** Graph reports the used part of the quota from here; the rate falls linearly from all of it to the least of it. */
const SLOWING = { from: 0.8, until: 1.3, leastRate: 0.1 };

export class WritePacer {
  readonly #clock: PaceClock;
  readonly #bucket: WriteBucket;
  readonly #limit: InFlightLimit;
  readonly #pause: SharedPause;
  readonly #quota: WriteQuota;
  readonly #writes: RecentCount;
  readonly #throttled: RecentCount;
  readonly #waiters = new Set<(permit: WritePermit) => void>();

  #share: number;
  #inFlight = 0;
  /** Answers to calls that began before this moment say nothing about the pace since then. */
  #slowedAt = -Infinity;
  #throttleLimitPercentage: number | null = null;
  #cancelWakeUp: (() => void) | null = null;

  /** @throws `RangeError` as {@link tune}. */
  constructor(options: WritePacerOptions = {}) {
    const { share = DEFAULT_WRITE_PACE.share, inFlightMax = DEFAULT_WRITE_PACE.inFlightMax } = options;
    this.#clock = options.clock ?? systemClock;
    this.#share = share;
    this.#quota = options.quota ?? GRAPH_WRITE_QUOTA;
    this.#bucket = new WriteBucket(this.#clock, this.#quota, share);
    this.#writes = new RecentCount(this.#clock, this.#quota.windowMs);
    this.#throttled = new RecentCount(this.#clock, THROTTLED_LATELY_MS);
    this.#limit = new InFlightLimit(options.inFlightAtStart ?? IN_FLIGHT_AT_START, inFlightMax);
    this.#pause = new SharedPause(this.#clock, options.random ?? Math.random);
  }

  /**
   * Waits, first come first served, until a write may start. Give the permit to {@link use} when its task starts and to
   * {@link release} in any case.
   *
   * @throws the reason of `signal` when it is aborted; nothing is held then.
   */
  async reserve(signal: AbortSignal): Promise<WritePermit> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(grant);
        this.#serve();
        reject(signal.reason as Error);
      };
      const grant = (permit: WritePermit): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(permit);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(grant);
      this.#serve();
    });
  }

  /** The task of a reserved permit has started. */
  use(permit: WritePermit): void {
    if (permit.state !== 'reserved') return;
    permit.state = 'used';
    this.#bucket.spend();
    this.#inFlight += 1;
    this.#writes.add();
    this.#serve();
  }

  /** The permit is no longer needed. One that was never used gives its token back. Safe to repeat. */
  release(permit: WritePermit): void {
    if (permit.state === 'released') return;
    if (permit.state === 'used') this.#inFlight -= 1;
    else this.#bucket.giveBack();
    permit.state = 'released';
    this.#serve();
  }

  /** Learns from a finished call; made to be the `observe` hook of the gateway. */
  readonly observe = (call: ObservedCall): void => {
    // Mail is Outlook's, with quotas of its own: what it refuses says nothing about the directory.
    if (call.operation === 'sendMail') return;
    const news = this.#clock.now() - call.durationMs >= this.#slowedAt;
    const { code, retryAfterMs } = call.failure ?? {};
    if (code === 'THROTTLED') this.#throttled.add();
    if (retryAfterMs !== undefined) this.#pause.named(retryAfterMs);
    if (code === 'CONTENTION') this.#contended(news);
    else if (code === 'THROTTLED' && retryAfterMs === undefined) this.#refused(news);
    else if (retryAfterMs === undefined && isWrite(call.operation) && call.status !== null && call.status < 500)
      this.#wentThrough();
    if (isWrite(call.operation) && call.status !== null) this.#heardPercentage(call.throttleLimitPercentage);
    this.#serve();
  };

  /**
   * Changes the pace of work that is going on. Permits already given stay valid.
   *
   * @throws `RangeError` for a share or a limit outside its range; nothing is changed then.
   */
  tune({ share = this.#share, inFlightMax = this.#limit.max }: Partial<PaceSettings>): void {
    this.#bucket.checkedShare(share);
    this.#limit.setMax(inFlightMax);
    this.#bucket.setShare(share);
    this.#share = share;
    this.#serve();
  }

  /**
   * Milliseconds for which nothing should be sent, 0 where writes may go on. A task that was polled before a pause began
   * cannot be put back; it asks here and fails with this as its next retry delay.
   */
  pausedForMs(): number {
    return this.#pause.remainingMs;
  }

  snapshot(): PaceSnapshot {
    return {
      share: this.#share,
      inFlightMax: this.#limit.max,
      inFlightLimit: this.#limit.now,
      reserved: this.#bucket.reserved,
      inFlight: this.#inFlight,
      waiting: this.#waiters.size,
      ratePerSecond: this.#bucket.ratePerSecond,
      pausedForMs: this.pausedForMs(),
      throttleLimitPercentage: this.#throttleLimitPercentage,
      quotaUsed: this.#writes.count / this.#quota.writes,
      throttledLately: this.#throttled.count,
      hold: this.#hold(),
    };
  }

  #hold(): PaceHold {
    if (this.pausedForMs() > 0) return 'pause';
    if (this.#isFull()) return 'in-flight';
    return this.#bucket.hasToken() ? 'nothing' : 'quota';
  }

  #isFull(): boolean {
    return this.#bucket.reserved + this.#inFlight >= this.#limit.now;
  }

  /** Gives permits while that is possible, and sets the clock for the next one where only time is missing. */
  #serve(): void {
    this.#cancelWakeUp?.();
    this.#cancelWakeUp = null;
    for (const grant of this.#waiters) {
      const hold = this.#hold();
      if (hold !== 'nothing') {
        this.#wakeUpAfter(hold);
        return;
      }
      this.#waiters.delete(grant);
      this.#bucket.reserve();
      grant(new WritePermit());
    }
  }

  #wakeUpAfter(hold: Exclude<PaceHold, 'nothing'>): void {
    // Full: the write that ends serves the queue. No token to come: the reservation that ends does.
    if (hold === 'in-flight') return;
    const ms = hold === 'pause' ? this.pausedForMs() : this.#bucket.msUntilToken();
    if (ms !== null) this.#cancelWakeUp = this.#clock.after(ms, () => this.#serve());
  }

  /** Calls that were refused while they were under way together are one refusal. */
  #refused(news: boolean): void {
    if (!news) return;
    this.#slowedAt = this.#clock.now();
    this.#pause.unguided();
  }

  /** Half as many at once; where one at a time is still too many, a pause. */
  #contended(news: boolean): void {
    if (!news) return;
    this.#slowedAt = this.#clock.now();
    if (!this.#limit.halve()) this.#pause.unguided();
  }

  #wentThrough(): void {
    this.#pause.forget();
    // A limit that holds nothing back has not been tried, so nothing was learned about it.
    if (this.#isFull()) this.#limit.grow();
  }

  #heardPercentage(percentage: number | null): void {
    this.#throttleLimitPercentage = percentage;
    this.#bucket.setRateFactor(rateFactor(percentage));
  }
}

function rateFactor(percentage: number | null): number {
  if (percentage === null) return 1;
  const { from, until, leastRate } = SLOWING;
  const over = (percentage - from) / (until - from);
  return 1 - Math.min(Math.max(over, 0), 1) * (1 - leastRate);
}
