/** Taking a finished request back: the exact state from before it, for the SKUs it touched and no others. */
import { defineQuery } from '@temporalio/workflow';
import type { Actor } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import type { TouchedState } from '../domain/license.js';
import type { Restoration } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { ChangePlan } from '../domain/plan.js';
import type { AuditView } from './audit.js';
import type { TimelineEntry, Undone, Wait } from './license-request.js';
import type { Pace } from './pace.js';

export const LICENSE_ROLLBACK = 'licenseRollback';

export interface LicenseRollbackInput {
  readonly requestId: string;
  readonly subject: Person;
  /** The plan that the request carried out; its `before` is restored. */
  readonly plan: ChangePlan;
  readonly actor: Actor;
  readonly reason: string;
  /** How long to wait for a seat of a product that is given back. */
  readonly seatWaitMs: number;
  readonly pace: Pace;
}

export type RollbackState =
  'reading' | 'writing' | 'verifying' | 'waiting-for-seat' | 'restored' | 'left-alone' | 'failed';

export interface RollbackView {
  readonly requestId: string;
  readonly state: RollbackState;
  readonly since: string;
  readonly subject: Person;
  readonly actor: Actor;
  readonly reason: string;
  /** State of the touched SKUs when the rollback began, at its end, and the one to restore. */
  readonly before: TouchedState;
  readonly after: TouchedState | null;
  /** Plans that were off before and that their SKU no longer contains. */
  readonly vanishedPlans: Restoration['vanishedPlans'];
  /** SKUs that someone else changed since, so that everything was left alone. */
  readonly drifted: readonly string[];
  readonly wrote: boolean;
  /** What became of the usage location, where the request had set it. */
  readonly usageLocation: Undone | null;
  readonly graphRequestIds: readonly string[];
  readonly waitsFor: Wait | null;
  readonly lastFailure: (Failure & { readonly at: string }) | null;
  readonly needsAttention: readonly string[];
  /** Missing where no audit trail is told of it. */
  readonly audit?: AuditView;
  readonly timeline: readonly TimelineEntry[];
}

export type LicenseRollbackResult = RollbackView;

/** `ApplicationFailure.type` of a rollback that could not be carried out. Its details hold the {@link RollbackView}. */
export const ROLLBACK_FAILED = 'ROLLBACK_FAILED';

export const rollbackView = defineQuery<RollbackView>('rollbackView');

export function licenseRollbackWorkflowId(requestId: string): string {
  return `license-rollback/${requestId}`;
}
