/**
 * Group-based licensing: what the licences of a group do to its members. Each member takes all licences of a group or
 * none of them, and a refusal is kept as the state of the member's path instead of being answered to anyone.
 */
import { addressesOf, type Directory } from './directory.js';
import { graphError, type GraphError } from './graph-error.js';
import type { AssignedLicense, GroupRecord } from './group-record.js';
import { freeUnits, isProhibited, ownedSku, samePlans, type LicensingContext } from './license-assignment.js';
import { planViolation, type PlanViolation } from './plan-rules.js';
import { isInForce, type LicensePath, type LicenseProblem, type UserRecord } from './user-record.js';
import type { Cause } from './user-timeline.js';

/** A refusal as a member's path shows it, and as `reprocessLicenseAssignment` answers it. */
interface Refusal {
  readonly problem: Exclude<LicenseProblem, 'None'>;
  readonly error: GraphError;
}

/**
 * Brings one user's paths through `group` to what the group assigns now, or removes them when the user is no member.
 *
 * @returns the error where the group's licences were refused for this user.
 */
export function applyGroupLicenses(
  context: LicensingContext,
  user: UserRecord,
  group: GroupRecord,
  cause: Cause,
): GraphError | undefined {
  const wanted = group.memberIds.includes(user.id) ? group.assignedLicenses : [];
  const others = user.licensePaths.filter((path) => path.assignedByGroup !== group.id);
  const known = user.licensePaths.filter((path) => path.assignedByGroup === group.id);
  const refusal = wanted.length === 0 ? undefined : refusalOf(context, user, wanted, others);
  const updatedAt = new Date(context.now()).toISOString();
  const paths = wanted.map((license) => groupPath(license, group.id, known, refusal, updatedAt));
  const next = { ...user, licensePaths: [...others, ...paths] };
  if (!sameGroupPaths(known, paths)) context.directory.put(next, cause);
  return refusal?.error;
}

/** Why a user cannot have what a group gives, beside what the user has on other paths. */
function refusalOf(
  { directory, options }: LicensingContext,
  user: UserRecord,
  wanted: readonly AssignedLicense[],
  others: readonly LicensePath[],
): Refusal | undefined {
  for (const { skuId, disabledPlans } of wanted) {
    if (!directory.holds(user.id, skuId) && freeUnits(directory, options, skuId) < 1) {
      return { problem: 'CountViolation', error: graphError('E5', { skuId }) };
    }
    // A member without a location counts as being where the tenant is, where all its products are offered.
    if (isProhibited(directory, ownedSku(directory, skuId), disabledPlans, user.usageLocation)) {
      return { problem: 'ProhibitedInUsageLocationViolation', error: graphError('E1') };
    }
  }
  const violation = violationWithin(directory, wanted, others);
  if (violation?.kind === 'exclusive') {
    return { problem: 'MutuallyExclusiveViolation', error: graphError('E7', { planIds: violation.planIds }) };
  }
  if (violation) {
    const planIds = [violation.planId, ...violation.needs];
    return { problem: 'DependencyViolation', error: graphError('E6', { planIds }) };
  }
  if (directory.isAddressTaken(addressesOf(user), user.id)) {
    return { problem: 'UniquenessViolation', error: graphError('E11') };
  }
  return undefined;
}

/** Conflicts count against everything the user has; prerequisites must come from the same group. */
function violationWithin(
  directory: Directory,
  wanted: readonly AssignedLicense[],
  others: readonly LicensePath[],
): PlanViolation | undefined {
  const given = wanted.map((license): LicensePath => activePath(license, null, ''));
  const ownServices = new Set(directory.servicesOf(given));
  const own = planViolation(directory.planRules, ownServices);
  if (own) return own;
  const together = planViolation(directory.planRules, new Set(directory.servicesOf([...others, ...given])));
  return together?.kind === 'exclusive' ? together : undefined;
}

function groupPath(
  license: AssignedLicense,
  groupId: string,
  known: readonly LicensePath[],
  refusal: Refusal | undefined,
  updatedAt: string,
): LicensePath {
  const before = known.find((path) => path.skuId === license.skuId);
  if (!refusal) {
    const unchanged = before?.state === 'Active' && samePlans(before.disabledPlans, license.disabledPlans);
    return unchanged ? before : activePath(license, groupId, updatedAt);
  }
  // What was in force stays so with its former plans; what is new does not come into force.
  if (before && isInForce(before)) return { ...before, state: 'ActiveWithError', error: refusal.problem };
  return { ...activePath(license, groupId, updatedAt), state: 'Error', error: refusal.problem };
}

function activePath(
  license: AssignedLicense,
  assignedByGroup: string | null,
  lastUpdatedDateTime: string,
): LicensePath {
  return { ...license, assignedByGroup, state: 'Active', error: 'None', lastUpdatedDateTime };
}

function sameGroupPaths(a: readonly LicensePath[], b: readonly LicensePath[]): boolean {
  return (
    a.length === b.length &&
    a.every((path, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        path.skuId === other.skuId &&
        path.state === other.state &&
        path.error === other.error &&
        samePlans(path.disabledPlans, other.disabledPlans)
      );
    })
  );
}
