/** A worker from configuration to end: connect, poll both queues, and leave in order. */
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { createDataConverter } from '../codec/data-converter.js';
import { openKeyRing } from '../codec/key-source.js';
import type { Config } from '../config/config-schema.js';
import type { ConnectionSettings } from '../config/temporal.js';
import { connectToTemporal } from './temporal-connection.js';
import { takeFirstLook } from './first-look.js';
import { createTenantAccess, graphCredential } from './tenant-access.js';
import { WorkerMetrics } from './metrics.js';
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
  /** The metrics of the SDK in this process. */
  readonly sdkMetricsUrl?: string;
}

/**
 * Runs a worker until `signal` is aborted. Whether Graph lets it in does not matter for that: work waits and says why.
 *
 * @throws EncryptionKeysError where there are no keys to encrypt with; Error where Temporal cannot be reached or has no such namespace; `GracefulShutdownPeriodExpiredError` where
 * writes did not end in time, and the process should then end; the error of a worker that failed, after the other one
 * has ended too.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { config, connectionSettings, log, signal, onReady, workflowCode } = options;
  const ring = await openKeyRing(config.encryption, {
    credential: () => graphCredential(config.graph),
    onMissing: ({ keyId, message }) => log.error({ keyId }, message),
  });
  log.info(
    { keys: ring?.ids ?? [] },
    ring === null ? 'Payloads are not encrypted.' : 'Payloads are encrypted with the first of these keys.',
  );
  const metrics = new WorkerMetrics(config, log);
  const access = createTenantAccess(config, log, metrics.observe);
  const connection = await connectToTemporal(connectionSettings);
  const ended = new AbortController();
  try {
    const { namespace } = connectionSettings;
    const dataConverter = createDataConverter(ring);
    const client = new Client({ connection, namespace, dataConverter });
    await metrics.listen({ client, access, sdkUrl: options.sdkMetricsUrl ?? null });
    const workers = await createWorkers({
      ...{ connection, namespace, config, access },
      workflowCode: workflowCode ?? ownWorkflowCode(ring !== null),
      dataConverter,
    });
    const looking = takeFirstLook(access, log, AbortSignal.any([signal, ended.signal]));
    await runTogether(workers, signal, () => onReady?.()).finally(() => ended.abort());
    await looking;
  } finally {
    await metrics.close();
    // Fails only where a worker was given up with work in its hands, and that error is on its way already.
    await access.audit?.close().catch((error: unknown) => log.debug({ error }, 'The audit store was left open.'));
    await connection.close().catch((error: unknown) => log.debug({ error }, 'The connection was left open.'));
  }
}
