/**
 * What `assignLicense` does to one user: the rules of the action as Microsoft's page on user: assignLicense and the
 * captured errors describe them.
 */
import { z } from 'zod';
import { addressesOf, type Directory } from './directory.js';
import { GUID } from './guid.js';
import { graphError, malformed, type GraphError } from './graph-error.js';
import type { AssignedLicense } from './group-record.js';
import { planViolation } from './plan-rules.js';
import type { SkuRecord } from './sku-record.js';
import type { TenantOptions } from './tenant-options.js';
import { isUsageLocation } from './usage-location.js';
import { directPath, isInForce, type LicensePath, type UserRecord } from './user-record.js';
import type { Cause } from './user-timeline.js';

/** The body of `assignLicense`, ids in lower case. */
export interface LicenseChange {
  readonly addLicenses: readonly AssignedLicense[];
  readonly removeLicenses: readonly string[];
}

const Body = z.object({
  addLicenses: z.array(z.object({ skuId: z.string(), disabledPlans: z.array(z.string()).nullish() })),
  removeLicenses: z.array(z.string()),
});

/**
 * Reads the body of `assignLicense`.
 *
 * @throws GraphError E10 where a key is absent, `400` where the JSON has another shape or an id is no GUID.
 */
export function readLicenseChange(body: unknown): LicenseChange {
  const given = typeof body === 'object' && body !== null ? body : {};
  const missing = ['addLicenses', 'removeLicenses'].filter((key) => !(key in given));
  if (missing.length > 0) throw graphError('E10', { parameters: missing });
  const parsed = Body.safeParse(body);
  if (!parsed.success) throw malformed('Invalid JSON. A value of the request payload does not have the expected type.');
  return {
    addLicenses: parsed.data.addLicenses.map(({ skuId, disabledPlans }) => ({
      skuId: guid(skuId),
      disabledPlans: [...new Set((disabledPlans ?? []).map(guid))],
    })),
    removeLicenses: [...new Set(parsed.data.removeLicenses.map(guid))],
  };
}

function guid(value: string): string {
  if (!GUID.test(value)) throw malformed(`Cannot convert the literal '${value}' to the expected type 'Edm.Guid'.`);
  return value.toLowerCase();
}

/** What a licence change needs to know of its tenant. */
export interface LicensingContext {
  readonly directory: Directory;
  readonly options: TenantOptions;
  readonly now: () => number;
}

/**
 * Applies a change to a user's direct licences; nothing happens where they are so already.
 *
 * @throws GraphError one of E1-E9, E11. With `atomicChange` nothing was changed then; without it, steps before the
 *   refused one stay done.
 */
export function assignLicense(context: LicensingContext, user: UserRecord, request: LicenseChange, cause: Cause): void {
  const change = withoutContradiction(request, context.options);
  checkAssignable(context, user, change);
  const steps = context.options.atomicChange ? [change] : singleSteps(change);
  let current = user;
  for (const step of steps) {
    const next = applied(context, current, step);
    if (next === current) continue;
    context.directory.put(next, cause);
    current = next;
  }
}

function withoutContradiction(change: LicenseChange, options: TenantOptions): LicenseChange {
  const both = change.addLicenses.map(({ skuId }) => skuId).filter((skuId) => change.removeLicenses.includes(skuId));
  if (both.length === 0) return change;
  switch (options.sameSkuInAddAndRemove) {
    case 'refused':
      throw malformed(`License ${both[0]} is named under both addLicenses and removeLicenses.`);
    case 'add-wins':
      return { ...change, removeLicenses: change.removeLicenses.filter((skuId) => !both.includes(skuId)) };
    case 'remove-wins':
      return { ...change, addLicenses: change.addLicenses.filter(({ skuId }) => !both.includes(skuId)) };
  }
}

/** Everything that can be refused without looking at what the user holds. */
function checkAssignable({ directory }: LicensingContext, user: UserRecord, change: LicenseChange): void {
  for (const skuId of [...change.addLicenses.map((add) => add.skuId), ...change.removeLicenses]) {
    if (!directory.sku(skuId)) throw graphError('E4', { skuId });
  }
  if (change.addLicenses.length > 0 && !isUsageLocation(user.usageLocation ?? '')) throw graphError('E1');
  for (const { skuId, disabledPlans } of change.addLicenses) {
    const sku = ownedSku(directory, skuId);
    if (sku.appliesTo === 'Company') throw graphError('E8', { skuId });
    const foreign = disabledPlans.find((planId) => !hasPlan(sku, planId));
    if (foreign !== undefined) throw graphError('E9', { skuId, planIds: [foreign] });
    if (isProhibited(directory, sku, disabledPlans, user.usageLocation)) throw graphError('E1');
  }
}

function singleSteps(change: LicenseChange): LicenseChange[] {
  return [
    ...change.removeLicenses.map((skuId) => ({ addLicenses: [], removeLicenses: [skuId] })),
    ...change.addLicenses.map((add) => ({ addLicenses: [add], removeLicenses: [] })),
  ];
}

/** The user after `change`; the same record where nothing changes. */
function applied(context: LicensingContext, user: UserRecord, change: LicenseChange): UserRecord {
  const updatedAt = new Date(context.now()).toISOString();
  let paths = user.licensePaths;
  for (const skuId of change.removeLicenses) paths = withoutDirect(context.options, user, paths, skuId);
  for (const add of change.addLicenses) paths = withDirect(context, user, paths, add, updatedAt);
  if (paths === user.licensePaths) return user;
  const next = { ...user, licensePaths: paths };
  const violation = consequenceOf(context.directory, next);
  if (violation) throw violation;
  return next;
}

function withoutDirect(
  options: TenantOptions,
  user: UserRecord,
  paths: readonly LicensePath[],
  skuId: string,
): readonly LicensePath[] {
  const direct = directPath(user, skuId);
  if (direct) return paths.filter((path) => path !== direct);
  if (!user.licensePaths.some((path) => path.skuId === skuId)) throw graphError('E2');
  if (options.inheritedRemoval === 'ignored') return paths;
  throw graphError('E3');
}

function withDirect(
  context: LicensingContext,
  user: UserRecord,
  paths: readonly LicensePath[],
  add: AssignedLicense,
  lastUpdatedDateTime: string,
): readonly LicensePath[] {
  const direct = directPath(user, add.skuId);
  if (!direct && context.options.directOnTopOfInherited === 'refused' && context.directory.holds(user.id, add.skuId)) {
    throw malformed(`License ${add.skuId} is already assigned through a group.`);
  }
  checkSeat(context, user, add.skuId);
  if (direct && samePlans(direct.disabledPlans, add.disabledPlans)) return paths;
  const path: LicensePath = {
    ...add,
    assignedByGroup: null,
    state: 'Active',
    error: 'None',
    lastUpdatedDateTime,
  };
  // A SKU that is held keeps its place in the list; its disabled plans are replaced, never merged.
  return direct ? paths.map((known) => (known === direct ? path : known)) : [...paths, path];
}

function checkSeat({ directory, options }: LicensingContext, user: UserRecord, skuId: string): void {
  if (directory.holds(user.id, skuId) && !options.heldSkuNeedsSeat) return;
  if (freeUnits(directory, options, skuId) < 1) throw graphError('E5', { skuId });
}

/** Units of a SKU that can still be assigned; below zero where units have expired under their holders. */
export function freeUnits(directory: Directory, options: TenantOptions, skuId: string): number {
  const { enabled, warning } = ownedSku(directory, skuId).prepaidUnits;
  return enabled + (options.warningUnitsAssignable ? warning : 0) - directory.consumed(skuId);
}

/** Whether a plan that would be on is not offered where the user is. */
export function isProhibited(
  directory: Directory,
  sku: SkuRecord,
  disabledPlans: readonly string[],
  usageLocation: string | null,
): boolean {
  if (usageLocation === null) return false;
  return sku.servicePlans.some(
    ({ servicePlanId }) =>
      !disabledPlans.includes(servicePlanId) &&
      directory.planRules.prohibited[servicePlanId]?.includes(usageLocation) === true,
  );
}

/** The error that the licences of `next` as a whole lead to: E6, E7 or E11. */
export function consequenceOf(directory: Directory, next: UserRecord): GraphError | undefined {
  const violation = planViolation(directory.planRules, new Set(directory.servicesOf(next.licensePaths)));
  if (violation?.kind === 'exclusive') return graphError('E7', { planIds: violation.planIds });
  if (violation) return graphError('E6', { planIds: [violation.planId, ...violation.needs] });
  // Mail addresses are computed anew on any licence change.
  if (directory.isAddressTaken(addressesOf(next), next.id)) return graphError('E11');
  return undefined;
}

/** `assignedLicenses` of a user: each SKU in force once, with the plans that are off on every path to it. */
export function assignedLicenses(user: UserRecord): AssignedLicense[] {
  const bySku = new Map<string, readonly string[]>();
  for (const { skuId, disabledPlans } of user.licensePaths.filter(isInForce)) {
    const off = bySku.get(skuId);
    bySku.set(skuId, off ? off.filter((planId) => disabledPlans.includes(planId)) : disabledPlans);
  }
  return [...bySku].map(([skuId, disabledPlans]) => ({ skuId, disabledPlans }));
}

export function ownedSku(directory: Directory, skuId: string): SkuRecord {
  const sku = directory.sku(skuId);
  if (!sku) throw graphError('E4', { skuId });
  return sku;
}

function hasPlan(sku: SkuRecord, planId: string): boolean {
  return sku.servicePlans.some(({ servicePlanId }) => servicePlanId === planId);
}

export function samePlans(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((planId) => b.includes(planId));
}
