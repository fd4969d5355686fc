import type { Remainder } from '../../contracts/campaign-reads.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { csvText } from './csv.js';
import { writeOut } from '../output-file.js';
import type { Column } from '../output.js';

export interface RemainderOptions {
  readonly output?: string;
}

/** Who has joined the source since the plan. */
export async function remainder(
  { session, out, deps }: Invocation,
  { output }: RemainderOptions,
  campaignId: string,
): Promise<ExitCode> {
  const found = await (await session()).licenseflow.campaigns.remainder(campaignId);
  const { users, more } = found;
  if (output === undefined)
    await out.result('CampaignRemainder', { campaignId, items: users, more }, async () => {
      if (users.length > 0 || out.isPiped) await out.table(COLUMNS, users);
    });
  else await writeOut(output, [csvText(['user', 'name']), ...users.map(({ upn, name }) => csvText([upn, name]))], deps);
  if (users.length === 0) out.note('Nobody has joined the source since the plan.');
  else out.note(`${number(users.length)} have joined the source since the plan${more ? ', and more' : ''}.`);
  if (users.length > 0)
    out.next(
      ...(output === undefined ? [`licenseflow campaign remainder ${campaignId} -o rest.csv`] : []),
      `licenseflow campaign plan ${campaignId}-rest --from ${output ?? 'rest.csv'} --swap FROM:TO --as USER`,
    );
  return EXIT.ok;
}

const COLUMNS: readonly Column<Remainder['users'][number]>[] = [
  { title: 'USER', cell: ({ upn }) => upn },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'OBJECT ID', cell: ({ id }) => id, wide: true },
];
