/** What a rollback would restore, and what it needs. */
import type { RequestView } from '../../contracts/license-request.js';
import type { SkuSeats } from '../../contracts/tenant.js';
import { restoration } from '../../domain/license.js';
import type { SkuId, SkuState } from '../../domain/license.js';
import type { ChangePlan, SkuFacts } from '../../domain/plan.js';

export interface RollbackPreview {
  readonly requestId: string;
  readonly restores: readonly RestoredSku[];
  /** Plans that were off before and that their product no longer contains, so that they cannot be switched off again. */
  readonly vanishedPlans: readonly { readonly skuId: SkuId; readonly planId: string; readonly name: string }[];
  /** Products that are given back and take a seat again. */
  readonly seats: readonly { readonly skuId: SkuId; readonly name: string; readonly free: number | null }[];
}

export interface RestoredSku {
  readonly skuId: SkuId;
  readonly skuPartNumber: string;
  readonly name: string;
  /** Disabled plans as the request left them, and as they are after the rollback; `null`: not assigned directly. */
  readonly from: SkuState;
  readonly to: SkuState;
}

/** `null` where the request changed nothing that could be taken back. */
export function previewRollback(view: RequestView, products: readonly SkuSeats[]): RollbackPreview | null {
  const { requestId, state, plan, wrote } = view;
  if (state !== 'done' || plan === null || !wrote) return null;
  const contents = products.map(({ skuId, servicePlans }) => [skuId, servicePlans.map(({ id }) => id)] as const);
  const { target, vanishedPlans } = restoration(plan.before, Object.fromEntries(contents));
  const restores = plan.skus.map((sku) => restored(sku, plan, target[sku.skuId] ?? null));
  return {
    requestId,
    restores,
    vanishedPlans: vanishedPlans.map(({ skuId, planId }) => ({ skuId, planId, name: planName(plan, planId) })),
    seats: restores
      .filter(({ from, to }) => from === null && to !== null)
      .map(({ skuId, name }) => ({ skuId, name, free: products.find((sku) => sku.skuId === skuId)?.free ?? null })),
  };
}

export function previewText({ restores, vanishedPlans, seats }: RollbackPreview, plan: ChangePlan): readonly string[] {
  return [
    ...restores.map((sku) => skuText(sku, plan)),
    ...vanishedPlans.map(({ name }) => `Left out, because the product no longer contains it: ${name}`),
    ...seats.map(
      ({ name, free }) =>
        `Needs a seat of ${name}; ${free === null ? 'the tenant has it no more' : `${free} are free`}.`,
    ),
    'What someone else changed since is left alone. What a service deleted meanwhile (such as a phone number that was unassigned) does not come back.',
  ];
}

function restored({ skuId, skuPartNumber, name }: SkuFacts, { target }: ChangePlan, to: SkuState): RestoredSku {
  return { skuId, skuPartNumber, name, from: target[skuId] ?? null, to };
}

function skuText({ name, skuPartNumber, from, to }: RestoredSku, plan: ChangePlan): string {
  const label = `${name} (${skuPartNumber})`;
  if (to === null) return from === null ? `${label}: stays unassigned` : `- remove ${label}`;
  const off = to.length === 0 ? 'with all plans' : `without ${to.map((id) => planName(plan, id)).join(', ')}`;
  return `${from === null ? '+ give back' : '~ set back'} ${label} ${off}`;
}

function planName({ skus }: ChangePlan, planId: string): string {
  return skus.flatMap(({ servicePlans }) => servicePlans).find(({ id }) => id === planId)?.name ?? planId;
}
