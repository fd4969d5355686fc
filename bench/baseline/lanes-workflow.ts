/** The least that Temporal can do in the shape of a campaign's page: so many activities at a time, one for each user. */
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { writeQueueOf } from '../../src/contracts/task-queues.js';
import type { NothingActivities } from './temporal-alone.js';

export async function lanes(users: number, atOnce: number): Promise<void> {
  const { doNothing } = proxyActivities<NothingActivities>({
    taskQueue: writeQueueOf(workflowInfo().taskQueue),
    allowEagerDispatch: false,
    startToCloseTimeout: 60_000,
  });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < users) await doNothing(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
