/** Lines of CSV (RFC 4180), safe for whoever opens them in a spreadsheet. */
import type { Cell } from '../output.js';

/** Text that a spreadsheet takes for a formula. A leading `'` makes it text. */
const FORMULA = /^'*[=+\-@\t\r]/u;

export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => quoted(cell === null ? '' : String(cell))).join(',')}\r\n`;
}

function quoted(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]|^\s|\s$/u.test(safe) ? `"${safe.replace(/"/gu, '""')}"` : safe;
}
