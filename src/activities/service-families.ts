/** Service families from `data/service-families.csv`, which comes with licenseflow and may be corrected there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { ServiceFamilies } from '../domain/service-family.js';

/** The same place seen from `src/activities` and from `dist/activities`. */
const TABLE = fileURLToPath(new URL('../../data/service-families.csv', import.meta.url));

const Rows = z.array(
  z.object({
    service: z.string().min(1),
    plan_id: z.guid().toLowerCase(),
    tier: z.coerce.number().int().min(1),
    security: z.enum(['yes', 'no']),
  }),
);

/**
 * Reads the table.
 *
 * @param file default: the table that comes with licenseflow
 * @throws Error where the file is missing, has another shape, or names a plan twice.
 */
export function readServiceFamilies(file: string = TABLE): ServiceFamilies {
  const rows = Rows.parse(parse(readFileSync(file), { bom: true, columns: true, trim: true }));
  const families = new Map(
    rows.map(({ service, plan_id, tier, security }) => [plan_id, { service, tier, security: security === 'yes' }]),
  );
  if (families.size < rows.length) throw new Error(`${file} names a service plan twice; each has one family.`);
  return families;
}
