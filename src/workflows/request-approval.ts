/** The approval of one running request: its stages in their order, and the decisions that come in meanwhile. */
import type { ApplicationFailure } from '@temporalio/workflow';
import { condition, isCancellation } from '@temporalio/workflow';
import type { Approval, Decision, DecisionCommand } from '../domain/approval.js';
import {
  approvalsMissing,
  checkDecision,
  currentStage,
  openApproval,
  record,
  stillAsked,
  verdictOf,
  withApprovers,
} from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import type { PolicyStage } from '../domain/policy.js';
import type { Preparation, RequestView, Wait } from '../contracts/license-request.js';
import type { Pace } from '../contracts/pace.js';
import { reading } from './activity-proxies.js';
import { later, now } from './instants.js';
import { failureOf, keepTrying } from './keep-trying.js';
import { refused } from './refusal.js';
import type { RequestNotices } from './request-notices.js';
import type { RequestRecord } from './request-record.js';
import { waitFor } from './request-record.js';

export class RequestApproval {
  readonly #record: RequestRecord;
  readonly #pace: Pace;

  constructor(requestRecord: RequestRecord, _notices: RequestNotices, pace: Pace) {
    this.#record = requestRecord;
    this.#pace = pace;
  }

  open({ requester, subject, plan, assertedDecisions, stages }: Extract<Preparation, { outcome: 'ready' }>): void {
    this.#record.approval = openApproval({ requester, subject, digest: plan.digest, assertedDecisions, stages });
  }

  /** Asks all stages again, for another plan. */
  openAgain(digest: string): void {
    const { requester, subject, assertedDecisions, stages } = this.#current();
    this.#record.approval = openApproval({ requester, subject, assertedDecisions, stages, digest });
  }

  async outcome(): Promise<'approved' | 'denied' | 'expired'> {
    const again = this.#record.revision > 1;
    for (let first = true; ; first = false) {
      const index = this.#current().stage;
      const stage = currentStage(this.#current());
      if (stage === null) break;
      // The people of the first stage were found a moment ago, by the check; all others may have changed since.
      if (!first || again) await this.#findApprovers(index, stage.rule);
      // Those known from the check may have decided while the directory was asked.
      if (!this.#waitsIn(index)) continue;
      if (!(await this.#decidedInTime(index, stage.rule)))
        return this.#record.end(
          'expired',
          `Nobody decided in stage "${stage.rule.name}" in time; this counts as a denial.`,
        );
    }
    if (verdictOf(this.#current()) === 'denied') return this.#record.end('denied', 'Denied.');
    return 'approved';
  }

  async #decidedInTime(index: number, rule: PolicyStage): Promise<boolean> {
    const until = later(rule.deadlineMs);
    this.#record.enter('waiting-for-approval', `Stage "${rule.name}" is asked.`, this.#wait(until));
    return condition(() => !this.#waitsIn(index), rule.deadlineMs, {
      summary: `approval deadline of stage ${String(index + 1)}`,
    });
  }

  #waitsIn(index: number): boolean {
    return this.#current().stage === index && verdictOf(this.#current()) === 'waiting';
  }

  async #findApprovers(index: number, rule: PolicyStage): Promise<void> {
    const { requester, subject } = this.#current();
    const found = await keepTrying(
      () =>
        reading(this.#pace, 'find approvers').resolveStage({ rule, requesterId: requester.id, subjectId: subject.id }),
      { pace: this.#pace, onRetry: (failure, nextAtMs) => this.#record.failing(failure, nextAtMs) },
    );
    // Where the directory cannot be asked, the people known from the check are asked.
    if (found.ok) this.#record.approval = withApprovers(this.#current(), index, found.value);
  }

  #wait(until: string): Wait {
    const approval = this.#current();
    const missing = approvalsMissing(approval).reduce((sum, n) => sum + n, 0);
    const people = stillAsked(approval);
    const again = this.#record.revision > 1 ? ' The plan changed after it was approved, so it is asked again.' : '';
    const short =
      people.length < missing ? ` Only ${String(people.length)} can still be asked; an operator should look.` : '';
    const name = currentStage(approval)?.rule.name ?? '';
    return waitFor(
      `${String(missing)} ${missing === 1 ? 'approval' : 'approvals'} in stage "${name}".${again}${short}`,
      until,
      'the request expires, which counts as a denial.',
      people,
    );
  }

  // --- decisions ----------------------------------------------------------------------------------------------------

  /** For the validator: read-only, and synchronous, because a validator's promise would be ignored. */
  requireDecidable(command: DecisionCommand): void {
    const refusal = this.#refusalOf(command);
    if (refusal !== null) throw refusal;
  }

  async decide(command: DecisionCommand): Promise<RequestView> {
    const stage = currentStage(this.#current());
    if (stage === null || this.#isRepeated(command)) return this.#record.view();
    const by = await this.#confirm(command, stage.rule);

    // The world went on while the directory was asked: the same rules decide again, at this very moment.
    const confirmed: DecisionCommand = { ...command, actor: { ...command.actor, ref: by.id } };
    this.requireDecidable(confirmed);
    if (this.#isRepeated(confirmed)) return this.#record.view();
    const index = this.#current().stage;
    this.#count(confirmed, by);
    await this.#movedOn(index);
    return this.#record.view();
  }

  /** Whoever decides is shown where the request stands then, not where it stood while it waited for them. */
  async #movedOn(index: number): Promise<void> {
    if (this.#waitsIn(index)) return;
    const stood = this.#record.waitsFor;
    await condition(() => this.#record.waitsFor !== stood);
  }

  #isRepeated(command: DecisionCommand): boolean {
    const check = checkDecision(this.#current(), command);
    return check.allowed && 'repeated' in check;
  }

  #refusalOf(command: DecisionCommand): ApplicationFailure | null {
    const { approval, state, withdrawal } = this.#record;
    if (approval === null) return refused('NOT_WAITING', 'This request is still being checked.');
    const check = checkDecision(approval, command);
    if (!check.allowed) return refused(check.refusal, check.message);
    if ('repeated' in check || (state === 'waiting-for-approval' && withdrawal === null)) return null;
    return refused('NOT_WAITING', 'This request waits for no decision now.');
  }

  #count({ actor, verdict, reason }: DecisionCommand, by: Person): void {
    const stage = currentStage(this.#current());
    const decision: Omit<Decision, 'meets'> = {
      by,
      assurance: actor.assurance,
      verdict,
      reason: reason ?? null,
      at: now(),
    };
    this.#record.approval = record(this.#current(), decision);
    const how = actor.assurance === 'asserted' ? ' (asserted)' : '';
    const why = reason === undefined ? '' : `, ${reason}`;
    this.#record.note(`${nameOf(by)}${how}: ${verdict} in stage "${stage?.rule.name ?? ''}"${why}.`);
    const until = this.#record.waitsFor?.nextAt;
    if (until && currentStage(this.#current()) === stage) this.#record.waitsFor = this.#wait(until);
    this.#record.publish();
  }

  async #confirm({ actor }: DecisionCommand, rule: PolicyStage): Promise<Person> {
    const { requester, subject } = this.#current();
    const answer = await this.#asked(() =>
      reading(this.#pace, 'check the approver').confirmDecider({
        rule,
        requesterId: requester.id,
        subjectId: subject.id,
        ref: actor.ref,
      }),
    );
    if (answer.confirmed) return answer.by;
    throw refused('NOT_ELIGIBLE', answer.message);
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

  #current(): Approval {
    if (this.#record.approval === null) throw new Error('An accepted request has an approval.');
    return this.#record.approval;
  }
}
