/**
 * One wish for several people.
 *
 * Each of them gets a request of their own, a few at a time, and each request tells the batch what came of its check. The
 * batch answers its submit person by person and ends once everybody is answered; the requests go on without it. A batch
 * that is cancelled starts no more requests and leaves alone what it has started.
 */
import { ApplicationFailureCategory, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowCancellationType,
  condition,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { LicenseRequestInput } from '../contracts/license-request.js';
import {
  LICENSE_REQUEST,
  licenseRequestWorkflowId,
  REQUEST_DIFFERS,
  requestDigest,
} from '../contracts/license-request.js';
import type { BatchAnswers, MemberAnswer, RequestBatchInput, SubjectAnswer } from '../contracts/request-batch.js';
import {
  BATCH_REFUSED,
  batchRequestId,
  batchView,
  memberAnswered,
  memberRequest,
  submitBatch,
} from '../contracts/request-batch.js';
import { batchStory } from '../contracts/batch-story.js';
import { LICENSE_BATCH, LICENSE_STATE } from '../contracts/search-attributes.js';
import { PRIORITY } from '../contracts/task-queues.js';
import { refused } from './refusal.js';

type RequestWorkflow = (input: LicenseRequestInput) => Promise<unknown>;

export async function requestBatch(input: RequestBatchInput): Promise<BatchAnswers> {
  const run = new BatchRun(input);
  run.setup();
  return run.run();
}

class BatchRun {
  readonly #input: RequestBatchInput;
  readonly #answers: SubjectAnswer[];
  #isOver = false;

  constructor(input: RequestBatchInput) {
    this.#input = input;
    this.#answers = input.batch.subjects.map((subject, i) => ({
      subject,
      requestId: batchRequestId(input.batch.batchId, i + 1),
      outcome: 'open',
    }));
  }

  setup(): void {
    setHandler(batchView, () => this.#answers);
    setHandler(memberAnswered, (answer) => this.#answered(answer));
    setHandler(submitBatch, () => this.#answer(), { validator: (digest: string) => this.#requireSame(digest) });
  }

  async run(): Promise<BatchAnswers> {
    const scope = CancellationScope.current();
    scope.cancelRequested.catch(() => (this.#isOver = true));
    // What is being started when the batch is cancelled has been started; a window knows how it went before it ends.
    await CancellationScope.nonCancellable(async () => {
      void this.#endInTime();
      await this.#askEverybody();
      this.#isOver = true;
      await condition(allHandlersFinished);
    });
    if (scope.consideredCancelled) throw new CancelledFailure('cancelled; what was started goes on');
    const refusals = this.#answers.filter(({ outcome }) => outcome === 'refused').length;
    if (refusals > 0) throw partlyRefused(refusals, this.#answers);
    return this.#answers;
  }

  async #endInTime(): Promise<void> {
    await condition(() => this.#isOver, this.#input.deadlineMs, { summary: 'end of the batch' });
    this.#isOver = true;
  }

  async #askEverybody(): Promise<void> {
    let asked = 0;
    const inTurn = async () => {
      while (!this.#isOver && asked < this.#answers.length) await this.#ask(++asked);
    };
    await Promise.all(Array.from({ length: this.#input.window }, inTurn));
  }

  async #ask(number: number): Promise<void> {
    await this.#start(number);
    await condition(() => this.#isOver || this.#answers[number - 1]?.outcome !== 'open');
  }

  async #start(number: number): Promise<void> {
    const { batch, submittedBy, submission, pace } = this.#input;
    const request = memberRequest(batch, number);
    const digest = requestDigest(request);
    try {
      const child = await startChild<RequestWorkflow>(LICENSE_REQUEST, {
        workflowId: licenseRequestWorkflowId(request.requestId),
        args: [{ request, digest, submittedBy, pace, batch: { batchId: batch.batchId, number } }],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        memo: { digest, submission },
        typedSearchAttributes: [
          { key: LICENSE_STATE, value: 'checking' },
          { key: LICENSE_BATCH, value: batch.batchId },
        ],
        staticSummary: 'Licence request',
        priority: { priorityKey: PRIORITY.person },
      });
      const ended = () => this.#settle(number, { outcome: 'ended' });
      child.result().then(ended, ended);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      this.#settle(number, { outcome: 'existing' });
    }
  }

  #answered({ number, ...answer }: MemberAnswer): void {
    this.#settle(number, answer);
  }

  /** The first answer counts: a request that ends later was answered before. */
  #settle(number: number, answer: Omit<MemberAnswer, 'number'> | { outcome: 'existing' | 'ended' }): void {
    const open = this.#answers[number - 1];
    if (open?.outcome !== 'open') return;
    const { subject, requestId } = open;
    this.#answers[number - 1] = { ...answer, subject, requestId };
    setCurrentDetails(batchStory(this.#answers));
  }

  // --- messages -----------------------------------------------------------------------------------------------------

  #requireSame(digest: string): void {
    if (digest !== this.#input.digest)
      throw refused(REQUEST_DIFFERS, 'This batch id stands for another batch. Use a new id for a new wish.');
  }

  async #answer(): Promise<BatchAnswers> {
    const isAnswered = () => this.#isOver || this.#answers.every(({ outcome }) => outcome !== 'open');
    await condition(isAnswered, this.#input.answerWithinMs, { summary: 'answer to the submit' });
    return this.#answers;
  }
}

/** The sentences with names are in the details; a message goes into logs and lists of failures. */
function partlyRefused(refusals: number, answers: BatchAnswers): ApplicationFailure {
  return ApplicationFailure.create({
    type: BATCH_REFUSED,
    message: `${String(refusals)} of ${String(answers.length)} refused`,
    details: [answers],
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
}
