/** Figures that open campaigns and seat pools tell of themselves: there are few of both, however many people they are about. */
import type { Licenseflow } from '../client/index.js';
import type { SeatPoolView } from '../contracts/seat-pool.js';
import { sumCounts } from '../domain/campaign.js';
import type { SubscribedSku } from '../graph/gateway.js';

/** More campaigns at a time are not asked; a tenant has one or two. */
const CAMPAIGNS_MAX = 20;

export interface CampaignProgress {
  /** Users of all open campaigns, by how far they are. */
  readonly users: Readonly<Partial<Record<string, number>>>;
  readonly usersPerSecond: number;
  readonly failures: Readonly<Partial<Record<string, number>>>;
}

export async function campaignProgress({ campaigns }: Pick<Licenseflow, 'campaigns'>): Promise<CampaignProgress> {
  const open = await campaigns.list({ limit: CAMPAIGNS_MAX });
  const views = await Promise.all(open.map(({ campaignId }) => campaigns.view(campaignId)));
  return {
    users: sumCounts(views.map(({ users }) => users)),
    usersPerSecond: views.reduce((sum, { usersPerSecond }) => sum + (usersPerSecond ?? 0), 0),
    failures: sumCounts(views.map(({ failures }) => failures)),
  };
}

export interface SeatFigures {
  readonly sku: string;
  readonly kind: 'bought' | 'free' | 'promised' | 'waiting';
  readonly seats: number;
}

/** By product; promises and waits come from the books of the pools that are open. */
export function seatFigures(skus: readonly SubscribedSku[], pools: readonly SeatPoolView[]): readonly SeatFigures[] {
  return skus
    .filter(({ appliesTo }) => appliesTo === 'User')
    .flatMap(({ skuId, skuPartNumber: sku, prepaidUnits, consumedUnits }): readonly SeatFigures[] => {
      const pool = pools.find((candidate) => candidate.skuId === skuId);
      const bought = prepaidUnits.enabled + prepaidUnits.warning;
      return [
        { sku, kind: 'bought', seats: bought },
        { sku, kind: 'free', seats: pool?.free ?? bought - consumedUnits },
        { sku, kind: 'promised', seats: (pool?.held ?? 0) + (pool?.settling ?? 0) },
        { sku, kind: 'waiting', seats: pool?.waiting ?? 0 },
      ];
    });
}
