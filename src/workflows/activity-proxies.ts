/**
 * Activities as workflows call them, with the reasons for their timeouts and retries. Each call site gives a summary, so
 * that the event history reads like a story.
 */
import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ReadActivities, WriteActivities } from '../activities/index.js';
import type { Pace } from '../contracts/pace.js';
import { PRIORITY, writeQueueOf } from '../contracts/task-queues.js';

/** Reads are safe to repeat at any time. Few server-side attempts: then the workflow shows the reason and goes on. */
export function reading(
  pace: Pick<Pace, 'read'>,
  summary: string,
  priority: keyof typeof PRIORITY = 'person',
): ReadActivities {
  return proxyActivities<ReadActivities>({
    startToCloseTimeout: pace.read.startToCloseMs,
    retry: { maximumAttempts: pace.read.attempts, initialInterval: pace.read.retryMs, backoffCoefficient: 2 },
    priority: { priorityKey: PRIORITY[priority] },
    summary,
  });
}

/** Reads of a whole company take minutes, so they heartbeat: a worker that died is noticed all the same. */
export function surveying(pace: Pace, summary: string): ReadActivities {
  return proxyActivities<ReadActivities>({
    startToCloseTimeout: pace.write.scheduleToCloseMs,
    heartbeatTimeout: pace.write.heartbeatMs,
    retry: { maximumAttempts: pace.read.attempts, initialInterval: pace.read.retryMs, backoffCoefficient: 2 },
    priority: { priorityKey: PRIORITY.routine },
    summary,
  });
}

/**
 * Writes run on a queue of their own, because they are paced before polling; eager dispatch would go around that pace.
 * A cancelled write is waited for: until it ends, nobody knows whether it happened.
 */
export function writing(pace: Pace, summary: string, priority: keyof typeof PRIORITY): WriteActivities {
  return proxyActivities<WriteActivities>({
    taskQueue: writeQueueOf(workflowInfo().taskQueue),
    allowEagerDispatch: false,
    startToCloseTimeout: pace.write.startToCloseMs,
    scheduleToCloseTimeout: pace.write.scheduleToCloseMs,
    heartbeatTimeout: pace.write.heartbeatMs,
    retry: { maximumAttempts: pace.write.attempts, initialInterval: pace.write.retryMs, backoffCoefficient: 2 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: PRIORITY[priority] },
    summary,
  });
}

/** Attempts are the workflow's: it knows which channels took the notice, and the server would ask all of them again. */
export function telling(pace: Pace['notices'], summary: string): Pick<ReadActivities, 'sendNotice'> {
  return proxyActivities<ReadActivities>({
    startToCloseTimeout: pace.startToCloseMs,
    retry: { maximumAttempts: 1 },
    priority: { priorityKey: PRIORITY.routine },
    summary,
  });
}
