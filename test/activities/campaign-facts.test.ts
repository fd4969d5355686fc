import assert from 'node:assert/strict';
import { createCampaignFactsActivities } from '../../src/activities/campaign-facts.js';
import { PolicyError } from '../../src/activities/index.js';
import type {
  CampaignFacts,
  CampaignFactsInput,
  ReadUsersInput,
  ReadUsersResult,
} from '../../src/contracts/campaign-reads.js';
import type { Failure } from '../../src/domain/failures.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { GraphFailure } from '../../src/graph/gateway.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { dependencies, given, run } from './campaign-support.js';

const WISHES = [{ add: [{ sku: 'enterprisepremium', disabledPlans: [] }], remove: [SKU.ENTERPRISEPACK, 'NO_SUCH'] }];
const NO_GROUP = '00000000-0000-4000-8000-000000000000';

describe('facts for campaigns', () => {
  let playground: Playground;
  let graph: GraphGateway;
  before(async () => {
    playground = await Playground.open({ idle: true });
    graph = await playground.gateway();
  });

  type More = Parameters<typeof dependencies>[1];
  const facts = (more: More = {}, groups: CampaignFactsInput['groups'] = []): Promise<CampaignFacts> =>
    run((input: CampaignFactsInput) => createCampaignFactsActivities(dependencies(graph, more)).campaignFacts(input), {
      wishes: WISHES,
      groups,
    });
  const read = (users: ReadUsersInput['users']): Promise<ReadUsersResult> =>
    run((input: ReadUsersInput) => createCampaignFactsActivities(dependencies(graph)).readCampaignUsers(input), {
      users,
    });
  const failing = (failure: Failure): More => ({
    graph: { ...graph, subscriptions: () => Promise.reject(new GraphFailure(failure)) },
  });

  it('name products, contents and seats, with units in grace where the policy counts them', async () => {
    playground.tenant.setSeats(SKU.ENTERPRISEPREMIUM, { enabled: 10, warning: 4, suspended: 9 });
    const { skus, contents, free } = await facts();
    assert.deepEqual(
      skus.map(({ skuPartNumber }) => skuPartNumber),
      ['ENTERPRISEPACK', 'ENTERPRISEPREMIUM'],
    );
    assert.deepEqual(Object.keys(contents).sort(), [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM].sort());
    const held = playground.tenant
      .users()
      .filter((user) => user.licensePaths.some(({ skuId }) => skuId === SKU.ENTERPRISEPREMIUM)).length;
    assert.equal(free[SKU.ENTERPRISEPREMIUM], 10 - held);
    const generous = await facts({ policy: given({ countWarningUnits: true }) });
    assert.equal(generous.free[SKU.ENTERPRISEPREMIUM], 14 - held);
  });

  it('name subscriptions of these products, and why they are not known', async () => {
    const { subscriptions, subscriptionsUnknown } = await facts();
    assert.equal(subscriptionsUnknown, null);
    assert.deepEqual(
      subscriptions.map(({ skuId }) => skuId).sort(),
      [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM].sort(),
    );
    assert.ok(subscriptions.every(({ status, nextLifecycleAt }) => status === 'Enabled' && nextLifecycleAt !== null));
    const forbidden: Failure = { code: 'FORBIDDEN', message: 'Insufficient privileges.' };
    const unknown = await facts(failing(forbidden));
    assert.deepEqual([unknown.subscriptions, unknown.subscriptionsUnknown], [[], forbidden]);
    await assert.rejects(facts(failing({ code: 'THROTTLED', message: 'later' })), { type: 'THROTTLED' });
  });

  it('name groups and their kinds, and leave the name out where it cannot be read', async () => {
    const asked = [GROUPS.sales.id, GROUPS.frontline.id, GROUPS.analysts.id, NO_GROUP];
    const { groups } = await facts(
      {},
      asked.map((groupId, i) => ({ groupId, skuId: SKU.ENTERPRISEPACK, users: i })),
    );
    assert.deepEqual(
      groups.map(({ name, dynamic, synced, users }) => [name, dynamic, synced, users]),
      [
        ['Sales', false, false, 0],
        ['Frontline workers', true, false, 1],
        ['Sales analysts', false, true, 2],
        [null, false, false, 3],
      ],
    );
  });

  it("name the policy's threshold; a policy that cannot be read waives nothing", async () => {
    const above = async (more: More) => (await facts(more)).secondPersonAbove;
    assert.equal(await above({ policy: given({ campaigns: { secondPersonAbove: 250 } }) }), 250);
    assert.equal(await above({ policy: given({ campaigns: { secondPersonAbove: null } }) }), null);
    assert.equal(await above({ policy: () => Promise.reject(new PolicyError('line 3')) }), 0);
  });

  it('say for each user what is held, what a group gives, or why nobody knows', async () => {
    const skuIds = [SKU.ENTERPRISEPACK, SKU.EMS];
    const people = [PEOPLE.alex.id, PEOPLE.lidia.id, NO_GROUP, ...Array.from({ length: 40 }, () => PEOPLE.freya.id)];
    const readings = await read(people.map((id) => ({ id, skuIds })));
    const off = [PLAN.SWAY, PLAN.YAMMER_ENTERPRISE].sort();
    assert.deepEqual(readings.slice(0, 2), [
      { current: { [SKU.ENTERPRISEPACK]: off, [SKU.EMS]: null }, throughGroup: [] },
      { current: { [SKU.ENTERPRISEPACK]: off, [SKU.EMS]: null }, throughGroup: [SKU.ENTERPRISEPACK] },
    ]);
    const gone = readings[2];
    assert.ok(gone !== undefined && 'failure' in gone && gone.failure.code === 'USER_NOT_FOUND');
    assert.equal(readings.length, 43);
    for (const reading of readings.slice(3))
      assert.deepEqual(reading, { current: { [SKU.ENTERPRISEPACK]: [], [SKU.EMS]: [] }, throughGroup: [] });
  });

  it('tell a passing failure of one user as a reading, for the page to read again', async () => {
    // Longer than a read is waited for.
    playground.tenant.addFault({
      match: { method: 'GET', path: '/users/*', userId: PEOPLE.alex.id },
      times: 1,
      fault: { kind: 'throttle', retryAfterSeconds: 2 },
    });
    const [alex, freya] = await read([PEOPLE.alex.id, PEOPLE.freya.id].map((id) => ({ id, skuIds: [SKU.EMS] })));
    assert.ok(alex !== undefined && 'failure' in alex && alex.failure.code === 'THROTTLED');
    assert.ok(freya !== undefined && 'current' in freya);
  });
});
