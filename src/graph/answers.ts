/**
 * Graph's JSON, checked at the edge and turned into the shapes of the gateway: GUIDs in lower case, unknown fields
 * dropped, unknown words of open value sets kept as they are. A field without which a licence decision would be wrong
 * must be there; everything else has a careful default.
 */
import { z } from 'zod';
import type {
  AddressedUser,
  DirectoryGroup,
  DirectoryUser,
  LicensePath,
  PlanProvisioning,
  SubscribedSku,
  Subscription,
  UserLicenses,
} from './gateway.js';

/** `$select` for a person; `assignedLicenses` and `licenseAssignmentStates` are only returned when asked for. */
export const PERSON_FIELDS =
  'id,userPrincipalName,displayName,mail,accountEnabled,userType,usageLocation,department,jobTitle,companyName,officeLocation';
export const LICENSED_PERSON_FIELDS = `${PERSON_FIELDS},isManagementRestricted,assignedLicenses,licenseAssignmentStates`;
export const ADDRESS_FIELDS = 'id,userPrincipalName,displayName,mail,proxyAddresses';
export const GROUP_FIELDS = 'id,displayName,groupTypes,onPremisesSyncEnabled';

const guid = z.guid().transform((id) => id.toLowerCase());
const guids = z.array(guid).transform((ids) => [...new Set(ids)].sort());

const person = z.object({
  id: guid,
  userPrincipalName: z.string(),
  displayName: z.string().nullish(),
  mail: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
  userType: z.string().nullish(),
  usageLocation: z.string().nullish(),
  department: z.string().nullish(),
  jobTitle: z.string().nullish(),
  companyName: z.string().nullish(),
  officeLocation: z.string().nullish(),
});

function personOf(read: z.infer<typeof person>): DirectoryUser {
  return {
    id: read.id,
    userPrincipalName: read.userPrincipalName,
    displayName: read.displayName ?? read.userPrincipalName,
    mail: read.mail ?? null,
    // Whether someone may approve hangs on this; an account that Graph does not call enabled is not.
    accountEnabled: read.accountEnabled ?? false,
    // Accounts older than guests have no type, and they are members.
    userType: read.userType === 'Guest' ? 'Guest' : 'Member',
    usageLocation: read.usageLocation || null,
    department: read.department ?? null,
    jobTitle: read.jobTitle ?? null,
    companyName: read.companyName ?? null,
    officeLocation: read.officeLocation ?? null,
  };
}

/** `GET /users/{id}`. */
export const directoryUser = person.transform(personOf);

const assignmentState = z
  .object({
    skuId: guid,
    disabledPlans: guids.nullish(),
    assignedByGroup: guid.nullish(),
    state: z.string().nullish(),
    error: z.string().nullish(),
  })
  .transform((read): LicensePath => ({
    skuId: read.skuId,
    disabledPlans: read.disabledPlans ?? [],
    assignedByGroup: read.assignedByGroup ?? null,
    state: read.state ?? UNKNOWN_STATE,
    // The documentation says null for "no error", the service says the word.
    error: read.error === undefined || read.error === 'None' ? null : read.error,
  }));

const assignedLicense = z.object({ skuId: guid, disabledPlans: guids.nullish() });

/** State of a path that Graph does not describe. */
const UNKNOWN_STATE = 'Unknown';

/** `GET /users/{id}` with {@link LICENSED_PERSON_FIELDS}. */
export const userLicenses = person
  .extend({
    isManagementRestricted: z.boolean().nullish(),
    assignedLicenses: z.array(assignedLicense),
    licenseAssignmentStates: z.array(assignmentState),
  })
  .transform(({ assignedLicenses, licenseAssignmentStates, ...read }): UserLicenses => ({
    ...personOf(read),
    isManagementRestricted: read.isManagementRestricted ?? false,
    paths: [...licenseAssignmentStates, ...pathless(assignedLicenses, licenseAssignmentStates)],
  }));

/**
 * Licences that one property still shows and the other no longer explains. They count as held directly, in an unknown
 * state, so that nobody takes a removal for seen while half of the directory still shows the licence.
 */
function pathless(
  assigned: readonly z.infer<typeof assignedLicense>[],
  paths: readonly LicensePath[],
): readonly LicensePath[] {
  const explained = new Set(paths.map((path) => path.skuId));
  return assigned
    .filter(({ skuId }) => !explained.has(skuId))
    .map(({ skuId, disabledPlans }) => ({
      skuId,
      disabledPlans: disabledPlans ?? [],
      assignedByGroup: null,
      state: UNKNOWN_STATE,
      error: null,
    }));
}

/** Only what is for users can be assigned; a word that Graph adds one day cannot, until someone knows what it means. */
const appliesTo = z
  .string()
  .nullish()
  .transform((value) => (value === 'User' ? ('User' as const) : ('Company' as const)));

const units = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const subscribedSku = z.object({
  skuId: guid,
  skuPartNumber: z.string(),
  appliesTo,
  capabilityStatus: z.string(),
  consumedUnits: z.number(),
  prepaidUnits: z.object({ enabled: units, warning: units, suspended: units, lockedOut: units }),
  servicePlans: z.array(
    z.object({ servicePlanId: guid, servicePlanName: z.string(), appliesTo, provisioningStatus: z.string() }),
  ),
});

/** `GET /subscribedSkus`: one answer, never paged. */
export const subscribedSkus = z
  .object({ value: z.array(subscribedSku) })
  .transform((read): readonly SubscribedSku[] => read.value);

/** `$select` for a subscription: without it Graph sends the state of every plan along. */
export const SUBSCRIPTION_FIELDS = 'skuId,status,isTrial,totalLicenses,nextLifecycleDateTime';

/** One page of `GET /directory/subscriptions`. */
export const subscriptionsPage = z.object({
  value: z.array(
    z
      .object({
        skuId: guid,
        status: z.string().nullish(),
        isTrial: z.boolean().nullish(),
        totalLicenses: units,
        nextLifecycleDateTime: z.string().nullish(),
      })
      .transform((read): Subscription => ({
        skuId: read.skuId,
        status: read.status ?? UNKNOWN_STATE,
        isTrial: read.isTrial ?? false,
        totalLicenses: read.totalLicenses,
        nextLifecycleAt: read.nextLifecycleDateTime ?? null,
      })),
  ),
  '@odata.nextLink': z.string().optional(),
});

/** `GET /groups/{id}` with {@link GROUP_FIELDS}. */
export const directoryGroup = z
  .object({
    id: guid,
    displayName: z.string().nullish(),
    groupTypes: z.array(z.string()).nullish(),
    onPremisesSyncEnabled: z.boolean().nullish(),
  })
  .transform((read): DirectoryGroup => ({
    id: read.id,
    displayName: read.displayName ?? read.id,
    dynamic: read.groupTypes?.includes('DynamicMembership') ?? false,
    synced: read.onPremisesSyncEnabled ?? false,
  }));

/** `GET /users/{id}/manager`: can also be a contact, who has no account and can decide nothing. */
export const managerOrContact = z.union([
  z.object({ '@odata.type': z.literal('#microsoft.graph.orgContact') }).transform(() => null),
  directoryUser,
]);

/** One page of `GET /groups/{id}/transitiveMembers/microsoft.graph.user`. */
export const membersPage = z.object({ value: z.array(directoryUser), '@odata.nextLink': z.string().optional() });

/** `GET /users/{id}/licenseDetails`. */
export const licenseDetails = z
  .object({
    value: z.array(
      z.object({
        skuId: guid,
        servicePlans: z.array(
          z.object({ servicePlanId: guid, servicePlanName: z.string(), provisioningStatus: z.string() }),
        ),
      }),
    ),
  })
  .transform((read): readonly PlanProvisioning[] =>
    read.value.flatMap(({ skuId, servicePlans }) =>
      servicePlans.map(({ servicePlanId, servicePlanName, provisioningStatus }) => ({
        skuId,
        planId: servicePlanId,
        planName: servicePlanName,
        status: provisioningStatus,
      })),
    ),
  );

/** One page of `GET /users`. */
export const usersPage = z.object({ value: z.array(userLicenses), '@odata.nextLink': z.string().optional() });

const SMTP = /^smtp:/i;

/** One page of `GET /users` with {@link ADDRESS_FIELDS}. */
export const addressedUsersPage = z.object({
  value: z.array(
    z
      .object({
        id: guid,
        userPrincipalName: z.string(),
        displayName: z.string().nullish(),
        mail: z.string().nullish(),
        proxyAddresses: z.array(z.string()).nullish(),
      })
      .transform(({ id, userPrincipalName, displayName, mail, proxyAddresses }): AddressedUser => {
        const smtp = (proxyAddresses ?? []).filter((address) => SMTP.test(address));
        const addresses = [...(mail ? [mail] : []), ...smtp].map((address) => address.replace(SMTP, '').toLowerCase());
        return {
          ...{ id, userPrincipalName, displayName: displayName ?? userPrincipalName },
          addresses: [...new Set(addresses)],
        };
      }),
  ),
  '@odata.nextLink': z.string().optional(),
});

/** `POST /$batch`: items in any order. Header names come in any case. */
export const batchAnswer = z.object({
  responses: z.array(
    z.object({
      id: z.string(),
      status: z.number(),
      headers: z
        .record(z.string(), z.string())
        .nullish()
        .transform((headers) =>
          Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
        ),
      body: z.unknown(),
    }),
  ),
});
