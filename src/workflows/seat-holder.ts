/**
 * The seats of one workflow: asked for in one fixed order, held until the licences are assigned, given back otherwise. All
 * of them or none: whoever cannot have them all in time holds none.
 */
import { CancellationScope, condition, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { SkuId } from '../domain/license.js';
import type { SkuFacts } from '../domain/plan.js';
import type { SeatPriority } from '../domain/policy.js';
import type { SeatAnswer, SeatAsk } from '../domain/seat-ledger.js';
import { leaseIdOf } from '../domain/seat-ledger.js';
import type { SeatView } from '../contracts/license-request.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { SeatMessage } from '../contracts/seat-pool.js';
import { seatAnswered } from '../contracts/seat-pool.js';
import { now } from './instants.js';
import { tellPool } from './tell-seat-pool.js';

export interface SeatOrder {
  readonly skus: readonly Pick<SkuFacts, 'skuId' | 'name'>[];
  readonly priority: SeatPriority;
  /** Milliseconds since the epoch. */
  readonly waitUntilMs: number;
  /** Until when the seats will surely have been used or given back. */
  readonly heldUntilMs: number;
}

/** Longest time from a promise to the moment in which the seat is used or given back, whatever goes wrong. */
export function carryOutMs({ again, write, verify }: Pace): number {
  const oneTryMs = again.deadlineMs + write.scheduleToCloseMs + verify.deadlineMs;
  // A snapshot before the rounds of the write, and the way back after them.
  return (write.rounds + 2) * oneTryMs;
}

/** One seat and how far it is. */
interface Lease extends SeatView {
  readonly leaseId: string;
  readonly askedAt: number;
  /** Until when it was asked to be promised, and is promised by its pool. */
  readonly askedUntilMs: number;
  readonly heldUntilMs: number;
  readonly isOver: boolean;
}

export class SeatHolder {
  readonly #pace: Pace;
  readonly #onChange: (seats: readonly SeatView[]) => void;
  #leases: readonly Lease[] = [];
  #asked = 0;
  #background: CancellationScope | null = null;
  /** Messages that nobody waits for until the end. */
  #onTheirWay: readonly Promise<void>[] = [];

  constructor(pace: Pace, onChange: (seats: readonly SeatView[]) => void) {
    this.#pace = pace;
    this.#onChange = onChange;
    setHandler(seatAnswered, (answer) => this.#answered(answer));
  }

  /** Asks in the background; {@link hold} then finds what is there by then. */
  ask(order: SeatOrder): void {
    const scope = new CancellationScope();
    this.#background = scope;
    scope
      .run(() => this.#acquire(order, () => undefined))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  /**
   * Holds exactly these seats; false, and none is held, once the wait is over.
   *
   * @param onWait called once where the first answer does not come within `pace.seats.pollMs`: a pool that has a free seat
   * has counted and answered by then.
   */
  async hold(order: SeatOrder, onWait: () => void = () => undefined): Promise<boolean> {
    this.#background?.cancel();
    this.#background = null;
    let isWaiting = false;
    return this.#acquire(order, () => {
      if (!isWaiting) onWait();
      isWaiting = true;
    });
  }

  /** Graph refused seats that were held. Those that its words name, or else all, are asked for again, first of all. */
  async refused(words: string): Promise<void> {
    const held = this.#leases.filter(({ state }) => state === 'held');
    const named = held.filter(({ skuId }) => words.toLowerCase().includes(skuId));
    for (const { leaseId, skuId } of named.length > 0 ? named : held) {
      this.#change(leaseId, { state: 'asked' });
      await this.#tell(skuId, { kind: 'refused', leaseId }, 'seat refused by Graph');
    }
  }

  /**
   * The licences are assigned, or it is not certain that they are not. Answers at once; {@link giveBack} waits until the
   * pools know.
   */
  async used(): Promise<void> {
    for (const { leaseId, skuId } of this.#leases.filter(({ state }) => state === 'held')) {
      this.#change(leaseId, { state: 'used' });
      const told = CancellationScope.nonCancellable(() =>
        this.#tell(skuId, { kind: 'settle', leaseId, used: 1 }, 'seat used'),
      );
      this.#onTheirWay = [...this.#onTheirWay, told];
    }
  }

  /** Gives back what is asked for or held. Safe to call at any end, and to be called before each. */
  async giveBack(): Promise<void> {
    this.#background?.cancel();
    this.#background = null;
    await this.#release(({ state }) => state === 'asked' || state === 'held');
    await Promise.all(this.#onTheirWay);
  }

  async #acquire(order: SeatOrder, onWait?: () => void): Promise<boolean> {
    const skus = [...order.skus].sort((a, b) => (a.skuId < b.skuId ? -1 : 1));
    await this.#giveBackForOrder(skus.map(({ skuId }) => skuId));
    for (const sku of skus) {
      if (await this.#acquireOne(sku, order, onWait)) continue;
      await this.#release(({ state }) => state === 'asked' || state === 'held');
      return false;
    }
    return true;
  }

  /**
   * Seats that are not wanted any more, and those that come after one that is still to be asked for: two who each hold
   * what the other one waits for would wait for ever.
   */
  async #giveBackForOrder(wanted: readonly SkuId[]): Promise<void> {
    const isHeld = (skuId: SkuId) => this.#leases.some((lease) => lease.skuId === skuId && lease.state === 'held');
    const firstMissing = wanted.find((skuId) => !isHeld(skuId));
    const comesAfter = (skuId: SkuId) => firstMissing !== undefined && skuId > firstMissing;
    await this.#release(
      ({ skuId, state }) =>
        (state === 'held' && (!wanted.includes(skuId) || comesAfter(skuId))) ||
        (state === 'asked' && !wanted.includes(skuId)),
    );
  }

  async #acquireOne(sku: SeatOrder['skus'][number], order: SeatOrder, onWait?: () => void): Promise<boolean> {
    const { leaseId } = this.#current(sku.skuId) ?? this.#open(sku);
    const { seats } = this.#pace;
    const growth = { firstMs: seats.askAgainMs, factor: 2, maxMs: 24 * seats.askAgainMs };
    for (let n = 0; ; n++) {
      const lease = this.#leases.find((known) => known.leaseId === leaseId);
      if (lease === undefined || lease.isOver) return false;
      if (lease.state === 'held' && lease.heldUntilMs >= order.heldUntilMs) return true;
      if (Date.now() >= order.waitUntilMs) return false;
      await this.#askFor(lease, order);
      // Its pool may have been ended by force and know nothing, so the question is repeated now and then.
      const askAgainAt = Date.now() + backoffMs(growth, n);
      if (n === 0 && onWait !== undefined) {
        await this.#answerUntil(Math.min(askAgainAt, Date.now() + seats.pollMs), leaseId, order);
        if (!this.#isAnswered(leaseId, order)) onWait();
      }
      await this.#answerUntil(askAgainAt, leaseId, order);
    }
  }

  async #answerUntil(deadlineMs: number, leaseId: string, order: SeatOrder): Promise<void> {
    const isAnswered = () => this.#isAnswered(leaseId, order);
    if (isAnswered()) return;
    await condition(isAnswered, Math.max(1, Math.min(order.waitUntilMs, deadlineMs) - Date.now()));
  }

  #isAnswered(leaseId: string, { heldUntilMs }: SeatOrder): boolean {
    const lease = this.#leases.find((known) => known.leaseId === leaseId);
    return lease === undefined || lease.isOver || (lease.state === 'held' && lease.heldUntilMs >= heldUntilMs);
  }

  async #askFor({ leaseId, skuId, askedAt }: Lease, order: SeatOrder): Promise<void> {
    const { priority, waitUntilMs: waitUntil, heldUntilMs: heldUntil } = order;
    const ask: SeatAsk = { leaseId, units: 1, atLeast: 1, priority, askedAt, waitUntil, heldUntil };
    this.#change(leaseId, { askedUntilMs: heldUntil });
    await this.#tell(skuId, { kind: 'ask', ask }, 'ask for a seat');
  }

  #answered({ leaseId, answer }: SeatAnswer): void {
    if (answer === 'refused') return this.#change(leaseId, { isOver: true, state: 'given-back' });
    const lease = this.#leases.find((known) => known.leaseId === leaseId);
    if (lease?.state !== 'asked' && lease?.state !== 'held') return;
    this.#change(leaseId, { state: 'held', heldUntilMs: lease.askedUntilMs });
  }

  #current(skuId: SkuId): Lease | undefined {
    return this.#leases.find((lease) => lease.skuId === skuId && (lease.state === 'asked' || lease.state === 'held'));
  }

  /** A new lease for a seat; it keeps the place of an earlier one that was given back only to keep the order. */
  #open({ skuId, name }: SeatOrder['skus'][number]): Lease {
    const { workflowId, runId, firstExecutionRunId } = workflowInfo();
    const earlier = this.#leases.find((lease) => lease.skuId === skuId);
    const lease: Lease = {
      ...{ skuId, name, state: 'asked', since: now() },
      leaseId: leaseIdOf(workflowId, firstExecutionRunId, `${runId.slice(0, 8)}.${String(++this.#asked)}`),
      askedAt: earlier?.askedAt ?? Date.now(),
      ...{ askedUntilMs: 0, heldUntilMs: 0, isOver: false },
    };
    this.#set([...this.#leases.filter((known) => known !== earlier), lease]);
    return lease;
  }

  async #release(which: (lease: Lease) => boolean): Promise<void> {
    for (const { leaseId, skuId } of this.#leases.filter(which)) {
      this.#change(leaseId, { state: 'given-back' });
      await this.#tell(skuId, { kind: 'release', leaseId }, 'seat given back');
    }
  }

  #change(leaseId: string, change: Partial<Lease>): void {
    this.#set(
      this.#leases.map((lease) =>
        lease.leaseId !== leaseId
          ? lease
          : {
              ...lease,
              ...change,
              ...(change.state !== undefined && change.state !== lease.state && { since: now() }),
            },
      ),
    );
  }

  #set(leases: readonly Lease[]): void {
    this.#leases = leases;
    this.#onChange(leases.map(({ skuId, name, state, since }) => ({ skuId, name, state, since })));
  }

  async #tell(skuId: SkuId, message: SeatMessage, summary: string): Promise<void> {
    await tellPool(this.#pace, skuId, message, summary);
  }
}
