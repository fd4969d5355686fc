/** Random licences, small enough that SKUs and plans often meet. */
import fc from 'fast-check';
import type { LicenseSet, SkuState, TouchedState } from '../../src/domain/license.js';
import { plans } from '../../src/domain/license.js';

const guid = (kind: string, n: number) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const SKUS = [1, 2, 3, 4].map((n) => guid('a', n));
export const PLANS = [1, 2, 3, 4, 5].map((n) => guid('b', n));

export const planIds = fc.subarray(PLANS).map((ids) => plans(ids));
export const skuState: fc.Arbitrary<SkuState> = fc.option(planIds, { nil: null });

/** The same SKUs in two or three states, for instance before, target and now. */
export function states(count: number): fc.Arbitrary<readonly TouchedState[]> {
  return fc
    .subarray(SKUS, { minLength: 1 })
    .chain((skuIds) =>
      fc.tuple(
        ...Array.from({ length: count }, () =>
          fc
            .tuple(...skuIds.map(() => skuState))
            .map((row) => Object.fromEntries(row.map((s, i) => [skuIds[i] ?? '', s]))),
        ),
      ),
    );
}

export const licenses: fc.Arbitrary<LicenseSet> = fc.dictionary(fc.constantFrom(...SKUS), planIds);
