import { z } from 'zod';

/** What service plans demand of each other. Plan ids in lower case. */
export const PlanRules = z.strictObject({
  /** A plan that is on needs at least one of the plans named for it to be on as well (E6). */
  dependencies: z.record(z.guid(), z.array(z.guid()).readonly()),
  /** At most one plan of each set may be on for one user (E7). */
  exclusive: z.array(z.array(z.guid()).readonly()).readonly(),
  /** Countries (ISO 3166-1 alpha-2) in which a plan is not offered (`ProhibitedInUsageLocationViolation`, E1). */
  prohibited: z.record(z.guid(), z.array(z.string()).readonly()),
});
export type PlanRules = Readonly<z.infer<typeof PlanRules>>;

/** A rule that a set of enabled plans breaks. */
export type PlanViolation =
  | { readonly kind: 'dependency'; readonly planId: string; readonly needs: readonly string[] }
  | { readonly kind: 'exclusive'; readonly planIds: readonly string[] };

/** The first rule that `enabled` breaks, or `undefined`. Prerequisites are looked for in `available`. */
export function planViolation(
  rules: PlanRules,
  enabled: ReadonlySet<string>,
  available: ReadonlySet<string> = enabled,
): PlanViolation | undefined {
  for (const planIds of rules.exclusive) {
    const together = planIds.filter((planId) => enabled.has(planId));
    if (together.length > 1) return { kind: 'exclusive', planIds: together };
  }
  for (const planId of enabled) {
    const needs = rules.dependencies[planId];
    if (needs && !needs.some((needed) => available.has(needed))) return { kind: 'dependency', planId, needs };
  }
  return undefined;
}
