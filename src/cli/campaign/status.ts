import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { nextCampaignCommands } from './next-commands.js';
import { statusFields } from './status-fields.js';

export async function status({ session, out }: Invocation, _options: object, campaignId: string): Promise<ExitCode> {
  const view = await (await session()).licenseflow.campaigns.view(campaignId);
  await out.result('Campaign', { ...view, next: nextCampaignCommands(view) }, () => {
    out.fields(statusFields(view, out));
    if (out.verbose) out.fields(view.timeline.map(({ at, text }) => ['Timeline', `${out.time(at)}  ${text}`]));
  });
  out.next(...nextCampaignCommands(view));
  return EXIT.ok;
}
