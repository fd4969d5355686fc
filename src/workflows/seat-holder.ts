/** The seats of one request: asked for in one fixed order, held until the licences are assigned, given back otherwise. */
import { sleep } from '@temporalio/workflow';
import type { Pace } from '../contracts/pace.js';
import type { SeatView } from '../contracts/license-request.js';
import type { SkuFacts } from '../domain/plan.js';
import { now } from './instants.js';

export class SeatHolder {
  #seats: readonly SeatView[] = [];
  #refused = false;

  constructor(
    private readonly pace: Pace,
    private readonly onChange: (seats: readonly SeatView[]) => void,
  ) {}

  /** Holds exactly these seats; false once `untilMs` has gone by. */
  async hold(skus: readonly SkuFacts[], untilMs: number): Promise<boolean> {
    if (this.#refused) await sleep(Math.min(this.pace.seats.pollMs, Math.max(1, untilMs - Date.now())));
    this.#refused = false;
    this.#set(skus.map(({ skuId, name }) => ({ skuId, name, state: 'held', since: now() })));
    return Date.now() < untilMs;
  }

  /** Graph refused a seat that was held: the place at the head of the list is kept. */
  async refused(): Promise<void> {
    this.#refused = true;
  }

  /** The licences are assigned, or it is not certain that they are not. */
  async used(): Promise<void> {
    this.#set(this.#seats.map((seat) => ({ ...seat, state: 'used' })));
  }

  /** Gives back what is asked for or held. Safe to call at any end. */
  async giveBack(): Promise<void> {
    this.#set(this.#seats.map((seat) => (seat.state === 'used' ? seat : { ...seat, state: 'given-back' })));
  }

  #set(seats: readonly SeatView[]): void {
    this.#seats = seats;
    this.onChange(seats);
  }
}
