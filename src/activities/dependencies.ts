import type { Policy } from '../domain/policy.js';
import type { GraphGateway } from '../graph/gateway.js';

/** Everything activities need from outside; the worker makes it once and passes it in. */
export interface ActivityDependencies {
  readonly graph: GraphGateway;
  /**
   * The policy as the operator's file says now.
   *
   * @throws {@link PolicyError} where the file cannot be read or is wrong.
   */
  readonly policy: () => Promise<Policy>;
  /** Display names of products and services, for people. */
  readonly productNames: ProductNames;
  /** The pace at which this worker may write. */
  readonly pacer: WritePause;
}

export interface ProductNames {
  /** Microsoft's name of the product, or `null` where its table has none. */
  nameOf(skuId: string): string | null;
  /** Microsoft's friendly name of a service plan, or `null` where its table has none. */
  planNameOf(servicePlanId: string): string | null;
}

export interface WritePause {
  /** Milliseconds until writes may go on after Graph asked for a pause; 0 where there is none. */
  pausedForMs(): number;
}

/** The operator's policy file cannot be used as it is. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
