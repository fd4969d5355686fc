/** What a request wishes, resolved against the tenant's own products: ids for names, and every mistake in one go. */
import type { LicenseRequest, Problem } from '../contracts/license-request.js';
import { GUID, plans } from '../domain/license.js';
import type { SkuId, SkuState, TouchedState } from '../domain/license.js';
import type { SubscribedSku } from '../graph/gateway.js';

export interface Wish {
  readonly target: TouchedState;
  readonly skus: readonly SubscribedSku[];
}

/** The part of the wish that makes sense, and everything that does not. */
export interface WishResult {
  readonly wish: Wish;
  readonly problems: readonly Problem[];
}

const COUNTRY = /^[a-z]{2}$/i;
const COUNTRY_NAMES = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Whether this is a country code of ISO 3166, as far as this Node knows them. */
function isCountry(code: string): boolean {
  return COUNTRY.test(code) && COUNTRY_NAMES.of(code.toUpperCase()) !== undefined;
}

/** Resolves SKUs and plans by GUID or by name; `subscribed` is what the tenant owns. */
export function resolveWish(request: LicenseRequest, subscribed: readonly SubscribedSku[]): WishResult {
  const problems: Problem[] = [...formProblems(request)];
  const target = new Map<SkuId, SkuState>();
  const skus = new Map<SkuId, SubscribedSku>();

  const take = (name: string, stateOf: (sku: SubscribedSku) => SkuState): void => {
    const sku = findSku(name, subscribed);
    if (sku === null) {
      problems.push(unknownSku(name));
      return;
    }
    if (target.has(sku.skuId)) {
      problems.push(twice(sku));
      return;
    }
    if (sku.appliesTo === 'Company') {
      problems.push(companyOnly(sku));
      return;
    }
    skus.set(sku.skuId, sku);
    target.set(sku.skuId, stateOf(sku));
  };

  for (const { sku: name, disabledPlans } of request.add)
    take(name, (sku) => {
      const resolved = disabledPlans.map((plan) => findPlan(plan, sku));
      disabledPlans.forEach((plan, i) => {
        if (resolved[i] === null) problems.push(unknownPlan(plan, sku));
      });
      return plans(resolved.filter((plan) => plan !== null));
    });
  for (const name of request.remove) take(name, () => null);

  return { wish: { target: Object.fromEntries(target), skus: [...skus.values()] }, problems };
}

function formProblems(request: LicenseRequest): readonly Problem[] {
  const problems: Problem[] = [];
  if (request.add.length === 0 && request.remove.length === 0)
    problems.push({
      code: 'EMPTY_REQUEST',
      message: 'The request neither adds nor removes a product.',
      remedy: 'Name at least one product to add or to remove.',
    });
  if (request.usageLocation !== undefined && !isCountry(request.usageLocation))
    problems.push({
      code: 'USAGE_LOCATION',
      message: `"${request.usageLocation}" is no usage location.`,
      remedy: 'Give a two-letter country code (ISO 3166), for instance DE.',
    });
  return problems;
}

function findSku(name: string, subscribed: readonly SubscribedSku[]): SubscribedSku | null {
  const wanted = name.trim().toLowerCase();
  return subscribed.find((sku) => sku.skuId === wanted || sku.skuPartNumber.toLowerCase() === wanted) ?? null;
}

function findPlan(name: string, sku: SubscribedSku): string | null {
  const wanted = name.trim().toLowerCase();
  const plan = sku.servicePlans.find(
    ({ servicePlanId, servicePlanName }) => servicePlanId === wanted || servicePlanName.toLowerCase() === wanted,
  );
  return plan?.servicePlanId ?? null;
}

function unknownSku(name: string): Problem {
  const looksLikeId = /^[0-9a-f-]{30,}$/i.test(name.trim());
  if (looksLikeId && !GUID.test(name.trim()))
    return {
      code: 'MALFORMED_REQUEST',
      message: `"${name}" is no valid product id.`,
      remedy: 'A product id is a GUID: 8-4-4-4-12 hexadecimal digits. The part number works too.',
    };
  return {
    code: 'UNKNOWN_SKU',
    message: `The tenant does not own a product "${name}".`,
    remedy: 'See `licenseflow seats` for the products of this tenant.',
  };
}

function unknownPlan(plan: string, sku: SubscribedSku): Problem {
  return {
    code: 'UNKNOWN_PLAN',
    message: `${sku.skuPartNumber} of this tenant has no service plan "${plan}".`,
    remedy: `See \`licenseflow seats --plans ${sku.skuPartNumber}\` for its plans.`,
  };
}

function twice(sku: SubscribedSku): Problem {
  return {
    code: 'SAME_SKU_ADDED_AND_REMOVED',
    message: `${sku.skuPartNumber} is named twice in the request.`,
    remedy: 'Name each product once: either to add it, with the plans that shall be off, or to remove it.',
  };
}

function companyOnly(sku: SubscribedSku): Problem {
  return {
    code: 'SKU_NOT_ASSIGNABLE',
    message: `${sku.skuPartNumber} is licensed for the whole company and cannot be assigned to a person.`,
    remedy: 'Leave it out of the request; everyone has it already.',
  };
}
