/**
 * Figures from Temporal's visibility store, by counts alone: their price does not grow with the number of requests. The
 * server groups by execution status only, so states are counted one by one.
 */
import type { Client } from '@temporalio/client';
import { CAMPAIGN } from '../contracts/campaign.js';
import { CAMPAIGN_PAGE } from '../contracts/campaign-page.js';
import type { RequestState } from '../contracts/license-request.js';
import { LICENSE_REQUEST } from '../contracts/license-request.js';
import { LICENSE_ROLLBACK } from '../contracts/license-rollback.js';
import { LICENSE_STATE, NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import { SEAT_POOL } from '../contracts/seat-pool.js';
import { CAMPAIGN_STATES } from '../domain/campaign.js';

export type Count = (query: string) => Promise<number>;

/** Counts the workflows of one installation; several may share a namespace. */
export function counting({ workflow }: Pick<Client, 'workflow'>, taskQueue: string): Count {
  return async (query) => (await workflow.count(`TaskQueue = '${taskQueue}' AND ${query}`)).count;
}

const OPEN = `ExecutionStatus = 'Running'`;

export const OPEN_STATES = [
  ...(['checking', 'waiting-for-approval', 'preparing', 'waiting-for-seat', 'writing'] as const),
  ...(['verifying', 'assigned', 'active', 'ending', 'undoing'] as const),
] satisfies readonly RequestState[];

/** States in which somebody waits for somebody else. */
export const WAITING_STATES = ['waiting-for-approval', 'waiting-for-seat'] as const satisfies readonly RequestState[];

export function openRequests(count: Count): Promise<Readonly<Record<string, number>>> {
  return each(OPEN_STATES, (state) => count(`WorkflowType = '${LICENSE_REQUEST}' AND ${OPEN} AND ${inState(state)}`));
}

/** Campaigns that can still do something. */
export function openCampaigns(count: Count): Promise<Readonly<Record<string, number>>> {
  return each(CAMPAIGN_STATES, (state) => count(`WorkflowType = '${CAMPAIGN}' AND ${OPEN} AND ${inState(state)}`));
}

const KINDS = {
  request: LICENSE_REQUEST,
  rollback: LICENSE_ROLLBACK,
  campaign: CAMPAIGN,
  'campaign-page': CAMPAIGN_PAGE,
  'seat-pool': SEAT_POOL,
} as const;
type Kind = keyof typeof KINDS;

/** Where a person has to look, and what was ended by force, by what it is. */
export function needingAttention(count: Count): Promise<Readonly<Record<string, number>>> {
  return each(Object.keys(KINDS) as Kind[], (kind) =>
    count(
      `WorkflowType = '${KINDS[kind]}' AND ExecutionStatus != 'ContinuedAsNew' AND ` +
        `(${NEEDS_ATTENTION.name} = true OR ExecutionStatus IN ('Terminated', 'TimedOut'))`,
    ),
  );
}

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * 60 * MINUTE_MS;
/** One step of the search: ages are told to within five percent, which is closer than anyone asks. */
const CLOSE_ENOUGH = 1.05;

/** Age in milliseconds of the oldest request in each waiting state, 0 where nobody waits. */
export function oldestWaits(count: Count, now: number): Promise<Readonly<Record<string, number>>> {
  return each(WAITING_STATES, async (state) => {
    const olderThan = (ms: number): Promise<number> =>
      count(
        `WorkflowType = '${LICENSE_REQUEST}' AND ${OPEN} AND ${inState(state)} AND StartTime < '${new Date(now - ms).toISOString()}'`,
      );
    if ((await olderThan(0)) === 0) return 0;
    return oldest(async (ms) => (await olderThan(ms)) > 0);
  });
}

/** The visibility store of SQL servers does not sort, so the oldest is searched by halving, from a minute to a year. */
async function oldest(anyOlderThan: (ms: number) => Promise<boolean>): Promise<number> {
  let [younger, older] = [MINUTE_MS, YEAR_MS];
  if (!(await anyOlderThan(younger))) return younger;
  while (older / younger > CLOSE_ENOUGH) {
    const middle = Math.sqrt(older * younger);
    if (await anyOlderThan(middle)) younger = middle;
    else older = middle;
  }
  return younger;
}

function inState(state: string): string {
  return `${LICENSE_STATE.name} = '${state}'`;
}

async function each<K extends string>(
  keys: readonly K[],
  figure: (key: K) => Promise<number>,
): Promise<Readonly<Record<K, number>>> {
  const entries = await Promise.all(keys.map(async (key) => [key, await figure(key)] as const));
  return Object.fromEntries(entries) as Record<K, number>;
}
