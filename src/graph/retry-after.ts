/** Longest wait that is believed: a date from a clock that is years ahead must not stop a tenant's work for years. */
const RETRY_AFTER_MAX_MS = 60 * 60 * 1000;

/**
 * `Retry-After` in milliseconds (RFC 9110 section 10.2.3: seconds, or an HTTP date), `undefined` where it is absent or
 * unreadable. A date is compared with the `Date` header of the same answer, so that no local clock is trusted.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return bounded(Number(value) * 1000);
  const at = Date.parse(value);
  const sentAt = Date.parse(headers['date'] ?? '');
  if (Number.isNaN(at) || Number.isNaN(sentAt)) return undefined;
  return bounded(at - sentAt);
}

function bounded(ms: number): number {
  return Math.ceil(Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS));
}
