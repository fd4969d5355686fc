/** What is to be added, removed and swapped, as the options of `request submit` say it. */
import type { LicenseRequest, WantedProduct } from '../../contracts/license-request.js';
import { usageError } from '../error-report.js';

export interface WishOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** `FROM:TO` each; several products on a side are joined by `+`. */
  readonly swap?: readonly string[];
  /** Undefined where neither is said: then a swap keeps plans, and an addition does not. */
  readonly keepPlans?: boolean;
  /** `SKU:PLAN,PLAN` each. */
  readonly disablePlan?: readonly string[];
  readonly enablePlan?: readonly string[];
  /** `SERVICE,SERVICE` each. */
  readonly losing?: readonly string[];
}

export type Wish = Pick<LicenseRequest, 'add' | 'remove' | 'losing'>;

/**
 * @param help command that shows the options.
 * @throws LicenseflowError `invalid` with every mistake at once.
 */
export function wishOf(options: WishOptions, help = 'licenseflow request submit --help'): Wish {
  const { add = [], remove = [], swap = [], keepPlans, disablePlan = [], enablePlan = [], losing = [] } = options;
  const swaps = swap.map(swapOf);
  const wanted: readonly Wanted[] = [
    ...add.map((sku) => ({ sku, keeps: keepPlans ?? false })),
    ...swaps.flatMap(({ to }) => to.map((sku) => ({ sku, keeps: keepPlans ?? true }))),
  ];
  const gone = [...remove, ...swaps.flatMap(({ from }) => from)];
  const off = disablePlan.map((text) => plansOf('--disable-plan', text));
  const on = enablePlan.map((text) => plansOf('--enable-plan', text));
  const mistakes = [
    ...swaps.flatMap(swapMistakes),
    ...emptyMistakes(wanted, gone, swaps),
    ...repetitionMistakes(wanted, gone, swaps),
    ...[...off, ...on].flatMap((entry) => planMistakes(entry, wanted)),
    ...on.flatMap((entry) => enableMistakes(entry, wanted, off)),
    ...(keepPlans === true && wanted.length === 0 ? ['--keep-plans: nothing is added whose plans could be kept.'] : []),
    ...(losing.length > 0 && gone.length === 0 ? ['--losing: nothing is removed, so no service can be lost.'] : []),
  ];
  if (mistakes.length > 0) throw usageError(mistakes.join('\n'), `See ${help}`);
  return { add: wanted.map((product) => wantedProduct(product, off, on)), remove: gone, ...losingOf(losing) };
}

/** The services that may be lost, where any are named. */
export function losingOf(losing: readonly string[] = []): Pick<LicenseRequest, 'losing'> {
  const names = losing.flatMap(listOf);
  return names.length === 0 ? {} : { losing: [...new Set(names)] };
}

interface Wanted {
  readonly sku: string;
  readonly keeps: boolean;
}

function wantedProduct({ sku, keeps }: Wanted, off: readonly NamedPlans[], on: readonly NamedPlans[]): WantedProduct {
  const named = (entries: readonly NamedPlans[]) => [
    ...new Set(entries.filter((entry) => same(entry.sku, sku)).flatMap(({ plans }) => plans)),
  ];
  const enabledPlans = named(on);
  return {
    sku,
    disabledPlans: named(off),
    ...(enabledPlans.length > 0 && { enabledPlans }),
    ...(keeps && { keepPlans: true }),
  };
}

// --- swaps ------------------------------------------------------------------------------------------------------------

interface Swap {
  readonly text: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

function swapOf(text: string): Swap {
  const sides = text.split(':');
  const skus = (side = '') =>
    side
      .split('+')
      .map((sku) => sku.trim())
      .filter((sku) => sku !== '');
  return sides.length === 2 ? { text, from: skus(sides[0]), to: skus(sides[1]) } : { text, from: [], to: [] };
}

function swapMistakes({ text, from, to }: Swap): readonly string[] {
  if (from.length === 0 || to.length === 0)
    return [
      `--swap ${text}: write what goes, a colon, and what comes (SPE_E3:SPE_E5, or SPE_E3+EMS:SPE_E5). ` +
        'A part number with a colon or a plus in it is written as skuId.',
    ];
  return from
    .filter((sku) => to.some((other) => same(other, sku)))
    .map(
      (sku) =>
        `--swap ${text}: ${sku} cannot be swapped for itself. To change its plans: --add ${sku} --keep-plans, with --disable-plan or --enable-plan.`,
    );
}

// --- plans ------------------------------------------------------------------------------------------------------------

type PlanOption = '--disable-plan' | '--enable-plan';

interface NamedPlans {
  readonly option: PlanOption;
  readonly text: string;
  readonly sku: string;
  readonly plans: readonly string[];
}

/** Part numbers may hold a comma and even a colon, plan names neither: the last colon is the one that separates. */
function plansOf(option: PlanOption, text: string): NamedPlans {
  const colon = text.lastIndexOf(':');
  return { option, text, sku: text.slice(0, Math.max(0, colon)).trim(), plans: listOf(text.slice(colon + 1)) };
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function planMistakes({ option, text, sku, plans }: NamedPlans, wanted: readonly Wanted[]): readonly string[] {
  if (sku === '' || plans.length === 0)
    return [`${option} ${text}: write the product, a colon, and its plans (SPE_E3:TEAMS1,SWAY).`];
  return wanted.some((product) => same(product.sku, sku))
    ? []
    : [`${option} ${text}: ${sku} is not added; repeat the name that --add or --swap has.`];
}

function enableMistakes(
  { text, sku, plans }: NamedPlans,
  wanted: readonly Wanted[],
  off: readonly NamedPlans[],
): readonly string[] {
  const product = wanted.find((other) => same(other.sku, sku));
  const mistakes =
    product?.keeps === false
      ? [`--enable-plan ${text}: ${sku} comes with its plans on; the option says something with --keep-plans only.`]
      : [];
  const both = plans.filter((plan) =>
    off.some((entry) => same(entry.sku, sku) && entry.plans.some((other) => same(other, plan))),
  );
  return [...mistakes, ...both.map((plan) => `${plan} of ${sku} is under --disable-plan and under --enable-plan.`)];
}

// --- the wish as a whole --------------------------------------------------------------------------------------------

function emptyMistakes(wanted: readonly Wanted[], gone: readonly string[], swaps: readonly Swap[]): readonly string[] {
  return wanted.length + gone.length + swaps.length > 0
    ? []
    : ['The request is empty: name a product with --add, --remove, --swap or --body.'];
}

function repetitionMistakes(
  wanted: readonly Wanted[],
  gone: readonly string[],
  swaps: readonly Swap[],
): readonly string[] {
  const ownSwap = (sku: string) =>
    swaps.some(({ from, to }) => [from, to].every((side) => side.some((other) => same(other, sku))));
  const skus = [...wanted.map(({ sku }) => sku), ...gone];
  const repeated = skus.filter((sku, i) => skus.findIndex((earlier) => same(earlier, sku)) < i && !ownSwap(sku));
  return [...new Set(repeated)].map((sku) => `${sku} is named more than once: each product is added or removed, once.`);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
