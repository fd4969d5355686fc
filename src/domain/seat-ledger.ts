/**
 * The books of a seat pool: who waits for seats of one product, who holds a promise, and what is left to promise. A state
 * machine without clock or I/O: every step names its instant (milliseconds since the epoch).
 *
 * A lease is *waiting*, then *held* until its deadline, then *settling* from the write on until a count shows it for
 * certain. A count shows a write for certain if it was asked for `lagMs` after it; until then the seat is taken off what
 * is free a second time rather than promised a second time.
 */
import type { SeatPriority } from './policy.js';

export interface LedgerRules {
  /** Longest time by which a count is behind the writes. */
  readonly lagMs: number;
  /** A seat is promised on a count that is at most so old. */
  readonly freshMs: number;
  /** From one count to the next while somebody waits. */
  readonly pollMs: number;
  /** One step of priority is worth so much waiting, so that nobody starves. */
  readonly ageingMs: number;
  /** A write that is cut off may still be carried out for so long. */
  readonly writeMs: number;
  /** More do not fit into one wait-list. */
  readonly waitingMax: number;
}

export interface SeatAsk {
  /** {@link leaseIdOf} */
  readonly leaseId: string;
  readonly units: number;
  /** A block may be given in part; 1 or more, at most `units`. */
  readonly atLeast: number;
  readonly priority: SeatPriority;
  /** When it was first asked for: decides the place, and is kept when it is asked for again. */
  readonly askedAt: number;
  readonly waitUntil: number;
  /** Once held, it ends by itself at this instant. */
  readonly heldUntil: number;
}

/** The answer to an {@link SeatAsk}. `refused`: its wait is over, or the wait-list is full. */
export interface SeatAnswer {
  readonly leaseId: string;
  readonly answer: 'granted' | 'refused';
  readonly units: number;
}

/** Seats as Graph counts them. */
export interface CountedSeats {
  /** Units that the policy lets be given away. */
  readonly assignable: number;
  readonly consumed: number;
  /** When the count was asked for; what it shows is not older than `lagMs` before. */
  readonly askedAt: number;
}

/**
 * - `requeued`: it held a promise that Graph did not keep; first of all.
 * - `bumped`: put to the head by an operator, in the order of these acts.
 * - `in-line`: by priority and time.
 */
export type Standing = 'requeued' | 'bumped' | 'in-line';

export interface WaitingLease extends SeatAsk {
  readonly standing: Standing;
  /** Since when it waits in these books: a count from before says nothing about it. */
  readonly arrivedAt: number;
}

export interface HeldLease extends SeatAsk {
  readonly since: number;
  /** How many of its units are assigned by now. */
  readonly used: number;
}

/** Seats that are assigned, or may be, and that a count need not show yet. */
export interface SettlingLease {
  readonly leaseId: string;
  readonly units: number;
  /** A count that was asked for `lagMs` after this instant shows them for certain. */
  readonly at: number;
}

/** Graph had no seat although the books had one: so many were consumed at that instant, whatever counts say. */
interface Refusal {
  readonly at: number;
  readonly consumed: number;
  /** False until a count was asked for afterwards. */
  readonly confirmed: boolean;
}

/** Seats that came to people who had waited, at one instant. */
interface Served {
  readonly at: number;
  readonly units: number;
}

/** Everything that one run of a pool hands to the next, small: a wait-list of thousands has to fit into one payload. */
export interface LedgerState {
  /** Instants of the rows are relative to this one. */
  readonly epoch: number;
  readonly count: CountedSeats | null;
  readonly refusal: Refusal | null;
  readonly served: readonly Served[];
  readonly passedOverAt: number;
  readonly waiting: readonly Row[];
  readonly held: readonly Row[];
  readonly settling: readonly SettlingLease[];
  readonly ended: readonly (readonly [leaseId: string, at: number])[];
}

type Row = readonly (string | number)[];

const PRIORITIES = ['high', 'normal', 'low'] as const satisfies readonly SeatPriority[];
const STANDINGS = ['requeued', 'bumped', 'in-line'] as const satisfies readonly Standing[];
/** Occasions from which the pace of a wait-list is told. */
const OCCASIONS = { min: 3, max: 20 };

/** A lease of a workflow. `occasion` tells its leases apart, also those of later runs. */
export function leaseIdOf(workflowId: string, firstRunId: string, occasion: string): string {
  return `${workflowId}#${firstRunId.slice(0, 8)}.${occasion}`;
}

/** Who has to be told about a lease; `null` for a lease of an operator. */
export function holderOf(leaseId: string): { readonly workflowId: string; readonly firstRunIdStart: string } | null {
  const [workflowId = '', rest] = leaseId.split('#');
  return rest === undefined ? null : { workflowId, firstRunIdStart: rest.slice(0, 8) };
}

export class SeatLedger {
  readonly #rules: LedgerRules;
  /** In the order in which they are served. */
  #waiting: WaitingLease[] = [];
  readonly #waits = new Map<string, WaitingLease>();
  readonly #held = new Map<string, HeldLease>();
  #settling: SettlingLease[] = [];
  /** Leases that have ended; a message about one that comes late must not bring it back. */
  readonly #ended = new Map<string, number>();
  #count: CountedSeats | null = null;
  #refusal: Refusal | null = null;
  #served: Served[] = [];
  /** Whoever arrived until then had to wait although seats were counted. */
  #passedOverAt = 0;
  #newestArrivalAt = 0;
  /** No wait and no promise ends before this instant, so that thousands of them are not looked at for each message. */
  #endsFrom = Infinity;

  constructor(rules: LedgerRules, state?: LedgerState) {
    this.#rules = rules;
    if (state !== undefined) this.#restore(state);
  }

  // --- what holders and operators say ---------------------------------------------------------------------------------

  /** The same lease may ask again: its place stays, its deadlines are the new ones. */
  ask(ask: SeatAsk, now: number): readonly SeatAnswer[] {
    const { leaseId, waitUntil, heldUntil } = ask;
    const held = this.#held.get(leaseId);
    if (held !== undefined) {
      this.#hold({ ...held, heldUntil });
      return [granted(held)];
    }
    const waiting = this.#waits.get(leaseId);
    if (waiting !== undefined) {
      this.#replace(waiting, { ...waiting, waitUntil, heldUntil });
      return [];
    }
    if (this.#ended.has(leaseId)) return [];
    if (this.#waiting.length >= this.#rules.waitingMax) return [refused(ask)];
    // A promise that ran out is asked for again by somebody who believed in it.
    const standing = this.#settling.some((lease) => lease.leaseId === leaseId) ? 'requeued' : 'in-line';
    this.#enqueue({ ...ask, standing, arrivedAt: now });
    return [];
  }

  /** So many of its units, all told, are assigned, or may be. */
  settle(leaseId: string, used: number, now: number): void {
    const held = this.#held.get(leaseId);
    this.#leaveQueue(leaseId);
    if (held === undefined) return this.#settleUnknown(leaseId, used, now);
    const units = Math.min(used, held.units) - held.used;
    if (units > 0) this.#settling.push({ leaseId, units, at: now });
    if (used < held.units) this.#hold({ ...held, used: Math.max(used, held.used) });
    else this.#end(leaseId, now);
  }

  /** What is not used of it is free again. */
  release(leaseId: string, now: number): void {
    this.#leaveQueue(leaseId);
    this.#end(leaseId, now);
  }

  /** Graph had no seat for this lease: back to the head of the wait-list. */
  refusedByGraph(leaseId: string, now: number): void {
    const held = this.#held.get(leaseId);
    if (held === undefined) return;
    this.#held.delete(leaseId);
    const { since: _since, used, ...ask } = held;
    this.#enqueue({ ...ask, units: ask.units - used, atLeast: 1, standing: 'requeued', arrivedAt: now });
    this.#refusal = { at: now, consumed: this.#count?.assignable ?? Number.MAX_SAFE_INTEGER, confirmed: false };
  }

  /** Puts a waiting lease to the head, or into the line of a priority. False where it does not wait. */
  rank(leaseId: string, to: 'head' | SeatPriority, now: number): boolean {
    const waiting = this.#waits.get(leaseId);
    if (waiting === undefined) return false;
    if (to !== 'head') this.#replace(waiting, { ...waiting, priority: to, standing: 'in-line' });
    else if (waiting.standing === 'in-line') {
      this.#leaveQueue(leaseId);
      // Bumped ones are served in the order of these acts, which is what their arrival then stands for.
      this.#enqueue({ ...waiting, standing: 'bumped', arrivedAt: now });
    }
    return true;
  }

  /** The holders of these leases have ended without a word; what they held may have been used. */
  orphaned(leaseIds: readonly string[], now: number): void {
    for (const leaseId of leaseIds) {
      this.#leaveQueue(leaseId);
      this.#mayBeUsed(leaseId, now);
    }
  }

  // --- counts, time -----------------------------------------------------------------------------------------------------

  /** Takes a count into the books and promises what it shows to be free. */
  counted(count: CountedSeats, now: number): readonly SeatAnswer[] {
    const { lagMs } = this.#rules;
    this.#count = count;
    this.#settling = this.#settling.filter(({ at }) => at + lagMs > count.askedAt);
    this.#refusal = this.#refusalAfter(count);
    return this.#grant((lease) => lease.arrivedAt <= count.askedAt, now);
  }

  /** Ends what has come to its end, and promises what is free by a count that is fresh enough. */
  advance(now: number): readonly SeatAnswer[] {
    const { freshMs, lagMs } = this.#rules;
    for (const [leaseId, at] of this.#ended) {
      if (at + lagMs > now) break;
      this.#ended.delete(leaseId);
    }
    const over = this.#endsFrom <= now ? this.#endWhatIsOver(now) : [];
    const isFresh = this.#count !== null && this.#count.askedAt + freshMs >= now;
    return [...over.map(refused), ...(isFresh ? this.#grant(() => true, now) : [])];
  }

  /** Whether a count is needed now: nobody waits, no count. */
  needsCount(now: number): boolean {
    const { freshMs, pollMs } = this.#rules;
    const [first] = this.#waiting;
    if (first === undefined) return false;
    if (this.#count === null) return true;
    const { askedAt } = this.#count;
    const isUnknown = this.#newestArrivalAt > askedAt + freshMs || this.#refusal?.confirmed === false;
    const isPromising = now > askedAt + freshMs && Math.min(this.free() ?? 0, first.units) >= first.atLeast;
    return isUnknown || isPromising || now >= askedAt + pollMs;
  }

  /** When to {@link advance} next: nothing happens by itself between `now` and then. `null` where nothing ever does. */
  nextAt(now: number): number | null {
    const countAt = this.#waiting.length > 0 && this.#count !== null ? this.#count.askedAt + this.#rules.pollMs : 0;
    const next = Math.min(this.#endsFrom, countAt > now ? countAt : Infinity);
    return next === Infinity ? null : next;
  }

  /** Nobody waits, nothing is held, and every count from `now` on shows what was written. */
  isIdle(now: number): boolean {
    const { lagMs } = this.#rules;
    const unseen = this.#settling.some(({ at }) => at + lagMs > now);
    const refusedLately = this.#refusal !== null && this.#refusal.at + lagMs > now;
    return this.#waiting.length === 0 && this.#held.size === 0 && !unseen && !refusedLately;
  }

  // --- what is known ------------------------------------------------------------------------------------------------

  get count(): CountedSeats | null {
    return this.#count;
  }

  /** In the order in which they are served. */
  get waiting(): readonly WaitingLease[] {
    return this.#waiting;
  }

  get held(): readonly HeldLease[] {
    return [...this.#held.values()];
  }

  get settling(): readonly SettlingLease[] {
    return this.#settling;
  }

  /** When Graph had no seat for somebody, as long as that outweighs what counts say; `null` where nothing does. */
  get refusedAt(): number | null {
    return this.#refusal?.at ?? null;
  }

  /** Seats that can be promised; below 0 where more is promised than there is; `null` before the first count. */
  free(): number | null {
    if (this.#count === null) return null;
    const unseen = sum(this.#settling.map(({ units }) => units));
    const held = sum([...this.#held.values()].map(({ units, used }) => units - used));
    return this.#count.assignable - Math.max(this.#count.consumed + unseen, this.#consumedByRefusal()) - held;
  }

  /**
   * When the lease at `position` (from 1) will be served if seats come as they came lately; `null` without a basis, which
   * is at least three occasions on which people who had waited were served.
   */
  estimateAt(position: number, now: number): number | null {
    const [first] = this.#served;
    if (first === undefined || this.#served.length < OCCASIONS.min) return null;
    // Until now, and not until the last occasion: a wait-list that stands still gets slower.
    const unitsPerMs = sum(this.#served.slice(1).map(({ units }) => units)) / Math.max(1, now - first.at);
    return now + Math.ceil(position / unitsPerMs);
  }

  state(now: number): LedgerState {
    return {
      epoch: now,
      count: this.#count,
      refusal: this.#refusal,
      served: this.#served,
      passedOverAt: this.#passedOverAt,
      waiting: this.#waiting.map((lease) => [
        ...askRow(lease, now),
        STANDINGS.indexOf(lease.standing),
        lease.arrivedAt - now,
      ]),
      held: [...this.#held.values()].map((lease) => [...askRow(lease, now), lease.since - now, lease.used]),
      settling: this.#settling,
      ended: [...this.#ended],
    };
  }

  // --- inside -------------------------------------------------------------------------------------------------------

  #grant(isCountedFor: (lease: WaitingLease) => boolean, now: number): readonly SeatAnswer[] {
    const answers: SeatAnswer[] = [];
    let free = this.#refusal?.confirmed === false ? 0 : (this.free() ?? 0);
    // Strictly in order: nobody passes someone who needs more than is free, or who came after the count.
    for (const lease of this.#waiting) {
      const units = Math.min(lease.units, free);
      if (units < lease.atLeast || !isCountedFor(lease)) break;
      const held = { ...withoutPlace(lease), units, since: now, used: 0 };
      this.#hold(held);
      this.#waits.delete(lease.leaseId);
      answers.push(granted(held));
      if (lease.arrivedAt <= this.#passedOverAt) this.#serve(units, now);
      free -= units;
    }
    this.#waiting = this.#waiting.slice(answers.length);
    if (this.#waiting.length > 0 && this.#count !== null) this.#passedOverAt = this.#newestArrivalAt;
    return answers;
  }

  #serve(units: number, now: number): void {
    const last = this.#served.at(-1);
    if (last?.at === now) this.#served.splice(-1, 1, { at: now, units: last.units + units });
    else this.#served = [...this.#served, { at: now, units }].slice(-OCCASIONS.max);
  }

  #hold(lease: HeldLease): void {
    this.#held.set(lease.leaseId, lease);
    this.#endsFrom = Math.min(this.#endsFrom, lease.heldUntil);
  }

  #enqueue(lease: WaitingLease): void {
    this.#waits.set(lease.leaseId, lease);
    this.#endsFrom = Math.min(this.#endsFrom, lease.waitUntil);
    this.#newestArrivalAt = Math.max(this.#newestArrivalAt, lease.arrivedAt);
    let [low, high] = [0, this.#waiting.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#waiting[middle];
      if (other !== undefined && this.#isBefore(other, lease)) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, lease);
  }

  #isBefore(a: WaitingLease, b: WaitingLease): boolean {
    const differs =
      STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) ||
      this.#rankOf(a) - this.#rankOf(b) ||
      a.askedAt - b.askedAt;
    return differs === 0 ? a.leaseId < b.leaseId : differs < 0;
  }

  #rankOf({ standing, priority, askedAt, arrivedAt }: WaitingLease): number {
    return standing === 'bumped' ? arrivedAt : askedAt + (PRIORITIES.indexOf(priority) - 1) * this.#rules.ageingMs;
  }

  #replace(before: WaitingLease, after: WaitingLease): void {
    this.#leaveQueue(before.leaseId);
    this.#enqueue(after);
  }

  #leaveQueue(leaseId: string): void {
    const lease = this.#waits.get(leaseId);
    if (lease === undefined) return;
    this.#waits.delete(leaseId);
    this.#waiting.splice(this.#waiting.indexOf(lease), 1);
  }

  #end(leaseId: string, now: number): void {
    this.#held.delete(leaseId);
    this.#remember(leaseId, now);
  }

  /** In the order of their ends. */
  #remember(leaseId: string, now: number): void {
    this.#ended.delete(leaseId);
    this.#ended.set(leaseId, now);
  }

  #settleUnknown(leaseId: string, units: number, now: number): void {
    const known = this.#settling.find((lease) => lease.leaseId === leaseId);
    const others = this.#settling.filter((lease) => lease !== known);
    this.#settling = [
      ...others,
      { leaseId, units: Math.max(units, known?.units ?? 0), at: Math.max(now, known?.at ?? 0) },
    ];
    this.#remember(leaseId, now);
  }

  /** Returns the waits that are over. Not kept as ended: whoever asks once more now gets the same answer once more. */
  #endWhatIsOver(now: number): readonly WaitingLease[] {
    for (const { leaseId, heldUntil } of [...this.#held.values()]) if (heldUntil <= now) this.#expire(leaseId, now);
    const over = this.#waiting.filter(({ waitUntil }) => waitUntil <= now);
    for (const { leaseId } of over) this.#waits.delete(leaseId);
    this.#waiting = this.#waiting.filter(({ waitUntil }) => waitUntil > now);
    this.#endsFrom = this.#firstEnd();
    return over;
  }

  #firstEnd(): number {
    let first = Infinity;
    for (const { waitUntil } of this.#waiting) first = Math.min(first, waitUntil);
    for (const { heldUntil } of this.#held.values()) first = Math.min(first, heldUntil);
    return first;
  }

  /** An operator's lease is nobody's to use; whoever else held one may have used it before the end. */
  #expire(leaseId: string, now: number): void {
    if (holderOf(leaseId) === null) this.#end(leaseId, now);
    else this.#mayBeUsed(leaseId, now);
  }

  #mayBeUsed(leaseId: string, now: number): void {
    const held = this.#held.get(leaseId);
    if (held === undefined) return;
    this.#held.delete(leaseId);
    this.#settling.push({ leaseId, units: held.units - held.used, at: now + this.#rules.writeMs });
  }

  #refusalAfter({ askedAt, assignable }: CountedSeats): Refusal | null {
    const refusal = this.#refusal;
    if (refusal === null || refusal.at + this.#rules.lagMs <= askedAt) return null;
    if (refusal.confirmed || askedAt < refusal.at) return refusal;
    // Units may have been bought or withdrawn since the count before; the lower figure is the one that was used up.
    return { ...refusal, consumed: Math.min(refusal.consumed, assignable), confirmed: true };
  }

  #consumedByRefusal(): number {
    const refusal = this.#refusal;
    if (refusal === null) return 0;
    return refusal.consumed + sum(this.#settling.filter(({ at }) => at > refusal.at).map(({ units }) => units));
  }

  #restore({ epoch, waiting, held, ...rest }: LedgerState): void {
    for (const row of held) {
      const [since, used] = row.slice(ASK_CELLS) as [number, number];
      const lease = { ...askOfRow(row, epoch), since: since + epoch, used };
      this.#held.set(lease.leaseId, lease);
    }
    this.#waiting = waiting.map((row) => {
      const [standing, arrivedAt] = row.slice(ASK_CELLS) as [number, number];
      return { ...askOfRow(row, epoch), standing: STANDINGS[standing] ?? 'in-line', arrivedAt: arrivedAt + epoch };
    });
    for (const lease of this.#waiting) this.#waits.set(lease.leaseId, lease);
    this.#newestArrivalAt = this.#waiting.reduce((newest, { arrivedAt }) => Math.max(newest, arrivedAt), 0);
    this.#settling = [...rest.settling];
    for (const [leaseId, at] of rest.ended) this.#ended.set(leaseId, at);
    this.#count = rest.count;
    this.#refusal = rest.refusal;
    this.#served = [...rest.served];
    this.#passedOverAt = rest.passedOverAt;
    this.#endsFrom = this.#firstEnd();
  }
}

const ASK_CELLS = 7;

function askRow(ask: SeatAsk, epoch: number): Row {
  const { leaseId, units, atLeast, priority, askedAt, waitUntil, heldUntil } = ask;
  return [
    ...[leaseId, units, atLeast, PRIORITIES.indexOf(priority)],
    ...[askedAt - epoch, waitUntil - epoch, heldUntil - epoch],
  ];
}

function askOfRow(row: Row, epoch: number): SeatAsk {
  const [leaseId, units, atLeast, priority, askedAt, waitUntil, heldUntil] = row as [
    string,
    ...[number, number, number, number, number, number],
  ];
  return {
    ...{ leaseId, units, atLeast, priority: PRIORITIES[priority] ?? 'normal' },
    ...{ askedAt: askedAt + epoch, waitUntil: waitUntil + epoch, heldUntil: heldUntil + epoch },
  };
}

function withoutPlace({ standing: _standing, arrivedAt: _arrivedAt, ...ask }: WaitingLease): SeatAsk {
  return ask;
}

function granted({ leaseId, units }: HeldLease): SeatAnswer {
  return { leaseId, answer: 'granted', units };
}

function refused({ leaseId }: SeatAsk): SeatAnswer {
  return { leaseId, answer: 'refused', units: 0 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
