/** The usage location, where the request asks to set one. Undone only for someone who is left without any licence. */
import { sleep } from '@temporalio/workflow';
import type { ReadLicensesResult } from '../contracts/license-change.js';
import type { Undone } from '../contracts/license-request.js';
import type { Pace } from '../contracts/pace.js';
import { backoffMs } from '../contracts/pace.js';
import type { Failure } from '../domain/failures.js';
import type { ChangePlan } from '../domain/plan.js';
import { reading, writing } from './activity-proxies.js';
import type { Persistence, Tried } from './keep-trying.js';
import { keepTrying } from './keep-trying.js';

export interface LocationOrder {
  readonly userId: string;
  readonly from: string | null;
  readonly to: string;
  readonly pace: Pace;
}

/** What the plan sets, or `null` where the location stays as it is. */
export function locationOrder({ userId, usageLocation }: ChangePlan, pace: Pace): LocationOrder | null {
  if (usageLocation === null || usageLocation.from === usageLocation.to) return null;
  return { userId, ...usageLocation, pace };
}

export async function setUsageLocation(
  { userId, from, to, pace }: LocationOrder,
  onRetry: Persistence['onRetry'],
): Promise<Tried<void>> {
  return keepTrying(() => writing(pace, 'set usage location', 'person').setUsageLocation({ userId, from, to }), {
    pace,
    onRetry,
    timeoutMeans: 'OUTCOME_UNKNOWN',
  });
}

/**
 * Puts the former location back. An empty one breaks later assignments, so it is emptied again only for someone without
 * any licence.
 *
 * @param perhapsSet whether it may have been set; a user who looks unchanged then counts as such only after
 *   `pace.settleMs`, because reads lag behind writes.
 */
export async function restoreUsageLocation(
  { userId, from, to, pace }: LocationOrder,
  perhapsSet: boolean,
  onRetry: Persistence['onRetry'],
): Promise<Undone> {
  const step = `usage location ${to}`;
  const read = await settledLocation({ userId, from, to, pace }, perhapsSet, onRetry);
  if (!read.ok) return { step, outcome: 'not-undone', note: read.failure.message };
  const { usageLocation, anyLicense } = read.value;
  if (usageLocation === from) return { step, outcome: 'nothing-to-undo', note: 'It is as before.' };
  if (usageLocation !== to) return { step, outcome: 'left-alone', note: 'Someone else changed it.' };
  if (anyLicense && from === null)
    return {
      step,
      outcome: 'kept',
      note: 'Without one, the licences that the person holds could not be changed any more.',
    };
  const tried = await keepTrying(
    () => writing(pace, 'restore usage location', 'person').setUsageLocation({ userId, from: to, to: from }),
    { pace, onRetry, timeoutMeans: 'OUTCOME_UNKNOWN' },
  );
  return tried.ok ? { step, outcome: 'undone', note: `Back to ${from ?? 'empty'}.` } : notUndone(step, tried.failure);
}

async function settledLocation(
  { userId, from, pace }: LocationOrder,
  perhapsSet: boolean,
  onRetry: Persistence['onRetry'],
): Promise<Tried<ReadLicensesResult>> {
  const startedAt = Date.now();
  for (let n = 0; ; n++) {
    const read = await keepTrying(() => reading(pace, 'read before undoing').readLicenses({ userId, skuIds: [] }), {
      pace,
      onRetry,
    });
    const settledMs = Date.now() - startedAt;
    const settled = !read.ok || read.value.usageLocation !== from || !perhapsSet || settledMs >= pace.settleMs;
    if (settled) return read;
    await sleep(Math.min(backoffMs(pace.verify, n), pace.settleMs - settledMs), {
      summary: 'until the outcome of the write is certain',
    });
  }
}

function notUndone(step: string, { code, message }: Failure): Undone {
  return { step, outcome: code === 'DRIFT' ? 'left-alone' : 'not-undone', note: message };
}
