import type { RequestView } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import { leftBehind } from './left-behind.js';
import { LicenseflowError } from './licenseflow-error.js';

/** Why a request cannot be rolled back; `null` where it can. */
export function rollbackRefusal(view: RequestView): LicenseflowError | null {
  const { requestId, state } = view;
  if (state !== 'done') return new LicenseflowError('refused', 'NOT_DONE', ...notDone(view));
  if (view.wrote) return null;
  return new LicenseflowError(
    'refused',
    'NOTHING_WRITTEN',
    `Request ${requestId} changed nothing, so there is nothing to take back.`,
    'What the person holds was assigned by someone else, or before.',
  );
}

function notDone(view: RequestView): [message: string, remedy: string] {
  const { requestId, state, undone } = view;
  if (!isFinal(state))
    return [
      `Request ${requestId} is ${state}: it has not ended, so it cannot be rolled back.`,
      `To end it, which takes back what it made: licenseflow request withdraw ${requestId}`,
    ];
  const compare = `Compare what the person holds with the plan (licenseflow request show ${requestId}), and submit a request that sets it right.`;
  if (state === 'terminated')
    return [
      `Request ${requestId} was ended by force in Temporal: what it changed by then, if anything, is not known, so it cannot be rolled back.`,
      compare,
    ];
  const left = leftBehind(view);
  if (left.length > 0)
    return [`Request ${requestId} is ${state}, and not all of it was taken back: ${left.join('; ')}.`, compare];
  return [
    `Request ${requestId} is ${state}, so there is nothing to take back.`,
    undone.some(({ outcome }) => outcome === 'undone')
      ? 'What it had made was taken back when it ended.'
      : 'Nothing was changed by it.',
  ];
}
