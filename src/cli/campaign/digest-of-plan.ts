import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { CampaignView } from '../../contracts/campaign.js';
import { shortDigest } from '../../domain/digest.js';

/**
 * The digest that begins with what was typed.
 *
 * @throws LicenseflowError `conflict` where the plan in force is another one.
 */
export function wholeDigest({ plan, campaignId }: CampaignView, typed: string): string {
  if (plan === null)
    throw new LicenseflowError(
      ...(['refused', 'WRONG_STATE', `Campaign ${campaignId} has no plan yet.`] as const),
      `See how far it is: licenseflow campaign status ${campaignId}`,
    );
  if (plan.digest.startsWith(typed)) return plan.digest;
  throw new LicenseflowError(
    'conflict',
    'OTHER_PLAN',
    `The plan of campaign ${campaignId} is ${shortDigest(plan.digest)}, and not ${shortDigest(typed)}. Nothing was done.`,
    `Look at it: licenseflow campaign show ${campaignId}`,
  );
}
