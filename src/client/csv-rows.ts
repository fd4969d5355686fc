/**
 * A CSV file as a stream of rows: RFC 4180 in UTF-8, with comma, semicolon or tab, and any line ends. Whatever is no such
 * file is refused as early as it shows, so that memory stays bounded however large it is.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { CsvError, parse } from 'csv-parse';
import { LicenseflowError } from './licenseflow-error.js';

export interface CsvRow {
  /** Line on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type Delimiter = (typeof DELIMITERS)[number];

const DELIMITERS = [',', ';', '\t'] as const;

/** Characters of one row. A quote that is never closed would otherwise swallow the rest of the file. */
const ROW_CHARACTERS_MAX = 65_536;

/**
 * Gives every row to `take`, empty ones and the header included. What `take` throws ends the reading.
 *
 * @param name how the file is called in messages.
 * @throws LicenseflowError `not-found` where there is no such file, `invalid` where it is no CSV.
 */
export async function readCsv(
  source: string | Readable,
  name: string,
  take: (row: CsvRow, delimiter: Delimiter) => void,
  signal?: AbortSignal,
): Promise<void> {
  const text = textOf(typeof source === 'string' ? await opened(source, name) : source, name);
  try {
    const { head, rest } = await firstRow(text, name);
    const delimiter = delimiterOf(head);
    let read = 0;
    const parser = parse({
      ...{ delimiter, record_delimiter: '\n', trim: true, relax_column_count: true },
      // A quote inside a cell stands for itself: whoever writes 5" means that.
      relax_quotes: true,
      max_record_size: ROW_CHARACTERS_MAX,
      // At once, and not as a stream: an error further down the file would overtake rows that nobody has read yet.
      on_record: (cells: readonly string[], { lines }) => {
        take({ line: read + 1, cells }, delimiter);
        read = lines;
        return null;
      },
    });
    try {
      await pipeline(rest, parser.resume(), { signal });
    } catch (error) {
      throw error instanceof CsvError ? notCsv(name, read + 1, error) : error;
    }
  } finally {
    await text.return();
  }
}

async function opened(path: string, name: string): Promise<Readable> {
  try {
    if ((await stat(path)).isDirectory())
      throw invalid('NOT_A_FILE', `${name} is a folder.`, 'Give the path of a CSV file.');
    return createReadStream(path);
  } catch (error) {
    if (error instanceof LicenseflowError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT'
      ? new LicenseflowError('not-found', 'NO_SUCH_FILE', `There is no file ${name}.`, 'Check the path.', {
          cause: error,
        })
      : invalid('FILE_UNREADABLE', `${name} cannot be read: ${message}`, 'Check the path and who may read it.', error);
  }
}

/** The text with `\n` for every line end. */
async function* textOf(source: Readable, name: string): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let afterReturn = false;
  let isFirst = true;
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (isFirst) refuseOtherFormats(bytes, name);
    isFirst = false;
    const decoded = decodedBy(utf8, bytes, () => notUtf8(name, line, bytes));
    if (decoded.includes('\0')) throw binary(name);
    const text = (afterReturn && decoded.startsWith('\n') ? decoded.slice(1) : decoded).replace(/\r\n?/gu, '\n');
    afterReturn = decoded === '' ? afterReturn : decoded.endsWith('\r');
    line += linesIn(text);
    yield text;
  }
  yield decodedBy(utf8, undefined, () => notUtf8(name, line, Buffer.alloc(0)));
}

function decodedBy(utf8: TextDecoder, bytes: Buffer | undefined, mistake: () => LicenseflowError): string {
  try {
    return utf8.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw mistake();
  }
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/** What people hand over instead of a CSV, by its first bytes. */
const OTHER_FORMATS: readonly (readonly [start: readonly number[], what: string])[] = [
  [[0xff, 0xfe], 'is UTF-16'],
  [[0xfe, 0xff], 'is UTF-16'],
  [[0x50, 0x4b, 0x03, 0x04], 'is an Excel workbook or another archive'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an old Excel workbook'],
];

function refuseOtherFormats(bytes: Buffer, name: string): void {
  const format = OTHER_FORMATS.find(([start]) => start.every((byte, i) => bytes[i] === byte));
  if (format !== undefined) throw invalid('NOT_CSV', `${name} ${format[1]}, not CSV in UTF-8.`, SAVE_AS);
}

/** The first row that holds anything, and the whole text again. */
async function firstRow(
  text: AsyncGenerator<string, void>,
  name: string,
): Promise<{ readonly head: string; readonly rest: AsyncGenerator<string, void> }> {
  let read = '';
  for (;;) {
    const { value, done } = await text.next();
    read += value ?? '';
    const [head] = /\S[^\n]*(\n|$)/u.exec(read) ?? [];
    if (head !== undefined && (head.endsWith('\n') || done === true)) return { head, rest: withHead(read, text) };
    if (done === true)
      throw invalid(
        'EMPTY_FILE',
        `${name} is empty.`,
        'A header with the column "user" is wanted, and one user a line.',
      );
    if (read.length > ROW_CHARACTERS_MAX)
      throw invalid('NOT_CSV', `${name} is no CSV: its first row is longer than 64 KB.`, SAVE_AS);
  }
}

async function* withHead(head: string, rest: AsyncGenerator<string, void>): AsyncGenerator<string, void> {
  yield head;
  yield* rest;
}

/** The one that the header has most of. */
function delimiterOf(head: string): Delimiter {
  const bare = head.replace(/"[^"]*"/gu, '');
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counts.reduce((best, other) => (other.count > best.count ? other : best)).delimiter;
}

const SAVE_AS = 'Save the list as "CSV UTF-8".';

function notUtf8(name: string, firstLine: number, bytes: Buffer): LicenseflowError {
  const before = new TextDecoder('utf-8').decode(bytes).split('\ufffd')[0] ?? '';
  const line = firstLine + linesIn(before.replace(/\r\n?/gu, '\n'));
  return invalid('NOT_UTF8', `${name} is not UTF-8: line ${line} holds other bytes.`, SAVE_AS);
}

function binary(name: string): LicenseflowError {
  return invalid('NOT_CSV', `${name} is a binary file, not CSV in UTF-8.`, SAVE_AS);
}

function notCsv(name: string, line: number, error: CsvError): LicenseflowError {
  const what =
    error.code === 'CSV_MAX_RECORD_SIZE' || error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? `a quote that is opened in the row of line ${line} is never closed`
      : `in the row of line ${line} something follows a closing quote`;
  return invalid(
    'NOT_CSV',
    `${name} is no CSV: ${what}.`,
    'A quote inside a quoted cell is written twice. Nothing after that line was read.',
    error,
  );
}

function invalid(code: string, message: string, remedy: string, cause?: unknown): LicenseflowError {
  return new LicenseflowError('invalid', code, message, remedy, { cause });
}
