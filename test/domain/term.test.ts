import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TouchedState } from '../../src/domain/license.js';
import type { ExtensionRule } from '../../src/domain/policy.js';
import {
  checkExtension,
  extensionDigest,
  noticeInstants,
  spanText,
  steppedDown,
  TERM_MS_MAX,
  termRefusal,
} from '../../src/domain/term.js';
import { PLANS, SKUS, states } from './arbitraries.js';

const DAY_MS = 86_400_000;
const instant = fc.integer({ min: 0, max: 10 * 365 * DAY_MS });
const length = fc.integer({ min: 1, max: 100 * DAY_MS });

describe('the term of a licence', () => {
  const table: readonly [number | null, number | null, RegExp | null][] = [
    [null, null, null],
    [1, null, null],
    [TERM_MS_MAX, null, null],
    [90 * DAY_MS, 90 * DAY_MS, null],
    [null, 90 * DAY_MS, /at most 90 days, so it needs an end/],
    [90 * DAY_MS + 1, 90 * DAY_MS, /longer than the policy allows \(90 days\)/],
    [TERM_MS_MAX + 1, null, /longer than any licence lasts/],
    [0, null, /not in the future/],
    [-1, 90 * DAY_MS, /not in the future/],
    [Number.NaN, null, /no number/],
    [Number.POSITIVE_INFINITY, null, /no number/],
  ];
  for (const [lengthMs, maxMs, refusal] of table)
    it(`of ${String(lengthMs)} ms is ${refusal === null ? 'taken' : 'refused'} where ${String(maxMs)} ms are allowed`, () => {
      const said = termRefusal(lengthMs, { maxMs });
      if (refusal === null) assert.equal(said, null);
      else assert.match(said ?? '', refusal);
    });

  it('is said as people say it', () => {
    assert.deepEqual([90 * DAY_MS, DAY_MS, 36 * 3_600_000, 90_000, 1_500, 12].map(spanText), [
      '90 days',
      '1 day',
      '36 hours',
      '90 seconds',
      '1.5 seconds',
      '12 ms',
    ]);
  });
});

describe('reminders', () => {
  it('are to come, before the end, in order, each once, and all of those that fit', () => {
    fc.assert(
      fc.property(instant, fc.array(length), length, (now, noticesMs, lengthMs) => {
        const endsAt = now + lengthMs;
        const at = noticeInstants(endsAt, { noticesMs }, now);
        assert.deepEqual(
          at,
          [...new Set(at)].sort((a, b) => a - b),
        );
        assert.ok(at.every((one) => one > now && one < endsAt));
        assert.deepEqual(new Set(at), new Set(noticesMs.filter((ms) => ms < lengthMs).map((ms) => endsAt - ms)));
      }),
    );
  });
});

describe('an extension', () => {
  const rule: fc.Arbitrary<ExtensionRule> = fc.record({ maxMs: length, times: fc.nat(3), approval: fc.boolean() });
  const end = fc.oneof(
    fc.record({ byMs: fc.integer({ min: -DAY_MS, max: 200 * DAY_MS }) }),
    fc.record({ untilMs: fc.integer({ min: 0, max: 400 * DAY_MS }) }),
  );

  it('is allowed exactly where it leads to a later end, within the rule and its number of times', () => {
    fc.assert(
      fc.property(rule, end, fc.nat(3), (extension, wanted, earlier) => {
        const [since, endsAt] = [0, 100 * DAY_MS];
        const check = checkExtension({ extension }, { since, endsAt, earlier }, wanted);
        const newEnd = 'byMs' in wanted ? endsAt + wanted.byMs : wanted.untilMs;
        const byMs = newEnd - endsAt;
        assert.equal(check.allowed, byMs > 0 && byMs <= extension.maxMs && earlier < extension.times);
        if (check.allowed) assert.deepEqual(check, { allowed: true, endsAt: newEnd, approval: extension.approval });
      }),
    );
  });

  it('is refused without a rule, to no instant, and beyond any licence', () => {
    const held = { since: 0, endsAt: TERM_MS_MAX - 1, earlier: 0 };
    const refusal = (...[rule, , wanted]: Parameters<typeof checkExtension>) => {
      const check = checkExtension(rule, held, wanted);
      return check.allowed ? null : check.refusal;
    };
    const extension = { maxMs: TERM_MS_MAX, times: 1, approval: false };
    assert.equal(refusal({ extension: null }, held, { byMs: 1 }), 'NOT_EXTENDABLE');
    assert.equal(refusal({ extension }, held, { byMs: Number.NaN }), 'EXTENSION_MALFORMED');
    assert.equal(refusal({ extension }, held, { byMs: Infinity }), 'EXTENSION_MALFORMED');
    assert.equal(refusal({ extension }, held, { byMs: 1 }), null);
    assert.equal(refusal({ extension }, held, { byMs: 2 }), 'EXTENSION_TOO_LONG');
  });

  it('has a digest that stands for nothing else', () => {
    const one = { extensionId: 'x', planDigest: 'p', from: 'a', until: 'b' };
    const others = [{ extensionId: 'y' }, { planDigest: 'q' }, { from: 'c' }, { until: 'd' }];
    for (const other of others) assert.notEqual(extensionDigest({ ...one, ...other }), extensionDigest(one));
  });
});

describe('stepping down to a product', () => {
  const PRODUCT = 'c0000000-0000-4000-8000-000000000001';
  const contents = Object.fromEntries([...SKUS, PRODUCT].map((skuId, i) => [skuId, PLANS.slice(0, 2 + (i % 4))]));
  const pair = states(2) as fc.Arbitrary<readonly [TouchedState, TouchedState]>;

  it('takes away what was given, leaves away what was removed, and puts back what was changed', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const target = steppedDown({ before, after }, PRODUCT, { heldNow: null, contents });
        assert.notEqual(target[PRODUCT] ?? null, null);
        for (const skuId of Object.keys(after)) {
          const changed = before[skuId] !== null && after[skuId] !== null;
          assert.deepEqual(target[skuId], changed ? before[skuId] : null);
        }
      }),
    );
  });

  it('switches nothing on that was off in all that was given', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const target = steppedDown({ before, after }, PRODUCT, { heldNow: null, contents });
        const given = Object.keys(after).filter((skuId) => before[skuId] === null && after[skuId] !== null);
        for (const plan of contents[PRODUCT] ?? []) {
          const having = given.filter((skuId) => contents[skuId]?.includes(plan));
          const off = having.length > 0 && having.every((skuId) => after[skuId]?.includes(plan));
          assert.equal(target[PRODUCT]?.includes(plan), off);
        }
      }),
    );
  });

  it('keeps the product as it is held, and restores it where the request itself had taken it away', () => {
    const [sku = '', other = ''] = SKUS;
    const [plan = ''] = PLANS;
    const swap = { before: { [sku]: [plan], [other]: null }, after: { [sku]: null, [other]: [] } };
    assert.deepEqual(steppedDown(swap, sku, { heldNow: null, contents }), { [sku]: [plan], [other]: null });
    const added = { before: { [other]: null }, after: { [other]: [] } };
    assert.deepEqual(steppedDown(added, sku, { heldNow: [plan], contents }), { [sku]: [plan], [other]: null });
  });
});
