import { proxyActivities } from '@temporalio/workflow';

export interface WriteOrder {
  readonly taskQueue: string;
  readonly names: readonly string[];
  readonly priorityKey: number;
}

/** Schedules one activity for each name, all at once. */
export async function writes({ taskQueue, names, priorityKey }: WriteOrder): Promise<void> {
  const { write } = proxyActivities<{ write(name: string): Promise<void> }>({
    taskQueue,
    startToCloseTimeout: '30 s',
    priority: { priorityKey },
  });
  await Promise.all(names.map((name) => write(name)));
}
