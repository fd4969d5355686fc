import type { RequestView } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import { leftBehind } from './left-behind.js';
import { LicenseflowError } from './licenseflow-error.js';

/** Why a request cannot be rolled back; `null` where it can. */
export function rollbackRefusal(view: RequestView): LicenseflowError | null {
  const { requestId, state } = view;
  if (isStillHeld(view)) return null;
  if (state !== 'done') return new LicenseflowError('refused', 'NOT_DONE', ...notDone(view));
  if (view.wrote) return null;
  return new LicenseflowError(
    'refused',
    'NOTHING_WRITTEN',
    `Request ${requestId} changed nothing, so there is nothing to take back.`,
    'What the person holds was assigned by someone else, or before.',
  );
}

/** Its end could not give back what was held before: what it gave is still there, as it was given. */
function isStillHeld({ state, undone }: RequestView): boolean {
  return state === 'ended' && undone.some(({ outcome }) => outcome === 'not-undone');
}

function notDone(view: RequestView): [message: string, remedy: string] {
  const { requestId, state, undone } = view;
  if (state === 'ending')
    return [
      `Request ${requestId} is at its end, and what was held before is being restored already.`,
      `See how far it is: licenseflow explain ${requestId}`,
    ];
  if (state === 'active' || state === 'assigned')
    return [
      `The licence of request ${requestId} is ${state === 'active' ? 'in force' : 'assigned'}: the request itself can take it back.`,
      `To end it early, which restores what was held before: licenseflow request withdraw ${requestId}`,
    ];
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
  if (state === 'ended')
    return [
      `Request ${requestId} has ended, so there is nothing to take back.`,
      view.term?.stepDownTo
        ? `At its end ${view.term.stepDownTo.name} took its place, as the policy says; submit a request for what shall be held.`
        : 'At its end what was held before was restored.',
    ];
  return [
    `Request ${requestId} is ${state}, so there is nothing to take back.`,
    undone.some(({ outcome }) => outcome === 'undone')
      ? 'What it had made was taken back when it ended.'
      : 'Nothing was changed by it.',
  ];
}
