import type { Command } from 'commander';
import ms from 'ms';
import type { CatalogEntry } from '../contracts/tenant.js';
import { moneyText } from '../domain/price.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import type { Column } from './output.js';

/** `licenseflow catalog`: what can be asked for, by need. */
export function registerCatalog(program: Command, bind: Bind): void {
  const command = program
    .command('catalog')
    .description('what can be asked for, by need, with the seats that are left and who decides')
    .option('--search <words>', 'only what has all of these words in its need or its name');
  withExamples(command, [
    'licenseflow catalog',
    'licenseflow catalog --search "power bi"',
    'licenseflow catalog --json',
  ]);
  bind(command, async () => showCatalog);
}

const showCatalog: Handler<{ readonly search?: string }> = async ({ session, out }, { search = '' }) => {
  const entries = await (await session()).licenseflow.tenant.catalog();
  const items = entries.filter((entry) => hasAll(entry, search));
  await out.result('Catalog', { items }, async () => {
    if (items.length > 0 || out.isPiped) await out.table(COLUMNS, items);
  });
  const [first] = items;
  if (first !== undefined) out.next(`licenseflow request submit --for USER --add ${first.skuPartNumber} --reason TEXT`);
  else if (entries.length === 0) out.note('Nothing can be asked for: the policy offers no product of this tenant.');
  else out.note(`Nothing matches "${search}". All of it: licenseflow catalog`);
  return EXIT.ok;
};

function hasAll({ need, name, skuPartNumber }: CatalogEntry, words: string): boolean {
  const text = `${need ?? ''} ${name} ${skuPartNumber}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}

const COLUMNS: readonly Column<CatalogEntry>[] = [
  { title: 'NEED', cell: ({ need }) => need },
  { title: 'PRODUCT', cell: ({ name }) => name },
  { title: 'PART NUMBER', cell: ({ skuPartNumber }) => skuPartNumber },
  { title: 'SEATS', cell: seats },
  { title: 'DECIDES', cell: ({ decides }) => decides.join(', then ') || 'nobody' },
  { title: 'WITHOUT ASKING', cell: ({ autoApproved }) => autoApproved.join('; or '), wide: true },
  { title: 'A MONTH', cell: ({ monthlyPrice }) => monthlyPrice && moneyText(monthlyPrice) },
  { title: 'TERM', cell: ({ term }) => term },
  { title: 'SKU ID', cell: ({ skuId }) => skuId, wide: true },
];

function seats({ free, seatWaitMs }: CatalogEntry): string {
  return free > 0 ? `${free} left` : `none, waits up to ${ms(seatWaitMs, { long: true })}`;
}
