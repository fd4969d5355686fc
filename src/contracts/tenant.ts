/** Questions about the tenant that only a worker can answer, because only workers hold credentials for Graph. */
import type { PathError } from '../domain/path-errors.js';
import type { Person } from '../domain/person.js';
import type { MonthlyPrice } from '../domain/price.js';
import type { SeatCount } from '../domain/seats.js';
import type { NoticeOutcome } from './notice.js';
import type { Pace } from './pace.js';

export const TENANT_SEATS = 'tenantSeats';
export const TENANT_ID = 'tenantId';
export const TENANT_PERSON = 'tenantPerson';
export const TENANT_CHECK = 'tenantCheck';
export const TENANT_WRITE_PACE = 'tenantWritePace';
export const TENANT_NOTICE_TEST = 'tenantNoticeTest';
export const TENANT_WHO = 'tenantWho';
export const TENANT_CATALOG = 'tenantCatalog';
/** Input and answer: `RemainderInput` and `Remainder` of the campaigns. */
export const TENANT_REMAINDER = 'tenantRemainder';

export interface TenantQuestion {
  readonly pace: Pace;
}

export interface SkuSeats extends SeatCount {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly name: string;
  readonly appliesTo: 'User' | 'Company';
  readonly capabilityStatus: string;
  readonly suspended: number;
  readonly lockedOut: number;
  /** Seats that can be given away now, by the policy's rule. */
  readonly free: number;
  /** Whether the policy lets people ask for it. */
  readonly requestable: boolean;
  /** Of one seat, as the policy says; `null` where it does not. */
  readonly monthlyPrice: MonthlyPrice | null;
  readonly servicePlans: readonly {
    readonly id: string;
    readonly name: string;
    readonly appliesTo: 'User' | 'Company';
  }[];
}

export interface FindPersonInput extends TenantQuestion {
  /** Object id or user principal name. */
  readonly ref: string;
}

/** One thing that was looked at, and whether it is as it must be. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failed';
  readonly text: string;
  readonly remedy: string | null;
}

export type FoundPerson = Person | null;

export interface NoticeTestInput extends TenantQuestion {
  readonly to: Person;
  /** What asked for it, as people can type it again. */
  readonly command: string;
}

export type NoticeTestOutcome = Extract<NoticeOutcome, { outcome: 'sent' }>;
/** A group that gives somebody a licence. */
export interface LicensingGroup {
  readonly id: string;
  /** `null` where the worker may not read it, or where it is gone. */
  readonly name: string | null;
  /** Members follow from a rule, so nobody can be added or removed by hand. */
  readonly dynamic: boolean;
  /** Mastered on premises, so membership is changed there. */
  readonly synced: boolean;
}

/** One way on which a person holds a product, or should. */
export interface ProductPath {
  /** `null` for a direct assignment. */
  readonly group: LicensingGroup | null;
  /** Graph's word: `Active`, `ActiveWithError`, `Disabled`, `Error`. */
  readonly state: string;
  /** Whether it gives anything: a path in error does not. */
  readonly inForce: boolean;
  readonly error: PathError | null;
}

export interface HeldService {
  readonly id: string;
  /** Graph's name of the plan, such as `TEAMS1`. */
  readonly name: string;
  /** Its name for people. */
  readonly title: string;
  /** Only services for users can be switched on and off. */
  readonly appliesTo: 'User' | 'Company';
  /** For each path of the product, in their order: whether it switches the service on. */
  readonly onBy: readonly boolean[];
  /** Whether the person has it, over all paths of all products. */
  readonly effective: boolean;
  /** Graph's word for how far it is (`Success`, `PendingProvisioning`, …); `null` where it says nothing. */
  readonly provisioning: string | null;
}

export interface HeldProduct {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly name: string;
  readonly paths: readonly ProductPath[];
  readonly services: readonly HeldService[];
}

/** A person with every product that they hold or should hold, on every path. */
export interface PersonLicenses {
  readonly person: Person;
  readonly accountEnabled: boolean;
  readonly userType: 'Member' | 'Guest';
  readonly usageLocation: string | null;
  readonly department: string | null;
  readonly jobTitle: string | null;
  readonly products: readonly HeldProduct[];
  /** What is not as it should be, the worst first, each with what to do. */
  readonly findings: readonly Finding[];
}

export type WhoAnswer =
  | ({ readonly outcome: 'found' } & PersonLicenses)
  /** Nobody has this name; people with a similar one, a few at most. */
  | { readonly outcome: 'unknown'; readonly similar: readonly Person[] };

/** One product that can be asked for. */
export interface CatalogEntry {
  readonly skuId: string;
  readonly skuPartNumber: string;
  readonly name: string;
  /** What it is good for, in the policy's words. */
  readonly need: string | null;
  /** Seats left by the policy's rule; without one a request waits. */
  readonly free: number;
  /** How long an approved request waits for a seat, in milliseconds. */
  readonly seatWaitMs: number;
  /** Who decides, one phrase a stage, in their order; empty where nobody is asked. */
  readonly decides: readonly string[];
  /** When nobody is asked all the same, one phrase a rule. */
  readonly autoApproved: readonly string[];
  /** How long it can be had at most and what follows, as a phrase; `null` without limit. */
  readonly term: string | null;
  /** Of one seat, as the policy says; `null` where it does not. */
  readonly monthlyPrice: MonthlyPrice | null;
}

export type Catalog =
  | { readonly outcome: 'offered'; readonly entries: readonly CatalogEntry[] }
  /** The policy file cannot be used, so nothing can be asked for. */
  | { readonly outcome: 'policy-invalid'; readonly message: string };

/** How one worker uses the write quota of the tenant; several workers share it. */
export interface WritePace {
  /** Part of the quota that this worker may use, above 0 and at most 1. */
  readonly share: number;
  /** Part of the whole quota that it used in the last window of it (150 s for Graph's own). */
  readonly quotaUsed: number;
  /** Calls that Graph refused for being too many, in the last five minutes. */
  readonly throttledLately: number;
  /** Milliseconds until a pause that Graph asked for is over; 0 where there is none. */
  readonly pausedForMs: number;
}
