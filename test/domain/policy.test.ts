import assert from 'node:assert/strict';
import type { PolicyStage } from '../../src/domain/policy.js';
import type { Circumstances, Condition } from '../../src/domain/policy.js';
import {
  combined,
  conditionHolds,
  conditionText,
  mostUrgent,
  seatPriorityOf,
  skuPolicy,
} from '../../src/domain/policy.js';
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

  const here: Circumstances = {
    ...{ department: 'Sales', jobTitle: 'Lead', companyName: null, officeLocation: ' HQ ', usageLocation: 'DE' },
    freeSeats: 10,
  };
  const conditions: [what: string, condition: Condition, holds: boolean][] = [
    ['one attribute', { department: ['Sales'] }, true],
    ['any of several values, in any case', { department: ['IT', 'SALES'] }, true],
    ['blanks around a value', { officeLocation: ['hq'] }, true],
    ['another value', { department: ['IT'] }, false],
    ['an attribute that is not set', { companyName: ['Contoso'] }, false],
    ['all of several parts', { department: ['Sales'], usageLocation: ['de'], freeSeats: 10 }, true],
    ['not all of several parts', { department: ['Sales'], jobTitle: ['Analyst'] }, false],
    ['more free seats than there are', { freeSeats: 11 }, false],
    ['nothing at all', {}, false],
  ];
  for (const [what, condition, holds] of conditions)
    it(`holds ${holds ? '' : 'not '}for ${what}`, () => assert.equal(conditionHolds(condition, here), holds));

  it('reads a condition out', () => {
    assert.equal(
      conditionText({ department: ['Sales', 'IT'], freeSeats: 3 }),
      'department is Sales or IT, and at least 3 seats are free',
    );
  });

  it('takes the first rule of urgency that holds, and of several products the most urgent', () => {
    const rule = skuPolicyOf({
      seatPriority: [
        { priority: 'low', when: { department: ['IT'] } },
        { priority: 'high', when: { jobTitle: ['Lead'] } },
        { priority: 'low', when: { department: ['Sales'] } },
      ],
    });
    assert.equal(seatPriorityOf(rule, here), 'high');
    assert.equal(seatPriorityOf(skuPolicyOf(), here), 'normal');
    assert.equal(mostUrgent(['low', 'normal']), 'normal');
    assert.equal(mostUrgent(['low']), 'low');
    assert.equal(mostUrgent([]), 'normal');
  });
});
