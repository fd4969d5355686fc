/**
 * The plan of one licence change: what a human approves. It holds the state before and the state wanted, what that means
 * for the person's services, and the digest under which it was approved.
 */
import type { Json } from './digest.js';
import { digestOf } from './digest.js';
import { isEmpty, change, plans, skuIdsOf } from './license.js';
import type { PlanId, SkuId, TouchedState } from './license.js';
import type { ServiceChanges } from './service-family.js';

/** A product as the tenant had it when the plan was made. */
export interface SkuFacts {
  readonly skuId: SkuId;
  readonly skuPartNumber: string;
  /** Product name for people; the part number where Microsoft's table has none. */
  readonly name: string;
  readonly servicePlans: readonly { readonly id: PlanId; readonly name: string }[];
}

/** One way on which a person holds a SKU: directly (`group` is null) or through a group. */
export interface HeldPath {
  readonly skuId: SkuId;
  readonly disabledPlans: readonly PlanId[];
  readonly group: string | null;
}

/** What a change does to the services of a person, over all paths, direct and through groups. */
export interface Effects {
  /** Services that work after the change and did not before. */
  readonly gained: readonly PlanId[];
  /** Services that worked before and do not after. */
  readonly lost: readonly PlanId[];
  /** Those of `gained` that had been switched off on purpose (they were a disabled plan of a licence held). */
  readonly switchedOn: readonly PlanId[];
}

/** One plan of one product. */
export interface PlanOfSku {
  readonly skuId: SkuId;
  readonly planId: PlanId;
}

/** Why plans of the products that are added are off, beyond those that the request names itself. */
export interface KeptPlans {
  /** The same plan was off in what is removed. */
  readonly offById: readonly PlanOfSku[];
  /** All plans of its service family were off in what is removed. */
  readonly offByFamily: readonly PlanOfSku[];
  /** It needs a plan that is not on. */
  readonly offWithAnother: readonly (PlanOfSku & { readonly needs: readonly PlanId[] })[];
  /** Plans that were off and to which nothing in the products added corresponds. */
  readonly unmapped: readonly PlanId[];
}

/** A usage location that the request asks to set; nothing is sent where `from` equals `to`. */
export interface UsageLocationChange {
  readonly from: string | null;
  readonly to: string;
}

/** One change for one person, ready to be approved. */
export interface ChangePlan {
  readonly userId: string;
  readonly before: TouchedState;
  readonly target: TouchedState;
  /** The touched products, in the order of their ids. */
  readonly skus: readonly SkuFacts[];
  readonly effects: Effects;
  /** The effects again, by service, and what became of plans that were off. */
  readonly services: ServiceChanges & KeptPlans;
  readonly usageLocation: UsageLocationChange | null;
  /** Things an approver should know, as sentences. */
  readonly warnings: readonly string[];
  /** SKUs that need a free seat: wanted, and not held on any path yet. */
  readonly seatsNeeded: readonly SkuId[];
  readonly digest: string;
}

/** Whether the person loses a service with it, or gets less of one. */
export function takesAway({ services: { lost, tiersLost } }: Pick<ChangePlan, 'services'>): boolean {
  return lost.length > 0 || tiersLost.length > 0;
}

/** Plan ids of each SKU, as the tenant has them. */
export type SkuContents = Readonly<Record<SkuId, readonly PlanId[]>>;

/** Effective services: the union, over all paths, of the plans of the SKU that are not disabled on that path. */
export function effectivePlans(paths: readonly HeldPath[], contents: SkuContents): readonly PlanId[] {
  return plans(
    paths.flatMap(({ skuId, disabledPlans }) =>
      (contents[skuId] ?? []).filter((plan) => !disabledPlans.includes(plan)),
    ),
  );
}

/** The paths of a person after their direct assignments of the touched SKUs became `target`. */
export function pathsAfter(paths: readonly HeldPath[], target: TouchedState): readonly HeldPath[] {
  const untouched = paths.filter(({ skuId, group }) => group !== null || !(skuId in target));
  const direct = Object.entries(target).flatMap(([skuId, state]) =>
    state === null ? [] : [{ skuId, disabledPlans: state, group: null }],
  );
  return [...untouched, ...direct];
}

/** What setting the touched SKUs to `target` gives and takes, over all paths. */
export function effectsOf(paths: readonly HeldPath[], target: TouchedState, contents: SkuContents): Effects {
  const before = effectivePlans(paths, contents);
  const after = effectivePlans(pathsAfter(paths, target), contents);
  const gained = after.filter((plan) => !before.includes(plan));
  const off = new Set(paths.flatMap(({ disabledPlans }) => disabledPlans));
  return {
    gained,
    lost: before.filter((plan) => !after.includes(plan)),
    switchedOn: gained.filter((plan) => off.has(plan)),
  };
}

/** SKUs of `target` that take a seat: a person who holds a SKU on any path already uses their one seat. */
export function seatsNeeded(paths: readonly HeldPath[], target: TouchedState): readonly SkuId[] {
  return skuIdsOf(target).filter((skuId) => target[skuId] !== null && !paths.some((path) => path.skuId === skuId));
}

/** Nothing to send: every touched SKU is as wanted and the usage location stays. */
export function isSatisfied(plan: Pick<ChangePlan, 'before' | 'target' | 'usageLocation'>): boolean {
  const { usageLocation } = plan;
  const located = usageLocation === null || usageLocation.from === usageLocation.to;
  return located && isEmpty(change(plan.before, plan.target));
}

/**
 * Completes a plan with its digest. The digest covers what an approver agrees to: the person, the change from its start
 * to its end, the plan list of every touched SKU, services won, lost or switched on, tiers, plans kept off and why, and
 * the usage location. Names and warnings are left out, so that a renamed product asks nobody again.
 */
export function sealed(plan: Omit<ChangePlan, 'digest'>): ChangePlan {
  const digest = digestOf({
    userId: plan.userId,
    before: plan.before,
    target: plan.target,
    contents: plan.skus.map(({ skuId, servicePlans }) => ({ skuId, plans: plans(servicePlans.map(({ id }) => id)) })),
    lost: plan.effects.lost,
    switchedOn: plan.effects.switchedOn,
    services: servicesById(plan.services),
    usageLocation: plan.usageLocation?.to ?? null,
  });
  return { ...plan, digest };
}

/** Ids only: a family may get another name, as a product may. */
export function servicesById({ gained, lost, tiersGained, tiersLost, ...kept }: ChangePlan['services']): Json {
  const ofAll = (services: ServiceChanges['gained']) => plans(services.flatMap((service) => service.plans));
  const ends = (tiers: ServiceChanges['tiersGained']) =>
    tiers.map(({ from, to }) => ({ from, to })).sort((a, b) => (a.from < b.from ? -1 : 1));
  return {
    gained: ofAll(gained),
    lost: ofAll(lost),
    tiersGained: ends(tiersGained),
    tiersLost: ends(tiersLost),
    offById: kept.offById.map(({ skuId, planId }) => ({ skuId, planId })),
    offByFamily: kept.offByFamily.map(({ skuId, planId }) => ({ skuId, planId })),
    offWithAnother: kept.offWithAnother.map(({ skuId, planId, needs }) => ({ skuId, planId, needs })),
    unmapped: kept.unmapped,
  };
}

/** The contents of the plan's SKUs, for effects and restorations. */
export function contentsOf(skus: readonly SkuFacts[]): SkuContents {
  return Object.fromEntries(skus.map(({ skuId, servicePlans }) => [skuId, plans(servicePlans.map(({ id }) => id))]));
}
