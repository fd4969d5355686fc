/** What a call means that got no answer: nothing reached Graph, or nobody knows. */
import type { Failure } from '../domain/failures.js';
import { shortened } from './raw-text.js';

/** Errors that come before the first byte of a request can have left: name lookup, connection, trust. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Of a write that may have reached Graph the outcome is unknown; anything else may simply be tried again. */
export function networkFailure(error: unknown, write: boolean): Failure {
  const causes = [...causesOf(error)];
  const connected = !neverConnected(error);
  const words = causes.map((cause) => cause.message).filter((message) => message !== '');
  return {
    code: write && connected ? 'OUTCOME_UNKNOWN' : 'TRANSIENT',
    message: shortened(
      `${connected ? 'The connection to Microsoft Graph broke' : 'Microsoft Graph could not be reached'}: ${words.join(': ')}`,
    ),
  };
}

/** Whether nothing can have left this process, so that the call may be made again whatever it does. */
export function neverConnected(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => NEVER_CONNECTED.has(codeOf(cause)));
}

/** `fetch` says "fetch failed" and hides the reason in its cause; several addresses tried make an `AggregateError`. */
function* causesOf(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const inner of error.errors) yield* causesOf(inner);
  yield* causesOf(error.cause);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
