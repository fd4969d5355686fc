import { GraphError } from '../graph-error.js';

/** Page sizes of users as documented: 100 unless asked for, 999 at most. */
const DEFAULT_TOP = 100;
const HIGHEST_TOP = 999;

/**
 * The wanted page size.
 *
 * @throws GraphError 400 outside of 1 to 999.
 */
export function pageSize(query: URLSearchParams): number {
  const given = query.get('$top');
  if (given === null) return DEFAULT_TOP;
  const top = Number(given);
  if (!Number.isInteger(top) || top < 1 || top > HIGHEST_TOP) {
    throw new GraphError(
      400,
      'Request_BadRequest',
      `Invalid page size specified: '${given}'. Must be between 1 and ${HIGHEST_TOP} inclusive.`,
    );
  }
  return top;
}

/** One page, and where the next one starts. */
export interface Page<T> {
  readonly items: readonly T[];
  /** `$skiptoken` of the next page; `null` on the last. */
  readonly next: string | null;
}

/**
 * The page that `$skiptoken` points to. The token names the last object of the page before, so objects that join or
 * leave a filtered list while it is read shift nothing.
 *
 * @param ordered all objects in the order of the list
 */
export function page<T extends { readonly id: string }>(
  ordered: Iterable<T>,
  matches: (item: T) => boolean,
  query: URLSearchParams,
): Page<T> {
  const top = pageSize(query);
  const after = lastIdOf(query.get('$skiptoken'));
  const items: T[] = [];
  let started = after === null;
  for (const item of ordered) {
    if (!started) {
      started = item.id === after;
      continue;
    }
    if (!matches(item)) continue;
    if (items.length === top) return { items, next: skipToken(items.at(-1)?.id ?? '') };
    items.push(item);
  }
  if (!started) throw invalidToken();
  return { items, next: null };
}

/** The address of the next page: the same query with the token. */
export function nextLink(root: string, path: string, query: URLSearchParams, token: string): string {
  const next = new URLSearchParams(query);
  next.set('$skiptoken', token);
  return `${root}${path}?${next.toString().replaceAll('%24', '$')}`;
}

function skipToken(lastId: string): string {
  return Buffer.from(lastId).toString('base64url');
}

function lastIdOf(token: string | null): string | null {
  return token === null ? null : Buffer.from(token, 'base64url').toString('utf8');
}

function invalidToken(): GraphError {
  return new GraphError(
    400,
    'Directory_ExpiredPageToken',
    'The specified page token value has expired and can no longer be used to resume your request.',
  );
}
