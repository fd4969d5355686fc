/**
 * Reads of very many users, as many at once as the tenant takes. Graph counts a call that it refuses as one that was made,
 * so calls that go on regardless use the quota up and read nothing; and a page that starts over for one refused call
 * never ends.
 */
import { GraphFailure } from './gateway.js';
import { InFlightLimit } from './in-flight-limit.js';
import type { PaceClock } from './pace-clock.js';
import { systemClock } from './pace-clock.js';
import { SharedPause } from './shared-pause.js';

export interface BulkReadsOptions {
  /** A read that was not let through for so long fails with the last refusal, in milliseconds. @default 15,000 */
  readonly patienceMs?: number;
  readonly clock?: PaceClock;
  /** Uniform in [0, 1), for the jitter of pauses. */
  readonly random?: () => number;
}

/** Most calls in flight; the adaptive limit moves between 1 and this. */
const IN_FLIGHT_MAX = 16;
const IN_FLIGHT_AT_START = 4;
const PATIENCE_MS = 15_000;

/** Of one tenant in one process. */
export class BulkReads {
  readonly #clock: PaceClock;
  readonly #limit: InFlightLimit;
  readonly #pause: SharedPause;
  readonly #patienceMs: number;
  readonly #waiters = new Set<() => void>();
  #inFlight = 0;
  /** Refusals of calls that began before this moment are part of one that is known. */
  #slowedAt = -Infinity;
  #cancelWakeUp: (() => void) | null = null;

  constructor(options: BulkReadsOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#limit = new InFlightLimit(IN_FLIGHT_AT_START, IN_FLIGHT_MAX);
    this.#pause = new SharedPause(this.#clock, options.random ?? Math.random);
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /**
   * Reads when its turn comes, first come first served, and again after a pause where Graph throttles it.
   *
   * @throws GraphFailure `THROTTLED` where that happened for too long; else whatever `read` throws, and the reason of
   *   `signal` while it waits.
   */
  async run<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    const giveUpAt = this.#clock.now() + this.#patienceMs;
    for (;;) {
      await this.#turn(signal);
      const startedAt = this.#clock.now();
      try {
        const result = await read();
        this.#wentThrough();
        return result;
      } catch (error) {
        if (!(error instanceof GraphFailure) || error.failure.code !== 'THROTTLED') throw error;
        this.#refused(startedAt, error.failure.retryAfterMs);
        if (this.#clock.now() + this.#pause.remainingMs >= giveUpAt) throw error;
      } finally {
        this.#inFlight -= 1;
        this.#serve();
      }
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(grant);
        reject(signal.reason as Error);
      };
      const grant = (): void => {
        signal.removeEventListener('abort', giveUp);
        this.#inFlight += 1;
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(grant);
      this.#serve();
    });
  }

  #serve(): void {
    this.#cancelWakeUp?.();
    this.#cancelWakeUp = null;
    for (const grant of this.#waiters) {
      const pauseMs = this.#pause.remainingMs;
      if (pauseMs > 0) this.#cancelWakeUp = this.#clock.after(pauseMs, () => this.#serve());
      if (pauseMs > 0 || this.#isFull()) return;
      this.#waiters.delete(grant);
      grant();
    }
  }

  #isFull(): boolean {
    return this.#inFlight >= this.#limit.now;
  }

  /** Calls that were refused while they were under way together are one refusal. */
  #refused(startedAt: number, retryAfterMs: number | undefined): void {
    if (retryAfterMs !== undefined) this.#pause.named(retryAfterMs);
    if (startedAt < this.#slowedAt) return;
    this.#slowedAt = this.#clock.now();
    this.#limit.halve();
    if (retryAfterMs === undefined) this.#pause.unguided();
  }

  #wentThrough(): void {
    this.#pause.forget();
    if (this.#isFull()) this.#limit.grow();
  }
}
