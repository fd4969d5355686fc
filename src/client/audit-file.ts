/**
 * The audit trail as a file that stands by itself: one entry a line, each whole, and a closing line that says how far the
 * trail went. As NDJSON, or as CSV for those who look at it in a spreadsheet; both can be verified without a store.
 */
import { CsvError, parse } from 'csv-parse/sync';
import type { AuditEntry, AuditHead, AuditPerson, ChainProblem } from '../domain/audit.js';
import { ChainCheck } from '../domain/audit.js';
import type { Json } from '../domain/digest.js';
import { canonicalJson } from '../domain/digest.js';
import type { TouchedState } from '../domain/license.js';
import type { WholeTrail } from './audit.js';
import { csvLine, unguarded } from './csv-text.js';
import { LicenseflowError } from './licenseflow-error.js';

/** `unreadable`: a line is no entry. `unclosed`: the closing line is missing, or not the last one. */
export interface FileProblem {
  readonly kind: ChainProblem['kind'] | 'unreadable' | 'unclosed';
  /** Number of the entry, or of the line where it is no entry. */
  readonly number: number;
  readonly text: string;
}

export interface AuditFile {
  readonly entries: readonly AuditEntry[];
  /** As the closing line has it; `null` without one. */
  readonly head: AuditHead | null;
  readonly problems: readonly FileProblem[];
}

/** Columns for people come first; `entry` has everything, exactly as it was digested. */
const COLUMNS = {
  number: ({ number }) => String(number),
  recordedAt: ({ recordedAt }) => recordedAt,
  at: ({ at }) => at,
  kind: ({ kind }) => kind,
  outcome: ({ outcome }) => outcome ?? '',
  subject: ({ subject }) => nameOf(subject),
  subjectId: ({ subject }) => subject?.id ?? '',
  actor: ({ actor }) => nameOf(actor),
  actorId: ({ actor }) => actor?.id ?? '',
  assurance: ({ actor }) => actor?.assurance ?? '',
  reason: ({ reason }) => reason ?? '',
  digest: ({ digest }) => digest ?? '',
  before: ({ before }) => stateText(before),
  after: ({ after }) => stateText(after),
  graphRequestIds: ({ graphRequestIds }) => graphRequestIds.join(' '),
  source: ({ source }) => source,
  hash: ({ hash }) => hash,
  entry: textOf,
} as const satisfies Readonly<Record<string, (entry: AuditEntry) => string>>;

const NAMES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

/** Lines with their ends. */
export async function* auditNdjson({ head, entries }: WholeTrail): AsyncGenerator<string, void> {
  for await (const entry of entries) yield `${textOf(entry)}\n`;
  yield `${closingText(head)}\n`;
}

/** Lines with their ends, the header first. */
export async function* auditCsv({ head, entries }: WholeTrail): AsyncGenerator<string, void> {
  yield `${csvLine(NAMES)}\r\n`;
  for await (const entry of entries) yield `${csvLine(NAMES.map((name) => COLUMNS[name](entry)))}\r\n`;
  yield `${csvLine(NAMES.map((name) => (name === 'entry' ? closingText(head) : name === 'kind' ? 'closing-line' : '')))}\r\n`;
}

/**
 * Reads an export and looks whether it is whole.
 *
 * @param kept heads that were kept elsewhere.
 * @throws LicenseflowError `invalid` where it is no export of an audit trail at all.
 */
export async function readAuditFile(
  chunks: AsyncIterable<string> | Iterable<string>,
  kept: readonly AuditHead[] = [],
): Promise<AuditFile> {
  const entries: AuditEntry[] = [];
  const problems: FileProblem[] = [];
  let head: AuditHead | null = null;
  let line = 0;
  let closedAt: number | null = null;
  for await (const record of recordsOf(chunks)) {
    line += 1;
    const content = contentOf(record.text);
    if (content === null) problems.push(problemAt('unreadable', line, `Line ${line} is no entry; it may be cut off.`));
    else if ('auditHead' in content) [head, closedAt] = [content.auditHead, line];
    else {
      entries.push(content);
      if (record.cells !== null) problems.push(...differingCells(record.cells, content));
    }
  }
  if (entries.length === 0 && head === null)
    throw new LicenseflowError(
      'invalid',
      'NO_AUDIT_FILE',
      'This is no export of an audit trail.',
      'Make one: licenseflow audit export -o audit.ndjson',
    );
  if (closedAt !== line)
    problems.push(problemAt('unclosed', line, 'The file does not end with the line that says how far the trail went.'));
  const check = new ChainCheck([...(head === null ? [] : [head]), ...kept]);
  for (const entry of entries) check.next(entry);
  return { entries, head, problems: [...problems, ...check.end()] };
}

interface FileRecord {
  /** What is to be an entry. */
  readonly text: string;
  /** The columns beside it; `null` in NDJSON. */
  readonly cells: Readonly<Record<string, string>> | null;
}

async function* recordsOf(chunks: AsyncIterable<string> | Iterable<string>): AsyncGenerator<FileRecord, void> {
  const text = await textIn(chunks);
  if (text.trimStart().startsWith('{')) {
    for (const line of text.split('\n')) if (line.trim() !== '') yield { text: line, cells: null };
    return;
  }
  const { rows, isCut } = rowsOf(text);
  for (const row of rows) yield { text: unguarded(row['entry'] ?? ''), cells: row };
  if (isCut) yield { text: '', cells: null };
}

type Row = Readonly<Record<string, string>>;

/** Where a line was cut in two, what stands before it counts. */
function rowsOf(text: string): { readonly rows: readonly Row[]; readonly isCut: boolean } {
  const rows: Row[] = [];
  const keep = (row: Row) => {
    rows.push(row);
    return null;
  };
  try {
    parse(text, { ...READING, on_record: keep });
    return { rows, isCut: false };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { rows, isCut: true };
  }
}

const READING = {
  columns: true,
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
} as const;

/** What a column says for people has to be what its entry says. */
function differingCells(cells: Readonly<Record<string, string>>, entry: AuditEntry): readonly FileProblem[] {
  const differing = NAMES.filter((name) => unguarded(cells[name] ?? '') !== COLUMNS[name](entry));
  if (differing.length === 0) return [];
  const text = `Entry ${entry.number}: the columns ${differing.join(', ')} do not say what the entry says.`;
  return [problemAt('edited', entry.number, text)];
}

type Closing = { readonly auditHead: AuditHead };

function contentOf(text: string): AuditEntry | Closing | null {
  try {
    const content = JSON.parse(text) as Partial<AuditEntry & Closing> | null;
    if (content?.auditHead !== undefined) return { auditHead: content.auditHead };
    const isEntry = typeof content?.number === 'number' && typeof content.hash === 'string';
    return isEntry ? (content as AuditEntry) : null;
  } catch {
    return null;
  }
}

async function textIn(chunks: AsyncIterable<string> | Iterable<string>): Promise<string> {
  const parts: string[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.join('');
}

function problemAt(kind: FileProblem['kind'], number: number, text: string): FileProblem {
  return { kind, number, text };
}

function textOf(entry: AuditEntry): string {
  return canonicalJson(entry as unknown as Json);
}

function closingText({ tenant, entries, hash }: AuditHead): string {
  return canonicalJson({ auditHead: { tenant, entries, hash } });
}

function nameOf(person: AuditPerson | null): string {
  return person === null ? '' : person.name === null ? person.upn : `${person.name} <${person.upn}>`;
}

/** `SKU:PLAN,PLAN` for each product that is held, with the plans that are off; `none`, or nothing where it is not told. */
export function stateText(state: TouchedState | null, products: Readonly<Record<string, string>> = {}): string {
  if (state === null) return '';
  const held = Object.entries(state).flatMap(([skuId, off]) =>
    off === null ? [] : [[products[skuId] ?? skuId, ...(off.length > 0 ? [off.join(',')] : [])].join(':')],
  );
  return held.join(' ') || 'none';
}
