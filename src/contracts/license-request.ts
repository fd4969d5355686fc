/**
 * A licence request as it crosses process boundaries: how it is submitted, decided, withdrawn, looked at, and what it
 * leaves behind.
 */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Actor, DecisionCommand, DelegationCommand, Stage, StageProgress } from '../domain/approval.js';
import { approversOf } from '../domain/approval.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import type { PlanId, SkuId, TouchedState } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { ChangePlan, SkuFacts } from '../domain/plan.js';
import type { PolicyStage, SeatPriority, TermRule } from '../domain/policy.js';
import type { NewEnd } from '../domain/term.js';
import { digestOf } from '../domain/digest.js';
import type { NoticesView } from './notice.js';
import type { Pace } from './pace.js';

export const LICENSE_REQUEST = 'licenseRequest';

/** What a request id may be. It becomes a workflow id, which no codec encrypts, so no mail address fits in. */
export const REQUEST_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** One product that is wanted, and which of its plans shall be off. */
export interface WantedProduct {
  readonly sku: string;
  readonly disabledPlans: readonly string[];
  /** Plans that shall be on although *keep* would leave them off. Names or ids. */
  readonly enabledPlans?: readonly string[];
  /** Carry over what is off in the products that are removed, or in this product where it is held already. */
  readonly keepPlans?: boolean;
}

/** What a person asks for. Products and plans may be named by GUID or by part number / plan name. */
export interface LicenseRequest {
  /** {@link REQUEST_ID} */
  readonly requestId: string;
  /** Object id or user principal name of who asks. */
  readonly requester: string;
  /** Object id or user principal name of who shall hold the licences. */
  readonly subject: string;
  readonly add: readonly WantedProduct[];
  readonly remove: readonly string[];
  /** Services (names of service families, or plans) that may be lost; a swap that would lose another one is refused. */
  readonly losing?: readonly string[];
  /** How long the licence is wanted, in milliseconds from the moment in which it is assigned; missing for no end. */
  readonly termMs?: number;
  /** Until when the licence is wanted, ISO 8601; instead of `termMs`. */
  readonly endsAt?: string;
  /** Set this usage location (two letters) first; without it the user's own is left as it is. */
  readonly usageLocation?: string;
  readonly justification: string;
}

export interface LicenseRequestInput {
  readonly request: LicenseRequest;
  /** {@link requestDigest} of `request`. */
  readonly digest: string;
  readonly submittedBy: Actor;
  readonly pace: Pace;
  /** The batch that started it, which is told the answer; missing for a request that was submitted alone. */
  readonly batch?: BatchMembership;
}

export interface BatchMembership {
  readonly batchId: string;
  /** Its place among the people of the batch, from 1. */
  readonly number: number;
}

/**
 * - `checking`: validation is under way.
 * - `waiting-for-approval`, `waiting-for-seat`: as they say.
 * - `preparing`: approved; seats are counted and the snapshot is taken.
 * - `writing`: the change is being made; `verifying`: it was accepted and no read shows it yet.
 * - `assigned`: the directory shows it, and not all of its services have reported that they are ready.
 * - `active`: a licence with an end that is in force; `ending`: its end has come and the former state is being restored.
 * - `undoing`: what was made is being taken back.
 * - The others are final; `ended`: a licence with an end, after it.
 */
export type RequestState =
  | 'checking'
  | 'waiting-for-approval'
  | 'preparing'
  | 'waiting-for-seat'
  | 'writing'
  | 'verifying'
  | 'assigned'
  | 'active'
  | 'ending'
  | 'undoing'
  | FinalState;

export type FinalState = (typeof FINAL_STATES)[number];

/** `terminated`: ended by force in Temporal, which takes nothing back; the workflow itself never says it. */
const FINAL_STATES = ['done', 'ended', 'refused', 'denied', 'expired', 'withdrawn', 'failed', 'terminated'] as const;

export function isFinal(state: RequestState): state is FinalState {
  return FINAL_STATES.some((final) => final === state);
}

export type ProblemCode =
  | FailureCode
  | 'EMPTY_REQUEST'
  | 'MALFORMED_REQUEST'
  | 'SAME_SKU_ADDED_AND_REMOVED'
  | 'NOT_REQUESTABLE'
  | 'ACCOUNT_DISABLED'
  | 'NO_ELIGIBLE_APPROVER'
  | 'POLICY_INVALID'
  | 'SERVICE_LOST'
  | 'PLAN_UNCLEAR'
  | 'TERM_REFUSED';

/** Why a request is refused: the thing by name, and what to do about it. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly remedy: string;
}

export interface SubmitAnswer {
  readonly outcome: 'accepted' | 'refused';
  readonly problems: readonly Problem[];
  readonly state: RequestState;
  readonly waitsFor: Wait | null;
}

/** What an open request waits for, who can move it, and what it does by itself. */
export interface Wait {
  /** One sentence. */
  readonly what: string;
  /** People who can move it on; empty where it needs nobody. */
  readonly who: readonly Person[];
  /** When the request next acts by itself, ISO 8601 in UTC. */
  readonly nextAt: string | null;
  /** What it does then. */
  readonly then: string;
}

/** How far the seat of one product is. */
export interface SeatView {
  readonly skuId: SkuId;
  readonly name: string;
  /**
   * `asked`: its pool has not answered; the position in the wait-list is a question to the pool. `held`: promised to this
   * request. `used`: the licence is assigned. `given-back`: not needed any more.
   */
  readonly state: 'asked' | 'held' | 'used' | 'given-back';
  /** Since when, ISO 8601 in UTC. */
  readonly since: string;
}

/** Whether the services of what was assigned report that they are provisioned. *Assigned* is what the directory shows. */
export interface Readiness {
  readonly state: 'waiting' | 'ready' | 'not-reported';
  /** Since when, ISO 8601 in UTC. */
  readonly since: string;
  /** Plans that are on and not ready, by name, as last read. */
  readonly pending: readonly string[];
}

/** One move of the end of a licence. */
export interface Extension {
  readonly extensionId: string;
  readonly actor: Actor;
  readonly reason: string;
  /** The end before and after it, ISO 8601 in UTC. */
  readonly from: string;
  readonly until: string;
  readonly askedAt: string;
  /** `asked`: its approvers decide. `dropped`: the licence ended before they had. */
  readonly state: 'asked' | 'granted' | 'denied' | 'expired' | 'dropped';
}

/** A licence with an end: the rule it was given under, and how far it is. */
export interface Term {
  readonly rule: TermRule;
  /** The product that the policy steps down to, or `null` where the former state is restored. */
  readonly stepDownTo: SkuFacts | null;
  /** From when until when it is in force, ISO 8601 in UTC; `null` until it is assigned. */
  readonly inForce: { readonly since: string; readonly until: string } | null;
  /** When people are reminded of the end, and when they were. */
  readonly noticesAt: readonly string[];
  readonly noticesGivenAt: readonly string[];
  readonly extensions: readonly Extension[];
}

/** What the approvers of an extension are asked. The licence runs on meanwhile. */
export interface ExtensionQuestion {
  readonly extensionId: string;
  readonly digest: string;
  readonly stages: readonly StageProgress[];
  /** Index of the stage that waits. */
  readonly stage: number;
}

export interface TimelineEntry {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly text: string;
}

/** One step that was taken back, or could not be. */
export interface Undone {
  readonly step: string;
  /**
   * - `left-alone`: someone else changed it meanwhile. `not-undone`: it could not be put back. Both need a person.
   * - `kept`: left in place on purpose, with the reason in the note.
   */
  readonly outcome: 'undone' | 'nothing-to-undo' | 'kept' | 'left-alone' | 'not-undone';
  readonly note: string;
}

/** Everything there is to know about a request. Complete enough to explain it and to take it back. */
export interface RequestView {
  readonly requestId: string;
  readonly state: RequestState;
  /** Since when it is in this state, ISO 8601 in UTC. */
  readonly since: string;
  readonly request: LicenseRequest;
  readonly submittedBy: Actor;
  readonly requester: Person | null;
  readonly subject: Person | null;
  readonly problems: readonly Problem[];
  readonly plan: ChangePlan | null;
  /** How often the plan had to be made again because the tenant changed. */
  readonly revision: number;
  readonly stages: readonly StageProgress[];
  /** Index of the stage that waits, or `null` where none does. */
  readonly stage: number | null;
  /** Why nobody was asked for products that the policy approves by itself, as sentences. */
  readonly autoApproved: readonly string[];
  readonly seats: readonly SeatView[];
  /** `null` until something was assigned. */
  readonly readiness: Readiness | null;
  /** `null` for a licence without an end. */
  readonly term: Term | null;
  /** The extension that waits for approval, or `null`. */
  readonly extensionQuestion: ExtensionQuestion | null;
  readonly waitsFor: Wait | null;
  readonly lastFailure: (Failure & { readonly at: string }) | null;
  /** Who asked to end it and why; what was made is taken back before it ends. */
  readonly withdrawal: WithdrawCommand | null;
  /** Whether acts on the word of a terminal count for this request; `null` until it is checked. */
  readonly assertedDecisions: 'allow' | 'refuse' | null;
  /** Direct state of the touched SKUs as a read showed it at the end. */
  readonly after: TouchedState | null;
  /** Whether licenseflow made the change; false where everything was as wanted already. */
  readonly wrote: boolean;
  /** Graph's request ids of the writes. */
  readonly graphRequestIds: readonly string[];
  readonly undone: readonly Undone[];
  /** Why a person has to look, as sentences; empty where nobody has to. */
  readonly needsAttention: readonly string[];
  readonly notices: NoticesView;
  readonly timeline: readonly TimelineEntry[];
}

/** What a completed request leaves behind: its last view. */
export type LicenseRequestResult = RequestView & { readonly state: FinalState };

/** `ApplicationFailure.type` of a refused run, so that a corrected request may use the id again. */
export const REQUEST_REFUSED = 'REQUEST_REFUSED';
/** `ApplicationFailure.type` of a run whose change could not be made. Its details hold the {@link LicenseRequestResult}. */
export const REQUEST_FAILED = 'REQUEST_FAILED';
/** `ApplicationFailure.type` of a submit whose content is not the one this request id stands for. */
export const REQUEST_DIFFERS = 'REQUEST_DIFFERS';

/** Submits the content with this digest; answers once the request is checked. */
export const submit = defineUpdate<SubmitAnswer, [digest: string]>('submit');
export const decide = defineUpdate<RequestView, [command: DecisionCommand]>('decide');
/** Lets somebody else decide in the stage that waits. */
export const delegate = defineUpdate<RequestView, [command: DelegationCommand]>('delegate');

export interface WithdrawCommand {
  readonly actor: Actor;
  readonly reason: string;
}
/** Asks the request to end. Answers at once with the state; what was made is taken back afterwards. */
export const withdraw = defineUpdate<RequestView, [command: WithdrawCommand]>('withdraw');

export interface ExtendCommand {
  /** Tells two extensions apart: the same one again counts once. */
  readonly extensionId: string;
  readonly actor: Actor;
  readonly end: NewEnd;
  readonly reason: string;
}
/** Moves the end of a licence that is in force, or asks its approvers to. Answers at once. */
export const extend = defineUpdate<RequestView, [command: ExtendCommand]>('extend');
export const view = defineQuery<RequestView>('view');

/** What can be decided now: the plan, or the extension of a licence that is in force. */
export function questionOf(view: RequestView): { readonly digest: string; readonly stage: number | null } | null {
  const { extensionQuestion, plan, stage } = view;
  if (extensionQuestion !== null) return { digest: extensionQuestion.digest, stage: extensionQuestion.stage };
  return plan === null ? null : { digest: plan.digest, stage };
}

/** Name of the stage that waits for a decision of this person, or `null`. */
export function stageAsking(
  view: Pick<RequestView, 'stage' | 'stages' | 'extensionQuestion' | 'withdrawal'>,
  approverId: string,
): string | null {
  const { stage, stages } = view.extensionQuestion ?? view;
  const waiting = stage === null || view.withdrawal !== null ? undefined : stages[stage];
  if (waiting === undefined) return null;
  const isAsked = approversOf(waiting).some(({ id }) => id === approverId);
  const hasDecided = waiting.decisions.some(({ by }) => by.id === approverId);
  return isAsked && !hasDecided ? waiting.rule.name : null;
}

export function licenseRequestWorkflowId(requestId: string): string {
  return `license-request/${requestId}`;
}

/** Which request this is, whatever the order of its lists and the case of its ids. */
export function requestDigest(request: LicenseRequest): string {
  const same = (text: string) => text.trim().toLowerCase();
  return digestOf({
    requestId: request.requestId,
    requester: same(request.requester),
    subject: same(request.subject),
    add: request.add
      .map(({ sku, disabledPlans, enabledPlans = [], keepPlans = false }) => ({
        sku: same(sku),
        disabledPlans: disabledPlans.map(same).sort(),
        enabledPlans: enabledPlans.map(same).sort(),
        keepPlans,
      }))
      .sort((a, b) => (a.sku < b.sku ? -1 : 1)),
    remove: request.remove.map(same).sort(),
    losing: (request.losing ?? []).map(same).sort(),
    termMs: request.termMs ?? null,
    endsAt: request.endsAt ?? null,
    usageLocation: request.usageLocation === undefined ? null : same(request.usageLocation),
    justification: request.justification.trim(),
  });
}

/** What the preparing activity found out. */
export type Preparation =
  | {
      readonly outcome: 'refused';
      readonly problems: readonly Problem[];
      readonly requester: Person | null;
      readonly subject: Person | null;
    }
  | {
      readonly outcome: 'ready';
      readonly requester: Person;
      readonly subject: Person;
      readonly plan: ChangePlan;
      readonly stages: readonly Stage[];
      readonly autoApproved: readonly string[];
      /** All stages, also those that a rule spares: asked where another plan takes something away from the person. */
      readonly stagesInFull: readonly PolicyStage[];
      readonly assertedDecisions: 'allow' | 'refuse';
      readonly holdSeat: 'at-submit' | 'at-approval';
      readonly seatWaitMs: number;
      readonly seatPriority: SeatPriority;
      readonly term: TermRule;
      /** The product of `term.stepDownTo`, as the tenant has it; `null` where the former state is restored. */
      readonly stepDownTo: SkuFacts | null;
    };

export interface ReadReadinessInput {
  readonly userId: string;
  /** What was assigned; its plans that are on have to report. */
  readonly target: TouchedState;
}

export interface ReplanInput {
  /** With the object id of the person licensed as its subject. */
  readonly request: LicenseRequest;
  /** What Graph's refusals of this request taught (E6). */
  readonly learned: readonly LearnedDependency[];
}

/** `planId` does not work without `needs`. */
export interface LearnedDependency {
  readonly planId: PlanId;
  readonly needs: readonly PlanId[];
}

/** A plan made anew right before the write; its content is the snapshot that a rollback restores. */
export type Replanning =
  | { readonly outcome: 'planned'; readonly plan: ChangePlan }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** Who a question about a stage is about. */
export interface ResolveApproversInput {
  readonly rule: PolicyStage;
  readonly requesterId: string;
  readonly subjectId: string;
  /** Object ids of people who decide in place of others. */
  readonly delegates: readonly string[];
}

/** The people of a stage as the directory has them now. */
export interface ResolvedStage {
  readonly asked: Stage['asked'];
  /** Those of the delegates who cannot decide: not there any more, disabled, or a guest. Object ids. */
  readonly gone: readonly string[];
}

export interface ConfirmDeciderInput {
  readonly rule: PolicyStage;
  readonly requesterId: string;
  readonly subjectId: string;
  readonly ref: string;
  /** Who gave their decision to whom in this stage, by object id. */
  readonly delegations: readonly { readonly from: string; readonly to: string }[];
}

export interface ConfirmDelegateInput {
  readonly ref: string;
}

export type Confirmation =
  { readonly confirmed: true; readonly by: Person } | { readonly confirmed: false; readonly message: string };
