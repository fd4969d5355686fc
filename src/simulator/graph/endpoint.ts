import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAuthorization, unauthenticated, type AccessTokenClaims } from '../access-token.js';
import type { Fault } from '../fault.js';
import { graphError, GraphError, withStatus } from '../graph-error.js';
import type { Tenant } from '../tenant.js';
import type { UserRecord } from '../user-record.js';
import { answerBatch } from './batch.js';
import { errorReply, type CallIds } from './error-reply.js';
import { priorityOf, type GraphCall, type GraphOutcome, type GraphReply, type Principal } from './graph-call.js';
import { refusalBy } from './fault-refusal.js';
import { empty, type Operation, type OperationRequest } from './operation.js';
import { checkPermission, checkProtection } from './permissions.js';
import { route, type Route } from './router.js';
import { serverErrorReply } from './server-error.js';

/** What the endpoint needs of the simulator around it. */
export interface EndpointSurroundings {
  readonly tenant: (id: string) => Tenant | undefined;
  readonly now: () => number;
  /** Whether a token for this audience was meant for this endpoint. */
  readonly isAudience: (audience: string) => boolean;
  /** Aborted when the simulator ends: calls that are being delayed end with it. */
  readonly closing: AbortSignal;
}

/** What is found out about a call on its way, for its log entry. */
interface CallTrace {
  readonly seq: number;
  readonly startedAt: number;
  readonly ids: CallIds;
  userId: string | null;
  faults: readonly Fault[];
  effective: boolean;
  resourceUnits: number;
  /** What the quota has to say in the answer. */
  quotaHeaders: Readonly<Record<string, string>>;
}

/** Cuts the connection instead of answering. */
class ConnectionCut extends Error {}

/**
 * The Graph endpoint: every call goes from the token over faults, quota and permissions to its operation, is logged, and
 * gets the headers that Graph sends.
 */
export class GraphEndpoint {
  constructor(private readonly surroundings: EndpointSurroundings) {}

  async answer(call: GraphCall): Promise<GraphOutcome> {
    const requestId = randomUUID();
    const ids = { requestId, clientRequestId: call.headers['client-request-id'] ?? requestId };
    let who: { tenant: Tenant; claims: AccessTokenClaims };
    try {
      who = this.identified(call);
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      return this.reply(errorReply(error, ids, this.surroundings.now()), ids);
    }
    const { tenant, claims } = who;
    const trace: CallTrace = {
      seq: tenant.log.next(),
      startedAt: this.surroundings.now(),
      ids,
      userId: null,
      faults: [],
      effective: false,
      resourceUnits: 0,
      quotaHeaders: {},
    };
    const outcome = await this.outcomeOf(call, principalOf(tenant, claims), trace);
    logCall(call, claims, trace, outcome, tenant);
    return outcome;
  }

  private async outcomeOf(call: GraphCall, principal: Principal, trace: CallTrace): Promise<GraphOutcome> {
    try {
      const reply = await this.answerOrError(call, principal, trace);
      await this.delay(trace.faults, 'after-commit');
      cutIf(trace, 'lost-response');
      const broken = trace.faults.find((fault) => fault.kind === 'server-error');
      const sent = broken ? serverErrorReply(broken, trace.ids, this.surroundings.now()) : reply;
      return this.reply(sent, trace.ids, trace);
    } catch (error) {
      const isCut = error instanceof ConnectionCut || (error instanceof Error && error.name === 'AbortError');
      if (isCut) return { kind: 'cut' };
      throw error;
    }
  }

  private async answerOrError(call: GraphCall, principal: Principal, trace: CallTrace): Promise<GraphReply> {
    try {
      const isBatch = call.method === 'POST' && call.segments.length === 1 && call.segments[0] === '$batch';
      if (isBatch) return await this.batch(call, principal, trace);
      return await this.operate(aliasOfMe(call, principal), principal, trace);
    } catch (error) {
      if (error instanceof GraphError) return errorReply(error, trace.ids, this.surroundings.now());
      throw error;
    }
  }

  private async operate(call: GraphCall, principal: Principal, trace: CallTrace): Promise<GraphReply> {
    const { tenant } = principal;
    const found = route(call.method, call.segments);
    const user = found.ids.user === undefined ? undefined : tenant.directory.user(found.ids.user);
    trace.userId = user?.id ?? null;
    meetFaults(call, principal, trace, `/${call.segments.join('/')}`);
    cutIf(trace, 'lost-request');
    this.charge(call, principal, found.operation, trace);
    const refusal = refusalBy(trace.faults, call, user);
    if (refusal) throw refusal;
    checkPermission(found.operation, principal, isOwn(found, principal));
    const request = operationRequest(call, principal, found, trace, this.surroundings.now());
    checkProtection(found.operation, request);
    if (found.operation.apply) await this.carryOut(found.operation, request, trace);
    else await this.delay(trace.faults, 'before-commit');
    return found.operation.answer(request);
  }

  /** Carries a write out under the tenant's write lock. */
  private async carryOut(operation: Operation, request: OperationRequest, trace: CallTrace): Promise<void> {
    const { tenant } = request;
    const busy = () => withStatus(graphError('E15'), Number(tenant.options.writeLock));
    await tenant.writing(busy, async () => {
      if (tenant.options.writeMs > 0) await this.sleep(tenant.options.writeMs);
      await this.delay(trace.faults, 'before-commit');
      if (trace.faults.some(preventsCommit)) return;
      // An operation of several steps may be refused after a first step was done.
      const before = tenant.directory.version;
      try {
        // Someone else may have changed the user while this call was waiting.
        operation.apply?.({ ...request, user: request.user && tenant.directory.user(request.user.id) });
      } finally {
        trace.effective = tenant.directory.version !== before;
        if (trace.effective) tenant.surroundings.changed();
      }
    });
  }

  private async batch(call: GraphCall, principal: Principal, trace: CallTrace): Promise<GraphReply> {
    meetFaults(call, principal, trace, '/$batch');
    cutIf(trace, 'lost-request');
    await this.delay(trace.faults, 'before-commit');
    const refusal = refusalBy(trace.faults, call, undefined);
    if (refusal) throw refusal;
    if (trace.faults.some(preventsCommit)) return empty(200);
    const reply = await answerBatch(call, {
      answer: (item) => this.answer({ ...item, batchRequestId: trace.ids.requestId }),
      options: principal.tenant.options,
      seed: trace.ids.requestId,
    });
    if (reply === 'cut') throw new ConnectionCut();
    return reply;
  }

  /** Takes the call's cost from the quota. */
  private charge(call: GraphCall, { tenant, appId }: Principal, operation: Operation, trace: CallTrace): void {
    trace.resourceUnits = resourceUnits(operation, call.query);
    if (tenant.options.quota === 'off') return;
    trace.quotaHeaders = tenant.quota.admit({
      appId,
      resourceUnits: trace.resourceUnits,
      write: operation.apply !== undefined,
      priority: priorityOf(call),
    }).headers;
  }

  private identified(call: GraphCall): { tenant: Tenant; claims: AccessTokenClaims } {
    const claims = readAuthorization(call.headers['authorization'], this.surroundings.now());
    const tenant = this.surroundings.tenant(claims.tid);
    if (!tenant || !this.surroundings.isAudience(claims.aud)) {
      throw unauthenticated('Access token validation failure. Invalid audience.');
    }
    return { tenant, claims };
  }

  private async delay(faults: readonly Fault[], when: 'before-commit' | 'after-commit'): Promise<void> {
    for (const fault of faults) {
      if (fault.kind === 'delay' && fault.when === when) await this.sleep(fault.ms);
    }
  }

  private async sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.surroundings.closing });
  }

  private reply(reply: GraphReply, ids: CallIds, trace?: CallTrace): GraphOutcome {
    const headers = {
      ...trace?.quotaHeaders,
      ...reply.headers,
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      date: new Date(this.surroundings.now()).toUTCString(),
      ...(trace && trace.resourceUnits > 0 ? { 'x-ms-resource-unit': String(trace.resourceUnits) } : {}),
    };
    return { kind: 'reply', reply: { ...reply, headers } };
  }
}

/** Decides which faults happen to the call. */
function meetFaults(call: GraphCall, { tenant, appId }: Principal, trace: CallTrace, path: string): void {
  trace.faults = tenant.faults.draw({ method: call.method, path, userId: trace.userId, appId });
}

function preventsCommit(fault: Fault): boolean {
  return fault.kind === 'applied-nothing' || (fault.kind === 'server-error' && !fault.applied);
}

/** `/me` is the signed-in user under another name. */
function aliasOfMe(call: GraphCall, { signedInUserId }: Principal): GraphCall {
  const [first, ...rest] = call.segments;
  if (first?.toLowerCase() !== 'me') return call;
  if (signedInUserId === null) {
    throw new GraphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
  }
  return { ...call, segments: ['users', signedInUserId, ...rest] };
}

function isOwn({ ids }: Route, { signedInUserId }: Principal): boolean {
  return signedInUserId !== null && ids.user?.toLowerCase() === signedInUserId;
}

function principalOf(tenant: Tenant, claims: AccessTokenClaims): Principal {
  const isUser = claims.idtyp === 'user';
  return {
    tenant,
    appId: claims.appid,
    permissions: isUser ? (claims.scp ?? '').split(' ') : (claims.roles ?? []),
    signedInUserId: isUser ? claims.oid : null,
  };
}

function operationRequest(
  call: GraphCall,
  principal: Principal,
  { operation, ids }: Route,
  trace: CallTrace,
  now: number,
): OperationRequest {
  const { tenant } = principal;
  const userLag = Math.max(tenant.options.readLagMs, ...lags(trace.faults, 'read-lag'));
  const seatLag = Math.max(tenant.options.consumedUnitsLagMs, ...lags(trace.faults, 'consumed-units-lag'));
  const seen = (user: UserRecord) => (userLag === 0 ? user : tenant.directory.userAsOf(user, now - userLag));
  const user = ids.user === undefined ? undefined : existingUser(tenant, ids.user);
  const group = ids.group === undefined ? undefined : tenant.directory.group(ids.group);
  if (ids.group !== undefined && !group) throw graphError('E12', { resource: ids.group });
  // Writes work on the state of the directory, reads on what their replica shows.
  const view = user && operation.apply === undefined ? seen(user) : user;
  if (ids.user !== undefined && !view) throw graphError('E12', { resource: ids.user });
  return {
    tenant,
    principal,
    call,
    user: view,
    group,
    key: ids.key ?? '',
    cause: { by: 'call', seq: trace.seq },
    seen,
    consumedSeen: (skuId) =>
      seatLag === 0 ? tenant.directory.consumed(skuId) : tenant.directory.consumedAsOf(skuId, now - seatLag),
  };
}

function existingUser(tenant: Tenant, idOrName: string): UserRecord {
  const user = tenant.directory.user(idOrName);
  const gone = user !== undefined && user.deletedDateTime !== null && tenant.options.softDeletedUser === 'not-found';
  if (!user || gone) throw graphError('E12', { resource: idOrName });
  return user;
}

function lags(faults: readonly Fault[], kind: 'read-lag' | 'consumed-units-lag'): number[] {
  return faults.flatMap((fault) => (fault.kind === kind ? [fault.ms] : []));
}

function cutIf(trace: CallTrace, kind: 'lost-request' | 'lost-response'): void {
  if (trace.faults.some((fault) => fault.kind === kind)) throw new ConnectionCut();
}

/** Cost of a call: `$select` and a small `$top` make a read cheaper, `$expand` dearer, none is free. */
export function resourceUnits(operation: Operation, query: URLSearchParams): number {
  if (operation.apply) return operation.resourceUnits;
  const top = query.get('$top');
  const discount = (query.has('$select') ? 1 : 0) + (top !== null && Number(top) < 20 ? 1 : 0);
  return Math.max(1, operation.resourceUnits - discount + (query.has('$expand') ? 1 : 0));
}

function logCall(
  call: GraphCall,
  claims: AccessTokenClaims,
  trace: CallTrace,
  outcome: GraphOutcome,
  tenant: Tenant,
): void {
  tenant.log.add({
    seq: trace.seq,
    at: trace.startedAt,
    endedAt: tenant.surroundings.now(),
    method: call.method,
    path: call.url,
    appId: claims.appid,
    userId: trace.userId,
    signedInUserId: claims.idtyp === 'user' ? claims.oid : null,
    status: outcome.kind === 'reply' ? outcome.reply.status : null,
    errorCode: outcome.kind === 'reply' ? errorCodeIn(outcome.reply) : null,
    faults: trace.faults.map(({ kind }) => kind),
    effective: trace.effective,
    body: call.method === 'GET' || call.segments[0] === '$batch' ? undefined : call.body,
    requestId: trace.ids.requestId,
    clientRequestId: call.headers['client-request-id'] ?? null,
    batchRequestId: call.batchRequestId,
    resourceUnits: trace.resourceUnits,
  });
}

function errorCodeIn({ body }: GraphReply): string | null {
  if (body.kind !== 'json' || typeof body.json !== 'object' || body.json === null || !('error' in body.json))
    return null;
  const { error } = body.json;
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
}
