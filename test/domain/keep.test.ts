import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readServiceFamilies } from '../../src/activities/service-families.js';
import type { DependencyRule, KeepContext, WishedSku, WishOutcome } from '../../src/domain/keep.js';
import { outcomeOf } from '../../src/domain/keep.js';
import { licenseSet, plans } from '../../src/domain/license.js';
import type { HeldPath } from '../../src/domain/plan.js';
import { effectivePlans, pathsAfter } from '../../src/domain/plan.js';
import type { FamilyPlace } from '../../src/domain/service-family.js';
import { serviceChanges } from '../../src/domain/service-family.js';
import { GROUPS } from '../../src/simulator/seed/people.js';
import { COMPANY_PLANS } from '../../src/simulator/seed/product-table.js';
import { PLAN_RULES } from '../../src/simulator/seed/plan-rules.js';
import type { SkuPartNumber } from '../../src/simulator/seed/sku-ids.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { testSeed } from '../integration/seed.js';
import type { Swap } from '../support/swaps.js';
import { brokenRules, CONTENTS, nameOf, PAIRS, SEVERAL } from '../support/swaps.js';

const OLD = 'old';
const NEW = 'new';
const [P, Q, R, S] = ['p', 'q', 'r', 's'] as const;
const KEEP: WishedSku = { skuId: NEW, disabledPlans: [], enabledPlans: [], keepPlans: true };

interface Given {
  /** Disabled plans of a product that is removed, or held already; its plans are in `contents`. */
  readonly held?: Readonly<Record<string, readonly string[]>>;
  /** Nothing of it is in force. */
  readonly inError?: boolean;
  readonly throughGroup?: Readonly<Record<string, readonly string[]>>;
  readonly contents: Readonly<Record<string, readonly string[]>>;
  readonly families?: Readonly<Record<string, Partial<FamilyPlace>>>;
  readonly companyPlans?: readonly string[];
  readonly dependencies?: readonly DependencyRule[];
  readonly add?: readonly Partial<WishedSku>[];
  readonly remove?: readonly string[];
}

function keep(given: Given): WishOutcome {
  const { held = {}, inError = false, throughGroup = {}, families = {}, companyPlans = [], dependencies = [] } = given;
  const path =
    (group: string | null) =>
    ([skuId, disabledPlans]: [string, readonly string[]]) => {
      return { skuId, disabledPlans, group };
    };
  const place = { service: 'x', tier: 1, security: false };
  return outcomeOf(
    { add: (given.add ?? [{}]).map((sku) => ({ ...KEEP, ...sku })), remove: given.remove ?? [OLD] },
    {
      direct: held,
      paths: [...Object.entries(inError ? {} : held).map(path(null)), ...Object.entries(throughGroup).map(path('g'))],
      contents: given.contents,
      families: new Map(Object.entries(families).map(([plan, more]) => [plan, { ...place, ...more }])),
      companyPlans: new Set(companyPlans),
      dependencies,
    },
  );
}

describe('keeping plans', () => {
  describe('of the same id', () => {
    const contents = { [OLD]: [P, Q], other: [P, R], [NEW]: [P, Q, R] };

    it('leaves off what was off, and nothing else', () => {
      const { target, kept } = keep({ contents, held: { [OLD]: [P] } });
      assert.deepEqual(target, { [OLD]: null, [NEW]: [P] });
      assert.deepEqual(kept.offById, [{ skuId: NEW, planId: P }]);
    });

    it('has on what was on in any of the products that are removed', () => {
      const { target } = keep({ contents, held: { [OLD]: [P, Q], other: [R] }, remove: [OLD, 'other'] });
      assert.deepEqual(target[NEW], [Q, R]);
    });

    it('has on what was on in the product itself', () => {
      const { target } = keep({ contents, held: { [OLD]: [P, Q], [NEW]: [Q, R] } });
      assert.deepEqual(target[NEW], [Q, R]);
    });

    it('keeps the plans of a product that is held, where nothing is removed', () => {
      const { target } = keep({ contents, held: { [NEW]: [Q] }, remove: [], add: [{ disabledPlans: [P] }] });
      assert.deepEqual(target, { [NEW]: [P, Q] });
    });

    it('does not look at products that stay, and not at groups', () => {
      const given = { contents, held: { [OLD]: [P], other: [] }, throughGroup: { other: [] } };
      assert.deepEqual(keep(given).target[NEW], [P]);
    });

    it('remembers a plan that was off and that its product has lost meanwhile', () => {
      const lost = keep({ contents: { ...contents, [OLD]: [Q] }, held: { [OLD]: [P] } });
      assert.deepEqual(lost.target[NEW], [P]);
    });

    it('counts a licence that is in error and gives nothing', () => {
      const { target } = keep({ contents, held: { [OLD]: [P] }, inError: true });
      assert.deepEqual(target[NEW], [P]);
    });

    it('never sends a plan that the product does not have', () => {
      const { target, kept } = keep({ contents: { [OLD]: [P, Q], [NEW]: [Q] }, held: { [OLD]: [P, 'gone'] } });
      assert.deepEqual(target[NEW], []);
      assert.deepEqual(kept.unmapped, ['gone', P]);
    });

    it('obeys the request where it names a plan', () => {
      const { target } = keep({
        contents,
        held: { [OLD]: [P] },
        add: [{ enabledPlans: [P], disabledPlans: [Q] }],
      });
      assert.deepEqual(target[NEW], [Q]);
    });

    it('is left undone where nobody asks for it', () => {
      const { target, kept } = keep({ contents, held: { [OLD]: [P] }, add: [{ keepPlans: false }] });
      assert.deepEqual(target[NEW], []);
      assert.deepEqual(kept.offById, []);
    });
  });

  describe('of the same family', () => {
    const contents = { [OLD]: [P, Q], [NEW]: [R, S] };
    const families = { [P]: { tier: 1 }, [Q]: { tier: 2 }, [R]: { tier: 3 } };

    it('leaves off a plan whose whole family was off, and has on what nobody had', () => {
      const { target, kept, unclear } = keep({ contents, families, held: { [OLD]: [P, Q] } });
      assert.deepEqual(target[NEW], [R]);
      assert.deepEqual(kept.offByFamily, [{ skuId: NEW, planId: R }]);
      assert.deepEqual([unclear, kept.unmapped], [[], []]);
    });

    it('has on a plan whose whole family was on', () => {
      assert.deepEqual(keep({ contents, families, held: { [OLD]: [] } }).target[NEW], []);
    });

    it('asks where some were on and some off', () => {
      const { unclear } = keep({ contents, families, held: { [OLD]: [Q] } });
      assert.deepEqual(unclear, [{ skuId: NEW, planId: R, service: 'x', why: 'mixed-family', on: [P], off: [Q] }]);
    });

    it('asks before it keeps a security service off, and not before it has one on', () => {
      const secure = { ...families, [R]: { tier: 3, security: true } };
      const [asked] = keep({ contents, families: secure, held: { [OLD]: [P, Q] } }).unclear;
      assert.equal(asked?.why, 'security-service');
      assert.deepEqual(keep({ contents, families: secure, held: { [OLD]: [] } }).unclear, []);
    });

    it('takes either answer', () => {
      const answer = (named: Partial<WishedSku>) => keep({ contents, families, held: { [OLD]: [Q] }, add: [named] });
      for (const [named, off] of [
        [{ disabledPlans: [R] }, [R]],
        [{ enabledPlans: [R] }, []],
      ] as const)
        assert.deepEqual([answer(named).unclear, answer(named).target[NEW]], [[], off]);
    });

    it('leaves plans of the company alone, which nobody can switch', () => {
      const { target, unclear } = keep({ contents, families, held: { [OLD]: [Q] }, companyPlans: [P, R] });
      assert.deepEqual([unclear, target[NEW]], [[], []]);
    });
  });

  describe('that need each other', () => {
    const contents = { [OLD]: [P], [NEW]: [P, Q, R, S], elsewhere: [P] };
    const needs = (planId: string, ...others: string[]): DependencyRule => ({ planId, needs: others, enough: 'one' });

    it('switches off what needs a plan that is off, and what needs that in turn', () => {
      const { target, kept } = keep({ contents, held: { [OLD]: [P] }, dependencies: [needs(R, Q), needs(Q, P)] });
      assert.deepEqual(target[NEW], [P, Q, R]);
      assert.deepEqual(
        kept.offWithAnother.map(({ planId, needs }) => [planId, needs]),
        [
          [Q, [P]],
          [R, [Q]],
        ],
      );
    });

    it('asks nothing about a plan that has to be off anyway', () => {
      const { unclear, target } = keep({
        contents: { [OLD]: [P, Q, S], [NEW]: [R, S] },
        families: { [P]: {}, [Q]: {}, [R]: { tier: 2 } },
        held: { [OLD]: [Q, S] },
        dependencies: [needs(R, S)],
      });
      assert.deepEqual([unclear, target[NEW]], [[], [R, S]]);
    });

    it('is content with one of several, and with one that a group gives', () => {
      assert.deepEqual(keep({ contents, held: { [OLD]: [P] }, dependencies: [needs(Q, P, R)] }).target[NEW], [P]);
      const throughGroup = { elsewhere: [] };
      const dependencies = [needs(Q, P)];
      assert.deepEqual(keep({ contents, held: { [OLD]: [P] }, throughGroup, dependencies }).target[NEW], [P]);
    });

    it('wants all of them where a refusal taught it', () => {
      const learned: DependencyRule = { planId: Q, needs: [P, R], enough: 'all' };
      assert.deepEqual(keep({ contents, held: { [OLD]: [P] }, dependencies: [learned] }).target[NEW], [P, Q]);
    });

    it('says so where the request wants a plan on that cannot be', () => {
      const { unmet } = keep({
        contents,
        held: { [OLD]: [P] },
        add: [{ enabledPlans: [Q] }],
        dependencies: [needs(Q, P)],
      });
      assert.deepEqual(unmet, [{ skuId: NEW, planId: Q, needs: [P], why: 'wanted' }]);
    });

    it('says so where nothing of a product would be left', () => {
      const { unmet } = keep({ contents: { [NEW]: [Q] }, remove: [], dependencies: [needs(Q, P)] });
      assert.deepEqual(unmet, [{ skuId: NEW, planId: Q, needs: [P], why: 'nothing-left' }]);
    });
  });
});

describe('services before and after', () => {
  const families = new Map(
    [P, Q, R].map((plan, i) => [plan as string, { service: 'forms', tier: i + 1, security: false }]),
  );

  it('tell a service that goes on from one that comes or goes', () => {
    assert.deepEqual(serviceChanges([P, S], [R, 't'], families), {
      gained: [{ service: 't', plans: ['t'] }],
      lost: [{ service: S, plans: [S] }],
      tiersGained: [{ service: 'forms', from: P, to: R }],
      tiersLost: [],
    });
  });

  it('look at the best plan of each service', () => {
    const { tiersLost, lost } = serviceChanges([P, R], [P, Q], families);
    assert.deepEqual([tiersLost, lost], [[{ service: 'forms', from: R, to: Q }], []]);
  });
});

describe('the swap matrix, by the rules alone', () => {
  const RUNS = 60;
  const seed = testSeed('test/domain/keep.test.ts');
  const families = readServiceFamilies();
  const contents = Object.fromEntries(
    Object.entries(SKU).map(([name, skuId]) => [skuId, plans(CONTENTS[name as SkuPartNumber])]),
  );
  const dependencies = Object.entries(PLAN_RULES.dependencies).map(([planId, needs]): DependencyRule => {
    return { planId, needs, enough: 'one' };
  });
  const group = GROUPS.sales.id;

  interface Case {
    readonly off: readonly (readonly string[])[];
    /** A product that stays, directly or through a group. */
    readonly beside: HeldPath | null;
    readonly dependent: boolean;
    /** How to settle what is unclear, one after the other. */
    readonly answers: readonly boolean[];
  }

  /** Often few, as people really have them. */
  const someOf = (list: readonly string[]) =>
    fc.oneof(fc.subarray([...list]), fc.subarray([...list], { maxLength: Math.min(4, list.length) }));
  const random = ({ from }: Swap): fc.Arbitrary<Case> =>
    fc.record({
      off: fc.tuple(...from.map((sku) => someOf(CONTENTS[sku]))),
      beside: fc.option(
        fc.constantFrom<SkuPartNumber>('POWER_BI_PRO', 'PROJECTPROFESSIONAL', 'EMS').chain((sku) =>
          fc.record({
            skuId: fc.constant(SKU[sku]),
            disabledPlans: fc.subarray([...CONTENTS[sku]]),
            group: fc.constantFrom(null, group),
          }),
        ),
      ),
      dependent: fc.boolean(),
      answers: fc.array(fc.boolean(), { minLength: 1 }),
    });

  /** Plans the swap, and answers what is unclear until it is certain. */
  function planned({ from, to }: Swap, { off, beside, dependent, answers }: Case) {
    const direct = from.map((sku, i) => ({ skuId: SKU[sku], disabledPlans: off[i] ?? [], group: null }));
    const stays = beside !== null && ![...from, ...to].some((sku) => SKU[sku] === beside.skuId) ? [beside] : [];
    const context: KeepContext = {
      direct: licenseSet([...direct, ...stays.filter(({ group }) => group === null)]),
      ...{ paths: [...direct, ...stays], contents, families, companyPlans: COMPANY_PLANS },
      dependencies: dependent ? dependencies : [],
    };
    const remove = direct.map(({ skuId }) => skuId);
    let add: WishedSku[] = to.map((sku) => ({ ...KEEP, skuId: SKU[sku] }));
    let outcome = outcomeOf({ add, remove }, context);
    for (let n = 0; outcome.unclear.length > 0; n++) {
      const [doubt] = outcome.unclear;
      const list = answers[n % answers.length] === true ? 'enabledPlans' : 'disabledPlans';
      add = add.map((sku) => (sku.skuId === doubt?.skuId ? { ...sku, [list]: [...sku[list], doubt.planId] } : sku));
      outcome = outcomeOf({ add, remove }, context);
    }
    return { add, remove, outcome, context };
  }

  for (const swap of [...PAIRS, ...SEVERAL])
    it(`${nameOf(swap)} switches nothing on that was off, and takes nothing that was on`, () => {
      fc.assert(
        fc.property(random(swap), (given) => {
          const { add, remove, outcome, context } = planned(swap, given);
          const { target, kept, unmet } = outcome;
          assert.deepEqual(Object.keys(target).sort(), [...remove, ...add.map(({ skuId }) => skuId)].sort());
          const before = effectivePlans(context.paths, contents);
          const after = effectivePlans(pathsAfter(context.paths, target), contents);
          assert.deepEqual(
            brokenRules({
              removed: context.paths
                .filter(({ skuId, group }) => group === null && remove.some((id) => id === skuId))
                .map(({ skuId, disabledPlans }) => ({ plans: contents[skuId] ?? [], off: disabledPlans })),
              added: add.map(({ skuId, disabledPlans, enabledPlans }) => ({
                plans: contents[skuId] ?? [],
                off: target[skuId] ?? [],
                named: { off: disabledPlans, on: enabledPlans },
                offWithAnother: kept.offWithAnother.filter((plan) => plan.skuId === skuId).map(({ planId }) => planId),
              })),
              before,
              after,
            }),
            [],
          );
          for (const { planId, needs } of context.dependencies)
            if (after.includes(planId) && !needs.some((plan) => after.includes(plan)))
              assert.ok(
                unmet.some((plan) => plan.planId === planId) || add.every(({ skuId }) => !isOn(planId, skuId, outcome)),
                `${planId} is on without what it needs`,
              );
        }),
        { seed, numRuns: RUNS },
      );
    });

  function isOn(planId: string, skuId: string, { target }: WishOutcome): boolean {
    return (contents[skuId] ?? []).includes(planId) && !(target[skuId] ?? []).includes(planId);
  }

  it('keeps Defender off with Exchange, on the way from Office 365 E3 to E5', () => {
    const off = [PLAN.EXCHANGE_S_ENTERPRISE, PLAN.FORMS_PLAN_E3];
    const { outcome } = planned(
      { from: ['ENTERPRISEPACK'], to: ['ENTERPRISEPREMIUM'] },
      { off: [off], beside: null, dependent: true, answers: [true] },
    );
    const with_ = [PLAN.ATP_ENTERPRISE, PLAN.THREAT_INTELLIGENCE];
    assert.deepEqual(
      outcome.target[SKU.ENTERPRISEPREMIUM],
      plans([PLAN.EXCHANGE_S_ENTERPRISE, PLAN.FORMS_PLAN_E5, ...with_]),
    );
  });
});
