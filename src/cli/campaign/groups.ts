import type { CampaignUser } from '../../client/index.js';
import type { GroupFact } from '../../contracts/campaign.js';
import type { BlockCode } from '../../domain/campaign.js';
import { number } from '../../report/charts.js';
import { TenantNames } from '../../report/tenant-names.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { csvText } from './csv.js';
import { writeOut } from '../output-file.js';
import { groupColumns } from './plan-text.js';

export interface GroupsOptions {
  /** A file for the changes of memberships; `-` is stdout. */
  readonly export?: string;
  readonly toGroup?: string;
}

const THROUGH_GROUPS: readonly BlockCode[] = ['GROUP_ONLY', 'GROUP_AND_DIRECT'];

/** The groups because of which users are blocked, and the changes of memberships that would free them. */
export async function groups(
  { session, out, deps }: Invocation,
  options: GroupsOptions,
  campaignId: string,
): Promise<ExitCode> {
  const { campaigns } = (await session()).licenseflow;
  const view = await campaigns.view(campaignId);
  const found = view.plan?.groups ?? [];
  if (options.export === undefined) {
    await out.result('CampaignGroups', { campaignId, items: found }, async () => {
      if (found.length > 0 || out.isPiped) await out.table(groupColumns(new TenantNames(view.plan?.skus ?? [])), found);
    });
    if (found.length === 0) out.note('No group gives a product that is to be removed.');
    else out.next(`licenseflow campaign groups ${campaignId} --export memberships.csv`);
    return EXIT.ok;
  }
  const blocked = campaigns.users(campaignId, { states: ['blocked'], codes: THROUGH_GROUPS });
  const counted = { changes: 0 };
  await writeOut(options.export, membershipChanges(blocked, found, options.toGroup, counted), deps);
  out.note(
    `${number(counted.changes)} changes of memberships. Nothing was changed; carry them out where groups are kept.`,
  );
  tellLimits(found, (text) => out.warn(text));
  return EXIT.ok;
}

async function* membershipChanges(
  people: AsyncIterable<CampaignUser>,
  known: readonly GroupFact[],
  toGroup: string | undefined,
  counted: { changes: number },
): AsyncGenerator<string> {
  yield csvText(['group', 'groupName', 'user', 'action', 'keptBy']);
  for await (const { user, throughGroups } of people) {
    for (const { groupId } of throughGroups) {
      const fact = known.find((group) => group.groupId === groupId);
      counted.changes += 1;
      yield csvText([groupId, fact?.name ?? null, user, 'remove', keeper(fact)]);
    }
    if (toGroup === undefined) continue;
    counted.changes += 1;
    yield csvText([toGroup, null, user, 'add', null]);
  }
}

function keeper(group: GroupFact | undefined): string | null {
  if (group === undefined) return null;
  return group.dynamic ? 'rule' : group.synced ? 'on-premises' : 'cloud';
}

function tellLimits(found: readonly GroupFact[], warn: (text: string) => void): void {
  if (found.some(({ dynamic }) => dynamic))
    warn('Members of a dynamic group follow its rule: change the rule, or what it looks at.');
  if (found.some(({ synced }) => synced))
    warn('Members of a synced group are changed on premises, and follow with the next synchronisation.');
}
