/** For whom licences are asked: people named one by one, or a list in a file. */
import { InvalidArgumentError } from 'commander';
import { usageError } from '../error-report.js';
import type { CliDependencies } from '../invocation.js';
import { parsePerson } from '../option-values.js';
import { readSource } from './source.js';

export interface SubjectOptions {
  readonly for?: readonly string[];
  /** `-` is stdin. */
  readonly forFile?: string;
}

export interface Subjects {
  /** Each person once, as first named. */
  readonly people: readonly string[];
  /** How often somebody was named once more. */
  readonly repeated: number;
}

/** @throws LicenseflowError `invalid` with every bad line at once. */
export async function subjectsOf(
  { for: named = [], forFile }: SubjectOptions,
  deps: Pick<CliDependencies, 'stdin' | 'cwd'>,
): Promise<Subjects> {
  const listed = forFile === undefined ? [] : await peopleIn(forFile, deps);
  const all = [...named, ...listed];
  if (all.length === 0)
    throw usageError(
      forFile === undefined ? 'Nobody is named.' : `${sourceName(forFile)} names nobody.`,
      'Say who shall hold the licences: --for USER, or --for-file with one user a line.',
    );
  const known = new Set<string>();
  const people = all.filter((ref) => known.size < known.add(ref.toLowerCase()).size);
  return { people, repeated: all.length - people.length };
}

/** Heads of the column that says who, the best first; compared without case, spaces and signs. */
const USER_COLUMNS = ['user', 'userprincipalname', 'upn', 'objectid', 'userid', 'id'];

/**
 * The people of a list, one a line, or of a CSV with a column that says who.
 *
 * @param file `-` is stdin.
 * @param nothingDone what a mistake in it has prevented.
 * @throws LicenseflowError `invalid` with every bad line at once.
 */
export async function peopleIn(
  file: string,
  deps: Pick<CliDependencies, 'stdin' | 'cwd'>,
  nothingDone = 'Nothing was submitted.',
): Promise<readonly string[]> {
  const rows = await rowsOf(await readSource(file, deps), file, nothingDone);
  const [head] = rows;
  const column = head === undefined ? -1 : userColumn(head.cells);
  const body = column < 0 ? rows : rows.slice(1);
  const read = body.map(({ cells, line }) => personIn(cells[Math.max(0, column)] ?? '', line));
  const mistakes = read.flatMap((person) => ('mistake' in person ? [person.mistake] : []));
  if (mistakes.length > 0)
    throw usageError(
      [
        `${sourceName(file)} has ${mistakes.length === 1 ? 'a bad line' : `${mistakes.length} bad lines`}:`,
        ...mistakes,
      ].join('\n'),
      `${nothingDone} Write one user principal name or object id a line, or a CSV with a column "user".`,
    );
  return read.flatMap((person) => ('ref' in person ? [person.ref] : []));
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

async function rowsOf(csv: string, file: string, nothingDone: string): Promise<readonly Row[]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  try {
    const records = parse(csv, {
      ...{ bom: true, info: true, trim: true, skip_empty_lines: true, relax_column_count: true },
      delimiter: [',', ';', '\t'],
    }) as unknown as readonly { readonly record: readonly string[]; readonly info: { readonly lines: number } }[];
    const rows = records.map(({ record, info }) => ({ cells: record, line: info.lines }));
    return rows.filter(({ cells }) => cells.some((cell) => cell !== ''));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw usageError(`${sourceName(file)} is no CSV: ${error.message}.`, `${nothingDone} Check its quotes.`);
  }
}

/** -1 where no head says who. */
function userColumn(head: readonly string[]): number {
  const names = head.map((cell) => cell.toLowerCase().replace(/[\s_-]/gu, ''));
  return USER_COLUMNS.map((known) => names.indexOf(known)).find((column) => column >= 0) ?? -1;
}

function personIn(cell: string, line: number): { readonly ref: string } | { readonly mistake: string } {
  try {
    return { ref: parsePerson(cell) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return { mistake: `  line ${line}: ${cell === '' ? 'no user' : `"${cell}" is no user`}. ${error.message}` };
  }
}

function sourceName(file: string): string {
  return file === '-' ? 'The list on stdin' : file;
}
