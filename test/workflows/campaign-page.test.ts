import assert from 'node:assert/strict';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import type { PageOptions } from '../support/campaign-page.js';
import { DrivenPage, recordingWorkflows, rowsOf } from '../support/campaign-page.js';
import type { PlaygroundOptions } from '../support/playground.js';
import { Playground } from '../support/playground.js';

const E3 = SKU.ENTERPRISEPACK;
const E5 = SKU.ENTERPRISEPREMIUM;

describe('a page of a campaign', function () {
  this.timeout(120_000);
  let playground: Playground;
  afterEach(() => playground.close());

  async function open(options: PlaygroundOptions = {}): Promise<void> {
    playground = await Playground.open({ workflowCode: await recordingWorkflows(), ...options });
    playground.tenant.setFreeSeats(E5, 500);
  }
  const hire = (count: number, skuId: string = E3) =>
    Array.from({ length: count }, () => playground.hire({ licenses: [{ skuId, disabledPlans: [] }] }));
  async function planned(users: readonly UserRecord[], options: Partial<PageOptions> = {}): Promise<DrivenPage> {
    const page = await DrivenPage.start(playground, { rows: rowsOf(users), ...options });
    await page.planned();
    return page;
  }

  it('plans its users and writes nothing', async () => {
    await open();
    const users = hire(3);
    const page = await planned(users);
    assert.deepEqual(await page.states(), ['ready', 'ready', 'ready']);
    assert.equal(playground.writes().length, 0);
    const { plan } = await page.status();
    assert.deepEqual(plan?.seatsNeeded, { [E5]: 3 });
  });

  it('brings everybody to the target with one effective write each', async () => {
    await open();
    const users = hire(12);
    const page = await planned(users);
    const status = await page.settled(await page.run());
    assert.deepEqual(status.waves, [{ wave: 1, users: { done: 12 }, failures: {} }]);
    for (const { id } of users) {
      assert.deepEqual(playground.held(id), { [E5]: [] });
      assert.equal(playground.effectiveWrites(id).length, 1);
    }
    console.log(JSON.stringify((await page.heard()).map(({ number, order, settled, waves }) => [number, order, settled, waves])));
  });
});
