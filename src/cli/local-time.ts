import type { TimeText } from '../contracts/request-story.js';
import { utc } from '../contracts/request-story.js';

/**
 * Instants as a person at a terminal reads them: UTC, which everyone shares, and the local time beside it.
 *
 * @param timeZone IANA name. @default the zone of this machine
 * @example `2026-03-01 14:30 UTC (15:30 CET)`
 */
export function localTime(timeZone?: string): TimeText {
  const format = new Intl.DateTimeFormat('sv-SE', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    timeZoneName: 'short',
    ...(timeZone !== undefined && { timeZone }),
  });
  return (iso) => {
    const inUtc = utc(iso);
    const local = format.format(new Date(iso));
    if (local === inUtc) return inUtc;
    const [date = '', ...timeAndZone] = local.split(' ');
    return `${inUtc} (${inUtc.startsWith(date) ? timeAndZone.join(' ') : local})`;
  };
}
