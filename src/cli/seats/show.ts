import { poolExplanation, poolHeadline } from '../../contracts/seat-story.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Cell } from '../output.js';
import { skuNamed } from '../sku-named.js';
import { leaseColumns, nameOfLease, placeText } from './lease-columns.js';

export interface ShowOptions {
  readonly limit: number;
}

export async function show({ session, out }: Invocation, { limit }: ShowOptions, sku: string): Promise<ExitCode> {
  const { tenant, seats } = (await session()).licenseflow;
  const product = skuNamed(sku, await tenant.seats());
  const pool = await seats.pool(product.skuId, limit);
  const { free, consumed, enabled, skuPartNumber, name } = product;
  const now: readonly (readonly [string, Cell])[] = [
    ['Product', `${name} (${skuPartNumber})`],
    ['Seats', `${free} free, ${consumed} in use, ${enabled} bought`],
  ];
  await out.result('SeatPool', { product, pool }, async () => {
    if (pool === null) {
      out.fields([...now, ['Pool', 'Nobody waits and nothing is promised.']]);
      return;
    }
    out.fields([
      ...now,
      ['Pool', poolHeadline(pool)],
      ...poolExplanation(pool, out.time).map((line) => ['Pool', line] as const),
      ...pool.waitList.map(
        (lease) => ['Waiting', waitingLine(lease.who, nameOfLease(lease), placeText(lease, out))] as const,
      ),
      ...pool.acts.map(({ at, text }) => ['Operators', `${out.time(at)}  ${text}`] as const),
    ]);
    if (pool.leases.length > 0) await out.table(leaseColumns(out), pool.leases);
  });
  if (pool !== null && pool.waiting > pool.waitList.length)
    out.note(`${pool.waiting - pool.waitList.length} more wait; --limit shows more.`);
  out.next(
    ...(pool?.leases ?? [])
      .filter(({ kind }) => kind === 'operator')
      .slice(0, 1)
      .map(releaseCommand),
    `licenseflow waitlist --sku ${skuPartNumber}`,
  );
  return EXIT.ok;
}

function waitingLine(who: string | null, name: string, place: string): string {
  return who === null ? `${name}: ${place}` : `${name} for ${who}: ${place}`;
}

export function releaseCommand({ leaseId }: { readonly leaseId: string }): string {
  return `licenseflow seats release ${leaseId} --as USER --reason TEXT`;
}
