import type { PaceClock } from './pace-clock.js';

/** Where Graph refuses without naming a time: doubles with each refusal in a row, and is then spread at random. */
const UNGUIDED_MS = { first: 4_000, max: 60_000 };
/** On top of a wait that Graph named, so that several workers do not come back in one moment. */
const GUIDED_SPREAD = 0.1;

/** One pause for every call of this process; it only ever gets longer. */
export class SharedPause {
  readonly #clock: PaceClock;
  readonly #random: () => number;
  #until = -Infinity;
  #refusalsInRow = 0;

  constructor(clock: PaceClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Milliseconds, 0 where there is no pause. */
  get remainingMs(): number {
    return Math.max(0, Math.ceil(this.#until - this.#clock.now()));
  }

  /** For at least as long as Graph said. */
  named(retryAfterMs: number): void {
    this.#extend(retryAfterMs * (1 + GUIDED_SPREAD * this.#random()));
  }

  /** For a time of our own choice, because Graph named none. */
  unguided(): void {
    const longest = Math.min(UNGUIDED_MS.max, UNGUIDED_MS.first * 2 ** this.#refusalsInRow);
    this.#refusalsInRow += 1;
    this.#extend(longest * (0.5 + 0.5 * this.#random()));
  }

  /** Something went through: the next unguided pause is a short one again. */
  forget(): void {
    this.#refusalsInRow = 0;
  }

  #extend(ms: number): void {
    this.#until = Math.max(this.#until, this.#clock.now() + ms);
  }
}
