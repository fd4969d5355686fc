import { ApplicationFailure } from '@temporalio/workflow';

/** Refuses a command. Only an `ApplicationFailure` does that; a plain error would fail the workflow task instead. */
export function refused(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type);
}
