/** {@link GraphGateway} over HTTPS. Each method is one call, or one per page or batch; nothing here tries twice. */
import type { TokenCredential } from '@azure/identity';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Failure } from '../domain/failures.js';
import {
  ADDRESS_FIELDS,
  addressedUsersPage,
  directoryGroup,
  directoryUser,
  GROUP_FIELDS,
  LICENSED_PERSON_FIELDS,
  licenseDetails,
  managerOrContact,
  membersPage,
  PERSON_FIELDS,
  subscribedSkus,
  SUBSCRIPTION_FIELDS,
  subscriptionsPage,
  userLicenses,
  usersPage,
} from './answers.js';
import type { BatchRequest } from './batch.js';
import { BATCH_SIZE_MAX, readBatch, throttledItem } from './batch.js';
import type { Cloud } from './clouds.js';
import { decoded } from './decode.js';
import type { AccessProbe, AddressedUser, CallOptions, GraphGateway, UserLicenses, WriteReceipt } from './gateway.js';
import { GraphFailure } from './gateway.js';
import type { Operation } from './error-table.js';
import type { ObservedCall } from './observed-call.js';
import { userPath } from './paths.js';
import type { Answer, Transport } from './transport.js';
import { createTransport } from './transport.js';

/** The largest page that Graph gives out for users. */
const USERS_PAGE_MAX = 999;

/** Clauses that Graph takes in one `$filter` with `or`; with more it answers 400. */
export const FILTER_CLAUSES_MAX = 15;

export interface GraphGatewayOptions {
  readonly cloud: Cloud;
  readonly tenantId: string;
  readonly credential: TokenCredential;
  /** For one HTTP call, sign-in included, in milliseconds. */
  readonly timeoutMs: number;
  /** Users per page of {@link GraphGateway.listUsers}, at most and by default 999. */
  readonly pageSize?: number;
  /** Gets one debug line for each call: operation, status, code and request id, never a name or a token. */
  readonly log?: Pick<Logger, 'debug'>;
  /** Told about each finished call, such as a {@link WritePacer}. Must not throw. */
  readonly observe?: (call: ObservedCall) => void;
}

export function createGraphGateway(options: GraphGatewayOptions): GraphGateway {
  const { cloud, tenantId, credential, timeoutMs, pageSize = USERS_PAGE_MAX, log, observe } = options;
  const send = createTransport({
    cloud,
    credential,
    timeoutMs,
    observe: (call) => {
      const { failure, ...rest } = call;
      log?.debug({ ...rest, code: failure?.code ?? null }, 'Microsoft Graph call');
      observe?.(call);
    },
  });
  const root = `${cloud.graphRoot}/v1.0`;

  return {
    async userLicenses(user, callOptions) {
      const url = `${root}${userPath(user)}${query({ $select: LICENSED_PERSON_FIELDS })}`;
      return decoded(userLicenses, await send({ operation: 'readUser', method: 'GET', url }, callOptions));
    },

    async usersLicenses(users, callOptions) {
      const read: (UserLicenses | Failure)[] = [];
      for (let start = 0; start < users.length; start += BATCH_SIZE_MAX) {
        read.push(...(await readOneBatch(send, root, users.slice(start, start + BATCH_SIZE_MAX), callOptions)));
      }
      return read;
    },

    async user(user, callOptions) {
      const url = `${root}${userPath(user)}${query({ $select: PERSON_FIELDS })}`;
      return decoded(directoryUser, await send({ operation: 'readUser', method: 'GET', url }, callOptions));
    },

    async manager(user, callOptions) {
      const url = `${root}${userPath(user)}/manager${query({ $select: PERSON_FIELDS })}`;
      try {
        return decoded(managerOrContact, await send({ operation: 'readManager', method: 'GET', url }, callOptions));
      } catch (error) {
        if (error instanceof GraphFailure && saysNoManager(error.failure)) return null;
        throw error;
      }
    },

    listUsers: (filter, callOptions) => pages(send, root, filter, pageSize, callOptions),

    mailAddresses(userIds, callOptions) {
      const clauses = userIds.map((id) => `id eq ${literal(id)}`);
      return addressedUsers(send, root, clauses, callOptions);
    },

    usersWithAddress(addresses, callOptions) {
      const clauses = addresses.map((address) => `proxyAddresses/any(p:p eq ${literal(`smtp:${address}`)})`);
      return addressedUsers(send, root, clauses, callOptions);
    },

    async subscribedSkus(callOptions) {
      return decoded(
        subscribedSkus,
        await send({ operation: 'readSkus', method: 'GET', url: `${root}/subscribedSkus` }, callOptions),
      );
    },

    async subscriptions(callOptions) {
      const url = `${root}/directory/subscriptions${query({ $select: SUBSCRIPTION_FIELDS })}`;
      return allPages(send, root, { operation: 'readSubscriptions', url }, subscriptionsPage, callOptions);
    },

    async group(groupId, callOptions) {
      const url = `${root}/groups/${encodeURIComponent(groupId)}${query({ $select: GROUP_FIELDS })}`;
      return decoded(directoryGroup, await send({ operation: 'readGroup', method: 'GET', url }, callOptions));
    },

    async groupMembers(groupId, callOptions) {
      const path = `/groups/${encodeURIComponent(groupId)}/transitiveMembers/microsoft.graph.user`;
      const url = `${root}${path}${query({ $select: PERSON_FIELDS, $top: String(USERS_PAGE_MAX) })}`;
      return allPages(send, root, { operation: 'readMembers', url }, membersPage, callOptions);
    },

    async provisioning(user, callOptions) {
      const url = `${root}${userPath(user)}/licenseDetails`;
      return decoded(licenseDetails, await send({ operation: 'readProvisioning', method: 'GET', url }, callOptions));
    },

    async sendMail({ from, to, subject, text, html }, callOptions) {
      const url = `${root}${userPath(from)}/sendMail`;
      const message = {
        subject,
        body: html === null ? { contentType: 'Text', content: text } : { contentType: 'HTML', content: html },
        toRecipients: to.map((address) => ({ emailAddress: { address } })),
      };
      await send(
        { operation: 'sendMail', method: 'POST', url, body: { message, saveToSentItems: false } },
        callOptions,
      );
    },

    async assignLicense(userId, change, callOptions) {
      const { addLicenses, removeLicenses } = change;
      const url = `${root}${userPath(userId)}/assignLicense`;
      const body = { addLicenses, removeLicenses };
      return receipt(await send({ operation: 'assignLicense', method: 'POST', url, body }, callOptions));
    },

    async setUsageLocation(userId, usageLocation, callOptions) {
      const url = `${root}${userPath(userId)}`;
      const body = { usageLocation };
      return receipt(await send({ operation: 'setUsageLocation', method: 'PATCH', url, body }, callOptions));
    },

    probe: (callOptions) => probe(send, root, tenantId, callOptions),
  };
}

async function readOneBatch(
  send: Transport,
  root: string,
  users: readonly string[],
  options: CallOptions | undefined,
): Promise<readonly (UserLicenses | Failure)[]> {
  const requests = users.map((user, index): BatchRequest => ({
    id: String(index),
    method: 'GET',
    url: `${userPath(user)}${query({ $select: LICENSED_PERSON_FIELDS })}`,
    headers: { accept: 'application/json', 'x-ms-throttle-priority': options?.priority ?? 'Normal' },
  }));
  const answer = await send(
    {
      operation: 'batch',
      method: 'POST',
      url: `${root}/$batch`,
      body: { requests },
      failureIn: (received) => throttledItem(readBatch(received, users.length)),
    },
    options,
  );
  return readBatch(answer, users.length);
}

async function* pages(
  send: Transport,
  root: string,
  filter: string | null,
  pageSize: number,
  options: CallOptions | undefined,
): AsyncGenerator<readonly UserLicenses[]> {
  const first = { $select: LICENSED_PERSON_FIELDS, $top: String(pageSize) };
  // Filters on licences are "advanced queries", which Graph answers only when they count and accept some lag.
  const asked = filter === null ? first : { ...first, $filter: filter, $count: 'true' };
  const headers: Record<string, string> = filter === null ? {} : { consistencylevel: 'eventual' };
  let url: string | undefined = `${root}/users${query(asked)}`;
  while (url !== undefined) {
    const answer: Answer = await send({ operation: 'listUsers', method: 'GET', url, headers }, options);
    const page: { value: readonly UserLicenses[]; '@odata.nextLink'?: string | undefined } = decoded(usersPage, answer);
    yield page.value;
    url = nextLink(page['@odata.nextLink'], root, answer);
  }
}

/** All users to whom one of the clauses applies. Equality works without the conditions of advanced queries, and so without their lag. */
async function addressedUsers(
  send: Transport,
  root: string,
  clauses: readonly string[],
  options: CallOptions | undefined,
): Promise<readonly AddressedUser[]> {
  const found: AddressedUser[] = [];
  for (let start = 0; start < clauses.length; start += FILTER_CLAUSES_MAX) {
    const $filter = clauses.slice(start, start + FILTER_CLAUSES_MAX).join(' or ');
    const url = `${root}/users${query({ $select: ADDRESS_FIELDS, $filter })}`;
    found.push(...(await allPages(send, root, { operation: 'listUsers', url }, addressedUsersPage, options)));
  }
  return found;
}

interface Page<T> {
  readonly value: readonly T[];
  readonly '@odata.nextLink'?: string | undefined;
}

async function allPages<T>(
  send: Transport,
  root: string,
  first: { readonly operation: Operation; readonly url: string },
  page: z.ZodType<Page<T>>,
  options: CallOptions | undefined,
): Promise<readonly T[]> {
  const found: T[] = [];
  let url: string | undefined = first.url;
  while (url !== undefined) {
    const answer: Answer = await send({ operation: first.operation, method: 'GET', url }, options);
    const read: Page<T> = decoded(page, answer);
    found.push(...read.value);
    url = nextLink(read['@odata.nextLink'], root, answer);
  }
  return found;
}

/** The link is followed as it stands, but the token goes to no host that an answer names. */
function nextLink(link: string | undefined, root: string, answer: Answer): string | undefined {
  if (link === undefined || (URL.canParse(link) && new URL(link).origin === new URL(root).origin)) return link;
  throw new GraphFailure({
    code: 'UNCLASSIFIED',
    message: `The link to the next page leads away from ${new URL(root).origin}; it was not followed.`,
    requestId: answer.requestId,
    status: answer.status,
  });
}

/** Someone without a manager is the same 404 as a user who does not exist; the resource it names tells them apart. */
function saysNoManager({ code, message }: Failure): boolean {
  return code === 'USER_NOT_FOUND' && /^Resource 'manager' does not exist/i.test(message);
}

async function probe(
  send: Transport,
  root: string,
  tenantId: string,
  options: CallOptions | undefined,
): Promise<AccessProbe> {
  const before = Date.now();
  // A 403 is an answer too: which roles are missing shows in the token, and that is what was asked.
  const url = `${root}/users${query({ $select: 'id', $top: '1' })}`;
  const answer = await send({ operation: 'listUsers', method: 'GET', url, accept: [403] }, options);
  const { claims, headers } = answer;
  return {
    roles: claims.roles,
    tenantId: claims.tenantId ?? tenantId,
    clockSkewMs: clockSkewMs(headers['date'], (before + Date.now()) / 2),
  };
}

/** `Date` has whole seconds, cut off: on average the server's clock is half a second further. */
function clockSkewMs(date: string | undefined, localMs: number): number | null {
  const graphMs = Date.parse(date ?? '');
  return Number.isNaN(graphMs) ? null : Math.round(localMs - (graphMs + 500));
}

function receipt(answer: Answer): WriteReceipt {
  return { requestId: answer.requestId };
}

function query(values: Readonly<Record<string, string>>): string {
  // Half of a surrogate pair cannot be written into an address.
  const encoded = (value: string) => encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
  const pairs = Object.entries(values).map(([name, value]) => `${name}=${encoded(value)}`);
  return `?${pairs.join('&')}`;
}

/** Text in a `$filter`. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
