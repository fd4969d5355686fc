/**
 * Approval: stages in their order, each with the people who may decide, a quorum and a deadline. One denial denies. An
 * approval counts for one plan only, the one whose digest it names.
 *
 * Everything here is a pure function of the state, so that validators, handlers, screens and tests use the same rules.
 */
import type { Person } from './person.js';
import { isPerson } from './person.js';
import type { PolicyStage } from './policy.js';

export type Verdict = 'approve' | 'deny';

/** How sure we are of who acted: signed in with the directory, or a name that a terminal asserted. */
export type Assurance = 'signed-in' | 'asserted';

/** Who acts, as the caller says. */
export interface Actor {
  /** Object id or user principal name. */
  readonly ref: string;
  readonly assurance: Assurance;
}

export interface Stage {
  /** The policy's stage as it was when the request was checked. */
  readonly rule: PolicyStage;
  /**
   * For each requirement of the rule, the people who may decide, as last resolved; never the requester, never the person
   * licensed. One decision counts in every requirement that selects its author.
   */
  readonly asked: readonly (readonly Person[])[];
}

export interface Decision {
  readonly by: Person;
  readonly assurance: Assurance;
  readonly verdict: Verdict;
  /** Indexes of the requirements in which it counted; it goes on counting there whatever becomes of its author. */
  readonly meets: readonly number[];
  readonly reason: string | null;
  /** When it counted, ISO 8601 in UTC. */
  readonly at: string;
}

/** What a person sends to decide. */
export interface DecisionCommand {
  readonly actor: Actor;
  readonly verdict: Verdict;
  /** The plan that was looked at. */
  readonly digest: string;
  /**
   * Index of the stage that was looked at, so that a click that comes twice counts in no other stage, even where the next
   * one asks the same person. `null` where none waited then: the decision is for the stage that waits when it arrives.
   */
  readonly stage: number | null;
  readonly reason?: string;
}

export interface Approval {
  readonly requester: Person;
  readonly subject: Person;
  /** The plan that is up for approval. */
  readonly digest: string;
  readonly assertedDecisions: 'allow' | 'refuse';
  readonly stages: readonly Stage[];
  /** Index of the stage that waits; equal to `stages.length` once all have approved. */
  readonly stage: number;
  /** Decisions that counted, for each stage that was reached. */
  readonly decisions: readonly (readonly Decision[])[];
}

export type DecisionRefusal =
  'NOT_WAITING' | 'SELF_APPROVAL' | 'NOT_ELIGIBLE' | 'PLAN_CHANGED' | 'ALREADY_DECIDED' | 'ASSERTED_REFUSED';

export type DecisionCheck =
  | { readonly allowed: true; readonly by: Person }
  /** The same person has decided the same in this stage: nothing to do. */
  | { readonly allowed: true; readonly repeated: Decision }
  | { readonly allowed: false; readonly refusal: DecisionRefusal; readonly message: string };

export function openApproval(approval: Omit<Approval, 'stage' | 'decisions'>): Approval {
  return { ...approval, stage: 0, decisions: approval.stages.map(() => []) };
}

/** Where the approval stands. Without any stage it is approved from the start (the policy asked nobody). */
export function verdictOf(approval: Approval): 'waiting' | 'approved' | 'denied' {
  if (approval.decisions.some((stage) => stage.some(({ verdict }) => verdict === 'deny'))) return 'denied';
  return approval.stage >= approval.stages.length ? 'approved' : 'waiting';
}

/** The stage that waits for decisions, or `null`. */
export function currentStage(approval: Approval): Stage | null {
  return verdictOf(approval) === 'waiting' ? (approval.stages[approval.stage] ?? null) : null;
}

/** Approvers of the current stage who have not decided yet. */
export function stillAsked(approval: Approval): readonly Person[] {
  const decided = approval.decisions[approval.stage] ?? [];
  const stage = currentStage(approval);
  return (stage === null ? [] : approversOf(stage)).filter((person) => !decided.some(({ by }) => by.id === person.id));
}

/** Everybody who may decide in the stage, each once. */
export function approversOf({ asked }: Stage): readonly Person[] {
  return [...new Map(asked.flat().map((person) => [person.id, person])).values()];
}

/** Approvals that each requirement of the current stage still needs. */
export function approvalsMissing(approval: Approval): readonly number[] {
  const stage = currentStage(approval);
  if (stage === null) return [];
  return missingIn(stage, approval.decisions[approval.stage] ?? []);
}

function missingIn({ rule }: Stage, decisions: readonly Decision[]): readonly number[] {
  const counted = (index: number) => decisions.filter(({ meets }) => meets.includes(index)).length;
  return rule.requirements.map(({ quorum }, index) => Math.max(0, quorum - counted(index)));
}

/** Whether `command` may count now. Read-only: for validators, and again right before a decision counts. */
export function checkDecision(approval: Approval, command: DecisionCommand): DecisionCheck {
  const { ref, assurance } = command.actor;
  const no = (refusal: DecisionRefusal, message: string): DecisionCheck => ({ allowed: false, refusal, message });

  if (isPerson(approval.requester, ref)) return no('SELF_APPROVAL', 'Nobody decides about their own request.');
  if (isPerson(approval.subject, ref)) return no('SELF_APPROVAL', 'Nobody decides about their own licence.');
  if (assurance === 'asserted' && approval.assertedDecisions === 'refuse')
    return no('ASSERTED_REFUSED', 'The policy takes decisions only from people who are signed in.');

  const stage = currentStage(approval);
  const earlier = lastDecisionOf(approval, ref);
  if (stage === null)
    return earlier?.verdict === command.verdict
      ? { allowed: true, repeated: earlier }
      : no('NOT_WAITING', 'This request waits for no decision now.');
  if (command.digest !== approval.digest)
    return no('PLAN_CHANGED', 'The plan is not the one you looked at. Look at it again, then decide.');

  const meant = command.stage ?? approval.stage;
  const mine = (approval.decisions[meant] ?? []).find(({ by }) => isPerson(by, ref));
  if (mine !== undefined)
    return mine.verdict === command.verdict
      ? { allowed: true, repeated: mine }
      : no('ALREADY_DECIDED', `You decided in this stage already: ${mine.verdict}.`);

  if (meant !== approval.stage) return no('NOT_WAITING', 'The stage you looked at waits for no decision now.');
  const by = approversOf(stage).find((person) => isPerson(person, ref));
  if (by !== undefined) return { allowed: true, by };
  // A click that comes twice must not fail only because the first one moved the request to its next stage.
  if (earlier?.verdict === command.verdict) return { allowed: true, repeated: earlier };
  return no('NOT_ELIGIBLE', `${ref} is not among the approvers of stage "${stage.rule.name}".`);
}

/** The approval after `decision` counted in the current stage. */
export function record(approval: Approval, decision: Omit<Decision, 'meets'>): Approval {
  const stage = currentStage(approval);
  if (stage === null) return approval;
  const meets = stage.asked.flatMap((people, i) => (people.some(({ id }) => id === decision.by.id) ? [i] : []));
  const here = [...(approval.decisions[approval.stage] ?? []), { ...decision, meets }];
  const decisions = approval.decisions.map((earlier, i) => (i === approval.stage ? here : earlier));
  const reached = decision.verdict === 'approve' && missingIn(stage, here).every((missing) => missing === 0);
  return { ...approval, decisions, stage: reached ? approval.stage + 1 : approval.stage };
}

/** The approval with the people of one stage resolved anew. Decisions that counted stay. */
export function withApprovers(approval: Approval, index: number, asked: Stage['asked']): Approval {
  return {
    ...approval,
    stages: approval.stages.map((stage, i) => (i === index ? { ...stage, asked } : stage)),
  };
}

function lastDecisionOf(approval: Approval, ref: string): Decision | undefined {
  return approval.decisions.flat().findLast(({ by }) => isPerson(by, ref));
}
