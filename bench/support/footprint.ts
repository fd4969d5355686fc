/** What a campaign leaves in Temporal, counted from the histories of all runs of its workflows. */
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { campaignWorkflowId } from '../../src/contracts/campaign.js';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';

export interface Footprint {
  /** Billable Actions by kind. Queries and heartbeats leave no trace in a history and are not among them. */
  readonly actions: Readonly<Record<string, number>>;
  readonly runs: number;
  readonly events: number;
  readonly bytes: number;
  /** Events of the longest run. */
  readonly longest: number;
}

/** Events that are one Action each, by the kind that people know. What a workflow sends is counted where it arrives. */
const ACTIONS: Readonly<Record<string, string>> = {
  workflowExecutionStartedEventAttributes: 'starts and continue-as-new',
  activityTaskScheduledEventAttributes: 'activities',
  timerStartedEventAttributes: 'timers',
  workflowExecutionSignaledEventAttributes: 'signals',
  workflowExecutionUpdateAcceptedEventAttributes: 'updates',
  upsertWorkflowSearchAttributesEventAttributes: 'search attributes',
};
const RETRIES = 'activity retries';

/** Of the campaign, of its pages from 1 to `pages`, and of the seat pools that it used. */
export async function footprintOf(
  client: Client,
  { campaignId, pages, pools }: { campaignId: string; pages: number; pools: readonly string[] },
): Promise<Footprint> {
  const workflowIds = [
    campaignWorkflowId(campaignId),
    ...Array.from({ length: pages }, (_, i) => campaignPageWorkflowId(campaignId, i + 1)),
    ...pools,
  ];
  const parts: Footprint[] = [];
  for (const workflowId of workflowIds) parts.push(await footprintOfOne(client, workflowId));
  return parts.reduce(sum);
}

/** Run by run, from the first one on. */
async function footprintOfOne(client: Client, workflowId: string): Promise<Footprint> {
  const actions: Record<string, number> = {};
  const add = (kind: string, count: number): void => {
    if (count > 0) actions[kind] = (actions[kind] ?? 0) + count;
  };
  let [runs, events, bytes, longest] = [0, 0, 0, 0];
  let next: string | undefined = await firstRunOf(client, workflowId);
  while (next !== undefined) {
    const run = client.workflow.getHandle(workflowId, next);
    const { raw } = await run.describe();
    const history = await run.fetchHistory();
    runs += 1;
    next = undefined;
    bytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
    events += history.events?.length ?? 0;
    longest = Math.max(longest, history.events?.length ?? 0);
    for (const event of history.events ?? []) {
      const kind = Object.keys(ACTIONS).find((key) => Boolean(event[key as keyof typeof event]));
      if (kind !== undefined) add([ACTIONS[kind], nameIn(event)].filter(Boolean).join(': '), 1);
      add(RETRIES, (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
      next = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? next;
    }
  }
  return { actions, runs, events, bytes, longest };
}

/** Of what was called or said. */
function nameIn(event: temporal.api.history.v1.IHistoryEvent): string {
  const { activityTaskScheduledEventAttributes: activity, workflowExecutionSignaledEventAttributes: signal } = event;
  return activity?.activityType?.name ?? signal?.signalName ?? '';
}

async function firstRunOf(client: Client, workflowId: string): Promise<string | undefined> {
  const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId ?? runId;
}

function sum(a: Footprint, b: Footprint): Footprint {
  const actions = { ...a.actions };
  for (const [kind, count] of Object.entries(b.actions)) actions[kind] = (actions[kind] ?? 0) + count;
  return {
    actions,
    runs: a.runs + b.runs,
    events: a.events + b.events,
    bytes: a.bytes + b.bytes,
    longest: Math.max(a.longest, b.longest),
  };
}
