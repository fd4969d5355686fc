/**
 * The seat pool of one product: how seats are asked for, how the answer comes back, what operators may do, and what can
 * be seen. Whoever wants a seat and the pool talk by signals; every message may come more than once.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import type { SkuId } from '../domain/license.js';
import type { SeatPriority } from '../domain/policy.js';
import type { LedgerState, SeatAnswer, SeatAsk, Standing } from '../domain/seat-ledger.js';
import type { Pace } from './pace.js';

export const SEAT_POOL = 'seatPool';

export interface SeatPoolInput {
  readonly tenantId: string;
  readonly skuId: SkuId;
  readonly pace: Pace;
  /** What the run before hands over; `null` in the first one. */
  readonly carried: CarriedPool | null;
}

export interface CarriedPool {
  readonly ledger: LedgerState;
  /** Answers that are not sent yet. */
  readonly outbox: readonly SeatAnswer[];
  readonly notes: Readonly<Record<string, HoldNote>>;
  readonly acts: readonly OperatorAct[];
  readonly product: string | null;
  readonly lowSince: string | null;
  /** A warning that waits for the end of quiet hours; missing for none. */
  readonly warning?: LowSeatsWarning;
}

/** What operators are told of an episode of low seats. */
export interface LowSeatsWarning {
  /** When the episode began; ISO 8601 in UTC, as `until`. */
  readonly since: string;
  readonly free: number;
  readonly below: number;
  /** When it may be sent; missing while it is being sent. */
  readonly until?: string;
}

/** In one tenant each product has one pool. */
export function seatPoolWorkflowId(tenantId: string, skuId: SkuId): string {
  return `${seatPoolPrefix(tenantId)}${skuId}`;
}

/** What the ids of all pools of a tenant begin with. */
export function seatPoolPrefix(tenantId: string): string {
  return `seat-pool/${tenantId}/`;
}

// --- between holders and pool ---------------------------------------------------------------------------------------

export const askSeat = defineSignal<[ask: SeatAsk]>('askSeat');
/** So many units of the lease, all told, are assigned, or may be. */
export const settleSeat = defineSignal<[leaseId: string, used: number]>('settleSeat');
export const releaseSeat = defineSignal<[leaseId: string]>('releaseSeat');
/** Graph had no seat although this lease is held. */
export const seatRefused = defineSignal<[leaseId: string]>('seatRefused');
/** What many holders say at one time, in one signal: a task that takes more than 100 signals is cut off by the server. */
export const manySeatMessages = defineSignal<[messages: readonly SeatMessage[]]>('manySeatMessages');
/** Comes back to whoever asked. */
export const seatAnswered = defineSignal<[answer: SeatAnswer]>('seatAnswered');

/** A message to a pool, which is started where none runs. */
export type SeatMessage =
  | { readonly kind: 'ask'; readonly ask: SeatAsk }
  | { readonly kind: 'settle'; readonly leaseId: string; readonly used: number }
  | { readonly kind: 'release'; readonly leaseId: string }
  | { readonly kind: 'refused'; readonly leaseId: string };

export interface TellSeatPoolInput {
  readonly skuId: SkuId;
  readonly message: SeatMessage;
  /** The pace of a pool that has to be started. */
  readonly pace: Pace;
}

/** What the counting activity found out. */
export interface SeatReading {
  /** Units that the policy lets be given away. */
  readonly assignable: number;
  readonly consumed: number;
  readonly product: string;
  /** The policy warns when fewer are free; `null` for never. */
  readonly warnBelow: number | null;
}

// --- operators ------------------------------------------------------------------------------------------------------

interface OperatorCommand {
  readonly leaseId: string;
  readonly actor: Actor;
  readonly reason: string;
}

/** Seats that an operator keeps back, all of them or none. They are waited for like everybody else's. */
export interface HoldCommand extends OperatorCommand {
  readonly units: number;
  /** Milliseconds since the epoch; what waits until then, and what is held, ends by itself. */
  readonly until: number;
  readonly priority: SeatPriority;
}

export interface RankCommand extends OperatorCommand {
  readonly to: 'head' | SeatPriority;
}

export const holdSeats = defineUpdate<LeaseView, [command: HoldCommand]>('holdSeats');
/** Ends a lease whose holder has ended, or one of an operator. What a workflow held may have been used. */
export const endLease = defineUpdate<void, [command: OperatorCommand]>('endLease');
export const rankLease = defineUpdate<LeaseView, [command: RankCommand]>('rankLease');
export type { OperatorCommand };

/** `ApplicationFailure.type` of a command about a lease that the pool does not know, or that does not wait any more. */
export const NO_SUCH_LEASE = 'NO_SUCH_LEASE';

// --- what can be seen -----------------------------------------------------------------------------------------------

/** Who keeps seats back, and why. */
export interface HoldNote {
  readonly by: string;
  readonly reason: string;
}

export interface OperatorAct {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly text: string;
}

export interface LeaseView {
  readonly leaseId: string;
  /** Workflow id of its holder; `null` where an operator holds it. */
  readonly holder: string | null;
  /** `settling`: used, or perhaps used, and not certain to be in the count yet. */
  readonly state: 'waiting' | 'held' | 'settling';
  readonly units: number;
  readonly priority: SeatPriority;
  /** When it was asked for, for what waits; else since when it is as it is. ISO 8601 in UTC. */
  readonly since: string;
  /** When the wait or the promise ends by itself. */
  readonly until: string;
  /** Place in the wait-list, from 1; `null` for what does not wait. */
  readonly position: number | null;
  readonly standing: Standing | null;
  /** When it will be served, if seats come as they came lately; `null` where there is no basis for saying so. */
  readonly estimate: string | null;
  readonly note: HoldNote | null;
}

export interface SeatPoolView {
  readonly tenantId: string;
  readonly skuId: SkuId;
  /** Name of the product, once it was counted. */
  readonly product: string | null;
  readonly count: { readonly assignable: number; readonly consumed: number; readonly at: string } | null;
  /** Seats that can be promised now by these books; below 0 where more is promised than there is. */
  readonly free: number | null;
  /** When Graph had no seat for a write, as long as counts may not show it yet; `free` takes it into account. */
  readonly refusedAt: string | null;
  /** Units that are promised, and units that are used and perhaps not counted yet. */
  readonly held: number;
  readonly settling: number;
  /** Leases that wait. */
  readonly waiting: number;
  /** When Graph is asked next; `null` while nobody waits. */
  readonly nextCountAt: string | null;
  readonly lastFailure: (Failure & { readonly at: string }) | null;
  /** What is held and what settles; then the wait-list in its order. At most as many of each as was asked for. */
  readonly leases: readonly LeaseView[];
  readonly waitList: readonly LeaseView[];
  /** The latest acts of operators, and warnings that did not reach them; oldest first. */
  readonly acts: readonly OperatorAct[];
}

export const seatPoolView = defineQuery<SeatPoolView, [limit: number]>('seatPoolView');
/** What a lease id, or the workflow id of a holder, stands for here. */
export const seatLeasesOf = defineQuery<readonly LeaseView[], [name: string]>('seatLeasesOf');
