/**
 * The approval of one running request: its stages in their order, and the decisions and delegations that come in
 * meanwhile. While a stage waits it reminds, escalates, looks whether its people still can decide, and expires.
 */
import type { ApplicationFailure } from '@temporalio/workflow';
import { condition, isCancellation } from '@temporalio/workflow';
import type {
  Approval,
  ApprovalTerms,
  Decision,
  DecisionCommand,
  DelegationCommand,
  StageProgress,
} from '../domain/approval.js';
import {
  checkDecision,
  checkDelegation,
  currentStage,
  delegate,
  delegatesOf,
  escalate,
  expire,
  openApproval,
  openedAgain,
  openRequirements,
  record,
  ruleInForce,
  shortfallOf,
  stillAsked,
  verdictOf,
  withApprovers,
  withoutDelegates,
  withTimes,
} from '../domain/approval.js';
import { shortDigest } from '../domain/digest.js';
import type { Person } from '../domain/person.js';
import { nameOf, namesOf } from '../domain/person.js';
import type { PolicyStage } from '../domain/policy.js';
import type { Alarm, StageClock } from '../domain/stage-clock.js';
import { nextAlarm, setAlarm, startClock } from '../domain/stage-clock.js';
import type {
  Confirmation,
  Preparation,
  RequestState,
  RequestView,
  ResolveApproversInput,
  ResolvedStage,
  Wait,
} from '../contracts/license-request.js';
import type { Audience, RequestNoticeKind } from '../contracts/notice.js';
import type { Pace } from '../contracts/pace.js';
import { approvals, delegationText } from '../contracts/stage-story.js';
import { reading } from './activity-proxies.js';
import { iso, now } from './instants.js';
import { failureOf, keepTrying } from './keep-trying.js';
import { refused } from './refusal.js';
import type { RequestNotices } from './request-notices.js';
import type { RequestRecord } from './request-record.js';
import { waitFor } from './request-record.js';

type Verdict = 'approved' | 'denied' | 'expired';

/** What is shown while it waits. */
export interface Asking {
  readonly state: RequestState;
  /** What becomes of it when nobody decides in time. */
  readonly then: string;
}

const REQUEST: Asking = {
  state: 'waiting-for-approval',
  then: 'the request expires, which counts as a denial.',
};

export class RequestApproval {
  readonly #record: RequestRecord;
  readonly #notices: RequestNotices;
  readonly #pace: Pace;
  #asking: Asking | null = null;
  /** Of the stage that is asked. */
  #clock: StageClock | null = null;
  #isShort = false;
  /** Somebody who was asked turned out to be unable to decide, so the others are looked up now. */
  #doubted = false;
  #told = 0;

  constructor(requestRecord: RequestRecord, notices: RequestNotices, pace: Pace) {
    this.#record = requestRecord;
    this.#notices = notices;
    this.#pace = pace;
  }

  /** The approval of a request that was found to be in order. */
  open({ plan, autoApproved, ...terms }: Extract<Preparation, { outcome: 'ready' }>): void {
    this.#record.autoApproved = autoApproved;
    for (const sentence of autoApproved) this.#record.note(sentence);
    this.openFor({ ...terms, digest: plan.digest });
  }

  /** An approval of anything that has a digest. Decisions about what was asked before count no more. */
  openFor(terms: ApprovalTerms): void {
    this.#record.approval = openApproval(terms);
  }

  /** Asks all stages again, for another plan. */
  openAgain(digest: string): void {
    this.#record.approval = openedAgain(this.#current(), digest);
  }

  /** Asks these stages from the first one on, for another plan. Their people are looked up as each is asked. */
  openInFull(rules: readonly PolicyStage[], digest: string): void {
    const stages = rules.map((rule) => ({ rule, asked: rule.requirements.map(() => []) }));
    this.openFor({ ...this.#current(), stages, digest });
  }

  /** The verdict about the request, which ends with it unless it was approved. */
  async outcome(): Promise<Verdict> {
    const verdict = await this.verdict();
    if (verdict === 'denied') return this.#record.end('denied', 'Denied.');
    if (verdict === 'approved') return verdict;
    const { rule } = this.#stageAt(this.#current().stage);
    return this.#record.end('expired', `Nobody decided in stage "${rule.name}" in time; this counts as a denial.`);
  }

  /** Asks stage by stage. Ends nothing and says nothing of the end: that is the caller's. */
  async verdict(asking: Asking = REQUEST): Promise<Verdict> {
    // The people of the first stage were found a moment ago, by the check; all others may have changed since.
    let known = this.#record.revision === 1 && asking === REQUEST;
    this.#asking = asking;
    try {
      for (;;) {
        const index = this.#current().stage;
        if (currentStage(this.#current()) === null) break;
        if (!known) await this.#findApprovers(index);
        known = false;
        // Those known from the check may have decided while the directory was asked.
        if (this.#waitsIn(index)) await this.#ask(index, asking);
      }
    } finally {
      this.#asking = null;
      this.#clock = null;
    }
    const verdict = verdictOf(this.#current());
    if (verdict === 'waiting') throw new Error('A stage that waits was not asked.');
    return verdict;
  }

  async #ask(index: number, { state }: Asking): Promise<void> {
    const { rule } = this.#stageAt(index);
    this.#isShort = false;
    this.#setClock(index, startClock(rule, Date.now(), this.#pace.approvers.lookAgainMs));
    this.#record.enter(state, `Stage "${rule.name}" is asked.`, this.#wait(this.#stageAt(index)));
    this.#tell('approval-asked', stillAsked(this.#current()));
    await this.#escalateIfShort(index);
    while (this.#waitsIn(index)) await this.#nextEvent(index);
  }

  /** Waits for a decision or for the next time at which the stage acts by itself, and acts. */
  async #nextEvent(index: number): Promise<void> {
    const clock = this.#clockNow();
    const planned = nextAlarm(clock, Date.now());
    const happened = await condition(
      () => !this.#waitsIn(index) || this.#doubted,
      Math.max(1, planned.atMs - Date.now()),
      { summary: `${ALARM_TEXT[planned.alarm]} of stage ${String(index + 1)}` },
    );
    if (!this.#waitsIn(index)) return;
    // A worker that was away for long finds several alarms due.
    const due = happened ? 'look-again' : nextAlarm(clock, Math.max(planned.atMs, Date.now())).alarm;
    await this.#act(index, due);
    this.#show(index);
  }

  async #act(index: number, alarm: Alarm): Promise<void> {
    const { rule } = this.#stageAt(index);
    switch (alarm) {
      case 'expire':
        this.#record.approval = expire(this.#current());
        return;
      case 'escalate':
        return this.#escalate(index, 'Time is running out.');
      case 'remind':
        this.#tell('approval-reminder', stillAsked(this.#current()));
        this.#setAlarm(index, 'remind', rule.remindEveryMs);
        return;
      case 'look-again':
        this.#doubted = false;
        await this.#lookAgain(index, 'approval-asked');
        return this.#escalateIfShort(index);
    }
  }

  #waitsIn(index: number): boolean {
    return this.#current().stage === index && verdictOf(this.#current()) === 'waiting';
  }

  // --- who is asked -------------------------------------------------------------------------------------------------

  async #findApprovers(index: number): Promise<void> {
    const found = await keepTrying(() => reading(this.#pace, 'find approvers').resolveStage(this.#question(index)), {
      pace: this.#pace,
      onRetry: (failure, nextAtMs) => this.#record.failing(failure, nextAtMs),
    });
    // Where the directory cannot be asked, the people known from the check are asked.
    if (found.ok) this.#take(index, found.value);
  }

  /**
   * Asks the directory once; a stage that waits is not held up by it. Whoever is asked from now on is told. Where it
   * cannot be asked, those who are known stay, and it is asked again before long.
   */
  async #lookAgain(index: number, kind: 'approval-asked' | 'approval-escalated'): Promise<void> {
    const before = stillAsked(this.#current());
    const { lookAgainMs } = this.#pace.approvers;
    try {
      const found = await reading(this.#pace, 'look whether the approvers can decide').resolveStage(
        this.#question(index),
      );
      this.#take(index, found);
      this.#setAlarm(index, 'look-again', lookAgainMs);
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { failure } = failureOf(error);
      this.#record.note(`The approvers could not be looked up again: ${failure.message}`);
      this.#setAlarm(index, 'look-again', Math.min(lookAgainMs, this.#pace.again.maxMs));
    }
    if (!this.#waitsIn(index)) return;
    const known = before.map(({ id }) => id);
    this.#tell(
      kind,
      stillAsked(this.#current()).filter(({ id }) => !known.includes(id)),
    );
  }

  #question(index: number): ResolveApproversInput {
    const { requester, subject } = this.#current();
    const stage = this.#stageAt(index);
    return {
      rule: ruleInForce(stage),
      requesterId: requester.id,
      subjectId: subject.id,
      delegates: delegatesOf(stage).map(({ id }) => id),
    };
  }

  #take(index: number, { asked, gone }: ResolvedStage): void {
    const before = this.#stageAt(index).delegations;
    this.#record.approval = withoutDelegates(withApprovers(this.#current(), index, asked), index, gone);
    const { delegations } = this.#stageAt(index);
    for (const { from, to } of before.filter((delegation) => !delegations.includes(delegation)))
      this.#record.note(`${nameOf(to)} can decide no more, so it is with ${nameOf(from)} again.`);
  }

  async #escalateIfShort(index: number): Promise<void> {
    if (!this.#waitsIn(index)) return;
    if (shortfallOf(this.#current()).length > 0) await this.#escalate(index, 'Too few of those asked can decide.');
    const [short] = this.#waitsIn(index) ? shortfallOf(this.#current()) : [];
    if (short !== undefined && !this.#isShort) {
      const { name } = this.#stageAt(index).rule;
      const who = short.left.length === 0 ? 'nobody' : `only ${namesOf(short.left)}`;
      const reason = `Stage "${name}" still needs ${approvals(short.missing)}, and ${who} can decide.`;
      this.#record.note(reason);
      this.#tell('approvers-short', 'operators', reason);
    }
    this.#isShort = short !== undefined;
    this.#show(index);
  }

  /** Once a stage. */
  async #escalate(index: number, because: string): Promise<void> {
    const { rule, escalation } = this.#stageAt(index);
    if (escalation !== null || rule.escalation === null) return;
    this.#record.approval = escalate(this.#current(), { at: now(), because });
    this.#record.note(`Stage "${rule.name}" is escalated: ${because}`);
    this.#setAlarm(index, 'escalate', null);
    await this.#lookAgain(index, 'approval-escalated');
  }

  // --- what is shown and told ---------------------------------------------------------------------------------------

  #setAlarm(index: number, alarm: Exclude<Alarm, 'expire'>, inMs: number | null): void {
    this.#setClock(index, setAlarm(this.#clockNow(), alarm, inMs === null ? null : Date.now() + inMs));
  }

  #setClock(index: number, clock: StageClock): void {
    this.#clock = clock;
    const { remind, escalate: escalates, expire: expires } = clock;
    this.#record.approval = withTimes(this.#current(), index, {
      // What would come after the deadline never comes.
      remindsAt: remind === null || remind >= expires ? null : iso(remind),
      escalatesAt: escalates === null ? null : iso(escalates),
      expiresAt: iso(expires),
    });
  }

  #show(index: number): void {
    const stage = this.#stageAt(index);
    if (this.#waitsIn(index) && stage.times !== null) this.#record.waitsFor = this.#wait(stage);
    this.#record.publish();
  }

  #wait(stage: StageProgress): Wait {
    const open = openRequirements(stage);
    const missing = open.reduce((sum, requirement) => sum + requirement.missing, 0);
    const again = this.#record.revision > 1 ? ' The plan changed after it was approved, so it is asked again.' : '';
    const short = shortfallOf(this.#current()).length > 0 ? ' Too few people are left who can decide.' : '';
    return waitFor(
      `${approvals(missing)} in stage "${stage.rule.name}".${again}${short}`,
      stage.times?.expiresAt ?? null,
      (this.#asking ?? REQUEST).then,
      stillAsked(this.#current()),
    );
  }

  /** Each call is an occasion of its own; ids and numbers only. */
  #tell(kind: RequestNoticeKind, to: Audience, reason?: string): void {
    if (to.length === 0) return;
    const { digest, stage } = this.#current();
    const occasion = `${shortDigest(digest)}-${String(stage)}-${String(++this.#told)}`;
    this.#notices.tell(kind, to, { occasion, ...(reason !== undefined && { reason }) });
  }

  // --- decisions ----------------------------------------------------------------------------------------------------

  /** For the validator: read-only, and synchronous, because a validator's promise would be ignored. */
  requireDecidable(command: DecisionCommand): void {
    const refusal = this.#refusalOf(checkDecision(this.#opened(), command));
    if (refusal !== null) throw refusal;
  }

  async decide(command: DecisionCommand): Promise<RequestView> {
    const stage = currentStage(this.#current());
    if (stage === null || this.#isRepeated(command)) return this.#record.view();
    const index = this.#current().stage;
    const by = await this.#confirm(command.actor.ref, stage);

    // The world went on while the directory was asked: the same rules decide again, at this very moment, and for the
    // stage for which the directory was asked.
    const confirmed: DecisionCommand = {
      ...command,
      actor: { ...command.actor, ref: by.id },
      stage: command.stage ?? index,
    };
    this.requireDecidable(confirmed);
    if (this.#isRepeated(confirmed)) return this.#record.view();
    this.#count(confirmed, by);
    await this.#movedOn(index);
    return this.#record.view();
  }

  /** Whoever decides is shown where the request stands then, not where it stood while it waited for them. */
  async #movedOn(index: number): Promise<void> {
    if (this.#waitsIn(index)) return;
    const stood = this.#record.waitsFor;
    await condition(() => this.#record.waitsFor !== stood || this.#asking === null);
  }

  #isRepeated(command: DecisionCommand): boolean {
    const check = checkDecision(this.#current(), command);
    return check.allowed && 'repeated' in check;
  }

  #count({ actor, verdict, reason }: DecisionCommand, by: Person): void {
    const index = this.#current().stage;
    const { rule } = this.#stageAt(index);
    const decision: Omit<Decision, 'meets'> = {
      by,
      assurance: actor.assurance,
      verdict,
      reason: reason ?? null,
      at: now(),
    };
    this.#record.approval = record(this.#current(), decision);
    this.#record.audit.decided(decision, rule.name, this.#current().digest);
    const how = actor.assurance === 'asserted' ? ' (asserted)' : '';
    const why = reason === undefined ? '' : `, ${reason}`;
    this.#record.note(`${nameOf(by)}${how}: ${verdict} in stage "${rule.name}"${why}.`);
    this.#show(index);
  }

  // --- delegation ---------------------------------------------------------------------------------------------------

  /** For the validator, like {@link requireDecidable}. */
  requireDelegable(command: DelegationCommand): void {
    const refusal = this.#refusalOf(checkDelegation(this.#opened(), command));
    if (refusal !== null) throw refusal;
  }

  async delegate(command: DelegationCommand): Promise<RequestView> {
    const stage = currentStage(this.#current());
    if (stage === null || this.#isDelegated(command)) return this.#record.view();
    const index = this.#current().stage;
    const from = await this.#confirm(command.actor.ref, stage);
    const to = this.#confirmed(
      'DELEGATE_REFUSED',
      await this.#asked(() => reading(this.#pace, 'check the delegate').confirmDelegate({ ref: command.to })),
    );

    // By object ids now: a second name of a person is still that person.
    const confirmed: DelegationCommand = {
      ...command,
      actor: { ...command.actor, ref: from.id },
      to: to.id,
      stage: command.stage ?? index,
    };
    this.requireDelegable(confirmed);
    if (!this.#isDelegated(confirmed)) this.#handOn(confirmed, from, to);
    return this.#record.view();
  }

  #isDelegated(command: DelegationCommand): boolean {
    const check = checkDelegation(this.#current(), command);
    return check.allowed && 'repeated' in check;
  }

  #handOn({ actor, reason }: DelegationCommand, from: Person, to: Person): void {
    const delegation = { from, to, assurance: actor.assurance, reason, at: now() };
    const index = this.#current().stage;
    this.#record.approval = delegate(this.#current(), delegation);
    this.#record.audit.delegated(delegation, this.#stageAt(index).rule.name, this.#current().digest);
    this.#record.note(`Stage "${this.#stageAt(index).rule.name}": ${delegationText(delegation)}`);
    this.#tell('approval-delegated', [to], delegationText(delegation));
    this.#show(index);
  }

  // --- both ---------------------------------------------------------------------------------------------------------

  #refusalOf(
    check: { readonly allowed: true } | { readonly allowed: false; readonly refusal: string; readonly message: string },
  ): ApplicationFailure | null {
    if (!check.allowed) return refused(check.refusal, check.message);
    if ('repeated' in check || (this.#asking !== null && this.#record.withdrawal === null)) return null;
    return refused('NOT_WAITING', 'This request waits for no decision now.');
  }

  async #confirm(ref: string, stage: StageProgress): Promise<Person> {
    const { requester, subject } = this.#current();
    const answer = await this.#asked(() =>
      reading(this.#pace, 'check the approver').confirmDecider({
        rule: ruleInForce(stage),
        requesterId: requester.id,
        subjectId: subject.id,
        ref,
        delegations: stage.delegations.map(({ from, to }) => ({ from: from.id, to: to.id })),
      }),
    );
    // Whoever was asked and cannot decide is missing among those who can.
    this.#doubted ||= !answer.confirmed;
    return this.#confirmed('NOT_ELIGIBLE', answer);
  }

  #confirmed(refusal: string, answer: Confirmation): Person {
    if (answer.confirmed) return answer.by;
    throw refused(refusal, answer.message);
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isCancellation(error)) throw error;
      const { failure } = failureOf(error);
      throw refused('NOT_CHECKED', `The directory could not be asked; nothing was recorded. ${failure.message}`);
    }
  }

  /** For commands: an approval may not be there yet. */
  #opened(): Approval {
    if (this.#record.approval === null) throw refused('NOT_WAITING', 'This request is still being checked.');
    return this.#record.approval;
  }

  #current(): Approval {
    if (this.#record.approval === null) throw new Error('An accepted request has an approval.');
    return this.#record.approval;
  }

  #stageAt(index: number): StageProgress {
    const stage = this.#current().stages[index];
    if (stage === undefined) throw new Error(`There is no stage ${String(index)}.`);
    return stage;
  }

  #clockNow(): StageClock {
    if (this.#clock === null) throw new Error('A stage that is asked has a clock.');
    return this.#clock;
  }
}

const ALARM_TEXT: Readonly<Record<Alarm, string>> = {
  remind: 'reminder',
  escalate: 'escalation',
  'look-again': 'next look at the approvers',
  expire: 'approval deadline',
};
