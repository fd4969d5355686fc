import { csvLine } from '../../client/csv-text.js';
import type { Cell } from '../output.js';

/** A line of CSV with its end. */
export function csvText(cells: readonly Cell[]): string {
  return `${csvLine(cells.map((cell) => (cell === null ? '' : String(cell))))}\r\n`;
}
