/**
 * The rules of a campaign: what a plan sums up, how users fall into waves, when the failure budget is spent, what may be
 * commanded in which state. Pure functions; no clock and no I/O.
 */
import type { FailureCode } from './failures.js';
import type { SkuId, TouchedState } from './license.js';
import type { HeldPath, KeptPlans } from './plan.js';
import type { ServiceChanges } from './service-family.js';

// --- users ------------------------------------------------------------------------------------------------------------

/**
 * Where one user of a campaign is.
 *
 * - `unread`: not planned yet. `already`: everything is as wanted, nothing is written. `blocked`: a known reason speaks
 *   against the change; nothing is written. `ready`: no known blocker.
 * - `waiting`: the wave runs and it will be their turn. `writing`: the write is at a worker or on its way to one.
 * - `verifying`: accepted, or of unknown outcome, and read until a read shows what became of it.
 * - `retrying`: failed for a passing reason, tried again later. `waiting-for-seat`: no seat is promised yet.
 * - `done`: a read showed the target. `failed`: refused for good, and nothing changed. `unknown`: no read ever settled the
 *   outcome. `drifted`: somebody else changed them since the plan, so they were left alone.
 * - `skipped`: the campaign was cancelled before it was their turn.
 * - `restoring`: the way back is under way. `restored`: a read showed the state from before. `left-alone`: somebody else
 *   changed them since, so the way back was not gone. `not-restored`: the way back failed; a person has to look.
 */
export const USER_STATES = [
  'unread', 'already', 'blocked', 'ready', 'waiting', 'writing', 'verifying', 'retrying', 'waiting-for-seat',
  'done', 'failed', 'unknown', 'drifted', 'skipped', 'restoring', 'restored', 'left-alone', 'not-restored',
] as const; // prettier-ignore
export type UserState = (typeof USER_STATES)[number];

/** How many users are in which state; a state that is missing has none. */
export type UserCounts = Readonly<Partial<Record<UserState, number>>>;

/** Why a user is blocked, beyond the failure codes that a write can have. */
export type BlockCode =
  | FailureCode
  | 'EMPTY_REQUEST'
  | 'MALFORMED_REQUEST'
  | 'SAME_SKU_ADDED_AND_REMOVED'
  | 'GROUP_AND_DIRECT'
  | 'GROUP_ONLY'
  | 'SERVICE_LOST'
  | 'PLAN_UNCLEAR'
  | 'ACCOUNT_DISABLED'
  | 'DUPLICATE_USER';

/** Facts that somebody should know before the write; none of them hinders it. */
export type WarningCode =
  | 'GUEST'
  | 'ACCOUNT_DISABLED'
  | 'PERHAPS_SHARED_MAILBOX'
  | 'LOSES_MAILBOX'
  | 'LOSES_PHONE_SYSTEM'
  | 'NOT_HELD'
  | 'STAYS_THROUGH_GROUP';

/**
 * Users to whom the same happens: the same touched products on the same paths, the same plans off, the same outcome. A
 * person reviews signatures, not users.
 */
export interface Signature {
  /** Name of the content: 16 hex digits. */
  readonly key: string;
  readonly outcome: 'ready' | 'already' | 'blocked';
  /** Index of the wish among the wishes of the campaign. */
  readonly wish: number;
  /** Direct state of the touched SKUs. Both are empty where the user could not be read. */
  readonly before: TouchedState;
  readonly target: TouchedState;
  /** The paths on which the touched products are held. */
  readonly paths: readonly HeldPath[];
  /** Services over all paths; `null` where no change can be planned. */
  readonly services: (ServiceChanges & KeptPlans) | null;
  /** Products that need a free seat for the change. */
  readonly seatsNeeded: readonly SkuId[];
  /** Products that will need a free seat to take it back. */
  readonly seatsToRestore: readonly SkuId[];
  /** Empty unless blocked. Sentences without names of people. */
  readonly blocks: readonly { readonly code: BlockCode; readonly meaning: string; readonly remedy: string }[];
  readonly warnings: readonly WarningCode[];
}

// --- waves ------------------------------------------------------------------------------------------------------------

/** Size of a wave: so many users, so many of a hundred, or all that are left. */
export type WaveSize = { readonly count: number } | { readonly percent: number } | 'rest';

export interface WavePlan {
  /** Whether one user of each signature goes first, as wave 0. */
  readonly canary: boolean;
  /** `column`: each row names its wave, a whole number from 1. */
  readonly sizes: readonly WaveSize[] | 'column';
}

// --- brakes -----------------------------------------------------------------------------------------------------------

/** More failures than either of them and it is spent. `null` for no limit of that kind; percent of the users of the scope. */
export interface BudgetLimit {
  readonly count: number | null;
  readonly percent: number | null;
}

export interface FailureBudget {
  readonly perWave: BudgetLimit;
  readonly total: BudgetLimit;
}

export const DEFAULT_BUDGET: FailureBudget = {
  perWave: { count: null, percent: 2 },
  total: { count: null, percent: 1 },
};

/** Which limit was exceeded, with the figures that show it. */
export interface SpentBudget {
  readonly scope: 'wave' | 'total';
  /** Number of the wave, or `null` for the total. */
  readonly wave: number | null;
  readonly by: 'count' | 'percent';
  readonly failed: number;
  /** Users of the scope. */
  readonly users: number;
  readonly limit: number;
}

// --- the campaign -----------------------------------------------------------------------------------------------------

/**
 * - `intake`: its pages are being started. `planning`: they read their users. `planned`: waits for `start` with the digest.
 *   `awaiting-second`: started, and a second person has to agree.
 * - `running`: a wave is under way. `soaking`: a wave is over and it waits to see what comes of it. `awaiting-promotion`: a
 *   person has to let the next wave go. `outside-hours`: the next write may come at the next allowed time.
 * - `pausing`: no new write starts, those in flight end. `paused`: nothing is in flight.
 * - `cancelling`, `rolling-back`: as they say, until every page has settled.
 * - `finished`: every user has an outcome; it can be retried and rolled back until the window closes.
 * - Final: `closed` (the window is over), `refused` (there is no plan), `abandoned` (never started in time).
 */
export const CAMPAIGN_STATES = [
  'intake', 'planning', 'planned', 'awaiting-second', 'running', 'soaking', 'awaiting-promotion', 'outside-hours',
  'pausing', 'paused', 'cancelling', 'rolling-back', 'finished', 'closed', 'refused', 'abandoned',
] as const; // prettier-ignore
export type CampaignState = (typeof CAMPAIGN_STATES)[number];
