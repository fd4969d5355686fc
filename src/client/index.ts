/**
 * The typed library that an application uses. The command line goes through it too, so whatever one can do there, a
 * program can do as well.
 *
 * @example
 * ```ts
 * const licenseflow = createLicenseflow({ client, taskQueue: 'licenseflow' });
 * const answer = await licenseflow.requests.submit(request, { ref: 'adele@contoso.com', assurance: 'asserted' });
 * ```
 */
import type { Client } from '@temporalio/client';
import type { Pace } from '../contracts/pace.js';
import { DEFAULT_PACE } from '../contracts/pace.js';
import { DEFAULT_TASK_QUEUE } from '../contracts/task-queues.js';
import { Audit } from './audit.js';
import { Campaigns } from './campaigns.js';
import type { InboxItem } from './inbox.js';
import { inboxOf } from './inbox.js';
import { LicenseRequests } from './license-requests.js';
import { RequestBatches } from './request-batches.js';
import type { RequestFilter, RequestRow } from './request-list.js';
import { listRequests, requestPage } from './request-list.js';
import { SeatPools } from './seat-pools.js';
import { TenantQuestions } from './tenant-questions.js';
import type { Who } from './who.js';
import type { Page, PageOptions } from './visibility-page.js';
import { whoIs } from './who.js';

export interface LicenseflowOptions {
  /** Connected client; its namespace is the one that is used. Connect it with {@link closable} if it may be closed. */
  readonly client: Client;
  /** @default 'licenseflow' */
  readonly taskQueue?: string;
  /** @default DEFAULT_PACE */
  readonly pace?: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. @default 15000 */
  readonly answerWithinMs?: number;
}

export interface Licenseflow {
  readonly requests: LicenseRequests;
  readonly batches: RequestBatches;
  readonly campaigns: Campaigns;
  readonly tenant: TenantQuestions;
  readonly seats: SeatPools;
  /** Who asked, who decided, and what was changed: kept for longer than Temporal keeps anything. */
  readonly audit: Audit;
  list(filter: RequestFilter): Promise<readonly RequestRow[]>;
  /** The same, page by page. */
  page(filter: Omit<RequestFilter, 'limit'>, page: PageOptions): Promise<Page<RequestRow>>;
  /** What this person can decide now, the oldest deadline first. Never a decided one. */
  inbox(person: string, limit?: number): Promise<readonly InboxItem[]>;
  /**
   * A person's licences by path, what is wrong with them, their requests, and the open campaigns that they are in.
   *
   * @throws LicenseflowError `not-found`, with people of a similar name.
   */
  who(ref: string): Promise<Who>;
}

/** Rows that one call to the visibility store brings. */
const ROWS_IN_TIME = 1_000;

export function createLicenseflow(options: LicenseflowOptions): Licenseflow {
  const { client, taskQueue = DEFAULT_TASK_QUEUE, pace = DEFAULT_PACE, answerWithinMs = 15_000 } = options;
  const tenant = new TenantQuestions({ client, taskQueue, pace, answerWithinMs });
  const shared = { client, taskQueue, pace, answerWithinMs, people: tenant };
  const requests = new LicenseRequests(shared);
  const here = { client, taskQueue };
  const inTime = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + answerWithinMs, call);
  return {
    requests,
    batches: new RequestBatches(shared),
    campaigns: new Campaigns({ client, taskQueue, pace, answerWithinMs, tenant }),
    tenant,
    seats: new SeatPools({ client, taskQueue, pace, answerWithinMs, tenant }),
    audit: new Audit(tenant),
    // Many rows are many calls, which take as long as they take.
    list: (filter) =>
      filter.limit > ROWS_IN_TIME ? listRequests(here, filter) : inTime(() => listRequests(here, filter)),
    page: (filter, page) => inTime(() => requestPage(here, filter, page)),
    who: (ref) => whoIs(here, tenant, ref),
    inbox: async (person, limit = 50) => {
      const approverId = await tenant.idOf(person);
      return inTime(() => inboxOf(here, requests, approverId, limit));
    },
  };
}

export { Audit } from './audit.js';
export { auditCsv, auditNdjson, readAuditFile } from './audit-file.js';
export { closable } from './closable.js';
export type { CampaignFile, CsvOptions, CsvProblem } from './campaign-csv.js';
export { CampaignCsvError, readCampaignCsv } from './campaign-csv.js';
export { campaignCsv } from './campaign-export.js';
export type { CampaignFilter, CampaignListRow } from './campaign-list.js';
export type { CampaignsOfPerson, PersonInCampaign } from './campaigns-of-person.js';
export type { CampaignUser, CampaignUserFilter, CountedSignature, ErrorGroup } from './campaign-users.js';
export type {
  CampaignRollbackPreview,
  CommandOptions,
  DirectorySource,
  NewCampaign,
  PagesStarted,
  RollbackOf,
  WatchOptions,
} from './campaigns.js';
export { FAILED_STATES } from './campaign-users.js';
export { Campaigns } from './campaigns.js';
export type { InboxItem } from './inbox.js';
export type { DecideOptions, DelegateOptions, RollbackOptions, Submitted } from './license-requests.js';
export { LicenseRequests } from './license-requests.js';
export { LicenseflowError } from './licenseflow-error.js';
export type { LicenseflowErrorKind } from './licenseflow-error.js';
export { RequestBatches } from './request-batches.js';
export type { BatchSubmitted, SubjectSubmitted, SubjectWithdrawn } from './request-batches.js';
export type { RequestFilter, RequestRow, RollbackRowState } from './request-list.js';
export type { HoldOptions, LeaseRow, NamedPool, OperatorOptions } from './seat-pools.js';
export { SeatPools } from './seat-pools.js';
export { TenantQuestions } from './tenant-questions.js';
export type { Page, PageOptions } from './visibility-page.js';
export type { Who } from './who.js';
