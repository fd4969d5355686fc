/** The audit trail as it crosses process boundaries: how workflows hand entries over, and how people ask for them. */
import type { AuditEntry, AuditEvent, AuditHead, AuditKind, ChainProblem } from '../domain/audit.js';
import type { TenantQuestion } from './tenant.js';

export const TENANT_AUDIT_PAGE = 'tenantAuditPage';
export const TENANT_AUDIT_VERIFY = 'tenantAuditVerify';

/** How a workflow hands its events over; missing in a pace whose workflows tell none. */
export interface AuditPace {
  readonly startToCloseMs: number;
  /** Server-side attempts before the workflow takes over and shows the reason. */
  readonly attempts: number;
  readonly retryMs: number;
  /** Events of one call; a page of a campaign hands over when it has so many. */
  readonly batch: number;
}

export interface RecordAuditInput {
  readonly events: readonly AuditEvent[];
}

/** `not-kept`: the worker was started without a store, so there is no trail. */
export type RecordedAudit = { readonly outcome: 'kept'; readonly head: AuditHead } | { readonly outcome: 'not-kept' };

/** How far the trail of one workflow is behind it. */
export interface AuditView {
  readonly recorded: number;
  /** Events that the store does not have yet. They are part of the workflow and get lost with nothing less than it. */
  readonly waiting: number;
  /** Why the store did not take them, and when it is asked again; `null` while nothing is wrong. */
  readonly problem: { readonly reason: string; readonly since: string; readonly nextAt: string } | null;
}

/** Events handed over neither by this run nor by those before it. */
export interface CarriedAudit {
  readonly seq: number;
  readonly recorded: number;
  readonly waiting: readonly AuditEvent[];
}

/** What is looked for; everything named has to be true. */
export interface AuditFilter {
  /** Object id or user principal name: whose licences it is about. */
  readonly person?: string;
  /** Object id or user principal name: who did it. */
  readonly actor?: string;
  readonly requestId?: string;
  readonly campaignId?: string;
  readonly kinds?: readonly AuditKind[];
  /** A campaign's own entries, without those of its users. */
  readonly withoutUsers?: true;
  /** ISO 8601 in UTC; from `since` on, before `until`. */
  readonly since?: string;
  readonly until?: string;
}

export interface AuditSearch {
  readonly filter: AuditFilter;
  readonly order: 'newest' | 'oldest';
  /** Number of the last entry that is known already; the page goes on behind it. */
  readonly behind: number | null;
  readonly limit: number;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Whether there are more behind the last one. */
  readonly more: boolean;
  /** Of the whole chain at that moment. */
  readonly head: AuditHead;
}

export type AuditPageInput = TenantQuestion & AuditSearch;

/** `not-kept` as in {@link RecordedAudit}. */
export type AuditPageAnswer = ({ readonly outcome: 'found' } & AuditPage) | { readonly outcome: 'not-kept' };

export interface AuditVerifyInput extends TenantQuestion {
  /** Heads that were kept elsewhere. */
  readonly kept: readonly AuditHead[];
}

export interface AuditVerdict {
  readonly head: AuditHead;
  readonly problems: readonly ChainProblem[];
}

export type AuditVerifyAnswer = ({ readonly outcome: 'verified' } & AuditVerdict) | { readonly outcome: 'not-kept' };
