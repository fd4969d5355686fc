import { graphError } from '../graph-error.js';
import { applyGroupLicenses } from '../group-licensing.js';
import { assignedLicenses, assignLicense, readLicenseChange } from '../license-assignment.js';
import { isUsageLocation } from '../usage-location.js';
import type { GraphReply } from './graph-call.js';
import { json, userOf, type Operation, type OperationRequest } from './operation.js';
import { LICENSE_ROLES, READ_USERS, WRITE_USERS } from './permissions.js';
import { licenseDetails, userResource } from './user-resource.js';

/** What is done to the licences of one user. */
export const LICENSE_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: ['users', ':user', 'licenseDetails'],
    permissions: ['LicenseAssignment.Read.All', 'LicenseAssignment.ReadWrite.All', ...READ_USERS],
    ownPermissions: ['User.Read'],
    resourceUnits: 2,
    answer: getLicenseDetails,
  },
  {
    method: 'POST',
    path: ['users', ':user', 'assignLicense'],
    permissions: ['LicenseAssignment.ReadWrite.All', ...WRITE_USERS],
    roles: LICENSE_ROLES,
    resourceUnits: 1,
    writesUser: true,
    apply: changeLicenses,
    answer: licensedUser,
  },
  {
    method: 'POST',
    path: ['users', ':user', 'reprocessLicenseAssignment'],
    permissions: WRITE_USERS,
    roles: ['Groups Administrator', ...LICENSE_ROLES],
    resourceUnits: 1,
    writesUser: true,
    apply: reprocess,
    answer: licensedUser,
  },
];

function getLicenseDetails(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  const user = userOf(request);
  const skus = new Map([...tenant.directory.skus()].map((sku) => [sku.skuId, sku]));
  return json({
    '@odata.context': `${call.root}/$metadata#users('${user.id}')/licenseDetails`,
    value: licenseDetails(user, skus, tenant.surroundings.now() - tenant.options.provisioningMs),
  });
}

function changeLicenses(request: OperationRequest): void {
  const { tenant, call, cause } = request;
  const change = readLicenseChange(call.body);
  if (change.addLicenses.length > 0) checkLocationIsKnown(request);
  assignLicense(tenant.licensing, userOf(request), change, cause);
}

/** Refuses with E1 for as long as a usage location set a moment ago has not reached licensing. */
function checkLocationIsKnown(request: OperationRequest): void {
  const { tenant } = request;
  const user = userOf(request);
  const then = tenant.directory.userAsOf(user, tenant.surroundings.now() - tenant.options.usageLocationLagMs);
  if (then && !isUsageLocation(then.usageLocation ?? '')) throw graphError('E1');
}

/** What `assignLicense` and `reprocessLicenseAssignment` answer with. */
function licensedUser(request: OperationRequest): GraphReply {
  const { call, tenant } = request;
  const user = tenant.user(userOf(request).id);
  return json({
    '@odata.context': `${call.root}/$metadata#users/$entity`,
    ...userResource(user, new URLSearchParams()),
    ...(tenant.options.assignLicenseReturns === 'documented'
      ? {
          accountEnabled: user.accountEnabled,
          assignedLicenses: assignedLicenses(user),
          city: user.city,
          companyName: user.companyName,
        }
      : {}),
  });
}

/** Tries all groups of the user again; the first violation is answered as an error, as the service does. */
function reprocess(request: OperationRequest): void {
  const { tenant, cause } = request;
  const { id } = userOf(request);
  const refusals = [...tenant.directory.groups()]
    .filter((group) => group.assignedLicenses.length > 0 && group.licenseProcessing === 'ProcessingComplete')
    .map((group) => applyGroupLicenses(tenant.licensing, tenant.user(id), group, cause));
  const refusal = refusals.find((error) => error !== undefined);
  if (refusal) throw refusal;
}
