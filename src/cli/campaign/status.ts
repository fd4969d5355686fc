import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { nextCampaignCommands } from './next-commands.js';
import { writePaceOrNull } from './write-pace.js';
import { statusFields } from './status-fields.js';

export async function status({ session, out }: Invocation, _options: object, campaignId: string): Promise<ExitCode> {
  const { campaigns, tenant } = (await session()).licenseflow;
  const [view, writePace] = await Promise.all([campaigns.view(campaignId), writePaceOrNull(tenant)]);
  await out.result('Campaign', { ...view, writePace, next: nextCampaignCommands(view) }, () => {
    out.fields(statusFields(view, writePace, out));
    if (out.verbose) out.fields(view.timeline.map(({ at, text }) => ['Timeline', `${out.time(at)}  ${text}`]));
  });
  out.next(...nextCampaignCommands(view));
  return EXIT.ok;
}
