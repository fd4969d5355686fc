/**
 * The writes of a page: a window of them is kept full, each user is read until it is seen what became of them, passing
 * failures are tried again. Who may be written, and until when, the page says; what an answer means, the rules say.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { PageUser } from '../contracts/campaign-page.js';
import type { CampaignPace } from '../contracts/campaign.js';
import type { WriteLicensesResult } from '../contracts/license-change.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { Signature, UserState } from '../domain/campaign.js';
import type { Direction, Effort, EffortRules, Ending, Verdict, WriteEnd } from '../domain/campaign-page.js';
import {
  addedSkus, afterRead, afterUnread, afterWrite, burstOf, endState, newEffort, queued, readingOf, stateOf, tickAfter,
} from '../domain/campaign-page.js'; // prettier-ignore
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { LicenseChange, SkuId, TouchedState } from '../domain/license.js';
import { change, restoration, skuIdsOf } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import { reading, writing } from './activity-proxies.js';
import { failureOf } from './keep-trying.js';
import type { SeatBlocks } from './seat-block.js';

/** What the writes know of their page, and tell it. */
export interface WritesOwner {
  readonly user: (index: number) => PageUser;
  readonly signature: (index: number) => Signature;
  readonly contents: () => SkuContents;
  /** A user has come into another state, or more is known of them. */
  readonly put: (index: number, user: PageUser) => void;
  /** A user has an outcome. */
  readonly ended: (state: UserState, index: number) => void;
  readonly failed: (failure: Failure) => void;
  /** Whether a write may start now, as far as the page is concerned. */
  readonly mayWrite: () => boolean;
  /** A write has ended, whatever came of it. */
  readonly wrote: () => void;
  /** There is something to look at. */
  readonly changed: () => void;
}

export interface WritesOrder {
  /** On which way users may be written. */
  readonly direction: Direction;
  /** Writes that are scheduled at a time. */
  readonly window: number;
  readonly perSecond: number | null;
  readonly seatWaitMs: number;
}

export interface WritesOptions {
  readonly pace: Pace;
  readonly campaignPace: CampaignPace;
  readonly efforts: readonly (readonly [number, Effort])[];
  readonly seats: SeatBlocks;
  readonly owner: WritesOwner;
}

export class PageWrites {
  readonly #pace: Pace;
  readonly #tickMs: number;
  readonly #rules: EffortRules;
  readonly #seats: SeatBlocks;
  readonly #owner: WritesOwner;
  readonly #efforts: Map<number, Effort>;
  /** Nothing may be written without one. */
  #order: WritesOrder | null = null;
  #scope = new CancellationScope();
  #inFlight = 0;
  #reads = 0;
  #isDraining = false;
  #isCancelled = false;
  /** Writes that may start now by the pace of the order, as of {@link #countedAt}. */
  #allowance = Infinity;
  #countedAt = 0;
  /** The application was not let in: no further user before this instant. */
  #lockedOutUntil = 0;

  constructor({ pace, campaignPace, efforts, seats, owner }: WritesOptions) {
    this.#pace = pace;
    this.#tickMs = campaignPace.statusMs;
    this.#seats = seats;
    this.#owner = owner;
    this.#rules = {
      rounds: pace.write.rounds,
      settleMs: pace.settleMs,
      verifyDeadlineMs: pace.verify.deadlineMs,
      againDeadlineMs: pace.again.deadlineMs,
      verifyMs: (n) => backoffMs(pace.verify, n),
      againMs: (n) => backoffMs(pace.again, n),
    };
    this.#efforts = new Map();
    for (const [index, effort] of efforts) this.#put(index, effort);
  }

  // --- what the page says ---------------------------------------------------------------------------------------------

  /** It is the turn of this user. */
  begin(index: number, effort: Effort = newEffort('forward')): void {
    this.#seats.drop(index);
    this.#put(index, effort);
  }

  /** This user is on no way any more. */
  forget(index: number): void {
    this.#efforts.delete(index);
    this.#seats.drop(index);
  }

  /** From now on writes may start. Calling it again changes the pace. */
  allow(order: WritesOrder): void {
    if (this.#order === null) this.#scope = new CancellationScope();
    if (this.#order?.perSecond !== order.perSecond) this.#allowance = Infinity;
    this.#order = order;
    for (const [index, effort] of this.#onTheWay(order.direction)) this.#claim(index, effort);
  }

  /** Time begins anew for those who were stopped on their way; the next write of each begins with a read. */
  resume(): void {
    this.#isCancelled = false;
    for (const [index, effort] of [...this.#efforts]) {
      if (effort.isCutOff) this.#put(index, queued(effort));
      else this.#put(index, { ...effort, tries: 0, failingSince: 0, seatBy: 0 });
    }
  }

  /** No write starts any more; those that are queued are called back, and those that have started are waited for. */
  halt(): void {
    if (this.#order === null) return;
    this.#order = null;
    this.#scope.cancel();
  }

  /** No write and no read starts any more in this run, and all that have been scheduled go on. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Seats of users whose write may have been made count as used. */
  giveSeatsBack(): void {
    const now = Date.now();
    for (const [index, { unsettledUntil }] of this.#efforts) if (unsettledUntil > now) this.#seats.used(index);
    this.#seats.giveBack();
  }

  /** Who was not written is left as they are; who may have been written is read until it is certain. */
  cancel(): void {
    this.#isCancelled = true;
    const now = Date.now();
    for (const [index, effort] of this.#onTheWay('forward')) {
      if (effort.phase === 'verifying' || effort.phase === 'writing') continue;
      if (effort.repairOf !== null) this.#end(index, effort, 'refused', effort.repairOf);
      else if (effort.unsettledUntil <= now) this.#end(index, effort, 'unchanged');
      else this.#put(index, { ...effort, phase: 'verifying', verifyingSince: now, reads: 0, dueAt: now });
    }
  }

  /** Nothing can be done for those who are on their way in this direction. */
  giveUp(direction: Direction, failure: Failure): void {
    this.#owner.failed(failure);
    for (const [index, effort] of this.#onTheWay(direction)) this.#end(index, effort, 'refused', failure);
  }

  // --- what can be asked ----------------------------------------------------------------------------------------------

  get isWriting(): boolean {
    return this.#inFlight > 0;
  }

  get isBusy(): boolean {
    return this.#inFlight > 0 || this.#reads > 0;
  }

  /** Until when a user who looks unchanged may be a read that is behind; 0 where nothing speaks for it. */
  unsettledUntil(index: number): number {
    return this.#efforts.get(index)?.unsettledUntil ?? 0;
  }

  /** Users who are on their way in this direction. */
  underWay(direction: Direction): number {
    return this.#onTheWay(direction).length;
  }

  /** Whether all who are on their way in this direction wait for a seat. */
  isOnlySeats(direction: Direction): boolean {
    const efforts = this.#onTheWay(direction);
    return efforts.length > 0 && efforts.every(([, { phase }]) => phase === 'seat');
  }

  /** A write of which Graph left one half is part of the way on which it was made. */
  #onTheWay(direction: Direction): readonly (readonly [number, Effort])[] {
    const isMeant = (effort: Effort) => (effort.repairOf === null ? effort.direction : 'forward') === direction;
    return [...this.#efforts].filter(([, effort]) => isMeant(effort));
  }

  carried(): readonly (readonly [number, Effort])[] {
    return [...this.#efforts];
  }

  // --- the work -------------------------------------------------------------------------------------------------------

  /** Does what is due. Returns when to look again. */
  work(now: number): number {
    if (this.#isDraining) return Infinity;
    if (this.#order !== null) this.#giveOut(this.#order.direction, now);
    this.#readDue(now);
    const { verify, again } = this.#pace;
    const isRead = this.#reads > 0;
    const dues = [...this.#efforts.values()].map(({ phase, dueAt }) => {
      if (phase === 'verifying' && !isRead) return tickAfter(dueAt, verify.firstMs);
      return phase === 'retrying' && this.#order !== null ? tickAfter(dueAt, again.firstMs) : Infinity;
    });
    return Math.min(Infinity, ...dues, this.#nextStart(now));
  }

  #giveOut(direction: Direction, now: number): void {
    for (const [index, effort] of this.#onTheWay(direction))
      if (effort.phase === 'retrying' && tickAfter(effort.dueAt, this.#pace.again.firstMs) <= now)
        this.#put(index, { ...effort, phase: 'queued' });
    for (const index of this.#seats.over(now)) this.seatRefused(index);
    for (const [index, effort] of this.#onTheWay(direction)) {
      const has = this.#seats.has(index);
      if (effort.phase === 'queued' && !has) this.#put(index, { ...effort, phase: 'seat' });
      else if (effort.phase === 'seat' && has) this.#put(index, { ...effort, phase: 'queued' });
    }
    const free = Math.min(this.#freeInWindow(now), this.#allowed(now));
    const next = this.#queue().slice(0, Math.max(0, Math.floor(free)));
    this.#allowance -= next.length;
    for (const index of next) void this.#write(index);
  }

  #queue(): readonly number[] {
    if (this.#order === null) return [];
    const onTheWay = this.#onTheWay(this.#order.direction);
    const queue = onTheWay.filter(([, { phase }]) => phase === 'queued').map(([index]) => index);
    return queue.sort((a, b) => a - b);
  }

  #freeInWindow(now: number): number {
    return now < this.#lockedOutUntil || !this.#owner.mayWrite() ? 0 : (this.#order?.window ?? 0) - this.#inFlight;
  }

  /** Writes that may start now by the rate of the order: what was not used is kept for one tick. */
  #allowed(now: number): number {
    const perSecond = this.#order?.perSecond ?? null;
    if (perSecond === null) return Infinity;
    const earned = ((now - this.#countedAt) * perSecond) / 1_000;
    this.#allowance = Math.min(burstOf(perSecond, this.#tickMs), this.#allowance + earned);
    this.#countedAt = now;
    return this.#allowance;
  }

  /** When the next write may start of which only the time keeps it. */
  #nextStart(now: number): number {
    if (this.#order === null || this.#queue().length === 0) return Infinity;
    if (now < this.#lockedOutUntil) return this.#lockedOutUntil;
    const { perSecond, window } = this.#order;
    if (perSecond === null || this.#inFlight >= window || this.#allowance >= 1) return Infinity;
    return now + Math.ceil(((burstOf(perSecond, this.#tickMs) - this.#allowance) * 1_000) / perSecond);
  }

  async #write(index: number): Promise<void> {
    const effort = this.#effort(index);
    const { id } = this.#owner.user(index);
    const { from, to } = this.#ends(index, effort);
    this.#put(index, { ...effort, phase: 'writing' });
    this.#inFlight++;
    const back = effort.direction === 'back' ? ', back to before' : '';
    let end: WriteEnd;
    try {
      const written = await this.#scope.run(() =>
        writing(this.#pace, `assignLicense for ${id}${back}`, 'campaign').writeLicenses({
          ...{ userId: id, before: from, target: to, priority: 'campaign' },
        }),
      );
      this.#keepRequestId(index, effort, written);
      end = written.outcome === 'done' ? { kind: 'seen', wrote: written.wrote } : { kind: 'accepted' };
    } catch (error) {
      end = endOf(error, to);
    }
    this.#inFlight--;
    this.#owner.wrote();
    const verdict = afterWrite(effort, end, Date.now(), this.#rules);
    this.#noteUse(index, effort, end, verdict.effort?.phase === 'retrying');
    this.#follow(index, verdict);
    if (this.#isCancelled) this.cancel();
    this.#owner.changed();
  }

  #keepRequestId(index: number, { direction }: Effort, { requestId }: WriteLicensesResult): void {
    if (requestId === null) return;
    this.#set(index, direction === 'back' ? { restoreId: requestId } : { writeId: requestId });
  }

  /** What a write that ended so says about the user's seats, and about whether licenseflow changed them. */
  #noteUse(index: number, effort: Effort, end: WriteEnd, isTriedAgain: boolean): void {
    const isPerhapsSeen = end.kind === 'seen' && (end.wrote || effort.unsettledUntil > 0);
    const isPerhapsMade = end.kind === 'failed' && end.perhapsMade;
    const mayHaveWritten = end.kind === 'accepted' || end.kind === 'cut-off' || isPerhapsSeen || isPerhapsMade;
    if (mayHaveWritten && effort.direction === 'forward') this.#set(index, { wrote: true });
    if (end.kind === 'failed' && end.failure.code === 'NO_SEATS') this.#noSeat(index, effort, end.failure);
    else if (mayHaveWritten && !isTriedAgain) this.#seats.used(index);
    else if (end.kind === 'seen') this.#seats.drop(index);
  }

  #noSeat(index: number, effort: Effort, { message }: Failure): void {
    this.#seats.refused(index, message);
    const { from, to } = this.#ends(index, effort);
    const added = addedSkus(from, to);
    const needs = [this.#needs(index, effort), added, skuIdsOf(to).filter((skuId) => to[skuId] !== null)];
    const by = effort.seatBy > 0 ? effort.seatBy : Date.now() + (this.#order?.seatWaitMs ?? 0);
    this.#seats.claim(index, needs.find(({ length }) => length > 0) ?? [], by);
  }

  /** A user whose wait for a seat is over. */
  seatRefused(index: number): void {
    const effort = this.#efforts.get(index);
    if (effort?.phase !== 'seat' && effort?.phase !== 'queued') return;
    const failure: Failure = { code: 'NO_SEATS', message: 'No seat became free in time.' };
    this.#follow(index, { ending: 'refused', failure });
  }

  // --- reads ----------------------------------------------------------------------------------------------------------

  #readDue(now: number): void {
    if (this.#reads > 0) return;
    const due = [...this.#efforts].filter(
      ([, { phase, dueAt }]) => phase === 'verifying' && tickAfter(dueAt, this.#pace.verify.firstMs) <= now,
    );
    if (due.length > 0) void this.#read(due);
  }

  /** Everybody who was cut off is looked at once. If that fails, they are read when they are due. */
  async readCutOff(): Promise<void> {
    const cutOff = [...this.#efforts].filter(([, { isCutOff }]) => isCutOff);
    if (cutOff.length > 0) await this.#read(cutOff, { ...this.#pace.read, attempts: 1 });
  }

  async #read(users: readonly (readonly [number, Effort])[], read = this.#pace.read): Promise<void> {
    this.#reads++;
    const asked = users.map(([index, effort]) => ({
      id: this.#owner.user(index).id,
      skuIds: skuIdsOf(this.#ends(index, effort).to),
    }));
    try {
      const readings = await reading({ read }, `read ${String(users.length)} users back`, 'campaign').readCampaignUsers(
        {
          users: asked,
        },
      );
      users.forEach(([index, effort], i) => {
        const found = readings[i];
        if (found !== undefined) this.#seen(index, effort, found);
      });
    } catch (error) {
      const { failure } = failureOf(error);
      for (const [index, effort] of users) this.#seen(index, effort, { failure });
    }
    this.#reads--;
    if (this.#isCancelled) this.cancel();
    this.#owner.changed();
  }

  #seen(
    index: number,
    effort: Effort,
    found: { readonly current: TouchedState } | { readonly failure: Failure },
  ): void {
    // Whoever has moved on meanwhile is not where this read looked for them.
    if (this.#efforts.get(index) !== effort) return;
    const now = Date.now();
    if ('failure' in found) return this.#follow(index, afterUnread(effort, found.failure, now, this.#rules));
    const { from, to } = this.#ends(index, effort);
    const read = readingOf(found.current, from, to);
    if (read.position.at === 'elsewhere') this.#set(index, { seen: found.current });
    const isCancelled = this.#isCancelled && effort.direction === 'forward';
    this.#follow(index, afterRead(effort, read, now, this.#rules, isCancelled));
  }

  // --- users ----------------------------------------------------------------------------------------------------------

  #follow(index: number, { effort, ending, failure }: Verdict): void {
    const before = this.#effort(index);
    if (failure !== undefined) {
      this.#owner.failed(failure);
      if (meaningOf(failure.code).handling === 'fix-access')
        this.#lockedOutUntil = Math.max(this.#lockedOutUntil, effort?.dueAt ?? 0);
    }
    if (ending !== undefined) return this.#end(index, before, ending, failure);
    this.#put(index, effort);
  }

  #end(index: number, effort: Effort, ending: Ending, failure?: Failure): void {
    this.#efforts.delete(index);
    this.#seats.drop(index);
    const state = endState(effort, ending);
    const { failure: _former, ...user } = this.#owner.user(index);
    this.#owner.put(index, {
      ...{ ...user, state, at: Date.now() },
      ...(isUntouched(effort, ending) && { wrote: false }),
      ...(failure !== undefined && { failure }),
    });
    this.#owner.ended(state, index);
  }

  #set(index: number, changes: Partial<PageUser>): void {
    this.#owner.put(index, { ...this.#owner.user(index), ...changes });
  }

  #put(index: number, effort: Effort): void {
    this.#efforts.set(index, effort);
    const state = stateOf(effort);
    if (this.#owner.user(index).state !== state) this.#set(index, { state });
    this.#claim(index, effort);
  }

  /** Seats are wanted from the user's turn on. */
  #claim(index: number, effort: Effort): void {
    const isTurn = effort.phase === 'queued' || effort.phase === 'seat';
    const needs = this.#needs(index, effort);
    if (this.#order === null || (this.#order.direction !== effort.direction && effort.repairOf === null)) return;
    if (!isTurn || needs.length === 0 || this.#seats.knows(index)) return;
    const seatBy = effort.seatBy > 0 ? effort.seatBy : Date.now() + this.#order.seatWaitMs;
    this.#efforts.set(index, { ...effort, seatBy });
    this.#seats.claim(index, needs, seatBy);
  }

  #needs(index: number, { direction, repairOf }: Effort): readonly SkuId[] {
    const { seatsNeeded, seatsToRestore } = this.#owner.signature(index);
    if (repairOf !== null) return [];
    return direction === 'back' ? seatsToRestore : seatsNeeded;
  }

  #ends(index: number, { direction }: Effort): { readonly from: TouchedState; readonly to: TouchedState } {
    const { before, target } = this.#owner.signature(index);
    return direction === 'forward'
      ? { from: before, to: target }
      : { from: target, to: restoration(before, this.#owner.contents()).target };
  }

  #effort(index: number): Effort {
    return this.#efforts.get(index) ?? newEffort('forward');
  }
}

/** How a write ended that did not answer. */
function endOf(error: unknown, target: TouchedState): WriteEnd {
  if (isCancellation(error)) return { kind: 'cut-off' };
  const { failure, attempt, sentFrom } = failureOf(error, 'OUTCOME_UNKNOWN');
  const perhapsMade = attempt > 1 || failure.code === 'OUTCOME_UNKNOWN';
  // Of a change of one step there is no half.
  const hasHalves = sentFrom !== undefined && stepsOf(change(sentFrom, target)) > 1;
  return { kind: 'failed', failure, perhapsMade, sentFrom: hasHalves ? sentFrom : null };
}

function stepsOf({ addLicenses, removeLicenses }: LicenseChange): number {
  return addLicenses.length + removeLicenses.length;
}

/** A read showed that nothing was changed, late enough to be believed; or what was changed was taken back. */
function isUntouched({ direction, refusal, repairOf }: Effort, ending: Ending): boolean {
  if (repairOf !== null) return ending === 'arrived';
  return direction === 'forward' && (ending === 'unchanged' || (ending === 'refused' && refusal !== null));
}
