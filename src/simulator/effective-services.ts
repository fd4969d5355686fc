import type { SkuRecord } from './sku-record.js';
import { isInForce, type LicensePath } from './user-record.js';

/** Ids of the service plans that a user can use: the union of the enabled plans over all paths in force. Sorted. */
export function effectiveServices(
  paths: readonly LicensePath[],
  skus: ReadonlyMap<string, SkuRecord>,
): readonly string[] {
  const enabled = new Set<string>();
  for (const path of paths) {
    if (!isInForce(path)) continue;
    for (const { servicePlanId } of skus.get(path.skuId)?.servicePlans ?? []) {
      if (!path.disabledPlans.includes(servicePlanId)) enabled.add(servicePlanId);
    }
  }
  return [...enabled].sort();
}

/**
 * Remembers the service lists of a catalogue of SKUs. Tens of thousands of people share a few dozen combinations of
 * licences, so a timeline holds references to few lists instead of one list for each entry.
 */
export class ServiceLists {
  private readonly lists = new Map<string, readonly string[]>();

  constructor(private readonly skus: ReadonlyMap<string, SkuRecord>) {}

  of(paths: readonly LicensePath[]): readonly string[] {
    const key = paths
      .filter(isInForce)
      .map((path) => `${path.skuId}-${path.disabledPlans.join()}`)
      .sort()
      .join('|');
    const known = this.lists.get(key);
    if (known) return known;
    const list = effectiveServices(paths, this.skus);
    this.lists.set(key, list);
    return list;
  }

  /** To be called when a SKU has gained or lost a plan. */
  forget(): void {
    this.lists.clear();
  }
}
