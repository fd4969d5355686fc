import type { GroupRecord } from '../group-record.js';
import type { Tenant } from '../tenant.js';
import type { UserRecord } from '../user-record.js';
import type { Cause } from '../user-timeline.js';
import type { GraphCall, GraphReply, Principal } from './graph-call.js';

/** A call on its way through an operation, with everything that was looked up for it. */
export interface OperationRequest {
  readonly tenant: Tenant;
  readonly principal: Principal;
  readonly call: GraphCall;
  /** The user in the address; operations on users can rely on it. */
  readonly user: UserRecord | undefined;
  /** The group in the address; operations on groups can rely on it. */
  readonly group: GroupRecord | undefined;
  /** The last segment, for objects that are neither users nor groups. */
  readonly key: string;
  readonly cause: Cause;
  /** Users as this call sees them: replicas may be behind. `undefined` for one that is not there yet. */
  readonly seen: (user: UserRecord) => UserRecord | undefined;
  /** Consumed units of a SKU as this call sees them. */
  readonly consumedSeen: (skuId: string) => number;
}

/** One operation of Graph. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Segments below `/v1.0`; `:user`, `:group` and `:key` stand for ids. */
  readonly path: readonly string[];
  /** Any one of these permissions is enough, application or delegated. */
  readonly permissions: readonly string[];
  /** Delegated permissions that are enough under `/me`. */
  readonly ownPermissions?: readonly string[];
  /** Entra roles of which a signed-in user needs one, for delegated calls. */
  readonly roles?: readonly string[];
  /** Resource units before `$select` and the like, from Microsoft's page on throttling limits. */
  readonly resourceUnits: number;
  /** Whether it writes the user in its address, so that a protected user is refused. */
  readonly writesUser?: boolean;
  /** Carries a write out; absent for reads. */
  readonly apply?: (request: OperationRequest) => void;
  /** The answer; for a write, after it was carried out. */
  readonly answer: (request: OperationRequest) => GraphReply;
}

export function userOf({ user }: OperationRequest): UserRecord {
  if (!user) throw new Error('This operation has no user in its address.');
  return user;
}

export function groupOf({ group }: OperationRequest): GroupRecord {
  if (!group) throw new Error('This operation has no group in its address.');
  return group;
}

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): GraphReply {
  return { status, headers, body: { kind: 'json', json: body } };
}

export function empty(status: number, headers: Readonly<Record<string, string>> = {}): GraphReply {
  return { status, headers, body: { kind: 'none' } };
}
