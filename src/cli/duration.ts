import { InvalidArgumentError } from 'commander';
import ms from 'ms';
import type { StringValue } from 'ms';

/** What a timer can count; longer waits would end at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;
const YEAR_MS = 365.25 * 24 * 60 * 60 * 1_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
const WITH_UNIT = /^\d+(\.\d+)?\s*[a-z]+$/i;

/** Reads how long something shall be waited for, such as `10m`, `2h` or `"3 days"`, as milliseconds. */
export function parseDuration(text: string): number {
  return within(millisecondsOf(text), 1, TIMER_MS_MAX, 'It must be above 0 and at most 24 days.');
}

/** Reads how long something is kept, such as `90d`, as milliseconds. A server keeps nothing for less than a day. */
export function parseRetention(text: string): number {
  return within(millisecondsOf(text), DAY_MS, 10 * YEAR_MS, 'It must be from 1 day to 10 years.');
}

/** Reads how long a licence is wanted, such as `90d`, as milliseconds. What the policy allows is its own matter. */
export function parseTerm(text: string): number {
  return within(millisecondsOf(text), 1, 10 * YEAR_MS, 'It must be above 0 and at most 10 years.');
}

function millisecondsOf(text: string): number {
  // A unit that `ms` does not know gives undefined, whatever its types say.
  const value = WITH_UNIT.test(text.trim()) ? (ms(text.trim() as StringValue) as number | undefined) : undefined;
  if (value === undefined) throw new InvalidArgumentError('Write a number with a unit, such as 90s, 10m or 2h.');
  return Math.round(value);
}

function within(value: number, min: number, max: number, otherwise: string): number {
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(otherwise);
}
