/** Lists of campaigns, from Temporal's visibility store: no worker is needed to read them. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { CAMPAIGN, campaignWorkflowId } from '../contracts/campaign.js';
import { LICENSE_DUE_AT, LICENSE_STATE, NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import type { CampaignState } from '../domain/campaign.js';
import { endedByForce } from './ended-outside.js';
import type { Installation } from './installation.js';
import { callingTemporal } from './temporal-errors.js';
import type { Page, PageOptions } from './visibility-page.js';
import { executionsPage } from './visibility-page.js';

export interface CampaignFilter {
  readonly state?: CampaignState;
  /** Also those that are over; without it only open ones, unless a state is named. */
  readonly all?: boolean;
  /** At most so many, newest first. @default 50 */
  readonly limit?: number;
}

export interface CampaignListRow {
  readonly campaignId: string;
  readonly title: string;
  /** `terminated`: ended by force in Temporal. */
  readonly state: CampaignState | 'terminated';
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly dueAt: string | null;
  readonly needsAttention: boolean;
}

const LIMIT = 50;

/** The newest campaigns that match. Visibility follows a change within a second or so. */
export async function listCampaigns(
  at: Installation,
  { limit = LIMIT, ...filter }: CampaignFilter,
): Promise<readonly CampaignListRow[]> {
  return callingTemporal(async () => {
    const rows: CampaignListRow[] = [];
    const pageSize = Math.min(limit, 1_000);
    for await (const execution of at.client.workflow.list({ query: visibilityQuery(at, filter), pageSize })) {
      rows.push(rowOf(execution));
      if (rows.length >= limit) break;
    }
    return rows;
  });
}

/** The same, page by page. */
export async function campaignPage(
  at: Installation,
  filter: Omit<CampaignFilter, 'limit'>,
  page: PageOptions,
): Promise<Page<CampaignListRow>> {
  const { rows, next } = await executionsPage(at.client, visibilityQuery(at, filter), page);
  return { rows: rows.map(rowOf), next };
}

function visibilityQuery(
  { taskQueue }: Pick<Installation, 'taskQueue'>,
  { state, all = state !== undefined }: CampaignFilter,
): string {
  const parts = [`TaskQueue = '${taskQueue}'`, `WorkflowType = '${CAMPAIGN}'`];
  // A run that went on in a new one is no campaign of its own.
  parts.push(all ? `ExecutionStatus != 'ContinuedAsNew'` : `ExecutionStatus = 'Running'`);
  if (state !== undefined) parts.push(`${LICENSE_STATE.name} = '${state}'`);
  return parts.join(' AND ');
}

function rowOf({
  workflowId,
  status,
  memo,
  startTime,
  closeTime,
  typedSearchAttributes,
}: WorkflowExecutionInfo): CampaignListRow {
  const campaignId = workflowId.slice(campaignWorkflowId('').length);
  const title = memo?.['title'];
  const plannedAt = memo?.['plannedAt'];
  const cutOff = endedByForce(status.name);
  const dueAt = closeTime === undefined ? typedSearchAttributes.get(LICENSE_DUE_AT) : undefined;
  return {
    campaignId,
    title: typeof title === 'string' ? title : campaignId,
    state: cutOff
      ? 'terminated'
      : ((typedSearchAttributes.get(LICENSE_STATE) as CampaignState | undefined) ?? 'intake'),
    // A campaign that goes on in new runs began with the first of them.
    createdAt: typeof plannedAt === 'string' ? plannedAt : startTime.toISOString(),
    endedAt: closeTime?.toISOString() ?? null,
    dueAt: dueAt?.toISOString() ?? null,
    needsAttention: cutOff || (typedSearchAttributes.get(NEEDS_ATTENTION) ?? false),
  };
}
