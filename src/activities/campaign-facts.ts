/** What campaigns want to know of users and of the tenant. Nothing here writes. */
import type {
  CampaignFacts,
  CampaignFactsInput,
  NextAllowed,
  NextAllowedInput,
  ReadUsersInput,
  ReadUsersResult,
} from '../contracts/campaign-reads.js';
import type { GroupFact, SubscriptionFact } from '../contracts/campaign.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { SkuId } from '../domain/license.js';
import { touched } from '../domain/license.js';
import { freeSeats } from '../domain/seats.js';
import type { GraphGateway, SubscribedSku } from '../graph/gateway.js';
import { GraphFailure, isFailure } from '../graph/gateway.js';
import { nextAllowed } from './allowed-hours.js';
import { atBoundary } from './activity-failure.js';
import { contentsOfTenant, groupsOf, skuFacts } from './change-plan.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileHeartbeating } from './heartbeat.js';
import { directLicenses } from './license-paths.js';
import { seatCount } from './license-request.js';
import { policyOrNull } from './policy-in-force.js';
import { bulkOptions, readUsers } from './read-users.js';
import { findSku } from './request-wish.js';
import { groupOf } from './tenant-who.js';

export function createCampaignFactsActivities({ graph, bulkReads, policy, productNames }: ActivityDependencies) {
  return {
    /** The direct state of some SKUs of each user, as a read shows it now, or why it could not be read. */
    async readCampaignUsers({ users }: ReadUsersInput): Promise<ReadUsersResult> {
      return atBoundary(() =>
        whileHeartbeating(async () => {
          const options = bulkOptions();
          const refs = users.map(({ id }) => id);
          const read = await readUsers({ graph, bulkReads }, refs, options);
          return read.map((entry, i) => {
            if (isFailure(entry)) return { failure: entry };
            const skuIds = users[i]?.skuIds ?? [];
            return {
              current: touched(directLicenses(entry), skuIds),
              throughGroup: skuIds.filter((skuId) => groupsOf(entry, skuId).length > 0),
            };
          });
        }),
      );
    },

    /** When writes may start next, and until when. */
    async nextAllowed({ hours, at }: NextAllowedInput): Promise<NextAllowed> {
      return nextAllowed(hours, at);
    },

    /** Products, seats, subscriptions, groups and the policy's rule, as a plan needs them. */
    async campaignFacts({ wishes, groups }: CampaignFactsInput): Promise<CampaignFacts> {
      return atBoundary(async () => {
        const [subscribed, rules] = await Promise.all([graph.subscribedSkus(), policyOrNull(policy)]);
        const names = wishes.flatMap(({ add, remove }) => [...add.map(({ sku }) => sku), ...remove]);
        const skus = namedSkus(names, subscribed);
        const skuIds = skus.map(({ skuId }) => skuId);
        const countsWarning = rules?.countWarningUnits ?? false;
        return {
          skus: skus.map((sku) => skuFacts(sku, productNames)),
          contents: contentsOfTenant(skus),
          free: Object.fromEntries(skus.map((sku) => [sku.skuId, freeSeats(seatCount(sku), countsWarning)])),
          ...(await subscriptionsOf(graph, skuIds)),
          groups: await groupFacts(graph, groups),
          // A policy that nobody can read waives nothing.
          secondPersonAbove: rules === null ? 0 : rules.campaigns.secondPersonAbove,
        };
      });
    },
  };
}

/** Each product once, in the order of the ids; what the tenant does not own is the plan's to say. */
function namedSkus(names: readonly string[], subscribed: readonly SubscribedSku[]): readonly SubscribedSku[] {
  const found = new Set(names.map((name) => findSku(name, subscribed)).filter((sku) => sku !== null));
  return [...found].sort((a, b) => (a.skuId < b.skuId ? -1 : 1));
}

/** Without the permission to read subscriptions a plan knows less; it is no reason to have none. */
async function subscriptionsOf(
  graph: GraphGateway,
  skuIds: readonly SkuId[],
): Promise<Pick<CampaignFacts, 'subscriptions' | 'subscriptionsUnknown'>> {
  try {
    const all: readonly SubscriptionFact[] = await graph.subscriptions();
    return { subscriptions: all.filter(({ skuId }) => skuIds.includes(skuId)), subscriptionsUnknown: null };
  } catch (error) {
    if (!(error instanceof GraphFailure) || passes(error.failure)) throw error;
    return { subscriptions: [], subscriptionsUnknown: error.failure };
  }
}

function passes({ code }: Failure): boolean {
  return meaningOf(code).handling === 'retry';
}

async function groupFacts(graph: GraphGateway, groups: CampaignFactsInput['groups']): Promise<readonly GroupFact[]> {
  const ids = [...new Set(groups.map(({ groupId }) => groupId))];
  const known = new Map(await Promise.all(ids.map(async (id) => [id, await groupOf(graph, id)] as const)));
  return groups.map(({ groupId, skuId, users }) => {
    const { name = null, dynamic = false, synced = false } = known.get(groupId) ?? {};
    return { groupId, name, dynamic, synced, skuId, users };
  });
}
