/** Campaigns on a real server, with their pages, against the simulator. */
import assert from 'node:assert/strict';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { DrivenCampaign } from '../support/campaign.js';
import { rowsOf } from '../support/campaign-page.js';
import { Playground } from '../support/playground.js';

describe('campaign', () => {
  let playground: Playground;

  beforeEach(async () => {
    playground = await Playground.open();
  });

  afterEach(async () => {
    await playground.close();
  });

  const hire = (count: number) =>
    Array.from({ length: count }, () =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );

  it('plans, starts with the digest, runs the canary, is promoted, finishes', async () => {
    const people = hire(9);
    const campaign = await DrivenCampaign.open(playground, { rows: rowsOf(people), campaignPace: { pageRows: 4 } });
    const planned = await campaign.until('planned');
    console.error(JSON.stringify(planned, null, 1));
    await campaign.started();
    await campaign.until('awaiting-promotion');
    await campaign.promote({});
    const finished = await campaign.until('finished');
    assert.deepEqual(finished.users, { done: 9 });
    for (const { id } of people) assert.deepEqual(Object.keys(playground.held(id)), [SKU.ENTERPRISEPREMIUM]);
  });
});
