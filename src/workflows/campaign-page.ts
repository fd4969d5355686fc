/**
 * One page of a campaign: some hundred users, their plan, their writes and their way back, each as the campaign orders.
 *
 * Signals only say what the newest order is. The loop takes it, once nothing of the one before is in flight, and carries
 * it out; statuses tell the campaign how far it is. After an order that stops, no write starts until a newer one allows
 * it. The page goes on in a new run when its history is long, and rests in a small one until it can no longer be rolled
 * back.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { campaignWorkflowId, pageSays } from '../contracts/campaign.js';
import { pageStory } from '../contracts/campaign-page-story.js';
import type {
  CampaignPageInput,
  CarriedPage,
  PageContent,
  PageOrder,
  PageStatus,
  PageUser,
  RollbackPreview,
} from '../contracts/campaign-page.js';
import {
  orderPage,
  pageContent,
  pageContentOf,
  pageDigest,
  pageStatus,
  previewRollback,
} from '../contracts/campaign-page.js';
import { NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import { seatAnswered } from '../contracts/seat-pool.js';
import type { Signature, UserState } from '../domain/campaign.js';
import type { Direction } from '../domain/campaign-page.js';
import {
  isToRestore,
  isToRetry,
  mayBecome,
  newEffort,
  pagePlanDigest,
  wavesInFigures,
} from '../domain/campaign-page.js';
import { wavesOfUsers } from '../domain/campaign-waves.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import { skuIdsOf } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import { reading } from './activity-proxies.js';
import { Alarm } from './alarm.js';
import { PageAudit } from './campaign-audit.js';
import { PagePlanning, planInFigures, unreadUser } from './campaign-page-plan.js';
import { previewOf } from './campaign-page-preview.js';
import { PageWrites } from './campaign-page-writes.js';
import { now } from './instants.js';
import type { Tried } from './keep-trying.js';
import { keepTrying } from './keep-trying.js';
import { SeatBlocks } from './seat-block.js';

export async function campaignPage(input: CampaignPageInput): Promise<PageContent> {
  const page = new PageRun(input);
  page.setup();
  // The campaign and its rollback rely on it, so a cancellation does not end it.
  return CancellationScope.nonCancellable(() => page.run());
}

/** A history is folded after an order from this part of its largest size on, so that a page rests in a small one. */
const FOLDED_FROM = 1 / 4;
/** A page tells its campaign who was called back and is certain not to be written, also after it has stopped. */
const TELLS_WHO_WAITS_AGAIN = 'tells-who-waits-again';

type RunOrder = Extract<PageOrder, { kind: 'run' }>;
type RollBackOrder = Extract<PageOrder, { kind: 'roll-back' }>;

class PageRun {
  readonly #input: CampaignPageInput;
  readonly #alarm = new Alarm(() => this.#changes++);
  readonly #seats: SeatBlocks;
  readonly #writes: PageWrites;
  readonly #audit: PageAudit;
  #users: PageUser[];
  #signatures: readonly Signature[];
  #contents: SkuContents;
  #rollbacks: readonly string[];
  #retries: number;
  /** The order in force, and a newer one that waits until nothing of it is in flight. */
  #order: PageOrder | null;
  #next: PageOrder | null = null;
  #carriedOut: number;
  #isChanging = false;
  /** Since the last write was allowed everything was called back. */
  #isHalted = true;
  /** What has to be read before an order can begin. */
  #preparing: CancellationScope | null = null;
  #refusal: PageStatus['refusal'] = null;
  #lastWriteAt: number;
  #lastFailure: PageStatus['lastFailure'];
  // What the campaign knows.
  #statusNumber: number;
  #isTelling = false;
  #mustTell = false;
  /** A failure that the campaign does not know. */
  #isUrgent = false;
  #outcomesNotTold = 0;
  #toldAt = 0;
  #seatsToldAt = 0;
  #toldOnlySeats = false;
  /** Since when nobody hears what it says. */
  #orphanedAt: number | null = null;
  #needsAttention: boolean;
  #isLeaving = false;
  /** Grows with everything that the loop has to look at. */
  #changes = 0;

  constructor(input: CampaignPageInput) {
    const { carried, pace, campaignPace, rows, wishes, digest } = input;
    this.#input = input;
    this.#order = carried?.order ?? null;
    this.#statusNumber = carried?.statusNumber ?? 0;
    this.#signatures = carried?.signatures ?? [];
    this.#users = [...(carried?.users ?? rows.map(unreadUser))];
    this.#contents = carried?.contents ?? {};
    this.#rollbacks = carried?.rollbacks ?? [];
    this.#retries = carried?.retries ?? 0;
    this.#carriedOut = carried?.carriedOut ?? 0;
    this.#lastWriteAt = carried?.lastWriteAt ?? 0;
    this.#lastFailure = carried?.lastFailure ?? null;
    this.#needsAttention = workflowInfo().typedSearchAttributes.get(NEEDS_ATTENTION) ?? false;
    if (pageDigest(rows, wishes) !== digest)
      this.#refusal = { code: 'ROWS_DIFFER', message: 'The rows of this page are not those that it was started for.' };
    const changed = () => void this.#changes++;
    this.#audit = new PageAudit(input, () => this.#noteAudit());
    this.#seats = new SeatBlocks(pace, carried?.blocks ?? [], changed);
    this.#writes = new PageWrites({
      ...{ pace, campaignPace, seats: this.#seats, efforts: carried?.efforts ?? [] },
      owner: {
        user: (index) => this.#user(index),
        signature: (index) => this.#signatureOf(this.#user(index)),
        contents: () => this.#contents,
        put: (index, user) => this.#keep(index, user),
        ended: (state, index) => this.#noteOutcome(state, index),
        // What is changed is told at once or not changed: a trail that falls behind stops everything new.
        mayWrite: () => !this.#audit.isRefused,
        failed: (failure) => this.#noteFailure(failure),
        wrote: () => (this.#lastWriteAt = Date.now()),
        changed,
      },
    });
  }

  setup(): void {
    setHandler(orderPage, (order) => this.#hear(order));
    setHandler(seatAnswered, (answer) => {
      for (const user of this.#seats.answered(answer)) this.#writes.seatRefused(user);
    });
    setHandler(pageStatus, () => this.#status());
    setHandler(pageContent, () => this.#content());
    setHandler(pageContentOf, (refs) => contentOf(this.#content(), refs));
    setHandler(previewRollback, (scope) => this.#preview(scope));
  }

  async run(): Promise<PageContent> {
    this.#audit.push();
    if (this.#order !== null) this.#goOnWith(this.#order);
    else if (!(await this.#firstOrder())) return this.#content();
    for (;;) {
      this.#turn();
      if (this.#isOver()) return this.#content();
      if (this.#mayLeave()) return this.#goOn();
      const seen = this.#changes;
      await condition(() => this.#changes !== seen || this.#mayLeave());
    }
  }

  /** Comes late where many pages are planned before this one, and never where the campaign is gone. */
  async #firstOrder(): Promise<boolean> {
    while (!(await condition(() => this.#next !== null, this.#input.campaignPace.intakeMs))) {
      await this.#tell();
      if (this.#orphanedAt !== null) return false;
    }
    return true;
  }

  // --- the loop -------------------------------------------------------------------------------------------------------

  #turn(): void {
    const nowMs = Date.now();
    if (this.#next !== null && !this.#isChanging) this.#take(this.#next);
    this.#seats.work(nowMs);
    const writesAt = this.#writes.work(nowMs);
    const seatsAt = this.#seats.work(nowMs);
    this.#noteCarriedOut();
    this.#leaveIfLong();
    for (const at of [writesAt, seatsAt, this.#tellAt(nowMs), this.#onlySeatsAt(nowMs), this.#endsAt()])
      if (at < Infinity) this.#alarm.ringAt(at);
    this.#publish();
  }

  #hear(order: PageOrder): void {
    this.#changes++;
    const known = this.#next?.number ?? this.#order?.number ?? 0;
    if (order.number > known) this.#next = order;
    else if (order.number === this.#order?.number) this.#mustTell = true;
    if (order.number >= known) this.#orphanedAt = null;
  }

  /** A run that only changes its pace or its waves goes on; everything else begins when nothing is in flight. */
  #take(next: PageOrder): void {
    const isSameKind = next.kind === this.#order?.kind && this.#preparing === null;
    if (isSameKind && ((next.kind === 'run' && next.wave >= 0) || next.kind === 'roll-back')) this.#begin();
    else void this.#change();
  }

  async #change(): Promise<void> {
    this.#isChanging = true;
    this.#isHalted = true;
    this.#writes.halt();
    if (this.#next?.kind !== this.#order?.kind) this.#preparing?.cancel();
    await condition(() => !this.#writes.isWriting && this.#preparing === null);
    await this.#writes.readCutOff();
    this.#writes.giveSeatsBack();
    this.#isChanging = false;
    this.#begin();
  }

  /** The newest order is in force from now on. */
  #begin(): void {
    const order = this.#next;
    if (order === null) return;
    this.#next = null;
    this.#order = order;
    this.#toldOnlySeats = false;
    this.#changes++;
    if (this.#refusal !== null) return;
    if (order.kind === 'plan') void this.#plan(order.again);
    else if (order.kind === 'run') this.#run(order);
    else if (order.kind === 'roll-back') void this.#rollBack(order);
    else if (order.kind === 'cancel') this.#cancel();
  }

  /** In a new run, with an order that was in force in the one before. */
  #goOnWith(order: PageOrder): void {
    if (this.#isCarriedOut() || this.#refusal !== null) return;
    this.#mustTell = true;
    if (order.kind === 'plan') void this.#plan(order.again);
    else if (order.kind === 'cancel') this.#writes.cancel();
    else if (order.kind === 'roll-back' || (order.kind === 'run' && order.wave >= 0)) {
      this.#isHalted = false;
      this.#allow(order);
    }
  }

  // --- orders ---------------------------------------------------------------------------------------------------------

  async #plan(again: boolean): Promise<void> {
    const before = { users: this.#users, signatures: this.#signatures, contents: this.#contents };
    const planning = new PagePlanning(this.#input, before, again);
    const planned = await this.#prepared(async () => {
      while (!planning.isDone) {
        const tried = await this.#insist(() => planning.next());
        if (!tried.ok) return tried;
      }
      return { ok: true, value: planning.result(this.#users), perhapsMade: false };
    });
    if (planned === null) return;
    if (!planned.ok) {
      this.#refusal = planned.failure;
      return;
    }
    const { users, signatures, contents } = planned.value;
    users.forEach((user, index) => {
      if (user.state !== this.#users[index]?.state) this.#writes.forget(index);
    });
    this.#users = [...users];
    this.#signatures = signatures;
    this.#contents = contents;
    this.#audit.planned(users, signatures, pagePlanDigest(users, signatures, contents));
  }

  #run(order: RunOrder): void {
    this.#makeWaves(order);
    if (order.wave < 0) return;
    this.#resume();
    const { retry } = order;
    const isNewRetry = retry !== null && retry.number > this.#retries;
    this.#users.forEach((user, index) => {
      const isTurn = user.state === 'ready' || (isNewRetry && isToRetry(user, retry.codes));
      if (isTurn && user.wave >= 0 && user.wave <= order.wave) this.#writes.begin(index);
    });
    if (isNewRetry) this.#retries = retry.number;
    this.#allow(order);
  }

  #resume(): void {
    if (this.#isHalted) this.#writes.resume();
    this.#isHalted = false;
  }

  #makeWaves({ waves }: RunOrder): void {
    if (waves === null) return;
    const { rows } = this.#input;
    const ready = this.#users.flatMap((user, index) => {
      const { outcome, key } = this.#signatureOf(user);
      const wave = rows[index]?.wave;
      return outcome === 'ready' ? [{ index, key, ...(wave !== undefined && { wave }) }] : [];
    });
    wavesOfUsers(ready, waves).forEach((wave, i) => {
      const index = ready[i]?.index ?? -1;
      if (this.#users[index]?.state === 'ready') this.#users[index] = { ...this.#user(index), wave };
    });
  }

  #allow({ kind, window, perSecond, seatWaitMs }: RunOrder | RollBackOrder): void {
    this.#seats.priority = kind === 'run' ? 'low' : 'high';
    this.#writes.allow({ direction: directionOf(kind), window, perSecond, seatWaitMs });
  }

  #cancel(): void {
    this.#writes.cancel();
    this.#users = this.#users.map((user) =>
      user.state === 'unread' || user.state === 'ready' ? { ...user, state: 'skipped', at: Date.now() } : user,
    );
  }

  /** Products are looked at first: plans that they lost cannot be restored. */
  async #rollBack(order: RollBackOrder): Promise<void> {
    const { pace } = this.#input;
    const skuIds = skuIdsOf(...this.#signatures.map(({ before }) => before));
    const read = await this.#prepared(() =>
      this.#insist(() => reading(pace, 'products as they are now', 'campaign').readContents(skuIds)),
    );
    if (read === null) return;
    this.#resume();
    if (!this.#rollbacks.includes(order.rollback)) {
      this.#rollbacks = [...this.#rollbacks, order.rollback];
      this.#users.forEach((user, index) => {
        if (isToRestore(user, order) && mayBecome(user.state, 'restoring')) this.#restore(index);
      });
    }
    if (read.ok) {
      this.#contents = { ...this.#contents, ...read.value };
      this.#allow(order);
    } else this.#writes.giveUp('back', read.failure);
  }

  #restore(index: number): void {
    const wasSeen = this.#user(index).state === 'done';
    const settled = this.#lastWriteAt + this.#input.pace.settleMs;
    const unsettledUntil = wasSeen ? 0 : Math.max(settled, this.#writes.unsettledUntil(index));
    this.#writes.begin(index, newEffort('back', unsettledUntil));
  }

  /** Reads that an order needs before it begins; `null` where a newer one came between. */
  async #prepared<T>(read: () => Promise<Tried<T>>): Promise<Tried<T> | null> {
    const scope = new CancellationScope();
    this.#preparing = scope;
    try {
      return await scope.run(read);
    } catch (error) {
      if (isCancellation(error)) return null;
      throw error;
    } finally {
      this.#preparing = null;
      this.#changes++;
    }
  }

  #insist<T>(work: () => Promise<T>): Promise<Tried<T>> {
    return keepTrying(work, { pace: this.#input.pace, onRetry: (failure) => this.#noteFailure(failure) });
  }

  #noteCarriedOut(): void {
    const order = this.#order;
    if (order === null || this.#isCarriedOut() || !this.#isSettled(order)) return;
    this.#audit.push();
    // Who stops it hears at once that nothing is in flight; everything else is done when it is on record.
    if (order.kind !== 'stop' && !this.#audit.isRecorded) return;
    this.#carriedOut = order.number;
    if (order.kind === 'run' || order.kind === 'roll-back') {
      this.#writes.halt();
      this.#writes.giveSeatsBack();
    }
    this.#mustTell = true;
    this.#changes++;
  }

  /** From then on no status comes of itself that would bring what is still read. */
  #isCarriedOut(): boolean {
    return this.#order?.number === this.#carriedOut;
  }

  #isSettled(order: PageOrder): boolean {
    const { kind } = order;
    if (this.#isChanging || this.#preparing !== null) return false;
    if (this.#refusal !== null || kind === 'plan' || kind === 'stop' || kind === 'rest') return true;
    const isOnlyLearning = kind === 'run' && order.wave < 0;
    return isOnlyLearning || this.#writes.underWay(directionOf(kind)) === 0;
  }

  // --- what the campaign hears ------------------------------------------------------------------------------------------

  #keep(index: number, user: PageUser): void {
    const isBackInTurn = this.#users[index]?.state === 'verifying' && user.state === 'waiting';
    this.#users[index] = user;
    if (isBackInTurn && this.#isCarriedOut() && patched(TELLS_WHO_WAITS_AGAIN)) this.#isUrgent = true;
  }

  #noteOutcome(state: UserState, index: number): void {
    this.#audit.ended(this.#user(index), this.#signatureOf(this.#user(index)), this.#contents);
    this.#outcomesNotTold++;
    if (this.#isCarriedOut() || state === 'failed' || state === 'unknown' || state === 'drifted') this.#isUrgent = true;
  }

  /** The campaign shows why its page does not go on. */
  #noteAudit(): void {
    const problem = this.#audit.view()?.problem ?? null;
    if (problem !== null) {
      this.#noteFailure({ code: 'AUDIT_UNREACHABLE', message: problem.reason });
      this.#isUrgent = true;
    }
    this.#changes++;
  }

  #noteFailure(failure: Failure): void {
    this.#lastFailure = { ...failure, at: now() };
    if (meaningOf(failure.code).handling === 'fix-access') this.#isUrgent = true;
    this.#changes++;
  }

  /** Tells what is to be told. Returns when there will be something, if only time passes. */
  #tellAt(nowMs: number): number {
    if (this.#order === null || this.#isTelling || this.#orphanedAt !== null || this.#next !== null) return Infinity;
    if (this.#isOnlySeats(nowMs) !== this.#toldOnlySeats) this.#mustTell = true;
    const { statusEvery, statusMs, statusWithinMs = Infinity } = this.#input.campaignPace;
    const isDue = this.#isUrgent || this.#outcomesNotTold >= statusEvery;
    if (!this.#mustTell && !isDue && this.#outcomesNotTold === 0) return Infinity;
    const at = this.#toldAt + (isDue ? statusMs : statusWithinMs);
    if (!this.#mustTell && nowMs < at) return at;
    void this.#tell();
    return Infinity;
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    this.#mustTell = this.#isUrgent = false;
    this.#outcomesNotTold = 0;
    this.#toldAt = Date.now();
    this.#toldOnlySeats = this.#isOnlySeats(this.#toldAt);
    this.#statusNumber++;
    this.#tellSeats();
    try {
      const campaign = getExternalWorkflowHandle(campaignWorkflowId(this.#input.campaignId));
      await campaign.signal(pageSays, this.#status());
    } catch {
      this.#orphan();
    }
    this.#isTelling = false;
    this.#changes++;
  }

  #tellSeats(): void {
    const { seatsToldMs = 0 } = this.#input.campaignPace;
    if (this.#toldAt - this.#seatsToldAt < seatsToldMs) return;
    this.#seatsToldAt = this.#toldAt;
    this.#seats.tellUsed();
  }

  /** Nobody is there who could stop it any more, so it stops by itself. */
  #orphan(): void {
    this.#orphanedAt = Date.now();
    const number = this.#order?.number ?? 0;
    if (this.#order?.kind !== 'rest') this.#next ??= { kind: 'stop', number };
  }

  #isOnlySeats(nowMs: number): boolean {
    const order = this.#order;
    if (order === null || (order.kind !== 'run' && order.kind !== 'roll-back')) return false;
    const isWaiting = this.#preparing === null && this.#writes.isOnlySeats(directionOf(order.kind));
    return isWaiting && nowMs >= this.#seats.answeredBy;
  }

  #onlySeatsAt(nowMs: number): number {
    return this.#seats.answeredBy > nowMs ? this.#seats.answeredBy : Infinity;
  }

  #status(): PageStatus {
    const { page, rows } = this.#input;
    const order = this.#order;
    const settled = order !== null && order.number === this.#carriedOut;
    const planned = { users: this.#users, signatures: this.#signatures, contents: this.#contents };
    return {
      ...{ page, number: this.#statusNumber, order: order?.number ?? 0, settled },
      onlySeats: !settled && this.#isOnlySeats(Date.now()),
      waves: wavesInFigures(this.#users),
      seatsMissing: this.#seats.missing,
      ...{ lastWriteAt: this.#lastWriteAt, lastFailure: this.#lastFailure },
      plan: settled && order.kind === 'plan' && this.#refusal === null ? planInFigures(rows, planned) : null,
      refusal: this.#refusal,
    };
  }

  // --- what can be seen -------------------------------------------------------------------------------------------------

  #content(): PageContent {
    return { page: this.#input.page, signatures: this.#signatures, users: this.#users };
  }

  async #preview(scope: Parameters<typeof isToRestore>[1]): Promise<RollbackPreview> {
    const preview = await previewOf(this.#input, this.#content(), scope);
    this.#changes++;
    return preview;
  }

  #publish(): void {
    const status = this.#status();
    setCurrentDetails(pageStory(this.#order, status));
    const value = this.#refusal !== null || this.#users.some(({ state }) => state === 'not-restored');
    if (value === this.#needsAttention) return;
    this.#needsAttention = value;
    upsertSearchAttributes([{ key: NEEDS_ATTENTION, value }]);
  }

  #user(index: number): PageUser {
    const user = this.#users[index];
    if (user === undefined) throw new RangeError(`There is no user ${String(index)} in this page.`);
    return user;
  }

  #signatureOf({ sig }: PageUser): Signature {
    return this.#signatures[sig] ?? UNPLANNED;
  }

  // --- ends and new runs ------------------------------------------------------------------------------------------------

  #endsAt(): number {
    if (this.#orphanedAt !== null) return this.#orphanedAt + this.#input.campaignPace.intakeMs;
    return this.#order?.kind === 'rest' ? this.#order.until : Infinity;
  }

  #isOver(): boolean {
    return Date.now() >= this.#endsAt() && this.#isQuiet() && this.#audit.isRecorded;
  }

  #leaveIfLong(): void {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    const { eventsMax } = this.#input.campaignPace;
    const max = this.#isCarriedOut() ? eventsMax * FOLDED_FROM : eventsMax;
    if (this.#isLeaving || (historyLength < max && !continueAsNewSuggested)) return;
    this.#isLeaving = true;
    this.#writes.drain();
    this.#seats.tellUsed();
    this.#changes++;
  }

  #mayLeave(): boolean {
    return this.#isLeaving && this.#isQuiet() && !this.#writes.isBusy;
  }

  /** Nothing is on its way to or from anybody else. */
  #isQuiet(): boolean {
    const hasToTell = this.#mustTell && this.#orphanedAt === null;
    const isTelling = this.#isTelling || hasToTell || this.#seats.isTelling;
    if (!this.#audit.isQuiet) return false;
    const isTaking = this.#next !== null || this.#isChanging || this.#preparing !== null;
    return !isTelling && !isTaking && !this.#writes.isWriting && allHandlersFinished();
  }

  #goOn(): Promise<never> {
    const audit = this.#audit.carry();
    const carried: CarriedPage = {
      ...{ order: this.#order, statusNumber: this.#statusNumber, carriedOut: this.#carriedOut },
      ...{ signatures: this.#signatures, users: this.#users, contents: this.#contents },
      ...{ blocks: this.#seats.carried(), efforts: this.#writes.carried() },
      ...{ rollbacks: this.#rollbacks, retries: this.#retries },
      ...{ lastWriteAt: this.#lastWriteAt, lastFailure: this.#lastFailure },
      ...(audit !== undefined && { audit }),
    };
    return continueAsNew<typeof campaignPage>({ ...this.#input, carried });
  }
}

function contentOf({ page, users, signatures }: PageContent, refs: readonly string[]): PageContent {
  const wanted = new Set(refs.map((ref) => ref.toLowerCase()));
  const found = users.filter(({ id }) => wanted.has(id.toLowerCase()));
  return {
    page,
    users: found.map((user, sig) => ({ ...user, sig })),
    signatures: found.map(({ sig }) => signatures[sig] ?? UNPLANNED),
  };
}

/** Of users that are not planned. */
const UNPLANNED: Signature = {
  ...{ key: '', outcome: 'blocked', wish: 0, before: {}, target: {}, paths: [], services: null },
  ...{ seatsNeeded: [], seatsToRestore: [], blocks: [], warnings: [] },
};

function directionOf(kind: PageOrder['kind']): Direction {
  return kind === 'roll-back' ? 'back' : 'forward';
}
