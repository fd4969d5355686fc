/**
 * What a command says. Data goes to stdout, in one of three forms: for a person at a terminal, one tab-separated record a
 * line for pipes, or JSON. Messages go to stderr.
 */
import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import type { TimeText } from '../contracts/request-story.js';
import { localTime } from './local-time.js';

/** Version of every JSON document that the command line prints. */
export const API_VERSION = 'licenseflow/v1';

/** The part of a terminal's stream that is needed to write to it. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of the terminal, in characters. */
  readonly columns?: number;
}

export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly form: 'json' | 'plain' | 'terminal';
  /** Whether to colour what goes to a terminal. */
  readonly color: boolean;
  readonly verbose: boolean;
  /** @default the zone of this machine */
  readonly timeZone?: string;
}

/** `null` and the empty string stand for "nothing to say". */
export type Cell = string | number | boolean | null;

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  /** Too much for most terminals: shown there with `--verbose` only. */
  readonly wide?: true;
}

type Colors = ReturnType<typeof pc.createColors>;

export class Output {
  /** Instants for people: UTC with the local time beside it. In plain output they stay ISO 8601 in UTC. */
  readonly time: TimeText;
  readonly verbose: boolean;
  /** For words on stdout. Colour only repeats what the words say. */
  readonly colors: Colors;
  readonly #options: OutputOptions;
  readonly #messageColors: Colors;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.verbose = options.verbose;
    this.time = options.form === 'terminal' ? localTime(options.timeZone) : (iso) => iso;
    this.colors = pc.createColors(options.color && options.form === 'terminal');
    this.#messageColors = pc.createColors(options.color && options.stderr.isTTY === true);
  }

  get isJson(): boolean {
    return this.#options.form === 'json';
  }

  /** Whether a program reads what is printed, and not a person. */
  get isPiped(): boolean {
    return this.#options.form !== 'terminal';
  }

  /** The result of a command: `forPeople` prints it, unless JSON is wanted. */
  async result(kind: string, content: object, forPeople: () => void | Promise<void>): Promise<void> {
    if (this.isJson) this.#out(JSON.stringify({ apiVersion: API_VERSION, kind, ...content }, null, 2));
    else await forPeople();
  }

  /** One JSON document a line, for things that go on. */
  event(kind: string, content: object): void {
    this.#out(JSON.stringify({ apiVersion: API_VERSION, kind, ...content }));
  }

  line(text = ''): void {
    this.#out(lines(text));
  }

  /** Rows under their titles on a terminal, as wide as it is where words allow that; in a pipe tab-separated, without titles, nothing left out. */
  async table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Promise<void> {
    if (this.#options.form !== 'terminal') {
      for (const row of rows) this.#out(columns.map(({ cell }) => record(cell(row))).join('\t'));
      return;
    }
    const { default: Table } = await import('cli-table3');
    const shown = columns.filter(({ wide }) => wide !== true || this.verbose);
    const titles = shown.map(({ title }) => title);
    const cells = rows.map((row) => shown.map(({ cell }) => record(cell(row))));
    const widths = columnWidths([titles, ...cells], widthOf(this.#options.stdout, Infinity) - GAP * shown.length);
    const table = new Table({
      head: titles.map((title) => this.colors.bold(title)),
      chars: BORDERLESS,
      style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [] },
      colWidths: widths.map((width) => width + GAP),
      wordWrap: true,
    });
    table.push(...cells);
    this.#out(trimmed(table.toString()));
  }

  /** What is known of one thing, a label and a value each. Where a label repeats, its values stand below each other. */
  fields(fields: readonly (readonly [label: string, value: Cell])[]): void {
    const told = fields.filter(([, value]) => value !== null && value !== '');
    if (this.#options.form !== 'terminal') {
      for (const [label, value] of told) this.#out(`${label}\t${record(value)}`);
      return;
    }
    const width = Math.max(0, ...told.map(([label]) => label.length));
    told.forEach(([label, value], i) => {
      const title = told[i - 1]?.[0] === label ? '' : label;
      this.#out(`${this.colors.bold(title.padEnd(width))}  ${record(value)}`);
    });
  }

  /** A message beside the data. With JSON there is none, so that stderr holds at most the one error document. */
  note(text: string): void {
    if (!this.isJson) this.#err(lines(text));
  }

  warn(text: string): void {
    this.note(`${this.#messageColors.yellow('Warning:')} ${text}`);
  }

  /** The commands to go on with. */
  next(...commands: readonly string[]): void {
    if (commands.length === 0) return;
    this.note(commands.map((command, i) => `${i === 0 ? 'Next: ' : '      '}${command}`).join('\n'));
  }

  error({ message, remedy, detail, ...codes }: ErrorText): void {
    if (this.isJson) {
      const error = { ...codes, message, remedy };
      this.#err(JSON.stringify({ apiVersion: API_VERSION, kind: 'Error', error }, null, 2));
      return;
    }
    this.#err(lines(`${this.#messageColors.red('Error:')} ${message}`));
    if (remedy !== null) this.#err(lines(remedy));
    if (detail !== null && this.verbose) this.#err(lines(detail));
  }

  #out(text: string): void {
    this.#options.stdout.write(`${text}\n`);
  }

  #err(text: string): void {
    this.#options.stderr.write(`${text}\n`);
  }
}

export interface ErrorText {
  /** Kind and code as the client library has them; `usage` for a wrong command line. */
  readonly kind: string;
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly remedy: string | null;
  /** For `--verbose`: stack traces. */
  readonly detail: string | null;
}

const BORDERLESS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, '']),
);

/** Characters in a line; a terminal that does not know says 0. */
export function widthOf({ columns = 0 }: TextStream, otherwise: number): number {
  return columns > 0 ? columns : otherwise;
}

/** Characters between two columns. */
const GAP = 2;

/** As wide as their cells; where that is more than `total`, the widest are wrapped between words, and words stay whole. */
function columnWidths(rows: readonly (readonly string[])[], total: number): readonly number[] {
  const columns = (rows[0] ?? []).map((_, i) => rows.map((row) => stripVTControlCharacters(row[i] ?? '')));
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)));
  const longestWords = columns.map((cells) =>
    Math.max(...cells.flatMap((cell) => cell.split(' ').map(({ length }) => length))),
  );
  for (let tooWide = sum(widths) - total; tooWide > 0; tooWide--) {
    const slack = widths.map((width, i) => (width > (longestWords[i] ?? 0) ? width : 0));
    const widest = Math.max(...slack);
    if (widest === 0) break;
    widths[slack.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

// Names and reasons are typed by people, and an escape sequence in one must not steer someone else's terminal. Colours are
// the one sequence that this program writes itself, and harmless in anybody's text.
const CONTROL =
  /\u001b(?!\[[\d;]*m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One cell or value: always one line, without tabs. */
function record(cell: Cell): string {
  return cell === null
    ? ''
    : String(cell)
        .replace(/[\t\r\n]+/gu, ' ')
        .replace(CONTROL, '');
}

/** The text as far as it fits into so many columns; colours take none. */
export function fitted(cell: Cell, columns: number): string {
  const parts = record(cell).split(/(\u001b\[[\d;]*m)/u);
  let left = columns;
  let isCut = false;
  const kept = parts.map((part, i) => {
    if (i % 2 === 1) return part;
    const letters = [...part];
    const shown = letters.slice(0, Math.max(0, left));
    if (shown.length < letters.length && !isCut) {
      isCut = true;
      left = 0;
      return `${shown.slice(0, -1).join('')}…`;
    }
    left -= shown.length;
    return shown.join('');
  });
  return kept.join('');
}

function lines(text: string): string {
  return text.replace(CONTROL, '');
}

/** cli-table3 pads the last column too. */
function trimmed(text: string): string {
  return text.replace(/[ \t]+$/gmu, '');
}
