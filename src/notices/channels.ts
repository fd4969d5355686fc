/** The channels that a worker's configuration asks for. */
import type { Logger } from 'pino';
import type { NoticeChannel } from '../activities/index.js';
import type { GraphGateway } from '../graph/gateway.js';
import { logChannel } from './log.js';
import { mailChannel } from './mail.js';
import { teamsChannel } from './teams.js';
import { webhookChannel } from './webhook.js';

/** `null` for a channel that is not used. The log always is. */
export interface NoticeSettings {
  readonly mail: { readonly from: string } | null;
  readonly webhook: { readonly url: string; readonly secret: string } | null;
  readonly teams: { readonly url: string } | null;
}

export function createChannels(
  { mail, webhook, teams }: NoticeSettings,
  { graph, log }: { readonly graph: GraphGateway; readonly log: Pick<Logger, 'info'> },
): readonly NoticeChannel[] {
  return [
    ...(mail === null ? [] : [mailChannel(mail.from, graph)]),
    ...(webhook === null ? [] : [webhookChannel(webhook)]),
    ...(teams === null ? [] : [teamsChannel(teams)]),
    logChannel(log),
  ];
}
