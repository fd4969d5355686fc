import { z } from 'zod';

/** Why a licence path is not (fully) in force; value set of `licenseAssignmentState.error` in Microsoft's reference. */
export const LicenseProblem = z.enum([
  'None',
  'CountViolation',
  'MutuallyExclusiveViolation',
  'DependencyViolation',
  'ProhibitedInUsageLocationViolation',
  'UniquenessViolation',
  'Other',
]);
export type LicenseProblem = z.infer<typeof LicenseProblem>;

/** One path on which a user holds (or should hold) a SKU: directly, or through one group. */
export const LicensePath = z.strictObject({
  skuId: z.guid(),
  disabledPlans: z.array(z.guid()).readonly(),
  /** `null` for a direct assignment, else the id of the group. */
  assignedByGroup: z.guid().nullable(),
  state: z.enum(['Active', 'ActiveWithError', 'Error']),
  error: LicenseProblem,
  lastUpdatedDateTime: z.string(),
});
export type LicensePath = Readonly<z.infer<typeof LicensePath>>;

/**
 * A user as the directory keeps it. Records are never changed in place: a change puts a new record in the place of the
 * old one, so that an older state can still be read.
 */
export const UserRecord = z.strictObject({
  id: z.guid(),
  userPrincipalName: z.string(),
  displayName: z.string(),
  givenName: z.string().nullable(),
  surname: z.string().nullable(),
  mail: z.string().nullable(),
  mailNickname: z.string().nullable(),
  jobTitle: z.string().nullable(),
  department: z.string().nullable(),
  officeLocation: z.string().nullable(),
  city: z.string().nullable(),
  country: z.string().nullable(),
  companyName: z.string().nullable(),
  mobilePhone: z.string().nullable(),
  businessPhones: z.array(z.string()).readonly(),
  preferredLanguage: z.string().nullable(),
  /** ISO 3166-1 alpha-2; `null` leads to E1 on a direct assignment. */
  usageLocation: z.string().nullable(),
  accountEnabled: z.boolean(),
  userType: z.enum(['Member', 'Guest']),
  employeeId: z.string().nullable(),
  createdDateTime: z.string(),
  deletedDateTime: z.string().nullable(),
  /** `null` for a cloud-only user. */
  onPremisesSyncEnabled: z.boolean().nullable(),
  /** Addresses beside `mail`, as `smtp:someone@example.org`. */
  proxyAddresses: z.array(z.string()).readonly(),
  managerId: z.guid().nullable(),
  /** Display names of Entra roles, which decide what a delegated token may do. */
  directoryRoles: z.array(z.string()).readonly(),
  /** Member of a restricted management administrative unit: an application may not write this user (E14). */
  restrictedManagement: z.boolean(),
  licensePaths: z.array(LicensePath).readonly(),
});
export type UserRecord = Readonly<z.infer<typeof UserRecord>>;

/** A path that gives its services and takes a seat. A failed update of a group leaves the former state in force. */
export function isInForce(path: LicensePath): boolean {
  return path.state !== 'Error';
}

/** Ids of the SKUs that a user holds, each once however many paths lead to it. */
export function heldSkuIds(user: UserRecord): string[] {
  return [...new Set(user.licensePaths.filter(isInForce).map((path) => path.skuId))];
}

/** The direct assignment of `skuId`, if there is one. */
export function directPath(user: UserRecord, skuId: string): LicensePath | undefined {
  return user.licensePaths.find((path) => path.assignedByGroup === null && path.skuId === skuId);
}
