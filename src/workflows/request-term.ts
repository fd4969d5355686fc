/**
 * A licence with an end, from the moment in which it is assigned: it sleeps until the next reminder or its end, the end may
 * be moved meanwhile, and then the person gets back what was there before.
 */
import { CancellationScope, CancelledFailure, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { ExtendCommand, Extension, LicenseRequestInput, Term, Undone } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import { afterTheEnd, utc } from '../contracts/request-story.js';
import type { DecisionCommand } from '../domain/approval.js';
import { actorName } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import type { Person } from '../domain/person.js';
import { isPerson } from '../domain/person.js';
import type { ChangePlan } from '../domain/plan.js';
import type { PolicyStage } from '../domain/policy.js';
import { checkExtension, extensionDigest, noticeInstants } from '../domain/term.js';
import { ExtensionRecord } from './extension-record.js';
import { iso, now } from './instants.js';
import { refused } from './refusal.js';
import { RequestApproval } from './request-approval.js';
import type { RequestNotices } from './request-notices.js';
import type { RequestRecord } from './request-record.js';
import { waitFor } from './request-record.js';
import type { SeatHolder } from './seat-holder.js';
import type { StepDownObserver } from './step-down.js';
import { stepDown } from './step-down.js';
import { locationOrder, restoreUsageLocation } from './usage-location.js';

export interface TermParts {
  readonly input: LicenseRequestInput;
  /** Whether this run continues another one, so that its history is a sleeper's own. */
  readonly continued: boolean;
  readonly record: RequestRecord;
  readonly notices: RequestNotices;
  readonly seats: SeatHolder;
  /** Who decides about an extension; an extension may come before the run has got to {@link RequestTerm.lasts}. */
  readonly stagesInFull: () => readonly PolicyStage[];
  /** Shows a failure that is followed by another try at `nextAtMs`. */
  readonly failing: (failure: Failure, nextAtMs: number) => void;
}

/** An extension that its approvers decide. */
interface Asking {
  readonly extension: Extension;
  readonly record: ExtensionRecord;
  readonly approval: RequestApproval;
  readonly scope: CancellationScope;
}

export class RequestTerm {
  readonly #parts: TermParts;
  #asking: Asking | null = null;
  /** The extension that was asked last; a decision about it may come twice. */
  #asked: Asking | null = null;
  /** Counts what the sleeper has to be woken for. */
  #moves = 0;

  constructor(parts: TermParts) {
    this.#parts = parts;
  }

  /** The clock starts: the licence was seen. Returns the end. */
  begin(endsAt: number): number {
    const term = this.#term();
    this.#set({
      inForce: { since: now(), until: iso(endsAt) },
      noticesAt: noticeInstants(endsAt, term.rule, Date.now()).map(iso),
    });
    return endsAt;
  }

  /**
   * Sleeps until the end and restores what was there before. `afresh` says that the licence is in force, and that the
   * request shall go on in a new run, so that a sleeper has a history of its own that stays short.
   *
   * A cancellation ends the licence early, with exactly the licences from before, and passes through.
   */
  async lasts(seatWaitMs: number): Promise<'ended' | 'afresh'> {
    try {
      const slept = await this.#sleep();
      if (slept === 'afresh') return slept;
    } catch (error) {
      if (!isCancellation(error)) throw error;
      this.#drop();
      await CancellationScope.nonCancellable(() => this.#takeBack('undoing', seatWaitMs));
      throw error;
    }
    this.#drop();
    await CancellationScope.nonCancellable(() => this.#takeBack('ending', seatWaitMs));
    const restored = this.#parts.record.undone.every(
      ({ outcome }) => outcome !== 'left-alone' && outcome !== 'not-undone',
    );
    return this.#parts.record.end(
      'ended',
      restored ? 'Ended, and what is held now was seen by reading it back.' : 'Ended; a person has to look at it.',
    );
  }

  /** Whether approvers decide about an extension, which no new run could go on with. */
  get isAsking(): boolean {
    return this.#asking !== null;
  }

  /** The approval of the extension that is asked for, or `null`. */
  get approval(): RequestApproval | null {
    return this.#asking?.approval ?? null;
  }

  /** The approval that this decision is about, or `null` where it is about no extension. */
  approvalFor({ digest }: DecisionCommand): RequestApproval | null {
    return this.#asked?.record.approval?.digest === digest ? this.#asked.approval : null;
  }

  // --- asleep -------------------------------------------------------------------------------------------------------

  async #sleep(): Promise<'over' | 'afresh'> {
    for (;;) {
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the licence ends early');
      this.#remind();
      const { until } = this.#inForce();
      if (Date.parse(until) <= Date.now()) return 'over';
      const [notice] = this.#term().noticesAt;
      const nextAt = notice ?? until;
      this.#parts.record.enter('active', `In force until ${utc(until)}.`, this.#wait(nextAt));
      if (this.#mayStartAfresh()) return 'afresh';
      const moves = this.#moves;
      await condition(() => this.#moves !== moves, Date.parse(nextAt) - Date.now(), {
        summary: notice === undefined ? 'end of the licence' : 'reminder of the end',
      });
    }
  }

  #mayStartAfresh(): boolean {
    const due = !this.#parts.continued || workflowInfo().continueAsNewSuggested;
    return due && !this.isAsking;
  }

  #wait(nextAt: string) {
    const { until } = this.#inForce();
    const { plan } = this.#parts.record;
    const end = plan === null ? '' : afterTheEnd(plan, this.#term().stepDownTo);
    return waitFor(
      `its end at ${utc(until)}. ${end}`,
      nextAt,
      nextAt === until ? 'the licence ends.' : 'people are reminded of the end.',
    );
  }

  /** One reminder for all that are due: whoever was not reached in time hears it once. */
  #remind(): void {
    const { noticesAt, noticesGivenAt } = this.#term();
    const due = noticesAt.filter((at) => Date.parse(at) <= Date.now());
    const last = due.at(-1);
    if (last === undefined) return;
    const { until } = this.#inForce();
    this.#set({
      noticesAt: noticesAt.filter((at) => !due.includes(at)),
      noticesGivenAt: [...noticesGivenAt, last],
    });
    // Where the worker was away for so long that the end has come too, that is what people hear.
    if (Date.parse(until) <= Date.now()) return;
    this.#parts.record.note(`Reminder: the licence ends at ${utc(until)}.`);
    this.#parts.notices.tell('ending-soon', this.#parties(), { occasion: last });
  }

  // --- the end ------------------------------------------------------------------------------------------------------

  /** At the end the policy's product may take the place of what was given; an early end restores the former state. */
  async #takeBack(state: 'ending' | 'undoing', seatWaitMs: number): Promise<void> {
    const { input, record, seats } = this.#parts;
    const { plan } = record;
    if (plan === null) throw new Error('A licence in force has a plan.');
    const stepDownTo = state === 'ending' ? this.#term().stepDownTo : null;
    record.enter(
      state,
      state === 'ending' ? 'Its end has come.' : 'It ends early, and what was there before is restored.',
      waitFor('Microsoft Graph.', null, 'what is held then is read back.'),
    );
    // Who extended it, or who ends it early, is recorded before anything is changed.
    await record.audit.recorded();
    const order = { plan, stepDownTo, seatsUntilMs: Date.now() + seatWaitMs, pace: input.pace };
    const { licences, after } = await stepDown(order, seats, this.#observer(state));
    record.audit.restored(plan, licences, after);
    record.undone = [...record.undone, licences];
    if (after === null) return;
    record.after = after;
    const location = await this.#takeBackLocation(plan);
    if (location !== null) record.undone = [...record.undone, location];
  }

  /** The location that came with the licence is where the person is by now; it goes only with their last licence. */
  async #takeBackLocation(plan: ChangePlan): Promise<Undone | null> {
    const { input, failing } = this.#parts;
    const location = locationOrder(plan, input.pace);
    if (location === null) return null;
    if (location.from === null) return restoreUsageLocation(location, false, failing);
    return { step: `usage location ${location.to}`, outcome: 'kept', note: 'It is where the person is by now.' };
  }

  #observer(state: 'ending' | 'undoing'): StepDownObserver {
    const { record, notices, failing } = this.#parts;
    const enter = (what: string, nextAtMs: number | null, then: string) =>
      record.enter(state, '', waitFor(what, nextAtMs === null ? null : iso(nextAtMs), then));
    return {
      waitingForSeats: (skus, untilMs) => {
        const names = skus.map(({ name }) => name).join(' and ');
        enter(
          `a free seat of ${names}, which is to be given back; the licence stays meanwhile.`,
          untilMs,
          'nothing is taken away, and the operators are told.',
        );
      },
      stillWaitingForSeats: () => notices.tell('waiting-for-seat', this.#parties(), { occasion: state }),
      writing: () => enter('Microsoft Graph.', null, 'the user is read back.'),
      verifying: (nextAtMs) => enter('the directory to show the change.', nextAtMs, 'the user is read again.'),
      failing,
      perhapsWrote: () => undefined,
      accepted: (id) => {
        record.graphRequestIds = [...record.graphRequestIds, id];
      },
    };
  }

  // --- extensions ---------------------------------------------------------------------------------------------------

  /** For the validator: read-only, and synchronous. */
  requireExtendable(command: ExtendCommand): void {
    const { record } = this.#parts;
    const { actor, extensionId } = command;
    const { term, state, requester, subject } = record;
    if (term === null && record.approval !== null)
      throw refused('NO_END', 'This licence has no end that could be moved.');
    if (isFinal(state)) throw refused('NOT_OPEN', `This request has ended: ${state}.`);
    if (actor.assurance === 'asserted' && record.approval?.assertedDecisions === 'refuse')
      throw refused('ASSERTED_REFUSED', 'The policy lets only people who are signed in extend a licence.');
    if (![requester, subject].some((person) => person !== null && isPerson(person, actor.ref)))
      throw refused(
        'NOT_A_PARTY',
        `Only who asked for the licence or holds it may extend it, and ${actor.ref} did neither.`,
      );
    const known = term?.extensions.find((extension) => extension.extensionId === extensionId);
    if (known !== undefined) return requireSame(known, command);
    if (state === 'ending' || state === 'undoing')
      throw refused('TOO_LATE', 'The end of this licence has come already.');
    if (term?.inForce === null || term === null || state !== 'active')
      throw refused('NOT_IN_FORCE', 'This licence is not in force yet, so there is no end to move.');
    if (this.#asking !== null)
      throw refused('EXTENSION_ASKED', 'An extension waits for its approvers already; nothing was added to it.');
    const check = this.#check(command);
    if (!check.allowed) throw refused(check.refusal, check.message);
  }

  extend(command: ExtendCommand): void {
    const { extensionId, actor, reason } = command;
    const check = this.#check(command);
    if (this.#term().extensions.some((known) => known.extensionId === extensionId) || !check.allowed) return;
    const extension: Extension = {
      ...{ extensionId, actor, reason, from: this.#inForce().until, until: iso(check.endsAt), askedAt: now() },
      state: 'asked',
    };
    this.#set({ extensions: [...this.#term().extensions, extension] });
    this.#parts.record.audit.extensionAsked(extension);
    const name = actorName(actor);
    const who = actor.assurance === 'asserted' ? `${name} (asserted)` : name;
    this.#parts.record.note(`${who} asks to extend it until ${utc(extension.until)}: ${reason}`);
    if (check.approval) this.#ask(extension);
    else this.#settle(extension, 'granted');
  }

  #check({ end }: ExtendCommand) {
    const { rule, extensions } = this.#term();
    const { since, until } = this.#inForce();
    const earlier = extensions.filter(({ state }) => state === 'granted').length;
    return checkExtension(rule, { since: Date.parse(since), endsAt: Date.parse(until), earlier }, end);
  }

  #ask(extension: Extension): void {
    const { input, record, notices } = this.#parts;
    const own = new ExtensionRecord(record, input);
    const approval = new RequestApproval(own, notices, input.pace);
    const asking: Asking = { extension, record: own, approval, scope: new CancellationScope() };
    [this.#asking, this.#asked] = [asking, asking];
    record.extension = { extensionId: extension.extensionId, record: own };
    void this.#decided(asking);
  }

  async #decided(asking: Asking): Promise<void> {
    const { extension, record: own, scope } = asking;
    const outcome = await scope
      .run(() => this.#verdict(asking))
      .catch((error: unknown) => {
        if (isCancellation(error)) return 'dropped' as const;
        throw error;
      });
    // Whoever decided last is answered now.
    own.state = outcome === 'approved' ? 'done' : 'expired';
    own.waitsFor = null;
    this.#asking = null;
    this.#parts.record.extension = null;
    this.#settle(extension, outcome === 'approved' ? 'granted' : outcome);
  }

  /** All stages of the policy decide, also where a rule approved the request itself; with the people who can now. */
  async #verdict({ extension, approval }: Asking) {
    const { plan, approval: first } = this.#parts.record;
    if (first === null || plan === null) throw new Error('A licence in force was approved.');
    const { extensionId, from, until } = extension;
    const stages = this.#parts.stagesInFull().map((rule) => ({ rule, asked: rule.requirements.map(() => []) }));
    const digest = extensionDigest({ extensionId, planDigest: plan.digest, from, until });
    approval.openFor({ ...first, stages, digest });
    return approval.verdict({
      state: 'waiting-for-approval',
      then: 'the extension is not granted, and the licence ends as planned.',
    });
  }

  #settle(extension: Extension, outcome: Exclude<Extension['state'], 'asked'>): void {
    const { record, notices } = this.#parts;
    // Approved in the very moment in which the licence ended.
    const state = outcome === 'granted' && record.state !== 'active' ? 'dropped' : outcome;
    const { extensionId, until } = extension;
    const { extensions, rule } = this.#term();
    record.audit.extensionSettled(extension, state);
    this.#set({ extensions: extensions.map((one) => (one.extensionId === extensionId ? { ...one, state } : one)) });
    const about = {
      occasion: `extension/${extensionId}`,
      reason: `The extension until ${utc(until)} was ${WORD[state]}.`,
    };
    record.note(about.reason);
    if (state === 'granted') {
      this.#set({
        inForce: { ...this.#inForce(), until },
        noticesAt: noticeInstants(Date.parse(until), rule, Date.now()).map(iso),
      });
      notices.tell('extended', this.#parties(), about);
    } else if (state !== 'dropped') notices.tell(state, this.#parties(), about);
    this.#moves += 1;
    record.publish();
  }

  /** An end does not wait for approvers: the licence ends as it was to end without them. */
  #drop(): void {
    this.#asking?.scope.cancel();
  }

  // --- what is recorded ---------------------------------------------------------------------------------------------

  #parties(): readonly Person[] {
    return this.#parts.record.parties();
  }

  #term(): Term {
    const { term } = this.#parts.record;
    if (term === null) throw new Error('This licence has no end.');
    return term;
  }

  #inForce(): NonNullable<Term['inForce']> {
    const { inForce } = this.#term();
    if (inForce === null) throw new Error('This licence is not in force.');
    return inForce;
  }

  #set(changes: Partial<Term>): void {
    this.#parts.record.term = { ...this.#term(), ...changes };
  }
}

const WORD: Readonly<Record<Exclude<Extension['state'], 'asked'>, string>> = {
  granted: 'granted',
  denied: 'denied',
  expired: 'not decided in time',
  dropped: 'not decided before the licence ended',
};

/** The same extension again is no second one; another content under its id is refused. */
function requireSame(known: Extension, { end, reason }: ExtendCommand): void {
  const untilMs = 'untilMs' in end ? end.untilMs : Date.parse(known.from) + end.byMs;
  if (iso(untilMs) === known.until && reason === known.reason) return;
  throw refused('EXTENSION_DIFFERS', 'This extension id stands for another extension. Use a new id.');
}
