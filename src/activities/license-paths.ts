import type { LicenseSet } from '../domain/license.js';
import { licenseSet } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { HeldPath } from '../domain/plan.js';
import type { DirectoryUser, UserLicenses } from '../graph/gateway.js';

/** Direct assignments of a user; what groups give is not among them. */
export function directLicenses(user: UserLicenses): LicenseSet {
  return licenseSet(user.paths.filter(({ assignedByGroup }) => assignedByGroup === null));
}

/** All paths on which the user really holds a SKU; a path in error gives nothing. */
export function heldPaths(user: UserLicenses): readonly HeldPath[] {
  return user.paths
    .filter(({ state }) => state !== 'Error' && state !== 'Disabled')
    .map(({ skuId, disabledPlans, assignedByGroup }) => ({ skuId, disabledPlans, group: assignedByGroup }));
}

export function personOf({ id, userPrincipalName, displayName }: DirectoryUser): Person {
  return { id, userPrincipalName, displayName };
}
