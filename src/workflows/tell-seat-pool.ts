import { ActivityFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { ReadActivities } from '../activities/index.js';
import type { Pace } from '../contracts/pace.js';
import type { SeatMessage } from '../contracts/seat-pool.js';
import { PRIORITY } from '../contracts/task-queues.js';
import type { SkuId } from '../domain/license.js';

/**
 * Tells the pool of a product something. Messages go to Temporal itself, so they are repeated until they arrive. One that
 * cannot be sent for very long is given up: every lease ends by itself.
 */
export async function tellPool(pace: Pace, skuId: SkuId, message: SeatMessage, summary: string): Promise<void> {
  const { again, read } = pace;
  const { tellSeatPool } = proxyActivities<ReadActivities>({
    startToCloseTimeout: read.startToCloseMs,
    scheduleToCloseTimeout: again.deadlineMs,
    retry: { initialInterval: read.retryMs, backoffCoefficient: 2, maximumInterval: again.maxMs },
    priority: { priorityKey: PRIORITY.person },
    summary,
  });
  try {
    await tellSeatPool({ skuId, message, pace });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  }
}
