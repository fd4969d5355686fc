/** One approval stage in plain sentences: what it still needs and of whom, who decides for whom, when it acts by itself. */
import type { Delegation, StageProgress } from '../domain/approval.js';
import { openRequirements } from '../domain/approval.js';
import { nameOf, namesOf } from '../domain/person.js';
import type { TimeText } from './request-story.js';

/** For a stage that waits. */
export function waitingStageLines(stage: StageProgress, time: TimeText): readonly string[] {
  const { escalation, times } = stage;
  return [
    ...requirementLines(stage),
    ...delegationLines(stage),
    ...(escalation === null ? [] : [`Escalated: at ${time(escalation.at)}. ${escalation.because}`]),
    ...(times?.escalatesAt ? [`Escalation: at ${time(times.escalatesAt)} others are asked as well.`] : []),
    ...(times?.remindsAt ? [`Reminder: at ${time(times.remindsAt)}.`] : []),
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

export function delegationLines({ delegations }: Pick<StageProgress, 'delegations'>): readonly string[] {
  return delegations.map((delegation) => `Delegated: ${delegationText(delegation)}`);
}

export function delegationText({ from, to, assurance, reason }: Delegation): string {
  const how = assurance === 'asserted' ? ' (asserted)' : '';
  return `${nameOf(from)}${how} lets ${nameOf(to)} decide: ${reason}`;
}

export function approvals(count: number): string {
  return count === 1 ? '1 approval' : `${String(count)} approvals`;
}
