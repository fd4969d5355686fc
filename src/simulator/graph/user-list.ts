import { addressesOf } from '../directory.js';
import { GraphError } from '../graph-error.js';
import { assignedLicenses } from '../license-assignment.js';
import { parseFilter, type Filterable, type Literal } from '../odata/filter.js';
import { nextLink, page } from '../odata/page.js';
import { selectedProperties } from '../odata/select.js';
import { isInForce, type UserRecord } from '../user-record.js';
import type { GraphReply } from './graph-call.js';
import { json, type OperationRequest } from './operation.js';
import { expandedManager } from './user-expand.js';
import { USER_PROPERTIES, userResource } from './user-resource.js';

/** `GET /users`: filtered, searched, ordered, counted, and page by page. */
export function listUsers(request: OperationRequest): GraphReply {
  const { call, tenant, seen } = request;
  const matches = userCriteria(request);
  const everyone = visible(tenant.directory.users(), seen);
  const found = page(inOrder(everyone, call.query), matches, call.query);
  const wantsCount = call.query.get('$count') === 'true' && isEventual(request) && !call.query.has('$skiptoken');
  return json({
    '@odata.context': `${call.root}/$metadata#users${selectedProperties(call.query) ? `(${call.query.get('$select')})` : ''}`,
    ...(wantsCount ? { '@odata.count': [...visible(tenant.directory.users(), seen)].filter(matches).length } : {}),
    ...(found.next === null ? {} : { '@odata.nextLink': nextLink(call.root, '/users', call.query, found.next) }),
    value: found.items.map((user) => ({ ...userResource(user, call.query), ...expandedManager(request, user) })),
  });
}

function* visible(
  users: Iterable<UserRecord>,
  seen: (user: UserRecord) => UserRecord | undefined,
): IterableIterator<UserRecord> {
  for (const user of users) {
    const view = seen(user);
    if (view) yield view;
  }
}

function inOrder(users: Iterable<UserRecord>, query: URLSearchParams): Iterable<UserRecord> {
  const orderBy = query.get('$orderby');
  if (orderBy === null) return users;
  const [property = '', direction = 'asc'] = orderBy.trim().split(/\s+/);
  if (!FILTERABLE.has(property) || !/^(asc|desc)$/.test(direction)) throw unsupported();
  const sign = direction === 'desc' ? -1 : 1;
  return [...users].sort(
    (a, b) => sign * textOf(a, property).localeCompare(textOf(b, property)) || (a.id < b.id ? -1 : 1),
  );
}

/** `$filter` and `$search` as one test; deleted users are in no list. */
function userCriteria(request: OperationRequest): (user: UserRecord) => boolean {
  const { query } = request.call;
  const filterText = query.get('$filter');
  const filter = filterText === null ? undefined : parseFilter(filterText);
  const search = searchCriteria(request);
  const needsCount = filter?.advanced === true || (filter !== undefined && query.has('$orderby'));
  if (needsCount && !(isEventual(request) && query.get('$count') === 'true')) throw unsupported();
  return (user) =>
    user.deletedDateTime === null && search(user) && (filter === undefined || filter.matches(filterable(user)));
}

function isEventual({ call }: OperationRequest): boolean {
  return call.headers['consistencylevel']?.toLowerCase() === 'eventual';
}

function unsupported(): GraphError {
  return new GraphError(400, 'Request_UnsupportedQuery', 'Unsupported Query.');
}

/** `"property:text"` clauses, joined by `AND` or `OR`; text is found at the start of any word. */
function searchCriteria(request: OperationRequest): (user: UserRecord) => boolean {
  const search = request.call.query.get('$search');
  if (search === null) return () => true;
  if (!isEventual(request)) {
    throw new GraphError(
      400,
      'Request_UnsupportedQuery',
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    );
  }
  const clauses = [...search.matchAll(/"(\w+):([^"]*)"/g)].map(([, property = '', text = '']) => {
    if (!FILTERABLE.has(property)) throw unsupported();
    return (user: UserRecord) => wordsOf(textOf(user, property)).some((word) => word.startsWith(text.toLowerCase()));
  });
  if (clauses.length === 0) throw unsupported();
  return / OR /.test(search)
    ? (user) => clauses.some((clause) => clause(user))
    : (user) => clauses.every((clause) => clause(user));
}

/** Properties with plain values, which can be compared, ordered and searched. */
const FILTERABLE: ReadonlySet<string> = new Set([
  'id',
  'accountEnabled',
  'city',
  'companyName',
  'country',
  'department',
  'displayName',
  'employeeId',
  'givenName',
  'jobTitle',
  'mail',
  'mailNickname',
  'officeLocation',
  'onPremisesSyncEnabled',
  'preferredLanguage',
  'surname',
  'usageLocation',
  'userPrincipalName',
  'userType',
]);

function literalOf(user: UserRecord, property: string): Literal | undefined {
  return FILTERABLE.has(property) ? (USER_PROPERTIES[property]?.(user) as Literal) : undefined;
}

function textOf(user: UserRecord, property: string): string {
  return String(literalOf(user, property) ?? '');
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[\s@._-]+/);
}

/** What `any` can ask about, by collection and field. */
const COLLECTIONS: ReadonlyMap<string, (user: UserRecord) => readonly string[]> = new Map([
  ['assignedLicenses/skuId', (user: UserRecord) => user.licensePaths.filter(isInForce).map(({ skuId }) => skuId)],
  ['proxyAddresses', (user: UserRecord) => addressesOf(user).map((address) => `smtp:${address}`)],
]);

function filterable(user: UserRecord): Filterable {
  return {
    value: (property) => literalOf(user, property),
    collection: (property, field) => COLLECTIONS.get(field === null ? property : `${property}/${field}`)?.(user),
    count: (property) => (property === 'assignedLicenses' ? assignedLicenses(user).length : undefined),
  };
}
