import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { ConnectionSettings } from '../config/temporal.js';

const ANSWER_WITHIN_MS = 10_000;
const GRPC_NOT_FOUND = 5;

/**
 * A connection to a Temporal that knows the namespace. Asked here, because a worker that finds out by itself leaves
 * threads behind.
 *
 * @throws Error with a remedy where Temporal does not answer, refuses, or has no such namespace.
 */
export async function connectToTemporal({
  connectionOptions,
  namespace,
}: ConnectionSettings): Promise<NativeConnection> {
  const { address } = connectionOptions;
  const connection = await NativeConnection.connect(connectionOptions).catch((error: unknown) => {
    throw new Error(
      `Temporal does not answer at ${address}: ${reasonOf(error)}. ` +
        'Start it, or correct the address (--address, TEMPORAL_ADDRESS).',
      { cause: error },
    );
  });
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return connection;
  } catch (error) {
    await connection.close();
    throw new Error(refusal(error, address, namespace), { cause: error });
  }
}

function refusal(error: unknown, address: string, namespace: string): string {
  return isGrpcServiceError(error) && Number(error.code) === GRPC_NOT_FOUND
    ? `Temporal at ${address} has no namespace "${namespace}". Create it, or correct the name (--namespace, TEMPORAL_NAMESPACE).`
    : `Temporal at ${address} does not let this worker into namespace "${namespace}": ${reasonOf(error)}. Check its key or certificate.`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
