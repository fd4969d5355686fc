import { LicenseflowError } from '../client/licenseflow-error.js';
import type { SkuSeats } from '../contracts/tenant.js';

/**
 * The product of the tenant that a part number or skuId means.
 *
 * @throws LicenseflowError `not-found`.
 */
export function skuNamed(name: string, products: readonly SkuSeats[]): SkuSeats {
  const wanted = name.toLowerCase();
  const found = products.find(({ skuId, skuPartNumber }) => skuId === wanted || skuPartNumber.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new LicenseflowError(
    'not-found',
    'UNKNOWN_SKU',
    `The tenant does not own a product "${name}".`,
    'See its products: licenseflow seats --all',
  );
}
