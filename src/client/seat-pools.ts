/** Seats as operators see and steer them: what is promised, who waits, what is kept back. */
import { randomBytes } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { QueryNotRegisteredError, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Actor } from '../domain/approval.js';
import type { SkuId } from '../domain/license.js';
import type { SeatPriority } from '../domain/policy.js';
import { licenseRequestWorkflowId } from '../contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../contracts/license-rollback.js';
import type { Pace } from '../contracts/pace.js';
import type { LeaseView, SeatPoolInput, SeatPoolView } from '../contracts/seat-pool.js';
import {
  endLease,
  holdSeats,
  rankLease,
  SEAT_POOL,
  seatLeasesOf,
  seatPoolPrefix,
  seatPoolView,
  seatPoolWorkflowId,
} from '../contracts/seat-pool.js';
import { LicenseflowError } from './licenseflow-error.js';
import { hasEnded, poolStart } from './seat-pool-messages.js';
import type { TenantQuestions } from './tenant-questions.js';
import { askingAgain, callingTemporal, noAnswer, sendingAgain } from './temporal-errors.js';

export interface SeatPoolsOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly pace: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. */
  readonly answerWithinMs: number;
  readonly tenant: Pick<TenantQuestions, 'id' | 'person'>;
}

/** A lease and whom it is for. */
export interface LeaseRow extends LeaseView {
  readonly skuId: SkuId;
  /** Name of the product, once it was counted. */
  readonly product: string | null;
  /** The request, or the rollback of one; `null` for seats that an operator keeps back. */
  readonly requestId: string | null;
  readonly kind: 'request' | 'rollback' | 'operator' | 'other';
  /** "Name <upn>" of who is licensed, or who keeps the seats back. */
  readonly who: string | null;
}

/** A pool with names. */
export interface NamedPool extends Omit<SeatPoolView, 'leases' | 'waitList'> {
  readonly leases: readonly LeaseRow[];
  readonly waitList: readonly LeaseRow[];
}

export interface HoldOptions {
  readonly skuId: SkuId;
  readonly units: number;
  /** From now, in milliseconds. */
  readonly forMs: number;
  readonly priority: SeatPriority;
  readonly actor: Actor;
  readonly reason: string;
}

export interface OperatorOptions {
  readonly actor: Actor;
  readonly reason: string;
}

type SeatPoolWorkflow = (input: SeatPoolInput) => Promise<void>;

/** Ids in one query of the visibility store. */
const NAMES_AT_ONCE = 50;

export class SeatPools {
  readonly #options: SeatPoolsOptions;

  constructor(options: SeatPoolsOptions) {
    this.#options = options;
  }

  /** Pools that are open, without their leases. A pool opens with the first who asks, and closes when all is quiet. */
  async pools(): Promise<readonly SeatPoolView[]> {
    return this.#views(0);
  }

  /** The pool of a product with at most `limit` leases and places; `null` while none is open. */
  async pool(skuId: SkuId, limit: number): Promise<NamedPool | null> {
    const { tenant } = this.#options;
    const view = await this.#view(this.#handle(seatPoolWorkflowId(await tenant.id(), skuId)), limit);
    return view && this.#named(view);
  }

  /** Who waits for seats of one product, or of any, each list in its order. */
  async waitList(skuId: SkuId | null, limit: number): Promise<readonly LeaseRow[]> {
    if (skuId !== null) return (await this.pool(skuId, limit))?.waitList ?? [];
    const pools = await Promise.all((await this.#views(limit)).map((view) => this.#named(view)));
    return pools.flatMap(({ waitList }) => waitList);
  }

  /** What a request waits for or holds, over all products; `skuIds` are those it may want. */
  async leasesOf(requestId: string, skuIds: readonly SkuId[]): Promise<readonly LeaseRow[]> {
    const workflowIds = [licenseRequestWorkflowId(requestId), licenseRollbackWorkflowId(requestId)];
    if (skuIds.length === 0) return [];
    // By id: in a namespace that several installations share, another tenant has a pool of the same product.
    const tenantId = await this.#options.tenant.id();
    const pools = await this.#open(
      `WorkflowId IN (${quoted(skuIds.map((skuId) => seatPoolWorkflowId(tenantId, skuId)))})`,
    );
    return this.#leases(pools, workflowIds);
  }

  /**
   * Keeps seats back. All of them or none: while fewer are free, it waits like everybody else.
   *
   * @throws LicenseflowError `not-found` for an unknown actor.
   */
  async hold({ skuId, units, forMs, priority, actor, reason }: HoldOptions): Promise<LeaseRow> {
    const { client, taskQueue, pace, tenant } = this.#options;
    await tenant.person(actor.ref);
    const pool = { tenantId: await tenant.id(), skuId };
    const leaseId = `hold-${randomBytes(4).toString('hex')}`;
    const command = { leaseId, units, until: Date.now() + forMs, priority, actor, reason };
    const lease = await this.#commanding(() =>
      client.workflow.executeUpdateWithStart(holdSeats, {
        args: [command],
        updateId: leaseId,
        startWorkflowOperation: new WithStartWorkflowOperation<SeatPoolWorkflow>(SEAT_POOL, {
          ...poolStart(pool, taskQueue, pace),
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      }),
    );
    return { ...rowOf(lease), skuId, product: null };
  }

  /**
   * Ends a lease: seats that an operator keeps back, or those of somebody who has ended.
   *
   * @throws LicenseflowError `not-found`; `refused` where somebody still counts on it.
   */
  async release(leaseId: string, { actor, reason }: OperatorOptions): Promise<LeaseRow> {
    const { client, tenant } = this.#options;
    await tenant.person(actor.ref);
    const [found] = await this.#leases(await this.#ofTenant(), [leaseId]);
    if (found === undefined) throw noSuchLease(leaseId);
    if (found.holder !== null && !(await callingTemporal(() => hasEnded(client, leaseId)))) throw stillNeeded(found);
    await this.#commanding(async () =>
      (await this.#poolOf(found.skuId)).executeUpdate(endLease, { args: [{ leaseId, actor, reason }] }),
    );
    return found;
  }

  /**
   * Puts a request that waits to the head of its wait-list, or into the line of a priority.
   *
   * @throws LicenseflowError `not-found` where it does not wait for a seat.
   */
  async rank(requestId: string, to: 'head' | SeatPriority, { actor, reason }: OperatorOptions): Promise<LeaseRow> {
    await this.#options.tenant.person(actor.ref);
    const names = [licenseRequestWorkflowId(requestId), licenseRollbackWorkflowId(requestId), requestId];
    const leases = await this.#leases(await this.#ofTenant(), names);
    const waiting = leases.find(({ state }) => state === 'waiting');
    if (waiting === undefined) throw waitsForNothing(requestId);
    const { leaseId, skuId, product, who } = waiting;
    const lease = await this.#commanding(async () =>
      (await this.#poolOf(skuId)).executeUpdate(rankLease, { args: [{ leaseId, actor, reason, to }] }),
    );
    return { ...rowOf(lease), skuId, product, who };
  }

  // --- inside -------------------------------------------------------------------------------------------------------

  async #views(limit: number): Promise<readonly SeatPoolView[]> {
    const views = await Promise.all((await this.#ofTenant()).map((pool) => this.#view(pool, limit)));
    return views.filter((view) => view !== null);
  }

  async #ofTenant(): Promise<readonly WorkflowHandle<SeatPoolWorkflow>[]> {
    return this.#open(`WorkflowId STARTS_WITH '${seatPoolPrefix(await this.#options.tenant.id())}'`);
  }

  async #open(filter: string): Promise<readonly WorkflowHandle<SeatPoolWorkflow>[]> {
    const query = `WorkflowType = '${SEAT_POOL}' AND ExecutionStatus = 'Running' AND ${filter}`;
    return this.#inTime(async () => {
      const pools: WorkflowHandle<SeatPoolWorkflow>[] = [];
      for await (const { workflowId } of this.#options.client.workflow.list({ query }))
        pools.push(this.#handle(workflowId));
      return pools;
    });
  }

  async #view(pool: WorkflowHandle<SeatPoolWorkflow>, limit: number): Promise<SeatPoolView | null> {
    return this.#orNull(async () => {
      const view = await pool.query(seatPoolView, limit);
      const { status } = await pool.describe();
      return status.name === 'RUNNING' ? view : null;
    });
  }

  async #leases(pools: readonly WorkflowHandle<SeatPoolWorkflow>[], names: readonly string[]): Promise<LeaseRow[]> {
    const found = await Promise.all(
      pools.map(async (pool) => {
        const skuId = pool.workflowId.slice(pool.workflowId.lastIndexOf('/') + 1);
        const leases = await this.#orNull(() => Promise.all(names.map((name) => pool.query(seatLeasesOf, name))));
        return (leases ?? []).flat().map((lease) => ({ ...rowOf(lease), skuId, product: null }));
      }),
    );
    return found.flat();
  }

  async #named(view: SeatPoolView): Promise<NamedPool> {
    const { skuId, product } = view;
    const rows = [...view.leases, ...view.waitList].map((lease) => ({ ...rowOf(lease), skuId, product }));
    const names = await this.#namesOf(rows.flatMap(({ holder }) => holder ?? []));
    const named = rows.map((row) => ({ ...row, who: names.get(row.holder ?? '') ?? row.who }));
    return { ...view, leases: named.slice(0, view.leases.length), waitList: named.slice(view.leases.length) };
  }

  /** Who is licensed, from the memo of each request: a pool itself knows no names. */
  async #namesOf(workflowIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    for (let i = 0; i < workflowIds.length; i += NAMES_AT_ONCE) {
      const query = `WorkflowId IN (${quoted(workflowIds.slice(i, i + NAMES_AT_ONCE))})`;
      await this.#inTime(async () => {
        for await (const { workflowId, memo } of this.#options.client.workflow.list({ query }))
          if (typeof memo?.['subject'] === 'string') names.set(workflowId, memo['subject']);
      });
    }
    return names;
  }

  async #poolOf(skuId: SkuId): Promise<WorkflowHandle<SeatPoolWorkflow>> {
    return this.#handle(seatPoolWorkflowId(await this.#options.tenant.id(), skuId));
  }

  #handle(workflowId: string): WorkflowHandle<SeatPoolWorkflow> {
    return this.#options.client.workflow.getHandle<SeatPoolWorkflow>(workflowId);
  }

  /** A pool that has closed meanwhile is no pool. */
  async #orNull<T>(look: () => Promise<T>): Promise<T | null> {
    try {
      const { client, answerWithinMs } = this.#options;
      return await callingTemporal(() => askingAgain(client, answerWithinMs, look));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error instanceof QueryNotRegisteredError ? noAnswer(error) : error;
    }
  }

  async #commanding<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await this.#inTime(() => sendingAgain(send));
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
        throw new LicenseflowError('refused', error.cause.type ?? 'REFUSED', error.cause.message, SEE_WAITLIST);
      throw error;
    }
  }

  async #inTime<T>(call: () => Promise<T>): Promise<T> {
    const { client, answerWithinMs } = this.#options;
    return callingTemporal(() => client.withDeadline(Date.now() + answerWithinMs, call));
  }
}

const SEE_WAITLIST = 'See who waits and what is held: licenseflow waitlist, licenseflow seats show SKU';

const HOLDERS = { request: licenseRequestWorkflowId(''), rollback: licenseRollbackWorkflowId('') } as const;

function rowOf(lease: LeaseView): Omit<LeaseRow, 'skuId' | 'product'> {
  const { holder, note } = lease;
  if (holder === null) return { ...lease, requestId: null, kind: 'operator', who: note?.by ?? null };
  for (const kind of ['request', 'rollback'] as const)
    if (holder.startsWith(HOLDERS[kind]))
      return { ...lease, requestId: holder.slice(HOLDERS[kind].length), kind, who: null };
  return { ...lease, requestId: null, kind: 'other', who: holder };
}

/** Ids of workflows and products hold no quotes; whatever else was typed must not end the text it stands in. */
function quoted(texts: readonly string[]): string {
  return texts.map((text) => `'${text.replace(/['\\]/g, '')}'`).join(', ');
}

function noSuchLease(leaseId: string): LicenseflowError {
  return new LicenseflowError('not-found', 'NO_SUCH_LEASE', `No pool has a lease ${leaseId}.`, SEE_WAITLIST);
}

function stillNeeded({ leaseId, kind, requestId, holder }: LeaseRow): LicenseflowError {
  return new LicenseflowError(
    'refused',
    'STILL_NEEDED',
    `${leaseId} belongs to ${kind} ${requestId ?? holder ?? ''}, which is open and counts on it. Nothing was changed.`,
    kind === 'request'
      ? `End the request, and it gives its seat back: licenseflow request withdraw ${requestId ?? ''}`
      : 'It gives its seat back when it ends.',
  );
}

function waitsForNothing(requestId: string): LicenseflowError {
  return new LicenseflowError(
    'not-found',
    'NOT_WAITING',
    `${requestId} does not wait for a seat. Nothing was changed.`,
    `See what it does: licenseflow explain ${requestId}; who waits: licenseflow waitlist`,
  );
}
