/** Cells of a CSV as they are written, safe for whoever opens them in a spreadsheet. */

/** Text that a spreadsheet takes for a formula, and such text after the sign that keeps it from doing so. */
const FORMULA = /^'*[=+\-@\t\r\n]/u;

/** RFC 4180, without the line end. */
export function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => quotedIfNeeded(guarded(cell))).join(',');
}

/** A leading `'` makes it text for a spreadsheet; {@link unguarded} takes it away again. */
export function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function unguarded(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

function quotedIfNeeded(text: string): string {
  return /[",;\t\r\n]|^\s|\s$/u.test(text) ? `"${text.replace(/"/gu, '""')}"` : text;
}
