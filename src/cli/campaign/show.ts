import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { PlanShown } from './plan-text.js';
import { printPlan } from './plan-text.js';

/** The plan once more, as `campaign plan` has shown it. */
export async function show(invocation: Invocation, { all }: Partial<PlanShown>, campaignId: string): Promise<ExitCode> {
  const view = await (await invocation.session()).licenseflow.campaigns.view(campaignId);
  await printPlan(invocation, view, { all: all === true });
  return EXIT.ok;
}
