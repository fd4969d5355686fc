/** Allowed hours of campaigns: local times of one zone, with its daylight saving time, minus freezes. */
import { DateTime } from 'luxon';
import type { NextAllowed } from '../contracts/campaign-reads.js';
import type { AllowedHours } from '../contracts/campaign.js';

/** Milliseconds since the epoch. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Days to look ahead: every weekday comes once, and a day that the clock swallows does no harm. */
const DAYS_AHEAD = 9;

/**
 * The next stretch, from `at` on, in which writes may start. The hours of a day count for the day on which they begin, so
 * 22:00 to 06:00 on Fridays lasts into Saturday; equal times are the whole day. A local time that the clock skips counts
 * as the one after the gap, one that comes twice as the first.
 */
export function nextAllowed(hours: AllowedHours, at: number): NextAllowed {
  const freezes = hours.freezes.map(({ from, until }): Span => ({ from: Date.parse(from), to: Date.parse(until) }));
  const opensAt = firstOpen(hours, freezes, at);
  return { opensAt, closesAt: opensAt === null ? null : endOfOpen(hours, freezes, opensAt) };
}

function firstOpen(hours: AllowedHours, freezes: readonly Span[], at: number): number | null {
  let open: number | undefined = at;
  // Each freeze is passed once, since the time only grows.
  for (let frozen = within(freezes, open); ; frozen = within(freezes, open)) {
    if (frozen !== undefined) open = frozen.to;
    else {
      const next = nextInHours(hours, open);
      if (next === null || next === open) return next;
      open = next;
    }
  }
}

function nextInHours(hours: AllowedHours, at: number): number | null {
  const spans = spansAround(hours, at);
  if (within(spans, at) !== undefined) return at;
  return spans.find(({ from }) => from > at)?.from ?? null;
}

/** Hours that touch are one stretch; one that has no end within days has none. */
function endOfOpen(hours: AllowedHours, freezes: readonly Span[], opensAt: number): number | null {
  const spans = spansAround(hours, opensAt);
  let end = opensAt;
  for (let span = within(spans, end); span !== undefined; span = within(spans, end)) end = span.to;
  const frozen = freezes.map(({ from }) => from).filter((from) => from > opensAt);
  const isEndless = end >= (spans.at(-1)?.to ?? 0);
  const ends = isEndless ? frozen : [...frozen, end];
  return ends.length === 0 ? null : Math.min(...ends);
}

function within(spans: readonly Span[], at: number): Span | undefined {
  return spans.find(({ from, to }) => from <= at && at < to);
}

/** The hours of the days around an instant, in order. Those of the day before may last into it. */
function spansAround({ timeZone, from, to, days }: AllowedHours, at: number): readonly Span[] {
  const today = DateTime.fromMillis(at, { zone: timeZone }).startOf('day');
  return Array.from({ length: DAYS_AHEAD + 2 }, (_, i) => today.plus({ days: i - 1 }))
    .filter((day) => days.includes(day.weekday))
    .map((day) => ({ from: timeOn(day, from), to: timeOn(from < to ? day : day.plus({ days: 1 }), to) }));
}

function timeOn(day: DateTime, time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return day.set({ hour, minute }).toMillis();
}
