/** Makes the plan of a change from what a user holds now. */
import type { Problem } from '../contracts/license-request.js';
import { nameOf } from '../domain/person.js';
import type { ChangePlan, SkuContents, SkuFacts } from '../domain/plan.js';
import { effectsOf, sealed, seatsNeeded } from '../domain/plan.js';
import { plans, skuIdsOf, touched } from '../domain/license.js';
import type { GraphGateway, SubscribedSku, UserLicenses } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import type { ProductNames } from './dependencies.js';
import { directLicenses, heldPaths, personOf } from './license-paths.js';
import type { Wish } from './request-wish.js';

export interface PlanMaker {
  readonly graph: GraphGateway;
  readonly productNames: ProductNames;
}

export type PlanResult = { readonly plan: ChangePlan } | { readonly problems: readonly Problem[] };

/**
 * The plan that leads `user` to `wish`, or why it cannot be made: a product that only a group gives cannot be removed,
 * and nobody can be licensed without a usage location.
 */
export async function makePlan(
  { graph, productNames }: PlanMaker,
  user: UserLicenses,
  wish: Wish,
  subscribed: readonly SubscribedSku[],
  usageLocation: string | undefined,
): Promise<PlanResult> {
  const paths = heldPaths(user);
  const before = touched(directLicenses(user), skuIdsOf(wish.target));
  const problems = [
    ...(await inheritedProblems(graph, user, wish)),
    ...locationProblems(user, wish, usageLocation),
    ...accountProblems(user, wish),
  ];
  if (problems.length > 0) return { problems };
  const contents = contentsOfTenant(subscribed);
  return {
    plan: sealed({
      userId: user.id,
      before,
      target: wish.target,
      skus: [...wish.skus].sort((a, b) => (a.skuId < b.skuId ? -1 : 1)).map((sku) => skuFacts(sku, productNames)),
      effects: effectsOf(paths, wish.target, contents),
      usageLocation: locationChange(user, usageLocation),
      warnings: warningsOf(user, wish),
      seatsNeeded: seatsNeeded(paths, wish.target),
    }),
  };
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

async function inheritedProblems(graph: GraphGateway, user: UserLicenses, wish: Wish): Promise<readonly Problem[]> {
  const direct = directLicenses(user);
  const problems: Problem[] = [];
  for (const sku of wish.skus) {
    if (wish.target[sku.skuId] !== null || sku.skuId in direct) continue;
    const groups = user.paths.flatMap((path) =>
      path.skuId === sku.skuId && path.assignedByGroup !== null ? [path.assignedByGroup] : [],
    );
    if (groups.length === 0) continue;
    const names = await Promise.all(groups.map((id) => groupName(graph, id)));
    problems.push({
      code: 'INHERITED_FROM_GROUP',
      message: `${nameOf(personOf(user))} holds ${sku.skuPartNumber} only through ${names.join(' and ')}.`,
      remedy: 'Take the person out of the group, or change the licences of the group; nothing was changed here.',
    });
  }
  return problems;
}

async function groupName(graph: GraphGateway, groupId: string): Promise<string> {
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
  const adds = Object.values(wish.target).some((state) => state !== null);
  if (!adds || usageLocation !== undefined || user.usageLocation !== null) return [];
  return [
    {
      code: 'USAGE_LOCATION',
      message: `${nameOf(personOf(user))} has no usage location, so no licence can be assigned.`,
      remedy: 'Submit again with --usage-location and a two-letter country code, or set it in the directory first.',
    },
  ];
}

function accountProblems(user: UserLicenses, wish: Wish): readonly Problem[] {
  const adds = Object.values(wish.target).some((state) => state !== null);
  if (user.accountEnabled || !adds) return [];
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
  const throughGroup = (skuId: string) =>
    user.paths.some((path) => path.skuId === skuId && path.assignedByGroup !== null);
  const warnings: string[] = [];
  if (user.userType === 'Guest') warnings.push('This is a guest of another organisation.');
  for (const { skuId, skuPartNumber } of wish.skus) {
    const wanted = wish.target[skuId] !== null;
    if (wanted && throughGroup(skuId))
      warnings.push(`${skuPartNumber} comes through a group already; it needs no further seat.`);
    if (!wanted && throughGroup(skuId))
      warnings.push(`${skuPartNumber} stays through a group after the direct one is gone.`);
    if (!wanted && !(skuId in direct)) warnings.push(`${skuPartNumber} is to be removed and is not held.`);
  }
  return warnings;
}
