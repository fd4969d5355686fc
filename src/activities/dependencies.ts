import type { SkuId } from '../domain/license.js';
import type { SeatMessage } from '../contracts/seat-pool.js';
import type { Pace } from '../contracts/pace.js';
import type { Policy } from '../domain/policy.js';
import type { ServiceFamilies } from '../domain/service-family.js';
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
  /** Display names of products, for people. */
  readonly productNames: ProductNames;
  /** Which service plans deliver the same service. */
  readonly serviceFamilies: ServiceFamilies;
  /** The pace at which this worker may write. */
  readonly pacer: WritePause;
  /**
   * Id of the tenant, as the token has it: the configuration may name the tenant in other ways.
   *
   * @throws GraphFailure where there is no token.
   */
  readonly tenantId: () => Promise<string>;
  readonly seatPools: SeatPoolMessages;
}

/** The way to seat pools. */
export interface SeatPoolMessages {
  /** Tells the pool of a product something, and starts it where none runs. The same message may be sent twice. */
  tell(pool: { readonly tenantId: string; readonly skuId: SkuId }, message: SeatMessage, pace: Pace): Promise<void>;
  /** Those among the leases whose holder does not run any more. */
  ended(leaseIds: readonly string[]): Promise<readonly string[]>;
}

export interface ProductNames {
  /** Microsoft's name of the product, or `null` where its table has none. */
  nameOf(skuId: string): string | null;
}

export interface WritePause {
  /** Milliseconds until writes may go on after Graph asked for a pause; 0 where there is none. */
  pausedForMs(): number;
}

/** The operator's policy file cannot be used as it is. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
