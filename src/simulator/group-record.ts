import { z } from 'zod';

/** A SKU with the plans that stay off (`assignedLicense` of Graph). Ids in lower case. */
export const AssignedLicense = z.strictObject({ skuId: z.guid(), disabledPlans: z.array(z.guid()).readonly() });
export type AssignedLicense = Readonly<z.infer<typeof AssignedLicense>>;

/** How far the fan-out of a group's licences to its members has come (`group.licenseProcessingState.state`). */
export const LicenseProcessing = z.enum(['QueuedForProcessing', 'ProcessingInProgress', 'ProcessingComplete']);
export type LicenseProcessing = z.infer<typeof LicenseProcessing>;

/** A group as the directory keeps it; replaced as a whole on each change. */
export const GroupRecord = z.strictObject({
  id: z.guid(),
  displayName: z.string(),
  description: z.string().nullable(),
  mail: z.string().nullable(),
  mailNickname: z.string(),
  mailEnabled: z.boolean(),
  securityEnabled: z.boolean(),
  /** Rule of a dynamic group, else `null`. The simulator keeps the rule as text and the members as they are given. */
  membershipRule: z.string().nullable(),
  onPremisesSyncEnabled: z.boolean().nullable(),
  createdDateTime: z.string(),
  memberIds: z.array(z.guid()).readonly(),
  assignedLicenses: z.array(AssignedLicense).readonly(),
  licenseProcessing: LicenseProcessing,
});
export type GroupRecord = Readonly<z.infer<typeof GroupRecord>>;
