/** The licence write and its reads, as they cross from workflows to activities. */
import type { Failure } from '../domain/failures.js';
import type { SkuId, TouchedState } from '../domain/license.js';

export interface WriteLicensesInput {
  readonly userId: string;
  /** Direct state of the touched SKUs as it was when the change was approved. */
  readonly before: TouchedState;
  readonly target: TouchedState;
  /** Who waits for it: people go before campaigns at Graph too. */
  readonly priority: 'person' | 'campaign';
}

/**
 * What one write activity saw. `done`: a read showed the target. `written`: the change was sent and accepted (or its
 * answer says that it was made before), and no read shows it yet.
 */
export type WriteLicensesResult =
  | {
      readonly outcome: 'done';
      /** False only if it is certain that no call was needed. */
      readonly wrote: boolean;
      readonly current: TouchedState;
      readonly requestId: string | null;
    }
  | { readonly outcome: 'written'; readonly requestId: string | null };

export interface ReadLicensesInput {
  readonly userId: string;
  readonly skuIds: readonly SkuId[];
}

export interface ReadLicensesResult {
  /** Direct state of the SKUs asked for. */
  readonly current: TouchedState;
  /** Those of the SKUs asked for that the user holds through a group, so that a direct licence needs no seat. */
  readonly throughGroup: readonly SkuId[];
  /** Whether the user holds any licence at all, on any path. */
  readonly anyLicense: boolean;
  readonly usageLocation: string | null;
}

export interface SetUsageLocationInput {
  readonly userId: string;
  /** What must be there for the change to be made; anything else is drift and left alone. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What a failed activity carries in the details of its `ApplicationFailure`. */
export interface FailureDetails {
  readonly failure: Failure;
  /** Which attempt this was, from 1. After the first, an earlier attempt may have written. */
  readonly attempt: number;
  /** Direct state of the touched SKUs right before the call that Graph refused; missing where none was sent. */
  readonly sentFrom?: TouchedState;
}
