import type { LeaseRow } from '../../client/seat-pools.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { RequestView } from '../../contracts/license-request.js';
import type { RollbackView } from '../../contracts/license-rollback.js';
import type { LicenseflowCalls } from '../invocation.js';
import type { Output } from '../output.js';
import { placeText } from './lease-columns.js';

/**
 * Where a request, or its rollback, stands in wait-lists. Only a pool knows; where it does not answer, all else that is
 * known of the request is still worth showing.
 */
export async function placesOf(
  view: RequestView,
  rollback: RollbackView | null,
  { seats }: Pick<LicenseflowCalls, 'seats'>,
): Promise<readonly LeaseRow[]> {
  const waits = view.seats.some(({ state }) => state === 'asked') || rollback?.state === 'waiting-for-seat';
  if (!waits) return [];
  try {
    const skuIds = (view.plan?.skus ?? []).map(({ skuId }) => skuId);
    const leases = await seats.leasesOf(view.requestId, skuIds);
    return leases.filter(({ state }) => state === 'waiting');
  } catch (error) {
    if (error instanceof LicenseflowError) return [];
    throw error;
  }
}

/** "Microsoft 365 E5: place 3 since …, probably around …" */
export function placeLine(place: LeaseRow, { plan }: RequestView, out: Output): string {
  const name = plan?.skus.find(({ skuId }) => skuId === place.skuId)?.name ?? place.skuId;
  return `${name}: ${placeText(place, out)}`;
}
