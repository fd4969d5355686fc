import assert from 'node:assert/strict';
import type { ChangePlan } from '../../src/domain/plan.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';

describe('license request', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(async () => {
    await playground.close();
  });

  it('assigns what was approved, and says done only after reading it back', async () => {
    const requestId = await playground.submitted({
      add: [
        { sku: SKU.AAD_PREMIUM_P2, disabledPlans: [PLAN.MFA_PREMIUM] },
        { sku: 'FLOW_FREE', disabledPlans: [] },
      ],
    });
    const waiting = await playground.licenseflow.requests.view(requestId);
    assert.equal(waiting.state, 'waiting-for-approval');
    assert.deepEqual(
      waiting.waitsFor?.who.map(({ id }) => id),
      [PEOPLE.megan.id],
    );

    await assert.rejects(
      playground.licenseflow.requests.decide(requestId, {
        actor: actor(PEOPLE.adele.userPrincipalName),
        verdict: 'approve',
        digest: waiting.plan?.digest ?? '',
        stage: waiting.stage,
      }),
      { code: 'SELF_APPROVAL', kind: 'refused' },
    );
    assert.equal(playground.tenant.effectiveWrites(PEOPLE.adele.id).length, 0);

    await playground.approve(requestId);
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.state, 'done');
    assert.equal(done.wrote, true);
    assert.deepEqual(done.after, { [SKU.AAD_PREMIUM_P2]: [PLAN.MFA_PREMIUM], [SKU.FLOW_FREE]: [] });
    const held = playground.held(PEOPLE.adele.id);
    assert.deepEqual(held[SKU.AAD_PREMIUM_P2], [PLAN.MFA_PREMIUM]);
    assert.deepEqual(held[SKU.ENTERPRISEPACK], [], 'a product outside the request stays');
    assert.equal(playground.tenant.effectiveWrites(PEOPLE.adele.id).length, 1);
  });

  it('has in its history what was held before, when the first write is scheduled', async () => {
    const held = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] };
    const person = playground.hire({ licenses: [held] });
    const done = await playground.approved(
      playground.wishOf(person, { add: [{ sku: 'ENTERPRISEPACK', disabledPlans: [] }] }),
    );
    assert.equal(done.state, 'done');
    const { client } = await testTemporal();
    const { events } = await client.workflow.getHandle(licenseRequestWorkflowId(done.requestId)).fetchHistory();
    const history = events ?? [];
    const typeOf = (event: (typeof history)[number]) => event.activityTaskScheduledEventAttributes?.activityType?.name;
    const write = history.findIndex((event) => typeOf(event) === 'writeLicenses');
    const asked = history.slice(0, write).findLast((event) => typeOf(event) === 'replanRequest');
    const answer = history
      .slice(0, write)
      .find(({ activityTaskCompletedEventAttributes: completed }) =>
        completed?.scheduledEventId?.eq(asked?.eventId ?? 0),
      )?.activityTaskCompletedEventAttributes?.result?.payloads?.[0];
    const { plan } = JSON.parse(Buffer.from(answer?.data ?? []).toString('utf8')) as { plan: ChangePlan };
    assert.deepEqual(plan.before, { [held.skuId]: held.disabledPlans });
    assert.deepEqual(plan.target, { [held.skuId]: [] });
  });
});
