import type { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';
import { wholeDigest } from './digest-of-plan.js';

export interface ResumeOptions extends ActingOptions {
  readonly plan?: string;
}

export async function resume(invocation: Invocation, options: ResumeOptions, campaignId: string): Promise<ExitCode> {
  const { campaigns } = (await invocation.session()).licenseflow;
  const plan = options.plan === undefined ? {} : { plan: wholeDigest(await campaigns.view(campaignId), options.plan) };
  return act(invocation, options, campaignId, (command) => campaigns.resume(campaignId, { ...command, ...plan }));
}
