/** What shall happen to a user, as the cells of a CSV say it; and the cells that say it again. */
import type { CampaignWish } from '../contracts/campaign.js';
import type { WantedProduct } from '../contracts/license-request.js';
import { skuRefProblem } from './references.js';

/**
 * Cells by column. Products are separated by `|`, `;` or a line break, because part numbers may hold commas and spaces.
 * Plans: `SKU:PLAN,PLAN` with such separators between products, or `PLAN,PLAN` where the row adds one product only.
 */
export interface WishCells {
  readonly add: string;
  readonly remove: string;
  readonly disabledPlans: string;
  readonly enabledPlans: string;
  /** `yes`, `no`, or the products that keep what is off. */
  readonly keepPlans: string;
  /** Services that may be lost, separated by commas. */
  readonly losing: string;
}

export const WISH_COLUMNS = ['add', 'remove', 'disabledPlans', 'enabledPlans', 'keepPlans', 'losing'] as const;

export interface WishDefaults {
  /** For rows that name no products. Its `losing` counts for all rows. */
  readonly wish: CampaignWish;
  /** Undefined where neither is said: then a row that also removes keeps plans, as a swap does. */
  readonly keepPlans?: boolean | undefined;
}

export type ReadWish = { readonly wish: CampaignWish } | { readonly mistakes: readonly string[] };

/** A row that names products stands by itself; one that names none has the products of the campaign. */
export function wishOfCells(cells: WishCells, { wish, keepPlans }: WishDefaults): ReadWish {
  const added = productsIn(cells.add);
  const removed = productsIn(cells.remove);
  const isOwn = added.length + removed.length > 0;
  const keeps = keepPlans ?? removed.length > 0;
  const products = isOwn
    ? added.map((sku) => ({ sku, disabledPlans: [], ...(keeps && { keepPlans: true }) }))
    : wish.add;
  const remove = isOwn ? removed : wish.remove;
  const add = withCells(products, cells);
  const losing = cells.losing === '' ? wish.losing : listOf(cells.losing, /[|;,\n]/u);
  const mistakes = [
    ...(products.length + remove.length === 0
      ? ['it names no product to add or remove, and the campaign has none of its own']
      : []),
    ...(isOwn ? productMistakes([...added, ...removed]) : []),
    ...planMistakes(cells, add),
    ...(cells.losing !== '' && remove.length === 0 ? ['nothing is removed, so no service can be lost'] : []),
  ];
  if (mistakes.length > 0) return { mistakes };
  return { wish: { add, remove, ...(losing !== undefined && remove.length > 0 && { losing }) } };
}

/** Cells from which {@link wishOfCells} reads the same wish. */
export function cellsOfWish({ add, remove, losing = [] }: CampaignWish): WishCells {
  const keeping = add.filter(({ keepPlans }) => keepPlans === true).map(({ sku }) => sku);
  return {
    add: add.map(({ sku }) => sku).join('|'),
    remove: remove.join('|'),
    disabledPlans: plansCell(add, ({ disabledPlans }) => disabledPlans),
    enabledPlans: plansCell(add, ({ enabledPlans = [] }) => enabledPlans),
    keepPlans: keeping.length === add.length ? (add.length === 0 ? '' : 'yes') : keeping.join('|') || 'no',
    losing: losing.join(','),
  };
}

function plansCell(add: readonly WantedProduct[], plansOf: (product: WantedProduct) => readonly string[]): string {
  return add
    .filter((product) => plansOf(product).length > 0)
    .map((product) => `${product.sku}:${plansOf(product).join(',')}`)
    .join('|');
}

// --- cells ------------------------------------------------------------------------------------------------------------

function productsIn(cell: string): readonly string[] {
  return listOf(cell, /[|;\n]/u);
}

function listOf(text: string, separator: RegExp): readonly string[] {
  const items = text.split(separator).map((item) => item.trim());
  return items.filter((item) => item !== '');
}

interface NamedPlans {
  /** `null` for the one product that is added. */
  readonly sku: string | null;
  readonly plans: readonly string[];
}

/** A part number may hold a colon, a plan does not: the last one separates. */
function plansIn(cell: string): readonly NamedPlans[] {
  return productsIn(cell).map((item) => {
    const colon = item.lastIndexOf(':');
    return { sku: colon < 0 ? null : item.slice(0, colon).trim(), plans: listOf(item.slice(colon + 1), /,/u) };
  });
}

function withCells(products: readonly WantedProduct[], cells: WishCells): readonly WantedProduct[] {
  const off = plansIn(cells.disabledPlans);
  const on = plansIn(cells.enabledPlans);
  return products.map((product) => {
    const { sku, disabledPlans, enabledPlans = [], keepPlans = false } = product;
    const named = (entries: readonly NamedPlans[]) =>
      entries.filter((entry) => entry.sku === null || same(entry.sku, sku)).flatMap(({ plans }) => plans);
    const enabled = [...new Set([...enabledPlans, ...named(on)])];
    const keeps = keepsIn(cells.keepPlans, sku) ?? keepPlans;
    return {
      sku,
      disabledPlans: [...new Set([...disabledPlans, ...named(off)])],
      ...(enabled.length > 0 && { enabledPlans: enabled }),
      ...(keeps && { keepPlans: true }),
    };
  });
}

/** `null` where the cell says nothing. */
function keepsIn(cell: string, sku: string): boolean | null {
  switch (cell.toLowerCase()) {
    case '':
      return null;
    case 'yes':
      return true;
    case 'no':
      return false;
    default:
      return productsIn(cell).some((kept) => same(kept, sku));
  }
}

// --- mistakes ---------------------------------------------------------------------------------------------------------

function productMistakes(skus: readonly string[]): readonly string[] {
  const repeated = skus.filter((sku, i) => skus.findIndex((earlier) => same(earlier, sku)) < i);
  return [
    ...skus.flatMap((sku) => {
      const problem = skuRefProblem(sku);
      return problem === null ? [] : [`${quoted(sku)} is no product. ${problem}`];
    }),
    ...[...new Set(repeated)].map((sku) => `${quoted(sku)} is named more than once: add or remove it, once`),
  ];
}

function planMistakes(cells: WishCells, add: readonly WantedProduct[]): readonly string[] {
  const off = plansIn(cells.disabledPlans);
  const on = plansIn(cells.enabledPlans);
  const isYesOrNo = ['', 'yes', 'no'].includes(cells.keepPlans.toLowerCase());
  const strangers = [...off, ...on]
    .flatMap(({ sku }) => sku ?? [])
    .concat(isYesOrNo ? [] : productsIn(cells.keepPlans))
    .filter((sku) => !add.some((product) => same(product.sku, sku)));
  const both = add.flatMap(({ sku, disabledPlans, enabledPlans = [] }) =>
    enabledPlans
      .filter((plan) => disabledPlans.some((other) => same(other, plan)))
      .map((plan) => `${quoted(plan)} of ${sku} shall be on and off`),
  );
  const open = add.filter(({ enabledPlans = [], keepPlans }) => enabledPlans.length > 0 && keepPlans !== true);
  return [
    ...[...off, ...on].filter(({ plans }) => plans.length === 0).map(() => 'plans are written SKU:PLAN,PLAN'),
    ...([...off, ...on].some(({ sku }) => sku === null) && add.length !== 1
      ? [`write SKU:PLAN, because ${add.length === 0 ? 'no product is' : `${add.length} products are`} added`]
      : []),
    ...strangers.map((sku) => `${quoted(sku)} is not added, so its plans cannot be chosen`),
    ...both,
    ...open.map(({ sku }) => `${quoted(sku)} comes with its plans on; enabledPlans says something with keepPlans only`),
  ];
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Of a cell that may be anything. */
const SHOWN_MAX = 60;

export function quoted(text: string): string {
  const plain = text.replace(/\s+/gu, ' ');
  return `"${plain.length > SHOWN_MAX ? `${plain.slice(0, SHOWN_MAX)}…` : plain}"`;
}
