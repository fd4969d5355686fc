/** How many units of each SKU were consumed when, so that a count can be answered late as the real service does. */
export class SeatHistory {
  private readonly counts = new Map<string, { readonly at: number; readonly count: number }[]>();

  record(skuId: string, at: number, count: number): void {
    const known = this.counts.get(skuId);
    if (!known) {
      this.counts.set(skuId, [{ at, count }]);
      return;
    }
    // Only the last count of a millisecond can ever be asked for.
    if (known.at(-1)?.at === at) known.pop();
    known.push({ at, count });
  }

  /** Consumed units at `at`; before the first record, the first one counts. */
  asOf(skuId: string, at: number): number {
    const known = this.counts.get(skuId) ?? [];
    return (known.findLast((entry) => entry.at <= at) ?? known[0])?.count ?? 0;
  }
}
