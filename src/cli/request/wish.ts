/** What is to be added and removed, as the options of `request submit` say it. */
import type { LicenseRequest } from '../../contracts/license-request.js';
import { usageError } from '../error-report.js';

export interface WishOptions {
  readonly add?: readonly string[];
  /** `SKU:PLAN,PLAN` each. */
  readonly disablePlan?: readonly string[];
  readonly remove?: readonly string[];
}

export type Wish = Pick<LicenseRequest, 'add' | 'remove'>;

/** @throws LicenseflowError `invalid` with every mistake at once. */
export function wishOf({ add = [], disablePlan = [], remove = [] }: WishOptions): Wish {
  const off = disablePlan.map(disabledPlansOf);
  const mistakes = [...emptyMistakes(add, remove), ...repetitionMistakes([...add, ...remove])];
  for (const { text, sku, plans } of off) {
    if (sku === '' || plans.length === 0)
      mistakes.push(`--disable-plan ${text}: write the product, a colon, and its plans (SPE_E3:TEAMS1,SWAY).`);
    else if (!add.some((added) => same(added, sku)))
      mistakes.push(`--disable-plan ${text}: ${sku} is not added; repeat the name that --add has.`);
  }
  if (mistakes.length > 0) throw usageError(mistakes.join('\n'), 'See licenseflow request submit --help');
  return {
    add: add.map((sku) => ({
      sku,
      disabledPlans: [...new Set(off.filter((entry) => same(entry.sku, sku)).flatMap(({ plans }) => plans))],
    })),
    remove,
  };
}

/** Part numbers may hold a comma and even a colon, plan names neither: the last colon is the one that separates. */
function disabledPlansOf(text: string): { readonly text: string; readonly sku: string; readonly plans: string[] } {
  const colon = text.lastIndexOf(':');
  const plans = text
    .slice(colon + 1)
    .split(',')
    .map((plan) => plan.trim());
  return { text, sku: text.slice(0, Math.max(0, colon)).trim(), plans: plans.filter((plan) => plan !== '') };
}

function emptyMistakes(add: readonly string[], remove: readonly string[]): string[] {
  return add.length + remove.length > 0 ? [] : ['The request is empty: name a product with --add, --remove or --body.'];
}

function repetitionMistakes(skus: readonly string[]): string[] {
  const repeated = skus.filter((sku, i) => skus.findIndex((earlier) => same(earlier, sku)) < i);
  return [...new Set(repeated)].map((sku) => `${sku} is named more than once: each product is added or removed, once.`);
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
