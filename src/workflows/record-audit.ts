/**
 * The audit trail of one workflow: events are collected, and handed over in few calls at the points that matter. Until the
 * store has them they are part of the workflow's own state, so nothing is lost while it cannot be reached. It is asked
 * again for as long as that takes.
 */
import { CancellationScope, condition, proxyActivities, sleep, workflowInfo } from '@temporalio/workflow';
import type { ReadActivities } from '../activities/index.js';
import type { AuditPace, AuditView, CarriedAudit } from '../contracts/audit.js';
import type { Wait } from '../contracts/license-request.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import { PRIORITY } from '../contracts/task-queues.js';
import type { AuditEvent, AuditKind } from '../domain/audit.js';
import { meaningOf } from '../domain/failures.js';
import { iso, now } from './instants.js';
import { failureOf } from './keep-trying.js';

/** What an event says beyond its kind. What is left out is nothing. */
export type Told = Partial<Omit<AuditEvent, 'id' | 'source' | 'seq' | 'kind'>>;

export class AuditTrail {
  readonly #pace: Pick<Pace, 'again'> & { readonly audit?: AuditPace };
  readonly #changed: () => void;
  #seq: number;
  #recorded: number;
  #waiting: readonly AuditEvent[];
  #problem: AuditView['problem'] = null;
  #isAtWork = false;
  /** The last event that shall be handed over now; later ones may wait until there are more of them. */
  #wanted = 0;
  /** How many wait until everything is recorded. */
  #gates = 0;

  /** @param changed called when the store took something, or did not. */
  constructor(pace: Pace, carried: CarriedAudit | undefined, changed: () => void) {
    this.#pace = pace;
    this.#changed = changed;
    this.#seq = carried?.seq ?? 0;
    this.#recorded = carried?.recorded ?? 0;
    this.#waiting = carried?.waiting ?? [];
  }

  /** Whether events are told at all. */
  get isOn(): boolean {
    return this.#pace.audit !== undefined;
  }

  get isRecorded(): boolean {
    return this.#waiting.length === 0;
  }

  /** The store did not take the last call, and is asked again later. */
  get isRefused(): boolean {
    return this.#problem !== null;
  }

  /** No call is on its way or due at once, so that a new run can go on with what waits. */
  get isQuiet(): boolean {
    return !this.#isAtWork || this.isRefused;
  }

  /** As many events wait to be wanted as one call takes. */
  get isFull(): boolean {
    return this.#seq - this.#wanted >= (this.#pace.audit?.batch ?? Infinity);
  }

  /** Remembers an event; {@link push} hands it over. */
  add(kind: AuditKind, told: Told): void {
    if (!this.isOn) return;
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const seq = ++this.#seq;
    // One id may stand for several workflows, one after the other.
    const id = `${workflowId}/${firstExecutionRunId}/${String(seq)}`;
    const nothing = {
      subject: null,
      actor: null,
      reason: null,
      digest: null,
      before: null,
      after: null,
      outcome: null,
    };
    const event = {
      id,
      source: workflowId,
      seq,
      kind,
      at: now(),
      ...nothing,
      graphRequestIds: [],
      details: {},
      ...told,
    };
    this.#waiting = [...this.#waiting, event];
    if (this.#gates > 0) this.push();
  }

  /** Hands over what waits, in the background. What is cancelled is not the trail. */
  push(): void {
    this.#wanted = this.#seq;
    if (this.isRecorded || this.#isAtWork || this.#pace.audit === undefined) return;
    this.#isAtWork = true;
    void CancellationScope.nonCancellable(() => this.#handOver());
  }

  /** Ends when the store has everything that was told so far. A cancellation ends the waiting, and loses nothing. */
  async recorded(): Promise<void> {
    this.push();
    if (this.isRecorded) return;
    this.#gates++;
    try {
      await condition(() => this.isRecorded);
    } finally {
      this.#gates--;
    }
  }

  /** Ends when a call is neither on its way nor due at once, so that a new run can go on with what waits. */
  async settled(): Promise<void> {
    this.push();
    if (!this.isRecorded) await condition(() => this.isRecorded || this.isRefused);
  }

  view(): AuditView | undefined {
    if (!this.isOn) return undefined;
    return { recorded: this.#recorded, waiting: this.#waiting.length, problem: this.#problem };
  }

  /**
   * What holds the workflow up; `null` where the trail does not.
   *
   * @param isHeldUp whether the workflow waits for the trail in a way of its own.
   */
  wait(isHeldUp = this.#gates > 0): Wait | null {
    if (this.#problem === null || !isHeldUp) return null;
    const what = `the audit trail, which cannot be told (${this.#problem.reason}) and has to know before it goes on.`;
    return { what, who: [], nextAt: this.#problem.nextAt, then: 'it is asked again; nothing is lost.' };
  }

  /** A store that does not answer holds up everybody, so a person has to look. */
  needsAttention(): readonly string[] {
    return this.#problem === null ? [] : [`AUDIT_UNREACHABLE: ${meaningOf('AUDIT_UNREACHABLE').remedy}`];
  }

  carry(): CarriedAudit | undefined {
    return this.isOn ? { seq: this.#seq, recorded: this.#recorded, waiting: this.#waiting } : undefined;
  }

  async #handOver(): Promise<void> {
    for (let tries = 0; this.#hasWanted();) {
      const events = this.#waiting.slice(0, this.#pace.audit?.batch);
      try {
        const { outcome } = await this.#recording(events.length).recordAudit({ events });
        this.#waiting = this.#waiting.slice(events.length);
        if (outcome === 'kept') this.#recorded += events.length;
        this.#problem = null;
        tries = 0;
        this.#changed();
      } catch (error) {
        const { failure } = failureOf(error);
        const waitMs = backoffMs(this.#pace.again, tries++);
        this.#problem = {
          reason: failure.message,
          since: this.#problem?.since ?? now(),
          nextAt: iso(Date.now() + waitMs),
        };
        this.#changed();
        await sleep(waitMs, { summary: 'until the audit store is asked again' });
      }
    }
    this.#isAtWork = false;
  }

  #hasWanted(): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.seq <= this.#wanted;
  }

  #recording(events: number): Pick<ReadActivities, 'recordAudit'> {
    const { startToCloseMs, attempts, retryMs } = this.#pace.audit ?? NEVER;
    return proxyActivities<ReadActivities>({
      startToCloseTimeout: startToCloseMs,
      retry: { maximumAttempts: attempts, initialInterval: retryMs, backoffCoefficient: 2 },
      priority: { priorityKey: PRIORITY.routine },
      summary: `${String(events)} entries for the audit trail`,
    });
  }
}

const NEVER: AuditPace = { startToCloseMs: 1, attempts: 1, retryMs: 1, batch: 1 };
