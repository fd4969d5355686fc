/** A worker from configuration to end: connect, poll both queues, and leave in order. */
import type { Logger } from 'pino';
import type { Config } from '../config/config-schema.js';
import type { ConnectionSettings } from '../config/temporal.js';
import { connectToTemporal } from './temporal-connection.js';
import { takeFirstLook } from './first-look.js';
import { createTenantAccess } from './tenant-access.js';
import { createWorkers, runTogether } from './workers.js';
import { ownWorkflowCode, type WorkflowCode } from './workflow-code.js';

export interface RunWorkerOptions {
  readonly config: Config;
  readonly connectionSettings: ConnectionSettings;
  readonly log: Logger;
  /** Aborted to end the worker: it takes no more work, waits for writes in flight, and the promise resolves. */
  readonly signal: AbortSignal;
  /** Called once both queues are polled. */
  readonly onReady?: () => void;
  /** A bundle that was made before, where many workers share it. @default the one of the build, or the sources */
  readonly workflowCode?: WorkflowCode;
}

/**
 * Runs a worker until `signal` is aborted. Whether Graph lets it in does not matter for that: work waits and says why.
 *
 * @throws Error where Temporal cannot be reached or has no such namespace; `GracefulShutdownPeriodExpiredError` where
 * writes did not end in time, and the process should then end; the error of a worker that failed, after the other one
 * has ended too.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { config, connectionSettings, log, signal, onReady, workflowCode = ownWorkflowCode() } = options;
  const access = createTenantAccess(config, log);
  const connection = await connectToTemporal(connectionSettings);
  const ended = new AbortController();
  try {
    const { namespace } = connectionSettings;
    const workers = await createWorkers({ connection, namespace, config, access, workflowCode });
    const looking = takeFirstLook(access, log, AbortSignal.any([signal, ended.signal]));
    await runTogether(workers, signal, () => onReady?.()).finally(() => ended.abort());
    await looking;
  } finally {
    // Fails only where a worker was given up with work in its hands, and that error is on its way already.
    await access.audit?.close().catch((error: unknown) => log.debug({ error }, 'The audit store was left open.'));
    await connection.close().catch((error: unknown) => log.debug({ error }, 'The connection was left open.'));
  }
}
