/** What may be commanded in which state of a campaign, and what numbers may be asked for. */
import type { BudgetLimit, CampaignState, FailureBudget } from './campaign.js';

export const COMMAND_KINDS = [
  'start', 'confirm', 'pause', 'resume', 'promote', 'tune', 'retry', 'cancel', 'roll-back', 'replan',
] as const; // prettier-ignore
export type CommandKind = (typeof COMMAND_KINDS)[number];

const UNDER_WAY: readonly CampaignState[] = ['running', 'soaking', 'awaiting-promotion', 'outside-hours'];
const BEFORE_START: readonly CampaignState[] = ['intake', 'planning', 'planned', 'awaiting-second'];

/** A wave that stands still is promoted; one that soaks goes on before its time. */
const ALLOWED: Readonly<Record<CommandKind, readonly CampaignState[]>> = {
  start: ['planned'],
  confirm: ['awaiting-second'],
  pause: [...UNDER_WAY, 'rolling-back'],
  resume: ['pausing', 'paused'],
  promote: ['soaking', 'awaiting-promotion'],
  tune: [...BEFORE_START, ...UNDER_WAY, 'pausing', 'paused', 'rolling-back'],
  retry: [...UNDER_WAY, 'pausing', 'paused', 'finished'],
  cancel: [...BEFORE_START, ...UNDER_WAY, 'pausing', 'paused'],
  'roll-back': ['paused', 'finished'],
  replan: ['planned', 'paused'],
};

export function isAllowed(kind: CommandKind, state: CampaignState): boolean {
  return ALLOWED[kind].includes(state);
}

/** What can be commanded now. */
export function commandsIn(state: CampaignState): readonly CommandKind[] {
  return COMMAND_KINDS.filter((kind) => isAllowed(kind, state));
}

/** Why a command makes no sense now, and which ones do; `null` where it does. `stateText` says the state to people. */
export function stateProblem(kind: CommandKind, state: CampaignState, stateText: string = state): string | null {
  if (isAllowed(kind, state)) return null;
  const possible = commandsIn(state).map(commandWord);
  const instead =
    possible.length === 0 ? 'Nothing can be commanded any more.' : `Possible now: ${possible.join(', ')}.`;
  const hint = kind === 'roll-back' && isAllowed('pause', state) ? ' Pause it first.' : '';
  return `"${commandWord(kind)}" is not possible while the campaign is ${stateText}.${hint} ${instead}`;
}

/** The command as the command line has it. */
export function commandWord(kind: CommandKind): string {
  return kind === 'roll-back' ? 'rollback' : kind;
}

/** Writes that Graph takes from one application in a second: 3,000 in 150 s. */
export const QUOTA_PER_SECOND = 20;
export const CONCURRENCY_MAX = 500;

/** What can be changed while it runs; what is missing stays. */
export interface Tuning {
  readonly perSecond?: number | null;
  readonly concurrency?: number;
  readonly budget?: FailureBudget;
}

/** What is wrong with these numbers, as sentences. */
export function tuningProblems({ perSecond = null, concurrency, budget }: Tuning): string[] {
  const problems: string[] = [];
  if (perSecond !== null && !(perSecond > 0 && perSecond <= QUOTA_PER_SECOND))
    problems.push(
      `A rate of ${perSecond} users a second is not possible: it has to be above 0, and Microsoft Graph takes ` +
        `${QUOTA_PER_SECOND} writes a second at most. To stop, pause the campaign.`,
    );
  if (
    concurrency !== undefined &&
    !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= CONCURRENCY_MAX)
  )
    problems.push(`The concurrency has to be a whole number from 1 to ${CONCURRENCY_MAX}, not ${concurrency}.`);
  if (budget !== undefined)
    problems.push(...limitProblems('of a wave', budget.perWave), ...limitProblems('of the campaign', budget.total));
  return problems;
}

function limitProblems(whose: string, { count, percent }: BudgetLimit): string[] {
  const problems: string[] = [];
  if (count !== null && !(Number.isInteger(count) && count >= 0))
    problems.push(`The failure budget ${whose} has to be a whole number from 0, not ${count}.`);
  if (percent !== null && !(percent >= 0 && percent <= 100))
    problems.push(`The failure budget ${whose} has to be from 0 to 100 percent, not ${percent}.`);
  return problems;
}
