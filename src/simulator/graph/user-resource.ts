import { assignedLicenses } from '../license-assignment.js';
import type { Properties } from '../odata/select.js';
import { projected, selectedProperties } from '../odata/select.js';
import type { SkuRecord } from '../sku-record.js';
import type { UserRecord } from '../user-record.js';
import { isInForce } from '../user-record.js';

/** What `GET` answers without `$select`, as documented. */
export const DEFAULT_USER_PROPERTIES = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
];

/** Every property that can be selected. */
export const USER_PROPERTIES: Properties<UserRecord> = {
  id: (user) => user.id,
  businessPhones: (user) => user.businessPhones,
  displayName: (user) => user.displayName,
  givenName: (user) => user.givenName,
  jobTitle: (user) => user.jobTitle,
  mail: (user) => user.mail,
  mobilePhone: (user) => user.mobilePhone,
  officeLocation: (user) => user.officeLocation,
  preferredLanguage: (user) => user.preferredLanguage,
  surname: (user) => user.surname,
  userPrincipalName: (user) => user.userPrincipalName,
  accountEnabled: (user) => user.accountEnabled,
  assignedLicenses,
  city: (user) => user.city,
  companyName: (user) => user.companyName,
  country: (user) => user.country,
  createdDateTime: (user) => user.createdDateTime,
  deletedDateTime: (user) => user.deletedDateTime,
  department: (user) => user.department,
  employeeId: (user) => user.employeeId,
  isManagementRestricted: (user) => (user.restrictedManagement ? true : null),
  licenseAssignmentStates: (user) => user.licensePaths,
  mailNickname: (user) => user.mailNickname,
  onPremisesSyncEnabled: (user) => user.onPremisesSyncEnabled,
  proxyAddresses: (user) => [...(user.mail === null ? [] : [`SMTP:${user.mail}`]), ...user.proxyAddresses],
  usageLocation: (user) => user.usageLocation,
  userType: (user) => user.userType,
};

/** A user with the properties that the query selects, or with the default ones. */
export function userResource(user: UserRecord, query: URLSearchParams): Record<string, unknown> {
  return projected(user, USER_PROPERTIES, selectedProperties(query) ?? DEFAULT_USER_PROPERTIES, 'user');
}

/** `@odata.context` of one user. */
export function userContext(root: string, query: URLSearchParams): string {
  const selected = selectedProperties(query);
  return `${root}/$metadata#users${selected ? `(${selected.join(',')})` : ''}/$entity`;
}

/**
 * `licenseDetails` of a user: the SKUs in force, with the state of each of their plans.
 *
 * @param provisionedUntil services of licences that are as they are since then (milliseconds since the epoch) are there.
 */
export function licenseDetails(
  user: UserRecord,
  skus: ReadonlyMap<string, SkuRecord>,
  provisionedUntil: number,
): Record<string, unknown>[] {
  const settled = (skuId: string) =>
    user.licensePaths.some(
      (path) => path.skuId === skuId && isInForce(path) && Date.parse(path.lastUpdatedDateTime) <= provisionedUntil,
    );
  return assignedLicenses(user).flatMap(({ skuId, disabledPlans }) => {
    const sku = skus.get(skuId);
    if (!sku) return [];
    return [
      {
        id: Buffer.from(`${user.id}${skuId}`.replaceAll('-', ''), 'hex').toString('base64url'),
        skuId,
        skuPartNumber: sku.skuPartNumber,
        servicePlans: sku.servicePlans.map((plan) => ({
          ...plan,
          provisioningStatus: disabledPlans.includes(plan.servicePlanId)
            ? 'Disabled'
            : settled(skuId)
              ? 'Success'
              : 'PendingProvisioning',
        })),
      },
    ];
  });
}
