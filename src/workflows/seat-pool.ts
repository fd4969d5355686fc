/**
 * The seats of one product: who holds one, who waits, who is next.
 *
 * Holders send signals, and each gets one signal back. Signals and commands only change the books (`SeatLedger`); the loop
 * then does what the books ask for: it sends answers, counts seats while somebody waits, looks for holders that have
 * ended without a word. It goes on in a new run after so many messages, with everything that is open, and ends when
 * nobody waits and nothing is held.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { NoticeInput } from '../contracts/notice.js';
import { actorName } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { HeldLease, SeatAnswer, SettlingLease, WaitingLease } from '../domain/seat-ledger.js';
import { holderOf, SeatLedger } from '../domain/seat-ledger.js';
import { NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import type {
  CarriedPool,
  HoldCommand,
  HoldNote,
  LeaseView,
  LowSeatsWarning,
  OperatorAct,
  OperatorCommand,
  RankCommand,
  SeatMessage,
  SeatPoolInput,
  SeatPoolView,
} from '../contracts/seat-pool.js';
import {
  askSeat,
  endLease,
  holdSeats,
  manySeatMessages,
  NO_SUCH_LEASE,
  rankLease,
  releaseSeat,
  seatAnswered,
  seatLeasesOf,
  seatPoolView,
  seatRefused,
  settleSeat,
} from '../contracts/seat-pool.js';
import { poolStory } from '../contracts/seat-story.js';
import { reading } from './activity-proxies.js';
import { Alarm } from './alarm.js';
import { deliverNotice } from './deliver-notice.js';
import { iso, now } from './instants.js';
import { failureOf } from './keep-trying.js';
import { refused } from './refusal.js';

export async function seatPool(input: SeatPoolInput): Promise<void> {
  const pool = new SeatPoolRun(input);
  pool.setup();
  // Others rely on its books, so a cancellation does not end it.
  return CancellationScope.nonCancellable(() => pool.run());
}

/** Answers on their way at a time: as many as one task sends well within the 5 seconds that the SDK gives it. */
const SENDING_MAX = 50;
/** Holders that one check looks at. */
const CHECKED_MAX = 100;
const ACTS_MAX = 20;
/** Leases that the Temporal UI shows. */
const SHOWN_MAX = 20;

class SeatPoolRun {
  readonly #input: SeatPoolInput;
  readonly #ledger: SeatLedger;
  readonly #alarm = new Alarm(() => this.#changes++);
  #outbox: readonly SeatAnswer[];
  #notes: Readonly<Record<string, HoldNote>>;
  #acts: readonly OperatorAct[];
  #product: string | null;
  #lowSince: string | null;
  #warning: LowSeatsWarning | null;
  #lastFailure: (Failure & { readonly at: string }) | null = null;
  /** After a count that failed: not before this instant. */
  #countNotBefore = 0;
  #warnBelow: number | null = null;
  #messages = 0;
  /** Grows with everything that the loop has to look at. */
  #changes = 0;
  #isCounting = false;
  #isSending = false;
  /** Where the next check of holders begins. */
  #checked = 0;
  #needsAttention = false;
  #idleSince: number | null = null;
  #isLeaving = false;

  constructor(input: SeatPoolInput) {
    const { pace, carried } = input;
    this.#input = input;
    this.#ledger = new SeatLedger(
      { ...pace.seats, writeMs: pace.write.startToCloseMs },
      ...(carried === null ? [] : [carried.ledger]),
    );
    this.#outbox = carried?.outbox ?? [];
    this.#notes = carried?.notes ?? {};
    this.#acts = carried?.acts ?? [];
    this.#product = carried?.product ?? null;
    this.#lowSince = carried?.lowSince ?? null;
    this.#warning = carried?.warning ?? null;
    this.#needsAttention = workflowInfo().typedSearchAttributes.get(NEEDS_ATTENTION) ?? false;
  }

  setup(): void {
    setHandler(askSeat, (ask) => this.#hear({ kind: 'ask', ask }));
    setHandler(settleSeat, (leaseId, used) => this.#hear({ kind: 'settle', leaseId, used }));
    setHandler(releaseSeat, (leaseId) => this.#hear({ kind: 'release', leaseId }));
    setHandler(seatRefused, (leaseId) => this.#hear({ kind: 'refused', leaseId }));
    setHandler(manySeatMessages, (messages) => {
      for (const message of messages) this.#hear(message);
    });
    setHandler(holdSeats, (command) => this.#hold(command));
    setHandler(endLease, (command) => this.#endLease(command), {
      validator: ({ leaseId }: OperatorCommand) => this.#requireLease(leaseId),
    });
    setHandler(rankLease, (command) => this.#rank(command), {
      validator: ({ leaseId }: RankCommand) => this.#requireWaiting(leaseId),
    });
    setHandler(seatPoolView, (limit) => this.#view(limit));
    setHandler(seatLeasesOf, (workflowId) => this.#leasesOf(workflowId));
  }

  async run(): Promise<void> {
    if (this.#warning !== null) void this.#warn(this.#warning);
    for (;;) {
      this.#answer(this.#ledger.advance(Date.now()));
      if (this.#isTooLong()) this.#isLeaving = true;
      // Not before all answers are out: one that is sent in the task that goes on in a new run would be lost.
      if (this.#mayLeave()) return this.#goOn();
      if (!this.#isLeaving) this.#work();
      if (this.#isOver()) return;
      this.#publish();
      const seen = this.#changes;
      await condition(() => this.#changes !== seen || this.#mayLeave());
    }
  }

  // --- the loop -----------------------------------------------------------------------------------------------------

  #work(): void {
    const nowMs = Date.now();
    if (this.#outbox.length > 0 && !this.#isSending) void this.#send();
    const mayCount = !this.#isCounting && nowMs >= this.#countNotBefore;
    if (mayCount && this.#ledger.needsCount(nowMs)) void this.#count();
    const retryAt = this.#countNotBefore > nowMs ? this.#countNotBefore : null;
    for (const at of [this.#ledger.nextAt(nowMs), retryAt, this.#idleUntil(nowMs)])
      if (at !== null) this.#alarm.ringAt(at);
  }

  /** Sends answers, as many at once as the server likes. Who cannot be told any more needs no seat. */
  async #send(): Promise<void> {
    this.#isSending = true;
    const batch = this.#outbox.slice(0, SENDING_MAX);
    const told = await Promise.all(batch.map((answer) => tell(answer)));
    this.#outbox = this.#outbox.slice(batch.length);
    batch.forEach(({ leaseId }, i) => {
      if (told[i] !== true) this.#ledger.release(leaseId, Date.now());
    });
    this.#isSending = false;
    this.#changes++;
  }

  async #count(): Promise<void> {
    this.#isCounting = true;
    const { pace, skuId } = this.#input;
    const askedAt = Date.now();
    try {
      const [{ assignable, consumed, product, warnBelow }] = await Promise.all([
        reading(pace, `count the seats of ${skuId}`).countSeats({ skuId }),
        this.#lookForOrphans(),
      ]);
      this.#product = product;
      this.#warnBelow = warnBelow;
      this.#lastFailure = null;
      this.#countNotBefore = 0;
      this.#answer(this.#ledger.counted({ assignable, consumed, askedAt }, Date.now()));
      this.#watchLowSeats();
    } catch (error) {
      this.#lastFailure = { ...failureOf(error).failure, at: now() };
      this.#countNotBefore = Date.now() + Math.max(pace.seats.pollMs, this.#lastFailure.retryAfterMs ?? 0);
    }
    this.#isCounting = false;
    this.#changes++;
  }

  /** Holders that were terminated release nothing. They are looked for while somebody waits for what they hold. */
  async #lookForOrphans(): Promise<void> {
    const { pace } = this.#input;
    const old = this.#ledger.held.filter(({ since }) => since + pace.seats.pollMs <= Date.now());
    const leaseIds = old.map(({ leaseId }) => leaseId).filter((leaseId) => holderOf(leaseId) !== null);
    if (leaseIds.length === 0) return;
    const from = this.#checked % leaseIds.length;
    const batch = [...leaseIds.slice(from), ...leaseIds.slice(0, from)].slice(0, CHECKED_MAX);
    this.#checked = from + batch.length;
    try {
      this.#ledger.orphaned(await reading(pace, 'look for holders that have ended').endedHolders(batch), Date.now());
    } catch (error) {
      // It is tried again with the next count, and every lease ends by itself.
      failureOf(error);
    }
  }

  #watchLowSeats(): void {
    const free = this.#ledger.free() ?? 0;
    const isLow = this.#warnBelow !== null && free < this.#warnBelow;
    if (!isLow) this.#lowSince = null;
    else if (this.#lowSince === null) {
      this.#lowSince = now();
      void this.#warn({ since: this.#lowSince, free: Math.max(0, free), below: this.#warnBelow ?? 0 });
    }
  }

  /** In the background: a warning holds nothing up. One that waits for a morning is dropped once there are enough again. */
  async #warn(warning: LowSeatsWarning): Promise<void> {
    const { since, free, below } = warning;
    let { until } = warning;
    while (this.#lowSince === since) {
      this.#warning = { since, free, below, ...(until !== undefined && { until }) };
      if (until !== undefined) {
        await condition(() => this.#lowSince !== since, Math.max(1, Date.parse(until) - Date.now()), {
          summary: 'end of quiet hours for a warning of low seats',
        });
        until = undefined;
        continue;
      }
      const delivery = await deliverNotice(this.#notice(warning), this.#input.pace, () => this.#isLeaving);
      if (delivery.outcome === 'deferred') ({ until } = delivery);
      else {
        for (const { channel, reason } of delivery.missed)
          this.#note(`A warning of low seats was not delivered${channel === null ? '' : ` by ${channel}`}: ${reason}`);
        break;
      }
    }
    if (this.#warning?.since === since) this.#warning = null;
    this.#changes++;
  }

  #notice({ since, free, below }: LowSeatsWarning): NoticeInput {
    const { tenantId, skuId } = this.#input;
    const [product, waiting] = [this.#product ?? skuId, this.#ledger.waiting.length];
    return {
      key: `low-seats/${tenantId}/${skuId}/${since}`,
      ...{ kind: 'low-seats', to: 'operators' },
      facts: { about: 'seats', skuId, product, free, below, waiting },
    };
  }

  #answer(answers: readonly SeatAnswer[]): void {
    if (answers.length === 0) return;
    this.#outbox = [...this.#outbox, ...answers.filter(({ leaseId }) => holderOf(leaseId) !== null)];
  }

  #hear(message: SeatMessage): void {
    this.#heard(() => {
      switch (message.kind) {
        case 'ask':
          return this.#answer(this.#ledger.ask(message.ask, Date.now()));
        case 'settle':
          return this.#ledger.settle(message.leaseId, message.used, Date.now());
        case 'release':
          return this.#ledger.release(message.leaseId, Date.now());
        case 'refused':
          return this.#ledger.refusedByGraph(message.leaseId, Date.now());
      }
    });
  }

  #heard(change: () => void): void {
    this.#messages++;
    this.#changes++;
    change();
  }

  #isTooLong(): boolean {
    return this.#messages >= this.#input.pace.seats.messagesMax || workflowInfo().continueAsNewSuggested;
  }

  #mayLeave(): boolean {
    return this.#isLeaving && !this.#isSending && !this.#isWarning() && allHandlersFinished();
  }

  /** One that waits for the end of quiet hours goes with the books. */
  #isWarning(): boolean {
    return this.#warning !== null && this.#warning.until === undefined;
  }

  #goOn(): Promise<never> {
    const notes = Object.entries(this.#notes).filter(([leaseId]) => this.#lease(leaseId) !== null);
    const carried: CarriedPool = {
      ledger: this.#ledger.state(Date.now()),
      outbox: this.#outbox,
      notes: Object.fromEntries(notes),
      acts: this.#acts,
      product: this.#product,
      lowSince: this.#lowSince,
      ...(this.#warning !== null && { warning: this.#warning }),
    };
    return continueAsNew<typeof seatPool>({ ...this.#input, carried });
  }

  /** When it has been idle for long enough; an episode of low seats is remembered as long as it lasts. */
  #idleUntil(nowMs: number): number | null {
    const isTelling = this.#isSending || this.#isWarning() || this.#outbox.length > 0;
    const isBusy = this.#isCounting || isTelling || this.#lowSince !== null;
    if (isBusy || !this.#ledger.isIdle(nowMs)) this.#idleSince = null;
    else this.#idleSince ??= nowMs;
    const { idleMs, lagMs } = this.#input.pace.seats;
    if (this.#idleSince !== null) return this.#idleSince + idleMs;
    // What settles needs no count to be over, only time.
    const nothingOpen = this.#ledger.waiting.length === 0 && this.#ledger.held.length === 0;
    return nothingOpen && !isBusy ? nowMs + lagMs : null;
  }

  #isOver(): boolean {
    const idleFor = this.#idleSince === null ? -1 : Date.now() - this.#idleSince;
    return idleFor >= this.#input.pace.seats.idleMs && allHandlersFinished();
  }

  // --- operators ----------------------------------------------------------------------------------------------------

  async #hold({ leaseId, actor, reason, units, until, priority }: HoldCommand): Promise<LeaseView> {
    const askedAt = Date.now();
    if (this.#lease(leaseId) === null) {
      this.#notes = { ...this.#notes, [leaseId]: { by: actorName(actor), reason } };
      this.#note(`${actorName(actor)} keeps ${String(units)} back as ${leaseId}: ${reason}`);
    }
    const ask = { leaseId, units, atLeast: units, priority, askedAt, waitUntil: until, heldUntil: until };
    this.#heard(() => {
      this.#answer(this.#ledger.ask(ask, askedAt));
      this.#answer(this.#ledger.advance(askedAt));
    });
    // The answer says what came of a count that is fresh enough, unless there is none to be had now.
    const isCounted = () => !this.#isCounting && !this.#ledger.needsCount(Date.now());
    const isAnswered = () => this.#lease(leaseId)?.state !== 'waiting' || isCounted() || this.#lastFailure !== null;
    await condition(() => isAnswered() || this.#isLeaving);
    const lease = this.#lease(leaseId);
    if (lease === null) throw refused(NO_SUCH_LEASE, `The lease ${leaseId} has ended already. Use a new one.`);
    return lease;
  }

  #endLease({ leaseId, actor, reason }: OperatorCommand): void {
    this.#note(`${actorName(actor)} ends ${leaseId}: ${reason}`);
    this.#heard(() => {
      if (holderOf(leaseId) === null) this.#ledger.release(leaseId, Date.now());
      else this.#ledger.orphaned([leaseId], Date.now());
    });
  }

  #rank({ leaseId, actor, reason, to }: RankCommand): LeaseView {
    this.#note(
      `${actorName(actor)} puts ${leaseId} ${to === 'head' ? 'to the head' : `into ${to} priority`}: ${reason}`,
    );
    this.#heard(() => this.#ledger.rank(leaseId, to, Date.now()));
    const lease = this.#lease(leaseId);
    if (lease === null) throw refused(NO_SUCH_LEASE, `The lease ${leaseId} waits no more.`);
    return lease;
  }

  #requireLease(leaseId: string): void {
    if (this.#lease(leaseId) === null) throw refused(NO_SUCH_LEASE, `This pool has no lease ${leaseId}.`);
  }

  #requireWaiting(leaseId: string): void {
    if (this.#lease(leaseId)?.state !== 'waiting') throw refused(NO_SUCH_LEASE, `${leaseId} does not wait here.`);
  }

  #note(text: string): void {
    this.#acts = [...this.#acts, { at: now(), text }].slice(-ACTS_MAX);
  }

  // --- what can be seen ---------------------------------------------------------------------------------------------

  #view(limit: number): SeatPoolView {
    const { tenantId, skuId } = this.#input;
    const { count, waiting, held, settling } = this.#ledger;
    const nextCount = Math.max(this.#countNotBefore, (count?.askedAt ?? 0) + this.#input.pace.seats.pollMs);
    return {
      ...{ tenantId, skuId, product: this.#product },
      count: count && { assignable: count.assignable, consumed: count.consumed, at: iso(count.askedAt) },
      free: this.#ledger.free(),
      refusedAt: this.#ledger.refusedAt === null ? null : iso(this.#ledger.refusedAt),
      held: held.reduce((units, lease) => units + lease.units - lease.used, 0),
      settling: settling.reduce((units, lease) => units + lease.units, 0),
      waiting: waiting.length,
      nextCountAt: waiting.length === 0 ? null : iso(Math.max(Date.now(), nextCount)),
      lastFailure: this.#lastFailure,
      leases: [
        ...held.slice(0, limit).map((lease) => this.#heldView(lease)),
        ...settling.slice(0, Math.max(0, limit - held.length)).map((lease) => this.#settlingView(lease)),
      ],
      waitList: waiting.slice(0, limit).map((lease, i) => this.#waitView(lease, i + 1)),
      acts: this.#acts,
    };
  }

  #leasesOf(name: string): readonly LeaseView[] {
    const isMeant = ({ leaseId }: { leaseId: string }) => leaseId === name || holderOf(leaseId)?.workflowId === name;
    const { held, waiting } = this.#ledger;
    return [
      ...held.filter(isMeant).map((lease) => this.#heldView(lease)),
      ...waiting.flatMap((lease, i) => (isMeant(lease) ? [this.#waitView(lease, i + 1)] : [])),
    ];
  }

  #lease(leaseId: string): LeaseView | null {
    return this.#leasesOf(leaseId).at(0) ?? null;
  }

  #waitView(lease: WaitingLease, position: number): LeaseView {
    const { leaseId, units, priority, askedAt, waitUntil, standing } = lease;
    const estimate = this.#ledger.estimateAt(position, Date.now());
    return {
      ...this.#names(leaseId),
      ...{ state: 'waiting', units, priority, since: iso(askedAt), until: iso(waitUntil), position, standing },
      estimate: estimate === null ? null : iso(estimate),
    };
  }

  #heldView({ leaseId, units, used, priority, since, heldUntil }: HeldLease): LeaseView {
    return {
      ...this.#names(leaseId),
      ...{ state: 'held', units: units - used, priority, since: iso(since), until: iso(heldUntil) },
      ...{ position: null, standing: null, estimate: null },
    };
  }

  #settlingView({ leaseId, units, at }: SettlingLease): LeaseView {
    return {
      ...this.#names(leaseId),
      ...{ state: 'settling', units, priority: 'normal', since: iso(at) },
      ...{ until: iso(at + this.#input.pace.seats.lagMs), position: null, standing: null, estimate: null },
    };
  }

  #names(leaseId: string): Pick<LeaseView, 'leaseId' | 'holder' | 'note'> {
    return { leaseId, holder: holderOf(leaseId)?.workflowId ?? null, note: this.#notes[leaseId] ?? null };
  }

  #publish(): void {
    setCurrentDetails(poolStory(this.#view(SHOWN_MAX)));
    const value = this.#lastFailure !== null && meaningOf(this.#lastFailure.code).handling === 'fix-access';
    if (value === this.#needsAttention) return;
    this.#needsAttention = value;
    upsertSearchAttributes([{ key: NEEDS_ATTENTION, value }]);
  }
}

/** False where the holder has ended. */
async function tell(answer: SeatAnswer): Promise<boolean> {
  const workflowId = holderOf(answer.leaseId)?.workflowId;
  if (workflowId === undefined) return true;
  try {
    await getExternalWorkflowHandle(workflowId).signal(seatAnswered, answer);
    return true;
  } catch {
    return false;
  }
}
