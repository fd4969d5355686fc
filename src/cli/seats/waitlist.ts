import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { skuNamed } from '../sku-named.js';
import { waitColumns } from './lease-columns.js';

export interface WaitlistOptions {
  readonly sku?: string;
  readonly limit: number;
}

export async function waitlist({ session, out }: Invocation, { sku, limit }: WaitlistOptions): Promise<ExitCode> {
  const { tenant, seats } = (await session()).licenseflow;
  const skuId = sku === undefined ? null : skuNamed(sku, await tenant.seats()).skuId;
  const rows = await seats.waitList(skuId, limit);
  await out.result('WaitList', { items: rows }, async () => {
    if (rows.length > 0 || out.isPiped) await out.table(waitColumns(out), rows);
  });
  const [first] = rows.flatMap(({ kind, requestId }) => (kind === 'request' ? (requestId ?? []) : []));
  if (rows.length === 0) out.note('Nobody waits for a seat.');
  else if (first !== undefined) out.next(`licenseflow explain ${first}`, 'licenseflow seats list');
  return EXIT.ok;
}
