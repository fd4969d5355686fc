/**
 * Brings the touched SKUs of one user from `before` to `target`, and says "done" only after a read showed it. The way
 * back is the same walk in the other direction.
 */
import { sleep } from '@temporalio/workflow';
import type { WriteLicensesInput } from '../contracts/license-change.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import type { Position, Restoration, TouchedState } from '../domain/license.js';
import { locate, restoration, sameState, skuIdsOf } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import { reading, writing } from './activity-proxies.js';
import { keepTrying, passesOrIsMended } from './keep-trying.js';

/** What the owner of the change wants to show while it is under way. */
export interface ChangeObserver {
  readonly writing: () => void;
  /** `accepted`: Graph said yes; otherwise the outcome is not known. */
  readonly verifying: (nextAtMs: number, accepted: boolean) => void;
  readonly failing: (failure: Failure, nextAtMs: number) => void;
  readonly accepted: (graphRequestId: string) => void;
  /** Whether the change may have been made, should it be cut off at this moment. */
  readonly perhapsWrote: (perhaps: boolean) => void;
}

export interface ChangeOrder extends WriteLicensesInput {
  readonly pace: Pace;
  /** For the event history, without names. */
  readonly summary: string;
  /** Failures that pass by themselves for `pace.settleMs`, besides the usual ones. */
  readonly alsoPassing?: readonly FailureCode[];
}

export type Applied =
  | { readonly outcome: 'done'; readonly wrote: boolean; readonly current: TouchedState }
  | {
      readonly outcome: 'failed';
      readonly failure: Failure;
      /** False if it is certain that nothing was changed. */
      readonly perhapsWrote: boolean;
      /** What the user held when the write was sent that Graph refused; `null` where none was sent. */
      readonly sentFrom: TouchedState | null;
    };

export async function applyChange(order: ChangeOrder, observe: ChangeObserver): Promise<Applied> {
  const { pace, userId, before, target, priority } = order;
  const startedAt = Date.now();
  const settling = () => Date.now() - startedAt <= pace.settleMs;
  const passes = (code: FailureCode) =>
    passesOrIsMended(code) || ((order.alsoPassing ?? []).includes(code) && settling());
  let perhapsWrote = false;
  for (let round = 0; round < pace.write.rounds; round++) {
    observe.writing();
    const tried = await keepTrying(
      () => {
        // Whatever cuts the next call off leaves its outcome open.
        observe.perhapsWrote(true);
        return writing(pace, order.summary, priority).writeLicenses({ userId, before, target, priority });
      },
      {
        pace,
        passes,
        timeoutMeans: 'OUTCOME_UNKNOWN',
        onRetry: (failure, nextAtMs, perhapsMade) => {
          observe.perhapsWrote(perhapsWrote || perhapsMade);
          observe.failing(failure, nextAtMs);
        },
      },
    );
    perhapsWrote ||= tried.perhapsMade;
    if (!tried.ok) return { outcome: 'failed', failure: tried.failure, perhapsWrote, sentFrom: tried.sentFrom };
    if (tried.value.requestId !== null) observe.accepted(tried.value.requestId);
    if (tried.value.outcome === 'done')
      return { outcome: 'done', wrote: tried.value.wrote || perhapsWrote, current: tried.value.current };

    perhapsWrote = true;
    const seen = await verify(order, observe, tried.value.requestId !== null);
    if ('failure' in seen) return { outcome: 'failed', failure: seen.failure, perhapsWrote, sentFrom: null };
    if (seen.position.at === 'target') return { outcome: 'done', wrote: true, current: seen.current };
    if (seen.position.at === 'elsewhere')
      return { outcome: 'failed', failure: drift(seen.position.drifted), perhapsWrote, sentFrom: null };
  }
  return {
    outcome: 'failed',
    failure: {
      code: 'OUTCOME_UNKNOWN',
      message: `Graph accepted the change ${String(pace.write.rounds)} times and no read ever showed it.`,
    },
    perhapsWrote,
    sentFrom: null,
  };
}

type Seen = { readonly position: Position; readonly current: TouchedState } | { readonly failure: Failure };

/** Reads until the user is no longer as before, or the deadline of the verification is over. */
async function verify(order: ChangeOrder, observe: ChangeObserver, accepted: boolean): Promise<Seen> {
  const { verify: pace } = order.pace;
  const startedAt = Date.now();
  for (let n = 0; ; n++) {
    const waitMs = backoffMs(pace, n);
    observe.verifying(Date.now() + waitMs, accepted);
    await sleep(waitMs, { summary: 'until the change can be seen' });
    const seen = await look(order, observe);
    const over = Date.now() - startedAt >= pace.deadlineMs;
    if ('failure' in seen || seen.position.at !== 'before' || over) return seen;
  }
}

async function look(
  order: Pick<ChangeOrder, 'userId' | 'before' | 'target' | 'pace'>,
  observe: ChangeObserver,
): Promise<Seen> {
  const { userId, before, target, pace } = order;
  const tried = await keepTrying(() => reading(pace, 'read back').readLicenses({ userId, skuIds: skuIdsOf(target) }), {
    pace,
    onRetry: observe.failing,
  });
  if (!tried.ok) return { failure: tried.failure };
  const { current } = tried.value;
  return { position: locate(current, before, target), current };
}

export type Reverted =
  | { readonly outcome: 'nothing-to-undo' }
  | { readonly outcome: 'undone'; readonly vanishedPlans: Restoration['vanishedPlans'] }
  | { readonly outcome: 'left-alone'; readonly drifted: readonly string[] }
  | { readonly outcome: 'not-undone'; readonly failure: Failure };

/**
 * Takes a change back that was made, may have been made, or was cut off on the way. Waits for its outcome first: a user
 * who looks unchanged counts as such only after `pace.settleMs`, because reads lag behind writes.
 */
export async function revertChange(
  order: ChangeOrder & {
    readonly contents: SkuContents;
    readonly perhapsWrote: boolean;
    readonly sentFrom: TouchedState | null;
  },
  observe: ChangeObserver,
): Promise<Reverted> {
  const settled = await settle(order, observe);
  if ('failure' in settled) return { outcome: 'not-undone', failure: settled.failure };
  const { position: back, current } = settled;
  if (back.at === 'target') return { outcome: 'nothing-to-undo' };
  // A refused call made nothing, so what is there now is someone else's; except for one half of the change, which a
  // tenant leaves behind that takes removes and adds one by one.
  if (!order.perhapsWrote && !isHalfMade(current, order)) return { outcome: 'nothing-to-undo' };
  if (back.at === 'elsewhere') return { outcome: 'left-alone', drifted: back.drifted };

  const { target, vanishedPlans } = restoration(order.before, order.contents);
  // What was removed gave a seat up that is promised to nobody here: whoever got it meanwhile may give it back.
  const alsoPassing: readonly FailureCode[] = [...(order.alsoPassing ?? []), 'NO_SEATS'];
  const applied = await applyChange({ ...order, before: order.target, target, alsoPassing }, observe);
  if (applied.outcome === 'done') return { outcome: 'undone', vanishedPlans };
  return applied.failure.code === 'DRIFT'
    ? { outcome: 'left-alone', drifted: skuIdsOf(target) }
    : { outcome: 'not-undone', failure: applied.failure };
}

/** On the way from where the refused call was sent to its target, and neither at the one nor at the other. */
function isHalfMade(
  current: TouchedState,
  { sentFrom, target }: { sentFrom: TouchedState | null; target: TouchedState },
) {
  return sentFrom !== null && !sameState(current, sentFrom) && locate(current, sentFrom, target).at === 'before';
}

/** Where the user stands on the way back: `target` is the state from before the change. */
async function settle(order: ChangeOrder & { readonly perhapsWrote: boolean }, observe: ChangeObserver): Promise<Seen> {
  const { verify: growth, settleMs } = order.pace;
  const wayBack = { ...order, before: order.target, target: order.before };
  const startedAt = Date.now();
  for (let n = 0; ; n++) {
    const seen = await look(wayBack, observe);
    const settledMs = Date.now() - startedAt;
    if ('failure' in seen || seen.position.at !== 'target') return seen;
    if (!order.perhapsWrote || settledMs >= settleMs) return seen;
    const waitMs = Math.min(backoffMs(growth, n), settleMs - settledMs);
    observe.verifying(Date.now() + waitMs, false);
    await sleep(waitMs, { summary: 'until the outcome of the write is certain' });
  }
}

function drift(drifted: readonly string[]): Failure {
  return { code: 'DRIFT', message: `Changed by someone else: ${drifted.join(', ')}.` };
}
