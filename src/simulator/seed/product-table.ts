import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { ServicePlan } from '../sku-record.js';
import { PLAN, SKU, type SkuPartNumber } from './sku-ids.js';

/** Microsoft's product table; `data/README.md` says where it comes from. */
const TABLE = new URL('../../../data/product-names-and-service-plans.csv', import.meta.url);

const Rows = z.array(z.object({ GUID: z.string(), Service_Plan_Name: z.string(), Service_Plan_Id: z.string() }));

/**
 * Plans that apply to a company, not to its users. The table does not say; the first two were captured from the
 * service, the others are from memory of such captures.
 */
export const COMPANY_PLANS: ReadonlySet<string> = new Set([
  PLAN.EXCHANGE_S_FOUNDATION,
  PLAN.ADALLOM_S_O365,
  PLAN.INTUNE_O365,
  '94065c59-bc8e-4e8b-89e5-5138d471eaff', // MICROSOFT_SEARCH
  '6f23d6a9-adbf-481c-8538-b4c095654487', // M365_LIGHTHOUSE_CUSTOMER_PLAN1
  'd55411c9-cfff-40a9-87c7-240f14df7da5', // M365_LIGHTHOUSE_PARTNER_PLAN1
]);

let table: Promise<ReadonlyMap<string, readonly ServicePlan[]>> | undefined;

/** Service plans of the products in {@link SKU}, by part number. The table is read once in the life of a process. */
export async function productPlans(): Promise<Readonly<Record<SkuPartNumber, readonly ServicePlan[]>>> {
  table ??= readTable();
  const plans = await table;
  return Object.fromEntries(
    Object.entries(SKU).map(([partNumber, skuId]) => {
      const found = plans.get(skuId);
      if (!found) throw new Error(`The product table ${TABLE.pathname} has no product ${partNumber} (${skuId}).`);
      return [partNumber, found];
    }),
  ) as Record<SkuPartNumber, readonly ServicePlan[]>;
}

async function readTable(): Promise<ReadonlyMap<string, readonly ServicePlan[]>> {
  const wanted = new Set<string>(Object.values(SKU));
  const rows = Rows.parse(parse(await readFile(TABLE), { bom: true, columns: true }));
  const products = new Map<string, ServicePlan[]>();
  for (const row of rows) {
    const skuId = row.GUID.toLowerCase();
    if (!wanted.has(skuId)) continue;
    const plans = products.get(skuId) ?? [];
    const servicePlanId = row.Service_Plan_Id.toLowerCase();
    // The table repeats some plans under two friendly names.
    if (!plans.some((plan) => plan.servicePlanId === servicePlanId)) {
      const appliesTo = COMPANY_PLANS.has(servicePlanId) ? 'Company' : 'User';
      plans.push({ servicePlanId, servicePlanName: row.Service_Plan_Name, appliesTo });
    }
    products.set(skuId, plans);
  }
  return products;
}
