import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { SimOptions } from './simulated-tenant.js';
import { simulatedTenant } from './simulated-tenant.js';

export async function setFreeSeats(
  invocation: Invocation,
  options: SimOptions,
  sku: string,
  free: number,
): Promise<ExitCode> {
  const { control, tenant } = await simulatedTenant(invocation, options);
  const wanted = sku.toLowerCase();
  const found = (await control.run(tenant, 'skus')).find(
    ({ skuId, skuPartNumber }) => skuId === wanted || skuPartNumber.toLowerCase() === wanted,
  );
  if (found === undefined) {
    const remedy = 'See its products: licenseflow seats --all';
    throw new LicenseflowError('not-found', 'UNKNOWN_SKU', `The simulated tenant has no product "${sku}".`, remedy);
  }
  const { skuId, skuPartNumber } = found;
  await control.run(tenant, 'set-free-seats', { skuId, free });
  await invocation.out.result('SimulatedSeats', { skuId, skuPartNumber, free }, () =>
    invocation.out.line(`${skuPartNumber}: ${free} free`),
  );
  return EXIT.ok;
}
