import type { CampaignWish } from '../contracts/campaign.js';
import type { SkuFacts } from '../domain/plan.js';

/** @example `Microsoft 365 E5 instead of Microsoft 365 E3` */
export function wishWords({ add, remove }: CampaignWish, skus: readonly SkuFacts[]): string {
  const added = add.map(({ sku }) => productName(sku, skus)).join(' and ');
  const removed = remove.map((sku) => productName(sku, skus)).join(' and ');
  if (added === '') return `removal of ${removed}`;
  return removed === '' ? added : `${added} instead of ${removed}`;
}

/** @param sku part number or skuId. */
export function productName(sku: string, skus: readonly SkuFacts[]): string {
  const wanted = sku.toLowerCase();
  const known = skus.find(({ skuId, skuPartNumber }) => skuId === wanted || skuPartNumber.toLowerCase() === wanted);
  return known?.name ?? sku;
}
