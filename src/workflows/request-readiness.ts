/** From *assigned*, which the directory shows, to *ready*: the services report that they are provisioned. */
import { isCancellation, sleep } from '@temporalio/workflow';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { ChangePlan } from '../domain/plan.js';
import { reading } from './activity-proxies.js';
import { iso, now } from './instants.js';
import { failureOf } from './keep-trying.js';
import type { RequestRecord } from './request-record.js';
import { waitFor } from './request-record.js';

export interface ReadinessWatch {
  /** Milliseconds since the epoch. */
  readonly untilMs: number;
  /** Called once, where the first look finds that not everything is ready. */
  readonly onWaiting: () => void;
}

/**
 * Asks again and again, after growing waits, until every plan that is on is ready. Gives up after `pace.ready.deadlineMs`
 * or at `watch.untilMs`, whichever is first: services that report nothing take nothing away from the licence, so this never
 * fails a request. A cancellation passes through.
 */
export async function watchReadiness(
  record: RequestRecord,
  { userId, target }: ChangePlan,
  pace: Pace,
  { untilMs, onWaiting }: ReadinessWatch,
): Promise<void> {
  const givesUpAt = Math.min(Date.now() + pace.ready.deadlineMs, untilMs);
  record.readiness = { state: 'waiting', since: now(), pending: [] };
  for (let n = 0; ; n++) {
    const pending = await pendingNow();
    if (pending?.length === 0) return settle('ready', [], 'Ready: all services report that they are provisioned.');
    if (pending !== null) record.readiness = { ...record.readiness, pending };
    if (n === 0) onWaiting();
    const nextAt = Math.min(Date.now() + backoffMs(pace.ready, n), givesUpAt);
    if (nextAt <= Date.now()) {
      const open = record.readiness.pending;
      return settle('not-reported', open, `Assigned; not reported as ready in time: ${open.join(', ') || 'nothing'}.`);
    }
    record.enter(
      'assigned',
      'Assigned; its services are getting ready.',
      waitFor(notReadyText(pending), iso(nextAt), 'the services are asked again.'),
    );
    await sleep(nextAt - Date.now(), { summary: 'until the services are asked again' });
  }

  /** `null` where they could not be asked. */
  async function pendingNow(): Promise<readonly string[] | null> {
    try {
      return await reading(pace, 'are the services ready').readReadiness({ userId, target });
    } catch (error) {
      if (isCancellation(error)) throw error;
      record.fail(failureOf(error).failure);
      return null;
    }
  }

  function settle(state: 'ready' | 'not-reported', pending: readonly string[], text: string): void {
    record.readiness = { state, since: now(), pending };
    record.note(text);
  }
}

/** Services named in the sentence about what is waited for; all of them are in the view. */
const NAMED_MAX = 6;

function notReadyText(pending: readonly string[] | null): string {
  if (pending === null) return 'its services, which could not be asked.';
  const more = pending.length > NAMED_MAX ? ` and ${String(pending.length - NAMED_MAX)} more` : '';
  return `its services to report that they are ready: ${pending.slice(0, NAMED_MAX).join(', ')}${more}.`;
}
