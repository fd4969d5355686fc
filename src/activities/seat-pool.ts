/** What seat pools and those who want seats ask of the world: a message passed on, a count, who is still there. */
import type { SeatReading, TellSeatPoolInput } from '../contracts/seat-pool.js';
import type { SkuId } from '../domain/license.js';
import type { Policy } from '../domain/policy.js';
import { assignableSeats } from '../domain/seats.js';
import type { SubscribedSku } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import type { ActivityDependencies } from './dependencies.js';
import { seatCount } from './license-request.js';
import { policyOrNull } from './policy-in-force.js';

export function createSeatPoolActivities({ graph, policy, productNames, tenantId, seatPools }: ActivityDependencies) {
  return {
    /** Passes a message on to the pool of a product, and starts the pool where none runs. */
    async tellSeatPool({ skuId, message, pace }: TellSeatPoolInput): Promise<void> {
      await atBoundary(async () => seatPools.tell({ tenantId: await tenantId(), skuId }, message, pace));
    },

    /** Seats of a product as Graph counts them now. A product that the tenant no longer owns has none. */
    async countSeats({ skuId }: { readonly skuId: SkuId }): Promise<SeatReading> {
      return atBoundary(async () => {
        const [subscribed, rules] = await Promise.all([graph.subscribedSkus(), policyOrNull(policy)]);
        const sku = subscribed.find((known) => known.skuId === skuId);
        if (sku === undefined) return { assignable: 0, consumed: 0, product: skuId, warnBelow: null };
        return {
          assignable: assignableSeats(seatCount(sku), rules?.countWarningUnits ?? false),
          consumed: sku.consumedUnits,
          product: productNames.nameOf(skuId) ?? sku.skuPartNumber,
          warnBelow: warnBelow(rules, sku),
        };
      });
    },

    /** Those among the leases whose holder does not run any more. */
    async endedHolders(leaseIds: readonly string[]): Promise<readonly string[]> {
      return seatPools.ended(leaseIds);
    },
  };
}

function warnBelow(policy: Policy | null, { skuId, skuPartNumber }: SubscribedSku): number | null {
  if (policy === null || policy.lowSeats === null) return null;
  const excepted = policy.lowSeats.except.map((name) => name.toLowerCase());
  const isExcepted = excepted.includes(skuId) || excepted.includes(skuPartNumber.toLowerCase());
  return isExcepted ? null : policy.lowSeats.below;
}
