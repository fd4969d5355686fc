/** A person as a service desk asks about them: licences on every path, what is wrong, their requests and campaigns. */
import type { PersonLicenses } from '../contracts/tenant.js';
import type { CampaignsOfPerson } from './campaigns-of-person.js';
import { campaignsOf } from './campaigns-of-person.js';
import type { Installation } from './installation.js';
import type { RequestRow } from './request-list.js';
import { listRequests } from './request-list.js';
import type { TenantQuestions } from './tenant-questions.js';

export interface Who extends PersonLicenses {
  readonly requests: {
    /** Those that have not ended, the newest first. */
    readonly open: readonly RequestRow[];
    /** The newest of those that have ended. */
    readonly past: readonly RequestRow[];
  };
  readonly campaigns: CampaignsOfPerson;
}

const OPEN_MAX = 50;
const PAST_MAX = 10;

/** @throws LicenseflowError `not-found`, with people of a similar name. */
export async function whoIs(
  place: Installation,
  tenant: Pick<TenantQuestions, 'licensesOf'>,
  ref: string,
): Promise<Who> {
  const licenses = await tenant.licensesOf(ref);
  const subjectId = licenses.person.id;
  const [open, newest, campaigns] = await Promise.all([
    listRequests(place, { subjectId, open: true, limit: OPEN_MAX }),
    listRequests(place, { subjectId, limit: OPEN_MAX + PAST_MAX }),
    campaignsOf(place, licenses.person),
  ]);
  const past = newest.filter(({ endedAt }) => endedAt !== null).slice(0, PAST_MAX);
  return { ...licenses, requests: { open, past }, campaigns };
}
