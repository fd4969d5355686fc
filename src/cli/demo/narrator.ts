/** Tells the demo as it happens. Every statement is checked when it is said; one that is not true fails the demo. */
import type { Output } from '../output.js';

const PROGRESS_EVERY_MS = 2_000;

export class Narrator {
  readonly #out: Output;
  #checked = 0;
  #progress = '';
  #progressAt = 0;
  readonly #untrue: string[] = [];

  constructor(out: Output) {
    this.#out = out;
  }

  chapter(title: string): void {
    this.#out.line();
    this.#out.line(this.#out.colors.bold(title));
  }

  tell(text: string): void {
    this.#out.line(`  ${text}`);
  }

  /** How far it is, over and over, a line every few seconds. */
  progress(text: string): void {
    if (text === this.#progress || Date.now() - this.#progressAt < PROGRESS_EVERY_MS) return;
    this.#progress = text;
    this.#progressAt = Date.now();
    this.tell(this.#out.colors.dim(`… ${text}`));
  }

  /** Says `statement` and whether it is true. `seen` is shown where it is not. */
  check(statement: string, holds: boolean, seen?: unknown): void {
    this.#checked += 1;
    const { green, red } = this.#out.colors;
    this.#out.line(`  ${holds ? green('✔ true ') : red('✘ FALSE')} ${statement}`);
    if (holds) return;
    this.#untrue.push(statement);
    if (seen !== undefined) this.#out.line(`          seen instead: ${JSON.stringify(seen)}`);
  }

  get checked(): number {
    return this.#checked;
  }

  get untrue(): readonly string[] {
    return this.#untrue;
  }
}
