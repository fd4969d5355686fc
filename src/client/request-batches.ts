/** One wish for several people, as an application uses it: submit, look, withdraw; every person has an answer of their own. */
import type { WorkflowHandle } from '@temporalio/client';
import { WithStartWorkflowOperation, WorkflowFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Actor } from '../domain/approval.js';
import type { RequestState, SubmitAnswer } from '../contracts/license-request.js';
import { licenseRequestWorkflowId, requestDigest } from '../contracts/license-request.js';
import type {
  BatchAnswers,
  LicenseRequestBatch,
  RequestBatchInput,
  SubjectAnswer,
} from '../contracts/request-batch.js';
import {
  BATCH_ID,
  BATCH_SUBJECTS_MAX,
  batchDigest,
  batchRequestId,
  batchView,
  memberRequest,
  REQUEST_BATCH,
  requestBatchWorkflowId,
  submitBatch,
} from '../contracts/request-batch.js';
import { LICENSE_BATCH } from '../contracts/search-attributes.js';
import { inParallel } from './in-parallel.js';
import type { LicenseRequestsOptions } from './license-requests.js';
import { LicenseRequests } from './license-requests.js';
import { LicenseflowError } from './licenseflow-error.js';
import { submissionOptions, submitOnce } from './submission.js';
import { askingAgain, callingTemporal, howItStands, sendingAgain } from './temporal-errors.js';

/** What the submit came to for one person. */
export type SubjectSubmitted = { readonly subject: string; readonly requestId: string } & (
  | SubmitAnswer
  /** In Temporal, and not checked within the time. */
  | { readonly outcome: 'recorded' }
  /** The request id stands for another request, which is unchanged; nothing was asked for this person. */
  | { readonly outcome: 'conflict' }
);

export interface BatchSubmitted {
  readonly batchId: string;
  /** In the order in which the people were named. */
  readonly items: readonly SubjectSubmitted[];
}

/** What the withdrawal of a batch did for one person. */
export type SubjectWithdrawn = { readonly subject: string; readonly requestId: string } & (
  | { readonly outcome: 'withdrawn' }
  /** It had ended before, in this state. */
  | { readonly outcome: 'ended-before'; readonly state: RequestState }
  /** Its batch ended before it was its turn, or its id stands for a request that is not of this batch, and is left alone. */
  | { readonly outcome: 'not-started' }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string; readonly remedy: string }
);

type BatchWorkflow = (input: RequestBatchInput) => Promise<BatchAnswers>;

/** Requests of a batch that are checked at a time; each check is a handful of calls to Graph. */
const WINDOW = 25;
/** Requests that are looked at or commanded at a time. */
const AT_ONCE = 10;
/** Of the time for an answer, what the workflow may use of it: its answer has to come back in time. */
const ANSWER_SHARE = 0.8;

export class RequestBatches {
  readonly #options: LicenseRequestsOptions;

  constructor(options: LicenseRequestsOptions) {
    this.#options = options;
  }

  /**
   * Submits the same wish for several people and answers once everybody is checked, or when the time is over. The same
   * batch again joins the first one. A batch in which some were refused may be submitted once more under its id: who was
   * accepted keeps the first request, the others are asked for again.
   *
   * @throws LicenseflowError as {@link LicenseRequests.submit} does, and `invalid` for too many people or none.
   */
  async submit(batch: LicenseRequestBatch, submittedBy: Actor): Promise<BatchSubmitted> {
    const { batchId } = batch;
    const refusal = refusalOf(batch);
    if (refusal !== null) throw refusal;
    const digest = batchDigest(batch);
    const answers = await submitOnce<BatchAnswers>({
      what: 'batch',
      id: batchId,
      digest,
      startOrJoin: (submission, updateId) => this.#startOrJoin({ batch, digest, submittedBy }, submission, updateId),
      describe: () => this.#handle(batchId).describe(),
      joined: () => this.#answers(batchId),
      recorded: () =>
        batch.subjects.map((subject, i) => ({ subject, requestId: batchRequestId(batchId, i + 1), outcome: 'open' })),
    });
    const items = await inParallel([...answers.entries()], AT_ONCE, ([i, answer]) =>
      this.#submitted(answer, requestDigest(memberRequest(batch, i + 1))),
    );
    return { batchId, items };
  }

  /**
   * Ends every open request of the batch, and starts none that has not been started.
   *
   * @throws LicenseflowError `not-found` for an unknown batch or person.
   */
  async withdraw(batchId: string, actor: Actor, reason: string): Promise<readonly SubjectWithdrawn[]> {
    await this.#stop(batchId);
    const answers = await this.#answers(batchId);
    // Who withdraws is the same person every time, and is looked up once.
    const known = this.#options.people.person(actor.ref);
    const requests = new LicenseRequests({ ...this.#options, people: { person: () => known } });
    await known.catch((error: unknown) => {
      if (error instanceof LicenseflowError && error.kind === 'not-found') throw error;
    });
    return inParallel(answers, AT_ONCE, async ({ subject, requestId }) => ({
      subject,
      requestId,
      // The id of a request that the batch did not start may stand for somebody else's.
      ...((await this.#hasStarted(batchId, requestId))
        ? await withdrawn(requests, requestId, actor, reason)
        : ({ outcome: 'not-started' } as const)),
    }));
  }

  async #hasStarted(batchId: string, requestId: string): Promise<boolean> {
    const request = this.#options.client.workflow.getHandle(licenseRequestWorkflowId(requestId));
    try {
      const { typedSearchAttributes } = await this.#inTime(() => request.describe());
      return typedSearchAttributes.get(LICENSE_BATCH) === batchId;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw await translated(error);
    }
  }

  /** Afterwards it starts nothing more. Whatever it has started goes on. */
  async #stop(batchId: string): Promise<void> {
    const handle = this.#handle(batchId);
    try {
      await this.#inTime(() => handle.cancel());
      await this.#inTime(() => handle.result().catch(ignoringItsEnd));
    } catch (error) {
      // It has ended, or there is none: its answers tell.
      if (!(error instanceof WorkflowNotFoundError)) throw await translated(error);
    }
  }

  async #answers(batchId: string): Promise<BatchAnswers> {
    try {
      return await askingAgain(this.#options.client, this.#options.answerWithinMs, () =>
        howItStands(this.#handle(batchId), batchView),
      );
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw await translated(error);
      throw new LicenseflowError(
        'not-found',
        'NO_SUCH_BATCH',
        `There is no batch ${batchId}.`,
        'Check the id: licenseflow request list',
        { cause: error },
      );
    }
  }

  async #submitted(answer: SubjectAnswer, digest: string): Promise<SubjectSubmitted> {
    const { subject, requestId, outcome } = answer;
    if (outcome === 'accepted' || outcome === 'refused') return answer;
    if (outcome === 'open') return { subject, requestId, outcome: 'recorded' };
    const { client } = this.#options;
    const { memo } = await callingTemporal(() =>
      client.workflow.getHandle(licenseRequestWorkflowId(requestId)).describe(),
    );
    if (memo?.['digest'] !== digest) return { subject, requestId, outcome: 'conflict' };
    const { state, problems, waitsFor } = await new LicenseRequests(this.#options).view(requestId);
    return { subject, requestId, outcome: 'accepted', state, problems, waitsFor };
  }

  async #startOrJoin(
    given: Pick<RequestBatchInput, 'batch' | 'digest' | 'submittedBy'>,
    submission: string,
    updateId: string,
  ): Promise<BatchAnswers> {
    const { client, taskQueue, pace, answerWithinMs } = this.#options;
    const { batch, digest } = given;
    const input: RequestBatchInput = {
      ...given,
      submission,
      pace,
      window: WINDOW,
      answerWithinMs: answerWithinMs * ANSWER_SHARE,
      // A check that cannot be made is given up within the first half of that time.
      deadlineMs: 2 * pace.again.deadlineMs,
    };
    return this.#inTime(() =>
      sendingAgain(() =>
        client.workflow.executeUpdateWithStart(submitBatch, {
          args: [digest],
          updateId,
          startWorkflowOperation: new WithStartWorkflowOperation<BatchWorkflow>(REQUEST_BATCH, {
            workflowId: requestBatchWorkflowId(batch.batchId),
            ...submissionOptions(digest, submission),
            taskQueue,
            args: [input],
            staticSummary: 'Licence requests for several people',
          }),
        }),
      ),
    );
  }

  async #inTime<T>(call: () => Promise<T>): Promise<T> {
    return this.#options.client.withDeadline(Date.now() + this.#options.answerWithinMs, call);
  }

  #handle(batchId: string): WorkflowHandle<BatchWorkflow> {
    return this.#options.client.workflow.getHandle<BatchWorkflow>(requestBatchWorkflowId(batchId));
  }
}

function refusalOf({ batchId, subjects }: LicenseRequestBatch): LicenseflowError | null {
  if (!BATCH_ID.test(batchId))
    return new LicenseflowError(
      'invalid',
      'MALFORMED_ID',
      `"${batchId}" is no batch id.`,
      'Use 1 to 59 letters, digits, dots, dashes and underscores, a letter or digit first.',
    );
  if (subjects.length === 0)
    return new LicenseflowError('invalid', 'NO_SUBJECTS', 'The batch is for nobody.', 'Name at least one person.');
  if (subjects.length > BATCH_SUBJECTS_MAX)
    return new LicenseflowError(
      'invalid',
      'TOO_MANY_SUBJECTS',
      `${String(subjects.length)} people are more than one batch takes (${String(BATCH_SUBJECTS_MAX)}).`,
      'Nothing was submitted. Split the list, and submit each part under an id of its own.',
    );
  return null;
}

async function withdrawn(requests: LicenseRequests, requestId: string, actor: Actor, reason: string) {
  try {
    await requests.withdraw(requestId, actor, reason);
    return { outcome: 'withdrawn' } as const;
  } catch (error) {
    if (!(error instanceof LicenseflowError)) throw error;
    if (error.code === 'NOT_OPEN')
      return { outcome: 'ended-before', state: (await requests.view(requestId)).state } as const;
    const { code, message, remedy } = error;
    return { outcome: 'failed', code, message, remedy } as const;
  }
}

/** However the batch ended, its answers are what counts. */
function ignoringItsEnd(error: unknown): void {
  if (!(error instanceof WorkflowFailedError)) throw error;
}

async function translated(error: unknown): Promise<unknown> {
  return callingTemporal(() => Promise.reject(error as Error)).catch((reason: unknown) => reason);
}
