/** Instants and spans in the words of the report. */

export type TimeWords = (at: string | number) => string;

/** @param timeZone IANA name. */
export function timesOf(timeZone: string): TimeWords {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return (at) => format.format(new Date(at));
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @example `3 d 4 h`, `1 h 12 min`, `48 s` */
export function spanWords(ms: number): string {
  const [big, small] =
    ms >= DAY
      ? [part(ms, DAY, 'd'), part(ms % DAY, HOUR, 'h')]
      : ms >= HOUR
        ? [part(ms, HOUR, 'h'), part(ms % HOUR, MINUTE, 'min')]
        : ms >= MINUTE
          ? [part(ms, MINUTE, 'min'), part(ms % MINUTE, 1_000, 's')]
          : [part(Math.max(ms, 1_000), 1_000, 's'), ''];
  return [big, small].filter((text) => text !== '').join(' ');
}

function part(ms: number, unit: number, name: string): string {
  const count = Math.floor(ms / unit);
  return count === 0 ? '' : `${String(count)} ${name}`;
}
