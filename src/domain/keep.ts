/**
 * What the products that are added shall be like: with the plans off that the request names, or, where plans are kept,
 * with those off that were off in what is removed.
 *
 * *Keep* looks at all products that are removed, and at the product itself where it is held directly already:
 *
 * - A plan that one of them contains too is off only if it was off in each of them that contains it.
 * - Another plan is off if all plans of its service family were off. A family of which some were on and some off is
 *   unclear, and so is a security service that would stay off: a person has to say it.
 * - A plan of a service that none of them had is on.
 *
 * Whatever is wished, a plan that needs a plan which is off is switched off with it.
 */
import type { LicenseSet, PlanId, SkuId, SkuState, TouchedState } from './license.js';
import { plans } from './license.js';
import type { HeldPath, KeptPlans, PlanOfSku, SkuContents } from './plan.js';
import { effectivePlans, pathsAfter } from './plan.js';
import type { ServiceFamilies } from './service-family.js';

/** A product that is wanted. Of its plans those that are named are as named; the request names each at most once. */
export interface WishedSku {
  readonly skuId: SkuId;
  readonly disabledPlans: readonly PlanId[];
  /** On although they would be kept off. */
  readonly enabledPlans: readonly PlanId[];
  readonly keepPlans: boolean;
}

export interface WishedChange {
  readonly add: readonly WishedSku[];
  readonly remove: readonly SkuId[];
}

/** A plan that does not work without others. */
export interface DependencyRule {
  readonly planId: PlanId;
  readonly needs: readonly PlanId[];
  /** How many of `needs` have to be on. */
  readonly enough: 'one' | 'all';
}

/** What the rules look at. */
export interface KeepContext {
  /** What is assigned directly, also where it is in error at the moment and gives nothing. */
  readonly direct: LicenseSet;
  /** All paths that give something. */
  readonly paths: readonly HeldPath[];
  readonly contents: SkuContents;
  readonly families: ServiceFamilies;
  /** Plans that apply to the company as a whole, so nobody switches them for a person. */
  readonly companyPlans: ReadonlySet<PlanId>;
  readonly dependencies: readonly DependencyRule[];
}

/** A plan of which the rules cannot say whether it shall be on. */
export interface UnclearPlan extends PlanOfSku {
  readonly service: string;
  readonly why: 'mixed-family' | 'security-service';
  /** Plans of the family that were on, and that were off, in what is removed. */
  readonly on: readonly PlanId[];
  readonly off: readonly PlanId[];
}

/** A wish that cannot be met, because a plan would be on without those that it needs. */
export interface UnmetDependency extends PlanOfSku {
  readonly needs: readonly PlanId[];
  /** `wanted`: the request names the plan to be on. `nothing-left`: without it the product would have no plan on. */
  readonly why: 'wanted' | 'nothing-left';
}

export interface WishOutcome {
  readonly target: TouchedState;
  readonly kept: KeptPlans;
  /** Empty where the target is certain. */
  readonly unclear: readonly UnclearPlan[];
  readonly unmet: readonly UnmetDependency[];
}

/** The state of every touched SKU that a wish leads to, and why it is so. */
export function outcomeOf(wish: WishedChange, context: KeepContext): WishOutcome {
  const removed = wish.remove.flatMap((skuId) => directly(skuId, context));
  const settings = wish.add.flatMap((sku) => settingsOf(sku, removed, context));
  const offAs = (verdict: Setting['verdict']) => settings.filter((setting) => setting.verdict === verdict);
  const wished = new Map<SkuId, SkuState>([
    ...wish.remove.map((skuId) => [skuId, null] as const),
    ...wish.add.map(({ skuId }) => [skuId, offPlans(skuId, settings)] as const),
  ]);
  const { target, offWithAnother, unmet } = withDependencies(Object.fromEntries(wished), wish, context);
  return {
    target,
    kept: {
      offById: offAs('off-by-id').map(planOfSku),
      offByFamily: offAs('off-by-family').map(planOfSku),
      offWithAnother,
      unmapped: unmapped(wish, removed, context),
    },
    // Whatever is off because of another plan need not be asked.
    unclear: settings.flatMap(({ unclear }) =>
      unclear === undefined || offWithAnother.some((plan) => samePlan(plan, unclear)) ? [] : [unclear],
    ),
    unmet,
  };
}

/** A direct licence as the rules of keeping see it. */
interface Licence {
  /** Its plans; also those that the product has lost meanwhile and that were off. */
  readonly plans: readonly PlanId[];
  readonly off: readonly PlanId[];
}

function directly(skuId: SkuId, { direct, contents }: KeepContext): readonly Licence[] {
  const off = direct[skuId];
  return off === undefined ? [] : [{ plans: plans([...(contents[skuId] ?? []), ...off]), off }];
}

interface Setting extends PlanOfSku {
  readonly verdict: 'on' | 'named-off' | 'off-by-id' | 'off-by-family' | 'unclear';
  readonly unclear?: UnclearPlan;
}

function settingsOf(sku: WishedSku, removed: readonly Licence[], context: KeepContext): readonly Setting[] {
  return (context.contents[sku.skuId] ?? []).map((planId) => settingOf(sku, planId, removed, context));
}

function settingOf(sku: WishedSku, planId: PlanId, removed: readonly Licence[], context: KeepContext): Setting {
  const { skuId } = sku;
  if (sku.disabledPlans.includes(planId)) return { skuId, planId, verdict: 'named-off' };
  if (sku.enabledPlans.includes(planId) || !sku.keepPlans) return { skuId, planId, verdict: 'on' };
  const same = [...removed, ...directly(skuId, context)].filter((licence) => licence.plans.includes(planId));
  if (same.length > 0)
    return { skuId, planId, verdict: same.every(({ off }) => off.includes(planId)) ? 'off-by-id' : 'on' };
  return byFamily({ skuId, planId }, removed, context);
}

function byFamily({ skuId, planId }: PlanOfSku, removed: readonly Licence[], context: KeepContext): Setting {
  const { families, companyPlans } = context;
  const place = families.get(planId);
  if (place === undefined || companyPlans.has(planId)) return { skuId, planId, verdict: 'on' };
  const { service } = place;
  const relatives = plans(removed.flatMap((licence) => licence.plans)).filter(
    (plan) => families.get(plan)?.service === service && !companyPlans.has(plan),
  );
  const off = relatives.filter((plan) => isOff(plan, removed));
  if (off.length === 0) return { skuId, planId, verdict: 'on' };
  const on = relatives.filter((plan) => !off.includes(plan));
  const unclear = (why: UnclearPlan['why']): Setting => ({
    ...{ skuId, planId, verdict: 'unclear' },
    unclear: { skuId, planId, service, why, on, off },
  });
  if (on.length > 0) return unclear('mixed-family');
  return place.security ? unclear('security-service') : { skuId, planId, verdict: 'off-by-family' };
}

function isOff(planId: PlanId, licences: readonly Licence[]): boolean {
  return licences.every((licence) => !licence.plans.includes(planId) || licence.off.includes(planId));
}

function offPlans(skuId: SkuId, settings: readonly Setting[]): readonly PlanId[] {
  return plans(
    settings
      .filter((setting) => setting.skuId === skuId && setting.verdict !== 'on' && setting.verdict !== 'unclear')
      .map(({ planId }) => planId),
  );
}

function samePlan(a: PlanOfSku, b: PlanOfSku): boolean {
  return a.skuId === b.skuId && a.planId === b.planId;
}

function planOfSku({ skuId, planId }: PlanOfSku): PlanOfSku {
  return { skuId, planId };
}

/** Plans that were off and for which nothing that is added stands in, neither the same plan nor one of its family. */
function unmapped({ add }: WishedChange, removed: readonly Licence[], context: KeepContext): readonly PlanId[] {
  if (!add.some(({ keepPlans }) => keepPlans)) return [];
  const { contents, families } = context;
  const added = add.flatMap(({ skuId }) => contents[skuId] ?? []);
  const service = (plan: PlanId) => families.get(plan)?.service;
  return plans(removed.flatMap(({ off }) => off))
    .filter((plan) => isOff(plan, removed))
    .filter(
      (plan) => !added.some((other) => other === plan || (families.has(plan) && service(other) === service(plan))),
    );
}

// --- dependencies ---------------------------------------------------------------------------------------------------

interface Settled {
  readonly target: TouchedState;
  readonly offWithAnother: KeptPlans['offWithAnother'];
  readonly unmet: readonly UnmetDependency[];
}

/** Switches plans off that would be on without those that they need, until none is left: one may need another. */
function withDependencies(wished: TouchedState, { add }: WishedChange, context: KeepContext): Settled {
  const { paths, contents, dependencies } = context;
  let target = wished;
  const offWithAnother: (PlanOfSku & { readonly needs: readonly PlanId[] })[] = [];
  const unmet: UnmetDependency[] = [];
  const isWanted = ({ skuId, planId }: PlanOfSku) =>
    add.some((sku) => sku.skuId === skuId && sku.enabledPlans.includes(planId));
  const isHopeless = (plan: PlanOfSku) => unmet.some((known) => samePlan(known, plan));
  for (;;) {
    const effective = new Set(effectivePlans(pathsAfter(paths, target), contents));
    const broken = dependencies
      .filter(({ planId, needs, enough }) => effective.has(planId) && !isMet(needs, enough, effective))
      .flatMap(({ planId, needs }) =>
        add.filter(({ skuId }) => isOn(planId, skuId, target, contents)).map(({ skuId }) => ({ skuId, planId, needs })),
      )
      .find((plan) => !isHopeless(plan));
    if (broken === undefined) break;
    if (isWanted(broken)) unmet.push({ ...broken, why: 'wanted' });
    else {
      offWithAnother.push(broken);
      target = { ...target, [broken.skuId]: plans([...(target[broken.skuId] ?? []), broken.planId]) };
    }
  }
  const empty = offWithAnother.filter(
    ({ skuId }) => !switchable(skuId, context).some((planId) => isOn(planId, skuId, target, contents)),
  );
  return {
    target,
    offWithAnother,
    unmet: [...unmet, ...empty.map((plan) => ({ ...plan, why: 'nothing-left' as const }))],
  };
}

function isMet(needs: readonly PlanId[], enough: DependencyRule['enough'], on: ReadonlySet<PlanId>): boolean {
  return enough === 'one' ? needs.some((plan) => on.has(plan)) : needs.every((plan) => on.has(plan));
}

function isOn(planId: PlanId, skuId: SkuId, target: TouchedState, contents: SkuContents): boolean {
  return (contents[skuId] ?? []).includes(planId) && !(target[skuId] ?? []).includes(planId);
}

function switchable(skuId: SkuId, { contents, companyPlans }: KeepContext): readonly PlanId[] {
  return (contents[skuId] ?? []).filter((plan) => !companyPlans.has(plan));
}
