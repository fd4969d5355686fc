import { activityInfo, Context } from '@temporalio/activity';

/**
 * Runs `work` and heartbeats by a timer of its own, so that the server learns of a dead worker soon and a cancellation
 * reaches the activity even while it waits for the network.
 */
export async function whileHeartbeating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const { heartbeatTimeoutMs } = activityInfo();
  if (heartbeatTimeoutMs === undefined) return work();
  // Three beats within the timeout: one lost or late beat must not look like a dead worker.
  const timer = setInterval(() => {
    context.heartbeat();
  }, heartbeatTimeoutMs / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
