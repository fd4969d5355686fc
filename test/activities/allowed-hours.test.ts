import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { nextAllowed } from '../../src/activities/allowed-hours.js';
import type { AllowedHours } from '../../src/contracts/campaign.js';

const EVENINGS: AllowedHours = {
  ...{ timeZone: 'Europe/Berlin', from: '18:00', to: '22:00', days: [1, 2, 3, 4, 5], freezes: [] },
};
const NIGHTS: AllowedHours = { ...EVENINGS, from: '22:00', to: '06:00' };
const ALWAYS: AllowedHours = { ...EVENINGS, from: '00:00', to: '00:00', days: [1, 2, 3, 4, 5, 6, 7] };
const WORKDAYS: AllowedHours = { ...ALWAYS, days: [1, 2, 3, 4, 5] };
const frozen = (hours: AllowedHours, ...freezes: readonly (readonly [from: string, until: string])[]) => ({
  ...hours,
  freezes: freezes.map(([from, until]) => ({ from, until })),
});

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('allowed hours', () => {
  // Berlin is UTC+1 in winter and UTC+2 from 29 March to 25 October 2026. 2 March 2026 is a Monday.
  const table: [what: string, hours: AllowedHours, at: string, opens: string | null, closes: string | null][] = [
    ['before they begin', EVENINGS, '2026-03-02T10:00:00Z', '2026-03-02T17:00:00.000Z', '2026-03-02T21:00:00.000Z'],
    ['within', EVENINGS, '2026-03-02T18:30:00Z', '2026-03-02T18:30:00.000Z', '2026-03-02T21:00:00.000Z'],
    ['their first moment', EVENINGS, '2026-03-02T17:00:00Z', '2026-03-02T17:00:00.000Z', '2026-03-02T21:00:00.000Z'],
    ['their end is none', EVENINGS, '2026-03-02T21:00:00Z', '2026-03-03T17:00:00.000Z', '2026-03-03T21:00:00.000Z'],
    ['over a weekend', EVENINGS, '2026-03-06T21:00:00Z', '2026-03-09T17:00:00.000Z', '2026-03-09T21:00:00.000Z'],
    ['the same in summer', EVENINGS, '2026-07-01T10:00:00Z', '2026-07-01T16:00:00.000Z', '2026-07-01T20:00:00.000Z'],
    ['a night of Friday', NIGHTS, '2026-03-07T02:00:00Z', '2026-03-07T02:00:00.000Z', '2026-03-07T05:00:00.000Z'],
    ['no night of Saturday', NIGHTS, '2026-03-07T22:00:00Z', '2026-03-09T21:00:00.000Z', '2026-03-10T05:00:00.000Z'],
    ['at any time', ALWAYS, '2026-03-02T10:00:00Z', '2026-03-02T10:00:00.000Z', null],
    ['all day, days in a row', WORKDAYS, '2026-03-03T10:00:00Z', '2026-03-03T10:00:00.000Z', '2026-03-06T23:00:00.000Z'],
    ['on no day', { ...EVENINGS, days: [] }, '2026-03-02T10:00:00Z', null, null],
    ['on one day', { ...EVENINGS, days: [1] }, '2026-03-02T21:00:00Z', '2026-03-09T17:00:00.000Z', '2026-03-09T21:00:00.000Z'],
    // Clocks go from 02:00 to 03:00 on 29 March, a Sunday, and from 03:00 back to 02:00 on 25 October.
    ['a day that is an hour shorter', { ...NIGHTS, days: [6] }, '2026-03-28T12:00:00Z', '2026-03-28T21:00:00.000Z', '2026-03-29T04:00:00.000Z'],
    ['a day that is an hour longer', { ...NIGHTS, days: [6] }, '2026-10-24T12:00:00Z', '2026-10-24T20:00:00.000Z', '2026-10-25T05:00:00.000Z'],
    ['a beginning that the clock skips', { ...ALWAYS, from: '02:30', to: '05:00' }, '2026-03-29T00:30:00Z', '2026-03-29T01:30:00.000Z', '2026-03-29T03:00:00.000Z'],
    ['hours that the clock skips', { ...ALWAYS, from: '02:00', to: '03:00' }, '2026-03-29T00:30:00Z', '2026-03-30T00:00:00.000Z', '2026-03-30T01:00:00.000Z'],
    ['another side of the world', { ...EVENINGS, timeZone: 'Pacific/Auckland' }, '2026-03-02T08:00:00Z', '2026-03-02T08:00:00.000Z', '2026-03-02T09:00:00.000Z'],
    // Freezes.
    ['until a freeze', frozen(EVENINGS, ['2026-03-02T19:00:00Z', '2026-03-04T00:00:00Z']), '2026-03-02T18:00:00Z', '2026-03-02T18:00:00.000Z', '2026-03-02T19:00:00.000Z'],
    ['after a freeze that ends within', frozen(EVENINGS, ['2026-03-02T00:00:00Z', '2026-03-02T18:00:00Z']), '2026-03-02T10:00:00Z', '2026-03-02T18:00:00.000Z', '2026-03-02T21:00:00.000Z'],
    ['after a freeze that ends outside', frozen(EVENINGS, ['2026-03-02T00:00:00Z', '2026-04-01T06:00:00Z']), '2026-03-02T10:00:00Z', '2026-04-01T16:00:00.000Z', '2026-04-01T20:00:00.000Z'],
    ['between freezes that leave a gap', frozen(ALWAYS, ['2026-03-02T00:00:00Z', '2026-03-03T00:00:00Z'], ['2026-03-03T01:00:00Z', '2026-03-05T00:00:00Z']), '2026-03-02T10:00:00Z', '2026-03-03T00:00:00.000Z', '2026-03-03T01:00:00.000Z'],
    ['after freezes that overlap', frozen(ALWAYS, ['2026-03-04T00:00:00Z', '2026-03-06T00:00:00Z'], ['2026-03-02T00:00:00Z', '2026-03-05T00:00:00Z']), '2026-03-02T10:00:00Z', '2026-03-06T00:00:00.000Z', null],
    ['for years', frozen(EVENINGS, ['2026-01-01T00:00:00+01:00', '2040-01-01T00:00:00+01:00']), '2026-03-02T10:00:00Z', '2040-01-02T17:00:00.000Z', '2040-01-02T21:00:00.000Z'],
  ]; // prettier-ignore
  for (const [what, hours, at, opens, closes] of table)
    it(what, () => {
      const { opensAt, closesAt } = nextAllowed(hours, Date.parse(at));
      assert.deepEqual([iso(opensAt), iso(closesAt)], [opens, closes]);
    });

  it('are open exactly where a clock on the wall and the calendar say so', () => {
    const freeze = ['2026-05-04T00:00:00Z', '2026-05-20T00:00:00Z'] as const;
    const [froze, thawed] = freeze.map((at) => Date.parse(at)) as [number, number];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 365 * 24 * 60 - 1 }), (minutes) => {
        const at = DateTime.fromISO('2026-01-01T00:00:00Z').plus({ minutes });
        const { hour, weekday } = at.setZone('Europe/Berlin');
        const began = hour < 6 ? at.setZone('Europe/Berlin').minus({ days: 1 }).weekday : weekday;
        const isOpen = (hour >= 22 || hour < 6) && began <= 5 && !(at.toMillis() >= froze && at.toMillis() < thawed);
        const { opensAt, closesAt } = nextAllowed(frozen(NIGHTS, freeze), at.toMillis());
        assert.equal(opensAt === at.toMillis(), isOpen);
        assert.ok(opensAt !== null && opensAt >= at.toMillis());
        assert.ok(closesAt !== null && closesAt > opensAt && closesAt - opensAt <= 8 * 3_600_000);
      }),
      { numRuns: 300 },
    );
  });
});
