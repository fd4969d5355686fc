import type { CampaignView } from '../../contracts/campaign.js';
import { countOf, openIn } from '../../domain/campaign.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';
import { assertConfirmable, confirmed } from './confirmation.js';

export interface CancelOptions extends ActingOptions {
  readonly confirm?: string;
}

/** Ends a campaign for good: who has not had their turn is skipped, what was done stays. */
export async function cancel(invocation: Invocation, options: CancelOptions, campaignId: string): Promise<ExitCode> {
  assertConfirmable(invocation, options.confirm, campaignId);
  const { campaigns } = (await invocation.session()).licenseflow;
  await confirmed(invocation, options.confirm, campaignId, async () => aboutTo(await campaigns.view(campaignId)));
  return act(invocation, options, campaignId, (command) => campaigns.cancel(campaignId, command));
}

function aboutTo({ title, users }: CampaignView): readonly string[] {
  return [
    `${title} ends for good: ${number(openIn(users))} users are skipped.`,
    `  ${number(countOf(users, 'done'))} are done and stay so; they can be rolled back afterwards.`,
    '  To stop for now and go on later, pause it instead.',
  ];
}
