import assert from 'node:assert/strict';
import type { SkuPolicy } from '../../src/domain/policy.js';
import { explanation } from '../../src/contracts/request-story.js';
import type { LicenseRequest } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Hiring } from '../support/playground.js';
import { oneApproval, Playground } from '../support/playground.js';
import { policyOf, skuPolicyOf, stageOf } from '../support/policy.js';

const desk = stageOf('licence desk', [{ users: [PEOPLE.johanna.id, PEOPLE.patti.id] }]);

describe('a rule that approves by itself', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(() => playground.close());

  /** Asked products with what the policy says about them. */
  async function submitted(
    skus: Record<string, Partial<SkuPolicy>>,
    hiring: Hiring,
    wish: Partial<LicenseRequest> = {},
  ) {
    playground.policy = policyOf({
      skus: Object.fromEntries(
        Object.entries(skus).map(([sku, rule]) => [sku.toLowerCase(), skuPolicyOf({ stages: [oneApproval], ...rule })]),
      ),
    });
    const add = Object.keys(skus).map((sku) => ({ sku, disabledPlans: [] }));
    const requestId = await playground.submitted(playground.wishOf(playground.hire(hiring), { add, ...wish }));
    return { requestId, view: await playground.licenseflow.requests.view(requestId) };
  }

  it('asks nobody where it holds, and says which rule it was', async () => {
    const { requestId } = await submitted(
      { FLOW_FREE: { autoApprove: [{ department: ['Sales'] }, { department: ['it'], freeSeats: 5 }] } },
      { department: 'IT' },
    );
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.state, 'done');
    assert.deepEqual(done.stages, []);
    assert.deepEqual(done.autoApproved, [
      'FLOW_FREE is approved by rule: department is it, and at least 5 seats are free.',
    ]);
    assert.ok(explanation(done).some((line) => /^Nobody was asked: FLOW_FREE is approved by rule/.test(line)));
    assert.ok(done.timeline.some(({ text }) => /approved by rule/.test(text)));
  });

  const otherwise: [what: string, hiring: Hiring, rule: SkuPolicy['autoApprove']][] = [
    ['another department', { department: 'Sales' }, [{ department: ['IT'] }]],
    ['no department', { department: null }, [{ department: ['IT'] }]],
    ['only one of two parts', { department: 'IT', jobTitle: 'Analyst' }, [{ department: ['IT'], jobTitle: ['Lead'] }]],
    ['too few free seats', { department: 'IT' }, [{ department: ['IT'], freeSeats: 1_000_000 }]],
    ['a condition without any part', {}, [{}]],
  ];
  for (const [what, hiring, autoApprove] of otherwise)
    it(`asks where it does not hold: ${what}`, async () => {
      const { view } = await submitted({ FLOW_FREE: { autoApprove } }, hiring);
      assert.equal(view.state, 'waiting-for-approval');
      assert.deepEqual(view.autoApproved, []);
    });

  it('spares only the stages of its own product', async () => {
    const { view } = await submitted(
      { FLOW_FREE: { autoApprove: [{ freeSeats: 1 }] }, POWER_BI_PRO: { stages: [desk] } },
      {},
    );
    assert.deepEqual(
      view.stages.map(({ rule }) => rule.name),
      ['licence desk'],
    );
    assert.equal(view.autoApproved.length, 1);
  });

  it('asks all the same where a service would be lost', async () => {
    const always = { autoApprove: [{ freeSeats: 1 }] };
    const { view } = await submitted(
      { STANDARDPACK: always, ENTERPRISEPACK: always },
      { licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] },
      { add: [{ sku: 'STANDARDPACK', disabledPlans: [] }], remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] },
    );
    assert.notEqual(view.plan?.effects.lost.length, 0);
    assert.equal(view.state, 'waiting-for-approval');
    assert.deepEqual(view.autoApproved, []);
  });

  it('asks nobody about one plan, and all about the next one where that takes a service away', async () => {
    const inSales = { autoApprove: [{ department: ['Sales'] }] };
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const { requestId, view } = await submitted(
      { FLOW_FREE: inSales, ENTERPRISEPACK: inSales },
      { department: 'Sales' },
      { add: [{ sku: 'FLOW_FREE', disabledPlans: [] }], remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] },
    );
    assert.equal(view.autoApproved.length, 2, 'what is not held yet is not lost');
    await playground.untilState(requestId, 'waiting-for-seat');
    const subject = view.subject?.id ?? '';
    playground.tenant.changeLicenses(subject, { addLicenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] });
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 10);

    const asked = await playground.untilState(requestId, 'waiting-for-approval', 'done');
    assert.equal(asked.state, 'waiting-for-approval');
    assert.deepEqual(asked.autoApproved, []);
    assert.deepEqual(
      asked.waitsFor?.who.map(({ id }) => id),
      [PEOPLE.megan.id],
    );
    assert.deepEqual(playground.writes(subject), []);
    await playground.approve(requestId);
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'done');
    assert.deepEqual(playground.held(subject), { [SKU.FLOW_FREE]: [] });
  });
});
