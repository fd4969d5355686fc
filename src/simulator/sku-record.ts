import { z } from 'zod';

/** A service plan inside a SKU (`servicePlanInfo` of Graph). Only plans that apply to users can be switched off. */
export const ServicePlan = z.strictObject({
  servicePlanId: z.guid(),
  servicePlanName: z.string(),
  appliesTo: z.enum(['User', 'Company']),
});
export type ServicePlan = Readonly<z.infer<typeof ServicePlan>>;

/** Units of a SKU by what may be done with them (`prepaidUnits` of Graph). */
export const PrepaidUnits = z.strictObject({
  enabled: z.int().min(0),
  warning: z.int().min(0),
  suspended: z.int().min(0),
  lockedOut: z.int().min(0),
});
export type PrepaidUnits = Readonly<z.infer<typeof PrepaidUnits>>;

/** A commercial subscription behind a SKU (`companySubscription` of Graph). */
export const Subscription = z.strictObject({
  id: z.guid(),
  commerceSubscriptionId: z.guid(),
  createdDateTime: z.string(),
  /** When it renews or ends; `null` where it never does (a free product). */
  nextLifecycleDateTime: z.string().nullable(),
  isTrial: z.boolean(),
  status: z.enum(['Enabled', 'Warning', 'Suspended', 'Deleted', 'LockedOut']),
  totalLicenses: z.int().min(0),
});
export type Subscription = Readonly<z.infer<typeof Subscription>>;

/** A product that the tenant owns. */
export const SkuRecord = z.strictObject({
  skuId: z.guid(),
  skuPartNumber: z.string(),
  appliesTo: z.enum(['User', 'Company']),
  prepaidUnits: PrepaidUnits,
  servicePlans: z.array(ServicePlan).readonly(),
  subscriptions: z.array(Subscription).readonly(),
});
export type SkuRecord = Readonly<z.infer<typeof SkuRecord>>;

/** `subscribedSku.capabilityStatus`: the best state that any unit of the SKU is in. */
export function capabilityStatus(units: PrepaidUnits): 'Enabled' | 'Warning' | 'Suspended' | 'LockedOut' | 'Deleted' {
  if (units.enabled > 0) return 'Enabled';
  if (units.warning > 0) return 'Warning';
  if (units.suspended > 0) return 'Suspended';
  return units.lockedOut > 0 ? 'LockedOut' : 'Deleted';
}
