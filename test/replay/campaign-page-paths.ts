/** The paths of a page of a campaign, each played on real parts as its golden history. */
import { fileURLToPath } from 'node:url';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { PageOptions } from '../support/campaign-page.js';
import { DrivenPage, rowsOf } from '../support/campaign-page.js';
import { FAST_PACE } from '../support/pace.js';
import type { Playground, PlaygroundOptions } from '../support/playground.js';
import { until } from '../support/until.js';
import type { GoldenPath } from './paths.js';

const options: PlaygroundOptions = {
  workflowCode: { workflowsPath: fileURLToPath(new URL('../support/recording-campaign.ts', import.meta.url)) },
  tenant: { options: { writeMs: 50 } },
};

async function plannedPage(playground: Playground, campaignId: string, changes: Partial<PageOptions> = {}) {
  playground.tenant.setSeats(SKU.ENTERPRISEPREMIUM, { warning: 0 });
  playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 50);
  const users = Array.from({ length: 4 }, () =>
    playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
  );
  const page = await DrivenPage.start(playground, { rows: rowsOf(users), campaignId, ...changes });
  await page.planned();
  return { page, users };
}

/** A page that has ended tells all that it did. */
async function rested(page: DrivenPage): Promise<string> {
  await page.settled(await page.order({ kind: 'rest', until: Date.now() }));
  await page.handle.result();
  return page.handle.workflowId;
}

export const PAGE_PATHS: readonly GoldenPath[] = [
  {
    name: 'page-planned-and-run',
    options,
    async play(playground, campaignId) {
      const { page, users } = await plannedPage(playground, campaignId, {
        pace: { verify: { ...FAST_PACE.verify, deadlineMs: 200 } },
      });
      playground.breakWrites(users[0]?.id ?? '', { kind: 'applied-nothing' }, 1);
      playground.breakWrites(users[1]?.id ?? '', { kind: 'server-error', status: 503 }, 3);
      playground.breakWrites(users[2]?.id ?? '', { kind: 'graph-error', error: 'E1' }, 1);
      await page.settled(await page.run({ window: 2, perSecond: 20 }));
      await page.settled(await page.run({ retry: { number: 1, codes: null } }));
      return rested(page);
    },
  },
  {
    name: 'page-stopped-and-resumed',
    options: { ...options, tenant: { options: { writeMs: 300 } } },
    async play(playground, campaignId) {
      const { page } = await plannedPage(playground, campaignId);
      await page.run({ window: 3 });
      await until(
        'writes',
        () => page.states(),
        (states) => states.includes('writing'),
      );
      await page.settled(await page.order({ kind: 'stop' }));
      await page.settled(await page.run());
      return rested(page);
    },
  },
  {
    name: 'page-stopped-and-read-until-certain',
    options: { ...options, writes: { inFlightMax: 1, inFlightAtStart: 1 } },
    async play(playground, campaignId) {
      const { page } = await plannedPage(playground, campaignId, { pace: { settleMs: 2_000 } });
      await page.run();
      await until(
        'a write',
        () => playground.effectiveWrites().length,
        (n) => n > 0,
      );
      await page.settled(await page.order({ kind: 'stop' }));
      await until(
        'the campaign to hear that those who were called back are certain',
        async () => (await page.heard()).at(-1)?.waves[0]?.users,
        (users) => users?.waiting !== undefined && users.verifying === undefined,
      );
      await page.settled(await page.run());
      return rested(page);
    },
  },
  {
    name: 'page-cancelled',
    options,
    async play(playground, campaignId) {
      const { page, users } = await plannedPage(playground, campaignId);
      for (const { id } of users.slice(1)) playground.breakWrites(id, { kind: 'server-error', status: 503 });
      await page.run();
      await until(
        'the first',
        () => page.states(),
        ([first]) => first === 'done',
      );
      await page.settled(await page.order({ kind: 'cancel' }));
      return rested(page);
    },
  },
  {
    name: 'page-rolled-back',
    options,
    async play(playground, campaignId) {
      const { page, users } = await plannedPage(playground, campaignId);
      await page.settled(await page.run());
      playground.tenant.changeLicenses(users[0]?.id ?? '', { removeLicenses: [SKU.ENTERPRISEPREMIUM] });
      await page.preview();
      await page.settled(await page.rollBack());
      return rested(page);
    },
  },
  {
    name: 'page-waited-for-seats',
    options,
    async play(playground, campaignId) {
      const { page, users } = await plannedPage(playground, campaignId);
      playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 2);
      const order = await page.run();
      await until(
        'some',
        () => page.states(),
        (states) => states.filter((state) => state === 'done').length === 2,
      );
      playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 2);
      playground.breakWrites(users[3]?.id ?? '', { kind: 'graph-error', error: 'E5' }, 1);
      await page.settled(order);
      return rested(page);
    },
  },
  ...(['first', 'last'] as const).map((run): GoldenPath => ({
    name: run === 'first' ? 'page-folded-while-it-ran' : 'page-in-a-later-run',
    options,
    run,
    async play(playground, campaignId) {
      const { page } = await plannedPage(playground, campaignId, { campaignPace: { eventsMax: 40 } });
      await page.settled(await page.run({ window: 1 }));
      await page.settled(await page.rollBack({ window: 1 }));
      return rested(page);
    },
  })),
];
