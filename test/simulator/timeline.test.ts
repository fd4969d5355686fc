import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { withSimulator } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] });
const EXCHANGE = [PLAN.EXCHANGE_S_DESKLESS, PLAN.EXCHANGE_S_STANDARD, PLAN.EXCHANGE_S_ENTERPRISE];

describe('The timeline of services', () => {
  const open = withSimulator();

  it('shows that a swap in one call never took a service away', async () => {
    const session = await open();
    await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)], [SKU.ENTERPRISEPACK]);
    await session.assign(PEOPLE.emily.id, [all(SKU.SPE_E3)], [SKU.STANDARDPACK]);
    assert.deepEqual(session.tenant.withoutService({ anyOf: EXCHANGE }), [], 'another plan of the same service counts');
    assert.equal(session.tenant.userTimeline(PEOPLE.adele.id).length, 2);
  });

  it('shows the gap of a removal followed by an addition', async () => {
    const session = await open();
    await session.assign(PEOPLE.adele.id, [], [SKU.ENTERPRISEPACK]);
    assert.equal(session.tenant.withoutService({ anyOf: EXCHANGE })[0]?.to, null, 'it lasts');
    await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)]);
    const [gap, ...more] = session.tenant.withoutService({ anyOf: EXCHANGE });
    assert.equal(gap?.userId, PEOPLE.adele.id);
    assert.ok(gap.to !== null && gap.to >= gap.from);
    assert.deepEqual(more, []);
  });

  it('shows a gap even where both steps fall into the same millisecond', async () => {
    const session = await open({ options: { atomicChange: false } });
    await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E3)], [SKU.ENTERPRISEPACK]);
    assert.equal(session.tenant.withoutService({ anyOf: EXCHANGE }).length, 1);
  });

  it('looks at the time that is asked for', async () => {
    const session = await open();
    await session.assign(PEOPLE.adele.id, [], [SKU.ENTERPRISEPACK]);
    await session.assign(PEOPLE.adele.id, [all(SKU.ENTERPRISEPACK)]);
    const [gap] = session.tenant.withoutService({ anyOf: EXCHANGE });
    assert.ok(gap?.to);
    assert.equal(session.tenant.withoutService({ anyOf: EXCHANGE, from: gap.to + 1 }).length, 0);
    assert.equal(session.tenant.withoutService({ anyOf: EXCHANGE, to: gap.from - 1 }).length, 0);
    assert.equal(session.tenant.withoutService({ anyOf: EXCHANGE, from: gap.from, to: gap.to }).length, 1);
  });

  it('counts a service that stays through a group as never lost', async () => {
    const session = await open();
    await session.assign(PEOPLE.lidia.id, [], [SKU.ENTERPRISEPACK]);
    assert.deepEqual(session.tenant.withoutService({ anyOf: EXCHANGE }), []);
    const [before, after] = session.tenant.userTimeline(PEOPLE.lidia.id);
    assert.ok(before && after);
    assert.ok(before.services.includes(PLAN.SWAY) && after.services.includes(PLAN.SWAY), 'on through the group');
  });

  it('tells who caused each state', async () => {
    const session = await open();
    await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
    session.tenant.changeLicenses(PEOPLE.adele.id, { removeLicenses: [SKU.FLOW_FREE] });
    const causes = session.tenant.userTimeline(PEOPLE.adele.id).map(({ cause }) => cause);
    assert.deepEqual(causes, [null, { by: 'call', seq: session.tenant.effectiveWrites()[0]?.seq }, { by: 'control' }]);
  });

  it('follows a plan that Microsoft adds to a product or takes away', async () => {
    const session = await open();
    const plan = {
      servicePlanId: '9b7a6a38-1d7f-4d8c-9f0b-3f0f7f5f1b11',
      servicePlanName: 'NEW_PLAN',
      appliesTo: 'User',
    } as const;
    session.tenant.addPlan(SKU.ENTERPRISEPACK, plan);
    assert.ok(session.tenant.effectiveServices(PEOPLE.alex.id).includes(plan.servicePlanId), 'on for every holder');
    session.tenant.removePlan(SKU.ENTERPRISEPACK, PLAN.EXCHANGE_S_ENTERPRISE);
    const gaps = session.tenant.withoutService({ anyOf: EXCHANGE });
    assert.ok(gaps.some(({ userId }) => userId === PEOPLE.adele.id));
    assert.ok(!gaps.some(({ userId }) => userId === PEOPLE.lee.id), 'who has it from another product keeps it');
  });
});

describe('The log of calls', () => {
  const open = withSimulator();

  it('tells effective writes from those that changed nothing', async () => {
    const session = await open();
    for (const user of [PEOPLE.adele, PEOPLE.adele, PEOPLE.alex]) await session.assign(user.id, [all(SKU.FLOW_FREE)]);
    await session.call('PATCH', `/users/${PEOPLE.adele.id}`, { body: { usageLocation: 'US' } });
    await session.assign(PEOPLE.adele.id, [], [SKU.SPE_E5]);
    assert.deepEqual(
      session.tenant.calls().map(({ effective, status }) => [effective, status]),
      [
        [true, 200],
        [false, 200],
        [true, 200],
        [false, 204],
        [false, 400],
      ],
    );
    const [write, ...more] = session.tenant.effectiveWrites(PEOPLE.adele.userPrincipalName);
    assert.deepEqual(more, []);
    assert.deepEqual(write?.body, { addLicenses: [all(SKU.FLOW_FREE)], removeLicenses: [] });
    assert.equal(write.appId, session.tenant.applications()[0]?.appId);
  });

  it('records mails, with the parameters spelled either way', async () => {
    const session = await open();
    const message = { subject: 'A licence', toRecipients: [{ emailAddress: { address: 'alexw@contoso.com' } }] };
    const path = `/users/${PEOPLE.freya.id}/sendMail`;
    assert.equal((await session.post(path, { message, saveToSentItems: false })).status, 202);
    assert.equal((await session.post(path, { Message: message }, { malformed: true })).status, 202);
    assert.equal((await session.post(path, {}, { malformed: true })).status, 400);
    assert.deepEqual(
      session.tenant.mails.map((mail) => mail.message),
      [message, message],
    );
  });
});
