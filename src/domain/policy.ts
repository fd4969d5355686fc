/** The operator's policy: which products can be asked for, and who has to agree. */

/** Whom a stage asks. Refs are object ids or user principal names. */
export type ApproverSelector =
  | { readonly users: readonly string[] }
  | {
      readonly manager: {
        /** 1 is the manager of the person licensed, 2 the manager's manager. */
        readonly level: number;
        /** Asked where there is no such manager, or one who cannot decide (disabled, guest, the requester). */
        readonly fallback: readonly string[];
      };
    };

export interface PolicyStage {
  readonly name: string;
  readonly approvers: readonly ApproverSelector[];
  readonly quorum: number;
  readonly deadlineMs: number;
}

export interface SkuPolicy {
  readonly stages: readonly PolicyStage[];
  /** How long an approved request waits for a free seat. */
  readonly seatWaitMs: number;
}

export interface Policy {
  readonly assertedDecisions: 'allow' | 'refuse';
  readonly countWarningUnits: boolean;
  /** Key: skuId or part number, lower case. A product that is missing here cannot be asked for. */
  readonly skus: Readonly<Record<string, SkuPolicy>>;
}

/** What the policy says about one product, or `null` where it cannot be asked for. */
export function skuPolicy(policy: Policy, sku: { skuId: string; skuPartNumber: string }): SkuPolicy | null {
  return policy.skus[sku.skuId.toLowerCase()] ?? policy.skus[sku.skuPartNumber.toLowerCase()] ?? null;
}

/**
 * The stages of a request for several products: those of each product in turn, each distinct stage once. The wait for
 * seats is the shortest that any of the products allows, because they are assigned together.
 */
export function combined(policies: readonly SkuPolicy[]): SkuPolicy {
  const stages = new Map(policies.flatMap(({ stages }) => stages).map((stage) => [JSON.stringify(stage), stage]));
  return {
    stages: [...stages.values()],
    seatWaitMs: Math.min(...policies.map(({ seatWaitMs }) => seatWaitMs)),
  };
}
