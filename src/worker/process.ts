/** The process behind `licenseflow worker`. */
import { connectionSettings } from '../config/temporal.js';
import type { Config } from '../config/config-schema.js';
import { createLog } from './log.js';
import { installRuntime } from './runtime.js';
import { sdkMetricsAddress } from './metrics.js';
import { listenForStop } from './stop-request.js';
import { runWorker } from './worker.js';
import type { WorkflowCode } from './workflow-code.js';

export interface WorkerProcessOptions {
  /** Prints one {@link ReadyLine} on stdout when the worker polls. */
  readonly readyJson: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
  /** A bundle that was made before, where many workers share it. @default the one of the build, or the sources */
  readonly workflowCode?: WorkflowCode;
}

/** What `readyJson` prints. */
export interface ReadyLine {
  readonly ready: true;
  readonly taskQueue: string;
  readonly namespace: string;
  readonly pid: number;
}

/**
 * Runs a worker until SIGINT, SIGTERM or SIGHUP, or the end of the parent. Resolves with the exit code, 0 after an
 * orderly end; why it is another one is in the log. A second signal ends the process at once.
 *
 * The caller passes the code to `process.exit`: a write that was given up may keep the process alive.
 *
 * @throws ConfigError where the connection to Temporal cannot be set up.
 */
export async function startWorkerProcess(config: Config, options: WorkerProcessOptions): Promise<number> {
  const log = createLog(config.log.level);
  const settings = connectionSettings(config);
  const sdkMetrics = config.metrics.listen === null ? null : await sdkMetricsAddress();
  installRuntime(log, sdkMetrics);
  const { readyJson, exitWithParent, workflowCode } = options;
  const onImpatience = (): never => {
    log.warn('Ended at once: writes in flight are of unknown outcome until they are read.');
    process.exit(1);
  };
  using stop = listenForStop({ exitWithParent, onImpatience });
  stop.signal.addEventListener('abort', () =>
    log.info(
      { graceMs: config.worker.shutdownGraceMs },
      'Ending: no new work is taken, writes in flight are waited for.',
    ),
  );
  const { taskQueue } = config.temporal;
  const ready: ReadyLine = { ready: true, taskQueue, namespace: settings.namespace, pid: process.pid };
  const onReady = (): void => {
    log.info({ ...ready, address: settings.connectionOptions.address }, 'The worker polls.');
    if (readyJson) process.stdout.write(`${JSON.stringify(ready)}\n`);
  };
  try {
    await runWorker({
      ...{ config, connectionSettings: settings, log, signal: stop.signal, onReady },
      ...(sdkMetrics !== null && { sdkMetricsUrl: `http://${sdkMetrics.bindAddress}/metrics` }),
      ...(workflowCode !== undefined && { workflowCode }),
    });
    log.info('The worker has ended in order.');
    return 0;
  } catch (error) {
    log.fatal({ error }, error instanceof Error ? error.message : String(error));
    return 1;
  }
}
