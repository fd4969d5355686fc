import { DEFAULT_WRITE_PACE } from '../graph/pacing.js';
import { GRAPH_WRITE_QUOTA } from '../graph/write-bucket.js';
import type { WorkerSettings } from './worker-settings.js';

/**
 * Writes per second that Temporal hands out over all workers together. Each worker paces itself below its own share;
 * this guard is for when there are more workers than the shares were meant for.
 *
 * Without a setting it is the usual share of the tenant's quota, or this worker's own share where that is larger.
 */
export function writesPerSecondGuard({ graph, worker }: Pick<WorkerSettings, 'graph' | 'worker'>): number {
  const { writes, windowMs } = GRAPH_WRITE_QUOTA;
  return worker.writesPerSecond ?? (writes / (windowMs / 1000)) * Math.max(DEFAULT_WRITE_PACE.share, graph.writeShare);
}
