import type { PaceClock } from './pace-clock.js';

const SLOTS = 30;

/** How often something happened in the time behind us, to a thirtieth of it; the memory it takes does not grow. */
export class RecentCount {
  readonly #clock: PaceClock;
  readonly #slotMs: number;
  /** Of the slots that are not too old, by number. */
  readonly #counts = new Map<number, number>();

  constructor(clock: PaceClock, windowMs: number) {
    this.#clock = clock;
    this.#slotMs = windowMs / SLOTS;
  }

  add(): void {
    const slot = this.#slot();
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
    this.#forget(slot);
  }

  get count(): number {
    this.#forget(this.#slot());
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  #slot(): number {
    return Math.floor(this.#clock.now() / this.#slotMs);
  }

  #forget(now: number): void {
    for (const slot of this.#counts.keys()) if (slot <= now - SLOTS) this.#counts.delete(slot);
  }
}
