import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';

export interface ReleaseOptions {
  readonly as: string;
  readonly reason: string;
}

export async function release(
  { session, out }: Invocation,
  { as, reason }: ReleaseOptions,
  leaseId: string,
): Promise<ExitCode> {
  const { seats } = (await session()).licenseflow;
  const lease = await seats.release(leaseId, { actor: { ref: as, assurance: 'asserted' }, reason });
  await out.result('Lease', lease, () => {
    out.fields([
      ['Lease', leaseId],
      [
        'Now',
        lease.kind === 'operator'
          ? 'Given back; the next in line is served by the next count.'
          : 'Ended. It may have been used, so its seat is given on once a count is certain to show it.',
      ],
    ]);
  });
  out.next('licenseflow seats');
  return EXIT.ok;
}
