import { DateTime } from 'luxon';
import { parseDuration } from './duration.js';
import { usageError } from './error-report.js';

const DURATION = /^\d+(\.\d+)?\s*[a-z]+$/i;

/**
 * The instant that `text` means: `2h` from now, or a date or time as ISO 8601 writes it, in the zone of this machine
 * unless it names one.
 *
 * @param option names it in errors.
 * @throws LicenseflowError `invalid`.
 */
export function instantOf(text: string, option: string): Date {
  const instant = DateTime.fromISO(text.trim());
  if (instant.isValid) return instant.toJSDate();
  if (DURATION.test(text.trim())) return new Date(Date.now() + durationOf(text, option));
  throw noInstant(text, option);
}

function durationOf(text: string, option: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw noInstant(text, option);
  }
}

function noInstant(text: string, option: string): Error {
  return usageError(
    `${option}: "${text}" is no time.`,
    'Give a duration from now (90m, 2h, 3d), a date (2026-03-31) or a time (2026-03-31T18:00).',
  );
}
