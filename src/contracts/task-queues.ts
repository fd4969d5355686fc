/** Task queue of workflows and of all activities that only read, unless the configuration names another. */
export const DEFAULT_TASK_QUEUE = 'licenseflow';

/**
 * Queue of the activities that write to Graph. They have a queue of their own because writes are paced before polling:
 * a task that starts there is a write that may happen now.
 */
export function writeQueueOf(taskQueue: string): string {
  return `${taskQueue}-graph-writes`;
}

/** `priorityKey` of Temporal tasks: lower is sooner. People overtake campaigns. */
export const PRIORITY = { person: 1, routine: 3, campaign: 5 } as const;
