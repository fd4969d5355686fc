/**
 * The ledger against a naive model of the same pool, and against a tenant whose counts are behind: whatever is asked,
 * used, given back, refused, taken by others or withdrawn, in any order.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { SeatPriority } from '../../src/domain/policy.js';
import type { LedgerRules } from '../../src/domain/seat-ledger.js';
import { SeatLedger } from '../../src/domain/seat-ledger.js';

const RULES: LedgerRules = {
  ...{ lagMs: 50, freshMs: 0, pollMs: 10, ageingMs: 40, writeMs: 5 },
  waitingMax: 1_000,
};
const RUNS = 300;

interface Waiter {
  readonly n: number;
  readonly priority: SeatPriority;
  readonly askedAt: number;
  standing: number;
  bumpedAt: number;
}

/** The tenant as it really is, and the same pool with plain lists. */
class World {
  now = 1_000;
  assignable: number;
  /** Consumed units since the beginning: `[instant, units]`. */
  readonly consumed: [number, number][];
  waiting: Waiter[] = [];
  /** Promised, and not written. */
  held = new Map<number, Waiter>();
  /** When Graph last refused. */
  refusals = 0;
  asked = 0;
  /** Whether somebody else ever assigned, or units were withdrawn: only then may Graph refuse. */
  isDisturbed = false;

  constructor(assignable: number, consumed: number) {
    this.assignable = assignable;
    this.consumed = [[0, consumed]];
  }

  get truth(): number {
    return this.consumed.at(-1)?.[1] ?? 0;
  }

  /** What a count that is `lagMs` behind shows. */
  seen(lagMs: number): number {
    return this.consumed.findLast(([at]) => at <= this.now - lagMs)?.[1] ?? 0;
  }

  consume(units: number): void {
    this.consumed.push([this.now, Math.max(0, this.truth + units)]);
  }

  ordered(): number[] {
    const key = ({ priority, askedAt, standing, bumpedAt }: Waiter) => {
      const aged = askedAt + { high: -1, normal: 0, low: 1 }[priority] * RULES.ageingMs;
      return [standing, standing === 1 ? bumpedAt : aged, askedAt];
    };
    return [...this.waiting]
      .sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        const i = x.findIndex((value, j) => value !== y[j]);
        return i < 0 ? (idOf(a.n) < idOf(b.n) ? -1 : 1) : (x[i] ?? 0) - (y[i] ?? 0);
      })
      .map(({ n }) => n);
  }
}

const idOf = (n: number) => `license-request/r${String(n)}#12345678.1`;
const numberOf = (leaseId: string) => Number(/r(\d+)#/.exec(leaseId)?.[1]);

/** The ledger, which goes through its carried state now and then. */
class Real {
  ledger = new SeatLedger(RULES);
}

type Command = fc.Command<World, Real>;

function took(world: World, answers: readonly { leaseId: string; answer: string }[]): void {
  for (const { leaseId, answer } of answers) {
    assert.equal(answer, 'granted');
    // Nobody is served before somebody who stands before them.
    assert.equal(numberOf(leaseId), world.ordered()[0]);
    const [first] = world.waiting.filter(({ n }) => n === numberOf(leaseId));
    assert.ok(first);
    world.waiting = world.waiting.filter((waiter) => waiter !== first);
    world.held.set(first.n, first);
  }
}

function check(world: World, { ledger }: Real): void {
  assert.deepEqual(
    ledger.waiting.map(({ leaseId }) => numberOf(leaseId)),
    world.ordered(),
  );
  assert.deepEqual(new Set(ledger.held.map(({ leaseId }) => numberOf(leaseId))), new Set(world.held.keys()));
  // A seat that is promised exists, while nobody else takes any.
  if (!world.isDisturbed) assert.ok(world.truth + world.held.size <= world.assignable, 'promised twice');
}

const step = (text: string, run: (world: World, real: Real) => void, canRun?: (world: World) => boolean): Command => ({
  check: (world) => canRun?.(world) ?? true,
  run(world, real) {
    world.now += 1;
    run(world, real);
    check(world, real);
  },
  toString: () => text,
});

const pick = <T>(items: readonly T[], at: number): T => items[at % items.length] as T;

const commands: fc.Arbitrary<Command>[] = [
  fc.constantFrom<SeatPriority>('high', 'normal', 'normal', 'low').map((priority) =>
    step(`ask ${priority}`, (world, { ledger }) => {
      const [n, { now }] = [++world.asked, world];
      world.waiting.push({ n, priority, askedAt: now, standing: 2, bumpedAt: 0 });
      const ask = { leaseId: idOf(n), units: 1, atLeast: 1, priority, askedAt: now, waitUntil: 1e9, heldUntil: 1e9 };
      ledger.ask(ask, now);
      if (n % 3 === 0) ledger.ask(ask, now);
    }),
  ),
  fc.nat(RULES.lagMs).map((lagMs) =>
    step(`count ${String(lagMs)} ms behind`, (world, { ledger }) => {
      const seen = { assignable: world.assignable, consumed: world.seen(lagMs), askedAt: world.now };
      took(world, ledger.counted(seen, world.now));
    }),
  ),
  fc.nat(20).map((ms) =>
    step(`${String(ms)} ms go by`, (world, { ledger }) => {
      world.now += ms;
      took(world, ledger.advance(world.now));
    }),
  ),
  fc.nat().map((at) =>
    step(
      'write',
      (world, { ledger }) => {
        const n = pick([...world.held.keys()], at);
        const waiter = world.held.get(n);
        assert.ok(waiter);
        world.held.delete(n);
        if (world.truth < world.assignable) {
          world.consume(1);
          ledger.settle(idOf(n), 1, world.now);
          return;
        }
        assert.ok(world.isDisturbed, 'Graph refused although nobody else assigns');
        world.refusals++;
        world.waiting.push({ ...waiter, standing: 0 });
        ledger.refusedByGraph(idOf(n), world.now);
      },
      (world) => world.held.size > 0,
    ),
  ),
  fc.nat().map((at) =>
    step(
      'give back',
      (world, { ledger }) => {
        const n = pick([...world.held.keys()], at);
        world.held.delete(n);
        ledger.release(idOf(n), world.now);
      },
      (world) => world.held.size > 0,
    ),
  ),
  fc.nat().map((at) =>
    step(
      'wait no more',
      (world, { ledger }) => {
        const waiter = pick(world.waiting, at);
        world.waiting = world.waiting.filter((other) => other !== waiter);
        ledger.release(idOf(waiter.n), world.now);
      },
      (world) => world.waiting.length > 0,
    ),
  ),
  fc.nat().map((at) =>
    step(
      'bump',
      (world, { ledger }) => {
        const waiter = pick(world.waiting, at);
        if (waiter.standing === 2) Object.assign(waiter, { standing: 1, bumpedAt: world.now });
        assert.ok(ledger.rank(idOf(waiter.n), 'head', world.now));
      },
      (world) => world.waiting.length > 0,
    ),
  ),
  fc.tuple(fc.nat(), fc.boolean()).map(([at, wrote]) =>
    step(
      `end a holder that ${wrote ? 'wrote' : 'did not write'} without a word`,
      (world, { ledger }) => {
        const n = pick([...world.held.keys()], at);
        world.held.delete(n);
        if (wrote && world.truth < world.assignable) world.consume(1);
        ledger.orphaned([idOf(n)], world.now);
      },
      (world) => world.held.size > 0,
    ),
  ),
  fc.integer({ min: 1, max: 5 }).map((units) => step(`buy ${String(units)}`, (world) => (world.assignable += units))),
  fc.integer({ min: 1, max: 3 }).map((units) =>
    step(
      `${String(units)} licences are removed`,
      (world) => world.consume(-units),
      (world) => world.truth >= units,
    ),
  ),
  fc.constant(
    step('go on in a new run', (world, real) => {
      const state = JSON.parse(JSON.stringify(real.ledger.state(world.now))) as ReturnType<SeatLedger['state']>;
      real.ledger = new SeatLedger(RULES, state);
    }),
  ),
];

/** What others do to the tenant. */
const disturbances: fc.Arbitrary<Command>[] = [
  fc.integer({ min: 1, max: 3 }).map((units) =>
    step(
      `others take ${String(units)}`,
      (world) => {
        world.isDisturbed = true;
        world.consume(Math.min(units, world.assignable - world.truth));
      },
      (world) => world.truth < world.assignable,
    ),
  ),
  fc.integer({ min: 1, max: 3 }).map((units) =>
    step(`${String(units)} are withdrawn`, (world) => {
      world.isDisturbed = true;
      world.assignable = Math.max(0, world.assignable - units);
    }),
  ),
];

/** From here on all is quiet: whoever wants a seat gets one as long as there is one. */
function settle(world: World, real: Real): void {
  const { ledger } = real;
  for (let i = 0; i < 500 && world.waiting.length > 0 && world.truth < world.assignable; i++) {
    world.now += RULES.lagMs + RULES.writeMs;
    took(world, ledger.advance(world.now));
    const seen = { assignable: world.assignable, consumed: world.seen(0), askedAt: world.now };
    took(world, ledger.counted(seen, world.now));
    for (const n of [...world.held.keys()].slice(0, Math.max(0, world.assignable - world.truth))) {
      world.held.delete(n);
      world.consume(1);
      ledger.settle(idOf(n), 1, world.now);
    }
    for (const n of world.held.keys()) ledger.release(idOf(n), world.now);
    world.held.clear();
  }
  assert.ok(world.waiting.length === 0 || world.truth >= world.assignable, 'a seat was lost');
}

function model(given: fc.Arbitrary<Command>[]): void {
  const start = fc.record({ assignable: fc.integer({ min: 0, max: 12 }), consumed: fc.nat(6) });
  fc.assert(
    fc.property(start, fc.commands(given, { size: 'large' }), ({ assignable, consumed }, cmds) => {
      const [world, real] = [new World(Math.max(assignable, consumed), consumed), new Real()];
      fc.modelRun(() => ({ model: world, real }), cmds);
      settle(world, real);
    }),
    { numRuns: RUNS },
  );
}

describe('the ledger of a seat pool, against a naive model', () => {
  it('promises no seat twice, loses none, and serves in order while nobody else assigns', () => model(commands));

  it('serves in order, and loses no seat, whatever others do', () => model([...commands, ...disturbances]));
});
