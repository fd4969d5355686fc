/**
 * Health check of a worker container: has Temporal heard lately from a running worker on this host? It asks the server
 * and not the process, so a worker that runs but lost its connection or its permission is unhealthy too.
 *
 * Workers send a heartbeat every 60 seconds, the first one a minute after their start. Needs a server of version 1.30 or
 * newer with `frontend.WorkerHeartbeatsEnabled`.
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';

/** Two heartbeats may be missed. */
const SILENCE_MS = 180_000;

const { WORKER_STATUS_RUNNING } = proto.temporal.api.enums.v1.WorkerStatus;

async function heartbeatsOfThisHost() {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
  try {
    const query = `HostName = "${hostname()}"`;
    const { workersInfo } = await connection.workflowService.listWorkers({ namespace, query });
    return workersInfo.map((worker) => worker.workerHeartbeat);
  } finally {
    await connection.close();
  }
}

function isAlive({ status, heartbeatTime }) {
  return status === WORKER_STATUS_RUNNING && Date.now() - Number(heartbeatTime.seconds) * 1000 < SILENCE_MS;
}

try {
  const heartbeats = await heartbeatsOfThisHost();
  if (!heartbeats.some(isAlive))
    throw new Error(`Temporal has not heard from a running worker on ${hostname()} lately.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
