/**
 * From typed failures to Temporal's: `ApplicationFailure.type` is the failure code, the details carry the rest. Only what
 * passes by itself is tried again by the server; everything else goes to the workflow at once.
 */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetails } from '../contracts/license-change.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import type { TouchedState } from '../domain/license.js';
import { GraphFailure } from '../graph/gateway.js';

/** Longer waits are the workflow's: what waits at the server is seen by nobody. */
const SERVER_WAIT_MS_MAX = 10_000;

/** A write that Graph refused, and what the user held when it was sent. */
export class RefusedWrite extends GraphFailure {
  constructor(
    refusal: GraphFailure,
    readonly sentFrom: TouchedState,
  ) {
    super(refusal.failure, { cause: refusal });
  }
}

function activityFailure(cause: GraphFailure): ApplicationFailure {
  const { failure } = cause;
  const details: FailureDetails = {
    failure,
    attempt: activityInfo().attempt,
    ...(cause instanceof RefusedWrite && { sentFrom: cause.sentFrom }),
  };
  return ApplicationFailure.create({
    type: failure.code,
    message: describeFailure(failure),
    nonRetryable: meaningOf(failure.code).handling !== 'retry' || (failure.retryAfterMs ?? 0) > SERVER_WAIT_MS_MAX,
    details: [details],
    ...(failure.retryAfterMs !== undefined && { nextRetryDelay: failure.retryAfterMs }),
    cause,
  });
}

/** Runs `work` and turns a {@link GraphFailure} into an `ApplicationFailure`; all other errors pass unchanged. */
export async function atBoundary<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GraphFailure) throw activityFailure(error);
    throw error;
  }
}
