/** The two workers of a process, which live and end together. */
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createReadActivities, createWriteActivities } from '../activities/index.js';
import { campaignPages } from '../client/campaign-pages.js';
import { seatPoolMessages } from '../client/seat-pool-messages.js';
import { writeQueueOf } from '../contracts/task-queues.js';
import type { TenantAccess } from './tenant-access.js';
import type { WorkerSettings } from './worker-settings.js';
import type { WorkflowCode } from './workflow-code.js';
import { writesPerSecondGuard } from './write-guard.js';
import { writeSlots } from './write-slots.js';

/** After the grace period writes in flight are cancelled; this long they may take to notice. */
const CANCELLATION_MS = 15_000;

export interface WorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly config: WorkerSettings;
  readonly access: TenantAccess;
  readonly workflowCode: WorkflowCode;
  /** The same as that of every client. @default payloads as they are */
  readonly dataConverter?: DataConverter;
}

/**
 * One worker for workflows and reads, one for licence writes on a queue of their own, over one connection.
 *
 * @throws Error of the SDK where the namespace is not there or the workflows cannot be loaded.
 */
export async function createWorkers(options: WorkersOptions): Promise<readonly Worker[]> {
  const { connection, namespace, config, access, workflowCode, dataConverter = {} } = options;
  const { taskQueue } = config.temporal;
  const client = new Client({ connection, namespace, dataConverter });
  const { workflowTasks, readActivities, cachedWorkflows, shutdownGraceMs } = config.worker;
  const common = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: shutdownGraceMs,
    shutdownForceTime: shutdownGraceMs + CANCELLATION_MS,
  };
  const main = await Worker.create({
    ...common,
    ...workflowCode,
    taskQueue,
    activities: createReadActivities({
      ...access,
      tenantId: rememberedTenantId(access),
      seatPools: seatPoolMessages({ client, taskQueue }),
      campaignPages: campaignPages({ client, taskQueue }),
    }),
    maxConcurrentWorkflowTaskExecutions: workflowTasks,
    maxConcurrentActivityTaskExecutions: readActivities,
    maxCachedWorkflows: cachedWorkflows,
  });
  const writes = await Worker.create({
    ...common,
    taskQueue: writeQueueOf(taskQueue),
    activities: createWriteActivities(access),
    maxTaskQueueActivitiesPerSecond: writesPerSecondGuard(config),
    // An eager activity would pass by the queue, its priorities and its limit.
    maxEagerActivityReservationsPerWorkflowTask: 0,
    tuner: {
      activityTaskSlotSupplier: writeSlots(access.pacer),
      workflowTaskSlotSupplier: UNUSED,
      localActivityTaskSlotSupplier: UNUSED,
      nexusTaskSlotSupplier: UNUSED,
    },
  });
  return [main, writes];
}

/** A tuner has to name all kinds of slots; this worker asks for one kind only. */
const UNUSED = { type: 'fixed-size', numSlots: 1 } as const;

/** Asked once: a process keeps its tenant. */
function rememberedTenantId({ graph }: Pick<TenantAccess, 'graph'>): () => Promise<string> {
  let known: string | undefined;
  return async () => (known ??= (await graph.probe()).tenantId);
}

/** What {@link runTogether} needs of a worker. */
export type RunnableWorker = Pick<Worker, 'run' | 'getState' | 'shutdown'>;

/**
 * Runs the workers until `signal` is aborted or one of them fails; the others then end in order.
 *
 * @param onReady called once, when all of them poll.
 * @throws the first error of a worker, after all of them have ended.
 */
export async function runTogether(
  workers: readonly RunnableWorker[],
  signal: AbortSignal,
  onReady: () => void,
): Promise<void> {
  const errors: unknown[] = [];
  const stopAll = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map(async (worker) => {
    try {
      await worker.run();
    } catch (error) {
      errors.push(error);
    } finally {
      stopAll();
    }
  });
  signal.addEventListener('abort', stopAll);
  if (signal.aborted) stopAll();
  else onReady();
  await Promise.all(runs);
  signal.removeEventListener('abort', stopAll);
  if (errors.length > 0) throw errors[0];
}
