/** The Temporal server of a benchmark: the one that TEMPORAL_ADDRESS names, or a dev server of its own. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { closable } from '../../src/client/closable.js';
import { DEFAULT_TASK_QUEUE } from '../../src/contracts/task-queues.js';
import { stopTestTemporal, testTemporal, type TestServer } from '../../test/support/temporal.js';

export interface BenchTemporal {
  /** As people call it. */
  readonly name: string;
  readonly server: TestServer;
  readonly client: Client;
  readonly nativeConnection: NativeConnection;
  /**
   * For the work of one run. A server that is set up knows the queue of the product, whose writes have one partition; a
   * dev server has one partition for every queue.
   */
  readonly taskQueue: () => string;
  readonly close: () => Promise<void>;
}

export async function benchTemporal(): Promise<BenchTemporal> {
  const address = process.env['TEMPORAL_ADDRESS'];
  if (address === undefined) {
    const { server, client, nativeConnection } = await testTemporal();
    const taskQueue = () => `bench-${randomUUID()}`;
    return { name: 'a Temporal dev server', server, client, nativeConnection, taskQueue, close: stopTestTemporal };
  }
  const namespace = process.env['TEMPORAL_NAMESPACE'] ?? 'default';
  const connection = await Connection.connect(closable({ address }));
  const nativeConnection = await NativeConnection.connect({ address });
  return {
    name: `the Temporal server at ${address}, namespace ${namespace}`,
    server: { address, namespace },
    client: new Client({ connection, namespace }),
    nativeConnection,
    taskQueue: () => DEFAULT_TASK_QUEUE,
    close: async () => {
      await connection.close();
      await nativeConnection.close();
    },
  };
}
