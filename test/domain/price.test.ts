import assert from 'node:assert/strict';
import type { MonthlyPrice } from '../../src/domain/price.js';
import { monthlyText, planPriceText } from '../../src/domain/price.js';
import type { SkuFacts } from '../../src/domain/plan.js';

const eur = (amount: number): MonthlyPrice => ({ amount, currency: 'EUR' });
const sku = (skuId: string): SkuFacts => ({ skuId, skuPartNumber: skuId, name: `Product ${skuId}`, servicePlans: [] });

describe('monthly price', () => {
  const prices: Readonly<Record<string, MonthlyPrice>> = { a: eur(57), b: eur(36.5), same: eur(57) };
  const cases = [
    { name: 'a new product', before: {}, target: { a: [] }, text: '€57.00 more a month.' },
    { name: 'a product taken away', before: { b: [] }, target: { b: null }, text: '€36.50 less a month.' },
    { name: 'a swap', before: { b: [] }, target: { a: [], b: null }, text: '€20.50 more a month.' },
    {
      name: 'a swap at the same price',
      before: { a: [] },
      target: { same: [], a: null },
      text: 'The monthly price stays the same.',
    },
    { name: 'services of a product that is held', before: { a: [] }, target: { a: ['x'] }, text: null },
    { name: 'no price at all', before: {}, target: { c: [] }, text: null },
    {
      name: 'one price of two',
      before: { c: [] },
      target: { a: [], c: null },
      text: '€57.00 more a month, without Product c, whose price is not known.',
    },
  ] as const;
  for (const { name, before, target, text } of cases)
    it(name, () => {
      const skus = [...new Set([...Object.keys(before), ...Object.keys(target)])].map(sku);
      assert.equal(
        planPriceText({ skus, before, target }, (skuId) => prices[skuId] ?? null),
        text,
      );
    });

  it('adds cents exactly', () => {
    const skus = ['x', 'y', 'z'].map(sku);
    const target = { x: [], y: [], z: [] };
    assert.equal(
      planPriceText({ skus, before: {}, target }, () => eur(0.1)),
      '€0.30 more a month.',
    );
  });

  it('is written in its currency', () =>
    assert.equal(monthlyText({ amount: 1234.5, currency: 'USD' }), '$1,234.50 a month'));
});
