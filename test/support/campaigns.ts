/** Campaigns with everything that a test does not talk about filled in. */
import { randomUUID } from 'node:crypto';
import type { Licenseflow, NewCampaign } from '../../src/client/index.js';
import type { CampaignOptions, CampaignPace, CampaignView, CampaignWish } from '../../src/contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS } from '../../src/contracts/campaign.js';
import type { CampaignState } from '../../src/domain/campaign.js';
import { isFinalCampaign } from '../../src/domain/campaign.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor } from './playground.js';
import { until } from './until.js';

/** Who plans and starts. */
export const OPERATOR = actor(PEOPLE.johanna.userPrincipalName);
/** Who agrees to a plan of many users. */
export const SECOND = actor(PEOPLE.patti.userPrincipalName);

/** Office 365 E3 to E5, keeping off what is off. */
export const TO_E5: CampaignWish = {
  add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [], keepPlans: true }],
  remove: ['ENTERPRISEPACK'],
  losing: ['ENTERPRISEPACK'],
};

/** Small pages and short waits. */
export const FAST_CAMPAIGN_PACE: CampaignPace = {
  pageRows: 25,
  planPages: 4,
  runPages: 8,
  statusEvery: 10,
  statusMs: 50,
  silentMs: 5_000,
  watchMs: 2_000,
  intakeMs: 60_000,
  startWithinMs: 600_000,
  eventsMax: 2_000,
};

/** One wave for all, and nothing that stops it. */
export const ONE_WAVE: CampaignOptions = {
  ...DEFAULT_CAMPAIGN_OPTIONS,
  waves: { canary: false, sizes: ['rest'] },
  budget: { perWave: { count: null, percent: null }, total: { count: null, percent: null } },
  promote: 'by-itself',
  rollbackWindowMs: 3_600_000,
};

/** A campaign that moves these users (object ids) from Office 365 E3 to E5. */
export function moveOf(users: readonly string[], campaign: Partial<NewCampaign> = {}): NewCampaign {
  const rows = users.map((user, i) => ({ user, wish: 0, line: i + 2 }));
  return {
    campaignId: `c-${randomUUID()}`,
    title: 'Office 365 E3 to E5',
    source: { kind: 'file', name: 'move.csv', rows, wishes: [TO_E5], merged: 0 },
    options: ONE_WAVE,
    campaignPace: FAST_CAMPAIGN_PACE,
    ...campaign,
  };
}

export function holdsDirectly({ licensePaths }: UserRecord, skuId: string): boolean {
  return licensePaths.some((path) => path.skuId === skuId && path.assignedByGroup === null);
}

/** Plans a campaign and waits until it can be started. */
export async function planned(
  { campaigns }: Pick<Licenseflow, 'campaigns'>,
  campaign: NewCampaign,
  withinMs?: number,
): Promise<CampaignView> {
  await campaigns.plan(campaign, OPERATOR);
  return untilCampaign({ campaigns }, campaign.campaignId, 'planned', withinMs);
}

/** Plans and starts it. */
export async function started(
  licenseflow: Pick<Licenseflow, 'campaigns'>,
  campaign: NewCampaign,
  withinMs?: number,
): Promise<CampaignView> {
  const view = await planned(licenseflow, campaign, withinMs);
  await agreed(licenseflow, view);
  return view;
}

/** Starts what was planned, with the second person where the policy wants one. Safe to repeat. */
export async function agreed(
  { campaigns }: Pick<Licenseflow, 'campaigns'>,
  { campaignId, plan, needsSecond }: CampaignView,
): Promise<void> {
  const digest = plan?.digest ?? '';
  await campaigns.start(campaignId, { actor: OPERATOR, plan: digest, commandId: 'start' });
  if (needsSecond) await campaigns.confirm(campaignId, { actor: SECOND, plan: digest, commandId: 'confirm' });
}

/** Waits for a state, or for what is said of the view. A campaign that ended otherwise is not waited for. */
export async function untilCampaign(
  { campaigns }: Pick<Licenseflow, 'campaigns'>,
  campaignId: string,
  wanted: CampaignState | ((view: CampaignView) => boolean),
  withinMs = 300_000,
): Promise<CampaignView> {
  const isThere = (view: CampaignView) => (typeof wanted === 'string' ? view.state === wanted : wanted(view));
  const view = await until(
    `campaign ${campaignId} to be ${typeof wanted === 'string' ? wanted : 'as wanted'}`,
    () => campaigns.view(campaignId),
    (seen) => isThere(seen) || isFinalCampaign(seen.state),
    withinMs,
  );
  if (!isThere(view)) throw new Error(`The campaign ${campaignId} is ${view.state}: ${storyOf(view)}`);
  return view;
}

export function storyOf({ timeline }: Pick<CampaignView, 'timeline'>): string {
  return timeline.map(({ text }) => text).join(' | ');
}
