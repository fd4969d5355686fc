import type { Fault } from '../fault.js';
import { GraphError } from '../graph-error.js';
import { errorReply, type CallIds } from './error-reply.js';
import type { GraphReply } from './graph-call.js';

const CODES = {
  500: 'Service_InternalServerError',
  502: 'UnknownError',
  503: 'serviceNotAvailable',
  504: 'UnknownError',
} as const;

/** E18 as JSON, as the HTML of a gateway, or as a JSON content type with nothing behind it. */
export function serverErrorReply(
  fault: Extract<Fault, { kind: 'server-error' }>,
  ids: CallIds,
  nowMs: number,
): GraphReply {
  const headers: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
  switch (fault.body) {
    case 'json':
      return errorReply(new GraphError(fault.status, CODES[fault.status], '', {}, headers), ids, nowMs);
    case 'html':
      return { status: fault.status, headers, body: { kind: 'html', html: gatewayPage(fault.status) } };
    case 'empty':
      return { status: fault.status, headers, body: { kind: 'empty-json' } };
  }
}

function gatewayPage(status: number): string {
  return `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>Service unavailable</h1></body></html>`;
}
