import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { WaitFor } from '../../client/license-requests.js';
import { DETACHED, untilDetached } from '../detachable.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOfRequest } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { printSummary } from '../request-summary.js';

/** How long to wait for an end where nothing was said: a day. */
export const WAIT_MS = 24 * 60 * 60 * 1_000;

export interface WaitOptions {
  readonly assigned?: true;
}

export async function wait(invocation: Invocation, { assigned }: WaitOptions, requestId: string): Promise<ExitCode> {
  return waitForEnd(invocation, requestId, invocation.global.timeout ?? WAIT_MS, assigned ? 'assigned' : 'done');
}

/** Waits until a request is done, in force, or ended, and tells it. Ctrl-C only ends the waiting. */
export async function waitForEnd(
  invocation: Invocation,
  requestId: string,
  withinMs: number,
  what: WaitFor,
): Promise<ExitCode> {
  const { out, deps } = invocation;
  const { requests } = (await invocation.session()).licenseflow;
  out.note(`Waiting until request ${requestId} is ${what}. Ctrl-C ends only the waiting.`);
  const ended = await untilDetached(deps, requests.wait(requestId, withinMs, what).catch(withWaitCommand(requestId)));
  if (ended === DETACHED) {
    out.note(`Stopped waiting; request ${requestId} goes on.`);
    out.next(`licenseflow explain ${requestId}`, `licenseflow request withdraw ${requestId} --as USER --reason TEXT`);
    return EXIT.interrupted;
  }
  await printSummary(ended, out);
  return what === 'assigned' && ended.state === 'assigned' ? EXIT.ok : exitCodeOfRequest(ended);
}

function withWaitCommand(requestId: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof LicenseflowError) || error.code !== 'STILL_OPEN') throw error;
    const { kind, code, message, remedy } = error;
    const again = `Wait longer: licenseflow request wait ${requestId} --timeout 1h`;
    throw new LicenseflowError(kind, code, message, `${remedy}\n${again}`, { cause: error });
  };
}
