/** Commands that need no more than who gives them: pause, promote, replan. */
import type { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';

export async function pause(invocation: Invocation, options: ActingOptions, campaignId: string): Promise<ExitCode> {
  const { campaigns } = (await invocation.session()).licenseflow;
  return act(invocation, options, campaignId, (command) => campaigns.pause(campaignId, command));
}

export async function promote(invocation: Invocation, options: ActingOptions, campaignId: string): Promise<ExitCode> {
  const { campaigns } = (await invocation.session()).licenseflow;
  return act(invocation, options, campaignId, (command) => campaigns.promote(campaignId, command));
}

export async function replan(invocation: Invocation, options: ActingOptions, campaignId: string): Promise<ExitCode> {
  const { campaigns } = (await invocation.session()).licenseflow;
  return act(invocation, options, campaignId, (command) => campaigns.replan(campaignId, command));
}
