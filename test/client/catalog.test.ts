import assert from 'node:assert/strict';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { PolicyError } from '../../src/activities/index.js';
import { oneApproval, Playground } from '../support/playground.js';
import { NO_TERM, policyOf, skuPolicyOf, stageOf } from '../support/policy.js';

const DAY_MS = 86_400_000;

describe('catalog', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({
      policy: policyOf({
        monthlyPrices: { [SKU.POWER_BI_PRO]: { amount: 9.4, currency: 'EUR' } },
        skus: {
          spe_e5: skuPolicyOf({
            need: 'Security and compliance',
            seatWaitMs: 7 * DAY_MS,
            stages: [
              oneApproval,
              stageOf('desk', [{ group: GROUPS.approvers.id }, { users: [PEOPLE.freya.userPrincipalName] }], {
                quorum: 2,
              }),
            ],
          }),
          power_bi_pro: skuPolicyOf({
            need: 'Reports and dashboards',
            stages: [oneApproval],
            autoApprove: [{ department: ['Sales', 'Finance'], freeSeats: 5 }],
            term: { ...NO_TERM, maxMs: 30 * DAY_MS, extension: { maxMs: 7 * DAY_MS, times: 2, approval: false } },
          }),
          flow_free: skuPolicyOf({ need: null }),
          shareinggone: skuPolicyOf({ need: 'Not owned' }),
          [SKU.SHAREPOINTSTORAGE]: skuPolicyOf({ need: 'For the company only' }),
        },
      }),
    });
    playground.tenant.setFreeSeats(SKU.SPE_E5, 0);
  });
  after(() => playground.close());

  it('lists what can be asked for, by need, with seats, who decides, and for how long', async () => {
    const entries = await playground.licenseflow.tenant.catalog();
    const free = playground.tenant.skus().find(({ skuId }) => skuId === SKU.POWER_BI_PRO)?.freeUnits;
    const withoutSeats = entries.map(({ free: _free, ...entry }) => entry);
    assert.deepEqual(withoutSeats, [
      {
        ...{ skuId: SKU.POWER_BI_PRO, skuPartNumber: 'POWER_BI_PRO', name: 'POWER_BI_PRO' },
        ...{ need: 'Reports and dashboards', seatWaitMs: 20_000, decides: ['the manager'] },
        autoApproved: ['department Sales or Finance, and at least 5 free seats'],
        term: 'at most 30 days, 2 extensions of up to 7 days',
        monthlyPrice: { amount: 9.4, currency: 'EUR' },
      },
      {
        ...{ skuId: SKU.SPE_E5, skuPartNumber: 'SPE_E5', name: 'SPE_E5' },
        ...{
          need: 'Security and compliance',
          seatWaitMs: 7 * DAY_MS,
          autoApproved: [],
          term: null,
          monthlyPrice: null,
        },
        decides: ['the manager', '2 of a member of Licence approvers or FreyaL@contoso.com'],
      },
      {
        ...{ skuId: SKU.FLOW_FREE, skuPartNumber: 'FLOW_FREE', name: 'FLOW_FREE' },
        ...{ need: null, seatWaitMs: 20_000, decides: [], autoApproved: [], term: null, monthlyPrice: null },
      },
    ]);
    assert.deepEqual(
      entries.slice(0, 2).map((entry) => entry.free),
      [free, 0],
    );
  });

  it('says so where the policy file cannot be used', async () => {
    const broken = await Playground.open({ idle: true });
    try {
      Object.defineProperty(broken, 'policy', {
        get: () => {
          throw new PolicyError('line 3: no such key');
        },
      });
      await broken.startWorkers();
      await assert.rejects(broken.licenseflow.tenant.catalog(), {
        kind: 'failed',
        code: 'POLICY_INVALID',
        message: /line 3: no such key/,
      });
    } finally {
      await broken.close();
    }
  });
});
