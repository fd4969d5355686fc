/**
 * Service families: service plans that deliver the same service to a person, in tiers (Forms of E3, Forms of E5). A plan
 * that belongs to no known family is a service of its own.
 */
import type { PlanId } from './license.js';

/** Where a plan stands in its family. */
export interface FamilyPlace {
  /** Name of the service, such as `exchange-online`. */
  readonly service: string;
  /** The higher, the more the service can do. */
  readonly tier: number;
  /** A service that protects identities, devices or data. */
  readonly security: boolean;
}

/** The families that are known, by plan id. */
export type ServiceFamilies = ReadonlyMap<PlanId, FamilyPlace>;

/** Name of the service that a plan delivers: its family, or its own id where it has none. */
export function serviceOf(families: ServiceFamilies, planId: PlanId): string {
  return families.get(planId)?.service ?? planId;
}

/** A service that goes on with a better or a lesser plan: the best plan that is on before, and after. */
export interface TierChange {
  readonly service: string;
  readonly from: PlanId;
  readonly to: PlanId;
}

/** A service and the plans that deliver it. */
export interface ServicePlans {
  readonly service: string;
  readonly plans: readonly PlanId[];
}

/** What becomes of a person's services, judged by family, over all paths. */
export interface ServiceChanges {
  /** Services that no plan delivered before, with the plans that do after. */
  readonly gained: readonly ServicePlans[];
  /** Services that no plan delivers any more, with the plans that did before. */
  readonly lost: readonly ServicePlans[];
  readonly tiersGained: readonly TierChange[];
  readonly tiersLost: readonly TierChange[];
}

/** Compares the effective plans `before` and `after` a change, service by service. */
export function serviceChanges(
  before: readonly PlanId[],
  after: readonly PlanId[],
  families: ServiceFamilies,
): ServiceChanges {
  const was = byService(before, families);
  const is = byService(after, families);
  const tierOf = (plan: PlanId) => families.get(plan)?.tier ?? 0;
  const tiers = [...was].flatMap(([service, plans]) => {
    const from = best(plans, tierOf);
    const to = best(is.get(service) ?? [], tierOf);
    return from === undefined || to === undefined ? [] : [{ service, from, to, by: tierOf(to) - tierOf(from) }];
  });
  const change = ({ service, from, to }: TierChange): TierChange => ({ service, from, to });
  return {
    gained: onlyIn(is, was),
    lost: onlyIn(was, is),
    tiersGained: tiers.filter(({ by }) => by > 0).map(change),
    tiersLost: tiers.filter(({ by }) => by < 0).map(change),
  };
}

/**
 * Services of which Microsoft allows one plan at a time to a person: different plans of Exchange exclude each other, and so
 * do those of SharePoint and of Skype for Business.
 */
const ONE_PLAN_EACH: ReadonlySet<string> = new Set(['exchange-online', 'sharepoint-onedrive', 'skype-for-business']);

/** Plans that exclude each other and would be on together. What is on together already is evidently allowed. */
export function planConflicts(
  before: readonly PlanId[],
  after: readonly PlanId[],
  families: ServiceFamilies,
): readonly ServicePlans[] {
  return [...byService(after, families)]
    .map(([service, plans]) => ({ service, plans }))
    .filter(({ service, plans }) => ONE_PLAN_EACH.has(service) && plans.length > 1)
    .filter(({ plans }) => plans.some((plan) => !before.includes(plan)));
}

/** Plans by service, both sorted, so that equal changes are equal as JSON too. */
function byService(plans: readonly PlanId[], families: ServiceFamilies): ReadonlyMap<string, readonly PlanId[]> {
  const services = [...new Set(plans.map((plan) => serviceOf(families, plan)))].sort();
  return new Map(
    services.map((service) => [service, plans.filter((plan) => serviceOf(families, plan) === service).sort()]),
  );
}

function onlyIn(
  some: ReadonlyMap<string, readonly PlanId[]>,
  others: ReadonlyMap<string, readonly PlanId[]>,
): readonly ServicePlans[] {
  return [...some].filter(([service]) => !others.has(service)).map(([service, plans]) => ({ service, plans }));
}

function best(plans: readonly PlanId[], tierOf: (plan: PlanId) => number): PlanId | undefined {
  return plans.reduce<PlanId | undefined>((a, b) => (a === undefined || tierOf(b) > tierOf(a) ? b : a), undefined);
}
