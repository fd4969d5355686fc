/**
 * Seats for the users of a page, by the block: one lease for many users, asked for once, given in part where fewer are
 * free, and told of in sums. Who has all their seats may be written; the others wait and hold nobody up.
 *
 * A user who needs several products gets them in the order of their ids, so that no two who wait hold what the other one
 * waits for.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { CarriedPage } from '../contracts/campaign-page.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { SeatMessage } from '../contracts/seat-pool.js';
import type { SkuId } from '../domain/license.js';
import type { SeatPriority } from '../domain/policy.js';
import type { SeatAnswer } from '../domain/seat-ledger.js';
import { leaseIdOf } from '../domain/seat-ledger.js';
import { carryOutMs } from './seat-holder.js';
import { tellPool } from './tell-seat-pool.js';

interface Block {
  readonly skuId: SkuId;
  readonly leaseId: string;
  state: 'asked' | 'held';
  /** Asked for, or promised. */
  units: number;
  used: number;
  /** What the pool knows of {@link used}. */
  told: number;
  readonly askedAt: number;
  /** How often it was asked for, and when it is asked for again. */
  asks: number;
  askAgainAt: number;
}

/** The seats of one user. */
interface Claim {
  readonly needs: readonly SkuId[];
  /** When the wait for them is over; milliseconds since the epoch. */
  readonly by: number;
  /** The blocks that they come from. */
  readonly from: Map<SkuId, Block>;
}

export class SeatBlocks {
  readonly #pace: Pace;
  readonly #onChange: () => void;
  #blocks: Block[];
  /** By the index of the user in the page. */
  readonly #claims = new Map<number, Claim>();
  #outbox: readonly { readonly skuId: SkuId; readonly message: SeatMessage; readonly summary: string }[] = [];
  #isTelling = false;
  #opened = 0;
  priority: SeatPriority = 'low';

  constructor(pace: Pace, carried: CarriedPage['blocks'], onChange: () => void) {
    this.#pace = pace;
    this.#onChange = onChange;
    this.#blocks = carried.map(({ skuId, leaseId, units, used }) => ({
      ...{ skuId, leaseId, state: units > 0 ? 'held' : 'asked', units, used, told: units > 0 ? used : 0 },
      ...{ askedAt: Date.now(), asks: 0, askAgainAt: 0 },
    }));
  }

  // --- users --------------------------------------------------------------------------------------------------------

  /** From now on this user wants these seats; until `by`. What they have already stays theirs. */
  claim(user: number, needs: readonly SkuId[], by: number): void {
    const from = this.#claims.get(user)?.from ?? new Map<SkuId, Block>();
    this.#claims.set(user, { needs: [...needs].sort(), by, from });
  }

  knows(user: number): boolean {
    return this.#claims.has(user);
  }

  /** Whether every seat that the user needs is promised. */
  has(user: number): boolean {
    const claim = this.#claims.get(user);
    return claim === undefined || claim.needs.every((skuId) => claim.from.get(skuId)?.state === 'held');
  }

  /** The user is assigned what they needed seats for, or may be. */
  used(user: number): void {
    for (const block of this.#claims.get(user)?.from.values() ?? []) block.used++;
    this.#claims.delete(user);
  }

  /** The user needs no seat any more, and used none. */
  drop(user: number): void {
    this.#claims.delete(user);
  }

  /** Graph refused seats that were promised: those that its words name, or all. Their blocks are asked for again. */
  refused(user: number, words: string): void {
    const blocks = [...(this.#claims.get(user)?.from.values() ?? [])];
    const named = blocks.filter(({ skuId }) => words.toLowerCase().includes(skuId));
    for (const block of named.length > 0 ? named : blocks) {
      this.#claims.get(user)?.from.delete(block.skuId);
      // Of many writes in flight the first one says it.
      if (block.state === 'held') this.#requeue(block);
    }
  }

  /** Who waited for as long as they may, and gets no seat. */
  over(now: number): readonly number[] {
    return [...this.#claims].filter(([user, { by }]) => by <= now && !this.has(user)).map(([user]) => user);
  }

  // --- pools --------------------------------------------------------------------------------------------------------

  /** Who waited for this lease and gets no seat any more. */
  answered({ leaseId, answer, units }: SeatAnswer): readonly number[] {
    const block = this.#blocks.find((known) => known.leaseId === leaseId);
    // A lease that was given back is answered as well, if both crossed.
    if (block === undefined) return [];
    this.#onChange();
    if (answer === 'refused') return this.#refuse(block);
    if (block.state === 'held') return [];
    block.state = 'held';
    block.units = units;
    this.#takeBackExcess(block);
    return [];
  }

  /** Gives out what is there, asks for what is missing, gives back what nobody wants. Returns when to look again. */
  work(now: number): number {
    this.#allot();
    for (const skuId of new Set([...this.#wanted().keys(), ...this.#blocks.map((block) => block.skuId)]))
      this.#askFor(skuId, now);
    this.#releaseUnwanted();
    const asked = this.#blocks.filter(({ state }) => state === 'asked').map(({ askAgainAt }) => askAgainAt);
    const waits = [...this.#claims].filter(([user]) => !this.has(user)).map(([, { by }]) => by);
    return Math.min(Infinity, ...asked, ...waits);
  }

  /** Tells the pools what is used by now, so that they do not count it twice for long. */
  tellUsed(): void {
    for (const block of this.#blocks) if (block.state === 'held' && block.used > block.told) this.#settle(block);
    this.#dropSpent();
  }

  /** Nothing is wanted any more: what is used is told, the rest is free again. */
  giveBack(): void {
    this.#claims.clear();
    for (const block of this.#blocks) this.#release(block);
    this.#blocks = [];
  }

  /** Seats that are wanted and not promised. */
  get missing(): number {
    return [...this.#claims.values()].reduce(
      (sum, { needs, from }) => sum + needs.filter((skuId) => from.get(skuId)?.state !== 'held').length,
      0,
    );
  }

  /** When every pool that has a free seat has answered. */
  get answeredBy(): number {
    const asked = this.#blocks.filter(({ state }) => state === 'asked').map(({ askedAt }) => askedAt);
    return Math.max(0, ...asked.map((at) => at + this.#pace.seats.pollMs));
  }

  /** Whether messages are still on their way. */
  get isTelling(): boolean {
    return this.#isTelling || this.#outbox.length > 0;
  }

  /** What is asked for has no units. Who has which seat is made out again. */
  carried(): CarriedPage['blocks'] {
    return this.#blocks.map(({ skuId, leaseId, state, units, used }) => ({
      ...{ skuId, leaseId, units: state === 'held' ? units : 0, used },
    }));
  }

  // --- inside -------------------------------------------------------------------------------------------------------

  #allot(): void {
    for (const { needs, from } of this.#claims.values())
      for (const skuId of needs) {
        if (from.has(skuId)) continue;
        const block = this.#blocks.find((known) => known.skuId === skuId && this.#spare(known) > 0);
        if (block === undefined) break;
        from.set(skuId, block);
        this.#onChange();
      }
  }

  /** Units that are promised, not used, and not given to anybody. */
  #spare(block: Block): number {
    return block.state === 'held' ? block.units - block.used - this.#givenFrom(block).length : 0;
  }

  #givenFrom(block: Block): readonly Claim[] {
    return [...this.#claims.values()].filter(({ from }) => from.get(block.skuId) === block);
  }

  /** After a refusal fewer may be promised than were given out. */
  #takeBackExcess(block: Block): void {
    const given = this.#givenFrom(block);
    for (const { from } of given.slice(Math.max(0, block.units - block.used))) from.delete(block.skuId);
  }

  /** Of each product the users who have all that comes before it. */
  #wanted(): ReadonlyMap<SkuId, readonly Claim[]> {
    const wanted = new Map<SkuId, Claim[]>();
    for (const claim of this.#claims.values()) {
      const next = claim.needs.find((skuId) => !claim.from.has(skuId));
      if (next !== undefined) wanted.set(next, [...(wanted.get(next) ?? []), claim]);
    }
    return wanted;
  }

  #askFor(skuId: SkuId, now: number): void {
    const wanted = this.#wanted().get(skuId) ?? [];
    const asked = this.#blocks.find((block) => block.skuId === skuId && block.state === 'asked');
    const block = asked ?? (wanted.length > 0 ? this.#open(skuId, wanted.length, now) : undefined);
    if (block === undefined || block.askAgainAt > now) return;
    const growth = { firstMs: this.#pace.seats.askAgainMs, factor: 2, maxMs: 24 * this.#pace.seats.askAgainMs };
    block.askAgainAt = now + backoffMs(growth, block.asks++);
    const claims = [...wanted, ...this.#givenFrom(block)];
    const waitUntil = Math.max(now, ...claims.map(({ by }) => by));
    // A run that went on knows that it asked, and not for how many.
    if (block.units === 0) block.units = Math.max(1, wanted.length);
    const { leaseId, units, askedAt } = block;
    const ask = { leaseId, units, atLeast: 1, priority: this.priority, askedAt, waitUntil };
    this.#tell(skuId, { kind: 'ask', ask: { ...ask, heldUntil: waitUntil + carryOutMs(this.#pace) } }, 'ask for seats');
  }

  #open(skuId: SkuId, units: number, now: number): Block {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    const leaseId = leaseIdOf(workflowId, firstExecutionRunId, `${runId.slice(0, 8)}.${String(++this.#opened)}`);
    const block: Block = {
      ...{ skuId, leaseId, state: 'asked', units, used: 0, told: 0, askedAt: now, asks: 0, askAgainAt: 0 },
    };
    this.#blocks.push(block);
    return block;
  }

  /** Back to the head of the wait-list with what is left of it. The pool counts again before it promises anything. */
  #requeue(block: Block): void {
    if (block.used > block.told) this.#settle(block);
    this.#tell(block.skuId, { kind: 'refused', leaseId: block.leaseId }, 'seats refused by Graph');
    block.state = 'asked';
    block.units -= block.used;
    block.used = block.told = 0;
    block.asks = 1;
    block.askAgainAt = Date.now() + this.#pace.seats.askAgainMs;
  }

  /** Its wait is over, or the wait-list is full. */
  #refuse(block: Block): readonly number[] {
    this.#blocks = this.#blocks.filter((known) => known !== block);
    const wanted = [...this.#claims].filter(([, claim]) => {
      if (claim.from.get(block.skuId) === block) claim.from.delete(block.skuId);
      return claim.needs.find((skuId) => !claim.from.has(skuId)) === block.skuId;
    });
    return wanted.map(([user]) => user);
  }

  #releaseUnwanted(): void {
    for (const block of this.#blocks) {
      const isWanted = [...this.#claims.values()].some(
        ({ needs, from }) => needs.includes(block.skuId) && (!from.has(block.skuId) || from.get(block.skuId) === block),
      );
      if (!isWanted) this.#release(block);
    }
    this.#dropSpent();
  }

  #release(block: Block): void {
    if (block.used > block.told) this.#settle(block);
    if (block.state === 'asked' || block.used < block.units)
      this.#tell(block.skuId, { kind: 'release', leaseId: block.leaseId }, 'seats given back');
    block.units = block.used;
    block.state = 'held';
  }

  #settle(block: Block): void {
    block.told = block.used;
    this.#tell(block.skuId, { kind: 'settle', leaseId: block.leaseId, used: block.used }, 'seats used');
  }

  /** All of it is used and told, so the pool has ended it. */
  #dropSpent(): void {
    this.#blocks = this.#blocks.filter(
      ({ state, units, used, told }) => state === 'asked' || used < units || told < used,
    );
  }

  #tell(skuId: SkuId, message: SeatMessage, summary: string): void {
    this.#outbox = [...this.#outbox, { skuId, message, summary }];
    if (!this.#isTelling) void this.#tellAll();
  }

  /** One after the other: a pool has to hear them in their order. */
  async #tellAll(): Promise<void> {
    this.#isTelling = true;
    for (let [next] = this.#outbox; next !== undefined; [next] = this.#outbox) {
      this.#outbox = this.#outbox.slice(1);
      await tellPool(this.#pace, next.skuId, next.message, next.summary);
    }
    this.#isTelling = false;
    this.#onChange();
  }
}
