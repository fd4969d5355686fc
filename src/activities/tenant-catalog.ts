/** What can be asked for: the policy's offer, with what the tenant has left of it. */
import type { Catalog, CatalogEntry } from '../contracts/tenant.js';
import { meaningOf } from '../domain/failures.js';
import type { Policy, SkuPolicy } from '../domain/policy.js';
import { monthlyPriceOf, skuPolicy } from '../domain/policy.js';
import { freeSeats } from '../domain/seats.js';
import type { GraphGateway, SubscribedSku } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import type { ActivityDependencies } from './dependencies.js';
import { PolicyError } from './dependencies.js';
import { seatCount } from './license-request.js';
import { conditionInWords, groupsNamedIn, stageInWords, termInWords } from './policy-words.js';

export function createTenantCatalogActivities({ graph, policy, productNames }: ActivityDependencies) {
  return {
    async readCatalog(): Promise<Catalog> {
      return atBoundary(async () => {
        const [subscribed, rules] = await Promise.all([graph.subscribedSkus(), policyOrMessage(policy)]);
        if (typeof rules === 'string') return { outcome: 'policy-invalid', message: rules };
        const offered = subscribed.flatMap((sku) => {
          const rule = isAssignable(sku) ? skuPolicy(rules, sku) : null;
          return rule === null ? [] : [{ sku, rule }];
        });
        const groups = await groupNames(graph, groupsNamedIn(offered.flatMap(({ rule }) => rule.stages)));
        return {
          outcome: 'offered',
          entries: offered.map(({ sku, rule }) => entryOf(sku, rule, rules, groups)).sort(byNeed),
        };
      });
    },
  };

  function entryOf(
    sku: SubscribedSku,
    rule: SkuPolicy,
    policy: Policy,
    groups: ReadonlyMap<string, string>,
  ): CatalogEntry {
    return {
      skuId: sku.skuId,
      skuPartNumber: sku.skuPartNumber,
      name: productNames.nameOf(sku.skuId) ?? sku.skuPartNumber,
      need: rule.need,
      free: freeSeats(seatCount(sku), policy.countWarningUnits),
      seatWaitMs: rule.seatWaitMs,
      decides: rule.stages.map((stage) => stageInWords(stage, groups)),
      autoApproved: rule.autoApprove.map(conditionInWords),
      term: termInWords(rule.term),
      monthlyPrice: monthlyPriceOf(policy, sku),
    };
  }
}

async function policyOrMessage(policy: ActivityDependencies['policy']): Promise<Policy | string> {
  try {
    return await policy();
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

function isAssignable({ appliesTo, capabilityStatus }: SubscribedSku): boolean {
  return appliesTo === 'User' && (capabilityStatus === 'Enabled' || capabilityStatus === 'Warning');
}

/** A group that cannot be read keeps its id for a name: the offer stands all the same. */
async function groupNames(graph: GraphGateway, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const named = await Promise.all(
    ids.map(async (id) => {
      try {
        return [[id, (await graph.group(id)).displayName]] as const;
      } catch (error) {
        if (!(error instanceof GraphFailure) || meaningOf(error.failure.code).handling === 'retry') throw error;
        return [] as const;
      }
    }),
  );
  return new Map(named.flat());
}

/** People look for what they need; products that name no need come last. */
function byNeed(a: CatalogEntry, b: CatalogEntry): number {
  if ((a.need === null) !== (b.need === null)) return a.need === null ? 1 : -1;
  return (a.need ?? '').localeCompare(b.need ?? '', 'en') || a.name.localeCompare(b.name, 'en');
}
