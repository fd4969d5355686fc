import type { SeatPriority } from '../../domain/policy.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { skuNamed } from '../sku-named.js';
import { placeText } from './lease-columns.js';
import { releaseCommand } from './show.js';

export interface HoldOptions {
  /** Milliseconds. */
  readonly for: number;
  readonly as: string;
  readonly reason: string;
  readonly priority: SeatPriority;
}

export async function hold(
  { session, out }: Invocation,
  options: HoldOptions,
  sku: string,
  units: number,
): Promise<ExitCode> {
  const { tenant, seats } = (await session()).licenseflow;
  const product = skuNamed(sku, await tenant.seats());
  const lease = await seats.hold({
    ...{ skuId: product.skuId, units, forMs: options.for, priority: options.priority, reason: options.reason },
    actor: { ref: options.as, assurance: 'asserted' },
  });
  const what = `${units} ${units === 1 ? 'seat' : 'seats'} of ${product.name}`;
  await out.result('Lease', lease, () => {
    out.fields([
      ['Lease', lease.leaseId],
      [
        'Now',
        lease.state === 'held'
          ? `${what} kept back until ${out.time(lease.until)}.`
          : `${what} asked for: fewer are free, so it waits until ${out.time(lease.until)}, ${placeText(lease, out)}.`,
      ],
    ]);
  });
  out.next(`licenseflow seats show ${product.skuPartNumber}`, releaseCommand(lease));
  return EXIT.ok;
}
