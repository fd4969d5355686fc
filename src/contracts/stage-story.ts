/** One approval stage in plain sentences: what it still needs and of whom, who decides for whom, when it acts by itself. */
import type { Delegation, StageProgress } from '../domain/approval.js';
import { openRequirements } from '../domain/approval.js';
import { nameOf, namesOf } from '../domain/person.js';
import type { TimeText } from './request-story.js';

/** What a stage that waits still needs, what happened in it, and what it does next. */
export function waitingStageLines(stage: StageProgress, time: TimeText): readonly string[] {
  const { times } = stage;
  return [
    ...requirementLines(stage),
    ...stageHistory(stage, time),
    ...(times?.escalatesAt ? [`Escalation: at ${time(times.escalatesAt)} others are asked as well.`] : []),
    ...(times?.remindsAt ? [`Reminder: at ${time(times.remindsAt)}.`] : []),
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
