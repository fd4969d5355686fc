/**
 * The users of a campaign from a CSV file: read as a stream, and accepted whole or not at all.
 *
 * Columns, in any order and whatever their case: `user` (object id or user principal name), and where wanted `add`,
 * `remove`, `disabledPlans`, `enabledPlans`, `keepPlans`, `losing` (see `campaign-wish.ts` for what their cells say),
 * `wave`, `note`. Columns that an export has beside these are ignored, so that an export may be read again.
 */
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { CampaignWish } from '../contracts/campaign.js';
import type { CampaignRow } from '../contracts/campaign-page.js';
import { nearMiss } from '../config/near-miss.js';
import { isWave, WAVES_MAX } from '../domain/campaign-waves.js';
import { OUTCOME_COLUMNS } from './campaign-columns.js';
import type { WishCells, WishDefaults } from './campaign-wish.js';
import { quoted, WISH_COLUMNS, wishOfCells } from './campaign-wish.js';
import type { CsvRow, Delimiter } from './csv-rows.js';
import { readCsv } from './csv-rows.js';
import { unguarded } from './csv-text.js';
import { LicenseflowError } from './licenseflow-error.js';
import { userRefProblem } from './references.js';

/** A file that was read and found good. */
export interface CampaignFile {
  readonly kind: 'file';
  /** As people call it. */
  readonly name: string;
  /** Each user once, in the order of the file. */
  readonly rows: readonly CampaignRow[];
  /** What rows ask for, each wish once; rows refer to it by index. */
  readonly wishes: readonly CampaignWish[];
  /** Rows that said the same of the same user once more. */
  readonly merged: number;
}

export interface CsvOptions extends WishDefaults {
  /** How the file is called in messages and in the campaign. @default its path, its last part for the campaign */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

/** A file with bad rows, all of them: nothing of it was accepted. */
export class CampaignCsvError extends LicenseflowError {
  constructor(
    name: string,
    /** The first ones, in the order of the file. */
    readonly problems: readonly CsvProblem[],
    /** How many there are. */
    readonly count: number,
  ) {
    const shown = problems.slice(0, SHOWN_MAX);
    const more = count - shown.length;
    super(
      'invalid',
      'BAD_ROWS',
      [
        `${name} has ${count === 1 ? 'a mistake' : `${count} mistakes`}:`,
        ...shown.map(({ line, message }) => (line === null ? `  ${message}` : `  line ${line}: ${message}`)),
        ...(more > 0 ? [`  and ${more} more`] : []),
      ].join('\n'),
      'Nothing was planned. Correct the file, and give the command again.',
    );
  }
}

export interface CsvProblem {
  /** From 1; `null` for what concerns the whole file. */
  readonly line: number | null;
  readonly message: string;
}

/** Problems in the message of an error, and those that it carries; all of them are counted. */
const SHOWN_MAX = 50;
const KEPT_MAX = 1_000;
/** A file with more bad rows is another file than the one that was meant, and one with more lines is no campaign. */
const BAD_MAX = 100_000;
const LINES_MAX = 2_000_000;
/** Every page carries all wishes. */
const WISHES_MAX = 200;
const NOTE_CHARACTERS_MAX = 500;

const DELIMITER_NAMES: Readonly<Record<Delimiter, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab' };

/**
 * Reads the users of a campaign.
 *
 * @param source path of the file, or its bytes.
 * @throws CampaignCsvError with all bad rows. LicenseflowError `not-found` where there is no such file, `invalid` where it
 *   is no CSV or its header is not as wanted.
 */
export async function readCampaignCsv(source: string | Readable, options: CsvOptions): Promise<CampaignFile> {
  const { name = typeof source === 'string' ? source : 'The list', signal } = options;
  const intake = new Intake(name, options);
  try {
    await readCsv(source, name, (row, delimiter) => intake.take(row, delimiter), signal);
  } catch (error) {
    // What was found before the file turned out to be no CSV is said along with it.
    throw error instanceof LicenseflowError ? intake.withProblems(error) : error;
  }
  return intake.file(options.name ?? (typeof source === 'string' ? path.basename(source) : name));
}

interface KnownUser {
  readonly index: number;
  readonly line: number;
}

class Intake {
  readonly #name: string;
  readonly #defaults: WishDefaults;
  #header: Header | null = null;
  #read = 0;
  #merged = 0;
  readonly #rows: CampaignRow[] = [];
  readonly #users = new Map<string, KnownUser>();
  readonly #wishes = new Wishes();
  readonly #withoutWave = new Lines();
  readonly #waves = new Set<number>();
  readonly #problems: CsvProblem[] = [];
  #count = 0;

  constructor(name: string, defaults: WishDefaults) {
    this.#name = name;
    this.#defaults = defaults;
  }

  take({ line, cells }: CsvRow, by: Delimiter): void {
    this.#stopIfHopeless(line);
    if (cells.every((cell) => cell === '')) return;
    if (this.#header === null) {
      this.#header = new Header(this.#name, cells);
      return;
    }
    this.#read++;
    const { length } = this.#header;
    if (cells.length < length) this.#bad(line, `it has ${cells.length} of ${length} cells`);
    else if (cells.slice(length).some((cell) => cell !== ''))
      this.#bad(
        line,
        `it has ${cells.length} cells where the header has ${length}; quote a cell that holds a ${DELIMITER_NAMES[by]}`,
      );
    else this.#row(line, this.#header.read(cells));
  }

  /** @throws CampaignCsvError unless all is good. */
  file(name: string): CampaignFile {
    if (this.#read === 0)
      throw invalid('NO_USERS', `${this.#name} names nobody.`, 'Write one user a line below the header.');
    this.#checkWaves();
    if (this.#count > 0) throw this.#refusal();
    return { kind: 'file', name, rows: this.#rows, wishes: this.#wishes.all, merged: this.#merged };
  }

  withProblems(error: LicenseflowError): LicenseflowError {
    if (this.#count === 0 || error instanceof CampaignCsvError) return error;
    this.#bad(null, error.message);
    return this.#refusal();
  }

  #row(line: number, cells: RowCells): void {
    const { user } = cells;
    const read = this.#wishes.read(cells, this.#defaults);
    const wave = waveOf(cells.wave);
    const problem = user === '' ? 'Give a user principal name or an object id.' : userRefProblem(user);
    const mistakes = [
      ...(problem === null ? [] : [`${user === '' ? 'no user' : `${quoted(user)} is no user`}. ${problem}`]),
      ...('mistakes' in read ? read.mistakes : []),
      ...(wave === 'bad' ? [`${quoted(cells.wave)} is no wave; waves are whole numbers from 1 to ${WAVES_MAX}`] : []),
      ...(cells.note.length > NOTE_CHARACTERS_MAX ? [`its note is longer than ${NOTE_CHARACTERS_MAX} characters`] : []),
    ];
    if (mistakes.length > 0 || 'mistakes' in read || wave === 'bad') this.#bad(line, mistakes.join('; '));
    else this.#accept({ user, wish: read.wish, line, ...(wave !== null && { wave }), ...noteOf(cells.note) });
  }

  #accept(row: CampaignRow & { readonly line: number }): void {
    const key = row.user.toLowerCase();
    const known = this.#users.get(key);
    const earlier = known && this.#rows[known.index];
    if (known === undefined || earlier === undefined) {
      this.#users.set(key, { index: this.#rows.length, line: row.line });
      this.#rows.push(row);
      if (row.wave === undefined) this.#withoutWave.add(row.line);
      else this.#waves.add(row.wave);
    } else if (earlier.wish !== row.wish)
      this.#bad(row.line, `${row.user} is on line ${known.line} already, and shall get something else there`);
    else if (earlier.wave !== row.wave)
      this.#bad(row.line, `${row.user} is on line ${known.line} already, and is of another wave there`);
    else this.#merged++;
  }

  #checkWaves(): void {
    if (this.#waves.size === 0) return;
    if (this.#withoutWave.count > 0)
      this.#bad(null, `${this.#withoutWave.text()}: no wave, though other rows name theirs; all rows do, or none`);
    const last = Math.max(...this.#waves);
    const missing = Array.from({ length: last }, (_, i) => i + 1).filter((wave) => !this.#waves.has(wave));
    // Whoever has bad rows may have the missing waves in them.
    if (missing.length > 0 && this.#count === 0)
      this.#bad(null, `nobody is of wave ${listed(missing.map(String))}, though the last one is wave ${last}`);
  }

  #bad(line: number | null, message: string): void {
    this.#count++;
    if (this.#problems.length < KEPT_MAX) this.#problems.push({ line, message });
  }

  #stopIfHopeless(line: number): void {
    const isTooLong = line > LINES_MAX;
    if (this.#count < BAD_MAX && !isTooLong) return;
    this.#bad(
      null,
      isTooLong
        ? `it has more than ${LINES_MAX} lines, which is more than one campaign takes; the rest was not read`
        : `so many rows are bad that the rest, from line ${line} on, was not read`,
    );
    throw this.#refusal();
  }

  #refusal(): CampaignCsvError {
    return new CampaignCsvError(this.#name, this.#problems, this.#count);
  }
}

// --- header -----------------------------------------------------------------------------------------------------------

type RowCells = WishCells & { readonly user: string; readonly wave: string; readonly note: string };

const COLUMNS = ['user', ...WISH_COLUMNS, 'wave', 'note'] as const satisfies readonly (keyof RowCells)[];

class Header {
  readonly #at: ReadonlyMap<keyof RowCells, number>;
  readonly length: number;

  /** @throws LicenseflowError unless all columns are known, each is there once, and one of them is `user`. */
  constructor(name: string, cells: readonly string[]) {
    const length = cells.findLastIndex((cell) => cell !== '') + 1;
    const names = cells.slice(0, length);
    const columns = names.map(columnNamed);
    const unknown = names.filter((_, i) => columns[i] === null);
    if (!columns.includes('user')) throw withoutUser(name, names, unknown);
    if (unknown.length > 0) throw unknownColumns(name, unknown);
    const repeated = columns.filter((column, i) => column !== 'outcome' && columns.indexOf(column) < i);
    if (repeated.length > 0) throw badHeader(`${name} has the column ${listed(repeated.map(String))} more than once.`);
    this.length = length;
    this.#at = new Map(COLUMNS.map((column) => [column, columns.indexOf(column)] as const).filter(([, i]) => i >= 0));
  }

  read(cells: readonly string[]): RowCells {
    const cell = (column: keyof RowCells) => unguarded(cells[this.#at.get(column) ?? -1] ?? '').trim();
    return {
      user: cell('user'),
      add: cell('add'),
      remove: cell('remove'),
      disabledPlans: cell('disabledPlans'),
      enabledPlans: cell('enabledPlans'),
      keepPlans: cell('keepPlans'),
      losing: cell('losing'),
      wave: cell('wave'),
      note: cell('note'),
    };
  }
}

/** `outcome`: one that an export adds. `null`: an unknown one. */
function columnNamed(written: string): keyof RowCells | 'outcome' | null {
  const name = plain(written);
  return (
    COLUMNS.find((column) => plain(column) === name) ??
    (OUTCOME_COLUMNS.some((column) => plain(column) === name) ? 'outcome' : null)
  );
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/gu, '');
}

function unknownColumns(name: string, unknown: readonly string[]): LicenseflowError {
  const shown = unknown.slice(0, 10).map((column) => {
    const meant = nearMiss(column.slice(0, 40), COLUMNS);
    return meant === null ? quoted(column) : `${quoted(column)} (perhaps ${meant})`;
  });
  return badHeader(
    `${name} has ${unknown.length === 1 ? 'a column that is' : 'columns that are'} unknown: ${listed(shown, unknown.length)}.`,
  );
}

function withoutUser(name: string, names: readonly string[], unknown: readonly string[]): LicenseflowError {
  if (names.some((cell) => userRefProblem(cell) === null))
    return badHeader(`${name} has no header: its first row holds a user already.`);
  return unknown.length === 0 ? badHeader(`${name} has no column "user".`) : unknownColumnsWithoutUser(name, unknown);
}

function unknownColumnsWithoutUser(name: string, unknown: readonly string[]): LicenseflowError {
  const { message } = unknownColumns(name, unknown);
  return badHeader(`${name} has no column "user". ${message.slice(name.length + 1).replace(/^has/u, 'It has')}`);
}

function badHeader(message: string): LicenseflowError {
  return invalid(
    'BAD_HEADER',
    message,
    `Nothing was planned. The first row names the columns: user, and where wanted ${COLUMNS.slice(1).join(', ')}.`,
  );
}

// --- cells ------------------------------------------------------------------------------------------------------------

/** Wishes of rows, each once. */
class Wishes {
  readonly all: CampaignWish[] = [];
  readonly #indexes = new Map<string, number>();
  /** Few rows say something that no row before them has said. */
  readonly #read = new Map<string, ReadIndex>();

  read(cells: WishCells, defaults: WishDefaults): ReadIndex {
    const key = WISH_COLUMNS.map((column) => cells[column]).join('\u0000');
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const read = this.#indexed(wishOfCells(cells, defaults));
    if (this.#read.size < WISHES_MAX) this.#read.set(key, read);
    return read;
  }

  #indexed(read: ReturnType<typeof wishOfCells>): ReadIndex {
    if ('mistakes' in read) return read;
    const content = contentOf(read.wish);
    const known = this.#indexes.get(content);
    if (known !== undefined) return { wish: known };
    if (this.all.length >= WISHES_MAX)
      return { mistakes: [`it asks for yet another combination of products; one campaign takes ${WISHES_MAX}`] };
    this.#indexes.set(content, this.all.length);
    return { wish: this.all.push(read.wish) - 1 };
  }
}

type ReadIndex = { readonly wish: number } | { readonly mistakes: readonly string[] };

/** Products and plans are known whatever their case and order. */
function contentOf({ add, remove, losing = [] }: CampaignWish): string {
  const names = (list: readonly string[]) => list.map((name) => name.toLowerCase()).sort();
  const added = add.map(({ sku, disabledPlans, enabledPlans = [], keepPlans = false }) =>
    JSON.stringify([sku.toLowerCase(), names(disabledPlans), names(enabledPlans), keepPlans]),
  );
  return JSON.stringify([added.sort(), names(remove), names(losing)]);
}

function waveOf(cell: string): number | null | 'bad' {
  if (cell === '') return null;
  const wave = /^\d+$/u.test(cell) ? Number(cell) : 0;
  return isWave(wave) ? wave : 'bad';
}

function noteOf(note: string): Pick<CampaignRow, 'note'> {
  return note === '' ? {} : { note };
}

/** Numbers of lines, of which the first are named. */
class Lines {
  readonly #first: number[] = [];
  count = 0;

  add(line: number): void {
    this.count++;
    if (this.#first.length < 10) this.#first.push(line);
  }

  text(): string {
    return `line ${listed(this.#first.map(String), this.count)}`;
  }
}

const LISTED_MAX = 10;

function listed(words: readonly string[], count: number = words.length): string {
  const shown = words.slice(0, LISTED_MAX);
  return count > shown.length ? `${shown.join(', ')} and ${count - shown.length} more` : shown.join(', ');
}

function invalid(code: string, message: string, remedy: string): LicenseflowError {
  return new LicenseflowError('invalid', code, message, remedy);
}
