/** The operator's policy: which products can be asked for, who has to agree, how long things last. All times are in ms. */

import type { MonthlyPrice } from './price.js';

/** People of the directory, found in one way. Refs are object ids or user principal names. */
export type ApproverSelector =
  | { readonly users: readonly string[] }
  /** Members of this group, also through nested groups. Object id of the group. */
  | { readonly group: string }
  | {
      readonly manager: {
        /** 1 is the manager of the person licensed, 2 the manager's manager. */
        readonly level: number;
        /** Where that manager cannot decide, the next one up to this level is asked. At least `level`. */
        readonly upTo: number;
        /** Asked where no manager on the way can decide (none set, disabled, a guest, the requester). */
        readonly fallback: readonly string[];
      };
    }
  /** The owners that the policy names for the product; resolved per product, so they are refs here. */
  | { readonly owners: readonly string[] };

/** A stage asks several requirements at once; each needs its own quorum, and all must be met. */
export interface Requirement {
  /** Whoever any of these selects may decide. */
  readonly anyOf: readonly ApproverSelector[];
  readonly quorum: number;
}

export interface PolicyStage {
  readonly name: string;
  readonly requirements: readonly Requirement[];
  /** Counts from the moment in which the stage is asked. */
  readonly deadlineMs: number;
  /** From one reminder to the next; `null` for none. */
  readonly remindEveryMs: number | null;
  /** When nobody decided for so long, or too few can decide, others are asked as well. */
  readonly escalation: { readonly afterMs: number; readonly to: readonly ApproverSelector[] } | null;
}

/** What a rule looks at. All parts that are given must hold; texts are compared without case. */
export interface Condition {
  readonly department?: readonly string[];
  readonly jobTitle?: readonly string[];
  readonly companyName?: readonly string[];
  readonly officeLocation?: readonly string[];
  readonly usageLocation?: readonly string[];
  /** Free seats of the product at the time of the request, at least. */
  readonly freeSeats?: number;
}

/** Attributes of the person licensed that a rule may look at, by the directory's names. */
export const CONDITION_ATTRIBUTES = [
  'department',
  'jobTitle',
  'companyName',
  'officeLocation',
  'usageLocation',
] as const;

/** What a {@link Condition} is held against: the person licensed as the directory has them, and one product's seats. */
export type Circumstances = Readonly<Record<(typeof CONDITION_ATTRIBUTES)[number], string | null>> & {
  readonly freeSeats: number;
};

/** Whether all parts of the condition hold. One without any part says nothing, so it never holds. */
export function conditionHolds(condition: Condition, circumstances: Circumstances): boolean {
  const { freeSeats } = condition;
  const attributes = CONDITION_ATTRIBUTES.filter((name) => condition[name] !== undefined);
  if (attributes.length === 0 && freeSeats === undefined) return false;
  const same = (text: string) => text.trim().toLowerCase();
  const isOneOf = (name: (typeof CONDITION_ATTRIBUTES)[number]) => {
    const actual = circumstances[name];
    return actual !== null && (condition[name] ?? []).some((wanted) => same(wanted) === same(actual));
  };
  return attributes.every(isOneOf) && (freeSeats === undefined || circumstances.freeSeats >= freeSeats);
}

/** The condition as people read it: "department is Sales or Marketing, and at least 20 seats are free". */
export function conditionText(condition: Condition): string {
  const { freeSeats } = condition;
  return [
    ...CONDITION_ATTRIBUTES.flatMap((name) => {
      const wanted = condition[name];
      return wanted === undefined ? [] : [`${name} is ${wanted.join(' or ')}`];
    }),
    ...(freeSeats === undefined ? [] : [`at least ${String(freeSeats)} seats are free`]),
  ].join(', and ');
}

export type SeatPriority = 'high' | 'normal' | 'low';

export interface ExtensionRule {
  /** Longest extension at a time. */
  readonly maxMs: number;
  readonly times: number;
  /** Whether the stages of the product decide about it; else it is granted at once. */
  readonly approval: boolean;
}

/** How long a licence may last, and what happens at its end. */
export interface TermRule {
  /** Longest term that may be asked for; `null` where the policy sets no limit, and then a request may have no end. */
  readonly maxMs: number | null;
  /** Notices so long before the end, longest first. */
  readonly noticesMs: readonly number[];
  /** `null` where the end cannot be moved. */
  readonly extension: ExtensionRule | null;
  /** What is held after the end: what was held before, or this product (skuId or part number) in place of what was given. */
  readonly stepDownTo: 'previous' | { readonly sku: string };
}

export interface SkuPolicy {
  readonly stages: readonly PolicyStage[];
  /** Any rule that holds spares the stages of this product, unless the plan takes a service away. */
  readonly autoApprove: readonly Condition[];
  /** From when on a seat is held for the request. */
  readonly holdSeat: 'at-submit' | 'at-approval';
  /** How long an approved request waits for a free seat. */
  readonly seatWaitMs: number;
  /** The first rule that holds decides; `normal` where none does. */
  readonly seatPriority: readonly { readonly priority: SeatPriority; readonly when: Condition }[];
  readonly term: TermRule;
  /** Shown in the catalogue: what the product is good for, in the words of people who need it. */
  readonly need: string | null;
}

/** Notices that can wait are not sent in these hours. */
export interface QuietHours {
  /** IANA name, such as Europe/Berlin. */
  readonly timeZone: string;
  /** `HH:mm` in that zone; from `from` until `to`, also across midnight. */
  readonly from: string;
  readonly to: string;
  readonly weekends: boolean;
}

/** A plan that does not work without others, as the operator knows it; the others are learned from Graph's refusals (E6). */
export interface PlanDependency {
  /** Plan name or id. */
  readonly plan: string;
  readonly needs: readonly string[];
}

/** A plan that Microsoft does not offer in some countries, as the operator knows it; Graph publishes no such list. */
export interface PlanNotOffered {
  /** Plan name or id. */
  readonly plan: string;
  /** Two letters each, upper case. */
  readonly in: readonly string[];
}

export interface Policy {
  readonly assertedDecisions: 'allow' | 'refuse';
  readonly countWarningUnits: boolean;
  /** Warn the operators when fewer seats are left; `null` for never. */
  readonly lowSeats: { readonly below: number; readonly except: readonly string[] } | null;
  readonly quietHours: QuietHours | null;
  /** Who hears of what a person has to look at, and of seats that run out. */
  readonly operators: readonly string[];
  readonly planDependencies: readonly PlanDependency[];
  readonly notOffered: readonly PlanNotOffered[];
  /** Key: skuId or part number, lower case. */
  readonly monthlyPrices: Readonly<Record<string, MonthlyPrice>>;
  /** With more users than `secondPersonAbove` a campaign starts only when a second person agrees; `null` for never. */
  readonly campaigns: { readonly secondPersonAbove: number | null };
  /** Key: skuId or part number, lower case. A product that is missing here cannot be asked for. */
  readonly skus: Readonly<Record<string, SkuPolicy>>;
}

/** What the policy says about one product, or `null` where it cannot be asked for. */
export function skuPolicy(policy: Policy, sku: { skuId: string; skuPartNumber: string }): SkuPolicy | null {
  return policy.skus[sku.skuId.toLowerCase()] ?? policy.skus[sku.skuPartNumber.toLowerCase()] ?? null;
}

/** What a seat of the product costs, or `null` where the policy does not say. */
export function monthlyPriceOf(
  { monthlyPrices }: Policy,
  { skuId, skuPartNumber }: { skuId: string; skuPartNumber: string },
): MonthlyPrice | null {
  return monthlyPrices[skuId.toLowerCase()] ?? monthlyPrices[skuPartNumber.toLowerCase()] ?? null;
}

/** The first rule of the product that approves by itself, or `null`. */
export function autoApproval({ autoApprove }: SkuPolicy, circumstances: Circumstances): Condition | null {
  return autoApprove.find((condition) => conditionHolds(condition, circumstances)) ?? null;
}

/** How urgent the product is for this person, by the first rule that holds. */
export function seatPriorityOf({ seatPriority }: SkuPolicy, circumstances: Circumstances): SeatPriority {
  return seatPriority.find(({ when }) => conditionHolds(when, circumstances))?.priority ?? 'normal';
}

const PRIORITIES: readonly SeatPriority[] = ['high', 'normal', 'low'];

/** Of several products the most urgent one decides, because a request waits for all of its seats. */
export function mostUrgent(priorities: readonly SeatPriority[]): SeatPriority {
  return PRIORITIES.find((priority) => priorities.includes(priority)) ?? 'normal';
}

/** What the policies of several products come to for one request. */
export interface CombinedPolicy {
  readonly stages: readonly PolicyStage[];
  readonly holdSeat: SkuPolicy['holdSeat'];
  readonly seatWaitMs: number;
  readonly term: TermRule;
}

/**
 * The rule of a request for several products: the stages of each product in turn, each distinct stage once. Of waits and
 * terms the shortest counts, because the products are assigned and given back together.
 */
export function combined(policies: readonly SkuPolicy[]): CombinedPolicy {
  const stages = new Map(policies.flatMap(({ stages }) => stages).map((stage) => [JSON.stringify(stage), stage]));
  return {
    stages: [...stages.values()],
    holdSeat: policies.some(({ holdSeat }) => holdSeat === 'at-submit') ? 'at-submit' : 'at-approval',
    seatWaitMs: Math.min(...policies.map(({ seatWaitMs }) => seatWaitMs)),
    term: combinedTerm(policies.map(({ term }) => term)),
  };
}

function combinedTerm(terms: readonly TermRule[]): TermRule {
  const extensions = terms.map(({ extension }) => extension);
  const limits = terms.flatMap(({ maxMs }) => (maxMs === null ? [] : [maxMs]));
  return {
    maxMs: limits.length === 0 ? null : Math.min(...limits),
    noticesMs: [...new Set(terms.flatMap(({ noticesMs }) => noticesMs))].sort((a, b) => b - a),
    extension: extensions.reduce((a, b) => (a === null || b === null ? null : stricter(a, b))) ?? null,
    stepDownTo: terms.find(({ stepDownTo }) => stepDownTo !== 'previous')?.stepDownTo ?? 'previous',
  };
}

function stricter(a: ExtensionRule, b: ExtensionRule): ExtensionRule {
  return {
    maxMs: Math.min(a.maxMs, b.maxMs),
    times: Math.min(a.times, b.times),
    approval: a.approval || b.approval,
  };
}
