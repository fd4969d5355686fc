import { DateTime } from 'luxon';
import { parseDuration } from './duration.js';
import { usageError } from './error-report.js';

const DURATION = /^\d+(\.\d+)?\s*[a-z]+$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export interface InstantOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA name, for texts without an offset. @default the zone of this machine */
  readonly timeZone?: string | undefined;
  /** It is the end of something: a day is meant with its evening, and has to be one to come. */
  readonly isEnd?: true;
}

/**
 * The instant that `text` means, in milliseconds since the epoch: `2h` from now, or a date or time as ISO 8601 writes it.
 *
 * @param option names it in errors.
 * @throws LicenseflowError `invalid`.
 */
export function instantOf(option: string, text: string, { now, timeZone, isEnd }: InstantOptions): number {
  const typed = text.trim();
  if (DURATION.test(typed)) return now + durationOf(option, typed);
  const at = DateTime.fromISO(typed, timeZone === undefined ? {} : { zone: timeZone });
  if (!at.isValid) throw noInstant(option, text);
  const instant = (isEnd && DAY.test(typed) ? at.endOf('day') : at).toMillis();
  if (isEnd && instant <= now) throw usageError(`${option}: "${text}" has gone by.`, 'Name a day to come.');
  return instant;
}

function durationOf(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw noInstant(option, text);
  }
}

function noInstant(option: string, text: string): Error {
  return usageError(
    `${option}: "${text}" is no time.`,
    'Give a date (2027-02-28), a time (2027-02-28T18:00) or a duration from now (90m, 2h, 3d).',
  );
}
