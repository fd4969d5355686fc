import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionOptions } from '@temporalio/client';

const ATTEMPT_MS = 2_000;
const PAUSE_MS = 50;

/**
 * A connection to a Temporal server that knows `namespace`; tries until then. The caller closes it.
 *
 * @throws Error with the last answer after `withinMs`; the reason of `signal` when aborted.
 */
export async function connectWhenAnswering(
  options: ConnectionOptions,
  namespace: string,
  limits: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<Connection> {
  const deadline = Date.now() + limits.withinMs;
  for (;;) {
    limits.signal.throwIfAborted();
    try {
      return await connect(options, namespace);
    } catch (error) {
      if (Date.now() > deadline) throw notAnswering(options, namespace, limits.withinMs, error);
    }
    await delay(PAUSE_MS);
  }
}

async function connect(options: ConnectionOptions, namespace: string): Promise<Connection> {
  const connection = await Connection.connect({ ...options, connectTimeout: ATTEMPT_MS });
  try {
    await connection.withDeadline(Date.now() + ATTEMPT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function notAnswering({ address }: ConnectionOptions, namespace: string, withinMs: number, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `The Temporal server at ${address} did not answer for namespace ${namespace} within ${withinMs / 1000} s: ${reason}`,
    { cause },
  );
}
