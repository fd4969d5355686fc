import type { ChannelFailure, ChannelName, NoticeInput } from '../contracts/notice.js';
import type { Finding } from '../contracts/tenant.js';
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
  /** Display names of products, for people. */
  readonly productNames: ProductNames;
  /** The pace at which this worker may write. */
  readonly pacer: WritePause;
  /** Ways to tell people; each name once. */
  readonly channels: readonly NoticeChannel[];
}

export interface ProductNames {
  /** Microsoft's name of the product, or `null` where its table has none. */
  nameOf(skuId: string): string | null;
}

export interface WritePause {
  /** Milliseconds until writes may go on after Graph asked for a pause; 0 where there is none. */
  pausedForMs(): number;
}

/** One way to tell people. It finds the words itself, because a mail and a chat need other ones. */
export interface NoticeChannel {
  readonly name: ChannelName;
  /**
   * Hands the notice over once. What a channel refuses is an answer and not an error.
   *
   * @param signal ends the attempt, which then is cut off.
   */
  deliver(notice: NoticeForChannel, signal: AbortSignal): Promise<ChannelAnswer>;
  /** Whether the channel can work, for `doctor`. */
  check(application: { readonly roles: readonly string[] | null }): Promise<readonly Finding[]>;
}

export type NoticeForChannel = NoticeInput & {
  /** Object ids or user principal names of who is told. */
  readonly recipients: readonly string[];
  /** IANA name of the zone in which people read times. */
  readonly timeZone: string;
};

export type ChannelAnswer = 'taken' | 'nobody-to-tell' | Omit<ChannelFailure, 'channel'>;

/** The operator's policy file cannot be used as it is. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
