/** One approval stage in plain sentences: what it still needs and of whom, who decides for whom, when it acts by itself. */
import type { Delegation, StageProgress } from '../domain/approval.js';
import { openRequirements } from '../domain/approval.js';
import { nameOf, namesOf } from '../domain/person.js';
import type { TimeText } from './request-story.js';

/** Something that happens by itself. */
export interface OwnAct {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** What happens, as the end of a sentence. */
  readonly then: string;
}

/** What a stage that waits still needs, and what happened in it. */
export function waitingStageLines(stage: StageProgress, time: TimeText): readonly string[] {
  return [...requirementLines(stage), ...stageHistory(stage, time)];
}

/** What a stage that waits does by itself before its deadline. */
export function actsOfStage({ times }: StageProgress): readonly OwnAct[] {
  return [
    ...(times?.remindsAt ? [{ at: times.remindsAt, then: 'who has not decided is reminded.' }] : []),
    ...(times?.escalatesAt ? [{ at: times.escalatesAt, then: 'others are asked as well.' }] : []),
  ];
}

/** Who decided for whom, and why others were asked as well. */
export function stageHistory({ delegations, escalation }: StageProgress, time: TimeText): readonly string[] {
  return [
    ...delegations.map((delegation) => `Delegated: ${delegationText(delegation)}`),
    ...(escalation === null ? [] : [`Escalated: at ${time(escalation.at)}. ${escalation.because}`]),
  ];
}

function requirementLines(stage: StageProgress): readonly string[] {
  return openRequirements(stage).map(({ requirement, missing, left }) => {
    const { quorum } = stage.rule.requirements[requirement] ?? { quorum: missing };
    const needed = `Still needed: ${String(missing)} of ${approvals(quorum)}`;
    if (left.length === 0) return `${needed}; nobody can give it now.`;
    return `${needed}, from ${namesOf(left)}${left.length < missing ? '; that is too few' : ''}.`;
  });
}

export function delegationText({ from, to, assurance, reason }: Delegation): string {
  const how = assurance === 'asserted' ? ' (asserted)' : '';
  return `${nameOf(from)}${how} lets ${nameOf(to)} decide: ${reason}`;
}

export function approvals(count: number): string {
  return count === 1 ? '1 approval' : `${String(count)} approvals`;
}
