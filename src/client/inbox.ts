/** What one person can decide now. */
import type { Extension, RequestView } from '../contracts/license-request.js';
import { stageAsking } from '../contracts/license-request.js';
import { inParallel } from './in-parallel.js';
import type { Installation } from './installation.js';
import type { LicenseRequests } from './license-requests.js';
import { LicenseflowError } from './licenseflow-error.js';
import type { RequestFilter, RequestRow } from './request-list.js';
import { countRequests, listRequests } from './request-list.js';

/** A request that waits for a decision of this person. */
export type InboxItem = RequestRow & {
  /**
   * The stage that asks, by name; `null` where the request itself could not be asked in time. One that asks very many
   * people then perhaps does not ask this one.
   */
  readonly stage: string | null;
  /** Since when it waits, ISO 8601 in UTC. */
  readonly since: string | null;
  /** What is asked is to move the end of a licence in force to `until`; `null` where it is a new licence. */
  readonly extension: { readonly extensionId: string; readonly until: string } | null;
};

/**
 * Rows that are read and sorted, of the requests that name this person and of those that ask too many people to name them
 * all: of the latter, the most urgent are looked at, in which this person may be anywhere. Visibility lists the newest first, and the most urgent may be the oldest.
 */
const SORTED_MAX = 300;
/** Requests that are looked at at a time. */
const AT_ONCE = 20;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** No deadline is further away. */
const FARTHEST_MS = 1_024 * DAY_MS;
/** Deadlines that are this close are equally urgent. */
const CLOSE_MS = 1_000;

/**
 * The oldest deadline first. The visibility store follows a decision within a second or so, so every request that is
 * shown is asked itself whether it still waits for this person.
 *
 * @param limit at most so many
 */
export async function inboxOf(
  at: Installation,
  requests: Pick<LicenseRequests, 'view'>,
  approverId: string,
  limit: number,
): Promise<readonly InboxItem[]> {
  const [naming, many] = await Promise.all([
    urgentRows(at, { approverId }, limit),
    urgentRows(at, { asksMany: true }, limit),
  ]);
  const rows = new Map([...naming, ...many].map((row) => [row.requestId, row]));
  const urgentFirst = [...rows.values()].sort(byDeadline);
  const items: InboxItem[] = [];
  while (urgentFirst.length > 0 && items.length < limit) {
    const candidates = urgentFirst.splice(0, Math.max(AT_ONCE, limit - items.length));
    const asked = await inParallel(candidates, AT_ONCE, (row) => itemOf(requests, row, approverId));
    items.push(...asked.filter((item) => item !== null));
  }
  return items.slice(0, limit);
}

/** Rows among which the most urgent ones are, some more than `limit`: not all of them are still up to date. */
async function urgentRows(
  at: Installation,
  which: Pick<RequestFilter, 'approverId' | 'asksMany'>,
  limit: number,
): Promise<readonly RequestRow[]> {
  // Whatever its state: of a licence in force, an extension may wait for approval.
  const filter = { ...which, open: true } as const;
  const sortedMax = Math.max(SORTED_MAX, 2 * limit);
  const rows = await listRequests(at, { ...filter, limit: sortedMax });
  if (rows.length < sortedMax) return rows;
  const countUntil = (dueMs: number) => countRequests(at, { ...filter, dueBefore: new Date(dueMs) });
  const dueBefore = await instantWith(countUntil, limit + AT_ONCE, sortedMax);
  return listRequests(at, { ...filter, dueBefore, limit: sortedMax });
}

/** An instant before which `enough` to `tooMany` requests are due, by bisection. */
async function instantWith(
  countUntil: (dueMs: number) => Promise<number>,
  enough: number,
  tooMany: number,
): Promise<Date> {
  let [from, to] = [Date.now(), Date.now() + FARTHEST_MS];
  while (to - from > CLOSE_MS) {
    const middle = from + (to - from) / 2;
    const count = await countUntil(middle);
    if (count < enough) from = middle;
    else to = middle;
    if (count >= enough && count < tooMany) break;
  }
  return new Date(to);
}

function byDeadline(a: RequestRow, b: RequestRow): number {
  return (a.dueAt ?? a.createdAt) < (b.dueAt ?? b.createdAt) ? -1 : 1;
}

async function itemOf(
  requests: Pick<LicenseRequests, 'view'>,
  row: RequestRow,
  approverId: string,
): Promise<InboxItem | null> {
  try {
    const view = await requests.view(row.requestId);
    const stage = stageAsking(view, approverId);
    if (stage === null) return null;
    const extension = extensionAsked(view);
    const since = extension?.askedAt ?? view.since;
    return {
      ...row,
      stage,
      since,
      extension: extension && idAndEnd(extension),
      dueAt: view.waitsFor?.nextAt ?? row.dueAt,
    };
  } catch (error) {
    // One that cannot be asked is no reason to hide it: the list has it, and a decision is checked again anyway.
    if (!(error instanceof LicenseflowError)) throw error;
    return error.kind === 'not-found' ? null : { ...row, stage: null, since: null, extension: null };
  }
}

function extensionAsked({ extensionQuestion, term }: RequestView): Extension | null {
  return term?.extensions.find(({ extensionId }) => extensionId === extensionQuestion?.extensionId) ?? null;
}

function idAndEnd({ extensionId, until }: Extension): InboxItem['extension'] {
  return { extensionId, until };
}
