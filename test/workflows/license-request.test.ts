import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { actor, Playground } from '../support/playground.js';

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
      add: [{ sku: SKU.AAD_PREMIUM_P2, disabledPlans: [PLAN.MFA_PREMIUM] }, { sku: 'FLOW_FREE', disabledPlans: [] }],
    });
    const waiting = await playground.licenseflow.requests.view(requestId);
    assert.equal(waiting.state, 'waiting-for-approval');
    assert.deepEqual(waiting.waitsFor?.who.map(({ id }) => id), [PEOPLE.megan.id]);

    await assert.rejects(
      playground.licenseflow.requests.decide(requestId, {
        actor: actor(PEOPLE.adele.userPrincipalName),
        verdict: 'approve',
        digest: waiting.plan?.digest ?? '',
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
});
