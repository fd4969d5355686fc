import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { StageClock } from '../../src/domain/stage-clock.js';
import { nextAlarm, setAlarm, startClock } from '../../src/domain/stage-clock.js';
import { stageOf } from '../support/policy.js';

const rule = stageOf('desk', [], { deadlineMs: 1_000, remindEveryMs: 300, escalation: { afterMs: 500, to: [] } });

describe('the clock of a stage', () => {
  it('rings in order: a look, a reminder, the escalation, the deadline', () => {
    let clock = startClock(rule, 10_000, 100);
    assert.deepEqual(nextAlarm(clock, 10_000), { alarm: 'look-again', atMs: 10_100 });
    clock = setAlarm(clock, 'look-again', null);
    assert.deepEqual(nextAlarm(clock, 10_100), { alarm: 'remind', atMs: 10_300 });
    clock = setAlarm(clock, 'remind', 10_600);
    assert.deepEqual(nextAlarm(clock, 10_300), { alarm: 'escalate', atMs: 10_500 });
    clock = setAlarm(clock, 'escalate', null);
    assert.deepEqual(nextAlarm(clock, 10_500), { alarm: 'remind', atMs: 10_600 });
    clock = setAlarm(clock, 'remind', null);
    assert.deepEqual(nextAlarm(clock, 10_600), { alarm: 'expire', atMs: 11_000 });
  });

  it('does nothing else once the deadline has gone by', () => {
    assert.equal(nextAlarm(startClock(rule, 0, 100), 1_000).alarm, 'expire');
  });

  it('always rings once more, and never after the deadline', () => {
    const time = fc.option(fc.integer({ min: 0, max: 2_000 }), { nil: null });
    const clocks = fc.record<StageClock>({
      ...{ remind: time, escalate: time, 'look-again': time },
      expire: fc.integer({ min: 0, max: 2_000 }),
    });
    fc.assert(
      fc.property(clocks, fc.integer({ min: 0, max: 2_000 }), (clock, nowMs) => {
        assert.ok(nextAlarm(clock, nowMs).atMs <= clock.expire);
      }),
    );
  });
});
