import { CancellationScope, getExternalWorkflowHandle } from '@temporalio/workflow';
import type { BatchMembership, SubmitAnswer } from '../contracts/license-request.js';
import { memberAnswered, requestBatchWorkflowId } from '../contracts/request-batch.js';

/**
 * Tells the batch of a request what its submit is answered. Never fails: a batch that has ended asks no more, and nothing
 * of the request depends on it.
 */
export async function tellBatch(
  batch: BatchMembership | undefined,
  answer: () => Promise<SubmitAnswer>,
): Promise<void> {
  if (batch === undefined) return;
  await CancellationScope.nonCancellable(async () => {
    const given = await answer();
    try {
      const parent = getExternalWorkflowHandle(requestBatchWorkflowId(batch.batchId));
      await parent.signal(memberAnswered, { ...given, number: batch.number });
    } catch {
      // It has ended; the answer stands in the view of the request.
    }
  });
}
