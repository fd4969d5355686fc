import type { GraphError } from '../graph-error.js';
import type { GraphReply } from './graph-call.js';

/** Ids of one call, which an error repeats in its body. */
export interface CallIds {
  readonly requestId: string;
  /** What the client sent, or the request id. */
  readonly clientRequestId: string;
}

/** Graph's envelope: `innerError` with a date that has no zone (it is UTC) and both ids. */
export function errorReply(error: GraphError, ids: CallIds, nowMs: number): GraphReply {
  return {
    status: error.status,
    headers: error.headers,
    body: {
      kind: 'json',
      json: {
        error: {
          code: error.code,
          message: error.message,
          innerError: {
            ...error.inner,
            date: new Date(nowMs).toISOString().slice(0, 19),
            'request-id': ids.requestId,
            'client-request-id': ids.clientRequestId,
          },
        },
      },
    },
  };
}
