import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LicenseChange, TouchedState } from '../../src/domain/license.js';
import {
  change,
  inverse,
  isEmpty,
  licenseSet,
  locate,
  plans,
  restoration,
  sameState,
  touched,
} from '../../src/domain/license.js';
import { licenses, PLANS, SKUS, states } from './arbitraries.js';

/** What Graph does with a change: an add replaces the disabled plans, a removal ends the assignment. */
function applied(state: TouchedState, { addLicenses, removeLicenses }: LicenseChange): TouchedState {
  const after = { ...state };
  for (const { skuId, disabledPlans } of addLicenses) after[skuId] = disabledPlans;
  for (const skuId of removeLicenses) after[skuId] = null;
  return after;
}

const pair = states(2) as fc.Arbitrary<readonly [TouchedState, TouchedState]>;
const triple = states(3) as fc.Arbitrary<readonly [TouchedState, TouchedState, TouchedState]>;

describe('licence change', () => {
  it('leads from any state to any target', () => {
    fc.assert(fc.property(pair, ([from, to]) => assert.deepEqual(applied(from, change(from, to)), to)));
  });

  it('is the smallest one: every entry is needed, and none is sent twice', () => {
    fc.assert(
      fc.property(pair, ([from, to]) => {
        const { addLicenses, removeLicenses } = change(from, to);
        const sent = [...addLicenses.map(({ skuId }) => skuId), ...removeLicenses];
        assert.equal(new Set(sent).size, sent.length);
        for (const skuId of sent) assert.notDeepEqual(from[skuId], to[skuId]);
      }),
    );
  });

  it('is taken back exactly by its inverse', () => {
    fc.assert(fc.property(pair, ([before, after]) => assert.deepEqual(applied(after, inverse(before, after)), before)));
  });

  it('never names a SKU that the target does not name', () => {
    fc.assert(
      fc.property(licenses, pair, (held, [, to]) => {
        const { addLicenses, removeLicenses } = change(held, to);
        for (const skuId of [...addLicenses.map((add) => add.skuId), ...removeLicenses]) assert.ok(skuId in to);
      }),
    );
  });

  it('does not depend on the case or the order of ids', () => {
    const [first = '', second = ''] = PLANS;
    const [sku = ''] = SKUS;
    const shouted = licenseSet([{ skuId: sku.toUpperCase(), disabledPlans: [second.toUpperCase(), first, first] }]);
    assert.deepEqual(shouted, { [sku]: plans([first, second]) });
  });
});

describe('three-way rule', () => {
  it('says target, before or elsewhere, and only that', () => {
    fc.assert(
      fc.property(triple, ([current, before, target]) => {
        const position = locate(current, before, target);
        const mixed = Object.keys(target).every(
          (skuId) =>
            sameState(touchedOne(current, skuId), touchedOne(before, skuId)) ||
            sameState(touchedOne(current, skuId), touchedOne(target, skuId)),
        );
        assert.equal(position.at === 'elsewhere', !mixed);
        assert.equal(position.at === 'target', mixed && sameState(current, target));
        if (position.at === 'before') {
          assert.ok(!isEmpty(position.change));
          assert.deepEqual(applied(current, position.change), target);
        }
      }),
    );
  });

  it('names every SKU that drifted', () => {
    const [a = '', b = ''] = SKUS;
    const [off = ''] = PLANS;
    const position = locate({ [a]: [off], [b]: null }, { [a]: null, [b]: null }, { [a]: [], [b]: [] });
    assert.deepEqual(position, { at: 'elsewhere', drifted: [a] });
  });
});

describe('restoration', () => {
  it('is the former state where the product still contains its plans', () => {
    fc.assert(
      fc.property(pair, ([before]) => {
        const contents = Object.fromEntries(SKUS.map((skuId) => [skuId, PLANS]));
        assert.deepEqual(restoration(before, contents), { target: before, vanishedPlans: [] });
      }),
    );
  });

  it('leaves out and lists plans that the product lost, and nothing else', () => {
    fc.assert(
      fc.property(pair, fc.subarray(PLANS), ([before], left) => {
        const contents = Object.fromEntries(SKUS.map((skuId) => [skuId, left]));
        const { target, vanishedPlans } = restoration(before, contents);
        for (const [skuId, state] of Object.entries(before)) {
          const gone = vanishedPlans.filter((plan) => plan.skuId === skuId).map(({ planId }) => planId);
          assert.deepEqual(state === null ? null : plans([...(target[skuId] ?? []), ...gone]), state);
          assert.ok((target[skuId] ?? []).every((plan) => left.includes(plan)));
        }
      }),
    );
  });
});

describe('touched state', () => {
  it('keeps what is held of the SKUs asked for and says null for the rest', () => {
    fc.assert(
      fc.property(licenses, fc.subarray(SKUS), (held, skuIds) => {
        const state = touched(held, skuIds);
        assert.deepEqual(Object.keys(state), [...skuIds].sort());
        for (const skuId of skuIds) assert.deepEqual(state[skuId], held[skuId] ?? null);
      }),
    );
  });
});

function touchedOne(state: TouchedState, skuId: string): TouchedState {
  return { [skuId]: state[skuId] ?? null };
}
