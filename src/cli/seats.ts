import type { Command } from 'commander';
import type { SkuSeats } from '../contracts/tenant.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { parseSku } from './option-values.js';
import type { Column } from './output.js';

interface SeatsOptions {
  readonly all?: true;
  readonly plans?: string;
}

/** `licenseflow seats`: the products of the tenant and what is left of them. */
export function registerSeats(program: Command, bind: Bind): void {
  const command = program
    .command('seats')
    .description('products of the tenant with their free seats')
    .option('--plans <sku>', 'the service plans of one product instead', parseSku)
    .option('--all', 'also products that nobody can be given');
  withExamples(command, ['licenseflow seats', 'licenseflow seats --plans SPE_E3', 'licenseflow seats --all --json']);
  bind(command, async () => showSeats);
}

const showSeats: Handler<SeatsOptions> = async ({ session, out }, { all, plans }) => {
  const products = await (await session()).licenseflow.tenant.seats();
  if (plans !== undefined) {
    const { skuNamed } = await import('./sku-named.js');
    const product = skuNamed(plans, products);
    await out.result('Product', product, () => out.table(PLAN_COLUMNS, product.servicePlans));
    return EXIT.ok;
  }
  const shown = all ? products : products.filter(isAssignable);
  const rows = [...shown].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  await out.result('SeatList', { items: rows }, () => out.table(SEAT_COLUMNS, rows));
  const hidden = products.length - shown.length;
  if (hidden > 0) out.note(`${hidden} more cannot be given to a person; --all shows them.`);
  return EXIT.ok;
};

function isAssignable({ appliesTo, capabilityStatus }: SkuSeats): boolean {
  return appliesTo === 'User' && (capabilityStatus === 'Enabled' || capabilityStatus === 'Warning');
}

const SEAT_COLUMNS: readonly Column<SkuSeats>[] = [
  { title: 'PRODUCT', cell: ({ name }) => name },
  { title: 'PART NUMBER', cell: ({ skuPartNumber }) => skuPartNumber },
  { title: 'FREE', cell: ({ free }) => free },
  { title: 'IN USE', cell: ({ consumed }) => consumed },
  { title: 'BOUGHT', cell: ({ enabled }) => enabled },
  { title: 'IN GRACE', cell: ({ warning }) => warning, wide: true },
  { title: 'SUSPENDED', cell: ({ suspended, lockedOut }) => suspended + lockedOut, wide: true },
  { title: 'STATUS', cell: ({ capabilityStatus }) => capabilityStatus },
  { title: 'ON REQUEST', cell: ({ requestable }) => (requestable ? 'yes' : 'no') },
  { title: 'SKU ID', cell: ({ skuId }) => skuId, wide: true },
];

const PLAN_COLUMNS: readonly Column<SkuSeats['servicePlans'][number]>[] = [
  { title: 'SERVICE PLAN', cell: ({ name }) => name },
  { title: 'APPLIES TO', cell: ({ appliesTo }) => appliesTo },
  { title: 'PLAN ID', cell: ({ id }) => id },
];
