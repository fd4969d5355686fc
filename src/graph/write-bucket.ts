import type { PaceClock } from './pace-clock.js';

/** Writes that Graph allows in a time. */
export interface WriteQuota {
  readonly writes: number;
  readonly windowMs: number;
}

/** Of one application in one tenant. Source: "Identity and access service limits" in Microsoft's throttling limits. */
export const GRAPH_WRITE_QUOTA: WriteQuota = { writes: 3000, windowMs: 150_000 };

/**
 * A token bucket that keeps the writes of every quota window within a share of it: a window holds at most one burst and
 * what flows in meanwhile, and both together are the share.
 *
 * Reservations count as part of the burst. All of them can turn into writes in one moment, however long they waited, so
 * tokens and reservations together never exceed it.
 */
export class WriteBucket {
  readonly #clock: PaceClock;
  readonly #quota: WriteQuota;
  #share: number;
  /** Part of the usual rate at which tokens come back. */
  #rateFactor = 1;
  /** As of `#filledAt`. */
  #tokens: number;
  #filledAt: number;
  #reserved = 0;

  /** @throws `RangeError` as {@link setShare}. */
  constructor(clock: PaceClock, quota: WriteQuota, share: number) {
    this.#clock = clock;
    this.#quota = quota;
    this.#share = this.checkedShare(share);
    this.#tokens = this.#burst();
    this.#filledAt = clock.now();
  }

  get reserved(): number {
    return this.#reserved;
  }

  get ratePerSecond(): number {
    return this.#ratePerMs() * 1000;
  }

  /** Whether {@link reserve} may be called. */
  hasToken(): boolean {
    this.#fill();
    return this.#tokens >= 1;
  }

  /** Milliseconds until there is a token; `null` where the reservations are the whole burst and time alone brings none. */
  msUntilToken(): number | null {
    if (this.hasToken()) return 0;
    return this.#room() < 1 ? null : Math.ceil((1 - this.#tokens) / this.#ratePerMs());
  }

  reserve(): void {
    this.#fill();
    this.#tokens -= 1;
    this.#reserved += 1;
  }

  /** A reservation has turned into a write. */
  spend(): void {
    this.#fill();
    this.#reserved -= 1;
  }

  /** A reservation has come to nothing. */
  giveBack(): void {
    this.#fill();
    this.#reserved -= 1;
    this.#tokens += 1;
  }

  setRateFactor(factor: number): void {
    this.#fill();
    this.#rateFactor = factor;
  }

  /** @throws `RangeError` for a share that is not above 0 and at most 1, or too small for any write. */
  setShare(share: number): void {
    const checked = this.checkedShare(share);
    this.#fill();
    this.#share = checked;
    this.#fill();
  }

  /** @throws `RangeError` as {@link setShare}. */
  checkedShare(share: number): number {
    const { writes, windowMs } = this.#quota;
    if (!(share > 0 && share <= 1)) {
      throw new RangeError(`The share of the write quota is ${share}; it must be above 0 and at most 1.`);
    }
    if (writes * share < 2) {
      throw new RangeError(
        `A share of ${share} is fewer than 2 writes in ${windowMs / 1000} s; raise it to ${2 / writes}.`,
      );
    }
    return share;
  }

  #allowance(): number {
    return this.#quota.writes * this.#share;
  }

  /** About one second's worth, so that a quiet worker does not start with a bang. */
  #burst(): number {
    return Math.max(1, Math.floor((this.#allowance() / this.#quota.windowMs) * 1000));
  }

  #ratePerMs(): number {
    return ((this.#allowance() - this.#burst()) / this.#quota.windowMs) * this.#rateFactor;
  }

  #room(): number {
    return Math.max(0, this.#burst() - this.#reserved);
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#room(), this.#tokens + (now - this.#filledAt) * this.#ratePerMs());
    this.#filledAt = now;
  }
}
