import type { SkuSeats } from '../../contracts/tenant.js';
import { moneyText } from '../../domain/price.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';
import { skuNamed } from '../sku-named.js';

export interface ListOptions {
  readonly all?: true;
  readonly plans?: string;
}

/** Seats of a product, and what its pool has promised of them. */
interface Row extends SkuSeats {
  readonly held: number;
  readonly waiting: number;
}

export async function list({ session, out }: Invocation, { all, plans }: ListOptions): Promise<ExitCode> {
  const { tenant, seats } = (await session()).licenseflow;
  if (plans !== undefined) {
    const product = skuNamed(plans, await tenant.seats());
    await out.result('Product', product, () => out.table(PLAN_COLUMNS, product.servicePlans));
    return EXIT.ok;
  }
  const [products, pools] = await Promise.all([tenant.seats(), seats.pools()]);
  const shown = all ? products : products.filter(isAssignable);
  const rows = [...shown]
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .map((product): Row => {
      const pool = pools.find(({ skuId }) => skuId === product.skuId);
      return { ...product, held: pool?.held ?? 0, waiting: pool?.waiting ?? 0 };
    });
  await out.result('SeatList', { items: rows }, () => out.table(SEAT_COLUMNS, rows));
  const hidden = products.length - shown.length;
  if (hidden > 0) out.note(`${hidden} more cannot be given to a person; --all shows them.`);
  if (rows.some(({ waiting }) => waiting > 0)) out.next('licenseflow waitlist');
  return EXIT.ok;
}

function isAssignable({ appliesTo, capabilityStatus }: SkuSeats): boolean {
  return appliesTo === 'User' && (capabilityStatus === 'Enabled' || capabilityStatus === 'Warning');
}

const SEAT_COLUMNS: readonly Column<Row>[] = [
  { title: 'PRODUCT', cell: ({ name }) => name },
  { title: 'PART NUMBER', cell: ({ skuPartNumber }) => skuPartNumber },
  { title: 'FREE', cell: ({ free }) => free },
  { title: 'IN USE', cell: ({ consumed }) => consumed },
  { title: 'BOUGHT', cell: ({ enabled }) => enabled },
  { title: 'IN GRACE', cell: ({ warning }) => warning, wide: true },
  { title: 'SUSPENDED', cell: ({ suspended, lockedOut }) => suspended + lockedOut, wide: true },
  { title: 'STATUS', cell: ({ capabilityStatus }) => capabilityStatus },
  { title: 'ON REQUEST', cell: ({ requestable }) => (requestable ? 'yes' : 'no') },
  { title: 'A MONTH', cell: ({ monthlyPrice }) => monthlyPrice && moneyText(monthlyPrice), wide: true },
  { title: 'SKU ID', cell: ({ skuId }) => skuId, wide: true },
  { title: 'PROMISED', cell: ({ held }) => held },
  { title: 'WAITING', cell: ({ waiting }) => waiting },
];

const PLAN_COLUMNS: readonly Column<SkuSeats['servicePlans'][number]>[] = [
  { title: 'SERVICE PLAN', cell: ({ name }) => name },
  { title: 'APPLIES TO', cell: ({ appliesTo }) => appliesTo },
  { title: 'PLAN ID', cell: ({ id }) => id },
];
