import type { SkuFacts } from '../domain/plan.js';

const ABBREVIATIONS = new Set(['bi', 'dlp', 'id', 'iot', 'mfa', 'ml', 'smb', 'xdr']);

/** Names of products and service plans by id, and of services: families in words, other services as their plan. */
export class TenantNames {
  readonly #names: ReadonlyMap<string, string>;

  constructor(skus: readonly SkuFacts[]) {
    this.#names = new Map([
      ...skus.flatMap(({ servicePlans }) => servicePlans.map(({ id, name }) => [id, name] as const)),
      ...skus.map(({ skuId, name }) => [skuId, name] as const),
    ]);
  }

  product(skuId: string): string {
    return this.#names.get(skuId) ?? 'a product without a name';
  }

  /** What is held beside the touched products has no name here, and its id would tell nobody anything. */
  plan(planId: string): string {
    return this.#names.get(planId) ?? 'another plan';
  }

  /**
   * @param service family such as `exchange-online`, or a plan id.
   * @example `Exchange Online`
   */
  service(service: string): string {
    const named = this.#names.get(service);
    if (named !== undefined) return named;
    return isGuid(service) ? 'another plan' : service.split('-').map(capital).join(' ');
  }
}

function capital(word: string): string {
  return ABBREVIATIONS.has(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/iu.test(text);
}
