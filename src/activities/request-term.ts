/** How long a request wants a licence, held against the policy; and whether what was assigned is ready for use. */
import type { LicenseRequest, Problem, ReadReadinessInput } from '../contracts/license-request.js';
import type { SkuFacts } from '../domain/plan.js';
import type { SkuPolicy, TermRule } from '../domain/policy.js';
import { combined } from '../domain/policy.js';
import { spanText, termRefusal } from '../domain/term.js';
import type { GraphGateway, SubscribedSku } from '../graph/gateway.js';
import { skuFacts } from './change-plan.js';
import type { ProductNames } from './dependencies.js';

export interface TermOfRequest {
  readonly term: TermRule;
  readonly stepDownTo: SkuFacts | null;
  readonly problems: readonly Problem[];
}

/** A product of the request, and what the policy says about it. */
export interface Offer {
  readonly sku: SubscribedSku;
  readonly rule: SkuPolicy;
}

/** The rule for the end of what is asked for. Only products that are added are bound by it: taking one away needs no end. */
export function termOf(
  request: LicenseRequest,
  offers: readonly Offer[],
  subscribed: readonly SubscribedSku[],
  productNames: ProductNames,
): TermOfRequest {
  const policies = offers.map(({ rule }) => rule);
  const adding = offers.filter(({ sku }) => isAdded(request, sku)).map(({ rule }) => rule);
  const { term } = combined(adding.length > 0 ? adding : policies);
  const refusal =
    malformed(request) ?? termRefusal(lengthOf(request), adding.length > 0 ? term : { ...term, maxMs: null });
  const product = stepDownProduct(term, subscribed);
  const lasts = lengthOf(request) !== null;
  return {
    term,
    stepDownTo: product === null ? null : skuFacts(product, productNames),
    problems: [
      ...(refusal === null ? [] : [refusedTerm(refusal, term)]),
      ...(lasts && product === null && term.stepDownTo !== 'previous' ? [unknownStepDown(term.stepDownTo.sku)] : []),
    ],
  };
}

function isAdded({ add }: LicenseRequest, { skuId, skuPartNumber }: SubscribedSku): boolean {
  return add.some(({ sku }) => [skuId, skuPartNumber.toLowerCase()].includes(sku.trim().toLowerCase()));
}

function malformed({ termMs, endsAt }: LicenseRequest): string | null {
  if (termMs !== undefined && endsAt !== undefined) return 'The request names both a length and an end.';
  return endsAt !== undefined && Number.isNaN(Date.parse(endsAt)) ? `"${endsAt}" is no instant.` : null;
}

function lengthOf({ termMs, endsAt }: LicenseRequest): number | null {
  if (endsAt !== undefined) return Date.parse(endsAt) - Date.now();
  return termMs ?? null;
}

function stepDownProduct({ stepDownTo }: TermRule, subscribed: readonly SubscribedSku[]): SubscribedSku | null {
  if (stepDownTo === 'previous') return null;
  const wanted = stepDownTo.sku.toLowerCase();
  return subscribed.find((sku) => sku.skuId === wanted || sku.skuPartNumber.toLowerCase() === wanted) ?? null;
}

function refusedTerm(message: string, { maxMs }: TermRule): Problem {
  return {
    code: 'TERM_REFUSED',
    message,
    remedy:
      maxMs === null
        ? 'Give a term such as --term 90d, or a later day with --until; or leave both out for no end.'
        : `Say for how long, ${spanText(maxMs)} at most: --term with a length, such as 30d, or --until with a day.`,
  };
}

function unknownStepDown(sku: string): Problem {
  return {
    code: 'POLICY_INVALID',
    message: `The policy steps down to ${sku} at the end, and the tenant does not own that product.`,
    remedy: 'Correct `stepDownTo` in the policy file, then submit again; no restart is needed.',
  };
}

/**
 * Names of the plans that are on in `target` and do not report `Success`, each once; of a product that the services do
 * not know yet, the plans are not known either, so its id stands for them.
 *
 * @throws GraphFailure
 */
export async function pendingPlans(
  graph: GraphGateway,
  { userId, target }: ReadReadinessInput,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const provisioning = await graph.provisioning(userId, { signal });
  const pending = Object.entries(target).flatMap(([skuId, off]) => {
    if (off === null) return [];
    const reported = provisioning.filter((plan) => plan.skuId === skuId);
    if (reported.length === 0) return [skuId];
    return reported
      .filter(({ planId, status }) => !off.includes(planId) && status !== 'Success')
      .map(({ planName, status }) => `${planName} (${status})`);
  });
  return [...new Set(pending)].sort();
}
