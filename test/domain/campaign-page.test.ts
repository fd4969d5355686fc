import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Effort, EffortRules, Verdict, WriteEnd } from '../../src/domain/campaign-page.js';
import {
  afterRead, afterUnread, afterWrite, burstOf, duplicates, endState, isToPlan, isToRestore, isToRetry, mayBecome,
  newEffort, queued, readingOf, seatsOf, stateOf, tickAfter, wavesInFigures,
} from '../../src/domain/campaign-page.js'; // prettier-ignore
import { hasOutcome, USER_STATES } from '../../src/domain/campaign.js';
import type { FailureCode } from '../../src/domain/failures.js';
import { FAILURE_CODES, meaningOf } from '../../src/domain/failures.js';
import type { TouchedState } from '../../src/domain/license.js';

const RULES: EffortRules = {
  ...{ rounds: 3, settleMs: 100, verifyDeadlineMs: 300, againDeadlineMs: 1_000 },
  verifyMs: (n) => Math.min(50, 10 * 2 ** n),
  againMs: (n) => Math.min(200, 20 * 2 ** n),
};
const [A, B] = ['a', 'b'];
const BEFORE: TouchedState = { [A]: [], [B]: null };
const TARGET: TouchedState = { [A]: null, [B]: [] };
const HALF: TouchedState = { [A]: null, [B]: null };
const ELSEWHERE: TouchedState = { [A]: ['x'], [B]: null };
const failed = (code: FailureCode, changes: Partial<Extract<WriteEnd, { kind: 'failed' }>> = {}): WriteEnd => ({
  ...{ kind: 'failed', failure: { code, message: 'words' }, perhapsMade: false, sentFrom: null },
  ...changes,
});
const read = (effort: Effort, current: TouchedState, now: number, isCancelled = false) => {
  const [from, to] = effort.direction === 'forward' ? [BEFORE, TARGET] : [TARGET, BEFORE];
  return afterRead(effort, readingOf(current, from, to), now, RULES, isCancelled);
};

describe('rules of a page', () => {
  it('let nobody leave an outcome except for a new plan, a retry or the way back', () => {
    for (const from of USER_STATES.filter(hasOutcome))
      for (const to of USER_STATES.filter((state) => state !== from && mayBecome(from, state)))
        assert.ok(
          ['already', 'blocked', 'ready', 'waiting', 'waiting-for-seat', 'restoring'].includes(to),
          `${from} -> ${to}`,
        );
    assert.ok(!mayBecome('restored', 'restoring'));
  });

  it('plan who was not written, and restore exactly who may have been', () => {
    const user = (state: (typeof USER_STATES)[number], wrote?: boolean) => ({
      ...{ id: 'u', state, sig: 0, wave: 2 },
      ...(wrote !== undefined && { wrote }),
    });
    assert.deepEqual(
      USER_STATES.filter((state) => isToPlan(user(state), true)),
      ['unread', 'already', 'blocked', 'ready', 'waiting', 'retrying', 'waiting-for-seat'],
    );
    assert.deepEqual(
      USER_STATES.filter((state) => isToPlan(user(state), false)),
      ['unread'],
    );
    assert.ok(!isToPlan(user('waiting', true), true));
    const all = { users: null, waves: null };
    assert.deepEqual(
      USER_STATES.filter((state) => isToRestore(user(state), all)),
      [],
    );
    assert.ok(USER_STATES.every((state) => isToRestore(user(state, true), all) === (state !== 'restored')));
    assert.ok(!isToRestore(user('done', true), { users: ['v'], waves: null }));
    assert.ok(!isToRestore(user('done', true), { users: ['u'], waves: [1] }));
    assert.ok(isToRestore(user('done', true), { users: ['u'], waves: [2] }));
  });

  it('retry what failed; drift only where it is named', () => {
    const user = (state: 'failed' | 'drifted' | 'done', code: FailureCode) =>
      ({ id: 'u', state, sig: 0, wave: 1, failure: { code } }) as const;
    assert.ok(isToRetry(user('failed', 'USAGE_LOCATION'), null));
    assert.ok(isToRetry(user('failed', 'USAGE_LOCATION'), ['USAGE_LOCATION']));
    assert.ok(!isToRetry(user('failed', 'USAGE_LOCATION'), ['NO_SEATS']));
    assert.ok(!isToRetry(user('drifted', 'DRIFT'), null));
    assert.ok(isToRetry(user('drifted', 'DRIFT'), ['DRIFT']));
    assert.ok(!isToRetry(user('done', 'DRIFT'), ['DRIFT']));
  });

  it('count users and failures by wave', () => {
    const of = (wave: number, state: 'done' | 'failed' | 'waiting', code?: FailureCode) => ({
      ...{ id: '', sig: 0, wave, state },
      ...(code !== undefined && { failure: { code } }),
    });
    const users = [of(1, 'failed', 'NO_SEATS'), of(0, 'done'), of(1, 'done'), of(1, 'waiting', 'THROTTLED')];
    assert.deepEqual(wavesInFigures(users), [
      { wave: 0, users: { done: 1 }, failures: {} },
      { wave: 1, users: { failed: 1, done: 1, waiting: 1 }, failures: { NO_SEATS: 1 } },
    ]);
    assert.deepEqual(seatsOf([[A, B], [B], []]), { [A]: 1, [B]: 2 });
  });

  it('find people who are named twice, and believe neither row where they differ', () => {
    const row = (id: string, user: string, wish = 0) => ({ id, user, wish });
    assert.deepEqual(duplicates([row('1', 'a@x'), row('2', 'b@x'), row('1', '1')]), [
      { index: 2, message: 'The same user as "a@x".' },
    ]);
    assert.deepEqual(
      duplicates([row('1', 'a@x'), row('2', 'b@x'), row('1', '1', 1)]).map(({ index }) => index),
      [0, 2],
    );
  });

  it('keep a rate by ticks', () => {
    assert.equal(tickAfter(101, 50), 150);
    assert.equal(tickAfter(150, 50), 150);
    assert.equal(burstOf(2.5, 1_000), 10);
    assert.equal(burstOf(0.01, 1_000), 1);
  });
});

describe('what an answer means', () => {
  it('for a write that was seen, accepted, or is of unknown outcome', () => {
    const effort = newEffort('forward');
    assert.deepEqual(afterWrite(effort, { kind: 'seen', wrote: true }, 5, RULES), { ending: 'arrived' });
    for (const end of [{ kind: 'accepted' } as const, failed('OUTCOME_UNKNOWN', { perhapsMade: true })]) {
      const { effort: next } = afterWrite(effort, end, 5, RULES);
      assert.deepEqual([next?.phase, next?.rounds, next?.unsettledUntil], ['verifying', 1, 105]);
    }
  });

  it('for failures, by how each is handled', () => {
    for (const code of FAILURE_CODES.filter((known) => known !== 'OUTCOME_UNKNOWN')) {
      const { handling } = meaningOf(code);
      const { effort, ending } = afterWrite(newEffort('forward'), failed(code), 5, RULES);
      const expected =
        code === 'DRIFT'
          ? 'elsewhere'
          : code === 'NO_SEATS'
            ? 'seat'
            : handling === 'retry' || handling === 'fix-access'
              ? 'retrying'
              : 'refused';
      assert.equal(effort?.phase ?? ending, expected, code);
    }
  });

  it('for what fails again and again: so long, and not longer', () => {
    let effort = newEffort('forward');
    let [now, tries] = [1_000, 0];
    for (;;) {
      const verdict = afterWrite(effort, failed('CONTENTION'), now, RULES);
      if (verdict.ending !== undefined) {
        assert.equal(verdict.ending, 'refused');
        break;
      }
      assert.ok(verdict.effort.dueAt > now);
      ({ effort } = verdict);
      now = effort.dueAt;
      tries++;
    }
    assert.ok(now - 1_000 <= RULES.againDeadlineMs && tries > 5);
    const named = afterWrite(
      newEffort('forward'),
      {
        kind: 'failed',
        failure: { code: 'THROTTLED', message: '', retryAfterMs: 700 },
        perhapsMade: false,
        sentFrom: null,
      },
      0,
      RULES,
    );
    assert.equal(named.effort?.dueAt, 700);
  });

  it('for a refusal after which something may have been changed: a read first', () => {
    const perhaps = afterWrite(newEffort('forward'), failed('USAGE_LOCATION', { perhapsMade: true }), 5, RULES).effort;
    assert.equal(perhaps?.phase, 'verifying');
    assert.equal(read(perhaps, BEFORE, 50).effort?.phase, 'verifying', 'too early to be believed');
    const late = read(perhaps, BEFORE, 105);
    assert.deepEqual([late.ending, late.failure?.code], ['refused', 'USAGE_LOCATION']);
    assert.equal(read(perhaps, TARGET, 50).ending, 'arrived');
    const halves = afterWrite(newEffort('forward'), failed('NO_SEATS', { sentFrom: BEFORE }), 5, RULES).effort;
    assert.equal(halves?.phase, 'verifying');
    assert.equal(read(halves, BEFORE, 6).effort?.phase, 'seat');
    const repair = read(halves, HALF, 6).effort;
    assert.deepEqual([repair?.direction, repair?.phase, repair?.repairOf?.code], ['back', 'queued', 'NO_SEATS']);
    const repaired = afterWrite(repair ?? newEffort('back'), { kind: 'seen', wrote: true }, 7, RULES).effort;
    assert.deepEqual([repaired?.direction, repaired?.phase], ['forward', 'seat']);
  });

  it('for a user who still looks as before: read again, write again, and then unknown', () => {
    let effort = newEffort('forward');
    let now = 0;
    let writes = 0;
    for (;;) {
      const written = afterWrite(effort, { kind: 'accepted' }, now, RULES).effort;
      writes++;
      assert.ok(written !== undefined);
      let verdict: Verdict = { effort: written };
      const since = now;
      while (verdict.effort?.phase === 'verifying') {
        now = verdict.effort.dueAt;
        verdict = read(verdict.effort, BEFORE, now);
      }
      assert.ok(now - since >= RULES.verifyDeadlineMs);
      if (verdict.ending !== undefined) {
        assert.equal(verdict.ending, 'unsettled');
        break;
      }
      assert.equal(verdict.effort.phase, 'queued');
      ({ effort } = verdict);
    }
    assert.equal(writes, RULES.rounds);
  });

  it('for somebody who was cut off: never unchanged before a read is late enough', () => {
    const cut = afterWrite(newEffort('forward'), { kind: 'cut-off' }, 10, RULES).effort;
    assert.deepEqual([cut?.phase, cut?.isCutOff], ['verifying', true]);
    assert.ok(cut !== undefined);
    assert.equal(read(cut, BEFORE, 20, true).effort?.phase, 'verifying');
    assert.equal(read(cut, BEFORE, 110, true).ending, 'unchanged');
    assert.equal(read(cut, TARGET, 20, true).ending, 'arrived');
    assert.deepEqual([queued(cut).phase, queued(cut).isCutOff], ['queued', false]);
  });

  it('on the way back: a user who looks restored although a write may still show itself is read again', () => {
    const back = newEffort('back', 100);
    const early = afterWrite(back, { kind: 'seen', wrote: false }, 50, RULES).effort;
    assert.equal(early?.phase, 'verifying');
    assert.equal(read(early, BEFORE, 99).effort?.phase, 'verifying');
    assert.equal(read(early, BEFORE, 100).ending, 'arrived');
    assert.equal(read(early, TARGET, 60).effort?.phase, 'queued', 'the write showed itself');
    assert.equal(afterWrite(back, { kind: 'seen', wrote: false }, 100, RULES).ending, 'arrived');
  });

  it('for reads that fail: so long, and not longer; at once where it does not pass', () => {
    const effort = afterWrite(newEffort('forward'), { kind: 'accepted' }, 0, RULES).effort;
    assert.ok(effort !== undefined);
    assert.equal(afterUnread(effort, { code: 'USER_NOT_FOUND', message: '' }, 5, RULES).ending, 'unsettled');
    assert.equal(afterUnread(effort, { code: 'TRANSIENT', message: '' }, 5, RULES).effort?.phase, 'verifying');
    assert.equal(afterUnread(effort, { code: 'TRANSIENT', message: '' }, 5_000, RULES).ending, 'unsettled');
  });

  it('is never a step that the states do not allow', () => {
    const code = fc.constantFrom(...FAILURE_CODES);
    const state = fc.constantFrom(BEFORE, TARGET, HALF, ELSEWHERE);
    const step = fc.record({
      end: fc.oneof(
        fc.boolean().map((wrote): WriteEnd => ({ kind: 'seen', wrote })),
        fc.constant<WriteEnd>({ kind: 'accepted' }),
        fc.constant<WriteEnd>({ kind: 'cut-off' }),
        fc
          .tuple(code, fc.boolean(), fc.option(state, { nil: null }))
          .map(([named, perhapsMade, sentFrom]) => failed(named, { perhapsMade, sentFrom })),
      ),
      current: fc.oneof(state, code),
      isCancelled: fc.boolean(),
    });
    const direction = fc.constantFrom('forward' as const, 'back' as const);
    fc.assert(
      fc.property(direction, fc.array(step, { minLength: 1, maxLength: 30 }), (way, steps) => {
        let effort = newEffort(way, way === 'back' ? 80 : 0);
        let [now, from] = [10, stateOf(effort)];
        for (const { end, current, isCancelled } of steps) {
          now = Math.max(now + 1, effort.dueAt);
          const isRead = effort.phase === 'verifying';
          const before = isRead ? from : way === 'forward' && effort.direction === 'forward' ? 'writing' : from;
          const verdict = !isRead
            ? afterWrite(effort, end, now, RULES)
            : typeof current === 'string'
              ? afterUnread(effort, { code: current, message: '' }, now, RULES)
              : read(effort, current, now, isCancelled && effort.direction === 'forward');
          const to = verdict.effort === undefined ? endState(effort, verdict.ending) : stateOf(verdict.effort);
          assert.ok(mayBecome(before, to), `${before} -> ${to}`);
          if (verdict.effort === undefined) return;
          assert.ok(verdict.effort.rounds <= RULES.rounds + 1);
          if (verdict.effort.phase === 'verifying' || verdict.effort.phase === 'retrying')
            assert.ok(verdict.effort.dueAt >= now);
          ({ effort } = verdict);
          from = to;
        }
      }),
    );
  });
});
