import type { CliDependencies, Invocation } from './invocation.js';

/**
 * How far something is, on stderr: one line that is written over on a terminal, and elsewhere a line now and then. Nothing
 * with `--json`.
 */
export class ProgressLine {
  readonly #stderr: CliDependencies['stderr'];
  readonly #isQuiet: boolean;
  #last = '';
  #steps = 0;

  constructor({ deps, out }: Pick<Invocation, 'deps' | 'out'>) {
    this.#stderr = deps.stderr;
    this.#isQuiet = out.isJson;
  }

  /** @param step grows by one where a line is worth being written although there is no terminal. */
  show(text: string, step = this.#steps): void {
    if (this.#isQuiet || text === this.#last) return;
    if (this.#stderr.isTTY === true) this.#stderr.write(`\r\u001b[2K${text}`);
    else if (step !== this.#steps || this.#last === '') this.#stderr.write(`${text}\n`);
    this.#steps = step;
    this.#last = text;
  }

  /** Leaves the line empty, for what is said next. */
  end(): void {
    if (this.#last !== '' && this.#stderr.isTTY === true) this.#stderr.write('\r\u001b[2K');
    this.#last = '';
  }
}
