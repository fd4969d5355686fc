import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Failure } from '../../src/domain/failures.js';
import type { ObservedCall } from '../../src/graph/observed-call.js';
import type { WritePacerOptions, WritePermit } from '../../src/graph/pacing.js';
import { WritePacer } from '../../src/graph/pacing.js';
import { HandClock, settle } from './hand-clock.js';

function pacer(options: WritePacerOptions = {}): { pacer: WritePacer; clock: HandClock } {
  const clock = new HandClock();
  return { clock, pacer: new WritePacer({ clock, random: () => 0, ...options }) };
}

/** Asks for `count` permits and collects those that are given, in order. */
function ask(from: WritePacer, count: number): WritePermit[] {
  const given: WritePermit[] = [];
  for (let i = 0; i < count; i++) {
    from.reserve(new AbortController().signal).then(
      (permit) => given.push(permit),
      () => undefined,
    );
  }
  return given;
}

function call(overrides: Partial<ObservedCall> = {}): ObservedCall {
  return {
    operation: 'assignLicense',
    durationMs: 0,
    status: 200,
    requestId: null,
    failure: null,
    throttleLimitPercentage: null,
    ...overrides,
  };
}

function failed(
  code: Failure['code'],
  overrides: Partial<ObservedCall> & { retryAfterMs?: number } = {},
): ObservedCall {
  const { retryAfterMs, ...rest } = overrides;
  const failure: Failure = { code, message: 'x', ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return call({ status: code === 'THROTTLED' ? 429 : 409, failure, ...rest });
}

/** Runs a write to its end, so that the adaptive limit learns that it went through. */
function finish(from: WritePacer, permit: WritePermit, outcome = call()): void {
  from.use(permit);
  from.observe(outcome);
  from.release(permit);
}

describe('write pacer', () => {
  it('starts with two writes at once, and gives the next when one ends', async () => {
    const { pacer: paced } = pacer();
    const given = ask(paced, 3);
    await settle();
    assert.equal(given.length, 2);
    assert.equal(paced.snapshot().hold, 'in-flight');
    const [first] = given;
    assert.ok(first);
    paced.use(first);
    await settle();
    assert.equal(given.length, 2);
    paced.release(first);
    await settle();
    assert.equal(given.length, 3);
  });

  it('serves in the order of asking', async () => {
    const { pacer: paced } = pacer({ inFlightMax: 1 });
    const order: number[] = [];
    const permits: WritePermit[] = [];
    for (const n of [1, 2, 3]) {
      void paced.reserve(new AbortController().signal).then((permit) => {
        order.push(n);
        permits.push(permit);
      });
    }
    for (let i = 0; i < 3; i++) {
      await settle();
      const permit = permits.shift();
      assert.ok(permit);
      paced.release(permit);
    }
    assert.deepEqual(order, [1, 2, 3]);
  });

  it('stops waiting when asked to, holds nothing then, and leaves no timer', async () => {
    const { pacer: paced, clock } = pacer();
    paced.observe(failed('THROTTLED', { retryAfterMs: 10_000 }));
    const controller = new AbortController();
    const waiting = paced.reserve(controller.signal);
    assert.equal(paced.snapshot().waiting, 1);
    assert.equal(clock.timers, 1);
    const reason = new Error('shutting down');
    controller.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    assert.equal(paced.snapshot().waiting, 0);
    assert.equal(paced.snapshot().reserved, 0);
    assert.equal(clock.timers, 0);
    await assert.rejects(paced.reserve(controller.signal), (error) => error === reason);
  });

  it('gives the token of an unused permit back, once', async () => {
    // Two tokens at once and hardly any more to come.
    const { pacer: paced } = pacer({ share: 1, quota: { writes: 300, windowMs: 150_000 }, inFlightAtStart: 10 });
    const [first] = await taken(paced, 1);
    assert.ok(first);
    paced.release(first);
    paced.release(first);
    paced.use(first);
    assert.equal(paced.snapshot().reserved, 0);
    assert.equal(paced.snapshot().inFlight, 0);
    const given = ask(paced, 3);
    await settle();
    assert.equal(given.length, 2);
  });

  it('keeps every window within the share, whatever comes when', async () => {
    const windowMs = 15_000;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10, max: 200 }),
        fc.double({ min: 0.2, max: 1, noNaN: true }),
        fc.array(
          fc.record({
            wait: fc.nat({ max: 6_000 }),
            use: fc.nat({ max: 30 }),
            unused: fc.nat({ max: 3 }),
          }),
          { minLength: 5, maxLength: 25 },
        ),
        async (writes, share, steps) => {
          const clock = new HandClock();
          const paced = new WritePacer({
            clock,
            share,
            quota: { writes, windowMs },
            inFlightMax: 1_000,
            inFlightAtStart: 1_000,
          });
          const held = ask(paced, 2_000);
          const starts: number[] = [];
          for (const { wait, use, unused } of steps) {
            await clock.advance(wait);
            for (const permit of held.splice(0, unused)) paced.release(permit);
            for (const permit of held.splice(0, use)) {
              paced.use(permit);
              starts.push(clock.now());
              paced.release(permit);
            }
            await settle();
          }
          for (const end of starts) {
            const inWindow = starts.filter((at) => at > end - windowMs && at <= end).length;
            assert.ok(inWindow <= writes * share, `${inWindow} starts within a window of ${writes * share}`);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('saves nothing up for idle polls: however long they wait, they are one burst', async () => {
    const { pacer: paced, clock } = pacer({ share: 1, quota: { writes: 60, windowMs: 15_000 }, inFlightAtStart: 20 });
    const given = ask(paced, 100);
    await clock.advance(60_000);
    assert.equal(given.length, 4);
    assert.equal(clock.timers, 0);
    for (const permit of given.splice(0)) finish(paced, permit);
    await settle();
    assert.equal(given.length, 0);
    await clock.advance(1_000);
    assert.equal(given.length, 3);
  });

  it('reaches the share too', async () => {
    const clock = new HandClock();
    const paced = new WritePacer({ clock, share: 0.5, inFlightMax: 50 });
    const held = ask(paced, 3_000);
    let writes = 0;
    for (let second = 0; second < 150; second++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        await clock.advance(100);
        for (const permit of held.splice(0)) {
          finish(paced, permit, call());
          writes += 1;
        }
        await settle();
      }
    }
    assert.ok(writes > 1_450 && writes <= 1_500, `${writes} writes`);
  });

  describe('the limit in flight', () => {
    it('grows by one for each round that went through, up to its maximum', async () => {
      const { pacer: paced } = pacer({ share: 1, inFlightMax: 4 });
      const limits: number[] = [];
      for (let round = 0; round < 6; round++) {
        limits.push(paced.snapshot().inFlightLimit);
        const permits = await taken(paced, paced.snapshot().inFlightLimit);
        for (const permit of permits) paced.use(permit);
        for (let i = 0; i < permits.length; i++) paced.observe(call());
        for (const permit of permits) paced.release(permit);
      }
      assert.deepEqual(limits.slice(0, 2), [2, 2]);
      assert.equal(limits.at(-1), 4);
    });

    it('does not grow while it holds nothing back', () => {
      const { pacer: paced } = pacer();
      for (let i = 0; i < 50; i++) paced.observe(call());
      assert.equal(paced.snapshot().inFlightLimit, 2);
    });

    it('halves on contention, once for all writes that were under way together', async () => {
      const { pacer: paced, clock } = pacer({ inFlightMax: 16, inFlightAtStart: 16 });
      await clock.advance(500);
      for (let i = 0; i < 8; i++) paced.observe(failed('CONTENTION', { durationMs: 100 }));
      assert.equal(paced.snapshot().inFlightLimit, 8);
      assert.equal(paced.pausedForMs(), 0);
      await clock.advance(500);
      paced.observe(failed('CONTENTION', { durationMs: 100 }));
      assert.equal(paced.snapshot().inFlightLimit, 4);
    });

    it('at one, contention makes a pause that grows until a write goes through', async () => {
      const { pacer: paced, clock } = pacer({ inFlightMax: 1 });
      const pauses: number[] = [];
      for (let i = 0; i < 6; i++) {
        paced.observe(failed('CONTENTION'));
        pauses.push(paced.pausedForMs());
        await clock.advance(paced.pausedForMs() + 1);
      }
      assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
      assert.equal(paced.snapshot().inFlightLimit, 1);
      paced.observe(call());
      paced.observe(failed('CONTENTION'));
      assert.equal(paced.pausedForMs(), 2_000);
    });
  });

  describe('a pause', () => {
    it('lasts at least as long as Graph named, for everyone', async () => {
      const { pacer: paced, clock } = pacer({ random: () => 0.5 });
      const given = ask(paced, 0);
      paced.observe(failed('THROTTLED', { operation: 'readUser', retryAfterMs: 10_000 }));
      assert.equal(paced.pausedForMs(), 10_500);
      assert.equal(paced.snapshot().hold, 'pause');
      void paced.reserve(new AbortController().signal).then((permit) => given.push(permit));
      await clock.advance(10_499);
      assert.equal(given.length, 0);
      await clock.advance(1);
      assert.equal(given.length, 1);
    });

    it('that Outlook asks for is none of the directory’s', () => {
      const { pacer: paced } = pacer();
      const pace = paced.snapshot();
      paced.observe(failed('THROTTLED', { operation: 'sendMail', retryAfterMs: 10_000 }));
      paced.observe(failed('THROTTLED', { operation: 'sendMail' }));
      paced.observe(call({ operation: 'sendMail', throttleLimitPercentage: 1.5 }));
      assert.deepEqual(paced.snapshot(), pace);
    });

    it('is never cut short by a shorter one', () => {
      const { pacer: paced } = pacer();
      paced.observe(failed('THROTTLED', { retryAfterMs: 10_000 }));
      paced.observe(failed('THROTTLED', { retryAfterMs: 1_000 }));
      assert.equal(paced.pausedForMs(), 10_000);
    });

    it('also follows a busy service that names a time', () => {
      const { pacer: paced } = pacer();
      paced.observe(failed('TRANSIENT', { status: 503, retryAfterMs: 3_000 }));
      assert.equal(paced.pausedForMs(), 3_000);
    });

    it('without a named time doubles with each refusal in a row, with jitter', async () => {
      const { pacer: paced, clock } = pacer({ random: () => 0.999999 });
      paced.observe(failed('THROTTLED', { durationMs: 50 }));
      paced.observe(failed('THROTTLED', { durationMs: 50 }));
      assert.equal(paced.pausedForMs(), 4_000);
      await clock.advance(4_100);
      paced.observe(failed('THROTTLED', { durationMs: 50 }));
      assert.equal(paced.pausedForMs(), 8_000);
    });
  });

  it('slows down when Graph says that the quota runs out, and recovers when it stops saying so', () => {
    const { pacer: paced } = pacer();
    const full = paced.snapshot().ratePerSecond;
    const rateAt = (percentage: number | null): number => {
      paced.observe(call({ throttleLimitPercentage: percentage }));
      return paced.snapshot().ratePerSecond / full;
    };
    assert.equal(rateAt(0.8), 1);
    const [atNine, atTen, atEighteen] = [rateAt(0.9), rateAt(1), rateAt(1.8)];
    assert.ok(atNine < 1 && atTen < atNine && atEighteen < atTen);
    assert.ok(Math.abs(atEighteen - 0.1) < 1e-9);
    paced.observe(call({ operation: 'readUser' }));
    assert.equal(paced.snapshot().throttleLimitPercentage, 1.8);
    assert.equal(rateAt(null), 1);
  });

  describe('tuning', () => {
    it('takes effect on those who wait', async () => {
      const { pacer: paced } = pacer({ inFlightMax: 1 });
      const given = ask(paced, 2);
      await settle();
      assert.equal(given.length, 1);
      paced.tune({ inFlightMax: 2 });
      finish(paced, given[0] as WritePermit);
      await settle();
      assert.equal(given.length, 2);
      paced.tune({ inFlightMax: 1, share: 0.25 });
      assert.deepEqual(
        (({ share, inFlightMax, inFlightLimit }) => ({ share, inFlightMax, inFlightLimit }))(paced.snapshot()),
        { share: 0.25, inFlightMax: 1, inFlightLimit: 1 },
      );
    });

    it('refuses what makes no sense and changes nothing then', () => {
      const { pacer: paced } = pacer();
      const before = paced.snapshot();
      for (const settings of [{ share: 0 }, { share: 1.1 }, { share: NaN }, { inFlightMax: 0 }, { inFlightMax: 1.5 }]) {
        assert.throws(() => paced.tune(settings), RangeError);
      }
      assert.throws(() => paced.tune({ share: 2, inFlightMax: 1 }), RangeError);
      assert.throws(() => paced.tune({ share: 0.0001 }), /fewer than 2 writes/);
      assert.deepEqual(paced.snapshot(), before);
    });
  });
});

async function taken(paced: WritePacer, count: number): Promise<WritePermit[]> {
  const permits = ask(paced, count);
  await settle();
  assert.equal(permits.length, count);
  return permits;
}

describe('what a pacer tells', () => {
  const refused: ObservedCall = {
    ...{ operation: 'readUser', status: 429, durationMs: 10, requestId: null, throttleLimitPercentage: null },
    failure: { code: 'THROTTLED', message: 'Too many requests.' },
  };

  it('is how much of the quota was used in one window of it, and no more afterwards', async () => {
    const { pacer: told, clock } = pacer({
      share: 1,
      inFlightMax: 50,
      inFlightAtStart: 50,
      quota: { writes: 40, windowMs: 4_000 },
    });
    const permits = ask(told, 10);
    await clock.advance(1);
    for (const permit of permits) told.use(permit);
    assert.equal(told.snapshot().quotaUsed, 0.25);
    await clock.advance(3_500);
    assert.equal(told.snapshot().quotaUsed, 0.25);
    await clock.advance(600);
    assert.equal(told.snapshot().quotaUsed, 0);
  });

  it('is how many calls of any kind were throttled in five minutes', async () => {
    const { pacer: told, clock } = pacer();
    told.observe(refused);
    told.observe({ ...refused, operation: 'assignLicense' });
    await clock.advance(200_000);
    told.observe(refused);
    assert.equal(told.snapshot().throttledLately, 3);
    await clock.advance(200_000);
    assert.equal(told.snapshot().throttledLately, 1);
  });
});
