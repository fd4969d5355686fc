import type { Fault } from '../fault.js';
import { graphError, GraphError, withStatus } from '../graph-error.js';
import type { UserRecord } from '../user-record.js';
import type { GraphCall } from './graph-call.js';

/** The error with which a fault refuses a call before it is carried out. */
export function refusalBy(
  faults: readonly Fault[],
  call: GraphCall,
  user: UserRecord | undefined,
): GraphError | undefined {
  for (const fault of faults) {
    if (fault.kind === 'throttle') return throttling(fault);
    if (fault.kind !== 'graph-error') continue;
    const error = graphError(fault.error, {
      skuId: fault.skuId ?? firstSkuIn(call.body),
      planIds: fault.planIds,
      resource: user?.id ?? call.segments[1],
    });
    return fault.status === undefined ? error : withStatus(error, fault.status);
  }
  return undefined;
}

function throttling(fault: Extract<Fault, { kind: 'throttle' }>): GraphError {
  const error = graphError('E16');
  const text =
    fault.code === 'UnknownError'
      ? 'This request is throttled. Please try again after the value specified in the Retry-After header'
      : error.message;
  const headers: Record<string, string> =
    fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
  return new GraphError(429, fault.code, text, error.inner, headers);
}

function firstSkuIn(body: unknown): string | undefined {
  const text = JSON.stringify(body ?? null);
  return /"skuId":"([0-9a-f-]{36})"/i.exec(text)?.[1] ?? /"removeLicenses":\["([0-9a-f-]{36})"/i.exec(text)?.[1];
}
