/** All that is known of one running request, and how it is shown: the view, the search attributes, the current details. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Approval } from '../domain/approval.js';
import { currentStage, shortfallOf, stillAsked } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { TouchedState } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { ChangePlan } from '../domain/plan.js';
import type {
  ExtensionQuestion,
  FinalState,
  LicenseRequestInput,
  Problem,
  Readiness,
  RequestState,
  RequestView,
  SeatView,
  Term,
  TimelineEntry,
  Undone,
  Wait,
  WithdrawCommand,
} from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import type { NoticesView } from '../contracts/notice.js';
import { storyOf } from '../contracts/request-story.js';
import {
  approversAttribute,
  LICENSE_APPROVERS,
  LICENSE_DUE_AT,
  LICENSE_REQUESTER,
  LICENSE_SKUS,
  LICENSE_STATE,
  LICENSE_SUBJECT,
  listAttribute,
  NEEDS_ATTENTION,
} from '../contracts/search-attributes.js';
import type { CarriedRequest } from './carried-request.js';
import { iso, now } from './instants.js';
import { RequestAudit } from './request-audit.js';

/** Entries kept of a request that had to try very often; the latest are the useful ones. */
const TIMELINE_MAX = 200;

export class RequestRecord {
  state: RequestState = 'checking';
  since = now();
  problems: readonly Problem[] = [];
  requester: Person | null = null;
  subject: Person | null = null;
  plan: ChangePlan | null = null;
  revision = 1;
  approval: Approval | null = null;
  autoApproved: readonly string[] = [];
  seats: readonly SeatView[] = [];
  readiness: Readiness | null = null;
  term: Term | null = null;
  /** The extension that its approvers decide, with a record of its own. */
  extension: { readonly extensionId: string; readonly record: RequestRecord } | null = null;
  waitsFor: Wait | null = null;
  lastFailure: (Failure & { readonly at: string }) | null = null;
  withdrawal: WithdrawCommand | null = null;
  after: TouchedState | null = null;
  wrote = false;
  graphRequestIds: readonly string[] = [];
  undone: readonly Undone[] = [];
  audit: RequestAudit;
  notices: NoticesView = { sent: 0, waiting: [], givenUp: [] };

  readonly #input: LicenseRequestInput;
  #retrying = false;
  #timeline: readonly TimelineEntry[] = [];
  #published = '';

  constructor(input: LicenseRequestInput, carried?: Pick<CarriedRequest, 'view' | 'approval' | 'audit'>) {
    this.#input = input;
    if (carried !== undefined) this.#takeOver(carried);
    this.audit = new RequestAudit(this, input, carried?.audit);
  }

  /** Goes on where the run before this one stood. */
  #takeOver({ view, approval }: Pick<CarriedRequest, 'view' | 'approval'>): void {
    this.state = view.state;
    this.since = view.since;
    this.problems = view.problems;
    this.requester = view.requester;
    this.subject = view.subject;
    this.plan = view.plan;
    this.revision = view.revision;
    this.approval = approval;
    this.autoApproved = view.autoApproved;
    this.seats = view.seats;
    this.readiness = view.readiness;
    this.notices = view.notices;
    this.term = view.term;
    this.waitsFor = view.waitsFor;
    this.lastFailure = view.lastFailure;
    this.withdrawal = view.withdrawal;
    this.after = view.after;
    this.wrote = view.wrote;
    this.graphRequestIds = view.graphRequestIds;
    this.undone = view.undone;
    this.#timeline = view.timeline;
  }

  /** Moves to `state`, or only to another wait within it. */
  enter(state: RequestState, text: string, waitsFor: Wait | null): void {
    if (state !== this.state || this.#timeline.length === 0) {
      this.state = state;
      this.since = now();
      this.note(text);
    }
    this.waitsFor = waitsFor;
    this.#retrying = false;
    this.publish();
  }

  end<F extends FinalState>(state: F, text: string): F {
    this.enter(state, text, null);
    return state;
  }

  /** Shows a failure that is followed by another try at `nextAtMs`. */
  failing(failure: Failure, nextAtMs: number): void {
    if (!this.#retrying || this.lastFailure?.code !== failure.code) this.note(`${failure.code}: ${failure.message}`);
    this.fail(failure);
    this.#retrying = true;
    this.waitsFor = waitFor(meaningOf(failure.code).meaning, iso(nextAtMs), 'it is tried again.');
    this.publish();
  }

  fail(failure: Failure): void {
    this.lastFailure = { ...failure, at: now() };
  }

  note(text: string): void {
    this.#timeline = [...this.#timeline, { at: now(), text }].slice(-TIMELINE_MAX);
  }

  /** Who is told how it goes: who asked and who is licensed, each once. */
  parties(): readonly Person[] {
    const known = [this.requester, this.subject].flatMap((person) => person ?? []);
    return [...new Map(known.map((person) => [person.id, person])).values()];
  }

  /** The approval that people are asked for now: of the request, or of an extension; `null` where none is. */
  deciding(): Approval | null {
    return this.extension?.record.approval ?? (this.#waitsForApproval() ? this.approval : null);
  }

  view(): RequestView {
    const { approval } = this;
    const audit = this.audit.view();
    return {
      requestId: this.#input.request.requestId,
      state: this.state,
      since: this.since,
      request: this.#input.request,
      submittedBy: this.#input.submittedBy,
      requester: this.requester,
      subject: this.subject,
      problems: this.problems,
      plan: this.plan,
      revision: this.revision,
      stages: approval?.stages ?? [],
      stage: this.#waitsForApproval() ? (approval?.stage ?? null) : null,
      autoApproved: this.autoApproved,
      seats: this.seats,
      readiness: this.readiness,
      term: this.term,
      extensionQuestion: this.#extensionQuestion(),
      waitsFor: this.audit.wait() ?? this.extension?.record.waitsFor ?? this.waitsFor,
      lastFailure: this.lastFailure,
      withdrawal: this.withdrawal,
      assertedDecisions: approval?.assertedDecisions ?? null,
      after: this.after,
      wrote: this.wrote,
      graphRequestIds: this.graphRequestIds,
      undone: this.undone,
      needsAttention: this.#needsAttention(),
      notices: this.notices,
      ...(audit !== undefined && { audit }),
      timeline: this.#timeline,
    };
  }

  /** Makes the state visible outside. One upsert for all attributes, and none where nothing changed. */
  publish(): void {
    const current = this.view();
    setCurrentDetails(storyOf(current));
    const deciding = this.deciding();
    const asked = deciding === null ? [] : stillAsked(deciding);
    const attributes = {
      state: current.state,
      approvers: approversAttribute(asked.map(({ id }) => id)),
      skus: listAttribute((this.plan?.skus ?? []).map(({ skuId }) => skuId)),
      dueAt: current.waitsFor?.nextAt ?? null,
      attention: current.needsAttention.length > 0,
    };
    const published = JSON.stringify(attributes);
    if (published === this.#published) return;
    this.#published = published;
    upsertSearchAttributes([
      { key: LICENSE_STATE, value: attributes.state },
      { key: LICENSE_REQUESTER, value: this.requester?.id ?? null },
      { key: LICENSE_SUBJECT, value: this.subject?.id ?? null },
      { key: LICENSE_SKUS, value: attributes.skus },
      { key: LICENSE_APPROVERS, value: attributes.approvers },
      { key: LICENSE_DUE_AT, value: attributes.dueAt === null ? null : new Date(attributes.dueAt) },
      { key: NEEDS_ATTENTION, value: attributes.attention },
    ]);
  }

  #extensionQuestion(): ExtensionQuestion | null {
    const approval = this.extension?.record.approval ?? null;
    if (this.extension === null || approval === null) return null;
    const { digest, stage, stages } = approval;
    return { extensionId: this.extension.extensionId, digest, stage, stages };
  }

  #needsAttention(): readonly string[] {
    const leftOver = this.undone
      .filter(({ outcome }) => outcome === 'not-undone' || outcome === 'left-alone')
      .map(({ step, note }) => `${step} could not be put back: ${note}`);
    const reasons = [...leftOver, ...this.#approversShort(), ...this.audit.needsAttention()];
    if (this.lastFailure === null) return reasons;
    const { code } = this.lastFailure;
    const { handling, remedy } = meaningOf(code);
    const blocked = this.#retrying && handling === 'fix-access';
    const unclear = this.state === 'failed' && (handling === 'look' || code === 'OUTCOME_UNKNOWN');
    return blocked || unclear ? [...reasons, `${code}: ${remedy}`] : reasons;
  }

  /** Also an approval that is asked while a licence is in force. */
  #waitsForApproval(): boolean {
    if (this.approval === null || isFinal(this.state)) return false;
    return this.state === 'waiting-for-approval' || (currentStage(this.approval)?.times ?? null) !== null;
  }

  #approversShort(): readonly string[] {
    const deciding = this.deciding();
    if (deciding === null || shortfallOf(deciding).length === 0) return [];
    const otherwise = this.extension === null ? 'withdraw the request' : 'let the licence end as it was to end';
    return [`Too few approvers are left: mend the directory (they are looked up again), or ${otherwise}.`];
  }
}

export function waitFor(what: string, nextAt: string | null, then: string, who: readonly Person[] = []): Wait {
  return { what, who, nextAt, then };
}
