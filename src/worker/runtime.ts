import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './log.js';

/**
 * Sets up the Temporal runtime of this process. Once, and before any worker or connection.
 *
 * Signals are left to the process: the SDK would end its workers by itself and tell nobody else.
 */
export function installRuntime(log: Logger): void {
  const verbose = log.isLevelEnabled('debug');
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: verbose ? 'DEBUG' : 'WARN', other: 'ERROR' } },
    },
    shutdownSignals: [],
  });
}
