/** Licence requests as an application uses them: submit, look, decide, withdraw, wait, take back. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  QueryNotRegisteredError,
  WithStartWorkflowOperation,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import type { Actor, Verdict } from '../domain/approval.js';
import { isPerson, nameOf } from '../domain/person.js';
import type { NewEnd } from '../domain/term.js';
import type {
  LicenseRequest,
  LicenseRequestInput,
  LicenseRequestResult,
  RequestView,
  SubmitAnswer,
} from '../contracts/license-request.js';
import {
  decide,
  delegate,
  extend,
  isFinal,
  LICENSE_REQUEST,
  licenseRequestWorkflowId,
  REQUEST_ID,
  requestDigest,
  submit,
  view,
  withdraw,
} from '../contracts/license-request.js';
import type { LicenseRollbackInput, LicenseRollbackResult } from '../contracts/license-rollback.js';
import { LICENSE_ROLLBACK, licenseRollbackWorkflowId, rollbackView } from '../contracts/license-rollback.js';
import type { Pace } from '../contracts/pace.js';
import { wishText } from '../contracts/request-story.js';
import { LICENSE_SKUS, LICENSE_STATE, LICENSE_SUBJECT, listAttribute } from '../contracts/search-attributes.js';
import { PRIORITY } from '../contracts/task-queues.js';
import {
  cutOffRequest,
  endedByForce,
  endedRollback,
  requestEndedOutside,
  rollbackEndedOutside,
} from './ended-outside.js';
import { LicenseflowError } from './licenseflow-error.js';
import { rollbackRefusal } from './rollback-refusal.js';
import { applicationType, submissionOptions, submitOnce } from './submission.js';
import type { TenantQuestions } from './tenant-questions.js';
import { askingAgain, callingTemporal, howItStands, noAnswer, sendingAgain } from './temporal-errors.js';

export interface LicenseRequestsOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly pace: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. */
  readonly answerWithinMs: number;
  /** Who in the directory a name or an id means. */
  readonly people: Pick<TenantQuestions, 'person'>;
}

/** What a submit came to. `recorded` means that the request is in Temporal and was not checked within the time. */
export type Submitted =
  (SubmitAnswer & { readonly requestId: string }) | { readonly outcome: 'recorded'; readonly requestId: string };

export interface DecideOptions {
  readonly actor: Actor;
  readonly verdict: Verdict;
  /** Digest of the plan that was looked at. */
  readonly digest: string;
  /** The stage that was looked at (`view.stage`), so that a click that comes twice counts in no other stage. */
  readonly stage: number | null;
  readonly reason?: string;
}

export interface ExtendOptions {
  readonly actor: Actor;
  readonly end: NewEnd;
  readonly reason: string;
  /** The same id again is the same extension. @default a new one */
  readonly extensionId?: string;
}

/** What to wait for: the directory shows the licence, or nothing is left to happen but, perhaps, its end. */
export type WaitFor = 'assigned' | 'done';

export interface DelegateOptions {
  /** Who gives the decision away. */
  readonly actor: Actor;
  /** Object id or user principal name of who decides instead. */
  readonly to: string;
  /** The stage that was looked at (`view.stage`). */
  readonly stage: number | null;
  readonly reason: string;
}

export interface RollbackOptions {
  readonly actor: Actor;
  readonly reason: string;
  /** How long to wait for a seat of a product that is given back, in milliseconds. */
  readonly seatWaitMs: number;
}

type RequestWorkflow = (input: LicenseRequestInput) => Promise<LicenseRequestResult>;
type RollbackWorkflow = (input: LicenseRollbackInput) => Promise<LicenseRollbackResult>;

/** States of an open request whose licence the directory shows. */
const HELD: readonly RequestView['state'][] = ['assigned', 'active', 'ending'];

/** From one look to the next while somebody waits for a licence to be assigned. */
const LOOK_AGAIN_MS = 500;

export class LicenseRequests {
  readonly #options: LicenseRequestsOptions;

  constructor(options: LicenseRequestsOptions) {
    this.#options = options;
  }

  /**
   * Submits a request and answers once it is checked. The same request again joins the first one; another content under
   * the same id is refused, unless the first one had been refused or failed.
   *
   * @throws LicenseflowError `invalid` for a malformed id, `conflict` if it stands for another request, `unreachable`
   *   without Temporal, `unanswered` if nothing answered in time and the request is not recorded.
   */
  async submit(request: LicenseRequest, submittedBy: Actor): Promise<Submitted> {
    const { requestId } = request;
    if (!REQUEST_ID.test(requestId)) throw malformedId(requestId);
    const input = { request, digest: requestDigest(request), submittedBy, pace: this.#options.pace };
    return submitOnce<Submitted>({
      what: 'request',
      id: requestId,
      digest: input.digest,
      startOrJoin: async (submission, updateId) => ({
        ...(await this.#startOrJoin(input, submission, updateId)),
        requestId,
      }),
      describe: () => this.#handle(requestId).describe(),
      joined: () => this.#joined(requestId),
      recorded: () => ({ outcome: 'recorded', requestId }),
    });
  }

  /** Everything there is to know about one request, open or ended. */
  async view(requestId: string): Promise<RequestView> {
    const handle = this.#handle(requestId);
    try {
      const [last, { status }] = await this.#asking(() => Promise.all([howItStands(handle, view), handle.describe()]));
      return endedByForce(status.name) ? cutOffRequest(last) : last;
    } catch (error) {
      throw await this.#explained(error, requestId);
    }
  }

  /**
   * Decides in the stage that waits. The same decision again changes nothing and is answered alike, also after the end.
   *
   * @throws LicenseflowError `refused` (self-approval, not an approver, …) or `conflict` (the plan changed).
   */
  async decide(requestId: string, command: DecideOptions): Promise<RequestView> {
    try {
      return await this.#commanding(() => this.#handle(requestId).executeUpdate(decide, { args: [command] }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return this.#decideEnded(requestId, command);
      throw await this.#explained(error, requestId);
    }
  }

  /**
   * Lets somebody else decide in the stage that waits, in place of the actor. The same again changes nothing.
   *
   * @throws LicenseflowError `refused` where the actor has nothing to hand on, or the other may not or cannot take it:
   *   requester and person licensed, whoever is asked beside the actor, guests, disabled and unknown people.
   */
  async delegate(requestId: string, command: DelegateOptions): Promise<RequestView> {
    try {
      return await this.#commanding(() => this.#handle(requestId).executeUpdate(delegate, { args: [command] }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return this.#delegateEnded(requestId, command);
      throw await this.#explained(error, requestId);
    }
  }

  /** Ends an open request; what was made is taken back. Withdrawing it twice is the same as once. */
  async withdraw(requestId: string, actor: Actor, reason: string): Promise<RequestView> {
    await this.#requireKnown(actor);
    try {
      return await this.#commanding(() =>
        this.#handle(requestId).executeUpdate(withdraw, { args: [{ actor, reason }] }),
      );
    } catch (error) {
      const refused = applicationType(error) === 'NOT_OPEN' || error instanceof WorkflowNotFoundError;
      if (!refused) throw await this.#explained(error, requestId);
      const ended = await this.view(requestId);
      if (ended.state === 'withdrawn') return ended;
      throw new LicenseflowError(
        'refused',
        'NOT_OPEN',
        `Request ${requestId} has ended already: ${ended.state}.`,
        ended.state === 'done'
          ? `To take the licences back: licenseflow request rollback ${requestId}`
          : 'Nothing is left to end.',
      );
    }
  }

  /**
   * Moves the end of a licence that is in force, or asks its approvers to where the policy wants that.
   *
   * @throws LicenseflowError `refused` (longer than the policy allows, no end, ended already, by a stranger, …).
   */
  async extend(
    requestId: string,
    { actor, end, reason, extensionId = randomUUID() }: ExtendOptions,
  ): Promise<RequestView> {
    await this.#requireKnown(actor);
    const command = { extensionId, actor, end, reason };
    try {
      return await this.#commanding(() => this.#handle(requestId).executeUpdate(extend, { args: [command] }));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw await this.#explained(error, requestId);
      const { state, term } = await this.view(requestId);
      if (term?.extensions.some((known) => known.extensionId === extensionId) === true) return this.view(requestId);
      throw new LicenseflowError(
        'refused',
        'NOT_OPEN',
        `Request ${requestId} has ended already: ${state}.`,
        'Ask anew: licenseflow request submit',
      );
    }
  }

  /**
   * Waits until a request is done, its licence is in force until its end, or it has ended otherwise.
   *
   * @param withinMs gives up after so many milliseconds; the request itself goes on.
   * @param what `assigned` waits only until the directory shows the licence, ready or not.
   * @throws LicenseflowError `unanswered` if the time is over, `failed` if it was terminated or cancelled from outside.
   */
  async wait(requestId: string, withinMs: number, what: WaitFor = 'done'): Promise<RequestView> {
    const deadline = Date.now() + withinMs;
    try {
      return await callingTemporal(() =>
        this.#options.client.withDeadline(deadline, () =>
          what === 'assigned' ? this.#untilAssigned(requestId, deadline) : this.#untilDone(requestId),
        ),
      );
    } catch (error) {
      const result = resultInFailure<LicenseRequestResult>(error);
      if (result !== null) return result;
      if (error instanceof LicenseflowError && error.code === 'NO_ANSWER')
        throw new LicenseflowError(
          'unanswered',
          'STILL_OPEN',
          `Request ${requestId} is still open.`,
          `See why: licenseflow explain ${requestId}`,
          { cause: error },
        );
      throw await this.#explained(error, requestId);
    }
  }

  /** Whichever says it first: the result, or the request itself, whose runs stay open until its notices are sent. */
  async #untilDone(requestId: string): Promise<RequestView> {
    const answered = new AbortController();
    const { signal } = answered;
    // The client library adds a listener for each of its calls and takes none away.
    setMaxListeners(0, signal);
    try {
      return await Promise.race([
        this.#options.client.withAbortSignal(signal, () => this.#result(requestId)),
        this.#untilOver(requestId, signal),
      ]);
    } finally {
      answered.abort();
    }
  }

  /** A licence with an end is in force in runs that continue the first one, and sleeps there for as long as it lasts. */
  async #result(requestId: string): Promise<RequestView> {
    const { workflow } = this.#options.client;
    for (;;) {
      const { workflowId, runId, raw } = await this.#handle(requestId).describe();
      if (raw.workflowExecutionInfo?.firstRunId !== runId) {
        const seen = await this.view(requestId);
        if (seen.state === 'active' || isFinal(seen.state)) return seen;
      }
      try {
        return await workflow.getHandle<RequestWorkflow>(workflowId, runId, { followRuns: false }).result();
      } catch (error) {
        if (!(error instanceof WorkflowContinuedAsNewError)) throw error;
      }
    }
  }

  /** Looks at what Temporal shows of the request, which needs no worker, until only its notices, or its end, are left. */
  async #untilOver(requestId: string, signal: AbortSignal): Promise<RequestView> {
    for (;;) {
      await pause(LOOK_AGAIN_MS, undefined, { signal });
      const { status, typedSearchAttributes } = await this.#handle(requestId).describe();
      const state = typedSearchAttributes.get(LICENSE_STATE) as RequestView['state'] | undefined;
      if (status.name !== 'RUNNING' || state === undefined || !(state === 'active' || isFinal(state))) continue;
      const seen = await this.view(requestId);
      if (seen.state === 'active' || isOver(seen)) return seen;
    }
  }

  async #untilAssigned(requestId: string, deadline: number): Promise<RequestView> {
    for (;;) {
      const seen = await this.view(requestId);
      if (isFinal(seen.state) || HELD.includes(seen.state)) return seen;
      if (Date.now() + LOOK_AGAIN_MS > deadline) throw noAnswer();
      await pause(LOOK_AGAIN_MS);
    }
  }

  /**
   * Starts to take a finished request back, or joins a rollback that is under way or was made before.
   *
   * @throws LicenseflowError `refused` where there is nothing to take back.
   */
  async rollback(requestId: string, { actor, reason, seatWaitMs }: RollbackOptions): Promise<void> {
    const { client, taskQueue, pace } = this.#options;
    const done = await this.view(requestId);
    const refusal = rollbackRefusal(done) ?? assertedRefusal(done, actor);
    if (refusal !== null) throw refusal;
    await this.#options.people.person(actor.ref);
    const { subject, plan } = done;
    if (subject === null || plan === null) throw new Error(`Request ${requestId} is done and has no plan.`);
    const input: LicenseRollbackInput = {
      requestId,
      subject,
      plan,
      actor,
      reason,
      seatWaitMs,
      pace,
    };
    try {
      await callingTemporal(() =>
        client.workflow.start<RollbackWorkflow>(LICENSE_ROLLBACK, {
          workflowId: licenseRollbackWorkflowId(requestId),
          taskQueue,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
          memo: { subject: nameOf(subject), requester: actor.ref, products: wishText(done) },
          typedSearchAttributes: [
            { key: LICENSE_SUBJECT, value: subject.id },
            { key: LICENSE_SKUS, value: listAttribute(plan.skus.map(({ skuId }) => skuId)) },
          ],
          staticSummary: 'Rollback of a licence request',
          priority: { priorityKey: PRIORITY.person },
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  /** Waits for the end of a rollback, for at most `withinMs` milliseconds. */
  async waitForRollback(requestId: string, withinMs: number): Promise<LicenseRollbackResult> {
    const handle = this.#rollbackHandle(requestId);
    try {
      return await callingTemporal(() =>
        this.#options.client.withDeadline(Date.now() + withinMs, () => handle.result()),
      );
    } catch (error) {
      const result = resultInFailure<LicenseRollbackResult>(error);
      if (result !== null) return result;
      if (error instanceof WorkflowFailedError) throw rollbackEndedOutside(requestId, error);
      throw await this.#explained(error, requestId);
    }
  }

  /** The rollback of a request, or `null` where none was asked for. */
  async rollbackView(requestId: string): Promise<LicenseRollbackResult | null> {
    try {
      return await this.#asking(async () => {
        const handle = this.#rollbackHandle(requestId);
        const { status } = await handle.describe();
        return endedRollback(await howItStands(handle, rollbackView), status.name);
      });
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw await this.#explained(error, requestId);
    }
  }

  /** Whoever ends a request is somebody of the directory; where that cannot be asked now, it is not held up. */
  async #requireKnown({ ref }: Actor): Promise<void> {
    try {
      await this.#options.people.person(ref);
    } catch (error) {
      if (error instanceof LicenseflowError && error.kind === 'not-found') throw error;
    }
  }

  async #startOrJoin(input: LicenseRequestInput, submission: string, updateId: string): Promise<SubmitAnswer> {
    const { client, taskQueue } = this.#options;
    const { request, digest } = input;
    return this.#commanding(() =>
      client.workflow.executeUpdateWithStart(submit, {
        args: [digest],
        updateId,
        // Such an operation can be sent once.
        startWorkflowOperation: new WithStartWorkflowOperation<RequestWorkflow>(LICENSE_REQUEST, {
          workflowId: licenseRequestWorkflowId(request.requestId),
          ...submissionOptions(digest, submission),
          taskQueue,
          args: [input],
          typedSearchAttributes: [{ key: LICENSE_STATE, value: 'checking' }],
          staticSummary: 'Licence request',
        }),
      }),
    );
  }

  /** The request as it is by now. */
  async #joined(requestId: string): Promise<Submitted> {
    const { state, problems, waitsFor } = await this.view(requestId);
    return { outcome: 'accepted', requestId, state, problems, waitsFor };
  }

  async #decideEnded(requestId: string, command: DecideOptions): Promise<RequestView> {
    const ended = await this.view(requestId);
    const mine = ended.stages
      .flatMap(({ decisions }) => decisions)
      .findLast(({ by }) => isPerson(by, command.actor.ref));
    // The plan that was decided; a question about its extension ended with the licence.
    if (mine?.verdict === command.verdict && command.digest === ended.plan?.digest) return ended;
    throw waitsForNoDecision(ended);
  }

  async #delegateEnded(requestId: string, { actor, to }: DelegateOptions): Promise<RequestView> {
    const ended = await this.view(requestId);
    const repeated = ended.stages
      .flatMap(({ delegations }) => delegations)
      .some((earlier) => isPerson(earlier.from, actor.ref) && isPerson(earlier.to, to));
    if (repeated) return ended;
    throw waitsForNoDecision(ended);
  }

  /** Commands are safe to repeat, so one that was lost on its way is sent again within the same time. */
  async #commanding<T>(send: () => Promise<T>): Promise<T> {
    return this.#inTime(() => sendingAgain(send));
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    return askingAgain(this.#options.client, this.#options.answerWithinMs, ask);
  }

  async #inTime<T>(call: () => Promise<T>): Promise<T> {
    return this.#options.client.withDeadline(Date.now() + this.#options.answerWithinMs, call);
  }

  #handle(requestId: string): WorkflowHandle<RequestWorkflow> {
    return this.#options.client.workflow.getHandle<RequestWorkflow>(licenseRequestWorkflowId(requestId));
  }

  #rollbackHandle(requestId: string): WorkflowHandle<RollbackWorkflow> {
    return this.#options.client.workflow.getHandle<RollbackWorkflow>(licenseRollbackWorkflowId(requestId));
  }

  async #explained(error: unknown, requestId: string): Promise<unknown> {
    if (error instanceof WorkflowNotFoundError)
      return new LicenseflowError(
        'not-found',
        'NO_SUCH_REQUEST',
        `There is no request ${requestId}.`,
        'Check the id: licenseflow request list',
        { cause: error },
      );
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
      return decisionError(requestId, error.cause);
    if (error instanceof WorkflowFailedError)
      return requestEndedOutside(requestId, error, await this.view(requestId).catch(() => null));
    if (error instanceof QueryNotRegisteredError) return noAnswer(error);
    return callingTemporal(() => Promise.reject(error as Error)).catch((translated: unknown) => translated);
  }
}

/**
 * Ended, with nothing left to do but to tell people. A request that was cancelled in Temporal is none: what came of it is
 * said with its end there.
 */
function isOver({ state, seats, withdrawal }: RequestView): boolean {
  const isCancelled = state === 'withdrawn' && withdrawal === null;
  return isFinal(state) && !isCancelled && seats.every((seat) => seat.state === 'used' || seat.state === 'given-back');
}

/** A policy that takes decisions only from people who are signed in takes rollbacks only from them, too. */
function assertedRefusal({ requestId, assertedDecisions }: RequestView, actor: Actor): LicenseflowError | null {
  if (actor.assurance === 'signed-in' || assertedDecisions !== 'refuse') return null;
  return new LicenseflowError(
    'refused',
    'ASSERTED_REFUSED',
    'The policy lets only people who are signed in take a request back.',
    `Nothing was changed. Look at it: licenseflow request show ${requestId}`,
  );
}

function waitsForNoDecision({ requestId, state }: RequestView): LicenseflowError {
  return new LicenseflowError(
    'refused',
    'NOT_WAITING',
    `Request ${requestId} waits for no decision: it is ${state}.`,
    `See what happened: licenseflow request show ${requestId}`,
  );
}

function decisionError(requestId: string, failure: ApplicationFailure): LicenseflowError {
  const kind = failure.type === 'PLAN_CHANGED' ? 'conflict' : failure.type === 'NOT_CHECKED' ? 'failed' : 'refused';
  return new LicenseflowError(
    kind,
    failure.type ?? 'REFUSED',
    failure.message,
    kind === 'failed' ? 'Try again in a moment.' : `Look at it: licenseflow request show ${requestId}`,
    { cause: failure },
  );
}

function malformedId(requestId: string): LicenseflowError {
  return new LicenseflowError(
    'invalid',
    'MALFORMED_ID',
    `"${requestId}" is no request id.`,
    'Use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.',
  );
}

/** A request that was refused or failed ends as a failed workflow whose failure carries the whole result. */
function resultInFailure<R>(error: unknown): R | null {
  if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  return (error.cause.details?.[0] as R | undefined) ?? null;
}
