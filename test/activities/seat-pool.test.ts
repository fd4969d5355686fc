import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDependencies } from '../../src/activities/index.js';
import { PolicyError } from '../../src/activities/index.js';
import { createSeatPoolActivities } from '../../src/activities/seat-pool.js';
import type { SeatMessage, SeatReading } from '../../src/contracts/seat-pool.js';
import type { Policy } from '../../src/domain/policy.js';
import { BulkReads } from '../../src/graph/bulk-reads.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { policyOf } from '../support/policy.js';

const unused = () => Promise.reject(new Error('Seat pools know no campaigns.'));

describe('seat pool activities', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ idle: true });
    playground.tenant.setSeats(SKU.FLOW_FREE, { enabled: 20, warning: 5, suspended: 7 });
  });

  async function activities(policy: () => Promise<Policy>, told: unknown[] = []) {
    const deps: ActivityDependencies = {
      graph: await playground.gateway(),
      bulkReads: new BulkReads(),
      pacer: playground.pacer,
      policy,
      productNames: { nameOf: () => null, planNameOf: () => null },
      serviceFamilies: new Map(),
      channels: [],
      audit: null,
      tenantId: () => Promise.resolve('tenant'),
      campaignPages: { digestOf: unused, usersOf: unused, start: unused },
      seatPools: {
        tell: (pool, message) => Promise.resolve(void told.push([pool, message])),
        ended: (leaseIds) => Promise.resolve(leaseIds.slice(1)),
      },
    };
    return createSeatPoolActivities(deps);
  }
  const environment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  async function counted(policy: () => Promise<Policy>, skuId: string = SKU.FLOW_FREE): Promise<SeatReading> {
    const made = await activities(policy);
    return environment().run<[], SeatReading, () => Promise<SeatReading>>(() => made.countSeats({ skuId }));
  }
  const given = (policy: Partial<Policy>) => () => Promise.resolve(policyOf(policy));

  it('count units in grace where the policy does, and never suspended ones', async () => {
    assert.equal((await counted(given({}))).assignable, 20);
    assert.equal((await counted(given({ countWarningUnits: true }))).assignable, 25);
  });

  it('warn below what the policy says, except for products that it leaves out', async () => {
    const lowSeats = { below: 3, except: ['VISIOCLIENT'] };
    assert.equal((await counted(given({ lowSeats }))).warnBelow, 3);
    assert.equal((await counted(given({ lowSeats }), SKU.VISIOCLIENT)).warnBelow, null);
    assert.equal((await counted(given({ lowSeats: { below: 3, except: [SKU.FLOW_FREE] } }))).warnBelow, null);
    assert.equal((await counted(given({}))).warnBelow, null);
  });

  it('count on with a policy file that has a slip in it', async () => {
    const reading = await counted(() => Promise.reject(new PolicyError('line 3')));
    assert.deepEqual([reading.assignable, reading.warnBelow], [20, null]);
  });

  it('know no seats of a product that the tenant does not own any more', async () => {
    const gone = await counted(given({}), '00000000-0000-0000-0000-000000000000');
    assert.deepEqual([gone.assignable, gone.consumed], [0, 0]);
  });

  it('pass messages on to the pool of their tenant', async () => {
    const told: unknown[] = [];
    const made = await activities(given({}), told);
    const message: SeatMessage = { kind: 'release', leaseId: 'license-request/r#12345678.1' };
    await environment().run(() => made.tellSeatPool({ skuId: SKU.FLOW_FREE, message, pace: FAST_PACE }));
    assert.deepEqual(told, [[{ tenantId: 'tenant', skuId: SKU.FLOW_FREE }, message]]);
  });
});
