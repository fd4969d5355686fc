import type { CampaignUser } from '../../client/index.js';
import { waveName } from '../../contracts/campaign-story.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { csvText } from './csv.js';
import { writeOut } from '../output-file.js';
import type { Column } from '../output.js';

export interface NextWaveOptions {
  readonly wave?: number;
  readonly output?: string;
}

/** Whose turn comes next, to tell them beforehand. */
export async function nextWave(
  { session, out, deps }: Invocation,
  options: NextWaveOptions,
  campaignId: string,
): Promise<ExitCode> {
  const { campaigns } = (await session()).licenseflow;
  const wave = options.wave ?? (await campaigns.nextWave(campaignId));
  const people: CampaignUser[] = [];
  if (wave !== null) for await (const user of campaigns.usersOfWave(campaignId, wave)) people.push(user);
  if (options.output !== undefined && wave !== null) {
    const head = csvText(['user', 'name', 'wave', 'note']);
    const lines = people.map(({ user, name, note }) => csvText([user, name, wave, note]));
    await writeOut(options.output, [head, ...lines], deps);
  } else
    await out.result('CampaignWave', { campaignId, wave, items: people }, async () => {
      if (people.length > 0 || out.isPiped) await out.table(COLUMNS, people);
    });
  if (wave === null) out.note('No wave is left.');
  else out.note(`${number(people.length)} users in ${waveName(wave)}.`);
  return EXIT.ok;
}

const COLUMNS: readonly Column<CampaignUser>[] = [
  { title: 'USER', cell: ({ user }) => user },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'WAVE', cell: ({ wave }) => wave },
  { title: 'NOTE', cell: ({ note }) => note },
];
