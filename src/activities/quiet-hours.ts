/** Quiet hours: local times of the operator's zone, with its daylight saving time. */
import { DateTime } from 'luxon';
import type { QuietHours } from '../domain/policy.js';

/** A weekend, and the night at either end of it. */
const STEPS_MAX = 8;

/**
 * When the quiet hours end that `now` lies in, or `null` where it lies in none. A weekend and the nights beside it are one
 * quiet time. A local time that the clock skips counts as the one after the gap.
 */
export function quietUntil(quiet: QuietHours, now: Date): Date | null {
  let end: DateTime | null = null;
  let next = endOfQuiet(quiet, DateTime.fromJSDate(now, { zone: quiet.timeZone }));
  for (let step = 0; step < STEPS_MAX && next?.isValid === true; step++) {
    end = next;
    next = endOfQuiet(quiet, end);
  }
  return end === null ? null : end.toJSDate();
}

function endOfQuiet({ from, to, weekends }: QuietHours, at: DateTime): DateTime | null {
  if (weekends && at.isWeekend) return at.startOf('day').plus({ days: 1 });
  return isWithin(at.toFormat('HH:mm'), from, to) ? nextTime(at, to) : null;
}

/** `HH:mm` texts sort like the times they name. */
function isWithin(time: string, from: string, to: string): boolean {
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

function nextTime(at: DateTime, time: string): DateTime {
  const { hour, minute } = DateTime.fromFormat(time, 'HH:mm');
  const onDay = (day: DateTime) => day.set({ hour, minute, second: 0, millisecond: 0 });
  const today = onDay(at);
  return today > at ? today : onDay(at.plus({ days: 1 }));
}
