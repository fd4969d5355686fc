import assert from 'node:assert/strict';
import { ControlClient, ControlError } from '../../src/simulator/control-client.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { withSimulator } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] });

describe('The control surface', () => {
  const open = withSimulator();

  async function openControl() {
    const session = await open();
    const control = new ControlClient(session.simulator.controlUrl);
    return { session, control, tenant: session.tenant.id };
  }

  it('says what there is', async () => {
    const { session, control, tenant } = await openControl();
    const described = await control.describe();
    assert.equal(described.graphUrl, session.simulator.graphUrl);
    assert.equal(described.caFile, session.simulator.caFile);
    assert.ok(described.operations.some(({ name }) => name === 'set-seats'));
    assert.ok((await control.tenants()).some(({ id }) => id === tenant));
    const summary = await control.run(tenant, 'summary');
    assert.equal(summary.users, Object.keys(PEOPLE).length);
  });

  it('makes tenants and resets them', async () => {
    const { session, control } = await openControl();
    const { id } = await control.createTenant({ displayName: 'Fabrikam', users: 3, options: { quota: 'off' } });
    assert.equal((await control.run(id, 'options')).quota, 'off');
    await control.run(id, 'delete-user', { user: PEOPLE.adele.id });
    await control.resetTenant(id);
    assert.equal((await control.run(id, 'user', { user: PEOPLE.adele.id })).deletedDateTime, null);
    assert.equal(session.simulator.tenant(id).directory.userCount(), Object.keys(PEOPLE).length + 3);
  });

  it('changes people, seats, plans and groups as someone else would', async () => {
    const { session, control, tenant } = await openControl();
    await control.run(tenant, 'change-licenses', { user: PEOPLE.adele.id, removeLicenses: [SKU.ENTERPRISEPACK] });
    assert.deepEqual(session.tenant.assignedLicenses(PEOPLE.adele.id), []);
    await control.run(tenant, 'update-user', { user: PEOPLE.megan.id, patch: { accountEnabled: false } });
    await control.run(tenant, 'set-manager', { user: PEOPLE.adele.id, manager: PEOPLE.lee.id });
    await control.run(tenant, 'set-free-seats', { skuId: SKU.SPE_E3, free: 0 });
    await control.run(tenant, 'set-seats', { skuId: SKU.SPE_E5, warning: 4 });
    await control.run(tenant, 'remove-plan', { skuId: SKU.SPE_E5, servicePlanId: PLAN.SWAY });
    await control.run(tenant, 'add-member', { groupId: GROUPS.sales.id, user: PEOPLE.amani.id });
    await session.tenant.settled();
    assert.equal((await session.get(`/users/${PEOPLE.adele.id}/manager`)).body.id, PEOPLE.lee.id);
    assert.equal((await session.assign(PEOPLE.amani.id, [all(SKU.SPE_E3)])).status, 400);
    const skus = await control.run(tenant, 'skus');
    assert.equal(skus.find(({ skuId }) => skuId === SKU.SPE_E3)?.freeUnits, 0);
    assert.equal(skus.find(({ skuId }) => skuId === SKU.SPE_E5)?.prepaidUnits.warning, 4);
    const { licensePaths } = await control.run(tenant, 'user', { user: PEOPLE.amani.id });
    assert.deepEqual(
      licensePaths.map(({ assignedByGroup }) => assignedByGroup),
      [GROUPS.sales.id],
    );
  });

  it('plays fate and tells what came of it', async () => {
    const { session, control, tenant } = await openControl();
    const { id } = await control.run(tenant, 'add-fault', { times: 1, fault: { kind: 'lost-response' } });
    await assert.rejects(session.assign(PEOPLE.adele.id, [], [SKU.ENTERPRISEPACK]));
    assert.deepEqual(
      (await control.run(tenant, 'faults')).map(({ happened }) => happened),
      [1],
    );
    const [write] = await control.run(tenant, 'effective-writes', { user: PEOPLE.adele.id });
    assert.deepEqual(write?.faults, ['lost-response']);
    assert.equal((await control.run(tenant, 'calls', { userId: PEOPLE.adele.id })).length, 1);
    const [gap] = await control.run(tenant, 'without-service', { anyOf: [PLAN.EXCHANGE_S_ENTERPRISE] });
    assert.equal(gap?.userId, PEOPLE.adele.id);
    assert.equal((await control.run(tenant, 'timeline', { user: PEOPLE.adele.id })).length, 2);
    assert.deepEqual(await control.run(tenant, 'clear-faults', { id }), []);
  });

  it('signs people in', async () => {
    const { session, control, tenant } = await openControl();
    const request = { user: PEOPLE.adele.userPrincipalName, scopes: ['User.Read'] };
    const { accessToken } = await control.run(tenant, 'delegated-token', request);
    assert.equal((await session.get('/me', { token: accessToken })).body.id, PEOPLE.adele.id);
  });

  it('refuses in sentences', async () => {
    const { session, control, tenant } = await openControl();
    const refused = (promise: Promise<unknown>, text: RegExp) =>
      assert.rejects(promise, (error) => error instanceof ControlError && text.test(error.message));
    await refused(control.run(tenant, 'user', { user: 'nobody' }), /has no user nobody/);
    await refused(control.run('fabrikam.com', 'summary'), /has no tenant fabrikam\.com/);
    await refused(control.run(tenant, 'set-free-seats', { skuId: SKU.SPE_E3, free: 1.5 }), /free: /);
    await refused(
      control.run(tenant, 'change-licenses', { user: PEOPLE.adele.id, removeLicenses: [SKU.SPE_E5] }),
      /does not have a corresponding license/,
    );
    await refused(control.run(tenant, 'levitate' as 'summary'), /no operation levitate/);
    await refused(control.createTenant({ id: session.tenant.id }), /already exists/);
    await refused(new ControlClient('http://127.0.0.1:1').tenants(), /cannot be reached/);
  });
});
