/** What became of people, in the words of the report: states of the machinery that mean the same to a reader are one. */
import type { UserCounts, UserState } from '../domain/campaign.js';

export const OUTCOMES = [
  { key: 'done', label: 'Changed and verified', states: ['done'] },
  { key: 'already', label: 'Already as wanted', states: ['already'] },
  { key: 'restored', label: 'Taken back', states: ['restored'] },
  { key: 'failed', label: 'Failed', states: ['failed', 'not-restored'] },
  { key: 'unknown', label: 'Outcome not known', states: ['unknown'] },
  { key: 'drifted', label: 'Changed by others, left alone', states: ['drifted', 'left-alone'] },
  { key: 'blocked', label: 'Not attempted: blocked', states: ['blocked'] },
  { key: 'skipped', label: 'Not attempted: cancelled', states: ['skipped'] },
  { key: 'seat', label: 'Waiting for a seat', states: ['waiting-for-seat'] },
  {
    key: 'open',
    label: 'Still to come',
    states: ['unread', 'ready', 'waiting', 'writing', 'verifying', 'retrying', 'restoring'],
  },
] as const satisfies readonly { key: string; label: string; states: readonly UserState[] }[];

export type Outcome = (typeof OUTCOMES)[number]['key'];
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** How many people had each outcome. */
export function outcomesOf(counts: UserCounts): OutcomeCounts {
  const entries = OUTCOMES.map(({ key, states }) => [key, sum(states.map((state) => counts[state] ?? 0))] as const);
  return Object.fromEntries(entries) as Record<Outcome, number>;
}

export function outcomeOf(state: UserState): Outcome {
  // Every state is in one row of the table; a test holds it to that.
  return OUTCOMES.find(({ states }) => (states as readonly UserState[]).includes(state))?.key ?? 'open';
}

/** People somebody has to look at. */
export const TROUBLE: readonly Outcome[] = ['failed', 'unknown', 'drifted'];

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
