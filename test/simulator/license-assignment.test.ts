import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { withSimulator, type GraphSession } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] as string[] });
const LICENSES = '$select=id,assignedLicenses,licenseAssignmentStates';

describe('assignLicense', () => {
  const open = withSimulator();

  const licenses = async (session: GraphSession, user: string) =>
    (await session.get(`/users/${user}?${LICENSES}`)).body.assignedLicenses;
  const sku = (session: GraphSession, skuId: string) => session.subscribedSku(skuId);

  it('swaps two products in one call', async () => {
    const session = await open();
    const before = await sku(session, SKU.ENTERPRISEPACK);
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)], [SKU.ENTERPRISEPACK]);
    assert.equal(answer.status, 200);
    assert.deepEqual(await licenses(session, PEOPLE.adele.id), [all(SKU.SPE_E3)]);
    assert.equal((await sku(session, SKU.ENTERPRISEPACK)).consumedUnits, before.consumedUnits - 1);
  });

  it('replaces the disabled plans of a licence that is held, and never merges them', async () => {
    const session = await open();
    await session.assign(PEOPLE.alex.id, [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.STREAM_O365_E3] }]);
    assert.deepEqual(await licenses(session, PEOPLE.alex.id), [
      { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.STREAM_O365_E3] },
    ]);
  });

  it('changes nothing when it is told what is so already', async () => {
    const session = await open();
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.ENTERPRISEPACK)]);
    assert.equal(answer.status, 200);
    assert.deepEqual(session.tenant.effectiveWrites(), []);
    assert.equal(session.tenant.calls().length, 1);
  });

  it('takes ids and names in any case, and guests by their encoded name', async () => {
    const session = await open();
    const answer = await session.assign('ADELEV@CONTOSO.COM', [all(SKU.FLOW_FREE.toUpperCase())]);
    assert.equal(answer.body.id, PEOPLE.adele.id);
    const guest = await session.get(`/users/${encodeURIComponent(PEOPLE.priya.userPrincipalName)}`);
    assert.equal(guest.body.id, PEOPLE.priya.id);
  });

  it('is one transaction: a refused call changes nothing', async () => {
    const session = await open();
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.VISIOCLIENT)], [SKU.ENTERPRISEPACK]);
    assert.equal(answer.status, 400);
    assert.deepEqual(await licenses(session, PEOPLE.adele.id), [all(SKU.ENTERPRISEPACK)]);
    assert.equal(session.tenant.userTimeline(PEOPLE.adele.id).length, 0);
  });

  it('leaves the first steps done where the tenant is told not to be atomic', async () => {
    const session = await open({ options: { atomicChange: false } });
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.VISIOCLIENT)], [SKU.ENTERPRISEPACK]);
    assert.equal(answer.status, 400);
    assert.deepEqual(await licenses(session, PEOPLE.adele.id), []);
    assert.equal(session.tenant.calls({ effective: true })[0]?.status, 400, 'a refused call that had an effect');
  });

  it('keeps a licence that also comes from a group, with one seat', async () => {
    const session = await open();
    const before = await sku(session, SKU.ENTERPRISEPACK);
    const answer = await session.assign(PEOPLE.lidia.id, [], [SKU.ENTERPRISEPACK]);
    assert.deepEqual(answer.body.assignedLicenses, [all(SKU.ENTERPRISEPACK)], 'all plans of the group are on');
    assert.equal((await sku(session, SKU.ENTERPRISEPACK)).consumedUnits, before.consumedUnits);
    const states = (await session.get(`/users/${PEOPLE.lidia.id}?${LICENSES}`)).body.licenseAssignmentStates;
    assert.deepEqual(
      states.map((state) => state.assignedByGroup),
      ['d2b9871e-f275-4e0e-a2b0-3852f626076c'],
    );
  });

  it('shows one path for each way in which a licence is held', async () => {
    const session = await open();
    const { body } = await session.get(`/users/${PEOPLE.lidia.id}?${LICENSES}`);
    assert.equal(body.licenseAssignmentStates.length, 2);
    assert.deepEqual(body.assignedLicenses, [all(SKU.ENTERPRISEPACK)], 'a plan is off only if it is off on every path');
    const [state] = body.licenseAssignmentStates;
    assert.deepEqual([state?.state, state?.error, state?.assignedByGroup], ['Active', 'None', null]);
  });

  it('needs no second seat for a licence that is held already', async () => {
    const session = await open();
    session.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 0);
    const quiet = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] };
    assert.equal((await session.assign(PEOPLE.adele.id, [quiet])).status, 200);
    assert.equal((await session.assign(PEOPLE.isaiah.id, [quiet])).status, 200, 'nor on top of a group');
    assert.equal((await session.assign(PEOPLE.emily.id, [quiet], [SKU.STANDARDPACK])).status, 400);
  });

  it('counts units in their grace period, unless told otherwise, and never suspended ones', async () => {
    const session = await open();
    session.tenant.setSeats(SKU.SPE_E3, { enabled: 0, warning: 3, suspended: 50 });
    assert.equal((await session.assign(PEOPLE.amani.id, [all(SKU.SPE_E3)])).status, 200, 'two of three are taken');
    assert.equal((await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)])).status, 400);
    session.tenant.setSeats(SKU.SPE_E3, { warning: 30 });
    session.tenant.setOptions({ warningUnitsAssignable: false });
    assert.equal((await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)])).status, 400);
    assert.equal((await sku(session, SKU.SPE_E3)).capabilityStatus, 'Warning');
  });

  for (const [option, status, held] of [
    ['refused', 400, [all(SKU.ENTERPRISEPACK)]],
    ['add-wins', 200, [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] }]],
    ['remove-wins', 200, []],
  ] as const) {
    it(`answers ${status} to the same SKU under both keys when told ${option}`, async () => {
      const session = await open({ options: { sameSkuInAddAndRemove: option } });
      const add = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] };
      assert.equal((await session.assign(PEOPLE.adele.id, [add], [SKU.ENTERPRISEPACK])).status, status);
      assert.deepEqual(await licenses(session, PEOPLE.adele.id), held);
    });
  }

  it('follows its other options where the service is not understood', async () => {
    const session = await open({
      options: { inheritedRemoval: 'ignored', directOnTopOfInherited: 'refused', heldSkuNeedsSeat: true },
    });
    assert.equal((await session.assign(PEOPLE.isaiah.id, [], [SKU.ENTERPRISEPACK])).status, 200);
    assert.deepEqual(session.tenant.effectiveWrites(), []);
    assert.equal((await session.assign(PEOPLE.isaiah.id, [all(SKU.ENTERPRISEPACK)])).status, 400);
    session.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 0);
    const quiet = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] };
    assert.equal((await session.assign(PEOPLE.adele.id, [quiet])).status, 400);
  });

  it('goes on refusing for a while after a usage location was set, when told so', async () => {
    const session = await open({ options: { usageLocationLagMs: 60_000 } });
    assert.equal(
      (await session.call('PATCH', `/users/${PEOPLE.nadia.id}`, { body: { usageLocation: 'BG' } })).status,
      204,
    );
    assert.equal((await session.assign(PEOPLE.nadia.id, [all(SKU.FLOW_FREE)])).status, 400);
    session.tenant.setOptions({ usageLocationLagMs: 0 });
    assert.equal((await session.assign(PEOPLE.nadia.id, [all(SKU.FLOW_FREE)])).status, 200);
    assert.equal(session.tenant.user(PEOPLE.nadia.id).usageLocation, 'BG');
  });

  it('reports the services of a new licence as pending for a while, when told so', async () => {
    const session = await open({ options: { provisioningMs: 60_000 } });
    const quiet = { skuId: SKU.POWER_BI_PRO, disabledPlans: [PLAN.EXCHANGE_S_FOUNDATION] };
    assert.equal((await session.assign(PEOPLE.adele.id, [quiet])).status, 200);
    const statuses = async () => {
      const { body } = await session.get(`/users/${PEOPLE.adele.id}/licenseDetails`);
      const details = (
        body as unknown as { value: { skuId: string; servicePlans: { provisioningStatus: string }[] }[] }
      ).value;
      const of = (skuId: string) =>
        [
          ...new Set(details.find((sku) => sku.skuId === skuId)?.servicePlans.map((plan) => plan.provisioningStatus)),
        ].sort();
      return { added: of(SKU.POWER_BI_PRO), held: of(SKU.ENTERPRISEPACK) };
    };
    assert.deepEqual(await statuses(), { added: ['Disabled', 'PendingProvisioning'], held: ['Success'] });
    session.tenant.setOptions({ provisioningMs: 0 });
    assert.deepEqual((await statuses()).added, ['Disabled', 'Success']);
  });

  it('loses no change of someone else that was made while it waited', async () => {
    const session = await open();
    session.tenant.addFault({ match: { path: '/users/*/assignLicense' }, fault: { kind: 'delay', ms: 200 } });
    const slow = session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
    while (session.tenant.listFaults()[0]?.happened !== 1) await session.get('/users?$top=1');
    session.tenant.changeLicenses(PEOPLE.adele.id, { addLicenses: [all(SKU.EMS)] });
    await slow;
    const held = (await licenses(session, PEOPLE.adele.id)).map(({ skuId }) => skuId);
    assert.deepEqual(held.sort(), [SKU.ENTERPRISEPACK, SKU.EMS, SKU.FLOW_FREE].sort());
  });

  it('never counts a holder twice or none, and never assigns more than there is', async () => {
    const session = await open({ options: { quota: 'off' } });
    for (const skuId of Object.values(SKU)) session.tenant.setFreeSeats(skuId, 2);
    const users = [PEOPLE.adele, PEOPLE.alex, PEOPLE.lidia, PEOPLE.isaiah, PEOPLE.emily, PEOPLE.amani].map(
      ({ id }) => id,
    );
    const products = [
      SKU.ENTERPRISEPACK,
      SKU.STANDARDPACK,
      SKU.EMS,
      SKU.FLOW_FREE,
      SKU.POWER_BI_PRO,
      SKU.AAD_PREMIUM_P2,
    ];
    const some = fc.uniqueArray(fc.constantFrom<string>(...products), { maxLength: 2 });
    const none = fc.constant<string[]>([]);
    const change = fc.oneof(fc.tuple(some, none), fc.tuple(none, some), fc.tuple(some, some));
    const call = fc.record({ user: fc.constantFrom(...users), change });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        await Promise.all(calls.map(({ user, change: [add, remove] }) => session.assign(user, add.map(all), remove)));
        const people = (await session.get(`/users?$top=999&$select=id,assignedLicenses`)).body.value;
        for (const row of (await session.get('/subscribedSkus')).body.value) {
          const holders = people.filter((person) => person.assignedLicenses.some(({ skuId }) => skuId === row.skuId));
          assert.equal(row.consumedUnits, holders.length, row.skuPartNumber);
          assert.ok(row.consumedUnits <= row.prepaidUnits.enabled + row.prepaidUnits.warning, row.skuPartNumber);
        }
      }),
      { numRuns: 40 },
    );
    assert.ok(session.tenant.effectiveWrites().length > 20, 'the calls are not all refused');
  });
});
