/** What is submitted by Update-with-Start counts once, however often it is sent and whatever gets lost on the way. */
import { randomUUID } from 'node:crypto';
import type { WorkflowExecutionDescription, WorkflowExecutionStatusName } from '@temporalio/client';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { REQUEST_DIFFERS } from '../contracts/license-request.js';
import { PRIORITY } from '../contracts/task-queues.js';
import { LicenseflowError } from './licenseflow-error.js';
import { callingTemporal, isOutOfTime, noAnswer } from './temporal-errors.js';

/** Ends after which the same id starts another run; as `ALLOW_DUPLICATE_FAILED_ONLY` has it. */
const MAY_RUN_AGAIN: readonly WorkflowExecutionStatusName[] = ['FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'];

export interface Submission<Answer> {
  readonly what: 'request' | 'batch';
  readonly id: string;
  /** Two submits of one id are the same if their digests are. */
  readonly digest: string;
  /**
   * Starts a run or joins the open one, and answers.
   *
   * @param submission goes with {@link digest} into the memo of the run, so that it shows which submit started it.
   */
  startOrJoin(submission: string, updateId: string): Promise<Answer>;
  /** The newest run of the id. */
  describe(): Promise<WorkflowExecutionDescription>;
  /** Answer of an earlier run of the same content as it is by now; the one that was given then may be out of date. */
  joined(): Promise<Answer>;
  /** Answer for what is recorded, and not answered yet. */
  recorded(): Answer;
}

/**
 * How a run is started, or the open one joined, whatever is submitted.
 *
 * @param submission as {@link Submission.startOrJoin} is given it.
 */
export function submissionOptions(digest: string, submission: string) {
  return {
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    // Which submit started the run: only that one was answered just now.
    memo: { digest, submission },
    priority: { priorityKey: PRIORITY.person },
  } as const;
}

/**
 * @throws LicenseflowError `conflict` if the id stands for another content, `unreachable` without Temporal, `unanswered`
 *   if nothing answered in time and the submit is not recorded.
 */
export async function submitOnce<Answer>(it: Submission<Answer>): Promise<Answer> {
  const submission = randomUUID();
  try {
    const answer = await it.startOrJoin(submission, `submit:${it.digest}`);
    const { memo, status, runId } = await callingTemporal(() => it.describe());
    if (memo?.['submission'] === submission) return answer;
    if (!MAY_RUN_AGAIN.includes(status.name)) return await joined(it);
    // The server answers an update that it knows out of the run that ended, instead of starting another one. All who
    // submit it again now use one new id, so that they start one run between them.
    return await it.startOrJoin(submission, `submit:${it.digest}:after:${runId}`);
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return joined(it);
    if (isOutOfTime(error)) return recorded(it, error);
    if (applicationType(error) === REQUEST_DIFFERS) throw standsForAnother(it);
    return callingTemporal(() => Promise.reject(error as Error));
  }
}

async function joined<Answer>(it: Submission<Answer>): Promise<Answer> {
  const { memo } = await callingTemporal(() => it.describe());
  if (memo?.['digest'] !== it.digest) throw standsForAnother(it);
  return it.joined();
}

/**
 * The answer did not come in time. The server says whether it was recorded: another content under the same id is not, nor
 * is one whose id still stands for a run that has ended.
 */
async function recorded<Answer>(it: Submission<Answer>, cause: unknown): Promise<Answer> {
  const found = await recordedRun(it);
  if (found === null || MAY_RUN_AGAIN.includes(found.status.name)) throw notRecorded(it, cause);
  if (found.memo?.['digest'] !== it.digest) throw standsForAnother(it);
  if (found.status.name !== 'RUNNING') throw noAnswer(cause);
  return it.recorded();
}

async function recordedRun(it: Pick<Submission<unknown>, 'describe'>): Promise<WorkflowExecutionDescription | null> {
  try {
    return await callingTemporal(() => it.describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

type Named = Pick<Submission<unknown>, 'what' | 'id'>;

function standsForAnother({ what, id }: Named): LicenseflowError {
  return new LicenseflowError(
    'conflict',
    REQUEST_DIFFERS,
    `The ${what} id ${id} stands for another ${what} already.`,
    `Use a new id for a new wish, or none at all; the first ${what} is unchanged.`,
  );
}

function notRecorded({ what, id }: Named, cause: unknown): LicenseflowError {
  const { kind, code, message, remedy } = noAnswer(cause);
  return new LicenseflowError(
    kind,
    code,
    `${message} ${what === 'request' ? 'Request' : 'Batch'} ${id} is not recorded.`,
    `${remedy} Then submit it again under the same id.`,
    { cause },
  );
}

/** `ApplicationFailure.type` of a command that the workflow refused. */
export function applicationType(error: unknown): string | null {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  return error.cause.type ?? null;
}
