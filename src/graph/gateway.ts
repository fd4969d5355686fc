/**
 * What the rest of licenseflow may ask of Microsoft Graph. One call here is one HTTP call (or one `$batch`), without any
 * retry of its own: Temporal retries, nothing else does. Every method throws {@link GraphFailure} and nothing else,
 * except for the reason of a signal that the caller gave (an `AbortError` unless it was aborted with another one).
 *
 * Of a write, `OUTCOME_UNKNOWN` says that the request left and no answer tells what became of it: a lost connection, a
 * timeout, a server error. Every other code says that nothing was changed.
 */
import type { Failure } from '../domain/failures.js';
import { describeFailure } from '../domain/failures.js';
import type { LicenseChange, PlanId, SkuId } from '../domain/license.js';

/** `High` for people who wait, `Low` for campaigns (request header `x-ms-throttle-priority`). */
export type ThrottlePriority = 'Low' | 'Normal' | 'High';

export interface CallOptions {
  /** Ends the call. A write that was already sent is then of unknown outcome. */
  readonly signal?: AbortSignal;
  readonly priority?: ThrottlePriority;
}

/** A person of the directory, without licences. */
export interface DirectoryUser {
  /** Object id, lower case. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly mail: string | null;
  readonly accountEnabled: boolean;
  readonly userType: 'Member' | 'Guest';
  readonly usageLocation: string | null;
  readonly department: string | null;
  readonly jobTitle: string | null;
  readonly companyName: string | null;
  readonly officeLocation: string | null;
}

/** A person with the mail addresses that are taken by them. */
export interface AddressedUser {
  /** Object id, lower case. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  /** `mail` and all SMTP addresses of `proxyAddresses`, each once, in lower case and without `smtp:`. */
  readonly addresses: readonly string[];
}

/** How far a service plan of a user is (`servicePlanInfo.provisioningStatus`; values beyond the known ones are kept). */
export interface PlanProvisioning {
  readonly skuId: SkuId;
  readonly planId: PlanId;
  readonly planName: string;
  /** `Success`, `Disabled`, `PendingInput`, `PendingActivation`, `PendingProvisioning`, `Error`. */
  readonly status: string;
}

export interface Mail {
  /** Mailbox that sends, as object id or user principal name. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** Sent where there is no `html`: Graph takes one body. */
  readonly text: string;
  readonly html: string | null;
}

/** One path on which a user holds a SKU (`licenseAssignmentState`); a SKU appears once for each path. */
export interface LicensePath {
  readonly skuId: SkuId;
  readonly disabledPlans: readonly PlanId[];
  /** `null` for a direct assignment, else the object id of the group. */
  readonly assignedByGroup: string | null;
  readonly state: string;
  /** `null` where Graph says `None` or nothing. */
  readonly error: string | null;
}

/** A user with all licence paths, as one read shows them. */
export interface UserLicenses extends DirectoryUser {
  /** In a restricted management unit: only an application with a role of that unit may change the user. */
  readonly isManagementRestricted: boolean;
  readonly paths: readonly LicensePath[];
}

/** `subscribedSku`: a product of the tenant with its seats and its plans as the tenant has them now. */
export interface SubscribedSku {
  readonly skuId: SkuId;
  readonly skuPartNumber: string;
  readonly appliesTo: 'User' | 'Company';
  readonly capabilityStatus: string;
  readonly consumedUnits: number;
  readonly prepaidUnits: {
    readonly enabled: number;
    readonly warning: number;
    readonly suspended: number;
    readonly lockedOut: number;
  };
  readonly servicePlans: readonly {
    readonly servicePlanId: PlanId;
    readonly servicePlanName: string;
    /** Only plans for users can be switched on and off. */
    readonly appliesTo: 'User' | 'Company';
    readonly provisioningStatus: string;
  }[];
}

/** `companySubscription`: what was bought, and until when. */
export interface Subscription {
  readonly skuId: SkuId;
  /** `Enabled`, `Expired`, `Suspended`, `Deleted`, `LockedOut`, …; kept as Graph says it. */
  readonly status: string;
  readonly isTrial: boolean;
  readonly totalLicenses: number;
  /** When it renews or changes its status, ISO 8601; `null` where Graph says nothing. */
  readonly nextLifecycleAt: string | null;
}

export interface DirectoryGroup {
  readonly id: string;
  readonly displayName: string;
  /** Members follow from a rule, so nobody can be added or removed by hand. */
  readonly dynamic: boolean;
  /** Mastered on premises, so membership is changed there. */
  readonly synced: boolean;
}

/** What Graph answered to one licence write. Success says *written*, never *done*: only a read says that. */
export interface WriteReceipt {
  /** Graph's `request-id`. */
  readonly requestId: string;
}

export interface GraphGateway {
  /** `GET /users/{id | userPrincipalName}` with licences and their paths. */
  userLicenses(user: string, options?: CallOptions): Promise<UserLicenses>;
  /**
   * The same for many users in `$batch` calls of 20. Each entry stands for the user of the same index: what was read, or
   * why it could not be ({@link isFailure} tells). A `$batch` that fails as a whole is thrown.
   */
  usersLicenses(users: readonly string[], options?: CallOptions): Promise<readonly (UserLicenses | Failure)[]>;
  /** `GET /users/{id | userPrincipalName}` without licences. */
  user(user: string, options?: CallOptions): Promise<DirectoryUser>;
  /** `GET /users/{id}/manager`; `null` where none is set, or where it is a contact without an account. */
  manager(user: string, options?: CallOptions): Promise<DirectoryUser | null>;
  /** All users that `filter` (OData) selects, page by page along `@odata.nextLink`. */
  listUsers(filter: string | null, options?: CallOptions): AsyncIterable<readonly UserLicenses[]>;
  /** Mail addresses of these users, by object ids, in calls of 15. In no order; who is not there is missing. */
  mailAddresses(userIds: readonly string[], options?: CallOptions): Promise<readonly AddressedUser[]>;
  /** Users who have one of these mail addresses, in calls of 15. In no order; who has several may come several times. */
  usersWithAddress(addresses: readonly string[], options?: CallOptions): Promise<readonly AddressedUser[]>;
  /** `GET /subscribedSkus`. */
  subscribedSkus(options?: CallOptions): Promise<readonly SubscribedSku[]>;
  /** `GET /directory/subscriptions`: all that the tenant has bought. */
  subscriptions(options?: CallOptions): Promise<readonly Subscription[]>;
  group(groupId: string, options?: CallOptions): Promise<DirectoryGroup>;
  /** `GET /groups/{id}/transitiveMembers/microsoft.graph.user`: the users in the group, also through nested groups. */
  groupMembers(groupId: string, options?: CallOptions): Promise<readonly DirectoryUser[]>;
  /** `GET /users/{id}/licenseDetails`: every plan of every SKU in force, with the state of its provisioning. */
  provisioning(user: string, options?: CallOptions): Promise<readonly PlanProvisioning[]>;
  /**
   * `POST /users/{from}/sendMail`. Graph knows no idempotency key for it: `OUTCOME_UNKNOWN` says that the mail may have
   * been sent, every other failure that it was not.
   */
  sendMail(mail: Mail, options?: CallOptions): Promise<void>;
  /** `POST /users/{id}/assignLicense`: the one write, with both arrays always present. */
  assignLicense(userId: string, change: LicenseChange, options?: CallOptions): Promise<WriteReceipt>;
  /** `PATCH /users/{id}` with a two-letter `usageLocation`, or `null` to empty it. */
  setUsageLocation(userId: string, usageLocation: string | null, options?: CallOptions): Promise<WriteReceipt>;
  /** What the token of this process allows, and how far its clock is from Graph's (`Date` header). */
  probe(options?: CallOptions): Promise<AccessProbe>;
}

/** Tells the two kinds of entries of {@link GraphGateway.usersLicenses} apart. */
export function isFailure(entry: UserLicenses | Failure): entry is Failure {
  return 'code' in entry;
}

export interface AccessProbe {
  /** Application roles in the access token (`roles` claim), or `null` where the token is opaque. */
  readonly roles: readonly string[] | null;
  /** This process's clock minus Graph's, in milliseconds; `null` where Graph sent no usable date. */
  readonly clockSkewMs: number | null;
  readonly tenantId: string;
}

/** The one error of this layer. */
export class GraphFailure extends Error {
  override readonly name = 'GraphFailure';

  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(describeFailure(failure), options);
  }
}
