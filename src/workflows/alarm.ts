import { sleep } from '@temporalio/workflow';

/**
 * Rings at instants that keep changing, with few timers: a new one is set only where it is to ring earlier than all that
 * are set. It may therefore ring too early, and whoever hears it looks at the clock.
 */
export class Alarm {
  readonly #ring: () => void;
  #nextAt = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** @param at milliseconds since the epoch. */
  ringAt(at: number): void {
    if (at >= this.#nextAt) return;
    this.#nextAt = at;
    void this.#wait(at);
  }

  async #wait(at: number): Promise<void> {
    await sleep(Math.max(1, at - Date.now()));
    if (this.#nextAt === at) this.#nextAt = Infinity;
    this.#ring();
  }
}
