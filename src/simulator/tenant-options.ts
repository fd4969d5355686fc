import { z } from 'zod';

/**
 * Where the behaviour of the real service is not settled, or differs between tenants, it is an option here; the default
 * is what the evidence speaks for, or the harder case for a client where nothing does.
 */
export const TenantOptions = z.strictObject({
  /**
   * What `assignLicense` answers on success. Microsoft's page shows a user with `assignedLicenses`, captures from the
   * service show the default property set without it. Default: as documented.
   */
  assignLicenseReturns: z.enum(['documented', 'captured']),
  /**
   * A call with adds and removes is one transaction, as practitioners report; Microsoft does not say so. `false` takes
   * the steps one by one, removes first, and leaves done what was done before a step failed.
   */
  atomicChange: z.boolean(),
  /** The same SKU under adds and removes of one call; what the service does is not known. Default: 400. */
  sameSkuInAddAndRemove: z.enum(['refused', 'add-wins', 'remove-wins']),
  /** Removal of a licence that comes from a group only: E3, as captured, or 200 without effect, as one report has it. */
  inheritedRemoval: z.enum(['refused', 'ignored']),
  /** Whether changing the plans of a SKU that is already held needs a free seat. Default: no, it holds one. */
  heldSkuNeedsSeat: z.boolean(),
  /** Whether a SKU that is held through a group may be assigned directly as well. Default: yes, as in the admin centre. */
  directOnTopOfInherited: z.enum(['allowed', 'refused']),
  /** Units in their grace period can be assigned, says the reference; one field report denies it. Default: they can. */
  warningUnitsAssignable: z.boolean(),
  /** A soft-deleted user asked for by id: E12, or still served. */
  softDeletedUser: z.enum(['not-found', 'served']),
  /** Body of the 202 to a group's `assignLicense`: the group, as documented, or nothing, as also seen. */
  groupAssignReturns: z.enum(['group', 'empty']),
  /** Milliseconds from a group's licence change to each of the two next processing states; the service takes minutes. */
  groupProcessingMs: z.int().min(0),
  /**
   * One write at a time for the whole tenant: another one meanwhile gets E15, as 409 (captured on another operation) or
   * as 400 (seen in fixtures). Default: off, since others write twenty at once unharmed.
   */
  writeLock: z.enum(['off', '409', '400']),
  /** Milliseconds that a licence write takes before it is applied; with `writeLock` it holds the lock so long. */
  writeMs: z.int().min(0),
  /** Milliseconds by which reads of users are behind; directory reads come from replicas. */
  readLagMs: z.int().min(0),
  /** Milliseconds by which `consumedUnits` is behind; no documented number exists. */
  consumedUnitsLagMs: z.int().min(0),
  /**
   * Milliseconds for which `licenseDetails` says `PendingProvisioning` of the plans of a licence that was assigned or
   * changed; the service takes minutes, of Exchange and Teams sometimes a day.
   */
  provisioningMs: z.int().min(0),
  /** Milliseconds for which E1 still comes after a usage location was set. */
  usageLocationLagMs: z.int().min(0),
  /** The documented quotas (429 with headers), or none. */
  quota: z.enum(['enforced', 'off']),
  /** Whether 429 names a time; documentation says it does, one later summary says identity calls do not. */
  throttledWithRetryAfter: z.boolean(),
  /** Used share of a quota at which calls of low priority are refused; documented is only that they are the first. */
  lowPriorityShedAt: z.number().min(0).max(1),
  /** Order of the answers in a batch; any order is documented, so the default mixes them. */
  batchOrder: z.enum(['shuffled', 'request']),
  /** Seconds for which an access token is good. */
  tokenLifetimeSeconds: z.int().min(1),
});
export type TenantOptions = Readonly<z.infer<typeof TenantOptions>>;

/** Some of the options, to be changed or set from the start. */
export type OptionsPatch = { readonly [K in keyof TenantOptions]?: TenantOptions[K] | undefined };

export const DEFAULT_OPTIONS: TenantOptions = {
  assignLicenseReturns: 'documented',
  atomicChange: true,
  sameSkuInAddAndRemove: 'refused',
  inheritedRemoval: 'refused',
  heldSkuNeedsSeat: false,
  directOnTopOfInherited: 'allowed',
  warningUnitsAssignable: true,
  softDeletedUser: 'not-found',
  groupAssignReturns: 'group',
  groupProcessingMs: 50,
  writeLock: 'off',
  writeMs: 0,
  readLagMs: 0,
  consumedUnitsLagMs: 0,
  provisioningMs: 0,
  usageLocationLagMs: 0,
  quota: 'enforced',
  throttledWithRetryAfter: true,
  lowPriorityShedAt: 0.9,
  batchOrder: 'shuffled',
  tokenLifetimeSeconds: 3599,
};

/**
 * The options `base` with those of `patch` in their place.
 *
 * @throws ZodError where a value is not one of the option's.
 */
export function withOptions(base: TenantOptions, patch: OptionsPatch): TenantOptions {
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  return TenantOptions.parse({ ...base, ...Object.fromEntries(given) });
}
