/** The paths of a campaign, each played on real pages as its golden history. */
import { sendingAgain } from '../../src/client/temporal-errors.js';
import type { CampaignOptions } from '../../src/contracts/campaign.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import type { CampaignSetup } from '../support/campaign.js';
import { DrivenCampaign } from '../support/campaign.js';
import { rowsOf } from '../support/campaign-page.js';
import type { Playground } from '../support/playground.js';
import { actor } from '../support/playground.js';
import type { GoldenPath } from './paths.js';

const NO_LIMIT = { count: null, percent: null };
const AT_ONCE: Partial<CampaignOptions> = {
  waves: { canary: false, sizes: ['rest'] },
  promote: 'by-itself',
  budget: { perWave: NO_LIMIT, total: NO_LIMIT },
};
/** A campaign that has been closed tells all that it did. */
const SHORT_WINDOW = { rollbackWindowMs: 200 };

async function opened(
  playground: Playground,
  campaignId: string,
  { users, ...setup }: Omit<CampaignSetup, 'rows' | 'campaignId'> & { readonly users: number },
): Promise<{ campaign: DrivenCampaign; people: readonly UserRecord[] }> {
  playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 50);
  const people = Array.from({ length: users }, () =>
    playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
  );
  const campaignPace = { pageRows: 2, silentMs: 1_000, intakeMs: 120_000, ...setup.campaignPace };
  const campaign = await DrivenCampaign.open(playground, {
    ...{ rows: rowsOf(people), campaignId, ...setup, campaignPace },
  });
  return { campaign, people };
}

async function closed(campaign: DrivenCampaign): Promise<string> {
  await campaign.untilView('campaign to be closed', ({ state }) => state === 'closed', 120_000);
  await campaign.handle.result();
  return campaign.handle.workflowId;
}

export const CAMPAIGN_PATHS: readonly GoldenPath[] = [
  {
    name: 'campaign-in-waves',
    async play(playground, campaignId) {
      const { campaign } = await opened(playground, campaignId, {
        users: 5,
        options: { ...SHORT_WINDOW, waves: { canary: true, sizes: [{ count: 2 }, 'rest'] }, soakMs: 100 },
      });
      await campaign.started();
      await campaign.until('awaiting-promotion');
      await campaign.promote({});
      return closed(campaign);
    },
  },
  {
    name: 'campaign-paused-by-its-budget',
    async play(playground, campaignId) {
      const { campaign, people } = await opened(playground, campaignId, {
        users: 6,
        options: {
          ...AT_ONCE,
          ...SHORT_WINDOW,
          concurrency: 1,
          budget: { perWave: NO_LIMIT, total: { count: 0, percent: null } },
        },
      });
      playground.breakWrites(people[0]?.id ?? '', { kind: 'graph-error', error: 'E10' }, 1);
      await campaign.started();
      await campaign.until('paused');
      await campaign.tune({ tuning: { concurrency: 4 } });
      await campaign.retry({ codes: null });
      await campaign.resume({});
      return closed(campaign);
    },
  },
  {
    name: 'campaign-cancelled',
    options: { policy: { campaigns: { secondPersonAbove: 1 } } },
    async play(playground, campaignId) {
      const { campaign } = await opened(playground, campaignId, {
        users: 4,
        options: { ...SHORT_WINDOW, promote: 'by-hand' },
      });
      await campaign.started();
      const { plan } = await campaign.until('awaiting-second');
      await campaign.confirm({ plan: plan?.digest ?? '', actor: actor(PEOPLE.johanna.userPrincipalName) });
      await campaign.until('awaiting-promotion');
      await campaign.cancel({ reason: 'not this month' });
      return closed(campaign);
    },
  },
  {
    name: 'campaign-rolled-back',
    async play(playground, campaignId) {
      const { campaign, people } = await opened(playground, campaignId, {
        users: 4,
        options: { ...AT_ONCE, waves: { canary: true, sizes: ['rest'] }, promote: 'by-hand' },
      });
      await campaign.started();
      await campaign.until('awaiting-promotion');
      await campaign.pause({});
      await campaign.until('paused');
      await campaign.rollBack({ scope: { kind: 'wave', wave: 0 } });
      await campaign.untilView(
        'the canary to be back',
        ({ state, users }) => state === 'paused' && users.restored === 1,
      );
      await campaign.resume({});
      await campaign.until('awaiting-promotion');
      await campaign.promote({});
      await campaign.until('finished');
      await campaign.rollBack({ scope: { kind: 'users', users: [{ id: people[3]?.id ?? '', page: 2 }] } });
      await campaign.untilView('one more', ({ state, users }) => state === 'finished' && users.restored === 2);
      return campaign.handle.workflowId;
    },
  },
  ...(['first', 'last'] as const).map((run): GoldenPath => ({
    name: run === 'first' ? 'campaign-went-on-in-a-new-run' : 'campaign-in-a-later-run',
    run,
    async play(playground, campaignId) {
      const { campaign } = await opened(playground, campaignId, {
        users: 8,
        campaignPace: { planPages: 2, runPages: 2, statusEvery: 1, eventsMax: 40 },
        options: { ...AT_ONCE, ...SHORT_WINDOW, concurrency: 2 },
      });
      const { plan } = await campaign.until('planned');
      // It may meet the end of a run.
      await sendingAgain(() => campaign.start({ plan: plan?.digest ?? '', commandId: 'start' }));
      return closed(campaign);
    },
  })),
  {
    name: 'campaign-refused',
    async play(playground, campaignId) {
      const person = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] });
      const rows = [person.userPrincipalName, person.id].map((user, i) => ({ user, wish: 0, line: i + 2 }));
      const campaign = await DrivenCampaign.open(playground, { rows, campaignId, campaignPace: { pageRows: 1 } });
      await campaign.until('refused');
      await campaign.handle.result();
      return campaign.handle.workflowId;
    },
  },
];
