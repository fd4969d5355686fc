import type { CampaignFilter, CampaignListRow } from '../../client/index.js';
import { campaignStateText } from '../../contracts/campaign-story.js';
import type { CampaignState } from '../../domain/campaign.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';

export interface ListOptions {
  readonly state?: CampaignState;
  readonly all?: true;
  readonly limit: number;
}

export async function list({ session, out }: Invocation, options: ListOptions): Promise<ExitCode> {
  const filter: CampaignFilter = {
    limit: options.limit,
    ...(options.state !== undefined && { state: options.state }),
    ...(options.all && { all: true }),
  };
  const rows = await (await session()).licenseflow.campaigns.list(filter);
  await out.result('CampaignList', { items: rows }, async () => {
    if (rows.length > 0 || out.isPiped) await out.table(columns(out), rows);
  });
  if (rows.length === 0)
    out.note(options.all ? 'No such campaigns.' : 'No open campaigns; --all shows those that are over.');
  if (rows.length === options.limit) out.note(`Only the newest ${rows.length} are shown; --limit shows more.`);
  const [first] = rows;
  if (first !== undefined) out.next(`licenseflow campaign status ${first.campaignId}`);
  return EXIT.ok;
}

function columns({ time, isPiped }: Output): readonly Column<CampaignListRow>[] {
  const instant = (iso: string | null): string | null => (iso === null ? null : time(iso));
  return [
    { title: 'CAMPAIGN', cell: ({ campaignId }) => campaignId },
    { title: 'TITLE', cell: ({ title }) => title },
    { title: 'STATE', cell: ({ state }) => (isPiped ? state : stateText(state)) },
    { title: 'CREATED', cell: ({ createdAt }) => instant(createdAt) },
    { title: 'ENDED', cell: ({ endedAt }) => instant(endedAt), wide: true },
    { title: 'NEXT BY ITSELF', cell: ({ dueAt }) => instant(dueAt) },
    { title: 'ATTENTION', cell: ({ needsAttention }) => (needsAttention ? 'needs attention' : null) },
  ];
}

function stateText(state: CampaignListRow['state']): string {
  return state === 'terminated' ? 'ended by force in Temporal' : campaignStateText(state);
}
