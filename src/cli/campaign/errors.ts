import type { ErrorGroup } from '../../client/index.js';
import { userStateText } from '../../contracts/campaign-story.js';
import type { UserState } from '../../domain/campaign.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Cell, Column } from '../output.js';

/** What went wrong, equal errors under one head, with what to do. */
export async function errors({ session, out }: Invocation, _options: object, campaignId: string): Promise<ExitCode> {
  const groups = await (await session()).licenseflow.campaigns.errors(campaignId);
  await out.result('CampaignErrors', { campaignId, items: groups }, async () => {
    if (out.isPiped) return out.table(COLUMNS, groups);
    groups.forEach((group, i) => {
      if (i > 0) out.line();
      out.fields(fieldsOf(group));
    });
  });
  if (groups.length === 0) {
    out.note('Nothing failed.');
    return EXIT.ok;
  }
  const [first] = groups;
  out.next(
    `licenseflow campaign users ${campaignId} --code ${first?.code ?? 'CODE'}`,
    `licenseflow campaign retry ${campaignId} --code ${first?.code ?? 'CODE'} --as USER`,
    `licenseflow campaign export ${campaignId} --failed -o failed.csv`,
  );
  return EXIT.ok;
}

function fieldsOf({
  code,
  users,
  states,
  meaning,
  remedy,
  examples,
}: ErrorGroup): readonly (readonly [string, Cell])[] {
  return [
    [number(users), `${code}: ${meaning}`],
    ['To do', remedy],
    ['They are', statesText(states)],
    ...examples.map(
      ({ name, user, message }) => ['Such as', `${name} <${user}>${message === null ? '' : `: ${message}`}`] as const,
    ),
  ];
}

const COLUMNS: readonly Column<ErrorGroup>[] = [
  { title: 'CODE', cell: ({ code }) => code },
  { title: 'USERS', cell: ({ users }) => users },
  { title: 'STATES', cell: ({ states }) => statesText(states) },
  { title: 'MEANING', cell: ({ meaning }) => meaning },
  { title: 'WHAT TO DO', cell: ({ remedy }) => remedy },
  { title: 'SUCH AS', cell: ({ examples }) => examples.map(({ user }) => user).join(', ') },
];

function statesText(states: ErrorGroup['states']): string {
  return (Object.entries(states) as [UserState, number][])
    .map(([state, users]) => `${number(users)} ${userStateText(state)}`)
    .join(', ');
}
