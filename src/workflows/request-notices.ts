/**
 * Tells people what happened to a request, in the background: a notice never holds a request up, and never fails it.
 *
 * What can wait for the end of quiet hours waits here; by then it may be out of date, and is dropped. A request that ends
 * waits for no morning: what still waits then is sent at once.
 */
import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { stillAsked } from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import type {
  Audience,
  CarriedNotices,
  GivenUpNotice,
  NoticeMoment,
  NoticesView,
  RequestNotice,
  RequestNoticeKind,
} from '../contracts/notice.js';
import type { Pace } from '../contracts/pace.js';
import type { Delivery, MissedChannel } from './deliver-notice.js';
import { deliverNotice } from './deliver-notice.js';
import { now } from './instants.js';
import { requestFacts } from './request-facts.js';
import type { RequestRecord } from './request-record.js';

export const NOTHING_TOLD: CarriedNotices = { told: [], waiting: [], sent: 0, givenUp: [] };

/** These say where the request stands, and are out of date once it stands elsewhere. */
const ONLY_WHILE_IT_STANDS: readonly RequestNoticeKind[] = [
  'approval-reminder',
  'waiting-for-seat',
  'ending-soon',
  'approvers-short',
];

/** What still waits and is said better by a new notice; one of the same kind is in any case. */
const REPLACES: Partial<Record<RequestNoticeKind, readonly RequestNoticeKind[]>> = {
  extended: ['ending-soon'],
  ended: ['ending-soon', 'ready'],
};

/** Enough to see what is wrong with a channel. */
const GIVEN_UP_MAX = 20;

export class RequestNotices {
  readonly #record: RequestRecord;
  readonly #pace: Pace;
  readonly #told: Set<string>;
  /** What is neither sent nor given up. `until` is missing while it is being sent. */
  readonly #open = new Map<string, RequestNotice & { readonly until?: string }>();
  #sent: number;
  #givenUp: readonly GivenUpNotice[];
  #ending = false;
  /** Somebody waits until none is being sent. */
  #hurried = false;

  constructor(record: RequestRecord, pace: Pace, { told, waiting, sent, givenUp }: CarriedNotices = NOTHING_TOLD) {
    this.#record = record;
    this.#pace = pace;
    this.#told = new Set(told);
    this.#sent = sent;
    this.#givenUp = givenUp;
    for (const notice of waiting) this.#begin(notice);
  }

  /**
   * Nobody is told the same twice: the same kind on the same occasion.
   *
   * @param occasion tells notices of one kind apart (a stage, the n-th reminder); ids only.
   * @param reason why it happened, where the kind of the notice does not say it.
   */
  tell(kind: RequestNoticeKind, to: Audience, { occasion, reason }: { occasion?: string; reason?: string } = {}): void {
    const view = this.#record.view();
    const key = [view.requestId, shortRunId(), kind, ...(occasion === undefined ? [] : [occasion])].join('/');
    const audience = eachOnce(to);
    if (this.#told.has(key) || (audience !== 'operators' && audience.length === 0)) return;
    this.#told.add(key);
    for (const replaced of [kind, ...(REPLACES[kind] ?? [])]) this.#dropWaiting(replaced);
    const facts = requestFacts(view, kind, audience, reason ?? null);
    this.#begin({ key, kind, to: audience, facts, moment: this.#moment() });
  }

  /** Ends when none is being sent; others may wait for the end of quiet hours. What {@link carry} needs. */
  async settled(): Promise<void> {
    this.#hurried = true;
    await condition(() => [...this.#open.values()].every(({ until }) => until !== undefined));
  }

  /** For the run that continues this one. */
  carry(): CarriedNotices {
    const waiting = [...this.#open.values()].flatMap((notice) =>
      notice.until === undefined ? [] : [{ ...notice, until: notice.until }],
    );
    return { told: [...this.#told], waiting, sent: this.#sent, givenUp: this.#givenUp };
  }

  /** Ends when every notice was sent or given up; from now on none waits for the end of quiet hours. */
  async sent(): Promise<void> {
    this.#ending = true;
    this.#hurried = true;
    await condition(() => this.#open.size === 0);
  }

  /** What withdraws the request does not withdraw its notices. */
  #begin(notice: RequestNotice & { readonly until?: string }): void {
    this.#open.set(notice.key, notice);
    this.#show();
    void CancellationScope.nonCancellable(() => this.#run(notice));
  }

  async #run(notice: RequestNotice & { readonly until?: string }): Promise<void> {
    const delivery = await this.#delivery(notice);
    this.#open.delete(notice.key);
    if (delivery === null) this.#show();
    else this.#over(notice, delivery.missed);
  }

  /** `null` where it came to nothing, because nobody has to hear of it any more. */
  async #delivery(
    notice: RequestNotice & { readonly until?: string },
  ): Promise<Extract<Delivery, { outcome: 'over' }> | null> {
    const { key, kind, facts } = notice;
    let { until } = notice;
    for (;;) {
      const to = until === undefined ? notice.to : await this.#afterQuietHours(notice, until);
      if (to === null) return null;
      const delivery = await deliverNotice(
        { key, kind, facts, to, ...(this.#ending && { urgent: true }) },
        this.#pace,
        () => this.#hurried,
      );
      if (delivery.outcome === 'over') return delivery;
      ({ until } = delivery);
      this.#open.set(key, { ...notice, until });
      this.#show();
    }
  }

  /** Waits, and says who is to be told then; `null` where it is out of date or replaced. */
  async #afterQuietHours(notice: RequestNotice, until: string): Promise<Audience | null> {
    const { key, kind, to, moment } = notice;
    await condition(() => this.#ending || !this.#open.has(key), Math.max(1, Date.parse(until) - Date.now()), {
      summary: `end of quiet hours for notice ${kind}`,
    });
    if (!this.#open.has(key)) return null;
    const stands = JSON.stringify(this.#moment()) === JSON.stringify(moment);
    if (ONLY_WHILE_IT_STANDS.includes(kind) && !stands) return null;
    this.#open.set(key, notice);
    this.#show();
    if (kind !== 'approval-reminder' || to === 'operators') return to;
    const deciding = this.#record.deciding();
    const asked = (deciding === null ? [] : stillAsked(deciding)).map(({ id }) => id);
    const rest = to.filter(({ id }) => asked.includes(id));
    return rest.length === 0 ? null : rest;
  }

  #dropWaiting(kind: RequestNoticeKind): void {
    for (const [key, notice] of this.#open)
      if (notice.kind === kind && notice.until !== undefined) this.#open.delete(key);
  }

  #over({ kind }: RequestNotice, missed: readonly MissedChannel[]): void {
    if (missed.length === 0) this.#sent += 1;
    const at = now();
    this.#givenUp = [...this.#givenUp, ...missed.map((miss) => ({ kind, ...miss, at }))].slice(-GIVEN_UP_MAX);
    for (const { channel, reason } of missed)
      this.#record.note(`Notice "${kind}" was not delivered${channel === null ? '' : ` by ${channel}`}: ${reason}`);
    this.#show();
    if (missed.length > 0) this.#record.publish();
  }

  #moment(): NoticeMoment {
    const { state, stage, revision } = this.#record.view();
    return { state, stage, revision };
  }

  #show(): void {
    const waiting = [...this.#open.values()].flatMap(({ kind, until }) => (until === undefined ? [] : [kind]));
    const notices: NoticesView = { sent: this.#sent, waiting, givenUp: this.#givenUp };
    this.#record.notices = notices;
  }
}

/** A request id may be used again after a run that failed, and people are told again then. */
function shortRunId(): string {
  return workflowInfo().firstExecutionRunId.slice(0, 13);
}

function eachOnce(to: Audience): Audience {
  return to === 'operators' ? to : [...new Map(to.map((person): [string, Person] => [person.id, person])).values()];
}
