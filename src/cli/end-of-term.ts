/** The end of a licence as it is typed: a day, which is meant with its evening, or an instant. */
import { DateTime } from 'luxon';
import { usageError } from './error-report.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * @param timeZone IANA name, for texts without an offset. @default the zone of this machine
 * @returns milliseconds since the epoch
 * @throws LicenseflowError `invalid` for what is no date, and for one that has gone by.
 */
export function endOfTerm(option: string, text: string, now: number, timeZone?: string): number {
  const at = DateTime.fromISO(text.trim(), timeZone === undefined ? {} : { zone: timeZone });
  if (!at.isValid)
    throw usageError(
      `${option} ${text}: ${at.invalidExplanation ?? 'this is no date'}.`,
      'Write 2027-02-28, or 2027-02-28T18:00.',
    );
  const end = (DAY.test(text.trim()) ? at.endOf('day') : at).toMillis();
  if (end <= now) throw usageError(`${option} ${text}: that has gone by.`, 'Name a day to come.');
  return end;
}
