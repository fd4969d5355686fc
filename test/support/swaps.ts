/**
 * The swaps that are played through, and what each has to leave behind. The rules are said here a second time, without a
 * line of the code that makes plans, from Microsoft's table and the table of service families.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { COMPANY_PLANS } from '../../src/simulator/seed/product-table.js';
import type { SkuPartNumber } from '../../src/simulator/seed/sku-ids.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';

export interface Swap {
  readonly from: readonly SkuPartNumber[];
  readonly to: readonly SkuPartNumber[];
}

/** Office 365 and Microsoft 365 E1, E3, E5, F3, Business Premium. */
export const SEVEN = [
  'STANDARDPACK',
  'ENTERPRISEPACK',
  'ENTERPRISEPREMIUM',
  'SPE_E3',
  'SPE_E5',
  'SPE_F1',
  'SPB',
] as const satisfies readonly SkuPartNumber[];

/** Every one to every other, in both directions. */
export const PAIRS: readonly Swap[] = SEVEN.flatMap((from) =>
  SEVEN.filter((to) => to !== from).map((to) => ({ from: [from], to: [to] })),
);

export const SEVERAL: readonly Swap[] = [
  { from: ['ENTERPRISEPACK', 'EMS'], to: ['SPE_E3'] },
  { from: ['SPE_E5'], to: ['ENTERPRISEPACK', 'EMS'] },
  { from: ['ENTERPRISEPACK', 'EMS', 'MCOEV'], to: ['ENTERPRISEPREMIUM', 'AAD_PREMIUM_P2'] },
];

export const nameOf = ({ from, to }: Swap): string => `${from.join('+')}:${to.join('+')}`;

const rowsOf = <Column extends string>(table: string) =>
  parse<Record<Column, string>>(readFileSync(join(import.meta.dirname, '../../data', table)), {
    bom: true,
    columns: true,
  });

const PRODUCTS = rowsOf<'GUID' | 'Service_Plan_Id' | 'Service_Plan_Name'>('product-names-and-service-plans.csv');
const FAMILIES = new Map(
  rowsOf<'plan_id' | 'service' | 'security'>('service-families.csv').map((row) => [row.plan_id, row]),
);

/** Ids of the plans of each product that the simulated tenant owns. */
export const CONTENTS = Object.fromEntries(
  Object.entries(SKU).map(([sku, skuId]) => [sku, planIdsOf(skuId)] as const),
) as Record<SkuPartNumber, readonly string[]>;

function planIdsOf(skuId: string): readonly string[] {
  const rows = PRODUCTS.filter(({ GUID }) => GUID === skuId);
  return [...new Set(rows.map((row) => row.Service_Plan_Id.toLowerCase()))];
}

/** The id of a plan that goes by this name; the name itself where there is none. */
export function planIdOf(name: string): string {
  const owned = Object.values(CONTENTS).flat();
  const ids = PRODUCTS.filter((row) => row.Service_Plan_Name === name).map((row) => row.Service_Plan_Id.toLowerCase());
  return ids.find((id) => owned.includes(id)) ?? name;
}

export function familyOf(planId: string): string {
  return FAMILIES.get(planId)?.service ?? planId;
}

/** A swap that was planned or made, as far as the rules of keeping plans look at it. */
export interface Swapped {
  /** Products that go, with the plans that were off in them. */
  readonly removed: readonly { readonly plans: readonly string[]; readonly off: readonly string[] }[];
  readonly added: readonly {
    readonly plans: readonly string[];
    readonly off: readonly string[];
    /** Said by the request itself. */
    readonly named: { readonly off: readonly string[]; readonly on: readonly string[] };
    /** Said by the plan: off because they need a plan that is off. */
    readonly offWithAnother: readonly string[];
  }[];
  /** Effective services, before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Everything that is not as the four rules of *keep* want it, as sentences. */
export function brokenRules({ removed, added, before, after }: Swapped): readonly string[] {
  return [
    ...added.flatMap((product) =>
      product.plans.flatMap((plan) => {
        const wanted = wantedState(plan, product, removed);
        const is = product.off.includes(plan) ? 'off' : 'on';
        return wanted === is ? [] : [`${plan} (${familyOf(plan)}) is ${is}, wanted ${wanted}`];
      }),
    ),
    ...after
      .filter((plan) => !before.includes(plan) && removed.some(({ off }) => off.includes(plan)))
      .filter((plan) => !added.some(({ named }) => named.on.includes(plan)))
      .map((plan) => `${plan} was off and is on, and nobody named it`),
    ...before
      .filter((plan) => !after.includes(plan) && added.some(({ plans }) => plans.includes(plan)))
      .filter((plan) => !added.some(({ named, offWithAnother }) => [...named.off, ...offWithAnother].includes(plan)))
      .map((plan) => `${plan} was on and is off, and nobody named it`),
  ];
}

function wantedState(
  plan: string,
  { named, offWithAnother }: Swapped['added'][number],
  removed: Swapped['removed'],
): string {
  if (named.off.includes(plan) || offWithAnother.includes(plan)) return 'off';
  if (named.on.includes(plan)) return 'on';
  const same = removed.filter(({ plans }) => plans.includes(plan));
  if (same.length > 0) return same.every(({ off }) => off.includes(plan)) ? 'off' : 'on';
  const family = FAMILIES.get(plan);
  if (family === undefined || COMPANY_PLANS.has(plan)) return 'on';
  const states = new Set(
    removed
      .flatMap(({ plans }) => plans)
      .filter((other) => familyOf(other) === family.service && !COMPANY_PLANS.has(other))
      .map((other) =>
        removed.every(({ plans, off }) => !plans.includes(other) || off.includes(other)) ? 'off' : 'on',
      ),
  );
  if (states.size > 1) return 'named, because its family was mixed';
  if (!states.has('off')) return 'on';
  return family.security === 'yes' ? 'named, because it is a security service' : 'off';
}
