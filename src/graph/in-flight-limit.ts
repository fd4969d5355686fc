/** How many calls a tenant takes at once, learned as networks learn it: up by one a round, down by half. */
export class InFlightLimit {
  #max: number;
  #limit: number;

  /** @throws `RangeError` where `max` is not a whole number from 1 up. */
  constructor(start: number, max: number) {
    this.#max = checkedMax(max);
    this.#limit = Math.min(start, max);
  }

  get max(): number {
    return this.#max;
  }

  get now(): number {
    return Math.floor(this.#limit);
  }

  /** @throws `RangeError` where `max` is not a whole number from 1 up. */
  setMax(max: number): void {
    this.#max = checkedMax(max);
    this.#limit = Math.min(this.#limit, max);
  }

  /** One write went through: after a full round of them the limit is one higher. */
  grow(): void {
    this.#limit = Math.min(this.#max, this.#limit + 1 / this.#limit);
  }

  /** Returns whether there was anything to halve. */
  halve(): boolean {
    const before = this.now;
    this.#limit = Math.max(1, this.#limit / 2);
    return before > 1;
  }
}

function checkedMax(max: number): number {
  if (Number.isInteger(max) && max >= 1) return max;
  throw new RangeError(`The limit of writes in flight is ${max}; it must be a whole number from 1 up.`);
}
