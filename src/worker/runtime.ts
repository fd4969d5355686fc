import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { temporalLogger } from './log.js';

export interface SdkMetricsAddress {
  /** `host:port` on this machine. */
  readonly bindAddress: string;
}

/** Names and units as Prometheus has them. */
const PROMETHEUS_NAMES = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

/**
 * Sets up the Temporal runtime of this process. Once, and before any worker or connection.
 *
 * @param sdkMetrics where the SDK serves its own metrics.
 *
 * Signals are left to the process: the SDK would end its workers by itself and tell nobody else.
 */
export function installRuntime(log: Logger, sdkMetrics: SdkMetricsAddress | null = null): void {
  const verbose = log.isLevelEnabled('debug');
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: verbose ? 'DEBUG' : 'WARN', other: 'ERROR' } },
      ...(sdkMetrics !== null && {
        metrics: { prometheus: { bindAddress: sdkMetrics.bindAddress, ...PROMETHEUS_NAMES } },
      }),
    },
    shutdownSignals: [],
  });
}
