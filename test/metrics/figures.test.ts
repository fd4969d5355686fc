import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { registerFigures } from '../../src/metrics/figures.js';
import { remembered } from '../../src/metrics/remembered.js';
import { seatFigures } from '../../src/metrics/progress.js';
import { oldestWaits } from '../../src/metrics/visibility.js';

describe('figures', () => {
  it('that cannot be read are left out and said to be missing, and do not spoil the others', async () => {
    const registry = new Registry();
    const errors: string[] = [];
    let broken = true;
    registerFigures(registry, {
      count: () => (broken ? Promise.reject(new Error('no Temporal')) : Promise.resolve(3)),
      licenseflow: {
        campaigns: { list: () => Promise.resolve([]) },
        seats: { pools: () => Promise.resolve([]) },
      } as never,
      subscribedSkus: () => Promise.resolve([]),
      rememberMs: 60_000,
      onError: (source) => errors.push(source),
    });
    const first = await registry.metrics();
    assert.match(first, /^licenseflow_figures_up\{source="requests"\} 0$/m);
    assert.match(first, /^licenseflow_figures_up\{source="seats"\} 1$/m);
    assert.doesNotMatch(first, /^licenseflow_requests\{/m);
    assert.ok(errors.includes('requests'));
    broken = false;
    const second = await registry.metrics();
    assert.match(second, /^licenseflow_figures_up\{source="requests"\} 1$/m);
    assert.match(second, /^licenseflow_requests\{state="writing"\} 3$/m);
  });

  it('of the oldest wait are within five percent, whatever its age', async () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    const year = 365 * 24 * 3_600_000;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 60_001, max: year }), async (age) => {
        let asked = 0;
        const waits = await oldestWaits((query) => {
          asked += 1;
          const before = Date.parse(/StartTime < '([^']+)'/.exec(query)?.[1] ?? '');
          return Promise.resolve(query.includes('approval') && now - age < before ? 1 : 0);
        }, now);
        const told = waits['waiting-for-approval'] ?? 0;
        assert.ok(told <= age && told >= age / 1.05 - 1, `${String(told)} of ${String(age)}`);
        assert.equal(waits['waiting-for-seat'], 0);
        assert.ok(asked <= 13, `${String(asked)} counts`);
      }),
    );
  });

  it('of seats come from the pool where one is open, else from the count', () => {
    const sku = {
      appliesTo: 'User',
      consumedUnits: 7,
      prepaidUnits: { enabled: 8, warning: 2, suspended: 0, lockedOut: 0 },
    };
    const pool = { skuId: 'a', free: 1, held: 2, settling: 1, waiting: 4 };
    const figures = seatFigures(
      [
        { ...sku, skuId: 'a', skuPartNumber: 'A' },
        { ...sku, skuId: 'b', skuPartNumber: 'B' },
      ] as never,
      [pool] as never,
    );
    const of = (name: string) =>
      figures.filter(({ sku }) => sku === name).map(({ kind, seats }) => `${kind} ${String(seats)}`);
    assert.deepEqual(of('A'), ['bought 10', 'free 1', 'promised 3', 'waiting 4']);
    assert.deepEqual(of('B'), ['bought 10', 'free 3', 'promised 0', 'waiting 0']);
  });
});

describe('what is remembered', () => {
  it('is read once in its time, also by those who ask together, and again after an error', async () => {
    let [now, reads] = [0, 0];
    let fails = false;
    const read = remembered(
      async () => {
        reads += 1;
        if (fails) throw new Error('no');
        return reads;
      },
      100,
      () => now,
    );
    assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1]);
    now = 99;
    assert.equal(await read(), 1);
    now = 100;
    fails = true;
    await assert.rejects(read(), /no/);
    fails = false;
    assert.equal(await read(), 3);
  });
});
