import type { CommandOptions } from '../../client/index.js';
import type { CampaignView, CommandView } from '../../contracts/campaign.js';
import { shortDigest } from '../../domain/digest.js';
import { number } from '../../report/charts.js';
import { wishWords } from '../../report/wish-words.js';
import type { ExitCode } from '../exit-codes.js';
import type { Invocation, LicenseflowCalls } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';
import { assertConfirmable, confirmed } from './confirmation.js';
import { wholeDigest } from './digest-of-plan.js';

export interface StartOptions extends ActingOptions {
  /** First digits of the digest of the plan that was looked at. */
  readonly plan: string;
  readonly confirm?: string;
}

/** Starts the plan that was looked at, after its size was confirmed. */
export function start(invocation: Invocation, options: StartOptions, campaignId: string): Promise<ExitCode> {
  return begin(invocation, options, campaignId, (campaigns, command) => campaigns.start(campaignId, command));
}

/** Agrees as the second person, which the policy wants for so many users. */
export function confirm(invocation: Invocation, options: StartOptions, campaignId: string): Promise<ExitCode> {
  return begin(invocation, options, campaignId, (campaigns, command) => campaigns.confirm(campaignId, command));
}

async function begin(
  invocation: Invocation,
  options: StartOptions,
  campaignId: string,
  send: (
    campaigns: LicenseflowCalls['campaigns'],
    command: CommandOptions & { readonly plan: string },
  ) => Promise<CommandView>,
): Promise<ExitCode> {
  assertConfirmable(invocation, options.confirm, campaignId);
  const { campaigns } = (await invocation.session()).licenseflow;
  const view = await campaigns.view(campaignId);
  const plan = wholeDigest(view, options.plan);
  await confirmed(invocation, options.confirm, campaignId, () => Promise.resolve(aboutTo(view)));
  return act(invocation, options, campaignId, (command) => send(campaigns, { ...command, plan }));
}

function aboutTo({ plan, wishes, title, options }: CampaignView): readonly string[] {
  if (plan === null) return [title];
  return [
    `${title}: ${wishes.map((wish) => wishWords(wish, plan.skus)).join('; ')}`,
    `  for ${number(plan.ready)} users in ${number(plan.waves.length)} waves (${plan.waves.map(number).join(', ')}), plan ${shortDigest(plan.digest)}.`,
    `  It can be rolled back until ${String(Math.round(options.rollbackWindowMs / 86_400_000))} days after its end.`,
    ...plan.cautions.map((caution) => `  ${caution}`),
  ];
}
