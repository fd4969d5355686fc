/** Policies and their parts with everything that a test does not talk about left out. */
import type { ApproverSelector, Policy, PolicyStage, SkuPolicy, TermRule } from '../../src/domain/policy.js';

/** A stage with one requirement, unless `more` says otherwise. */
export function stageOf(
  name: string,
  anyOf: readonly ApproverSelector[],
  { quorum = 1, ...more }: Partial<PolicyStage> & { readonly quorum?: number } = {},
): PolicyStage {
  return {
    name,
    requirements: [{ anyOf, quorum }],
    deadlineMs: 60_000,
    remindEveryMs: null,
    escalation: null,
    ...more,
  };
}

export const NO_TERM: TermRule = { maxMs: null, noticesMs: [], extension: null, stepDownTo: 'previous' };

export function skuPolicyOf(rule: Partial<SkuPolicy> = {}): SkuPolicy {
  return {
    stages: [],
    autoApprove: [],
    holdSeat: 'at-approval',
    seatWaitMs: 20_000,
    seatPriority: [],
    term: NO_TERM,
    need: null,
    ...rule,
  };
}

export function policyOf(policy: Partial<Policy> = {}): Policy {
  return {
    assertedDecisions: 'allow',
    countWarningUnits: false,
    lowSeats: null,
    quietHours: null,
    operators: [],
    planDependencies: [],
    notOffered: [],
    monthlyPrices: {},
    campaigns: { secondPersonAbove: null },
    skus: {},
    ...policy,
  };
}
