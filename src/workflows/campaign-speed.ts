/** How fast a campaign gets on, from a few samples of how far it was when. */

interface Sample {
  readonly at: number;
  readonly finished: number;
}

export type CarriedSpeed = readonly Sample[];

const SAMPLES_MAX = 40;
/** Older samples say nothing about now. */
const LATELY_MS = 5 * 60_000;

export class CampaignSpeed {
  #samples: readonly Sample[];

  constructor(carried: CarriedSpeed = []) {
    this.#samples = carried;
  }

  carry(): CarriedSpeed {
    return this.#samples;
  }

  /** @param everyMs samples that are nearer to each other are not kept. */
  sample(finished: number, at: number, everyMs: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && (at - last.at < everyMs || finished === last.finished)) return;
    this.#samples = [...this.#samples.filter((sample) => at - sample.at <= LATELY_MS), { at, finished }].slice(
      -SAMPLES_MAX,
    );
  }

  /** What was before says nothing about what comes. */
  forget(): void {
    this.#samples = [];
  }

  /** Users a second; `null` where nothing was finished lately. */
  perSecond(finished: number, at: number): number | null {
    const first = this.#samples.find((sample) => at - sample.at <= LATELY_MS);
    if (first === undefined || finished <= first.finished || at <= first.at) return null;
    return ((finished - first.finished) * 1_000) / (at - first.at);
  }
}
