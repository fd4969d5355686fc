import type { AuditEvent, AuditHead } from '../domain/audit.js';
import type { SkuId } from '../domain/license.js';
import type { AuditPage, AuditSearch, AuditVerdict } from '../contracts/audit.js';
import type { CampaignPageInput } from '../contracts/campaign-page.js';
import type { ChannelFailure, ChannelName, NoticeInput } from '../contracts/notice.js';
import type { Pace } from '../contracts/pace.js';
import type { SeatMessage } from '../contracts/seat-pool.js';
import type { Finding, WritePace } from '../contracts/tenant.js';
import type { Policy } from '../domain/policy.js';
import type { ServiceFamilies } from '../domain/service-family.js';
import type { BulkReads } from '../graph/bulk-reads.js';
import type { GraphGateway } from '../graph/gateway.js';

/** Everything activities need from outside; the worker makes it once and passes it in. */
export interface ActivityDependencies {
  readonly graph: GraphGateway;
  /** The pace of reads of very many users. */
  readonly bulkReads: BulkReads;
  /**
   * The policy as the operator's file says now.
   *
   * @throws {@link PolicyError} where the file cannot be read or is wrong.
   */
  readonly policy: () => Promise<Policy>;
  /** Display names of products and services, for people. */
  readonly productNames: ProductNames;
  /** Which service plans deliver the same service. */
  readonly serviceFamilies: ServiceFamilies;
  /** The pace at which this worker may write. */
  readonly pacer: WritePause & WritePaceReport;
  /**
   * Id of the tenant, as the token has it: the configuration may name the tenant in other ways.
   *
   * @throws GraphFailure where there is no token.
   */
  readonly tenantId: () => Promise<string>;
  readonly seatPools: SeatPoolMessages;
  readonly campaignPages: CampaignPages;
  /** Ways to tell people; each name once. */
  readonly channels: readonly NoticeChannel[];
  /** Where the audit trail is kept; `null` where none is. */
  readonly audit: AuditStore | null;
}

/** The audit trail of all tenants. Every method fails where the store cannot be reached, and may be called again. */
export interface AuditStore {
  /** Adds the events that it does not have, in their order; the same event told again is no second one. */
  append(tenant: string, events: readonly AuditEvent[]): Promise<AuditAppended>;
  head(tenant: string): Promise<AuditHead>;
  page(tenant: string, search: AuditSearch): Promise<AuditPage>;
  /**
   * Looks at every entry.
   *
   * @param kept heads that were kept elsewhere.
   */
  verify(tenant: string, kept: readonly AuditHead[]): Promise<AuditVerdict>;
  close(): Promise<void>;
}

export interface AuditAppended {
  readonly head: AuditHead;
  /** Events that were not there yet. */
  readonly added: number;
}

/** The way to seat pools. */
export interface SeatPoolMessages {
  /** Tells the pool of a product something, and starts it where none runs. The same message may be sent twice. */
  tell(pool: { readonly tenantId: string; readonly skuId: SkuId }, message: SeatMessage, pace: Pace): Promise<void>;
  /** Those among the leases whose holder does not run any more. */
  ended(leaseIds: readonly string[]): Promise<readonly string[]>;
}

/** The way to pages of campaigns. */
export interface CampaignPages {
  /** Digest of a page, whether it runs or is over; `null` where there never was one. */
  digestOf(campaignId: string, page: number): Promise<string | null>;
  /** Who is in the page. */
  usersOf(campaignId: string, page: number): Promise<readonly UserOfPage[]>;
  /** Starts a page. The same page again is the same as once; another one of its number is refused. */
  start(input: CampaignPageInput): Promise<void>;
}

export interface UserOfPage {
  /** Object id, or the reference of the source as long as no such user is found; lower case. */
  readonly id: string;
  /** Empty as long as they are not planned. */
  readonly upn: string;
  /** Line of the source file; `null` where its rows have none. */
  readonly line: number | null;
}

export interface ProductNames {
  /** Microsoft's name of the product, or `null` where its table has none. */
  nameOf(skuId: string): string | null;
  /** Microsoft's friendly name of a service plan, or `null` where its table has none. */
  planNameOf(servicePlanId: string): string | null;
}

export interface WritePause {
  /** Milliseconds until writes may go on after Graph asked for a pause; 0 where there is none. */
  pausedForMs(): number;
}

export interface WritePaceReport {
  snapshot(): WritePace;
}

/** One way to tell people. It finds the words itself, because a mail and a chat need other ones. */
export interface NoticeChannel {
  readonly name: ChannelName;
  /**
   * Hands the notice over once. What a channel refuses is an answer and not an error.
   *
   * @param signal ends the attempt, which then is cut off.
   */
  deliver(notice: NoticeForChannel, signal: AbortSignal): Promise<ChannelAnswer>;
  /** Whether the channel can work, for `doctor`. */
  check(application: { readonly roles: readonly string[] | null }): Promise<readonly Finding[]>;
}

export type NoticeForChannel = NoticeInput & {
  /** Object ids or user principal names of who is told. */
  readonly recipients: readonly string[];
  /** IANA name of the zone in which people read times. */
  readonly timeZone: string;
};

export type ChannelAnswer = 'taken' | 'nobody-to-tell' | Omit<ChannelFailure, 'channel'>;

/** The operator's policy file cannot be used as it is. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
