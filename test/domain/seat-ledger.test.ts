import assert from 'node:assert/strict';
import type { CountedSeats, LedgerRules, SeatAsk } from '../../src/domain/seat-ledger.js';
import { holderOf, leaseIdOf, SeatLedger } from '../../src/domain/seat-ledger.js';

const RULES: LedgerRules = {
  ...{ lagMs: 1_000, freshMs: 10, pollMs: 100, ageingMs: 5_000, writeMs: 50 },
  waitingMax: 50,
};
const LATE = 1_000_000;

const id = (n: number) => leaseIdOf(`license-request/r${String(n)}`, '11111111-2222', '1');

function asked(n: number, askedAt: number, more: Partial<SeatAsk> = {}): SeatAsk {
  return {
    ...{ leaseId: id(n), units: 1, atLeast: 1, priority: 'normal', askedAt },
    ...{ waitUntil: LATE, heldUntil: LATE, ...more },
  };
}

function count(free: number, askedAt: number, more: Partial<CountedSeats> = {}): CountedSeats {
  return { assignable: 10, consumed: 10 - free, askedAt, ...more };
}

/** A ledger in which so many wait since instant 1, 2, 3, …. */
function waiting(people: number): SeatLedger {
  const ledger = new SeatLedger(RULES);
  for (let n = 1; n <= people; n++) ledger.ask(asked(n, n), n);
  return ledger;
}

const granted = (answers: readonly { leaseId: string; answer: string }[]) =>
  answers.filter(({ answer }) => answer === 'granted').map(({ leaseId }) => leaseId);
const line = (ledger: SeatLedger) => ledger.waiting.map(({ leaseId }) => leaseId);

describe('the ledger of a seat pool', () => {
  describe('promises', () => {
    it('as many seats as are counted, first come first served', () => {
      const ledger = waiting(3);
      assert.deepEqual(granted(ledger.counted(count(2, 10), 11)), [id(1), id(2)]);
      assert.deepEqual(line(ledger), [id(3)]);
      assert.equal(ledger.free(), 0);
    });

    it('nothing before a count, and nothing on a count from before somebody came', () => {
      const ledger = waiting(1);
      assert.deepEqual(ledger.advance(20), []);
      assert.deepEqual(ledger.counted(count(5, 0), 21), []);
      assert.ok(ledger.needsCount(21));
    });

    it('at once on a count that is fresh', () => {
      const ledger = waiting(1);
      ledger.counted(count(5, 10), 11);
      ledger.ask(asked(2, 15), 15);
      assert.deepEqual(granted(ledger.advance(15)), [id(2)]);
      ledger.ask(asked(3, 30), 30);
      assert.deepEqual(ledger.advance(30), []);
      assert.ok(ledger.needsCount(30));
    });

    it('a seat that is given back to the next one, after a count that is fresh', () => {
      const ledger = waiting(2);
      ledger.counted(count(1, 10), 11);
      ledger.release(id(1), 50);
      assert.deepEqual(ledger.advance(50), []);
      assert.ok(ledger.needsCount(50));
      assert.deepEqual(granted(ledger.counted(count(1, 50), 51)), [id(2)]);
    });

    it('nobody a seat past somebody who needs more than is free', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 1, { units: 5, atLeast: 5 }), 1);
      ledger.ask(asked(2, 2), 2);
      assert.deepEqual(ledger.counted(count(4, 10), 11), []);
      assert.deepEqual(granted(ledger.counted(count(6, 20), 21)), [id(1), id(2)]);
    });

    it('a block in part where part of it is enough', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 1, { units: 5, atLeast: 2 }), 1);
      assert.deepEqual(ledger.counted(count(3, 10), 11), [{ leaseId: id(1), answer: 'granted', units: 3 }]);
    });
  });

  describe('orders', () => {
    it('by priority, a step of which is worth so much waiting', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 100, { priority: 'low' }), 100);
      ledger.ask(asked(2, 200), 200);
      ledger.ask(asked(3, 300, { priority: 'high' }), 300);
      assert.deepEqual(line(ledger), [id(3), id(2), id(1)]);
      ledger.ask(asked(4, 100 + RULES.ageingMs + 1), 100 + RULES.ageingMs + 1);
      assert.deepEqual(line(ledger), [id(3), id(2), id(1), id(4)]);
    });

    it('by when it was first asked for, not by when the message came', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(2, 20), 20);
      ledger.ask(asked(1, 10), 30);
      assert.deepEqual(line(ledger), [id(1), id(2)]);
    });

    it('whom an operator puts to the head before the others, in the order of these acts', () => {
      const ledger = waiting(4);
      assert.ok(ledger.rank(id(4), 'head', 10));
      assert.ok(ledger.rank(id(3), 'head', 11));
      assert.ok(ledger.rank(id(4), 'head', 12));
      assert.deepEqual(line(ledger), [id(4), id(3), id(1), id(2)]);
      assert.ok(!ledger.rank(id(9), 'head', 13));
    });

    it('anew into another priority', () => {
      const ledger = waiting(3);
      ledger.rank(id(1), 'low', 10);
      ledger.rank(id(3), 'high', 11);
      assert.deepEqual(line(ledger), [id(3), id(2), id(1)]);
    });
  });

  describe('is behind counts that are behind:', () => {
    it('a seat that was used is not promised again before a count shows it for certain', () => {
      const ledger = waiting(3);
      ledger.counted(count(1, 10), 11);
      ledger.settle(id(1), 1, 20);
      // The count does not know of the write yet.
      assert.deepEqual(ledger.counted(count(1, 500), 501), []);
      assert.equal(ledger.free(), 0);
      // It knows by now.
      assert.deepEqual(ledger.counted(count(0, 1_100), 1_101), []);
      assert.equal(ledger.free(), 0);
      assert.deepEqual(ledger.settling, []);
    });

    it('no seat is lost: once certain, the figure is the count', () => {
      const ledger = waiting(2);
      ledger.counted(count(1, 10), 11);
      ledger.settle(id(1), 1, 20);
      assert.deepEqual(granted(ledger.counted(count(1, 1_100, { assignable: 12 }), 1_101)), [id(2)]);
    });
  });

  describe('believes Graph more than its counts:', () => {
    it('a refused one goes to the head, and nobody gets a seat that a count only seems to show', () => {
      const ledger = waiting(3);
      ledger.counted(count(2, 10), 11);
      ledger.refusedByGraph(id(2), 30);
      assert.deepEqual(line(ledger), [id(2), id(3)]);
      assert.ok(ledger.needsCount(30));
      assert.deepEqual(ledger.counted(count(2, 31), 32), []);
      assert.deepEqual(granted(ledger.counted(count(2, 1_031), 1_032)), [id(2)]);
    });

    it('seats that are bought meanwhile are promised at once', () => {
      const ledger = waiting(3);
      ledger.counted(count(1, 10), 11);
      ledger.refusedByGraph(id(1), 30);
      assert.deepEqual(ledger.counted(count(1, 31), 32), []);
      const bought = count(3, 60, { assignable: 12, consumed: 9 });
      assert.deepEqual(granted(ledger.counted(bought, 61)), [id(1), id(2)]);
    });

    it('seats that were withdrawn before the refusal are not missing later', () => {
      const ledger = waiting(3);
      ledger.counted(count(1, 10), 11);
      ledger.refusedByGraph(id(1), 30);
      ledger.counted({ assignable: 4, consumed: 4, askedAt: 31 }, 32);
      assert.equal(ledger.free(), 0);
      assert.deepEqual(granted(ledger.counted({ assignable: 5, consumed: 4, askedAt: 60 }, 61)), [id(1)]);
    });
  });

  describe('ends', () => {
    it('a wait at its deadline, with an answer', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 1, { waitUntil: 50 }), 1);
      assert.equal(ledger.nextAt(2), 50);
      assert.deepEqual(ledger.advance(50), [{ leaseId: id(1), answer: 'refused', units: 0 }]);
      assert.deepEqual(line(ledger), []);
    });

    it('a promise at its deadline: whoever held it may have used it', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 1, { heldUntil: 50 }), 1);
      ledger.ask(asked(2, 2), 2);
      ledger.counted(count(1, 10), 11);
      ledger.advance(50);
      assert.equal(ledger.free(), 0);
      // A write that was cut off may take 50 ms more, and a count may be 1,000 ms behind.
      assert.deepEqual(ledger.counted(count(1, 1_099), 1_099), []);
      assert.deepEqual(granted(ledger.counted(count(1, 1_100), 1_100)), [id(2)]);
    });

    it("an operator's promise at its deadline: nobody used it", () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask({ ...asked(1, 1, { heldUntil: 50 }), leaseId: 'hold-1' }, 1);
      ledger.counted(count(1, 10), 11);
      ledger.advance(50);
      assert.equal(ledger.free(), 1);
    });

    it('what a holder held that ended without a word as if it were used', () => {
      const ledger = waiting(2);
      ledger.counted(count(1, 10), 11);
      ledger.orphaned([id(1), id(2)], 20);
      assert.deepEqual([ledger.free(), ledger.held, line(ledger)], [0, [], []]);
      assert.equal(ledger.settling.length, 1);
    });
  });

  describe('takes every message twice:', () => {
    it('asked again, it keeps its place and takes the new deadline', () => {
      const ledger = waiting(2);
      ledger.ask(asked(1, 1, { waitUntil: 70 }), 40);
      assert.deepEqual(line(ledger), [id(1), id(2)]);
      assert.equal(ledger.nextAt(40), 70);
    });

    it('asked again while it is held, it is told again', () => {
      const ledger = waiting(1);
      ledger.counted(count(1, 10), 11);
      assert.deepEqual(granted(ledger.ask(asked(1, 1), 20)), [id(1)]);
      assert.equal(ledger.held.length, 1);
    });

    it('an ask that comes after its end brings nothing back', () => {
      const ledger = waiting(1);
      ledger.counted(count(2, 10), 11);
      ledger.settle(id(1), 1, 20);
      ledger.release(id(2), 21);
      ledger.ask(asked(1, 1), 22);
      ledger.ask(asked(2, 2), 23);
      assert.deepEqual([ledger.held, line(ledger)], [[], []]);
    });

    it('used or refused twice is used or refused once', () => {
      const ledger = waiting(3);
      ledger.counted(count(2, 10), 11);
      for (const at of [20, 21]) ledger.settle(id(1), 1, at);
      for (const at of [30, 31]) ledger.refusedByGraph(id(2), at);
      assert.deepEqual(line(ledger), [id(2), id(3)]);
      assert.deepEqual(
        ledger.settling.map(({ units }) => units),
        [1],
      );
    });

    it('of a block only what was used anew settles', () => {
      const ledger = new SeatLedger(RULES);
      ledger.ask(asked(1, 1, { units: 5, atLeast: 5 }), 1);
      ledger.counted(count(8, 10), 11);
      for (const used of [2, 2, 3]) ledger.settle(id(1), used, 20);
      assert.deepEqual(
        ledger.settling.map(({ units }) => units),
        [2, 1],
      );
      assert.equal(ledger.free(), 3);
      ledger.release(id(1), 30);
      assert.equal(ledger.free(), 5);
    });
  });

  it('counts only while somebody waits, once in each poll', () => {
    const ledger = waiting(1);
    assert.ok(ledger.needsCount(1));
    ledger.counted(count(0, 10), 11);
    assert.ok(!ledger.needsCount(109));
    assert.ok(ledger.needsCount(110));
    ledger.release(id(1), 111);
    assert.ok(!ledger.needsCount(10_000));
  });

  it('takes no more into a wait-list than fit', () => {
    const ledger = waiting(RULES.waitingMax);
    assert.deepEqual(ledger.ask(asked(99, 99), 99), [{ leaseId: id(99), answer: 'refused', units: 0 }]);
  });

  describe('estimates', () => {
    it('nothing without three occasions on which people who waited were served', () => {
      const ledger = waiting(10);
      ledger.counted(count(0, 10), 11);
      for (const at of [20, 40]) ledger.counted(count(1, at, { assignable: 10 + at / 20, consumed: 9 + at / 20 }), at);
      assert.equal(ledger.estimateAt(1, 50), null);
    });

    it('from the pace at which they were served, and later the longer nothing comes', () => {
      const ledger = waiting(10);
      ledger.counted(count(0, 10), 11);
      [100, 200, 300].forEach((at, i) => ledger.counted({ assignable: 11 + i, consumed: 10, askedAt: at }, at));
      assert.equal(ledger.estimateAt(1, 300), 400);
      assert.equal(ledger.estimateAt(3, 300), 600);
      assert.equal(ledger.estimateAt(1, 700), 1_000);
    });

    it('from occasions: seats that came all at once are one', () => {
      const ledger = waiting(10);
      ledger.counted(count(0, 10), 11);
      ledger.counted({ assignable: 16, consumed: 10, askedAt: 100 }, 100);
      assert.equal(ledger.estimateAt(1, 200), null);
    });
  });

  it('goes on from its state as if nothing had happened', () => {
    const ledger = waiting(5);
    ledger.counted(count(2, 10), 11);
    ledger.settle(id(1), 1, 20);
    ledger.rank(id(5), 'head', 21);
    ledger.refusedByGraph(id(2), 22);
    const again = new SeatLedger(
      RULES,
      JSON.parse(JSON.stringify(ledger.state(30))) as ReturnType<SeatLedger['state']>,
    );
    assert.deepEqual(again.waiting, ledger.waiting);
    assert.deepEqual([again.held, again.settling, again.count], [ledger.held, ledger.settling, ledger.count]);
    assert.deepEqual(again.state(30), ledger.state(30));
  });

  it('knows whom to tell from the name of a lease', () => {
    assert.deepEqual(holderOf(id(1)), { workflowId: 'license-request/r1', firstRunIdStart: '11111111' });
    assert.equal(holderOf('hold-1'), null);
  });
});
