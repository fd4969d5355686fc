/**
 * The rules of one page of a campaign: which state of a user may follow which, what an answer to a write or a read means
 * for a user, when they are due again, and the page in figures. Pure functions; every one is told the time.
 */
import type { BlockCode, Signature, UserCounts, UserState } from './campaign.js';
import { digestOf } from './digest.js';
import type { Failure, FailureCode } from './failures.js';
import { meaningOf } from './failures.js';
import type { Position, SkuId, TouchedState } from './license.js';
import { change, locate, plans, sameState } from './license.js';
import type { SkuContents } from './plan.js';

// --- states -----------------------------------------------------------------------------------------------------------

/** States of users on their way, in either direction. */
const PLANNED = ['already', 'blocked', 'ready'] as const satisfies readonly UserState[];

const NEXT: Readonly<Record<UserState, readonly UserState[]>> = {
  unread: [...PLANNED, 'skipped'],
  already: [...PLANNED],
  blocked: [...PLANNED],
  ready: [...PLANNED, 'waiting', 'waiting-for-seat', 'skipped'],
  waiting: [...PLANNED, 'writing', 'waiting-for-seat', 'verifying', 'failed', 'skipped', 'restoring'],
  writing: ['verifying', 'retrying', 'waiting-for-seat', 'done', 'failed', 'drifted'],
  verifying: ['waiting', 'waiting-for-seat', 'done', 'failed', 'unknown', 'drifted', 'skipped', 'restoring'],
  retrying: [...PLANNED, 'waiting', 'waiting-for-seat', 'verifying', 'failed', 'skipped', 'restoring'],
  'waiting-for-seat': [...PLANNED, 'waiting', 'verifying', 'failed', 'skipped', 'restoring'],
  done: ['restoring'],
  failed: ['waiting', 'waiting-for-seat', 'restoring'],
  unknown: ['waiting', 'waiting-for-seat', 'restoring'],
  drifted: ['waiting', 'waiting-for-seat', 'restoring'],
  skipped: ['restoring'],
  restoring: ['restored', 'left-alone', 'not-restored', 'failed', 'waiting-for-seat'],
  restored: [],
  'left-alone': ['restoring'],
  'not-restored': ['restoring'],
};

/** Whether a user in one state may come into another one. */
export function mayBecome(from: UserState, to: UserState): boolean {
  return from === to || NEXT[from].includes(to);
}

/** What the rules need to know of a user. */
export interface UserOfPage {
  readonly id: string;
  readonly state: UserState;
  /** Index into the signatures of the page; -1 before the plan. */
  readonly sig: number;
  /** -1 for none. */
  readonly wave: number;
  readonly failure?: { readonly code: BlockCode };
  /** Whether licenseflow changed the user, or may have. */
  readonly wrote?: boolean;
}

/** Whether a plan order is about this user: nothing was written, and nobody has an outcome that a person has to judge. */
export function isToPlan({ state, wrote }: UserOfPage, again: boolean): boolean {
  if (state === 'unread') return true;
  const unwritten: readonly UserState[] = [...PLANNED, 'waiting', 'retrying', 'waiting-for-seat'];
  return again && wrote !== true && unwritten.includes(state);
}

/** Whether a rollback takes this user back: they were changed, or may have been, and were not put back. */
export function isToRestore(
  { id, state, wave, wrote }: UserOfPage,
  scope: { readonly users: readonly string[] | null; readonly waves: readonly number[] | null },
): boolean {
  const isMeant = (scope.users?.includes(id) ?? true) && (scope.waves?.includes(wave) ?? true);
  return isMeant && wrote === true && state !== 'restored';
}

/** Whether a retry is about this user. Who was changed by somebody else is tried again only where that is asked for. */
export function isToRetry({ state, failure }: UserOfPage, codes: readonly FailureCode[] | null): boolean {
  if (codes === null) return state === 'failed' || state === 'unknown';
  const hasFailed = state === 'failed' || state === 'unknown' || state === 'drifted';
  return hasFailed && codes.some((code) => code === failure?.code);
}

// --- what was tried ---------------------------------------------------------------------------------------------------

/** `forward`: from what was planned to what is wanted. `back`: from there to what was before. */
export type Direction = 'forward' | 'back';

/**
 * Where a user stands on the way. `queued`: may be written. `seat`: no seat is promised. `writing`, `verifying`,
 * `retrying`: as the states of those names.
 */
export type Phase = 'queued' | 'seat' | 'writing' | 'verifying' | 'retrying';

/** What has been tried for one user since it was their turn. All times in milliseconds since the epoch; 0 for never. */
export interface Effort {
  readonly direction: Direction;
  readonly phase: Phase;
  /** Writes that were made, or may have been, and that no read showed. */
  readonly rounds: number;
  /** Failures in a row that pass by themselves, and the first of them. */
  readonly tries: number;
  readonly failingSince: number;
  /** Reads since {@link verifyingSince}. */
  readonly reads: number;
  readonly verifyingSince: number;
  /** When to read or try again. */
  readonly dueAt: number;
  /** Until then a user who looks unchanged may be a read that is behind. */
  readonly unsettledUntil: number;
  /** A write that a stop cut off: whether it was ever sent is not known. */
  readonly isCutOff: boolean;
  /** Why it was refused for good; what became of the user is still to be read. */
  readonly refusal: Failure | null;
  /** What the user held when the write was sent that Graph refused. */
  readonly sentFrom: TouchedState | null;
  /** The way back after a write that Graph refused and of which it left one half: why it was refused. */
  readonly repairOf: Failure | null;
  /** When the wait for a seat is over. */
  readonly seatBy: number;
}

export function newEffort(direction: Direction, unsettledUntil = 0): Effort {
  return {
    ...{ direction, phase: 'queued', rounds: 0, tries: 0, failingSince: 0, reads: 0, verifyingSince: 0, dueAt: 0 },
    ...{ unsettledUntil, isCutOff: false, refusal: null, sentFrom: null, repairOf: null, seatBy: 0 },
  };
}

/** What the rules of repetition need of the pace. */
export interface EffortRules {
  readonly rounds: number;
  readonly settleMs: number;
  readonly verifyDeadlineMs: number;
  readonly againDeadlineMs: number;
  /** The n-th wait, from 0, before a read and before another try. */
  readonly verifyMs: (n: number) => number;
  readonly againMs: (n: number) => number;
}

/** How it ended: as wanted, changed by somebody else, refused, never settled, or unchanged because it was cancelled. */
export type Ending = 'arrived' | 'elsewhere' | 'refused' | 'unsettled' | 'unchanged';

export type Verdict =
  | { readonly effort: Effort; readonly ending?: undefined; readonly failure?: Failure }
  | { readonly effort?: undefined; readonly ending: Ending; readonly failure?: Failure };

const ENDS: Readonly<Record<Direction, Readonly<Record<Ending, UserState>>>> = {
  forward: { arrived: 'done', elsewhere: 'drifted', refused: 'failed', unsettled: 'unknown', unchanged: 'skipped' },
  back: {
    ...{ arrived: 'restored', elsewhere: 'left-alone', refused: 'not-restored', unsettled: 'not-restored' },
    unchanged: 'not-restored',
  },
};

const FORWARD_STATES: Readonly<Record<Phase, UserState>> = {
  ...{ queued: 'waiting', seat: 'waiting-for-seat', writing: 'writing', verifying: 'verifying', retrying: 'retrying' },
};

export function stateOf({ direction, phase }: Effort): UserState {
  return direction === 'back' ? 'restoring' : FORWARD_STATES[phase];
}

export function endState({ direction, repairOf }: Effort, ending: Ending): UserState {
  return ending === 'arrived' && repairOf !== null ? 'failed' : ENDS[direction][ending];
}

/** How a write ended. `cut-off`: it was cancelled, and whether it had been sent is not known. */
export type WriteEnd =
  | { readonly kind: 'seen'; readonly wrote: boolean }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'cut-off' }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** An attempt may have been made before, or the answer to this one was lost. */
      readonly perhapsMade: boolean;
      readonly sentFrom: TouchedState | null;
    };

/** What the end of a write means for its user. */
export function afterWrite(effort: Effort, end: WriteEnd, now: number, rules: EffortRules): Verdict {
  const written = { unsettledUntil: now + rules.settleMs };
  switch (end.kind) {
    case 'seen': {
      // Who looks as before although a write may still show itself is read again.
      const isBehind = effort.direction === 'back' && !end.wrote && now < effort.unsettledUntil;
      return isBehind ? { effort: toVerify(effort, now, rules) } : arrived(effort);
    }
    case 'accepted':
      return { effort: toVerify({ ...effort, ...written, rounds: effort.rounds + 1 }, now, rules) };
    case 'cut-off':
      return { effort: { ...toVerify({ ...effort, ...written }, now, rules), isCutOff: true } };
    case 'failed':
      return afterFailure(end.perhapsMade ? { ...effort, ...written } : effort, end, now, rules);
  }
}

function afterFailure(
  effort: Effort,
  { failure, perhapsMade, sentFrom }: Extract<WriteEnd, { kind: 'failed' }>,
  now: number,
  rules: EffortRules,
): Verdict {
  if (failure.code === 'DRIFT') return { ending: 'elsewhere', failure };
  if (failure.code === 'NO_SEATS' && (sentFrom === null || effort.direction === 'back'))
    return { effort: { ...effort, phase: 'seat' }, failure };
  if (failure.code === 'OUTCOME_UNKNOWN')
    return { effort: toVerify({ ...effort, rounds: effort.rounds + 1 }, now, rules), failure };
  const failingSince = effort.failingSince === 0 ? now : effort.failingSince;
  const dueAt = now + Math.max(rules.againMs(effort.tries), failure.retryAfterMs ?? 0);
  if (passes(failure.code) && dueAt - failingSince <= rules.againDeadlineMs)
    return { effort: { ...effort, phase: 'retrying', tries: effort.tries + 1, failingSince, dueAt }, failure };
  // Nobody is called unchanged before a read said so, where something may have been changed.
  if (!perhapsMade && sentFrom === null) return { ending: 'refused', failure };
  return { effort: { ...toVerify(effort, now, rules), refusal: failure, sentFrom, dueAt: now }, failure };
}

/** Passing faults, and a lack of access that an administrator will mend while the work waits. */
function passes(code: FailureCode): boolean {
  const { handling } = meaningOf(code);
  return handling === 'retry' || handling === 'fix-access';
}

function toVerify(effort: Effort, now: number, rules: EffortRules): Effort {
  const since = { verifyingSince: now, reads: 0, tries: 0, failingSince: 0, isCutOff: false, refusal: null };
  return { ...effort, ...since, phase: 'verifying', dueAt: now + rules.verifyMs(0) };
}

/** What a read of a user meant who is being verified. */
export interface ReadOf {
  readonly current: TouchedState;
  readonly position: Position;
}

/** What a read means for its user. `isCancelled`: nobody is written again who looks unchanged. */
export function afterRead(
  effort: Effort,
  read: ReadOf,
  now: number,
  rules: EffortRules,
  isCancelled: boolean,
): Verdict {
  const { position, current } = read;
  if (position.at === 'target') return arrivedOrBehind(effort, now, rules);
  if (position.at === 'elsewhere') return { ending: 'elsewhere', failure: driftOf(position.drifted) };
  if (effort.refusal !== null) return afterRefusal(effort, effort.refusal, current, now, rules);
  // On the way back and never sent: the user looked as before, and a read that was behind has caught up.
  if (effort.direction === 'back' && effort.rounds === 0 && !effort.isCutOff) return { effort: queued(effort) };
  const isSettled = now >= effort.unsettledUntil;
  if (isCancelled && isSettled && effort.direction === 'forward') return { ending: 'unchanged' };
  const isOver = effort.isCutOff || now - effort.verifyingSince >= rules.verifyDeadlineMs;
  if (isCancelled || !isOver || !isSettled) return { effort: readAgain(effort, now, rules) };
  if (effort.rounds < rules.rounds) return { effort: queued(effort) };
  return { ending: 'unsettled', failure: neverShown(effort.rounds) };
}

function arrivedOrBehind(effort: Effort, now: number, rules: EffortRules): Verdict {
  const isBehind = effort.direction === 'back' && effort.rounds === 0 && now < effort.unsettledUntil;
  return isBehind ? { effort: readAgain(effort, now, rules) } : arrived(effort);
}

/** One half of a change that was taken back because there was no seat for the other waits for that seat now. */
function arrived(effort: Effort): Verdict {
  if (effort.repairOf?.code !== 'NO_SEATS')
    return { ending: 'arrived', ...(effort.repairOf && { failure: effort.repairOf }) };
  return { effort: { ...newEffort('forward'), phase: 'seat', seatBy: effort.seatBy }, failure: effort.repairOf };
}

/** May be written again. What is known of earlier writes stays. */
export function queued(effort: Effort): Effort {
  return { ...effort, phase: 'queued', isCutOff: false, tries: 0, failingSince: 0, dueAt: 0 };
}

/** Graph refused the write. Where it left one half of the change behind all the same, the way back is gone at once. */
function afterRefusal(
  effort: Effort,
  refusal: Failure,
  current: TouchedState,
  now: number,
  rules: EffortRules,
): Verdict {
  const isHalfMade = effort.sentFrom !== null && !sameState(current, effort.sentFrom);
  if (isHalfMade && effort.direction === 'forward')
    return { effort: { ...newEffort('back'), repairOf: refusal, seatBy: effort.seatBy }, failure: refusal };
  if (now < effort.unsettledUntil) return { effort: readAgain(effort, now, rules) };
  if (refusal.code === 'NO_SEATS') return { effort: { ...effort, phase: 'seat', refusal: null, sentFrom: null } };
  return { ending: 'refused', failure: refusal };
}

/** What a read means that failed. */
export function afterUnread(effort: Effort, failure: Failure, now: number, rules: EffortRules): Verdict {
  const next = readAgain(effort, now, rules, failure.retryAfterMs);
  const isInTime = next.dueAt - effort.verifyingSince <= rules.verifyDeadlineMs + rules.againDeadlineMs;
  return passes(failure.code) && isInTime ? { effort: next, failure } : { ending: 'unsettled', failure };
}

function readAgain(effort: Effort, now: number, rules: EffortRules, atLeastMs = 0): Effort {
  const reads = effort.reads + 1;
  const dueAt = now + Math.max(rules.verifyMs(reads), atLeastMs);
  // A read at the moment from which a look counts, and not long after it.
  const isSoonSettled = effort.unsettledUntil > now && effort.unsettledUntil < dueAt && atLeastMs === 0;
  return { ...effort, reads, dueAt: isSoonSettled ? effort.unsettledUntil : dueAt };
}

export function driftOf(drifted: readonly SkuId[]): Failure {
  return { code: 'DRIFT', message: `Changed by someone else: ${drifted.join(', ')}.` };
}

function neverShown(rounds: number): Failure {
  const message = `The change was sent ${String(rounds)} times, and no read ever showed it.`;
  return { code: 'OUTCOME_UNKNOWN', message };
}

/** Where a user stands between `from` and `to`. */
export function readingOf(current: TouchedState, from: TouchedState, to: TouchedState): ReadOf {
  return { current, position: locate(current, from, to) };
}

/** Products of a change that may need a seat although the plan said otherwise: those whose licence is added. */
export function addedSkus(from: TouchedState, to: TouchedState): readonly SkuId[] {
  return change(from, to)
    .addLicenses.map(({ skuId }) => skuId)
    .filter((skuId) => (from[skuId] ?? null) === null);
}

/**
 * The next instant, from `at` on, at which the page looks: instants that lie close together become one, so that a few
 * timers do for many users.
 */
export function tickAfter(at: number, tickMs: number): number {
  return Math.ceil(at / tickMs) * tickMs;
}

/** A rate is kept by the tick, so that one timer does for many writes; a tick is so many of the shortest ones. */
const TICKS = 4;

/** Writes of one tick, by a rate. */
export function burstOf(perSecond: number, tickMs: number): number {
  return Math.max(1, (perSecond * tickMs * TICKS) / 1_000);
}

// --- a page in figures ------------------------------------------------------------------------------------------------

/** Users, and those of them who failed, are unknown or drifted by code, of each wave; waves in ascending order. */
export function wavesInFigures(users: readonly UserOfPage[]): readonly {
  readonly wave: number;
  readonly users: UserCounts;
  readonly failures: Readonly<Record<string, number>>;
}[] {
  const waves = new Map<
    number,
    { wave: number; users: Partial<Record<UserState, number>>; failures: Record<string, number> }
  >();
  for (const { wave, state, failure } of users) {
    const figures = waves.get(wave) ?? { wave, users: {}, failures: {} };
    waves.set(wave, figures);
    figures.users[state] = (figures.users[state] ?? 0) + 1;
    if (failure !== undefined && (state === 'failed' || state === 'unknown' || state === 'drifted'))
      figures.failures[failure.code] = (figures.failures[failure.code] ?? 0) + 1;
  }
  return [...waves.values()].sort((a, b) => a.wave - b.wave);
}

/** How many users need a seat of which product. */
export function seatsOf(needs: Iterable<readonly SkuId[]>): Readonly<Record<SkuId, number>> {
  const seats: Record<SkuId, number> = {};
  for (const skuIds of needs) for (const skuId of skuIds) seats[skuId] = (seats[skuId] ?? 0) + 1;
  return seats;
}

/** Over users with their signatures, and the plan lists of the touched products. */
export function pagePlanDigest(
  users: readonly UserOfPage[],
  signatures: readonly Pick<Signature, 'key'>[],
  contents: SkuContents,
): string {
  return digestOf({
    users: users.map(({ id, sig }) => [id, signatures[sig]?.key ?? null]),
    contents: Object.fromEntries(Object.entries(contents).map(([skuId, planIds]) => [skuId, plans(planIds)])),
  });
}

// --- the same person twice --------------------------------------------------------------------------------------------

/** A row that names somebody whom another row of the page names too. */
export interface Duplicate {
  /** Index of the row. */
  readonly index: number;
  readonly message: string;
}

/**
 * Rows that name the same person, for instance once by name and once by id. The first row counts where all wish the same;
 * where they do not, none does, because nobody can know which one is meant.
 */
export function duplicates(
  rows: readonly { readonly id: string; readonly user: string; readonly wish: number }[],
): readonly Duplicate[] {
  const byId = new Map<string, number[]>();
  rows.forEach(({ id }, index) => byId.set(id, [...(byId.get(id) ?? []), index]));
  return [...byId.values()].flatMap((indexes) => {
    const wishes = new Set(indexes.map((index) => rows[index]?.wish));
    const first = rows[indexes[0] ?? 0];
    if (wishes.size > 1)
      return indexes.map((index) => ({
        index,
        message: 'Several rows name this user, and they wish different things.',
      }));
    return indexes.slice(1).map((index) => ({ index, message: `The same user as "${first?.user ?? ''}".` }));
  });
}

/** The signature of users whom another row names too. */
export function duplicateSignature(wish: number): Signature {
  return {
    key: digestOf({ blocked: 'DUPLICATE_USER', wish }).slice(0, 16),
    ...{ outcome: 'blocked', wish, before: {}, target: {}, paths: [], services: null },
    ...{ seatsNeeded: [], seatsToRestore: [], warnings: [] },
    blocks: [
      {
        code: 'DUPLICATE_USER',
        meaning: 'Another row names the same user.',
        remedy: 'Leave one row for each user.',
      },
    ],
  };
}
