import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { printCurrent } from '../request-summary.js';

export interface WithdrawOptions {
  readonly as: string;
  readonly reason: string;
}

export async function withdraw(
  invocation: Invocation,
  { as, reason }: WithdrawOptions,
  requestId: string,
): Promise<ExitCode> {
  const { requests } = (await invocation.session()).licenseflow;
  await requests.withdraw(requestId, { ref: as, assurance: 'asserted' }, reason);
  await printCurrent(requests, requestId, invocation.out);
  return EXIT.ok;
}
