/**
 * A licence request as it crosses process boundaries: how it is submitted, decided, withdrawn, looked at, and what it
 * leaves behind.
 */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Actor, Decision, DecisionCommand, Stage } from '../domain/approval.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import type { SkuId, TouchedState } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { ChangePlan } from '../domain/plan.js';
import type { PolicyStage } from '../domain/policy.js';
import { digestOf } from '../domain/digest.js';
import type { Pace } from './pace.js';

export const LICENSE_REQUEST = 'licenseRequest';

/** What a request id may be. It becomes a workflow id, which no codec encrypts, so no mail address fits in. */
export const REQUEST_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** What a person asks for. Products and plans may be named by GUID or by part number / plan name. */
export interface LicenseRequest {
  /** {@link REQUEST_ID} */
  readonly requestId: string;
  /** Object id or user principal name of who asks. */
  readonly requester: string;
  /** Object id or user principal name of who shall hold the licences. */
  readonly subject: string;
  readonly add: readonly { readonly sku: string; readonly disabledPlans: readonly string[] }[];
  readonly remove: readonly string[];
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
}

/**
 * - `checking`: validation is under way.
 * - `waiting-for-approval`, `waiting-for-seat`: as they say.
 * - `preparing`: approved; seats are counted and the snapshot is taken.
 * - `writing`: the change is being made; `verifying`: it was accepted and no read shows it yet.
 * - `undoing`: what was made is being taken back.
 * - The others are final.
 */
export type RequestState =
  | 'checking'
  | 'waiting-for-approval'
  | 'preparing'
  | 'waiting-for-seat'
  | 'writing'
  | 'verifying'
  | 'undoing'
  | FinalState;

export type FinalState = (typeof FINAL_STATES)[number];

/** `terminated`: ended by force in Temporal, which takes nothing back; the workflow itself never says it. */
const FINAL_STATES = ['done', 'refused', 'denied', 'expired', 'withdrawn', 'failed', 'terminated'] as const;

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
  | 'POLICY_INVALID';

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

export interface SeatView {
  readonly skuId: SkuId;
  readonly name: string;
  readonly free: number;
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
  readonly stages: readonly (Stage & { readonly decisions: readonly Decision[] })[];
  /** Index of the stage that waits, or `null` where none does. */
  readonly stage: number | null;
  readonly seats: readonly SeatView[];
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

export interface WithdrawCommand {
  readonly actor: Actor;
  readonly reason: string;
}
/** Asks the request to end. Answers at once with the state; what was made is taken back afterwards. */
export const withdraw = defineUpdate<RequestView, [command: WithdrawCommand]>('withdraw');
export const view = defineQuery<RequestView>('view');

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
      .map(({ sku, disabledPlans }) => ({ sku: same(sku), disabledPlans: disabledPlans.map(same).sort() }))
      .sort((a, b) => (a.sku < b.sku ? -1 : 1)),
    remove: request.remove.map(same).sort(),
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
      readonly assertedDecisions: 'allow' | 'refuse';
      readonly seatWaitMs: number;
    };

/** A plan made anew right before the write; its content is the snapshot that a rollback restores. */
export type Replanning =
  | { readonly outcome: 'planned'; readonly plan: ChangePlan }
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

export interface ResolveApproversInput {
  readonly rule: PolicyStage;
  readonly requesterId: string;
  readonly subjectId: string;
}

export interface ConfirmDeciderInput extends ResolveApproversInput {
  readonly ref: string;
}

export type Confirmation =
  { readonly confirmed: true; readonly by: Person } | { readonly confirmed: false; readonly message: string };

/** Seats of the SKUs that a plan needs. */
export type SeatCheck = readonly SeatView[];
