import type { PaceClock } from '../../src/graph/pace-clock.js';

/** A clock that stands still until it is moved, and then calls what falls due in order. */
export class HandClock implements PaceClock {
  #now = 1_000;
  readonly #timers = new Map<number, { readonly at: number; readonly then: () => void }>();
  #nextId = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#now + ms, then });
    return () => this.#timers.delete(id);
  }

  get timers(): number {
    return this.#timers.size;
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      const [id, { at, then }] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      then();
      await settle();
    }
    this.#now = until;
    await settle();
  }
}

/** Lets every promise that can go on do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
