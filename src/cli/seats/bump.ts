import type { SeatPriority } from '../../domain/policy.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { nameOfLease, placeText } from './lease-columns.js';

export interface BumpOptions {
  readonly priority?: SeatPriority;
  readonly as: string;
  readonly reason: string;
}

export async function bump(
  { session, out }: Invocation,
  { priority, as, reason }: BumpOptions,
  requestId: string,
): Promise<ExitCode> {
  const { seats } = (await session()).licenseflow;
  const lease = await seats.rank(requestId, priority ?? 'head', { actor: { ref: as, assurance: 'asserted' }, reason });
  await out.result('Lease', lease, () => {
    out.fields([
      ['Request', nameOfLease(lease)],
      ['Now', `Waits for a seat: ${placeText(lease, out)}.`],
    ]);
  });
  out.next('licenseflow waitlist', `licenseflow explain ${requestId}`);
  return EXIT.ok;
}
