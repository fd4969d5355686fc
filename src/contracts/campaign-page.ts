/**
 * One page of a campaign: a few hundred users, their plan, their writes, their way back. The campaign says what a page
 * shall do by *orders*, a page says how far it is by *statuses*; both are states and not events, each with a number that
 * grows, so that any of them may be lost, come twice or come late: the newest counts, and either side repeats its own.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { digestOf } from '../domain/digest.js';
import type { Signature, UserCounts, UserState, BlockCode } from '../domain/campaign.js';
import type { Effort } from '../domain/campaign-page.js';
import type { PageWaves, PlannedPage } from '../domain/campaign-waves.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import type { SkuId, TouchedState } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import type { CarriedAudit } from './audit.js';
import type { CampaignPace, CampaignWish } from './campaign.js';
import { wishContent } from './campaign.js';
import type { Pace } from './pace.js';

export type { PageWaves };

export const CAMPAIGN_PAGE = 'campaignPage';

/** One user as the source names them. */
export interface CampaignRow {
  /** Object id or user principal name. */
  readonly user: string;
  /** Index into the wishes of the page. */
  readonly wish: number;
  /** Wave that the row asks for, from 1; missing where waves are made by size. */
  readonly wave?: number;
  readonly note?: string;
  /** Line of the source file, from 1; missing for a directory source. */
  readonly line?: number;
}

export interface CampaignPageInput {
  readonly campaignId: string;
  /** Number of the page, from 1. */
  readonly page: number;
  readonly rows: readonly CampaignRow[];
  /** The wishes that the rows name; the same list in every page of a campaign. */
  readonly wishes: readonly CampaignWish[];
  /** {@link pageDigest} of rows and wishes. */
  readonly digest: string;
  readonly pace: Pace;
  readonly campaignPace: CampaignPace;
  /** What the run before hands over; `null` in the first one. */
  readonly carried: CarriedPage | null;
}

/** Compact: signatures once, a few fields a user. */
export interface CarriedPage {
  readonly order: PageOrder | null;
  readonly statusNumber: number;
  readonly signatures: readonly Signature[];
  readonly users: readonly PageUser[];
  /** Seat blocks that are asked for or held, by SKU. */
  readonly blocks: readonly {
    readonly skuId: SkuId;
    readonly leaseId: string;
    readonly units: number;
    readonly used: number;
  }[];
  readonly rollbacks: readonly string[];
  readonly retries: number;
  /** Number of the last order that was carried out. */
  readonly carriedOut: number;
  /** Plan ids of the touched SKUs when users were planned last. */
  readonly contents: SkuContents;
  /** Users who are on their way, by their index. */
  readonly efforts: readonly (readonly [user: number, effort: Effort])[];
  readonly lastWriteAt: number;
  readonly lastFailure: PageStatus['lastFailure'];
  /** Missing where no audit trail is told of it. */
  readonly audit?: CarriedAudit;
}

/** Why a user is where they are. Beyond failures, there are reasons that only a plan can find. */
export type UserFailure = Omit<Failure, 'code'> & { readonly code: BlockCode };

/** One user of a page with everything that has to be remembered. Keys are short because a page carries hundreds. */
export interface PageUser {
  /** Object id, or the reference of the source where no such user was found. */
  readonly id: string;
  readonly upn: string;
  readonly name: string;
  /** Index into the signatures of the page; -1 before the plan. */
  readonly sig: number;
  readonly state: UserState;
  /** 0 is the canary; -1 before waves are made. */
  readonly wave: number;
  /** Why blocked, failed, unknown, drifted, left alone or not restored. */
  readonly failure?: UserFailure;
  /** Graph's `request-id` of the write that made the change, and of the one that took it back. */
  readonly writeId?: string;
  readonly restoreId?: string;
  /** Whether licenseflow changed the user, or may have. */
  readonly wrote?: boolean;
  /** What the last read showed of the touched SKUs where that is neither before nor target. */
  readonly seen?: TouchedState;
  /** When its state became final, milliseconds since the epoch. */
  readonly at?: number;
  readonly note?: string;
  readonly line?: number;
}

/** What a page that exists is compared with: who is in it, in which order, and what shall happen to each. */
export function pageDigest(rows: readonly CampaignRow[], wishes: readonly CampaignWish[]): string {
  return digestOf({
    rows: rows.map(({ user, wish, wave, note, line }) => ({ user: user.toLowerCase(), wish, wave, note, line })),
    wishes: wishes.map(wishContent),
  });
}

export function campaignPageWorkflowId(campaignId: string, page: number): string {
  return `campaign/${campaignId}/page/${String(page)}`;
}

// --- orders -----------------------------------------------------------------------------------------------------------

/** What the campaign wants of a page. The newest number counts. */
export type PageOrder = { readonly number: number } &
  /** Plan every user that was not written; with `again` also those that are planned. */
  (
    | { readonly kind: 'plan'; readonly again: boolean }
    /**
     * Bring every ready user of the waves up to `wave` to an outcome. With wave -1 nobody runs: the page only learns its
     * waves and says how many users are in each.
     */
    | {
        readonly kind: 'run';
        readonly wave: number;
        /**
         * How users get their waves: `wavesOfUsers` over all users of the page whose signature is ready, in their order.
         * Users that are still `ready` take it, all others keep the wave that they have. `null` leaves waves as they are.
         */
        readonly waves: PageWaves | null;
        /** Writes that are scheduled at a time. */
        readonly window: number;
        /** Most writes that may be scheduled in a second; `null` for the pace of the workers alone. */
        readonly perSecond: number | null;
        /** How long a user may wait for a seat. */
        readonly seatWaitMs: number;
        /** When it is above the number of the last retry, users that failed (with one of `codes`, or any) are tried again. */
        readonly retry: { readonly number: number; readonly codes: readonly FailureCode[] | null } | null;
      }
    /** Start no further write; cancel what is queued; say `settled` when nothing is in flight. */
    | { readonly kind: 'stop' }
    /** As `stop`, and users whose turn has not come are skipped. */
    | { readonly kind: 'cancel' }
    /** Put users back to what they were before. */
    | {
        readonly kind: 'roll-back';
        readonly rollback: string;
        /** Object ids; `null` for all in `waves`. */
        readonly users: readonly string[] | null;
        /** Numbers of waves; `null` for all. */
        readonly waves: readonly number[] | null;
        readonly window: number;
        readonly perSecond: number | null;
        readonly seatWaitMs: number;
      }
    /** Nothing more to do until the rollback window closes at this instant (milliseconds since the epoch); then complete. */
    | { readonly kind: 'rest'; readonly until: number }
  );

export const orderPage = defineSignal<[order: PageOrder]>('order');

// --- statuses ---------------------------------------------------------------------------------------------------------

export interface PageStatus {
  readonly page: number;
  /** Grows; an older status is ignored. */
  readonly number: number;
  /** The order that it is about, and whether it is carried out: everything has an outcome, or nothing is in flight. */
  readonly order: number;
  readonly settled: boolean;
  /**
   * Nothing is left to do except for users who wait for seats: the page needs no turn meanwhile. It goes on by itself
   * when seats are promised.
   */
  readonly onlySeats: boolean;
  readonly waves: readonly PageWaveStatus[];
  /** Seats that are asked for and not promised yet. */
  readonly seatsMissing: number;
  /** Last write that was finished, in milliseconds since the epoch; 0 for none. */
  readonly lastWriteAt: number;
  readonly lastFailure: (Failure & { readonly at: string }) | null;
  /** After a plan order: what it came to. */
  readonly plan: PagePlan | null;
  /** The page cannot go on at all, for instance because its rows are not those that were sealed. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
}

export interface PageWaveStatus {
  /** -1 for users without a wave. */
  readonly wave: number;
  readonly users: UserCounts;
  /** Users that failed, are unknown or drifted, by code. */
  readonly failures: Readonly<Record<string, number>>;
}

/** The plan of a page in figures. */
export interface PagePlan extends PlannedPage {
  /** Over users, their signatures, and the plan lists of the touched SKUs. */
  readonly digest: string;
  readonly seatsNeeded: Readonly<Record<SkuId, number>>;
  readonly seatsToRestore: Readonly<Record<SkuId, number>>;
  readonly blocked: Readonly<Partial<Record<BlockCode, number>>>;
  readonly warnings: Readonly<Record<string, number>>;
  /** Groups that give users of the page a product which is to be removed; missing for none. */
  readonly groups?: readonly { readonly groupId: string; readonly skuId: SkuId; readonly users: number }[];
}

// --- what can be seen -------------------------------------------------------------------------------------------------

export const pageStatus = defineQuery<PageStatus>('status');

export interface PageContent {
  readonly page: number;
  readonly signatures: readonly Signature[];
  readonly users: readonly PageUser[];
}

/** Everything that the page knows. The result of a page that has completed is the same. */
export const pageContent = defineQuery<PageContent>('content');

/** Of it only what is about these people: object ids, or references of the source where they are not planned yet. */
export const pageContentOf = defineQuery<PageContent, [refs: readonly string[]]>('contentOf');

/** What a rollback would do to the users of this page, as a read shows them now. Changes nothing. */
export interface RollbackPreview {
  readonly page: number;
  readonly toRestore: number;
  /** Nothing was written to them, or they are as before. */
  readonly nothingToDo: number;
  /** Somebody else changed them; they would be left alone. */
  readonly drifted: readonly { readonly id: string; readonly upn: string }[];
  readonly unreadable: readonly { readonly id: string; readonly upn: string; readonly failure: Failure }[];
  readonly seatsNeeded: Readonly<Record<SkuId, number>>;
  /** Plans that were off before and that their product has lost, so they cannot be restored. */
  readonly vanishedPlans: readonly { readonly skuId: SkuId; readonly planId: string }[];
}

export const previewRollback = defineUpdate<
  RollbackPreview,
  [scope: { readonly users: readonly string[] | null; readonly waves: readonly number[] | null }]
>('previewRollback');
