/**
 * One licence request from the wish to the licence.
 *
 * The request is checked, its approval stages decide in order, a free seat is waited for, the plan is made once more as
 * the snapshot of what was there, one change is written and read back. Whoever withdraws it ends it at any point; what
 * was made until then is taken back to exactly what was there before.
 */
import { ApplicationFailureCategory } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { Actor, DecisionCommand } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import { nameOf } from '../domain/person.js';
import type { ChangePlan, SkuFacts } from '../domain/plan.js';
import { contentsOf, isSatisfied } from '../domain/plan.js';
import type {
  FinalState,
  LearnedDependency,
  LicenseRequestInput,
  LicenseRequestResult,
  Preparation,
  Problem,
  RequestView,
  SubmitAnswer,
  Undone,
  WithdrawCommand,
} from '../contracts/license-request.js';
import {
  decide,
  isFinal,
  REQUEST_DIFFERS,
  REQUEST_FAILED,
  REQUEST_REFUSED,
  submit,
  view,
  withdraw,
} from '../contracts/license-request.js';
import { wishText } from '../contracts/request-story.js';
import { reading } from './activity-proxies.js';
import type { Applied, ChangeObserver, ChangeOrder } from './apply-change.js';
import { applyChange, revertChange } from './apply-change.js';
import { tellBatch } from './batch-member.js';
import { iso } from './instants.js';
import type { Persistence } from './keep-trying.js';
import { keepTrying } from './keep-trying.js';
import { refused } from './refusal.js';
import { RequestApproval } from './request-approval.js';
import { RequestNotices } from './request-notices.js';
import { RequestRecord, waitFor } from './request-record.js';
import { Saga } from './saga.js';
import { SeatHolder } from './seat-holder.js';
import { locationOrder, restoreUsageLocation, setUsageLocation } from './usage-location.js';

export async function licenseRequest(input: LicenseRequestInput): Promise<LicenseRequestResult> {
  const run = new RequestRun(input);
  run.setup();
  return run.run();
}

/** How far a change had come that is to be taken back. */
type CutOff = Pick<Extract<Applied, { outcome: 'failed' }>, 'perhapsWrote' | 'sentFrom'>;

/** What a refused change is followed by: another seat, or another plan. */
type TryAgain = 'no-seats' | 'other-plan';

/** The step of the saga that concerns the licences themselves. */
const LICENCES = 'licences';

type Prepared = Extract<Preparation, { outcome: 'ready' }>;

class RequestRun {
  readonly #input: LicenseRequestInput;
  readonly #record: RequestRecord;
  readonly #approval: RequestApproval;
  readonly #seats: SeatHolder;
  readonly #notices: RequestNotices;
  readonly #scope = new CancellationScope();
  readonly #persistence: Persistence;
  #learned: readonly LearnedDependency[] = [];

  constructor(input: LicenseRequestInput) {
    this.#input = input;
    this.#record = new RequestRecord(input);
    this.#notices = new RequestNotices(this.#record, input.pace);
    this.#approval = new RequestApproval(this.#record, this.#notices, input.pace);
    this.#seats = new SeatHolder(input.pace, (seats) => {
      this.#record.seats = seats;
    });
    this.#persistence = { pace: input.pace, onRetry: (failure, nextAtMs) => this.#record.failing(failure, nextAtMs) };
  }

  setup(): void {
    setHandler(view, () => this.#record.view());
    setHandler(submit, () => this.#answer(), { validator: (digest: string) => this.#requireSame(digest) });
    setHandler(decide, (command) => this.#approval.decide(command), {
      validator: (command: DecisionCommand) => this.#approval.requireDecidable(command),
    });
    setHandler(withdraw, (command) => this.#withdraw(command), {
      validator: (command: WithdrawCommand) => this.#requireWithdrawable(command),
    });
  }

  async run(): Promise<LicenseRequestResult> {
    const told = tellBatch(this.#input.batch, () => this.#answer());
    const end = await this.#ending();
    // A cancellation that comes now is too late: the outcome is known, and told.
    await CancellationScope.nonCancellable(async () => {
      await told;
      await this.#notices.sent();
      await condition(allHandlersFinished);
    });
    const result: LicenseRequestResult = { ...this.#record.view(), state: end };
    if (end === 'refused')
      throw requestEnded(REQUEST_REFUSED, result.problems.map(({ code }) => code).join(', '), result);
    if (end === 'failed') throw requestEnded(REQUEST_FAILED, result.lastFailure?.code ?? 'not assigned', result);
    return result;
  }

  /** The story, or its early end by a withdrawal. Whatever was made by then has been taken back already. */
  async #ending(): Promise<FinalState> {
    try {
      return await this.#scope.run(() => this.#story());
    } catch (error) {
      if (!isCancellation(error)) throw error;
      if (this.#record.withdrawal !== null)
        return this.#record.end('withdrawn', withdrawalText(this.#record.withdrawal));
      this.#record.end('withdrawn', 'Cancelled in Temporal.');
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
      throw error;
    } finally {
      await CancellationScope.nonCancellable(() => this.#seats.giveBack());
    }
  }

  async #story(): Promise<FinalState> {
    const prepared = await this.#check();
    if (prepared === null) return 'refused';
    let plan = prepared.plan;
    if (isSatisfied(plan)) return this.#nothingToDo(plan, 'Everything is as wanted already; nothing was changed.');
    for (;;) {
      const verdict = await this.#approval.outcome();
      if (verdict !== 'approved') return verdict;
      this.#record.enter(
        'preparing',
        'Approved.',
        waitFor('a seat, and the licences to be read once more.', null, 'the change is written.'),
      );
      const end = await this.#carryOut(plan, Date.now() + prepared.seatWaitMs);
      if (typeof end === 'string') return end;
      plan = end.changed;
      this.#askAgain(plan);
    }
  }

  async #check(): Promise<Prepared | null> {
    const { request, pace } = this.#input;
    this.#record.enter(
      'checking',
      'Submitted.',
      waitFor('the directory and the policy.', null, 'it is accepted or refused.'),
    );
    const tried = await keepTrying(() => reading(pace, 'check the request').prepareRequest(request), {
      ...this.#persistence,
      // Nothing is promised yet, so a tenant that lets nobody in refuses the request instead of keeping people waiting.
      passes: (code) => meaningOf(code).handling === 'retry',
    });
    if (!tried.ok) return this.#refuse([problemOf(tried.failure)]);
    const prepared = tried.value;
    this.#record.requester = prepared.requester;
    this.#record.subject = prepared.subject;
    if (prepared.outcome === 'refused') {
      this.#remember();
      return this.#refuse(prepared.problems);
    }
    this.#record.plan = prepared.plan;
    this.#approval.open(prepared);
    this.#remember();
    return prepared;
  }

  /** Names for lists, which are read without a worker; a memo is encrypted where payloads are. */
  #remember(): void {
    const { subject, requester, request } = this.#record.view();
    upsertMemo({
      subject: subject === null ? request.subject : nameOf(subject),
      requester: requester === null ? request.requester : nameOf(requester),
      products: wishText(this.#record.view()),
    });
  }

  #refuse(problems: readonly Problem[]): null {
    this.#record.problems = problems;
    this.#record.end('refused', `Refused: ${sentences(problems)}`);
    return null;
  }

  #nothingToDo(plan: ChangePlan, text: string): 'done' {
    this.#record.after = plan.target;
    return this.#record.end('done', text);
  }

  #askAgain(plan: ChangePlan): void {
    this.#record.plan = plan;
    this.#record.revision += 1;
    this.#approval.openAgain(plan.digest);
    this.#record.note(
      'The tenant or the licences of the person changed since the approval, so the new plan is asked again.',
    );
  }

  // --- seat, snapshot, change ---------------------------------------------------------------------------------------

  async #carryOut(plan: ChangePlan, seatsUntilMs: number): Promise<FinalState | { readonly changed: ChangePlan }> {
    const expired = () => {
      const rest = this.#record.undone.some(isLeftOver)
        ? 'what could not be put back is listed.'
        : 'nothing was changed.';
      return this.#record.end('expired', `No seat became free in time; ${rest}`);
    };
    for (;;) {
      if (!(await this.#holdSeats(plan, seatsUntilMs))) return expired();
      const fresh = await this.#takeSnapshot(plan);
      if (fresh === null)
        return this.#record.end('failed', 'The plan cannot be carried out any more; nothing was changed.');
      if (isSatisfied(fresh)) return this.#nothingToDo(fresh, 'Everything is as wanted by now; nothing was changed.');
      if (fresh.digest !== plan.digest) return { changed: fresh };
      this.#record.plan = withFirstLocation(fresh, this.#record.plan);
      const end = await this.#assign(fresh);
      if (end === 'no-seats') await this.#seats.refused();
      else if (end !== 'other-plan') return end;
    }
  }

  /** False once the wait is over. Also a seat that is held is only promised: Graph judges when it is taken. */
  async #holdSeats(plan: ChangePlan, untilMs: number): Promise<boolean> {
    const wanted = seatsWanted(plan);
    if (wanted.length === 0) return true;
    const names = wanted.map(({ name }) => name).join(' and ');
    this.#record.enter(
      'waiting-for-seat',
      `A seat of ${names} is asked for.`,
      waitFor(`a free seat of ${names}.`, iso(untilMs), 'the request expires; nothing was changed.'),
    );
    return this.#seats.hold(wanted, untilMs);
  }

  /** The plan as it would be made now; `null` where it cannot be made any more. */
  async #takeSnapshot(plan: ChangePlan): Promise<ChangePlan | null> {
    const { pace } = this.#input;
    // By object id: a name may have changed since the approval, or may even belong to someone else by now.
    const request = { ...this.#input.request, subject: plan.userId };
    const tried = await keepTrying(
      () => reading(pace, 'snapshot before the change').replanRequest({ request, learned: this.#learned }),
      this.#persistence,
    );
    if (tried.ok && tried.value.outcome === 'planned') return tried.value.plan;
    if (!tried.ok) this.#record.fail(tried.failure);
    else if (tried.value.outcome === 'refused') this.#record.problems = tried.value.problems;
    return null;
  }

  async #assign(plan: ChangePlan): Promise<FinalState | TryAgain> {
    const saga = new Saga<Undone>();
    try {
      return await this.#locateAndWrite(plan, saga);
    } catch (error) {
      if (isCancellation(error)) await this.#compensate(saga);
      throw error;
    }
  }

  async #locateAndWrite(plan: ChangePlan, saga: Saga<Undone>): Promise<FinalState | TryAgain> {
    const location = locationOrder(plan, this.#input.pace);
    if (location !== null) {
      let perhapsSet = true;
      saga.register(() => restoreUsageLocation(location, perhapsSet, this.#persistence.onRetry));
      this.#record.enter(
        'writing',
        `Usage location ${location.to} is being set.`,
        waitFor('Microsoft Graph.', null, 'the licences are assigned.'),
      );
      const located = await setUsageLocation(location, this.#persistence.onRetry);
      perhapsSet = located.ok || located.perhapsMade;
      if (!located.ok) return this.#giveUp(saga, located.failure, 'The usage location could not be set.');
    }

    let cutOff: CutOff = { perhapsWrote: false, sentFrom: null };
    saga.register(() => this.#takeBack(plan, cutOff));
    const applied = await applyChange(
      // Right after the location was set, Graph may still answer that there is none.
      { ...this.#order(plan), alsoPassing: location === null ? [] : ['USAGE_LOCATION'] },
      this.#observer('writing', 'verifying', (perhapsWrote) => {
        cutOff = { perhapsWrote, sentFrom: null };
      }),
    );
    if (applied.outcome === 'done') {
      if (this.#scope.consideredCancelled) throw new CancelledFailure('withdrawn while it was written');
      this.#record.after = applied.current;
      this.#record.wrote = applied.wrote || location !== null;
      await this.#seats.used();
      return this.#record.end(
        'done',
        applied.wrote
          ? 'Assigned, and seen by reading it back.'
          : location === null
            ? 'Somebody else had made the same change.'
            : 'The usage location was set; the licences were as wanted already.',
      );
    }
    cutOff = applied;
    const tryAgain = this.#tryAgain(applied.failure);
    if (tryAgain === null) return this.#giveUp(saga, applied.failure, 'The change could not be made.');
    this.#record.fail(applied.failure);
    await this.#compensate(saga);
    // It goes on, so what was put back is not worth telling at the end; what was not, is.
    this.#record.undone = this.#record.undone.filter(isLeftOver);
    return tryAgain;
  }

  /** Which other way leads on after this failure; `null` where none does. */
  #tryAgain({ code, dependency }: Failure): TryAgain | null {
    if (code === 'NO_SEATS') return 'no-seats';
    const known = ({ planId, needs }: LearnedDependency) =>
      planId === dependency?.planId && dependency.needs.every((plan) => needs.includes(plan));
    // What was learned and refused all the same cannot be mended by another plan.
    if (code !== 'PLAN_DEPENDENCY' || dependency === undefined || this.#learned.some(known)) return null;
    this.#learned = [...this.#learned, dependency];
    return 'other-plan';
  }

  async #giveUp(saga: Saga<Undone>, failure: Failure, text: string): Promise<'failed'> {
    this.#record.fail(failure);
    await this.#compensate(saga);
    this.#record.fail(failure);
    return this.#record.end('failed', text);
  }

  async #compensate(saga: Saga<Undone>): Promise<void> {
    this.#record.enter(
      'undoing',
      'What was made is being taken back.',
      waitFor('Microsoft Graph.', null, 'the request goes on or ends.'),
    );
    const undone = await saga.compensate();
    this.#record.undone = [...this.#record.undone, ...undone];
    // Whoever perhaps holds the licence perhaps uses its seat.
    if (undone.some(({ step, outcome }) => step === LICENCES && outcome === 'not-undone')) await this.#seats.used();
  }

  async #takeBack(plan: ChangePlan, cutOff: CutOff): Promise<Undone> {
    const step = LICENCES;
    const reverted = await revertChange(
      { ...this.#order(plan), contents: contentsOf(plan.skus), ...cutOff },
      this.#observer('undoing', 'undoing'),
    );
    switch (reverted.outcome) {
      case 'undone':
        return { step, outcome: 'undone', note: 'Exactly as before.' };
      case 'nothing-to-undo':
        return { step, outcome: 'nothing-to-undo', note: 'Nothing was made that has to be taken back.' };
      case 'left-alone':
        return { step, outcome: 'left-alone', note: `Changed by someone else: ${reverted.drifted.join(', ')}.` };
      case 'not-undone':
        return { step, outcome: 'not-undone', note: reverted.failure.message };
    }
  }

  #order(plan: ChangePlan): ChangeOrder {
    const { userId, before, target } = plan;
    return {
      userId,
      before,
      target,
      priority: 'person',
      pace: this.#input.pace,
      summary: `assignLicense for ${userId}`,
    };
  }

  #observer(
    writing: 'writing' | 'undoing',
    verifying: 'verifying' | 'undoing',
    perhapsWrote: ChangeObserver['perhapsWrote'] = () => undefined,
  ): ChangeObserver {
    return {
      writing: () =>
        this.#record.enter(
          writing,
          'The change is being written.',
          waitFor('Microsoft Graph.', null, 'the user is read back.'),
        ),
      verifying: (nextAtMs, accepted) =>
        this.#record.enter(
          verifying,
          accepted
            ? 'Accepted by Graph; waiting until the directory shows it.'
            : 'Whether the change was made is being found out.',
          waitFor(
            accepted ? 'the directory to show the change.' : 'certainty about whether anything was written.',
            iso(nextAtMs),
            'the user is read again.',
          ),
        ),
      perhapsWrote,
      failing: (failure, nextAtMs) => this.#record.failing(failure, nextAtMs),
      accepted: (id) => {
        this.#record.graphRequestIds = [...this.#record.graphRequestIds, id];
      },
    };
  }

  // --- messages -----------------------------------------------------------------------------------------------------

  #requireSame(digest: string): void {
    if (digest !== this.#input.digest)
      throw refused(REQUEST_DIFFERS, 'This request id stands for another request. Use a new id for a new wish.');
  }

  async #answer(): Promise<SubmitAnswer> {
    await condition(() => this.#record.state !== 'checking');
    const { state, problems, waitsFor } = this.#record.view();
    return { outcome: state === 'refused' ? 'refused' : 'accepted', problems, state, waitsFor };
  }

  #requireWithdrawable({ actor }: WithdrawCommand): void {
    if (isFinal(this.#record.state)) throw refused('NOT_OPEN', `This request has ended: ${this.#record.state}.`);
    if (actor.assurance === 'asserted' && this.#record.approval?.assertedDecisions === 'refuse')
      throw refused('ASSERTED_REFUSED', 'The policy lets only people who are signed in end a request.');
  }

  #withdraw(command: WithdrawCommand): RequestView {
    if (this.#record.withdrawal === null) {
      this.#record.withdrawal = command;
      this.#record.note(`${actorText(command.actor)} asks to end the request: ${command.reason}`);
      this.#scope.cancel();
    }
    return this.#record.view();
  }
}

/** In the order of their ids, which is the one order in which everybody asks: no two requests wait for each other. */
function seatsWanted({ skus, seatsNeeded }: ChangePlan): readonly SkuFacts[] {
  return skus.filter(({ skuId }) => seatsNeeded.includes(skuId));
}

/**
 * An expected end that is no success. Its message goes into logs and lists of failures, so it holds codes only; the
 * sentences with names are in the result.
 */
function requestEnded(type: string, message: string, result: LicenseRequestResult): ApplicationFailure {
  const category = ApplicationFailureCategory.BENIGN;
  return ApplicationFailure.create({ type, message, details: [result], nonRetryable: true, category });
}

/** A rollback puts back the usage location from before the first try, also where a later one found it set already. */
function withFirstLocation(fresh: ChangePlan, recorded: ChangePlan | null): ChangePlan {
  const { usageLocation } = fresh;
  const isSet = usageLocation !== null && usageLocation.from === usageLocation.to;
  return isSet && recorded !== null ? { ...fresh, usageLocation: recorded.usageLocation } : fresh;
}

function isLeftOver({ outcome }: Undone): boolean {
  return outcome === 'left-alone' || outcome === 'not-undone';
}

function problemOf(failure: Failure): Problem {
  const { meaning, remedy } = meaningOf(failure.code);
  return { code: failure.code, message: `${meaning} ${failure.message}`, remedy };
}

function sentences(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join(' ');
}

function withdrawalText({ actor, reason }: WithdrawCommand): string {
  return `Withdrawn by ${actorText(actor)}: ${reason}`;
}

function actorText({ ref, assurance }: Actor): string {
  return assurance === 'asserted' ? `${ref} (asserted)` : ref;
}
