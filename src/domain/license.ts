/**
 * Licence states and changes: what a user holds directly, what shall be held, the one `assignLicense` call that leads
 * from one to the other, and the way back.
 *
 * All ids are GUIDs in lower case and every list is sorted and free of duplicates, so that two equal states are equal as
 * JSON too. {@link licenseSet} and {@link plans} are the only doors into these shapes.
 */

/** GUID of a product in a tenant (`subscribedSku.skuId`), lower case. */
export type SkuId = string;
/** GUID of a service plan (`servicePlanInfo.servicePlanId`), lower case. */
export type PlanId = string;

/** Disabled service plans of one direct assignment; `null` says that the SKU is not assigned directly. */
export type SkuState = readonly PlanId[] | null;

/** Direct assignments of one user: for each SKU held, its disabled plans. */
export type LicenseSet = Readonly<Record<SkuId, readonly PlanId[]>>;

/** The direct state of the SKUs that a change touches, and of no others. */
export type TouchedState = Readonly<Record<SkuId, SkuState>>;

/** `assignedLicense` of Graph: a SKU with the plans that stay off. */
export interface AssignedLicense {
  readonly skuId: SkuId;
  readonly disabledPlans: readonly PlanId[];
}

/** The body of one `assignLicense` call. Both arrays are always sent (error E10). */
export interface LicenseChange {
  readonly addLicenses: readonly AssignedLicense[];
  readonly removeLicenses: readonly SkuId[];
}

export const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Plan ids in their one normal form: lower case, sorted, each once. */
export function plans(ids: Iterable<string>): readonly PlanId[] {
  return [...new Set([...ids].map((id) => id.toLowerCase()))].sort();
}

/** Direct assignments in their one normal form. A SKU named twice keeps the plans that are off in both. */
export function licenseSet(assignments: Iterable<AssignedLicense>): LicenseSet {
  const set = new Map<SkuId, readonly PlanId[]>();
  for (const { skuId, disabledPlans } of assignments) {
    const id = skuId.toLowerCase();
    const off = plans(disabledPlans);
    const known = set.get(id);
    set.set(id, known ? known.filter((plan) => off.includes(plan)) : off);
  }
  return sorted(set);
}

/** The part of `held` that concerns `skuIds`; a SKU that is not held becomes `null`. */
export function touched(held: LicenseSet, skuIds: Iterable<SkuId>): TouchedState {
  return sorted(new Map([...skuIds].map((skuId) => [skuId, held[skuId] ?? null])));
}

export function sameSkuState(a: SkuState, b: SkuState): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((plan, i) => plan === b[i]);
}

/** Equal on every SKU that either of them names. */
export function sameState(a: TouchedState, b: TouchedState): boolean {
  return skuIdsOf(a, b).every((skuId) => sameSkuState(a[skuId] ?? null, b[skuId] ?? null));
}

/**
 * The smallest change that leads from `current` to `target`, for the SKUs of `target` only. Both arrays empty means that
 * nothing is left to do.
 */
export function change(current: TouchedState, target: TouchedState): LicenseChange {
  const addLicenses: AssignedLicense[] = [];
  const removeLicenses: SkuId[] = [];
  for (const skuId of skuIdsOf(target)) {
    const now = current[skuId] ?? null;
    const wanted = target[skuId] ?? null;
    if (sameSkuState(now, wanted)) continue;
    if (wanted === null) removeLicenses.push(skuId);
    else addLicenses.push({ skuId, disabledPlans: wanted });
  }
  return { addLicenses, removeLicenses };
}

export function isEmpty(c: LicenseChange): boolean {
  return c.addLicenses.length === 0 && c.removeLicenses.length === 0;
}

/** What a read of the user means for a change from `before` to `target`. */
export type Position =
  /** Every touched SKU is as wanted. */
  | { readonly at: 'target' }
  /** Every touched SKU is as it was, or already as wanted: the change may be sent. */
  | { readonly at: 'before'; readonly change: LicenseChange }
  /** At least one touched SKU is neither: someone else changed it. */
  | { readonly at: 'elsewhere'; readonly drifted: readonly SkuId[] };

/** The three-way rule: `current = target` nothing to do, `current = before` to do, anything else drift. */
export function locate(current: TouchedState, before: TouchedState, target: TouchedState): Position {
  const drifted = skuIdsOf(target).filter((skuId) => {
    const now = current[skuId] ?? null;
    return !sameSkuState(now, target[skuId] ?? null) && !sameSkuState(now, before[skuId] ?? null);
  });
  if (drifted.length > 0) return { at: 'elsewhere', drifted };
  const rest = change(current, target);
  return isEmpty(rest) ? { at: 'target' } : { at: 'before', change: rest };
}

/** A state that is to be restored, and the plans that it can no longer contain. */
export interface Restoration {
  readonly target: TouchedState;
  /** Plans that were off before and that their SKU no longer contains, so they cannot be sent (error E9). */
  readonly vanishedPlans: readonly { readonly skuId: SkuId; readonly planId: PlanId }[];
}

/**
 * What puts each touched SKU back to `before`: the same state, minus plans that the tenant's SKU no longer contains.
 *
 * @param contents plan ids of each SKU as the tenant has it now; a SKU that is missing here is taken as unchanged.
 */
export function restoration(
  before: TouchedState,
  contents: Readonly<Record<SkuId, readonly PlanId[]>> = {},
): Restoration {
  const vanishedPlans: { skuId: SkuId; planId: PlanId }[] = [];
  const target = Object.entries(before).map(([skuId, state]): [SkuId, SkuState] => {
    const has = contents[skuId];
    if (state === null || has === undefined) return [skuId, state];
    for (const planId of state) if (!has.includes(planId)) vanishedPlans.push({ skuId, planId });
    return [skuId, state.filter((planId) => has.includes(planId))];
  });
  return { target: sorted(new Map(target)), vanishedPlans };
}

/** The change that restores `before` from `after`, for touched SKUs only. */
export function inverse(before: TouchedState, after: TouchedState): LicenseChange {
  return change(after, before);
}

export function skuIdsOf(...states: readonly Readonly<Record<SkuId, unknown>>[]): SkuId[] {
  return [...new Set(states.flatMap((state) => Object.keys(state)))].sort();
}

function sorted<V>(entries: Map<string, V>): Readonly<Record<string, V>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
