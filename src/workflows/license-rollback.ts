/**
 * Takes a finished request back: the SKUs that it touched become what they were before it, disabled plans included. What
 * someone else changed since is left alone and said; plans that a product no longer contains are left out and said.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  setCurrentDetails,
  setHandler,
  CancellationScope,
  isCancellation,
} from '@temporalio/workflow';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import { locate, restoration, skuIdsOf } from '../domain/license.js';
import type { Restoration } from '../domain/license.js';
import type { ChangePlan } from '../domain/plan.js';
import type { ReadLicensesResult } from '../contracts/license-change.js';
import type { LicenseRollbackInput, LicenseRollbackResult, RollbackView } from '../contracts/license-rollback.js';
import { ROLLBACK_FAILED, rollbackView } from '../contracts/license-rollback.js';
import type { Undone } from '../contracts/license-request.js';
import { rollbackStory } from '../contracts/request-story.js';
import { NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import { auditPerson } from '../domain/audit.js';
import { reading } from './activity-proxies.js';
import { applyChange } from './apply-change.js';
import { iso, now } from './instants.js';
import { keepTrying } from './keep-trying.js';
import { AuditTrail } from './record-audit.js';
import { actorOf, json, productsOf } from './request-audit.js';
import { waitFor } from './request-record.js';
import { carryOutMs, SeatHolder } from './seat-holder.js';
import { locationOrder, restoreUsageLocation } from './usage-location.js';

export async function licenseRollback(input: LicenseRollbackInput): Promise<LicenseRollbackResult> {
  const run = new RollbackRun(input);
  run.setup();
  return run.run();
}

class RollbackRun {
  readonly #input: LicenseRollbackInput;
  readonly #seats: SeatHolder;
  readonly #audit: AuditTrail;
  #view: RollbackView;
  /** As it was published last. */
  #attention = false;

  constructor(input: LicenseRollbackInput) {
    const { requestId, subject, actor, reason, plan } = input;
    this.#input = input;
    this.#seats = new SeatHolder(input.pace, () => undefined);
    this.#audit = new AuditTrail(input.pace, undefined, () => this.#set({}));
    this.#view = {
      requestId,
      subject,
      actor,
      reason,
      state: 'reading',
      since: now(),
      before: plan.target,
      after: null,
      vanishedPlans: [],
      drifted: [],
      wrote: false,
      usageLocation: null,
      graphRequestIds: [],
      waitsFor: null,
      lastFailure: null,
      needsAttention: [],
      timeline: [],
    };
  }

  setup(): void {
    setHandler(rollbackView, () => this.#shown());
  }

  async run(): Promise<LicenseRollbackResult> {
    this.#note('reading', 'The licences held now are being read.');
    try {
      await this.#story();
    } catch (error) {
      if (isCancellation(error)) {
        const remedy = 'It was cancelled on its way: compare what the person holds, or start the rollback again.';
        this.#set({ needsAttention: [remedy] });
        this.#note('failed', 'Cancelled in Temporal.');
      }
      throw error;
    } finally {
      await CancellationScope.nonCancellable(() => this.#end());
    }
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    if (this.#view.state === 'failed' || this.#view.state === 'left-alone')
      throw ApplicationFailure.nonRetryable(
        this.#view.lastFailure?.code ?? this.#view.state,
        ROLLBACK_FAILED,
        this.#shown(),
      );
    return this.#shown();
  }

  async #story(): Promise<void> {
    const { plan } = this.#input;
    this.#tellAsked();
    const wanted = await this.#wanted();
    if (wanted === null) return;
    const { target, vanishedPlans } = wanted;
    this.#set({ vanishedPlans });

    const held = await this.#read();
    if (held === null) return;
    this.#set({ before: held.current });
    await this.#audit.recorded();
    const position = locate(held.current, plan.target, target);
    if (position.at === 'elsewhere') return this.#leaveAlone(position.drifted);
    if (position.at === 'target') {
      const usageLocation = await this.#restoreUsageLocation();
      this.#set({ after: held.current, usageLocation, wrote: usageLocation?.outcome === 'undone' });
      return this.#note('restored', 'The licences are as before the request already.');
    }
    await this.#restore(target, held);
  }

  async #restore(target: Restoration['target'], held: ReadLicensesResult): Promise<void> {
    const { plan, pace, seatWaitMs } = this.#input;
    const waitUntilMs = Date.now() + seatWaitMs;
    const needed = skuIdsOf(target).filter(
      (skuId) => target[skuId] !== null && held.current[skuId] === null && !held.throughGroup.includes(skuId),
    );
    const skus = plan.skus.filter(({ skuId }) => needed.includes(skuId));
    for (;;) {
      if (!(await this.#holdSeats(skus, waitUntilMs))) return;
      const applied = await applyChange(
        {
          userId: plan.userId,
          before: plan.target,
          target,
          priority: 'person',
          pace,
          summary: `assignLicense for ${plan.userId}, back to before`,
        },
        {
          writing: () => this.#note('writing', 'The former licences are being written.'),
          verifying: (nextAtMs, accepted) => {
            this.#note(
              'verifying',
              accepted
                ? 'Accepted by Graph; waiting until the directory shows it.'
                : 'Whether the change was made is being found out.',
            );
            this.#set({
              waitsFor: waitFor('the directory to show the change.', iso(nextAtMs), 'the user is read again.'),
            });
          },
          failing: (failure, nextAtMs) => this.#failing(failure, nextAtMs),
          perhapsWrote: () => undefined,
          accepted: (id) => this.#set({ graphRequestIds: [...this.#view.graphRequestIds, id] }),
        },
      );
      if (applied.outcome === 'done') {
        await this.#seats.used();
        this.#set({ after: applied.current, wrote: applied.wrote, usageLocation: await this.#restoreUsageLocation() });
        return this.#note('restored', 'Exactly as before the request, and seen by reading it back.');
      }
      if (applied.failure.code === 'DRIFT') return this.#leaveAlone(skuIdsOf(target));
      if (applied.failure.code !== 'NO_SEATS') {
        if (applied.perhapsWrote) await this.#seats.used();
        return this.#fail(applied.failure);
      }
      this.#set({ lastFailure: { ...applied.failure, at: now() } });
      await this.#seats.refused(applied.failure.message);
    }
  }

  /** False, and said as a failure, once the wait is over. Whoever takes something back goes before new wishes. */
  async #holdSeats(skus: ChangePlan['skus'], waitUntilMs: number): Promise<boolean> {
    const { pace } = this.#input;
    const names = skus.map(({ name }) => name).join(' and ');
    if (names !== '') {
      this.#note('waiting-for-seat', `A seat of ${names} is asked for.`);
      const waits = waitFor(`a free seat of ${names}.`, iso(waitUntilMs), 'the rollback ends; nothing is changed.');
      this.#set({ waitsFor: waits });
    }
    const heldUntilMs = waitUntilMs + carryOutMs(pace);
    if (await this.#seats.hold({ skus, priority: 'high', waitUntilMs, heldUntilMs })) return true;
    this.#fail({ code: 'NO_SEATS', message: `No seat of ${names} became free in time.` });
    return false;
  }

  async #restoreUsageLocation(): Promise<Undone | null> {
    const location = locationOrder(this.#input.plan, this.#input.pace);
    if (location === null) return null;
    return restoreUsageLocation(location, true, (failure, nextAtMs) => this.#failing(failure, nextAtMs));
  }

  /** The state to restore, without plans that the tenant's products no longer contain; `null` where it cannot be known. */
  async #wanted(): Promise<Restoration | null> {
    const { plan, pace } = this.#input;
    const tried = await keepTrying(
      () => reading(pace, 'products as they are now').readContents(skuIdsOf(plan.before)),
      {
        pace,
        onRetry: (failure, nextAtMs) => this.#failing(failure, nextAtMs),
      },
    );
    if (tried.ok) return restoration(plan.before, tried.value);
    this.#fail(tried.failure);
    return null;
  }

  async #read(): Promise<ReadLicensesResult | null> {
    const { plan, pace } = this.#input;
    const tried = await keepTrying(
      () => reading(pace, 'licences held now').readLicenses({ userId: plan.userId, skuIds: skuIdsOf(plan.before) }),
      { pace, onRetry: (failure, nextAtMs) => this.#failing(failure, nextAtMs) },
    );
    if (tried.ok) return tried.value;
    this.#fail(tried.failure);
    return null;
  }

  async #end(): Promise<void> {
    await this.#seats.giveBack();
    const { state, before, after, graphRequestIds, vanishedPlans, drifted, usageLocation } = this.#view;
    const details = { vanishedPlans: json(vanishedPlans), drifted, usageLocation: json(usageLocation) };
    const subject = auditPerson(this.#input.subject);
    this.#audit.add('rollback.ended', { subject, before, after, outcome: state, graphRequestIds, details });
    await this.#audit.recorded();
  }

  #tellAsked(): void {
    const { plan, actor, reason, subject } = this.#input;
    this.#audit.add('rollback.asked', {
      ...{ subject: auditPerson(subject), actor: actorOf(actor, [subject]), reason, digest: plan.digest },
      ...{ before: plan.target, after: plan.before, details: { products: productsOf(plan) } },
    });
  }

  #shown(): RollbackView {
    const audit = this.#audit.view();
    if (audit === undefined) return this.#view;
    const needsAttention = [...this.#view.needsAttention, ...this.#audit.needsAttention()];
    return { ...this.#view, audit, needsAttention, waitsFor: this.#audit.wait() ?? this.#view.waitsFor };
  }

  #leaveAlone(drifted: readonly string[]): void {
    this.#set({
      drifted,
      needsAttention: ['Someone else changed these licences since the request, so they were left alone.'],
    });
    this.#note('left-alone', `Changed by someone else since the request: ${drifted.join(', ')}. Nothing was changed.`);
  }

  #fail(failure: Failure): void {
    this.#set({ lastFailure: { ...failure, at: now() }, needsAttention: [meaningOf(failure.code).remedy] });
    this.#note('failed', `${failure.code}: ${failure.message}`);
  }

  #failing(failure: Failure, nextAtMs: number): void {
    this.#set({
      lastFailure: { ...failure, at: now() },
      waitsFor: waitFor(meaningOf(failure.code).meaning, iso(nextAtMs), 'it is tried again.'),
      needsAttention: meaningOf(failure.code).handling === 'fix-access' ? [meaningOf(failure.code).remedy] : [],
    });
  }

  #note(state: RollbackView['state'], text: string): void {
    if (state === this.#view.state && this.#view.timeline.length > 0) return;
    const at = now();
    const ended = state === 'failed' || state === 'left-alone';
    const needsAttention = ended ? this.#view.needsAttention : [];
    const waitsFor = isUnderWay(state) ? waitFor('Microsoft Graph.', null, 'the next step follows.') : null;
    this.#set({ state, since: at, waitsFor, needsAttention, timeline: [...this.#view.timeline, { at, text }] });
  }

  #set(changes: Partial<RollbackView>): void {
    this.#view = { ...this.#view, ...changes };
    const shown = this.#shown();
    setCurrentDetails(rollbackStory(shown));
    const value = shown.needsAttention.length > 0;
    if (value !== this.#attention) upsertSearchAttributes([{ key: NEEDS_ATTENTION, value }]);
    this.#attention = value;
  }
}

function isUnderWay(state: RollbackView['state']): boolean {
  return state === 'reading' || state === 'writing' || state === 'verifying';
}
