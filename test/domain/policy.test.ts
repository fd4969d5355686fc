import assert from 'node:assert/strict';
import type { PolicyStage } from '../../src/domain/policy.js';
import { combined, skuPolicy } from '../../src/domain/policy.js';
import { policyOf, skuPolicyOf, stageOf } from '../support/policy.js';

const stage = (name: string): PolicyStage => stageOf(name, [{ users: ['lee@contoso.com'] }]);
const manager = stage('manager');
const desk = stage('desk');

describe('policy', () => {
  const policy = policyOf({
    skus: {
      spe_e5: skuPolicyOf({ stages: [manager], seatWaitMs: 10 }),
      'aaaaaaaa-0000-4000-8000-000000000001': skuPolicyOf({ seatWaitMs: 5 }),
    },
  });

  it('knows a product by part number or id, in any case, and closes all others', () => {
    assert.ok(skuPolicy(policy, { skuId: 'x', skuPartNumber: 'SPE_E5' }));
    assert.ok(skuPolicy(policy, { skuId: 'AAAAAAAA-0000-4000-8000-000000000001', skuPartNumber: 'Y' }));
    assert.equal(skuPolicy(policy, { skuId: 'x', skuPartNumber: 'SPE_E3' }), null);
  });

  it('asks each distinct stage of several products once, in their order', () => {
    const both = combined([
      skuPolicyOf({ stages: [manager, desk], seatWaitMs: 20 }),
      skuPolicyOf({ stages: [desk, stage('owner')], seatWaitMs: 7 }),
    ]);
    assert.deepEqual(
      both.stages.map(({ name }) => name),
      ['manager', 'desk', 'owner'],
    );
    assert.equal(both.seatWaitMs, 7);
  });
});
