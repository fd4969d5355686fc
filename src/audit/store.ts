/**
 * The audit trail in a database. One row an entry, which holds the entry as it was digested; one row a tenant that says
 * how far its chain goes, and that every append locks, so that entries come one after the other however many workers
 * append.
 */
import type { AuditAppended, AuditStore } from '../activities/index.js';
import type { AuditPage, AuditSearch, AuditVerdict } from '../contracts/audit.js';
import type { AuditEntry, AuditEvent, AuditHead } from '../domain/audit.js';
import {
  ChainCheck,
  emptyHead,
  entryAfter,
  eventOf,
  headAt,
  idOfOtherAccount,
  isSameEvent,
  storable,
} from '../domain/audit.js';
import type { Json } from '../domain/digest.js';
import { canonicalJson } from '../domain/digest.js';
import { conditionsOf } from './conditions.js';
import { migrate } from './migrations.js';
import type { Database, OpenDatabase, Sql } from './sql.js';

/** Entries that are read at a time where all of them are looked at. */
const READ_AT_ONCE = 500;
/** What one answer to a question may hold: a payload of Temporal's has at most 2 MB. */
const PAGE_CHARACTERS_MAX = 1_000_000;

interface HeadRow {
  readonly entries: string | number;
  readonly hash: string;
}

interface EntryRow {
  readonly number: string | number;
  readonly entry: string;
}

/** @param now for tests. */
export function createAuditStore(open: OpenDatabase, now: () => Date = () => new Date()): AuditStore {
  return new SqlAuditStore(open, now);
}

class SqlAuditStore implements AuditStore {
  readonly #open: OpenDatabase;
  readonly #now: () => Date;
  #opened: Promise<Database> | null = null;

  constructor(open: OpenDatabase, now: () => Date) {
    this.#open = open;
    this.#now = now;
  }

  async append(tenant: string, told: readonly AuditEvent[]): Promise<AuditAppended> {
    const database = await this.#database();
    return database.transaction(async (sql) => {
      const head = await lockedHead(sql, tenant);
      const fresh = await this.#notRecorded(sql, tenant, told.map(storable));
      const recordedAt = this.#now().toISOString();
      const entries: AuditEntry[] = [];
      for (const event of fresh) {
        const last = entries.at(-1);
        entries.push(entryAfter(last === undefined ? head : headAt(last), event, recordedAt));
      }
      const last = entries.at(-1);
      if (last === undefined) return { head, added: 0 };
      await insert(sql, tenant, entries);
      await sql.query('update audit_head set entries = $2, hash = $3 where tenant = $1', [
        tenant,
        last.number,
        last.hash,
      ]);
      return { head: headAt(last), added: entries.length };
    });
  }

  async head(tenant: string): Promise<AuditHead> {
    return headOf(tenant, await headRow(await this.#database(), tenant));
  }

  async page(tenant: string, search: AuditSearch): Promise<AuditPage> {
    const database = await this.#database();
    const head = await this.head(tenant);
    const { filter, order, behind, limit } = search;
    const { where, values } = conditionsOf(tenant, filter);
    const [comparison, direction] = order === 'newest' ? ['<', 'desc'] : ['>', 'asc'];
    const rest = behind === null ? '' : ` and number ${comparison} $${values.push(behind)}`;
    const rows = await database.query<EntryRow>(
      `select number, entry from audit_entry where ${where}${rest} order by number ${direction} limit $${values.push(limit + 1)}`,
      values,
    );
    const fitting = rows.slice(0, fittingRows(rows, limit));
    return { entries: fitting.map(entryOf), more: fitting.length < rows.length, head };
  }

  async verify(tenant: string, kept: readonly AuditHead[]): Promise<AuditVerdict> {
    const database = await this.#database();
    const head = await this.head(tenant);
    const check = new ChainCheck([head, ...kept]);
    const misplaced: number[] = [];
    for (let behind = 0; behind < head.entries;) {
      const rows = await database.query<EntryRow>(
        'select number, entry from audit_entry where tenant = $1 and number > $2 and number <= $3 order by number limit $4',
        [tenant, behind, head.entries, READ_AT_ONCE],
      );
      for (const row of rows) {
        const entry = entryOf(row);
        if (entry.number !== Number(row.number)) misplaced.push(Number(row.number));
        check.next(entry);
      }
      const last = rows.at(-1);
      if (last === undefined) break;
      behind = Number(last.number);
    }
    return {
      head,
      problems: [
        ...check.end(),
        ...misplaced.map((number) => ({
          kind: 'missing' as const,
          number,
          text: `In place ${number} stands an entry of another number.`,
        })),
        ...(await surplus(database, tenant)),
      ],
    };
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    await (await opened)?.close();
  }

  /** Opened at the first use, and again after an attempt that failed. */
  #database(): Promise<Database> {
    return (this.#opened ??= this.#ready().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    }));
  }

  async #ready(): Promise<Database> {
    const database = await this.#open();
    try {
      await migrate(database);
      return database;
    } catch (error) {
      await database.close().catch(() => undefined);
      throw error;
    }
  }

  /** Those that the trail does not have. The same event told again is no second one; another one of its id is kept too. */
  async #notRecorded(sql: Sql, tenant: string, told: readonly AuditEvent[]): Promise<readonly AuditEvent[]> {
    const ids = told.flatMap((event) => [event.id, idOfOtherAccount(event)]);
    const rows = await sql.query<EntryRow>(
      'select number, entry from audit_entry where tenant = $1 and id in (select json_array_elements_text($2::json))',
      [tenant, JSON.stringify(ids)],
    );
    const known = new Map(rows.map((row) => entryOf(row)).map((entry) => [entry.id, eventOf(entry)]));
    return told.flatMap((event) => {
      const same = known.get(event.id);
      // A workflow that was reset in Temporal tells its story anew. Neither account may push the other one out.
      const account =
        same === undefined || isSameEvent(same, event) ? event : { ...event, id: idOfOtherAccount(event) };
      if (known.has(account.id)) return [];
      known.set(account.id, account);
      return [account];
    });
  }
}

async function lockedHead(sql: Sql, tenant: string): Promise<AuditHead> {
  const { entries, hash } = emptyHead(tenant);
  await sql.query(
    'insert into audit_head (tenant, entries, hash) values ($1, $2, $3) on conflict (tenant) do nothing',
    [...[tenant, entries, hash]],
  );
  const [row] = await sql.query<HeadRow>('select entries, hash from audit_head where tenant = $1 for update', [tenant]);
  return headOf(tenant, row);
}

async function headRow(sql: Sql, tenant: string): Promise<HeadRow | undefined> {
  return (await sql.query<HeadRow>('select entries, hash from audit_head where tenant = $1', [tenant]))[0];
}

function headOf(tenant: string, row: HeadRow | undefined): AuditHead {
  return row === undefined ? emptyHead(tenant) : { tenant, entries: Number(row.entries), hash: row.hash };
}

async function insert(sql: Sql, tenant: string, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map((entry) => ({ number: entry.number, entry: canonicalJson(entry as unknown as Json) }));
  await sql.query(
    `insert into audit_entry (tenant, number, entry)
     select $1, number, entry from json_to_recordset($2::json) as row (number bigint, entry text) order by number`,
    [tenant, JSON.stringify(rows)],
  );
}

/** Rows behind the end that the chain says it has. */
async function surplus(sql: Sql, tenant: string): Promise<AuditVerdict['problems']> {
  const [row] = await sql.query<{ number: string | number | null }>(
    `select min(number) as number from audit_entry e
     where tenant = $1 and number > coalesce((select entries from audit_head h where h.tenant = e.tenant), 0)`,
    [tenant],
  );
  if (row === undefined || row.number === null) return [];
  const number = Number(row.number);
  return [{ kind: 'other-head', number, text: `Entry ${number} stands behind the end of the chain.` }];
}

function entryOf({ entry }: EntryRow): AuditEntry {
  return JSON.parse(entry) as AuditEntry;
}

/** How many of them one answer can carry; one at least. */
function fittingRows(rows: readonly EntryRow[], limit: number): number {
  let characters = 0;
  const tooMuch = rows.findIndex(({ entry }) => (characters += entry.length) > PAGE_CHARACTERS_MAX);
  return tooMuch === -1 ? limit : Math.max(1, Math.min(limit, tooMuch));
}
