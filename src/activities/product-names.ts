/**
 * Names of products and services for people, from Microsoft's table "Product names and service plan identifiers for
 * licensing". The table is a dictionary and nothing more: what a product contains is what the tenant's own
 * `subscribedSkus` says.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import type { ProductNames } from './dependencies.js';

/** The same place seen from `src/activities` and from `dist/activities`. */
const TABLE = fileURLToPath(new URL('../../data/product-names-and-service-plans.csv', import.meta.url));

/**
 * The table, read at the first question and kept. Products are told apart by GUID, because part numbers are not unique.
 *
 * @param file default: the table that comes with licenseflow
 * @throws Error from the first question on, where the table is missing or not the one expected.
 */
export function productTable(file: string = TABLE): ProductNames {
  let names: Names | undefined;
  const table = (): Names => (names ??= readNames(file));
  return {
    nameOf: (skuId) => table().products.get(skuId.toLowerCase()) ?? null,
    planNameOf: (servicePlanId) => table().plans.get(servicePlanId.toLowerCase()) ?? null,
  };
}

interface Names {
  readonly products: ReadonlyMap<string, string>;
  readonly plans: ReadonlyMap<string, string>;
}

const COLUMNS = {
  product: 'Product_Display_Name',
  skuId: 'GUID',
  planId: 'Service_Plan_Id',
  plan: 'Service_Plans_Included_Friendly_Names',
} as const;

function readNames(file: string): Names {
  const rows = parse<Record<string, string>>(readFileSync(file), { bom: true, columns: true, trim: true });
  return {
    products: dictionary(file, rows, COLUMNS.skuId, COLUMNS.product),
    plans: dictionary(file, rows, COLUMNS.planId, COLUMNS.plan),
  };
}

/** Names by id. A product stands in the table once for each of its plans; the first name counts. */
function dictionary(
  file: string,
  rows: readonly Readonly<Record<string, string>>[],
  idColumn: string,
  nameColumn: string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const row of rows) {
    const id = row[idColumn]?.toLowerCase();
    const name = row[nameColumn];
    if (id === undefined || name === undefined)
      throw new Error(
        `${file} has no column "${idColumn}" or "${nameColumn}". Put Microsoft's table back in its place.`,
      );
    if (!names.has(id)) names.set(id, readable(name));
  }
  return names;
}

/** Some names hold non-breaking or repeated spaces. */
function readable(name: string): string {
  return name.replaceAll(/\s+/g, ' ').trim();
}
