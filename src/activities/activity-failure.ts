/**
 * From typed failures to Temporal's: `ApplicationFailure.type` is the failure code, the details carry the rest. Only what
 * passes by itself is tried again by the server; everything else goes to the workflow at once.
 */
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { FailureDetails } from '../contracts/license-change.js';
import type { Failure } from '../domain/failures.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { GraphFailure } from '../graph/gateway.js';

export function activityFailure(failure: Failure, cause?: Error): ApplicationFailure {
  const details: FailureDetails = { failure, attempt: activityInfo().attempt };
  return ApplicationFailure.create({
    type: failure.code,
    message: describeFailure(failure),
    nonRetryable: meaningOf(failure.code).handling !== 'retry',
    details: [details],
    ...(failure.retryAfterMs !== undefined && { nextRetryDelay: failure.retryAfterMs }),
    ...(cause && { cause }),
  });
}

/** Runs `work` and turns a {@link GraphFailure} into an `ApplicationFailure`; all other errors pass unchanged. */
export async function atBoundary<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GraphFailure) throw activityFailure(error.failure, error);
    throw error;
  }
}
