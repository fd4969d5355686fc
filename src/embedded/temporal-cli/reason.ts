/**
 * What went wrong, in the words of whoever knows best. `fetch` reports every fault of the network as a `TypeError` that
 * says "fetch failed", a stream its end as an `AbortError`, and both name the fault only as their cause; a name with several
 * addresses fails with an empty message.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const wraps = error instanceof TypeError || error.name === 'AbortError';
  if (wraps && error.cause !== undefined) return reasonOf(error.cause);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
