import assert from 'node:assert/strict';
import type { Policy, PolicyStage } from '../../src/domain/policy.js';
import { combined, skuPolicy } from '../../src/domain/policy.js';

const stage = (name: string): PolicyStage => ({
  name,
  approvers: [{ users: ['lee@contoso.com'] }],
  quorum: 1,
  deadlineMs: 1_000,
});
const manager = stage('manager');
const desk = stage('desk');

describe('policy', () => {
  const policy: Policy = {
    assertedDecisions: 'allow',
    countWarningUnits: false,
    skus: {
      spe_e5: { stages: [manager], seatWaitMs: 10 },
      'aaaaaaaa-0000-4000-8000-000000000001': { stages: [], seatWaitMs: 5 },
    },
  };

  it('knows a product by part number or id, in any case, and closes all others', () => {
    assert.ok(skuPolicy(policy, { skuId: 'x', skuPartNumber: 'SPE_E5' }));
    assert.ok(skuPolicy(policy, { skuId: 'AAAAAAAA-0000-4000-8000-000000000001', skuPartNumber: 'Y' }));
    assert.equal(skuPolicy(policy, { skuId: 'x', skuPartNumber: 'SPE_E3' }), null);
  });

  it('asks each distinct stage of several products once, in their order', () => {
    const both = combined([
      { stages: [manager, desk], seatWaitMs: 20 },
      { stages: [desk, stage('owner')], seatWaitMs: 7 },
    ]);
    assert.deepEqual(
      both.stages.map(({ name }) => name),
      ['manager', 'desk', 'owner'],
    );
    assert.equal(both.seatWaitMs, 7);
  });
});
