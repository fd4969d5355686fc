import { GraphError } from '../graph-error.js';
import { GROUP_OPERATIONS } from './group-operations.js';
import { LICENSE_OPERATIONS } from './license-operations.js';
import type { Operation } from './operation.js';
import { SUBSCRIPTION_OPERATIONS } from './subscription-operations.js';
import { USER_OPERATIONS } from './user-operations.js';

const OPERATIONS = [...USER_OPERATIONS, ...LICENSE_OPERATIONS, ...GROUP_OPERATIONS, ...SUBSCRIPTION_OPERATIONS];

/** An operation with the ids that its address names. */
export interface Route {
  readonly operation: Operation;
  readonly ids: { readonly user?: string; readonly group?: string; readonly key?: string };
}

/**
 * The operation behind a method and a path.
 *
 * @throws GraphError 400 for an address that does not exist, 405 for one with other methods.
 */
export function route(method: string, segments: readonly string[]): Route {
  const candidates = OPERATIONS.filter((operation) => fits(operation.path, segments));
  const operation = candidates.find((candidate) => candidate.method === method);
  if (operation) return { operation, ids: idsIn(operation.path, segments) };
  if (candidates.length > 0) {
    throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for the request target.');
  }
  throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${segments.at(-1) ?? ''}'.`);
}

function fits(path: readonly string[], segments: readonly string[]): boolean {
  return (
    path.length === segments.length &&
    path.every((part, i) => part.startsWith(':') || part.toLowerCase() === segments[i]?.toLowerCase())
  );
}

function idsIn(path: readonly string[], segments: readonly string[]): Route['ids'] {
  return Object.fromEntries(
    path.flatMap((part, i) => (part.startsWith(':') ? [[part.slice(1), segments[i] ?? '']] : [])),
  );
}
