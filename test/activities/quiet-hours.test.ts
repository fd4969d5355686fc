import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import type { QuietHours } from '../../src/domain/policy.js';
import { quietUntil } from '../../src/activities/quiet-hours.js';

const NIGHT: QuietHours = { timeZone: 'Europe/Berlin', from: '20:00', to: '07:00', weekends: false };
const NOON: QuietHours = { ...NIGHT, from: '12:00', to: '13:30' };
const WEEKEND: QuietHours = { ...NIGHT, weekends: true };

describe('quiet hours', () => {
  // Berlin is UTC+1 in winter and UTC+2 from 29 March to 25 October 2026. 2 March 2026 is a Monday.
  const table: [what: string, quiet: QuietHours, now: string, until: string | null][] = [
    ['a working day has none', NIGHT, '2026-03-02T10:00:00Z', null],
    ['the evening ends the next morning', NIGHT, '2026-03-02T19:30:00Z', '2026-03-03T06:00:00.000Z'],
    ['the small hours end the same morning', NIGHT, '2026-03-02T02:00:00Z', '2026-03-02T06:00:00.000Z'],
    ['they begin at their first minute', NIGHT, '2026-03-02T19:00:00Z', '2026-03-03T06:00:00.000Z'],
    ['and the minute before is none of theirs', NIGHT, '2026-03-02T18:59:59Z', null],
    ['they are over at their end', NIGHT, '2026-03-02T06:00:00Z', null],
    ['a window within a day', NOON, '2026-03-02T11:15:00Z', '2026-03-02T12:30:00.000Z'],
    ['the same local time in summer', NIGHT, '2026-07-01T19:30:00Z', '2026-07-02T05:00:00.000Z'],
    ['a Saturday counts only where weekends do', NIGHT, '2026-03-07T10:00:00Z', null],
    ['a Saturday ends on Monday morning', WEEKEND, '2026-03-07T10:00:00Z', '2026-03-09T06:00:00.000Z'],
    ['a Friday evening too', WEEKEND, '2026-03-06T20:00:00Z', '2026-03-09T06:00:00.000Z'],
    [
      'a weekend without nights ends at midnight',
      { ...NOON, weekends: true },
      '2026-03-07T10:00:00Z',
      '2026-03-08T23:00:00.000Z',
    ],
    ['equal times are no window', { ...NIGHT, to: '20:00' }, '2026-03-02T19:00:00Z', null],
    // Clocks go from 02:00 to 03:00 on 29 March, and from 03:00 back to 02:00 on 25 October.
    ['a night that is an hour shorter', NIGHT, '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
    ['a night that is an hour longer', NIGHT, '2026-10-24T20:00:00Z', '2026-10-25T06:00:00.000Z'],
    ['an end that the clock skips', { ...NIGHT, to: '02:30' }, '2026-03-28T22:00:00Z', '2026-03-29T01:30:00.000Z'],
    [
      'a zone on the other side of the world',
      { ...NIGHT, timeZone: 'Pacific/Auckland' },
      '2026-03-02T08:00:00Z',
      '2026-03-02T18:00:00.000Z',
    ],
  ];
  for (const [what, quiet, now, until] of table)
    it(`${what}`, () => assert.equal(quietUntil(quiet, new Date(now))?.toISOString() ?? null, until));

  it('end later than now, outside of themselves, and within four days, whatever they are', () => {
    const time = fc
      .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
      .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
    const quiet = fc.record({
      timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'),
      from: time,
      to: time,
      weekends: fc.boolean(),
    });
    const now = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(quiet, now, (hours, instant) => {
        const until = quietUntil(hours, instant);
        if (until === null) return;
        assert.ok(until > instant, 'later than now');
        assert.equal(quietUntil(hours, until), null, 'outside');
        assert.ok(until.getTime() - instant.getTime() <= 4 * 86_400_000, 'within four days');
      }),
      { numRuns: 2_000 },
    );
  });

  it('are quiet exactly where a clock on the wall says so', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 24 * 60 - 1 }), (minutes) => {
        const at = DateTime.fromISO('2026-01-01T00:00:00Z').plus({ minutes });
        const { hour, isWeekend } = at.setZone('Europe/Berlin');
        assert.equal(quietUntil(WEEKEND, at.toJSDate()) !== null, isWeekend || hour >= 20 || hour < 7);
      }),
      { numRuns: 2_000 },
    );
  });
});
