/** What campaigns ask of a worker: plans, reads, facts about the tenant. Nothing here writes to Graph. */
import type { BlockCode, Signature } from '../domain/campaign.js';
import type { Failure } from '../domain/failures.js';
import type { SkuId, TouchedState } from '../domain/license.js';
import type { SkuContents, SkuFacts } from '../domain/plan.js';
import type {
  AllowedHours,
  CampaignPace,
  CampaignSource,
  CampaignWish,
  GroupFact,
  SubscriptionFact,
} from './campaign.js';
import type { Pace } from './pace.js';

export interface PlanUsersInput {
  /** In the order of the page. */
  readonly users: readonly { readonly user: string; readonly wish: number }[];
  readonly wishes: readonly CampaignWish[];
}

export interface PlannedUser {
  /** Object id; the reference of the source where there is no such user. */
  readonly id: string;
  readonly upn: string;
  readonly name: string;
  /** Index into `signatures` of the result. */
  readonly sig: number;
  /** Why this one is blocked, with names; missing where they are not. */
  readonly failure?: { readonly code: BlockCode; readonly message: string };
}

export interface PlanUsersResult {
  /** One for each user asked about, in their order. */
  readonly users: readonly PlannedUser[];
  readonly signatures: readonly Signature[];
  /** Plan ids of the touched SKUs as the tenant has them now. */
  readonly contents: SkuContents;
}

export interface ReadUsersInput {
  readonly users: readonly { readonly id: string; readonly skuIds: readonly SkuId[] }[];
}

export type UserReading =
  { readonly current: TouchedState; readonly throughGroup: readonly SkuId[] } | { readonly failure: Failure };

/** In the order of the users asked about. */
export type ReadUsersResult = readonly UserReading[];

export interface CampaignFactsInput {
  readonly wishes: readonly CampaignWish[];
  /** Groups that give a touched product, with it and how many users. */
  readonly groups: readonly { readonly groupId: string; readonly skuId: SkuId; readonly users: number }[];
}

export interface CampaignFacts {
  /** The products that the wishes name. */
  readonly skus: readonly SkuFacts[];
  readonly contents: SkuContents;
  readonly free: Readonly<Record<SkuId, number>>;
  readonly subscriptions: readonly SubscriptionFact[];
  /** Why subscriptions are not known, for instance a missing permission; `null` where they are. */
  readonly subscriptionsUnknown: Failure | null;
  readonly groups: readonly GroupFact[];
  /** The policy: with more users than this a second person has to agree; `null` for never. */
  readonly secondPersonAbove: number | null;
}

export interface StartPagesInput {
  readonly campaignId: string;
  readonly source: Exclude<CampaignSource, { kind: 'file' }>;
  readonly pace: Pace;
  readonly campaignPace: CampaignPace;
  readonly wishes: readonly CampaignWish[];
}

export interface StartedPages {
  /** Rows and digest of each page, from page 1. */
  readonly rows: readonly number[];
  readonly digests: readonly string[];
  /** So many users are in the source, which is more than one campaign takes; nothing was started. */
  readonly tooMany?: number;
}

export interface NextAllowedInput {
  readonly hours: AllowedHours;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface NextAllowed {
  /** The next instant, not before `at`, in which writes may start; `null` where none ever comes. */
  readonly opensAt: number | null;
  /** When it is over again. */
  readonly closesAt: number | null;
}

export interface SharedUsersInput {
  readonly campaignId: string;
  /** Numbers of the pages that are compared. */
  readonly pages: readonly number[];
}

/** People who are in more than one page: a file has named them in two ways. */
export interface SharedUsers {
  /** The first of them by their ids. */
  readonly users: readonly SharedUser[];
  /** There are so many beside them. */
  readonly more: number;
}

export interface SharedUser {
  /** Object id. */
  readonly id: string;
  readonly upn: string;
  readonly pages: readonly number[];
  /** Lines of the source file; empty where its rows have none. */
  readonly lines: readonly number[];
}

/** Who is in the source now and in no page of the campaign. */
export interface RemainderInput {
  readonly campaignId: string;
  readonly source: Exclude<CampaignSource, { kind: 'file' }>;
  readonly pages: number;
  readonly pace: Pace;
}

export interface Remainder {
  readonly users: readonly { readonly id: string; readonly upn: string; readonly name: string }[];
  /** There are more than `users` names. */
  readonly more: number;
}
