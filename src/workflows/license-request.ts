/**
 * One licence request from the wish to the licence.
 *
 * The request is checked, its approval stages decide in order, a free seat is waited for, the plan is made once more as
 * the snapshot of what was there, one change is written and read back; then its services get ready. A licence with an end
 * goes on from there in a run of its own, which sleeps until the end and gives back what was held before. Whoever withdraws
 * it ends it at any point; what was made until then is taken back to exactly what was there before.
 */
import { ApplicationFailureCategory } from '@temporalio/common';
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  makeContinueAsNewFunc,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Actor, DecisionCommand, DelegationCommand } from '../domain/approval.js';
import { actorName } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import { nameOf } from '../domain/person.js';
import type { RequestNoticeKind } from '../contracts/notice.js';
import type { ChangePlan, SkuFacts } from '../domain/plan.js';
import type { PolicyStage } from '../domain/policy.js';
import { contentsOf, isSatisfied, takesAway } from '../domain/plan.js';
import type {
  ExtendCommand,
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
  delegate,
  extend,
  isFinal,
  REQUEST_DIFFERS,
  REQUEST_FAILED,
  REQUEST_REFUSED,
  submit,
  view,
  withdraw,
} from '../contracts/license-request.js';
import { denials, wishText } from '../contracts/request-story.js';
import { reading } from './activity-proxies.js';
import type { Applied, ChangeObserver, ChangeOrder } from './apply-change.js';
import { applyChange, revertChange } from './apply-change.js';
import { tellBatch } from './batch-member.js';
import type { CarriedRequest } from './carried-request.js';
import { iso } from './instants.js';
import type { Persistence } from './keep-trying.js';
import { keepTrying } from './keep-trying.js';
import { refused } from './refusal.js';
import { RequestApproval } from './request-approval.js';
import { RequestNotices } from './request-notices.js';
import { watchReadiness } from './request-readiness.js';
import { RequestRecord, waitFor } from './request-record.js';
import { RequestTerm } from './request-term.js';
import { Saga } from './saga.js';
import type { SeatOrder } from './seat-holder.js';
import { carryOutMs, SeatHolder } from './seat-holder.js';
import { locationOrder, restoreUsageLocation, setUsageLocation } from './usage-location.js';

/** @param carried where this run continues another one. */
export async function licenseRequest(
  input: LicenseRequestInput,
  carried?: CarriedRequest,
): Promise<LicenseRequestResult> {
  const run = new RequestRun(input, carried);
  run.setup();
  return run.run();
}

/** How far a change had come that is to be taken back. */
type CutOff = Pick<Extract<Applied, { outcome: 'failed' }>, 'perhapsWrote' | 'sentFrom'>;

/** How the way to the licence ends: with the request, or with a licence whose clock runs. */
type StoryEnd = FinalState | 'in-force';

/** How a run ends: with the request, or with a licence that goes on in a new run. */
type RunEnd = FinalState | 'afresh';

/** What a refused change is followed by: another seat, or another plan. */
type TryAgain = 'no-seats' | 'other-plan';

/** What would have to be approved instead, and why. */
interface NewPlan {
  readonly changed: ChangePlan;
  readonly because: string;
}

/** The step of the saga that concerns the licences themselves. */
const LICENCES = 'licences';

type Prepared = Extract<Preparation, { outcome: 'ready' }>;

class RequestRun {
  readonly #input: LicenseRequestInput;
  readonly #isContinued: boolean;
  readonly #record: RequestRecord;
  readonly #approval: RequestApproval;
  readonly #seats: SeatHolder;
  readonly #notices: RequestNotices;
  readonly #term: RequestTerm;
  readonly #scope = new CancellationScope();
  readonly #persistence: Persistence;
  #learned: readonly LearnedDependency[] = [];
  #seatWaitMs: number;
  #stagesInFull: readonly PolicyStage[];

  constructor(input: LicenseRequestInput, carried: CarriedRequest | undefined) {
    this.#input = input;
    this.#isContinued = carried !== undefined;
    this.#record = new RequestRecord(input, carried);
    this.#notices = new RequestNotices(this.#record, input.pace, carried?.notices);
    this.#approval = new RequestApproval(this.#record, this.#notices, input.pace);
    const earlier = carried?.view.seats ?? [];
    this.#seats = new SeatHolder(input.pace, (seats) => {
      this.#record.seats = [...earlier, ...seats];
    });
    this.#persistence = { pace: input.pace, onRetry: (failure, nextAtMs) => this.#failing(failure, nextAtMs) };
    this.#seatWaitMs = carried?.seatWaitMs ?? 0;
    this.#stagesInFull = carried?.stagesInFull ?? [];
    this.#term = new RequestTerm({
      ...{ input, continued: this.#isContinued, record: this.#record, notices: this.#notices, seats: this.#seats },
      stagesInFull: () => this.#stagesInFull,
      failing: (failure, nextAtMs) => this.#failing(failure, nextAtMs),
    });
  }

  setup(): void {
    setHandler(view, () => this.#record.view());
    setHandler(submit, () => this.#answer(), { validator: (digest: string) => this.#requireSame(digest) });
    setHandler(decide, (command) => this.#approvalFor(command).decide(command), {
      validator: (command: DecisionCommand) => this.#approvalFor(command).requireDecidable(command),
    });
    setHandler(extend, (command) => this.#extend(command), {
      validator: (command: ExtendCommand) => this.#term.requireExtendable(command),
    });
    setHandler(delegate, (command) => this.#approvalNow().delegate(command), {
      validator: (command: DelegationCommand) => this.#approvalNow().requireDelegable(command),
    });
    setHandler(withdraw, (command) => this.#withdraw(command), {
      validator: (command: WithdrawCommand) => this.#requireWithdrawable(command),
    });
  }

  async run(): Promise<LicenseRequestResult> {
    const told = tellBatch(this.#isContinued ? undefined : this.#input.batch, () => this.#answer());
    for (;;) {
      const end = await this.#ending();
      if (end !== 'afresh') this.#tellEnd(end);
      // A cancellation that comes now is too late for an end: the outcome is known, and told.
      await CancellationScope.nonCancellable(() => Promise.all([told, this.#settled(end)]));
      if (end !== 'afresh') return this.#result(end);
      // What came while the last answers were given goes on in this run.
      if (!this.#scope.consideredCancelled && !this.#term.isAsking) await this.#goOnAfresh();
    }
  }

  #result(end: FinalState): LicenseRequestResult {
    const result: LicenseRequestResult = { ...this.#record.view(), state: end };
    if (end === 'refused')
      throw requestEnded(REQUEST_REFUSED, result.problems.map(({ code }) => code).join(', '), result);
    if (end === 'failed') throw requestEnded(REQUEST_FAILED, result.lastFailure?.code ?? 'not assigned', result);
    return result;
  }

  /** Nothing is under way any more: a run may end. Where the request goes on, notices may wait for the next run. */
  async #settled(end: RunEnd): Promise<void> {
    const { audit } = this.#record;
    audit.push();
    await (end === 'afresh' ? this.#notices.settled() : this.#notices.sent());
    await (end === 'afresh' ? audit.settled() : audit.recorded());
    await condition(allHandlersFinished);
  }

  async #goOnAfresh(): Promise<never> {
    // What was added to the memo since the start is left behind unless it is handed on.
    const goOn = makeContinueAsNewFunc<typeof licenseRequest>({ memo: workflowInfo().memo ?? {} });
    return goOn(this.#input, this.#carry());
  }

  #carry(): CarriedRequest {
    const { approval } = this.#record;
    const audit = this.#record.audit.carry();
    if (approval === null) throw new Error('An accepted request has an approval.');
    return {
      ...{ view: this.#record.view(), approval, seatWaitMs: this.#seatWaitMs, stagesInFull: this.#stagesInFull },
      notices: this.#notices.carry(),
      ...(audit !== undefined && { audit }),
    };
  }

  /** The story, or its early end by a withdrawal. Whatever was made by then has been taken back already. */
  async #ending(): Promise<RunEnd> {
    try {
      const end = await this.#scope.run(() => this.#storyAndTerm());
      // Also ends when what was said of used seats has arrived, which a new run could not wait for.
      await CancellationScope.nonCancellable(() => this.#seats.giveBack());
      return end;
    } catch (error) {
      if (!isCancellation(error)) throw error;
      const { withdrawal } = this.#record;
      this.#record.end('withdrawn', withdrawal === null ? 'Cancelled in Temporal.' : withdrawalText(withdrawal));
      await CancellationScope.nonCancellable(() => this.#seats.giveBack());
      if (withdrawal !== null) return 'withdrawn';
      this.#tellEnd('withdrawn');
      await CancellationScope.nonCancellable(() => this.#settled('withdrawn'));
      throw error;
    }
  }

  async #storyAndTerm(): Promise<RunEnd> {
    const end = this.#isInForce() ? 'in-force' : await this.#story();
    return end === 'in-force' ? this.#term.lasts(this.#seatWaitMs) : end;
  }

  #isInForce(): boolean {
    return (this.#record.term?.inForce ?? null) !== null;
  }

  async #story(): Promise<StoryEnd> {
    const prepared = await this.#check();
    this.#record.audit.checked();
    if (prepared === null) return 'refused';
    let plan = prepared.plan;
    if (isSatisfied(plan)) return this.#nothingToDo(plan, 'Everything is as wanted already; nothing was changed.');
    if (prepared.holdSeat === 'at-submit') this.#seats.ask(this.#seatOrder(plan, prepared, latestSeatAt(prepared)));
    for (;;) {
      const verdict = await this.#approval.outcome();
      if (verdict !== 'approved') return verdict;
      this.#record.enter(
        'preparing',
        'Approved.',
        waitFor('a seat, and the licences to be read once more.', null, 'the change is written.'),
      );
      this.#record.audit.approved(plan);
      await this.#record.audit.recorded();
      const seatsUntilMs = Math.min(Date.now() + prepared.seatWaitMs, this.#wantedEnd() ?? Infinity);
      const end = await this.#carryOut(plan, prepared, seatsUntilMs);
      if (typeof end === 'string') return end;
      plan = end.changed;
      this.#askAgain(end, prepared);
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
    this.#seatWaitMs = prepared.seatWaitMs;
    this.#stagesInFull = prepared.stagesInFull;
    const { term: rule, stepDownTo } = prepared;
    if (request.termMs !== undefined || request.endsAt !== undefined)
      this.#record.term = { rule, stepDownTo, inForce: null, noticesAt: [], noticesGivenAt: [], extensions: [] };
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
      // A run that continues this one starts later.
      createdAt: workflowInfo().startTime.toISOString(),
    });
  }

  #refuse(problems: readonly Problem[]): null {
    this.#record.problems = problems;
    this.#record.end('refused', `Refused: ${sentences(problems)}`);
    return null;
  }

  /** What somebody holds already was not given by this request, so this request does not end it either. */
  #nothingToDo(plan: ChangePlan, text: string): 'done' {
    this.#record.after = plan.target;
    this.#record.term = null;
    return this.#record.end('done', text);
  }

  #askAgain({ changed: plan, because }: NewPlan, { stagesInFull }: Prepared): void {
    this.#record.plan = plan;
    this.#record.revision += 1;
    this.#record.note(`${because} So there is a new plan, and what was decided about the former one counts no more.`);
    this.#record.audit.planned(because);
    // A rule approves nothing that takes something away.
    if (takesAway(plan) && this.#record.autoApproved.length > 0) {
      this.#record.autoApproved = [];
      this.#approval.openInFull(stagesInFull, plan.digest);
    } else this.#approval.openAgain(plan.digest);
  }

  // --- seat, snapshot, change ---------------------------------------------------------------------------------------

  async #carryOut(plan: ChangePlan, prepared: Prepared, seatsUntilMs: number): Promise<StoryEnd | NewPlan> {
    const expired = () => {
      const rest = this.#record.undone.some(isLeftOver)
        ? 'what could not be put back is listed.'
        : 'nothing was changed.';
      return this.#record.end('expired', `No seat became free in time; ${rest}`);
    };
    let because = 'The tenant or the licences of the person changed since the plan was made.';
    for (;;) {
      if (!(await this.#holdSeats(this.#seatOrder(plan, prepared, seatsUntilMs)))) return expired();
      const wantedEnd = this.#wantedEnd();
      if (wantedEnd !== null && wantedEnd <= Date.now())
        return this.#record.end('expired', 'It could not be assigned before the end that was asked for.');
      const fresh = await this.#takeSnapshot(plan);
      if (fresh === null)
        return this.#record.end('failed', 'The plan cannot be carried out any more; nothing was changed.');
      if (isSatisfied(fresh)) return this.#nothingToDo(fresh, 'Everything is as wanted by now; nothing was changed.');
      if (fresh.digest !== plan.digest) return { changed: fresh, because };
      this.#record.plan = withFirstLocation(fresh, this.#record.plan);
      const end = await this.#assign(fresh);
      if (end === 'no-seats') {
        this.#record.note('Graph had no seat left although one was promised; it is asked for again, first of all.');
        await this.#seats.refused(this.#record.lastFailure?.message ?? '');
      } else if (end !== 'other-plan') return end;
      else because = 'Graph refused the change and named a service plan that needs another one.';
    }
  }

  /** The day on which the licence shall end, where one was named; `null` where its length was, or nothing. */
  #wantedEnd(): number | null {
    const { endsAt } = this.#input.request;
    return endsAt === undefined ? null : Date.parse(endsAt);
  }

  /** False once the wait is over. Also a seat that is held is only promised: Graph judges when it is taken. */
  async #holdSeats(order: SeatOrder): Promise<boolean> {
    const names = order.skus.map(({ name }) => name).join(' and ');
    if (names !== '')
      this.#record.enter(
        'waiting-for-seat',
        `A seat of ${names} is asked for.`,
        waitFor(`a free seat of ${names}.`, iso(order.waitUntilMs), 'the request expires; nothing was changed.'),
      );
    return this.#seats.hold(order, () => {
      const occasion = String(this.#record.revision);
      this.#notices.tell('waiting-for-seat', this.#record.parties(), { occasion });
    });
  }

  #seatOrder(plan: ChangePlan, { seatPriority }: Prepared, waitUntilMs: number): SeatOrder {
    const heldUntilMs = waitUntilMs + carryOutMs(this.#input.pace);
    return { skus: seatsWanted(plan), priority: seatPriority, waitUntilMs, heldUntilMs };
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

  async #assign(plan: ChangePlan): Promise<StoryEnd | TryAgain> {
    const saga = new Saga<Undone>();
    try {
      return await this.#locateAndWrite(plan, saga);
    } catch (error) {
      if (isCancellation(error)) await this.#compensate(saga, plan);
      throw error;
    }
  }

  async #locateAndWrite(plan: ChangePlan, saga: Saga<Undone>): Promise<StoryEnd | TryAgain> {
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
      if (!located.ok) return this.#giveUp(saga, located.failure, 'The usage location could not be set.', plan);
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
      cutOff = { perhapsWrote: applied.wrote, sentFrom: null };
      return this.#assigned(plan, applied.wrote);
    }
    cutOff = applied;
    const tryAgain = this.#tryAgain(applied.failure);
    if (tryAgain === null) return this.#giveUp(saga, applied.failure, 'The change could not be made.', plan);
    this.#record.fail(applied.failure);
    await this.#compensate(saga, plan);
    // It goes on, so what was put back is not worth telling at the end; what was not, is.
    this.#record.undone = this.#record.undone.filter(isLeftOver);
    return tryAgain;
  }

  /** The directory shows it. Its services report when they are ready; the clock of a licence with an end runs from here. */
  async #assigned(plan: ChangePlan, wrote: boolean): Promise<StoryEnd> {
    // What somebody else gave is not this request's to end.
    if (!wrote) this.#record.term = null;
    const { termMs } = this.#input.request;
    this.#record.audit.assigned(plan, wrote);
    const endsAt = this.#record.term && this.#term.begin(this.#wantedEnd() ?? Date.now() + (termMs ?? 0));
    const text = wrote
      ? 'Assigned, and seen by reading it back.'
      : this.#record.wrote
        ? 'The usage location was set; the licences were as wanted already.'
        : 'Somebody else had made the same change.';
    this.#record.enter(
      'assigned',
      text,
      waitFor('its services to report that they are ready.', null, 'it is done, or in force until its end.'),
    );
    const parties = this.#record.parties();
    const [firstNotice] = this.#record.term?.noticesAt ?? [];
    const untilMs = firstNotice === undefined ? endsAt : Date.parse(firstNotice);
    await watchReadiness(this.#record, plan, this.#input.pace, {
      untilMs: untilMs ?? Infinity,
      // Where the services are there at once, people hear both in one.
      onWaiting: () => this.#notices.tell('assigned', parties),
    });
    if (this.#record.readiness?.state === 'ready') this.#notices.tell('ready', parties);
    return endsAt === null ? this.#record.end('done', 'Done.') : 'in-force';
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

  async #giveUp(saga: Saga<Undone>, failure: Failure, text: string, plan: ChangePlan): Promise<'failed'> {
    this.#record.fail(failure);
    await this.#compensate(saga, plan);
    this.#record.fail(failure);
    return this.#record.end('failed', text);
  }

  async #compensate(saga: Saga<Undone>, plan: ChangePlan): Promise<void> {
    this.#record.enter(
      'undoing',
      'What was made is being taken back.',
      waitFor('Microsoft Graph.', null, 'the request goes on or ends.'),
    );
    const undone = await saga.compensate();
    this.#record.undone = [...this.#record.undone, ...undone];
    this.#record.audit.undone(plan, undone, LICENCES);
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
        return { step, outcome: 'not-undone', note: whyNotUndone(reverted.failure) };
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
      failing: (failure, nextAtMs) => this.#failing(failure, nextAtMs),
      accepted: (id) => {
        this.#record.graphRequestIds = [...this.#record.graphRequestIds, id];
      },
    };
  }

  // --- notices ------------------------------------------------------------------------------------------------------

  #tellEnd(end: FinalState): void {
    this.#record.audit.ended(end);
    const kind = NOTICE_OF_END[end];
    const view = this.#record.view();
    const reason = end === 'denied' ? denials(view).join(' ') : (view.timeline.at(-1)?.text ?? '');
    if (kind !== null) this.#notices.tell(kind, this.#record.parties(), { reason });
    this.#tellOperators(end);
  }

  #failing(failure: Failure, nextAtMs: number): void {
    this.#record.failing(failure, nextAtMs);
    this.#tellOperators(failure.code);
  }

  /** Where a person has to look; once for each occasion. */
  #tellOperators(occasion: string): void {
    const { needsAttention } = this.#record.view();
    if (needsAttention.length > 0)
      this.#notices.tell('needs-attention', 'operators', { occasion, reason: needsAttention.join(' ') });
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

  /** A decision is about the extension whose digest it names, and about the request in all other cases. */
  #approvalFor(command: DecisionCommand): RequestApproval {
    return this.#term.approvalFor(command) ?? this.#approval;
  }

  /** What somebody may hand on now. */
  #approvalNow(): RequestApproval {
    return this.#term.approval ?? this.#approval;
  }

  #extend(command: ExtendCommand): RequestView {
    this.#term.extend(command);
    return this.#record.view();
  }

  #requireWithdrawable({ actor }: WithdrawCommand): void {
    if (isFinal(this.#record.state)) throw refused('NOT_OPEN', `This request has ended: ${this.#record.state}.`);
    if (this.#record.state === 'ending')
      throw refused(
        'TOO_LATE',
        'The end of this licence has come, and what was held before is being restored already.',
      );
    if (actor.assurance === 'asserted' && this.#record.approval?.assertedDecisions === 'refuse')
      throw refused('ASSERTED_REFUSED', 'The policy lets only people who are signed in end a request.');
  }

  #withdraw(command: WithdrawCommand): RequestView {
    if (this.#record.withdrawal === null) {
      this.#record.withdrawal = command;
      this.#record.audit.withdrawalAsked(command);
      this.#record.note(`${actorText(command.actor)} asks to end the request: ${command.reason}`);
      this.#scope.cancel();
    }
    return this.#record.view();
  }
}

/** What people hear at each end. A refusal is the answer to the submit; *done* was told as assigned and ready. */
const NOTICE_OF_END: Readonly<Record<FinalState, RequestNoticeKind | null>> = {
  ...{ done: null, refused: null, terminated: null },
  ...{ denied: 'denied', expired: 'expired', withdrawn: 'withdrawn', failed: 'failed', ended: 'ended' },
};

/** When the wait for a seat is over at the latest, should every stage take as long as it may. */
function latestSeatAt({ stages, seatWaitMs }: Prepared): number {
  return stages.reduce((until, { rule }) => until + rule.deadlineMs, Date.now() + seatWaitMs);
}

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

function whyNotUndone({ code, message }: Failure): string {
  return code === 'NO_SEATS'
    ? `The seat of what was removed is taken, and what is held now stays. ${message}`
    : message;
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

function actorText(actor: Actor): string {
  const name = actorName(actor);
  return actor.assurance === 'asserted' ? `${name} (asserted)` : name;
}
