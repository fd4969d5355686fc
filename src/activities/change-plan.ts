/** Makes the plan of a change from what a user holds now. */
import type { LearnedDependency, LicenseRequest, Problem } from '../contracts/license-request.js';
import type { DependencyRule, KeepContext, UnclearPlan, UnmetDependency } from '../domain/keep.js';
import { outcomeOf } from '../domain/keep.js';
import { nameOf } from '../domain/person.js';
import type { ChangePlan, SkuContents, SkuFacts } from '../domain/plan.js';
import { effectivePlans, effectsOf, pathsAfter, sealed, seatsNeeded } from '../domain/plan.js';
import type { PlanDependency } from '../domain/policy.js';
import type { PlanId, SkuId, TouchedState } from '../domain/license.js';
import { plans, skuIdsOf, touched } from '../domain/license.js';
import type { ServiceFamilies } from '../domain/service-family.js';
import { serviceChanges } from '../domain/service-family.js';
import type { GraphGateway, SubscribedSku, UserLicenses } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import type { ActivityDependencies, ProductNames } from './dependencies.js';
import { directLicenses, heldPaths, personOf } from './license-paths.js';
import type { Wish } from './request-wish.js';
import { plansNamed, resolveWish } from './request-wish.js';

export type PlanMaker = Pick<ActivityDependencies, 'graph' | 'productNames' | 'serviceFamilies'>;

/** Which plans need which others, as far as anyone knows. */
export interface KnownDependencies {
  readonly policy: readonly PlanDependency[];
  readonly learned: readonly LearnedDependency[];
}

export interface PlanInput {
  readonly request: LicenseRequest;
  /** `null` where the directory has no such person: then only the wish itself is checked. */
  readonly user: UserLicenses | null;
  readonly subscribed: readonly SubscribedSku[];
  readonly dependencies: KnownDependencies;
}

export interface PlanResult {
  /** The products of the tenant that the request names. */
  readonly skus: readonly SubscribedSku[];
  /** `null` where it cannot be made. */
  readonly plan: ChangePlan | null;
  /** Why not: everything at once. */
  readonly problems: readonly Problem[];
}

/**
 * The plan that leads `user` to what the request wishes, or why it cannot be made. A product that a group gives cannot be
 * removed, nobody can be licensed without a usage location, and no service goes that nobody named.
 */
export async function makePlan(maker: PlanMaker, input: PlanInput): Promise<PlanResult> {
  const { request, user, subscribed } = input;
  const { wish, problems: wishProblems } = resolveWish(request, subscribed, maker.serviceFamilies);
  const { skus } = wish;
  if (user === null) return { skus, plan: null, problems: wishProblems };
  const problems = [
    ...wishProblems,
    ...(await inheritedProblems(maker.graph, user, wish)),
    ...locationProblems(user, wish, request.usageLocation),
    ...accountProblems(user, wish),
  ];
  // What a wish with mistakes would do to services is not worth telling.
  if (problems.length > 0) return { skus, plan: null, problems };
  const rules = tenantRules(maker.serviceFamilies, subscribed, input.dependencies);
  const { target, services, problems: doubts } = changeFor(wish, user, rules);
  if (services === null) return { skus, plan: null, problems: doubts };
  const paths = heldPaths(user);
  const plan = sealed({
    userId: user.id,
    before: touched(directLicenses(user), skuIdsOf(target)),
    target,
    skus: [...skus].sort((a, b) => (a.skuId < b.skuId ? -1 : 1)).map((sku) => skuFacts(sku, maker.productNames)),
    effects: effectsOf(paths, target, rules.contents),
    services,
    usageLocation: locationChange(user, request.usageLocation),
    warnings: warningsOf(user, wish),
    seatsNeeded: seatsNeeded(paths, target),
  });
  return { skus, plan, problems: [] };
}

/** What the rules look at that is the same for everybody in the tenant. */
export interface TenantRules extends Pick<KeepContext, 'contents' | 'families' | 'companyPlans' | 'dependencies'> {
  readonly subscribed: readonly SubscribedSku[];
}

export function tenantRules(
  families: ServiceFamilies,
  subscribed: readonly SubscribedSku[],
  dependencies: KnownDependencies,
): TenantRules {
  const companyPlans = subscribed.flatMap(({ servicePlans }) =>
    servicePlans.filter(({ appliesTo }) => appliesTo === 'Company').map(({ servicePlanId }) => servicePlanId),
  );
  return {
    subscribed,
    contents: contentsOfTenant(subscribed),
    families,
    companyPlans: new Set(companyPlans),
    dependencies: dependencyRules(dependencies, subscribed),
  };
}

/** Where a wish leads one person. */
export interface UserChange {
  readonly target: TouchedState;
  /** `null` where there are problems. */
  readonly services: ChangePlan['services'] | null;
  /** Why it cannot be done like this: plans that are unclear or lack another, services that nobody named. */
  readonly problems: readonly Problem[];
}

export function changeFor(wish: Wish, user: UserLicenses, rules: TenantRules): UserChange {
  const context: KeepContext = { ...rules, direct: directLicenses(user), paths: heldPaths(user) };
  const { subscribed } = rules;
  const { target, kept, unclear, unmet } = outcomeOf(wish, context);
  const doubts = [
    ...unclear.map((plan) => unclearProblem(plan, subscribed)),
    ...unmet.map((plan) => unmetProblem(plan, subscribed)),
  ];
  if (doubts.length > 0) return { target, services: null, problems: doubts };
  const services = servicesAfter(target, context);
  const lost = lostProblems(services.lost, wish, subscribed);
  return lost.length > 0
    ? { target, services: null, problems: lost }
    : { target, services: { ...services, ...kept }, problems: [] };
}

/**
 * Of what the operator knows, one of the plans named is enough. Whether Graph means one or all of those that it names is
 * not documented; but it has just refused, so if one of them was on, that was not enough.
 */
function dependencyRules(
  { policy, learned }: KnownDependencies,
  subscribed: readonly SubscribedSku[],
): readonly DependencyRule[] {
  const known = policy.flatMap(({ plan, needs }) => {
    const ids = plans(needs.flatMap((need) => plansNamed(need, subscribed)));
    // Plans that the tenant does not have are perhaps misspelt; Graph says so where they are really missing.
    if (ids.length === 0) return [];
    return plansNamed(plan, subscribed).map((planId): DependencyRule => ({ planId, needs: ids, enough: 'one' }));
  });
  return [...known, ...learned.map(({ planId, needs }): DependencyRule => ({ planId, needs, enough: 'all' }))];
}

function servicesAfter(target: TouchedState, { paths, contents, families }: KeepContext) {
  const before = effectivePlans(paths, contents);
  const after = effectivePlans(pathsAfter(paths, target), contents);
  return serviceChanges(before, after, families);
}

/** In a swap every service has to go on, or be named. What is only removed, or switched off by name, names it. */
function lostProblems(
  lost: ChangePlan['services']['lost'],
  { add, remove, losing }: Wish,
  subscribed: readonly SubscribedSku[],
): readonly Problem[] {
  const unnamed = lost.filter(({ service }) => !losing.has(service));
  if (add.length === 0 || remove.length === 0 || unnamed.length === 0) return [];
  // A plan without a family is a service of its own, under its id.
  const names = unnamed.map(({ service, plans: gone }) =>
    gone.includes(service) ? planName(service, subscribed) : service,
  );
  return [
    {
      code: 'SERVICE_LOST',
      message: `${names.length === 1 ? 'This service' : `These ${String(names.length)} services`} would be lost and ${names.length === 1 ? 'is' : 'are'} not named: ${names.join(', ')}.`,
      remedy: `Name with --losing what may go, separated by commas (${removedNames(remove, subscribed)} stands for all services of that product), or choose a product that has them.`,
    },
  ];
}

function removedNames(remove: readonly SkuId[], subscribed: readonly SubscribedSku[]): string {
  return remove.map((skuId) => `--losing ${skuName(skuId, subscribed)}`).join(' or ');
}

function unclearProblem(
  { skuId, planId, service, why, on, off }: UnclearPlan,
  subscribed: readonly SubscribedSku[],
): Problem {
  const names = (ids: readonly PlanId[]) => ids.map((id) => planName(id, subscribed)).join(', ');
  const plan = `${skuName(skuId, subscribed)}:${planName(planId, subscribed)}`;
  const reason = {
    'mixed-family': `of its plans ${names(on)} was on and ${names(off)} was off`,
    'security-service': `${names(off)} was off, and a security service stays off only where somebody says so`,
  };
  return {
    code: 'PLAN_UNCLEAR',
    message: `Whether ${plan} (${service}) shall be on is not clear: ${reason[why]}.`,
    remedy: `Add --disable-plan ${plan} to keep it off, or --enable-plan ${plan} to have it on.`,
  };
}

function unmetProblem({ skuId, planId, needs, why }: UnmetDependency, subscribed: readonly SubscribedSku[]): Problem {
  const name = planName(planId, subscribed);
  const product = skuName(skuId, subscribed);
  const missing = needs.map((id) => planName(id, subscribed)).join(' or ');
  return {
    code: 'PLAN_DEPENDENCY',
    message:
      why === 'wanted'
        ? `${name} of ${product} shall be on, and it needs ${missing}.`
        : `${product} would have no service left: ${name} needs ${missing}.`,
    remedy: `Ask for ${missing} too, or leave ${why === 'wanted' ? name : product} out.`,
  };
}

export function planName(planId: PlanId, subscribed: readonly SubscribedSku[]): string {
  const plans = subscribed.flatMap(({ servicePlans }) => servicePlans);
  return plans.find(({ servicePlanId }) => servicePlanId === planId)?.servicePlanName ?? planId;
}

export function skuName(skuId: SkuId, subscribed: readonly SubscribedSku[]): string {
  return subscribed.find((sku) => sku.skuId === skuId)?.skuPartNumber ?? skuId;
}

export function skuFacts(sku: SubscribedSku, productNames: ProductNames): SkuFacts {
  return {
    skuId: sku.skuId,
    skuPartNumber: sku.skuPartNumber,
    name: productNames.nameOf(sku.skuId) ?? sku.skuPartNumber,
    servicePlans: sku.servicePlans.map(({ servicePlanId, servicePlanName }) => ({
      id: servicePlanId,
      name: servicePlanName,
    })),
  };
}

export function contentsOfTenant(subscribed: readonly SubscribedSku[]): SkuContents {
  return Object.fromEntries(
    subscribed.map(({ skuId, servicePlans }) => [skuId, plans(servicePlans.map(({ servicePlanId }) => servicePlanId))]),
  );
}

/**
 * A removal takes the direct licence only. In a swap the person would keep both products, so that is refused even where
 * there is a direct licence as well.
 */
async function inheritedProblems(graph: GraphGateway, user: UserLicenses, wish: Wish): Promise<readonly Problem[]> {
  const direct = directLicenses(user);
  const problems: Problem[] = [];
  for (const { skuId, skuPartNumber } of wish.skus) {
    const isDirect = skuId in direct;
    if (!wish.remove.includes(skuId) || (isDirect && wish.add.length === 0)) continue;
    const groups = groupsOf(user, skuId);
    if (groups.length === 0) continue;
    const names = (await Promise.all(groups.map((id) => groupName(graph, id)))).join(' and ');
    const person = nameOf(personOf(user));
    problems.push({
      code: 'INHERITED_FROM_GROUP',
      message: isDirect
        ? `${person} holds ${skuPartNumber} also through ${names}, and would keep it beside the new product.`
        : `${person} holds ${skuPartNumber} only through ${names}.`,
      remedy: 'Take the person out of the group, or change the licences of the group; nothing was changed here.',
    });
  }
  return problems;
}

export function groupsOf(user: UserLicenses, skuId: SkuId): readonly string[] {
  return user.paths.flatMap((path) =>
    path.skuId === skuId && path.assignedByGroup !== null ? [path.assignedByGroup] : [],
  );
}

export async function groupName(graph: GraphGateway, groupId: string): Promise<string> {
  try {
    const { displayName, dynamic, synced } = await graph.group(groupId);
    const kind = dynamic ? 'the dynamic group' : synced ? 'the synchronised group' : 'the group';
    return `${kind} "${displayName}"`;
  } catch (error) {
    // A group that may not be read, or was just deleted, still explains the licence by its id.
    if (error instanceof GraphFailure && error.failure.code !== 'TRANSIENT' && error.failure.code !== 'THROTTLED')
      return `the group ${groupId}`;
    throw error;
  }
}

function locationProblems(user: UserLicenses, wish: Wish, usageLocation: string | undefined): readonly Problem[] {
  if (wish.add.length === 0 || usageLocation !== undefined || user.usageLocation !== null) return [];
  return [
    {
      code: 'USAGE_LOCATION',
      message: `${nameOf(personOf(user))} has no usage location, so no licence can be assigned.`,
      remedy: 'Submit again with --usage-location and a two-letter country code, or set it in the directory first.',
    },
  ];
}

function accountProblems(user: UserLicenses, wish: Wish): readonly Problem[] {
  if (user.accountEnabled || wish.add.length === 0) return [];
  return [
    {
      code: 'ACCOUNT_DISABLED',
      message: `The account of ${nameOf(personOf(user))} is disabled.`,
      remedy: 'Enable the account first, or ask for somebody else.',
    },
  ];
}

function locationChange(user: UserLicenses, usageLocation: string | undefined): ChangePlan['usageLocation'] {
  return usageLocation === undefined ? null : { from: user.usageLocation, to: usageLocation.toUpperCase() };
}

function warningsOf(user: UserLicenses, wish: Wish): readonly string[] {
  const direct = directLicenses(user);
  const throughGroup = (skuId: SkuId) => groupsOf(user, skuId).length > 0;
  const warnings: string[] = [];
  if (user.userType === 'Guest') warnings.push('This is a guest of another organisation.');
  for (const { skuId, skuPartNumber } of wish.skus) {
    const wanted = !wish.remove.includes(skuId);
    if (wanted && throughGroup(skuId))
      warnings.push(`${skuPartNumber} comes through a group already; it needs no further seat.`);
    if (!wanted && throughGroup(skuId))
      warnings.push(`${skuPartNumber} stays through a group after the direct one is gone.`);
    if (!wanted && !(skuId in direct)) warnings.push(`${skuPartNumber} is to be removed and is not held.`);
  }
  return warnings;
}
