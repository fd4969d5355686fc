/**
 * What Temporal alone takes: an activity for each user that does nothing, from a queue of its own as writes are, in
 * workflows of the size of a page, as many at a time as pages write. No engine with an activity for each user is faster on
 * the same machine.
 */
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import { writeQueueOf } from '../../src/contracts/task-queues.js';
import type { lanes } from './lanes-workflow.js';

export interface NothingActivities {
  doNothing(user: number): Promise<void>;
}

export interface AloneOptions {
  readonly client: Client;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly users: number;
  readonly atOnce: number;
}

const { pageRows, runPages } = DEFAULT_CAMPAIGN_PACE;

/** @returns milliseconds that it took. */
export async function activitiesThatDoNothing(options: AloneOptions): Promise<number> {
  const { connection, namespace, taskQueue } = options;
  const workflows = await Worker.create({
    ...{ connection, namespace, taskQueue },
    workflowsPath: fileURLToPath(new URL('./lanes-workflow.ts', import.meta.url)),
  });
  const writes = await Worker.create({
    ...{ connection, namespace, taskQueue: writeQueueOf(taskQueue) },
    activities: { doNothing: () => Promise.resolve() } satisfies NothingActivities,
  });
  return workflows.runUntil(writes.runUntil(() => inPages(options)));
}

async function inPages({ client, taskQueue, users, atOnce }: AloneOptions): Promise<number> {
  const pages = Math.ceil(users / pageRows);
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < pages) {
      const page = begun++;
      await client.workflow.execute<typeof lanes>('lanes', {
        ...{ workflowId: `lanes/${taskQueue}/${page}`, taskQueue },
        args: [Math.min(pageRows, users - page * pageRows), Math.ceil(atOnce / runPages)],
      });
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: runPages }, lane));
  return performance.now() - started;
}
