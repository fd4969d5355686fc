import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { printCurrent } from '../request-summary.js';

export interface DelegateOptions {
  readonly as: string;
  readonly to: string;
  readonly reason: string;
}

/** Lets somebody else decide in the stage that waits now, and in no other. */
export async function delegate(
  invocation: Invocation,
  { as, to, reason }: DelegateOptions,
  requestId: string,
): Promise<ExitCode> {
  const { requests } = (await invocation.session()).licenseflow;
  const { stage } = await requests.view(requestId);
  await requests.delegate(requestId, { actor: { ref: as, assurance: 'asserted' }, to, stage, reason });
  await printCurrent(requests, requestId, invocation.out);
  return EXIT.ok;
}
