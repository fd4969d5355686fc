import type { Cell, Output, TextStream } from './output.js';
import { fitted, widthOf } from './output.js';

/** A part of the terminal that is written over again and again. */
export class Screen {
  readonly #stdout: TextStream;
  #lines = 0;

  constructor(stdout: TextStream) {
    this.#stdout = stdout;
  }

  /** Writes the fields in place of those before; each takes one line, however long it is. */
  draw(out: Output, fields: readonly (readonly [label: string, value: Cell])[]): void {
    const told = fields.filter(([, value]) => value !== null && value !== '');
    const width = Math.max(...told.map(([label]) => label.length)) + 2;
    const columns = widthOf(this.#stdout, 120);
    if (this.#lines > 0) this.#stdout.write(`\u001b[${String(this.#lines)}A\u001b[J`);
    out.fields(told.map(([label, value]) => [label, fitted(value, columns - width - 1)]));
    this.#lines = told.length;
  }
}
