/** Questions about the tenant that only a worker can answer, because only workers hold credentials for Graph. */
import type { Person } from '../domain/person.js';
import type { SeatCount } from '../domain/seats.js';
import type { NoticeOutcome } from './notice.js';
import type { Pace } from './pace.js';

export const TENANT_SEATS = 'tenantSeats';
export const TENANT_ID = 'tenantId';
export const TENANT_PERSON = 'tenantPerson';
export const TENANT_CHECK = 'tenantCheck';
export const TENANT_NOTICE_TEST = 'tenantNoticeTest';

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
