/** A seat pool in plain sentences. The same words stand in the Temporal UI and on the command line. */
import type { LeaseView, SeatPoolView } from './seat-pool.js';
import type { TimeText } from './request-story.js';
import { utc } from './request-story.js';

/** The whole pool as Markdown, for the Temporal UI. */
export function poolStory(pool: SeatPoolView, time: TimeText = utc): string {
  const lines = poolExplanation(pool, time).map((line) => `- ${line}`);
  const waiting = pool.waitList.map((lease) => `${String(lease.position)}. ${waitText(lease, time)}`);
  return [`**${poolHeadline(pool)}**`, '', ...lines, ...(waiting.length > 0 ? ['', ...waiting] : [])].join('\n');
}

export function poolHeadline({ product, skuId, waiting }: SeatPoolView): string {
  const queue = waiting === 0 ? 'nobody waits' : waiting === 1 ? 'one waits' : `${String(waiting)} wait`;
  return `Seats of ${product ?? skuId}: ${queue}`;
}

export function poolExplanation(pool: SeatPoolView, time: TimeText = utc): readonly string[] {
  const { count, free, refusedAt, held, settling, nextCountAt, lastFailure } = pool;
  const counted =
    count === null
      ? 'Not counted yet.'
      : `Counted at ${time(count.at)}: ${String(count.assignable)} to give, ${String(count.consumed)} in use.`;
  const promised = `Promised: ${String(held)}; assigned and perhaps not counted yet: ${String(settling)}.`;
  return [
    counted,
    promised,
    ...(free === null
      ? []
      : [free < 0 ? `${String(-free)} more promised than there are.` : `Left to promise: ${String(free)}.`]),
    ...(refusedAt === null
      ? []
      : [`Graph had no free seat for a write at ${time(refusedAt)}, which counts more than a count that may lag.`]),
    ...(nextCountAt === null ? [] : [`Next count: ${time(nextCountAt)}.`]),
    ...(lastFailure === null ? [] : [`Last count failed (${time(lastFailure.at)}): ${lastFailure.message}`]),
  ];
}

/** "license-request/lr-1, since …, about …": one line of a wait-list. */
function waitText(lease: LeaseView, time: TimeText): string {
  const units = lease.units === 1 ? '' : `, ${String(lease.units)} seats`;
  return `${lease.holder ?? lease.leaseId}${units}, since ${time(lease.since)}, ${estimateText(lease, time)}`;
}

/** When a waiting lease will be served, as far as that can be said honestly. */
export function estimateText({ estimate }: Pick<LeaseView, 'estimate'>, time: TimeText = utc): string {
  return estimate === null ? 'no basis for an estimate yet' : `probably around ${time(estimate)}`;
}
