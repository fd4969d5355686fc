import { DEFAULT_WRITE_PACE } from '../graph/pacing.js';
import { GRAPH_WRITE_QUOTA } from '../graph/write-bucket.js';
import type { WorkerSettings } from './worker-settings.js';

/** Above the pace of the workers: a limit that is as tight as the pace itself holds back writes that were due. */
export const GUARD_HEADROOM = 1.2;

/**
 * Writes per second that Temporal hands out over all workers together. Each worker paces itself below its own share;
 * this guard is for when there are more workers than the shares were meant for.
 *
 * Without a setting it is a fifth more than the usual share of the tenant's quota, or than this worker's own share where
 * that is larger; never more than the whole quota.
 */
export function writesPerSecondGuard({ graph, worker }: Pick<WorkerSettings, 'graph' | 'worker'>): number {
  const { writes, windowMs } = GRAPH_WRITE_QUOTA;
  const quota = (writes * 1_000) / windowMs;
  const share = Math.max(DEFAULT_WRITE_PACE.share, graph.writeShare);
  return worker.writesPerSecond ?? quota * Math.min(1, share * GUARD_HEADROOM);
}
