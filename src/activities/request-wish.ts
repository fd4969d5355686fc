/** What a request wishes, resolved against the tenant's own products: ids for names, and every mistake in one go. */
import { nearMiss } from '../config/near-miss.js';
import type { LicenseRequest, Problem, WantedProduct } from '../contracts/license-request.js';
import type { WishedChange, WishedSku } from '../domain/keep.js';
import { GUID, plans } from '../domain/license.js';
import type { PlanId, SkuId } from '../domain/license.js';
import type { ServiceFamilies } from '../domain/service-family.js';
import { serviceOf } from '../domain/service-family.js';
import type { SubscribedSku } from '../graph/gateway.js';

/** The part of a request, or of a campaign, that says what is wished. */
export type WishWords = Pick<LicenseRequest, 'add' | 'remove' | 'losing' | 'usageLocation'>;

export interface Wish extends WishedChange {
  /** The products that it names. */
  readonly skus: readonly SubscribedSku[];
  /** Services that may be lost, by the names of {@link serviceOf}. */
  readonly losing: ReadonlySet<string>;
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

/** Resolves SKUs, plans and services by id or by name; `subscribed` is what the tenant owns. */
export function resolveWish(
  request: WishWords,
  subscribed: readonly SubscribedSku[],
  families: ServiceFamilies,
): WishResult {
  const problems: Problem[] = [...formProblems(request)];
  const skus = new Map<SkuId, SubscribedSku>();

  const take = (name: string): readonly SubscribedSku[] => {
    const sku = findSku(name, subscribed);
    const problem = sku === null ? unknownSku(name, subscribed) : skuProblem(sku, skus);
    if (problem !== null) problems.push(problem);
    if (sku === null || problem !== null) return [];
    skus.set(sku.skuId, sku);
    return [sku];
  };

  const added = request.add.flatMap((product) => take(product.sku).map((sku) => wishedSku(product, sku)));
  const removed = request.remove.flatMap(take);
  const losing = resolveLosing(request, removed, subscribed, families);
  problems.push(...added.flatMap((sku) => sku.problems), ...losing.problems);

  const wish: Wish = {
    add: added.map(({ sku }) => sku),
    remove: removed.map(({ skuId }) => skuId),
    skus: [...skus.values()],
    // Whoever switches a plan off by name says with it that its service goes.
    losing: new Set([
      ...losing.services,
      ...added.flatMap(({ sku }) => sku.disabledPlans.map((plan) => serviceOf(families, plan))),
    ]),
  };
  return { wish, problems };
}

function wishedSku(product: WantedProduct, sku: SubscribedSku): { sku: WishedSku; problems: readonly Problem[] } {
  const { disabledPlans, enabledPlans = [], keepPlans = false } = product;
  const found = (names: readonly string[]) => plans(names.flatMap((name) => findPlan(name, sku) ?? []));
  const [off, on] = [found(disabledPlans), found(enabledPlans)];
  const unknown = [...disabledPlans, ...enabledPlans].filter((name) => findPlan(name, sku) === null);
  return {
    sku: { skuId: sku.skuId, disabledPlans: off, enabledPlans: on, keepPlans },
    problems: [
      ...unknown.map((name) => unknownPlan(name, sku)),
      ...on.filter((plan) => off.includes(plan)).map((plan) => bothWays(plan, sku)),
    ],
  };
}

/** A service may be named as its family, as one of its plans, or as a product that is removed: then all of its services. */
function resolveLosing(
  { losing: names = [], remove }: WishWords,
  removed: readonly SubscribedSku[],
  subscribed: readonly SubscribedSku[],
  families: ServiceFamilies,
): { services: readonly string[]; problems: readonly Problem[] } {
  const known = new Set([...families.values()].map(({ service }) => service));
  const services: string[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const sku = findSku(name, removed);
    const ids = sku === null ? plansNamed(name, subscribed) : sku.servicePlans.map((plan) => plan.servicePlanId);
    const family = name.trim().toLowerCase();
    if (known.has(family)) services.push(family);
    else if (ids.length > 0) services.push(...ids.map((plan) => serviceOf(families, plan)));
    // A product that could not be resolved is a problem already.
    else if (!remove.some((other) => other.trim().toLowerCase() === family))
      problems.push(unknownService(name, [...known, ...removed.flatMap(namesOf)]));
  }
  return { services, problems };
}

function formProblems(request: WishWords): readonly Problem[] {
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

export function findSku(name: string, subscribed: readonly SubscribedSku[]): SubscribedSku | null {
  const wanted = name.trim().toLowerCase();
  return subscribed.find((sku) => sku.skuId === wanted || sku.skuPartNumber.toLowerCase() === wanted) ?? null;
}

function findPlan(name: string, sku: SubscribedSku): PlanId | null {
  return plansNamed(name, [sku])[0] ?? null;
}

/** Ids of the plans with this name or id in any of the products: a few names stand for two plans. */
export function plansNamed(name: string, skus: readonly SubscribedSku[]): readonly PlanId[] {
  const wanted = name.trim().toLowerCase();
  return plans(
    skus.flatMap(({ servicePlans }) =>
      servicePlans
        .filter((plan) => plan.servicePlanId === wanted || plan.servicePlanName.toLowerCase() === wanted)
        .map(({ servicePlanId }) => servicePlanId),
    ),
  );
}

/** What may be said instead of a service: the product as a whole, or any of its plans. */
function namesOf({ skuPartNumber, servicePlans }: SubscribedSku): readonly string[] {
  return [skuPartNumber, ...servicePlans.map(({ servicePlanName }) => servicePlanName)];
}

function skuProblem(sku: SubscribedSku, taken: ReadonlyMap<SkuId, SubscribedSku>): Problem | null {
  if (taken.has(sku.skuId)) return twice(sku);
  return sku.appliesTo === 'Company' ? companyOnly(sku) : null;
}

function unknownSku(name: string, subscribed: readonly SubscribedSku[]): Problem {
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
    remedy: orMeant(
      name,
      subscribed.map(({ skuPartNumber }) => skuPartNumber),
      'See `licenseflow seats` for the products of this tenant.',
    ),
  };
}

function unknownPlan(name: string, sku: SubscribedSku): Problem {
  return {
    code: 'UNKNOWN_PLAN',
    message: `${sku.skuPartNumber} of this tenant has no service plan "${name}".`,
    remedy: orMeant(
      name,
      sku.servicePlans.map(({ servicePlanName }) => servicePlanName),
      `See \`licenseflow seats --plans ${sku.skuPartNumber}\` for its plans.`,
    ),
  };
}

function unknownService(name: string, known: readonly string[]): Problem {
  return {
    code: 'UNKNOWN_PLAN',
    message: `"${name}" is neither a service, nor a service plan of this tenant, nor a product that is removed.`,
    remedy: orMeant(name, known, 'Name a service, one of its plans, or the product that goes with all its services.'),
  };
}

function bothWays(planId: PlanId, sku: SubscribedSku): Problem {
  const name = sku.servicePlans.find(({ servicePlanId }) => servicePlanId === planId)?.servicePlanName ?? planId;
  return {
    code: 'PLAN_UNCLEAR',
    message: `${name} of ${sku.skuPartNumber} shall be on and off at once.`,
    remedy: 'Name each plan once: either among those that are switched off, or among those that are switched on.',
  };
}

/** The way to the right name, after a guess where there is a near one. */
function orMeant(name: string, known: readonly string[], remedy: string): string {
  const meant = nearMiss(name.trim(), known);
  return meant === null ? remedy : `Did you mean ${meant}? ${remedy}`;
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
