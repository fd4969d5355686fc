/**
 * Brings one notice to its people, each channel as often as it needs. A channel that took it is not asked again, whatever
 * the others do.
 */
import { ActivityFailure, condition, sleep } from '@temporalio/workflow';
import type { ChannelName, NoticeInput, NoticeOutcome } from '../contracts/notice.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import { telling } from './activity-proxies.js';

export type Delivery =
  /** Over: nobody tries again. */
  | { readonly outcome: 'over'; readonly missed: readonly MissedChannel[] }
  /** Nothing was sent yet, because it is quiet hours; ISO 8601 in UTC when they end. */
  | { readonly outcome: 'deferred'; readonly until: string };

export interface MissedChannel {
  /** `null` where no worker answered for any of the channels that were left. */
  readonly channel: ChannelName | null;
  readonly reason: string;
}

/**
 * @param hurry true from the moment on in which somebody waits for the end of it: then nothing is waited for that takes
 * longer than all attempts together.
 */
export async function deliverNotice(
  notice: NoticeInput,
  { notices: pace }: Pace,
  hurry: () => boolean = () => false,
): Promise<Delivery> {
  const missed: MissedChannel[] = [];
  let rest = notice;
  for (let attempt = 1; ; attempt++) {
    const round = await tryOnce(rest, pace);
    if (round.outcome === 'deferred') return round;
    const longestMs = hurry() ? longestWaitMs(pace) : Infinity;
    const again = round.failed.filter(
      ({ againAfterMs }) => againAfterMs !== null && attempt < pace.attempts && againAfterMs <= longestMs,
    );
    const over = round.failed.filter((failure) => !again.includes(failure));
    missed.push(...over.map(({ channel, reason }) => ({ channel, reason })));
    if (again.length === 0) return { outcome: 'over', missed };
    rest = withChannels(rest, again);
    const asked = again.map(({ againAfterMs }) => againAfterMs ?? 0);
    await pause(Math.max(...asked, waitMs(pace, attempt)), hurry, `notice ${notice.kind} again`);
  }
}

/** A long pause ends when somebody begins to wait for its end. */
async function pause(ms: number, hurry: () => boolean, summary: string): Promise<void> {
  if (hurry()) await sleep(ms, { summary });
  else await condition(hurry, ms, { summary });
}

type Round =
  | { readonly outcome: 'sent'; readonly failed: readonly (MissedChannel & { readonly againAfterMs: number | null })[] }
  | Extract<NoticeOutcome, { outcome: 'deferred' }>;

async function tryOnce(notice: NoticeInput, pace: Pace['notices']): Promise<Round> {
  try {
    return await telling(pace, `notice ${notice.kind}`).sendNotice(notice);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const reason = `No worker said what came of it: ${error.cause?.message ?? error.message}.`;
    return { outcome: 'sent', failed: [{ channel: null, reason, againAfterMs: 0 }] };
  }
}

/** Once it is under way, quiet hours that begin do not stop it. */
function withChannels(notice: NoticeInput, again: readonly MissedChannel[]): NoticeInput {
  const channels = again.flatMap(({ channel }) => (channel === null ? [] : [channel]));
  return channels.length === 0 ? { ...notice, urgent: true, perhapsSent: true } : { ...notice, urgent: true, channels };
}

function waitMs(pace: Pace['notices'], attempt: number): number {
  return backoffMs({ firstMs: pace.retryMs, factor: 2, maxMs: longestWaitMs(pace) }, attempt - 1);
}

function longestWaitMs({ retryMs, attempts }: Pace['notices']): number {
  return retryMs * 2 ** attempts;
}
