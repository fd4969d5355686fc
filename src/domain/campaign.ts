/**
 * The rules of a campaign: what users and campaigns can be, what counts as an outcome, when the failure budget is spent,
 * what a plan's digest covers. Waves are in `campaign-waves.ts`, commands in `campaign-commands.ts`.
 */
import type { Json } from './digest.js';
import { digestOf } from './digest.js';
import type { FailureCode } from './failures.js';
import type { SkuId, TouchedState } from './license.js';
import type { HeldPath, KeptPlans, SkuContents } from './plan.js';
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

/** States in which nothing more happens to a user by itself. */
const OUTCOMES: readonly UserState[] = [
  'already', 'blocked', 'done', 'failed', 'unknown', 'drifted', 'skipped', 'restored', 'left-alone', 'not-restored',
]; // prettier-ignore

export function hasOutcome(state: UserState): boolean {
  return OUTCOMES.includes(state);
}

/** Users in any of these states. */
export function countOf(counts: UserCounts, ...states: readonly UserState[]): number {
  return states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
}

export function usersIn(counts: UserCounts): number {
  return countOf(counts, ...USER_STATES);
}

/** Users to whom something will still happen; those who wait for a seat are among them. */
export function openIn(counts: UserCounts): number {
  return usersIn(counts) - countOf(counts, ...OUTCOMES);
}

/** Users that take part in the waves: all but those to whom the campaign has nothing to do. */
export function plannedIn(counts: UserCounts): number {
  return usersIn(counts) - countOf(counts, 'unread', 'already', 'blocked');
}

/** The sum of many counts, of states for instance. */
export function sumCounts<K extends string>(
  parts: Iterable<Readonly<Partial<Record<K, number>>>>,
): Partial<Record<K, number>> {
  const sum: Partial<Record<K, number>> = {};
  for (const part of parts) for (const key of Object.keys(part) as K[]) sum[key] = (sum[key] ?? 0) + (part[key] ?? 0);
  return sum;
}

/** The sum of failures by code. */
export function sumFailures(parts: Iterable<Readonly<Record<string, number>>>): Record<string, number> {
  return Object.fromEntries(Object.entries(sumCounts(parts)).map(([code, users]) => [code, users ?? 0]));
}

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

/** Whether a product stays because a group gives it too, so that the membership is in the way. */
export function isInTheWay({ target, blocks }: Pick<Signature, 'target' | 'blocks'>, skuId: SkuId): boolean {
  // What a blocked user holds directly is the target too.
  return (target[skuId] ?? null) === null || blocks.some(({ code }) => code === 'GROUP_AND_DIRECT');
}

/** What the digest of a campaign's plan covers. */
export interface PlannedContent {
  /** Digests of the plans of the pages, from page 1: their users and signatures. */
  readonly pages: readonly string[];
  readonly waves: WavePlan;
  /** Users of each wave. */
  readonly sizes: readonly number[];
  /** Plan ids of the touched products. */
  readonly contents: SkuContents;
}

/** What somebody agrees to who starts a campaign. */
export function planDigest({ pages, waves, sizes, contents }: PlannedContent): string {
  const sorted = Object.entries(contents).map(([skuId, plans]) => [skuId, [...plans].sort()] as const);
  const content: Json = { pages, sizes, contents: Object.fromEntries(sorted) };
  return digestOf({ ...content, canary: waves.canary, waves: waves.sizes as Json });
}

/** Products whose plan lists differ, by id. */
export function changedProducts(before: SkuContents, now: SkuContents): readonly SkuId[] {
  const listOf = (contents: SkuContents, skuId: SkuId) => [...(contents[skuId] ?? [])].sort().join();
  return Object.keys(before).filter((skuId) => listOf(before, skuId) !== listOf(now, skuId));
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

/** What passes by itself says nothing about the plan, so it never stops a campaign. */
const HARMLESS: readonly FailureCode[] = ['THROTTLED', 'CONTENTION', 'NO_SEATS'];

/** Failures that count against the budget. */
export function burnt(failures: Readonly<Record<string, number>>): number {
  const counted = Object.entries(failures).filter(([code]) => !HARMLESS.some((harmless) => harmless === code));
  return counted.reduce((sum, [, users]) => sum + users, 0);
}

/** Failures that count, among so many users. */
export interface Burnt {
  readonly failed: number;
  readonly users: number;
}

/**
 * The limit that was exceeded, or `null`: waves before the total, counts before percentages. Exactly at a limit nothing is
 * spent, and a limit of 0 is spent by the first failure.
 */
export function spentBudget(
  budget: FailureBudget,
  waves: readonly (Burnt & { readonly wave: number })[],
  total: Burnt,
): SpentBudget | null {
  for (const { wave, ...burnt } of waves) {
    const by = exceeded(budget.perWave, burnt);
    if (by !== null) return { scope: 'wave', wave, ...by, ...burnt };
  }
  const by = exceeded(budget.total, total);
  return by === null ? null : { scope: 'total', wave: null, ...by, ...total };
}

/** Percentages are compared in millionths: 57 of 10,000 are exactly 0.57 %, whatever floating point makes of it. */
const MILLION = 1_000_000;

function exceeded({ count, percent }: BudgetLimit, { failed, users }: Burnt): Pick<SpentBudget, 'by' | 'limit'> | null {
  if (count !== null && failed > count) return { by: 'count', limit: count };
  if (percent !== null && failed * 100 * MILLION > Math.round(percent * MILLION) * users)
    return { by: 'percent', limit: percent };
  return null;
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

const FINAL_STATES: readonly CampaignState[] = ['closed', 'refused', 'abandoned'];

/** Nothing happens in it any more, and no command changes that. */
export function isFinalCampaign(state: CampaignState): boolean {
  return FINAL_STATES.includes(state);
}
