import type { Failure } from '../domain/failures.js';
import type { Operation } from './error-table.js';

/** One finished HTTP call, as pacing and metrics see it. Names no user. */
export interface ObservedCall {
  readonly operation: Operation;
  /** Sign-in included. */
  readonly durationMs: number;
  /** HTTP status; `null` where no answer came. */
  readonly status: number | null;
  /** Graph's `request-id`, or `null`. */
  readonly requestId: string | null;
  /** Of a `$batch`: the throttled item with the longest wait, if there was one. `null` for a success. */
  readonly failure: Failure | null;
  /** `x-ms-throttle-limit-percentage`: used share of the quota, which Graph sends from 0.8 upwards; else `null`. */
  readonly throttleLimitPercentage: number | null;
}
