import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { HeldPath } from '../../src/domain/plan.js';
import { effectivePlans, effectsOf, isSatisfied, pathsAfter, sealed, seatsNeeded } from '../../src/domain/plan.js';
import { planIds, PLANS, SKUS, skuState } from './arbitraries.js';

const contents = fc
  .tuple(...SKUS.map(() => fc.subarray(PLANS, { minLength: 1 })))
  .map((lists) => Object.fromEntries(lists.map((list, i) => [SKUS[i] ?? '', list])));
const paths: fc.Arbitrary<HeldPath[]> = fc.array(
  fc.record({ skuId: fc.constantFrom(...SKUS), disabledPlans: planIds, group: fc.constantFrom(null, 'g1', 'g2') }),
  { maxLength: 5 },
);
const target = fc.dictionary(fc.constantFrom(...SKUS), skuState, { minKeys: 1 });

describe('effects of a plan', () => {
  it('name every service that is won or lost, over all paths', () => {
    fc.assert(
      fc.property(paths, target, contents, (held, wanted, has) => {
        const before = effectivePlans(held, has);
        const after = effectivePlans(pathsAfter(held, wanted), has);
        const { gained, lost, switchedOn } = effectsOf(held, wanted, has);
        assert.deepEqual(new Set([...before.filter((plan) => !lost.includes(plan)), ...gained]), new Set(after));
        assert.ok(gained.every((plan) => !before.includes(plan)));
        assert.ok(switchedOn.every((plan) => gained.includes(plan)));
      }),
    );
  });

  it('leave what groups give as it is', () => {
    fc.assert(
      fc.property(paths, target, (held, wanted) => {
        const fromGroups = (list: readonly HeldPath[]) => list.filter(({ group }) => group !== null);
        assert.deepEqual(fromGroups(pathsAfter(held, wanted)), fromGroups(held));
      }),
    );
  });

  it('list a plan that was off on purpose when it comes on', () => {
    const [sku = ''] = SKUS;
    const [plan = ''] = PLANS;
    const held = [{ skuId: sku, disabledPlans: [plan], group: null }];
    assert.deepEqual(effectsOf(held, { [sku]: [] }, { [sku]: [plan] }).switchedOn, [plan]);
  });
});

describe('seats', () => {
  it('are needed only for what is held on no path', () => {
    const [a = '', b = '', c = ''] = SKUS;
    const held = [{ skuId: a, disabledPlans: [], group: 'g1' }];
    assert.deepEqual(seatsNeeded(held, { [a]: [], [b]: [], [c]: null }), [b]);
  });
});

describe('digest of a plan', () => {
  const [sku = ''] = SKUS;
  const [plan = '', other = ''] = PLANS;
  const base: Parameters<typeof sealed>[0] = {
    userId: 'u',
    before: { [sku]: null },
    target: { [sku]: [] },
    skus: [{ skuId: sku, skuPartNumber: 'X', name: 'Ex', servicePlans: [{ id: plan, name: 'P' }] }],
    effects: { gained: [plan], lost: [], switchedOn: [] },
    services: {
      ...{ gained: [], lost: [], tiersGained: [], tiersLost: [] },
      ...{ offById: [], offByFamily: [], offWithAnother: [], unmapped: [] },
    },
    usageLocation: null,
    warnings: [],
    seatsNeeded: [sku],
  };
  const { digest } = sealed(base);

  const same: [string, Parameters<typeof sealed>[0]][] = [
    ['another product name', { ...base, skus: base.skus.map((s) => ({ ...s, name: 'Other' })) }],
    ['a warning', { ...base, warnings: ['careful'] }],
  ];
  const services = (more: Partial<typeof base.services>) => ({ ...base, services: { ...base.services, ...more } });
  const tier = { service: 'forms', from: plan, to: other };
  const ofSku = { skuId: sku, planId: plan };
  for (const [what, plan_] of same) it(`stays with ${what}`, () => assert.equal(sealed(plan_).digest, digest));

  const different: [string, Parameters<typeof sealed>[0]][] = [
    ['another person', { ...base, userId: 'v' }],
    ['another start', { ...base, before: { [sku]: [plan] } }],
    ['another target', { ...base, target: { [sku]: [plan] } }],
    [
      'a plan more in the product',
      { ...base, skus: base.skus.map((s) => ({ ...s, servicePlans: [...s.servicePlans, { id: other, name: 'Q' }] })) },
    ],
    ['a service lost', { ...base, effects: { ...base.effects, lost: [other] } }],
    ['a service switched on', { ...base, effects: { ...base.effects, switchedOn: [plan] } }],
    ['a new service', services({ gained: [{ service: 'forms', plans: [plan] }] })],
    ['a service that goes', services({ lost: [{ service: 'forms', plans: [plan] }] })],
    ['a higher tier', services({ tiersGained: [tier] })],
    ['a lower tier', services({ tiersLost: [tier] })],
    ['a plan kept off', services({ offById: [ofSku] })],
    ['a plan kept off with its family', services({ offByFamily: [ofSku] })],
    ['a plan switched off with another', services({ offWithAnother: [{ ...ofSku, needs: [other] }] })],
    ['a plan that nothing corresponds to', services({ unmapped: [plan] })],
    ['a usage location', { ...base, usageLocation: { from: null, to: 'DE' } }],
  ];
  for (const [what, plan_] of different)
    it(`changes with ${what}`, () => assert.notEqual(sealed(plan_).digest, digest));

  it('does not ask again because the location is there by now', () => {
    const located = (from: string | null) => sealed({ ...base, usageLocation: { from, to: 'DE' } }).digest;
    assert.equal(located(null), located('DE'));
  });

  it('belongs to a plan with work left', () => {
    assert.equal(isSatisfied(base), false);
    assert.equal(isSatisfied({ ...base, before: base.target }), true);
    assert.equal(isSatisfied({ ...base, before: base.target, usageLocation: { from: null, to: 'DE' } }), false);
  });
});
