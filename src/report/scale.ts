/** Round numbers for axes. */

/** Ticks from 0 up to at least `max`, about `count` of them, at 1, 2 or 5 times a power of ten; whole numbers only. */
export function countTicks(max: number, count = 4): readonly number[] {
  const rough = Math.max(1, max) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough);
  const ticks = Math.ceil(Math.max(1, max) / step);
  return Array.from({ length: ticks + 1 }, (_, i) => i * step);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91].map((n) => n * DAY),
];

export interface TimeTick {
  readonly at: number;
  readonly label: string;
}

/** Ticks between two instants at whole steps of time, at most `count` of them, labelled as fine as the step needs. */
export function timeTicks(from: number, until: number, timeZone: string, count = 6): readonly TimeTick[] {
  const step = STEPS.find((candidate) => (until - from) / candidate <= count) ?? (until - from) / count;
  const first = Math.ceil(from / step) * step;
  const ticks = Array.from({ length: Math.max(0, Math.floor((until - first) / step) + 1) }, (_, i) => first + i * step);
  const format = tickFormat(step, until - from, timeZone);
  return ticks.map((at) => ({ at, label: format.format(at) }));
}

function tickFormat(step: number, span: number, timeZone: string): Intl.DateTimeFormat {
  const day = { day: 'numeric', month: 'short' } as const;
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const parts =
    step >= DAY
      ? day
      : { ...(span > DAY ? day : {}), ...clock, ...(step < MINUTE ? ({ second: '2-digit' } as const) : {}) };
  return new Intl.DateTimeFormat('en-GB', { ...parts, timeZone });
}
