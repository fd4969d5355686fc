/** One campaign of a benchmark, from its plan to its end, with the times at which it came there. */
import type { Client } from '@temporalio/client';
import type { Licenseflow, NewCampaign } from '../../src/client/index.js';
import { campaignWorkflowId, DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import type { CampaignView } from '../../src/contracts/campaign.js';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';
import { DEFAULT_PACE } from '../../src/contracts/pace.js';
import { seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { createLicenseflow } from '../../src/client/index.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { agreed, moveOf, ONE_WAVE, OPERATOR, storyOf, untilCampaign } from '../../test/support/campaigns.js';

const PATIENCE_MS = 12 * 60 * 60_000;

export interface CampaignRun {
  readonly view: CampaignView;
  /** Milliseconds. */
  readonly intakeMs: number;
  readonly planMs: number;
  readonly runMs: number;
}

export function benchLicenseflow(client: Client, taskQueue: string): Licenseflow {
  return createLicenseflow({ client, taskQueue, pace: DEFAULT_PACE, answerWithinMs: 120_000 });
}

export function benchCampaign(users: readonly string[], concurrency: number): NewCampaign {
  return moveOf(users, { options: { ...ONE_WAVE, concurrency }, campaignPace: DEFAULT_CAMPAIGN_PACE });
}

/** @throws Error where a user is not done at the end: then nothing was measured. */
export async function runCampaign(
  licenseflow: Licenseflow,
  campaign: NewCampaign,
  { meanwhile }: { readonly meanwhile?: (campaignId: string) => Promise<void> } = {},
): Promise<CampaignRun> {
  const { campaigns } = licenseflow;
  const { campaignId } = campaign;
  const began = performance.now();
  await campaigns.plan(campaign, OPERATOR);
  const taken = performance.now();
  const made = await untilCampaign(licenseflow, campaignId, 'planned', PATIENCE_MS);
  const ready = performance.now();
  await agreed(licenseflow, made);
  const other = meanwhile?.(campaignId);
  const view = await untilCampaign(licenseflow, campaignId, 'finished', PATIENCE_MS);
  const ended = performance.now();
  await other;
  if (view.users.done !== made.plan?.users)
    throw new Error(`Not everybody is done: ${JSON.stringify(view.users)} ${storyOf(view)}`);
  return { view, intakeMs: taken - began, planMs: ready - taken, runMs: ended - ready };
}

/** Seat pools of the products that a campaign of a benchmark touches, as far as they were asked. */
export async function poolsOf(client: Client, tenantId: string): Promise<readonly string[]> {
  const ids = [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM].map((skuId) => seatPoolWorkflowId(tenantId, skuId));
  const known = await Promise.all(ids.map((id) => isThere(client, id)));
  return ids.filter((_, i) => known[i]);
}

/** Ends what stays open, so that the next run has the server for itself. */
export async function endCampaign(
  client: Client,
  { campaignId, pages, pools }: { campaignId: string; pages: number; pools: readonly string[] },
): Promise<void> {
  const pageIds = Array.from({ length: pages }, (_, i) => campaignPageWorkflowId(campaignId, i + 1));
  for (const workflowId of [campaignWorkflowId(campaignId), ...pageIds, ...pools])
    await client.workflow
      .getHandle(workflowId)
      .terminate('The benchmark is over.')
      .catch(() => undefined);
}

async function isThere(client: Client, workflowId: string): Promise<boolean> {
  return client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    );
}
