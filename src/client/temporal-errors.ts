/** Temporal's errors as sentences. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import {
  isGrpcCancelledError,
  isGrpcDeadlineError,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { OF_ENDED } from '../contracts/query-ahead.js';
import { LicenseflowError } from './licenseflow-error.js';

const GRPC_UNAVAILABLE = 14;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNAUTHENTICATED = 16;
const GRPC_NOT_FOUND = 5;
const GRPC_FAILED_PRECONDITION = 9;

/**
 * The call ran out of time: no worker took the work up, or one is still at it. Where the server notices first, it says
 * that the call was cancelled.
 */
export function isOutOfTime(error: unknown): boolean {
  const cause = rpcCause(error);
  return (
    error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
    isGrpcDeadlineError(cause) ||
    isGrpcCancelledError(cause)
  );
}

/** A message that met the end of a workflow task is dropped by the server; the next one finds where the workflow went. */
const UPDATE_TRIES_MAX = 3;

/**
 * Sends a command that may arrive more than once, and sends it again where the worker lost it on its way: because the
 * workflow ended at that moment, or the worker did.
 */
export async function sendingAgain<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (!isLostOnItsWay(error) || tries >= UPDATE_TRIES_MAX) throw error;
    }
  }
}

/** Parts of its time that the tries of a query get, one after the other. */
const QUERY_SHARES = [0.1, 0.3, 0.6];

/**
 * Asks a query, and asks again: one that meets the end of its workflow, or of a run of it, may stay unanswered for ever,
 * and one that would run its workflow ahead of its tasks is failed by the worker (`workflows/query-guard.ts`). The SDK has
 * one error for all queries that a worker fails, and with encryption the reason cannot be read.
 *
 * @param withinMs for all tries together; the last one throws.
 */
export async function askingAgain<T>(
  client: Pick<Client, 'withDeadline'>,
  withinMs: number,
  ask: () => Promise<T>,
  [share = 1, ...more]: readonly number[] = QUERY_SHARES,
): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + share * withinMs, ask);
  } catch (error) {
    const mayBeAnswered = isOutOfTime(error) || error instanceof QueryNotRegisteredError;
    if (!mayBeAnswered || more.length === 0) throw error;
    return askingAgain(client, withinMs, ask, more);
  }
}

/**
 * How a workflow stands, to be asked within {@link askingAgain}. One that was terminated may have news that it never
 * worked on, and its worker has to be told that it never will.
 */
export async function howItStands<T>(
  handle: Pick<WorkflowHandle, 'query' | 'describe'>,
  view: QueryDefinition<T>,
): Promise<T> {
  try {
    return await handle.query(view);
  } catch (error) {
    if (!(error instanceof QueryNotRegisteredError)) throw error;
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') throw error;
    return handle.query<T, [string]>(view.name, OF_ENDED);
  }
}

function isLostOnItsWay(error: unknown): boolean {
  const cause = rpcCause(error);
  return isGrpcServiceError(cause) && Number(cause.code) === GRPC_FAILED_PRECONDITION;
}

/** Runs `call`, turning what any call to Temporal can suffer into a {@link LicenseflowError}. */
export async function callingTemporal<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof LicenseflowError) return error;
  if (isOutOfTime(error)) return noAnswer(error);
  const cause = rpcCause(error);
  if (!isGrpcServiceError(cause)) return error;
  switch (Number(cause.code)) {
    case GRPC_UNAVAILABLE:
      return new LicenseflowError(
        'unreachable',
        'NO_TEMPORAL',
        `Temporal cannot be reached: ${cause.details}`,
        'Start the stack with `npm start`, or check TEMPORAL_ADDRESS and the network. Nothing was recorded by this call.',
        { cause: error },
      );
    case GRPC_PERMISSION_DENIED:
    case GRPC_UNAUTHENTICATED:
      return new LicenseflowError(
        'unreachable',
        'TEMPORAL_DENIED',
        `Temporal lets nobody in with these credentials: ${cause.details}`,
        'Check the API key or the certificate of the Temporal profile.',
        { cause: error },
      );
    case GRPC_NOT_FOUND:
      return /namespace/i.test(cause.details)
        ? new LicenseflowError(
            'unreachable',
            'NO_NAMESPACE',
            `Temporal has no such namespace: ${cause.details}`,
            'Check TEMPORAL_NAMESPACE, or create the namespace.',
            { cause: error },
          )
        : error;
    // The worker lost the command on its way, for instance because it was ended at that moment.
    case GRPC_FAILED_PRECONDITION:
      return new LicenseflowError(
        'unanswered',
        'NOT_ANSWERED',
        `Temporal could not get an answer: ${cause.details}`,
        'Give the same command again: it counts once, however often it arrives.',
        { cause: error },
      );
    default:
      return error;
  }
}

/** Temporal does not say why an answer is missing, so neither cause is claimed. */
export function noAnswer(cause?: unknown): LicenseflowError {
  return new LicenseflowError(
    'unanswered',
    'NO_ANSWER',
    'No answer in time.',
    'Either no worker runs (see: licenseflow doctor; start one: licenseflow worker), or it is still being worked on, for instance because Microsoft Graph is slow (see: licenseflow explain ID). Nothing that was recorded is lost.',
    { cause },
  );
}

function rpcCause(error: unknown): unknown {
  return error instanceof ServiceError ? error.cause : error;
}
