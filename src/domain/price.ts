import type { ChangePlan } from './plan.js';

/** What one seat costs a month, as the operator wrote it. Nothing is known of contracts, taxes and discounts. */
export interface MonthlyPrice {
  readonly amount: number;
  /** ISO 4217, such as EUR. */
  readonly currency: string;
}

/** "€57.00 a month". */
export function monthlyText(price: MonthlyPrice): string {
  return `${moneyText(price)} a month`;
}

export function moneyText({ amount, currency }: MonthlyPrice): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount);
}

/**
 * What a plan adds to the monthly bill, as a sentence; `null` where no price is known of anything that it gives or takes.
 *
 * @param priceOf `null` for a product without a price.
 */
export function planPriceText(
  { skus, before, target }: Pick<ChangePlan, 'skus' | 'before' | 'target'>,
  priceOf: (skuId: string) => MonthlyPrice | null,
): string | null {
  const isHeld = (held: ChangePlan['before'], skuId: string) => (held[skuId] ?? null) !== null;
  const changes = skus
    .map(({ skuId, name }) => ({
      name,
      price: priceOf(skuId),
      seats: Number(isHeld(target, skuId)) - Number(isHeld(before, skuId)),
    }))
    .filter(({ seats }) => seats !== 0);
  const [first] = changes.flatMap(({ price }) => price ?? []);
  if (first === undefined) return null;
  const sum = changes.reduce((total, { price, seats }) => total + seats * (price?.amount ?? 0), 0);
  const unknown = changes.filter(({ price }) => price === null).map(({ name }) => name);
  const less = unknown.length === 0 ? '' : `, without ${unknown.join(' and ')}, whose price is not known`;
  return `${differenceText(sum, first.currency)}${less}.`;
}

function differenceText(sum: number, currency: string): string {
  const cents = Math.round(sum * 100);
  if (cents === 0) return 'The monthly price stays the same';
  return `${moneyText({ amount: Math.abs(cents) / 100, currency })} ${cents > 0 ? 'more' : 'less'} a month`;
}
