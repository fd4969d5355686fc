/** The audit trail as people look at it: searched, read from one end to the other, verified, put together for one person. */
import type { AuditFilter, AuditPage, AuditVerdict } from '../contracts/audit.js';
import type { AuditEntry, AuditHead, LicenseHistory } from '../domain/audit.js';
import { licenseHistory, processOf } from '../domain/audit.js';
import type { TenantQuestions } from './tenant-questions.js';
import type { Page, PageOptions } from './visibility-page.js';
import { badCursor } from './visibility-page.js';

/** Entries of one question. */
const PAGE = 500;

/** The trail from its first entry on, and how far it went when it was asked for. */
export interface WholeTrail {
  readonly head: AuditHead;
  readonly entries: AsyncIterable<AuditEntry>;
}

export interface AuditListPage extends Page<AuditEntry> {
  readonly head: AuditHead;
}

export class Audit {
  readonly #tenant: Pick<TenantQuestions, 'auditPage' | 'verifyAudit'>;

  constructor(tenant: Pick<TenantQuestions, 'auditPage' | 'verifyAudit'>) {
    this.#tenant = tenant;
  }

  /**
   * The newest entries that are meant, the newest first.
   *
   * @param behind number of the last entry that is known already, for the next page.
   * @throws LicenseflowError `failed` where no trail is kept, or its store does not answer.
   */
  async search(filter: AuditFilter, limit: number, behind: number | null = null): Promise<AuditPage> {
    const page = await this.#tenant.auditPage({ filter, order: 'newest', behind, limit });
    if (!page.more || page.entries.length >= limit) return page;
    // An answer carries only so much.
    const rest = await this.search(filter, limit - page.entries.length, page.entries.at(-1)?.number ?? null);
    return { ...rest, entries: [...page.entries, ...rest.entries] };
  }

  /**
   * The same as {@link search}, page by page.
   *
   * @throws LicenseflowError `invalid` for a cursor that is none; else as {@link search}.
   */
  async page(filter: AuditFilter, { size, cursor }: PageOptions): Promise<AuditListPage> {
    const { entries, more, head } = await this.search(filter, size, cursor === null ? null : numberIn(cursor));
    return { rows: entries, next: more ? String(entries.at(-1)?.number ?? 0) : null, head };
  }

  /** Every entry, in the order of the chain. What is recorded meanwhile is left for the next time. */
  async whole(): Promise<WholeTrail> {
    const first = await this.#page({}, null);
    return { head: first.head, entries: this.#upTo(first, first.head.entries) };
  }

  /** Entries that are meant, the oldest first. */
  async *entries(filter: AuditFilter): AsyncGenerator<AuditEntry, void> {
    yield* this.#upTo(await this.#page(filter, null), Infinity, filter);
  }

  verify(kept: readonly AuditHead[] = []): Promise<AuditVerdict> {
    return this.#tenant.verifyAudit(kept);
  }

  /**
   * Everything that licenseflow changed for one person, with who asked and who decided.
   *
   * @param ref object id or user principal name, also one of former times.
   */
  async history(ref: string): Promise<LicenseHistory> {
    const named = await collected(this.entries({ person: ref }));
    const ids = new Set(named.flatMap(({ subject }) => subject?.id ?? []).filter((id) => id !== ref.toLowerCase()));
    const renamed = await Promise.all([...ids].map(async (person) => collected(this.entries({ person }))));
    const theirs = byNumber([...named, ...renamed.flat()]);
    const campaigns = new Set(theirs.map(({ source }) => campaignIdOf(source)).filter((id) => id !== null));
    const filters = [...campaigns].map((campaignId) => ({ campaignId, withoutUsers: true }) as const);
    const around = await Promise.all(filters.map(async (filter) => collected(this.entries(filter))));
    return licenseHistory(byNumber([...theirs, ...around.flat()]), ref);
  }

  async *#upTo(first: AuditPage, last: number, filter: AuditFilter = {}): AsyncGenerator<AuditEntry, void> {
    for (let page = first; ; page = await this.#page(filter, page.entries.at(-1)?.number ?? null)) {
      for (const entry of page.entries) if (entry.number <= last) yield entry;
      if (!page.more || (page.entries.at(-1)?.number ?? 0) >= last) return;
    }
  }

  #page(filter: AuditFilter, behind: number | null): Promise<AuditPage> {
    return this.#tenant.auditPage({ filter, order: 'oldest', behind, limit: PAGE });
  }
}

function numberIn(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw badCursor();
}

async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Each once, in the order of the chain. */
function byNumber(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return [...new Map(entries.map((entry) => [entry.number, entry])).values()].sort((a, b) => a.number - b.number);
}

function campaignIdOf(source: string): string | null {
  return /^campaign\/([^/]+)$/.exec(processOf(source))?.[1] ?? null;
}
