/**
 * Approval: stages in their order, each with the people who may decide, a quorum and a deadline. One denial denies. An
 * approval counts for one plan only, the one whose digest it names. Whoever may decide can hand that to somebody else,
 * for this stage; when time is running out, or too few can decide, others are asked as well.
 *
 * Everything here is a pure function of the state, so that validators, handlers, screens and tests use the same rules.
 */
import type { Person } from './person.js';
import { isPerson, nameOf, namesOf } from './person.js';
import type { PolicyStage } from './policy.js';

export type Verdict = 'approve' | 'deny';

/** How sure we are of who acted: signed in with the directory, or a name that a terminal asserted. */
export type Assurance = 'signed-in' | 'asserted';

/** Who acts, as the caller says. */
export interface Actor {
  /** Object id or user principal name. */
  readonly ref: string;
  readonly assurance: Assurance;
  /** As whoever signed them in calls them. For sentences only: who somebody is, `ref` says. */
  readonly name?: string;
}

/** Who acts, in a sentence. */
export function actorName({ ref, name }: Actor): string {
  return name ?? ref;
}

/** What a stage asks, of whom. */
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

/** One person decides in place of another, in one stage. */
export interface Delegation {
  readonly from: Person;
  readonly to: Person;
  readonly assurance: Assurance;
  readonly reason: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** From now on the rule's escalation is asked as well. */
export interface Escalation {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** Why, as a sentence. */
  readonly because: string;
}

/** When a stage that is asked acts by itself; ISO 8601 in UTC, `null` where the rule says never. */
export interface StageTimes {
  readonly remindsAt: string | null;
  readonly escalatesAt: string | null;
  readonly expiresAt: string;
}

/** A stage and how far it is. */
export interface StageProgress extends Stage {
  /** Those that counted, in their order. */
  readonly decisions: readonly Decision[];
  readonly delegations: readonly Delegation[];
  readonly escalation: Escalation | null;
  /** `null` until the stage is asked. */
  readonly times: StageTimes | null;
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

/** What a person sends to let somebody else decide. */
export interface DelegationCommand {
  /** Who gives the decision away. */
  readonly actor: Actor;
  /** Object id or user principal name of who decides instead. */
  readonly to: string;
  /** As {@link DecisionCommand.stage}. */
  readonly stage: number | null;
  readonly reason: string;
}

/** What is asked, of whom, about whose licence. */
export interface ApprovalTerms {
  readonly requester: Person;
  readonly subject: Person;
  /** The plan that is up for approval. */
  readonly digest: string;
  readonly assertedDecisions: 'allow' | 'refuse';
  readonly stages: readonly Stage[];
}

export interface Approval extends ApprovalTerms {
  readonly stages: readonly StageProgress[];
  /** Index of the stage that waits; equal to `stages.length` once all have approved. */
  readonly stage: number;
  /** The deadline of a stage went by. */
  readonly expired: boolean;
}

export type DecisionRefusal =
  'NOT_WAITING' | 'SELF_APPROVAL' | 'NOT_ELIGIBLE' | 'PLAN_CHANGED' | 'ALREADY_DECIDED' | 'ASSERTED_REFUSED';

export type DecisionCheck =
  | { readonly allowed: true; readonly by: Person }
  /** The same person has decided the same in this stage: nothing to do. */
  | { readonly allowed: true; readonly repeated: Decision }
  | { readonly allowed: false; readonly refusal: DecisionRefusal; readonly message: string };

export type DelegationRefusal =
  | 'NOT_WAITING'
  | 'SELF_APPROVAL'
  | 'NOT_ELIGIBLE'
  | 'ALREADY_DECIDED'
  | 'ALREADY_DELEGATED'
  | 'DELEGATE_REFUSED'
  | 'ASSERTED_REFUSED';

export type DelegationCheck =
  | { readonly allowed: true; readonly from: Person }
  /** The same was delegated before: nothing to do. */
  | { readonly allowed: true; readonly repeated: Delegation }
  | { readonly allowed: false; readonly refusal: DelegationRefusal; readonly message: string };

/** A requirement that can no longer reach its quorum. */
export interface Shortfall {
  /** Index in the rule. */
  readonly requirement: number;
  /** Approvals that it still needs. */
  readonly missing: number;
  /** Who can still give one. */
  readonly left: readonly Person[];
}

export function openApproval({ requester, subject, digest, assertedDecisions, stages }: ApprovalTerms): Approval {
  const unasked = { decisions: [], delegations: [], escalation: null, times: null };
  return {
    ...{ requester, subject, digest, assertedDecisions },
    stages: stages.map(({ rule, asked }) => ({ rule, asked, ...unasked })),
    stage: 0,
    expired: false,
  };
}

/**
 * All stages once more, about another plan. Who decides in whose place is not about the plan, so delegations stay.
 */
export function openedAgain(approval: Approval, digest: string): Approval {
  const again = openApproval({ ...approval, digest });
  return {
    ...again,
    stages: again.stages.map((stage, i) => ({ ...stage, delegations: approval.stages[i]?.delegations ?? [] })),
  };
}

/** Where the approval stands. Without any stage it is approved from the start (the policy asked nobody). */
export function verdictOf(approval: Approval): 'waiting' | 'approved' | 'denied' | 'expired' {
  if (approval.stages.some(({ decisions }) => decisions.some(({ verdict }) => verdict === 'deny'))) return 'denied';
  if (approval.stage >= approval.stages.length) return 'approved';
  return approval.expired ? 'expired' : 'waiting';
}

/** The stage that waits for decisions, or `null`. */
export function currentStage(approval: Approval): StageProgress | null {
  return verdictOf(approval) === 'waiting' ? (approval.stages[approval.stage] ?? null) : null;
}

// --- who may decide ---------------------------------------------------------------------------------------------------

type Asked = Pick<StageProgress, 'asked' | 'delegations'>;

/** For each requirement, who may decide now: those asked, or in their place whoever they gave the decision to. */
export function decidersOf({ asked, delegations }: Asked): readonly (readonly Person[])[] {
  return asked.map((people) => distinct(people.map((person) => holderOf(delegations, person))));
}

/** Everybody who may decide in the stage, each once. */
export function approversOf(stage: Asked): readonly Person[] {
  return distinct(decidersOf(stage).flat());
}

/** Whoever has the decision of `person` by now. Delegations never go round in a circle. */
function holderOf(delegations: readonly Delegation[], person: Person): Person {
  const onward = delegations.find(({ from }) => from.id === person.id);
  return onward === undefined ? person : holderOf(delegations, onward.to);
}

function distinct(people: readonly Person[]): readonly Person[] {
  return [...new Map(people.map((person) => [person.id, person])).values()];
}

/** Requirements of the current stage that still need approvals, and who can give them. */
export function requirementsOpen(approval: Approval): readonly Shortfall[] {
  const stage = currentStage(approval);
  return stage === null ? [] : openRequirements(stage);
}

/** Those of {@link requirementsOpen} that can no longer be met by the people who are left. */
export function shortfallOf(approval: Approval): readonly Shortfall[] {
  return requirementsOpen(approval).filter(({ missing, left }) => left.length < missing);
}

/** Who can still give the approvals that are missing in the current stage, each once. */
export function stillAsked(approval: Approval): readonly Person[] {
  return distinct(requirementsOpen(approval).flatMap(({ left }) => left));
}

/** Approvals that each requirement of the current stage still needs. */
export function approvalsMissing(approval: Approval): readonly number[] {
  const stage = currentStage(approval);
  return stage === null ? [] : missingIn(stage);
}

/** The same of one stage, waiting or not. */
export function openRequirements(stage: StageProgress): readonly Shortfall[] {
  const deciders = decidersOf(stage);
  const undecided = (person: Person) => !stage.decisions.some(({ by }) => by.id === person.id);
  return missingIn(stage)
    .map((missing, requirement) => ({ requirement, missing, left: (deciders[requirement] ?? []).filter(undecided) }))
    .filter(({ missing }) => missing > 0);
}

function missingIn({ rule, decisions }: StageProgress): readonly number[] {
  const counted = (index: number) => decisions.filter(({ meets }) => meets.includes(index)).length;
  return rule.requirements.map(({ quorum }, index) => Math.max(0, quorum - counted(index)));
}

/** For refusals: whoever reads one wants to know whom to ask instead. */
function whoMayDecide(approval: Approval): string {
  const stage = currentStage(approval);
  const people = stillAsked(approval);
  if (stage === null) return '';
  if (people.length === 0) return ` Nobody can decide in stage "${stage.rule.name}" now; an operator should look.`;
  return ` In stage "${stage.rule.name}" it waits for ${namesOf(people)}.`;
}

// --- decisions --------------------------------------------------------------------------------------------------------

/** Whether `command` may count now. Read-only: for validators, and again right before a decision counts. */
export function checkDecision(approval: Approval, command: DecisionCommand): DecisionCheck {
  const { ref, assurance } = command.actor;
  const no = (refusal: DecisionRefusal, message: string): DecisionCheck => ({
    ...{ allowed: false, refusal },
    message: `${message}${whoMayDecide(approval)}`,
  });

  if (isPerson(approval.requester, ref)) return no('SELF_APPROVAL', 'Nobody decides about their own request.');
  if (isPerson(approval.subject, ref)) return no('SELF_APPROVAL', 'Nobody decides about their own licence.');
  if (assurance === 'asserted' && approval.assertedDecisions === 'refuse')
    return no('ASSERTED_REFUSED', 'The policy takes decisions only from people who are signed in.');

  const stage = currentStage(approval);
  const earlier = lastDecisionOf(approval, ref);
  if (stage === null)
    return earlier?.verdict === command.verdict && command.digest === approval.digest
      ? { allowed: true, repeated: earlier }
      : no('NOT_WAITING', 'This request waits for no decision now.');
  if (command.digest !== approval.digest)
    return no('PLAN_CHANGED', 'The plan is not the one you looked at. Look at it again, then decide.');

  const meant = command.stage ?? approval.stage;
  const mine = decisionIn(approval.stages[meant], ref);
  if (mine !== undefined)
    return mine.verdict === command.verdict
      ? { allowed: true, repeated: mine }
      : no('ALREADY_DECIDED', `You decided in this stage already: ${mine.verdict}.`);

  if (meant !== approval.stage) return no('NOT_WAITING', 'The stage you looked at waits for no decision now.');
  const by = approversOf(stage).find((person) => isPerson(person, ref));
  if (by !== undefined) return { allowed: true, by };
  // A click that comes twice must not fail only because the first one moved the request to its next stage.
  if (earlier?.verdict === command.verdict) return { allowed: true, repeated: earlier };
  const given = delegationFrom(stage, ref);
  return given === undefined
    ? no('NOT_ELIGIBLE', `${ref} is not among the approvers of stage "${stage.rule.name}".`)
    : no('NOT_ELIGIBLE', `${ref} gave this decision to ${nameOf(given.to)}.`);
}

/** The approval after `decision` counted in the current stage. */
export function record(approval: Approval, decision: Omit<Decision, 'meets'>): Approval {
  const stage = currentStage(approval);
  if (stage === null) return approval;
  const meets = decidersOf(stage).flatMap((people, i) => (people.some(({ id }) => id === decision.by.id) ? [i] : []));
  const decided = { ...stage, decisions: [...stage.decisions, { ...decision, meets }] };
  const reached = decision.verdict === 'approve' && missingIn(decided).every((missing) => missing === 0);
  const { stage: index } = approval;
  return { ...withStage(approval, index, () => decided), stage: reached ? index + 1 : index };
}

function lastDecisionOf(approval: Approval, ref: string): Decision | undefined {
  return approval.stages.flatMap(({ decisions }) => decisions).findLast(({ by }) => isPerson(by, ref));
}

function decisionIn(stage: StageProgress | undefined, ref: string): Decision | undefined {
  return stage?.decisions.find(({ by }) => isPerson(by, ref));
}

// --- delegation -------------------------------------------------------------------------------------------------------

/**
 * Whether the decision may be handed on so. Read-only, like {@link checkDecision}; it is asked again with the object id
 * once the directory has said whom `to` means, because a name alone may be somebody's second one.
 */
export function checkDelegation(approval: Approval, { actor, to, stage, reason }: DelegationCommand): DelegationCheck {
  const no = (refusal: DelegationRefusal, message: string): DelegationCheck => ({ allowed: false, refusal, message });

  if (actor.assurance === 'asserted' && approval.assertedDecisions === 'refuse')
    return no('ASSERTED_REFUSED', 'The policy lets only people who are signed in delegate.');
  const meant = stage ?? approval.stage;
  const given = delegationFrom(approval.stages[meant], actor.ref);
  if (given !== undefined && isPerson(given.to, to)) return { allowed: true, repeated: given };
  const current = currentStage(approval);
  if (current === null || meant !== approval.stage)
    return no('NOT_WAITING', `That stage waits for no decision now.${whoMayDecide(approval)}`);
  if (given !== undefined)
    return no('ALREADY_DELEGATED', `${actor.ref} gave this decision to ${nameOf(given.to)} already.`);
  if (decisionIn(current, actor.ref) !== undefined)
    return no('ALREADY_DECIDED', 'You decided in this stage already, so nothing is left to hand on.');

  const from = approversOf(current).find((person) => isPerson(person, actor.ref));
  if (from === undefined)
    return no(
      'NOT_ELIGIBLE',
      `${actor.ref} is not among the approvers of stage "${current.rule.name}".${whoMayDecide(approval)}`,
    );
  if (reason.trim() === '') return no('DELEGATE_REFUSED', 'Say why somebody else decides.');
  const refusal = delegateRefusal(approval, current, from, to);
  return refusal ?? { allowed: true, from };
}

function delegateRefusal(
  { requester, subject }: Approval,
  stage: StageProgress,
  from: Person,
  to: string,
): Extract<DelegationCheck, { allowed: false }> | null {
  const no = (refusal: DelegationRefusal, message: string) => ({ allowed: false as const, refusal, message });
  if (isPerson(requester, to))
    return no('SELF_APPROVAL', 'Nobody decides about their own request, also not for others.');
  if (isPerson(subject, to)) return no('SELF_APPROVAL', 'Nobody decides about their own licence, also not for others.');
  if (isPerson(from, to)) return no('DELEGATE_REFUSED', 'You have this decision already.');
  const onward = delegationFrom(stage, to);
  if (onward !== undefined)
    return no('DELEGATE_REFUSED', `${nameOf(onward.from)} gave a decision of this stage away and takes none.`);
  const decided = decisionIn(stage, to);
  if (decided !== undefined) return no('DELEGATE_REFUSED', `${nameOf(decided.by)} decided in this stage already.`);
  // One person decides once, so in the same requirement the two votes would become one.
  const beside = decidersOf(stage).filter((people) => people.some(({ id }) => id === from.id));
  const other = beside.flat().find((person) => isPerson(person, to));
  return other === undefined
    ? null
    : no('DELEGATE_REFUSED', `${nameOf(other)} is asked beside you already; one vote would be lost.`);
}

function delegationFrom(stage: StageProgress | undefined, ref: string): Delegation | undefined {
  return stage?.delegations.find(({ from }) => isPerson(from, ref));
}

/** The approval after a decision of its current stage was handed on. */
export function delegate(approval: Approval, delegation: Delegation): Approval {
  return withStage(approval, approval.stage, (stage) => ({
    ...stage,
    delegations: [...stage.delegations, delegation],
  }));
}

/** People who hold a decision of the stage for somebody else. Whoever handed it on again does not. */
export function delegatesOf({ delegations }: Pick<StageProgress, 'delegations'>): readonly Person[] {
  return distinct(delegations.map(({ to }) => holderOf(delegations, to)));
}

/**
 * The approval after some delegates turned out to be unable to decide: what they held goes back to whoever gave it to
 * them. Decisions that they made stay.
 */
export function withoutDelegates(approval: Approval, index: number, gone: readonly string[]): Approval {
  return withStage(approval, index, (stage) => {
    const lapses = ({ to }: Delegation) => gone.includes(to.id) && decisionIn(stage, to.id) === undefined;
    return { ...stage, delegations: stage.delegations.filter((delegation) => !lapses(delegation)) };
  });
}

// --- time and the directory -------------------------------------------------------------------------------------------

/** The approval with the people of one stage resolved anew. Decisions that counted stay. */
export function withApprovers(approval: Approval, index: number, asked: Stage['asked']): Approval {
  return withStage(approval, index, (stage) => ({ ...stage, asked }));
}

/** The approval with the times at which one stage acts by itself. */
export function withTimes(approval: Approval, index: number, times: StageTimes): Approval {
  return withStage(approval, index, (stage) => ({ ...stage, times }));
}

/** The approval after the current stage was escalated; the first time counts. Who is asked then is resolved anew. */
export function escalate(approval: Approval, escalation: Escalation): Approval {
  return withStage(approval, approval.stage, (stage) => ({ ...stage, escalation: stage.escalation ?? escalation }));
}

/** The rule by which the people of a stage are found: once it is escalated, others may meet each requirement as well. */
export function ruleInForce({ rule, escalation }: Pick<StageProgress, 'rule' | 'escalation'>): PolicyStage {
  return escalation === null ? rule : escalatedRule(rule);
}

export function escalatedRule(rule: PolicyStage): PolicyStage {
  const others = rule.escalation?.to ?? [];
  return { ...rule, requirements: rule.requirements.map((each) => ({ ...each, anyOf: [...each.anyOf, ...others] })) };
}

/** The approval after the deadline of its current stage went by. What is decided already stays decided. */
export function expire(approval: Approval): Approval {
  return verdictOf(approval) === 'waiting' ? { ...approval, expired: true } : approval;
}

function withStage(approval: Approval, index: number, change: (stage: StageProgress) => StageProgress): Approval {
  return { ...approval, stages: approval.stages.map((stage, i) => (i === index ? change(stage) : stage)) };
}
