/** Runs that Temporal ended: terminated, timed out, cancelled. What can be said of them, and what nobody knows. */
import type { WorkflowExecutionStatusName, WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { RequestView } from '../contracts/license-request.js';
import type { RollbackState, RollbackView } from '../contracts/license-rollback.js';
import { stateText } from '../contracts/request-story.js';
import { leftBehind } from './left-behind.js';
import { LicenseflowError } from './licenseflow-error.js';

const FORCE: readonly WorkflowExecutionStatusName[] = ['TERMINATED', 'TIMED_OUT'];

/** The workflow never heard of such an end: its last view would wait for ever. */
export function endedByForce(status: WorkflowExecutionStatusName): boolean {
  return FORCE.includes(status);
}

export function cutOffRequest(last: RequestView): RequestView {
  const reason = `It was ended by force while it was "${stateText(last.state)}", and nothing was taken back. Compare what the person holds with the plan.`;
  return {
    ...last,
    state: 'terminated',
    stage: null,
    waitsFor: null,
    needsAttention: [...last.needsAttention, reason],
  };
}

const ROLLBACK_ENDS: readonly RollbackState[] = ['restored', 'left-alone', 'failed'];

/**
 * A rollback as it ended.
 *
 * @param last asked for after `status`, so that an ended run which did not reach an end of its own was cut off.
 */
export function endedRollback(last: RollbackView, status: WorkflowExecutionStatusName): RollbackView {
  if (status === 'RUNNING' || ROLLBACK_ENDS.includes(last.state)) return last;
  const reason =
    'It was ended by force in Temporal, so the former licences may have been written or not. Compare what the person holds with the plan; the rollback may be started again.';
  return { ...last, state: 'failed', waitsFor: null, needsAttention: [...last.needsAttention, reason] };
}

/** @param view the request as it ended, or `null` where nobody could be asked. */
export function requestEndedOutside(
  requestId: string,
  error: WorkflowFailedError,
  view: RequestView | null,
): LicenseflowError {
  return endedOutside(
    `Request ${requestId} ${howEnded(error)}; ${takenBack(error, view)}.`,
    `See what it left behind: licenseflow request show ${requestId}`,
    error,
  );
}

export function rollbackEndedOutside(requestId: string, error: WorkflowFailedError): LicenseflowError {
  return endedOutside(
    `Rollback of request ${requestId} ${howEnded(error)}; the former licences may have been written or not.`,
    `See how far it came: licenseflow request show ${requestId}\nThen start it again: licenseflow request rollback ${requestId}`,
    error,
  );
}

function endedOutside(message: string, remedy: string, cause: WorkflowFailedError): LicenseflowError {
  return new LicenseflowError('failed', 'ENDED_OUTSIDE', message, remedy, { cause });
}

function howEnded({ cause, message }: WorkflowFailedError): string {
  if (cause instanceof TerminatedFailure) return 'was terminated in Temporal';
  if (cause instanceof TimeoutFailure) return 'ran out of its time in Temporal';
  if (cause instanceof CancelledFailure) return 'was cancelled in Temporal';
  return `ended with a defect (${cause?.message ?? message})`;
}

/** Only a cancelled request has had the chance to take anything back. */
function takenBack({ cause }: WorkflowFailedError, view: RequestView | null): string {
  if (!(cause instanceof CancelledFailure)) return 'nothing was taken back';
  if (view === null) return 'whether what it had made was taken back could not be asked';
  const left = leftBehind(view);
  if (left.length > 0) return `not all that it had made was taken back: ${left.join('; ')}`;
  return view.undone.some(({ outcome }) => outcome === 'undone')
    ? 'what it had made was taken back'
    : 'there was nothing to take back';
}
