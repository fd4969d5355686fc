import type { CampaignUser, CampaignUserFilter } from '../../client/index.js';
import { userStateText } from '../../contracts/campaign-story.js';
import type { UserState } from '../../domain/campaign.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';

export interface UsersOptions {
  readonly state?: readonly UserState[];
  readonly wave?: readonly number[];
  readonly code?: readonly string[];
  readonly limit: number;
}

export async function users(
  { session, out }: Invocation,
  options: UsersOptions,
  campaignId: string,
): Promise<ExitCode> {
  const { campaigns } = (await session()).licenseflow;
  const rows: CampaignUser[] = [];
  let isCut = false;
  for await (const user of campaigns.users(campaignId, filterOf(options))) {
    isCut = rows.length === options.limit;
    if (isCut) break;
    rows.push(user);
  }
  await out.result('CampaignUserList', { campaignId, items: rows, more: isCut }, async () => {
    if (rows.length > 0 || out.isPiped) await out.table(userColumns(out), rows);
  });
  if (rows.length === 0) out.note('No such users.');
  if (isCut) out.note(`Only the first ${rows.length} are shown; --limit shows more, and campaign export has all.`);
  return EXIT.ok;
}

function filterOf({ state, wave, code }: UsersOptions): CampaignUserFilter {
  return {
    ...(state !== undefined && { states: state }),
    ...(wave !== undefined && { waves: wave }),
    ...(code !== undefined && { codes: code }),
  };
}

export function userColumns({ time, isPiped }: Output): readonly Column<CampaignUser>[] {
  return [
    { title: 'USER', cell: ({ user }) => user },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'STATE', cell: ({ state }) => (isPiped ? state : userStateText(state)) },
    { title: 'WAVE', cell: ({ wave }) => (wave === 0 && !isPiped ? 'canary' : wave) },
    { title: 'CODE', cell: ({ code }) => code },
    { title: 'WHY', cell: ({ message }) => message },
    { title: 'WHAT TO DO', cell: ({ remedy }) => remedy, wide: true },
    { title: 'SINCE', cell: ({ endedAt }) => (endedAt === null ? null : time(endedAt)) },
    { title: 'GRAPH REQUEST-ID', cell: ({ requestId }) => requestId, wide: true },
    { title: 'OBJECT ID', cell: ({ id }) => id, wide: true },
    { title: 'LINE', cell: ({ line }) => line, wide: true },
    { title: 'PAGE', cell: ({ page }) => page, wide: true },
  ];
}
