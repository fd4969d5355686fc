/**
 * Work that fails for a passing reason is done again by the workflow, after a growing wait that everyone can see. The
 * server's own attempts are few, because a workflow cannot see why they fail while they go on.
 */
import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { FailureDetails } from '../contracts/license-change.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import { isFailureCode, meaningOf } from '../domain/failures.js';
import type { TouchedState } from '../domain/license.js';

/** `perhapsMade`: whether an attempt before the one that ended it may have made the change all the same. */
export type Tried<T> =
  | { readonly ok: true; readonly value: T; readonly perhapsMade: boolean }
  | {
      readonly ok: false;
      readonly failure: Failure;
      /** What the user held when the write was sent that Graph refused; `null` where none was sent. */
      readonly sentFrom: TouchedState | null;
      readonly perhapsMade: boolean;
    };

export interface Persistence {
  readonly pace: Pace;
  /** Says each failure that will be followed by another try at `nextAtMs` (milliseconds since the epoch). */
  readonly onRetry: (failure: Failure, nextAtMs: number, perhapsMade: boolean) => void;
  /** Which failures pass by themselves; others end the work at once. */
  readonly passes?: (code: FailureCode) => boolean;
  /** What it means if the worker did not answer in time: for a read nothing, for a write that it may have happened. */
  readonly timeoutMeans?: 'TRANSIENT' | 'OUTCOME_UNKNOWN';
}

/** Passing faults, and a lack of access that an administrator will mend while the work waits. */
export function passesOrIsMended(code: FailureCode): boolean {
  const { handling } = meaningOf(code);
  return handling === 'retry' || handling === 'fix-access';
}

/**
 * Runs `work` until it succeeds, fails for good, or `pace.again.deadlineMs` has gone by. A cancellation passes through.
 */
export async function keepTrying<T>(
  work: () => Promise<T>,
  { pace, onRetry, passes = passesOrIsMended, timeoutMeans = 'TRANSIENT' }: Persistence,
): Promise<Tried<T>> {
  const startedAt = Date.now();
  let perhapsMade = false;
  for (let n = 0; ; n++) {
    try {
      return { ok: true, value: await work(), perhapsMade };
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { failure, attempt, sentFrom = null } = failureOf(error, timeoutMeans);
      // Of the server's own attempts only the last one is known, and of that one its answer may be lost.
      perhapsMade ||= attempt > 1 || failure.code === 'OUTCOME_UNKNOWN';
      const waitMs = Math.max(backoffMs(pace.again, n), failure.retryAfterMs ?? 0);
      const inTime = Date.now() + waitMs - startedAt <= pace.again.deadlineMs;
      if (!passes(failure.code) || !inTime) return { ok: false, failure, sentFrom, perhapsMade };
      onRetry(failure, Date.now() + waitMs, perhapsMade);
      await sleep(waitMs, { summary: `try again after ${failure.code}` });
    }
  }
}

/** The worker ended or is of another version (the SDK's words for both), or lacks a key that its input is encrypted with. */
const NEVER_ANSWERED: readonly string[] = [
  ...['WorkerShutdown', 'NotFoundError'],
  ...['EncryptionKeyMissing', 'EncryptionKeysError', 'EncryptedPayloadBroken'],
];

/** The typed failure of an activity. What is no failure of an activity is thrown on: it is a defect, not an outcome. */
export function failureOf(error: unknown, timeoutMeans: 'TRANSIENT' | 'OUTCOME_UNKNOWN' = 'TRANSIENT'): FailureDetails {
  if (!(error instanceof ActivityFailure)) throw error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const details = cause.details?.[0] as FailureDetails | undefined;
    if (isFailureCode(cause.type) && details !== undefined) return details;
    const code = NEVER_ANSWERED.includes(cause.type ?? '') ? timeoutMeans : 'UNCLASSIFIED';
    // Whoever failed so did not say which attempt it was, so an earlier one may have written.
    return { failure: { code, message: `${cause.type ?? 'Error'}: ${cause.message}` }, attempt: 2 };
  }
  if (cause instanceof TimeoutFailure)
    return {
      failure: { code: timeoutMeans, message: `No answer from the worker in time (${cause.timeoutType}).` },
      // A timeout may have cut off an attempt of any number.
      attempt: 2,
    };
  throw error;
}
