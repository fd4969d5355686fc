/**
 * Notices: what people are told without asking. A workflow says what happened and to whom it matters; an activity finds
 * the channels, the words and the hour.
 */
import type { Person } from '../domain/person.js';

export type NoticeKind =
  // To approvers.
  | 'approval-asked'
  | 'approval-reminder'
  | 'approval-escalated'
  | 'approval-delegated'
  // To requester and subject.
  | 'denied'
  | 'expired'
  | 'withdrawn'
  | 'waiting-for-seat'
  | 'assigned'
  | 'ready'
  | 'failed'
  | 'ending-soon'
  | 'extended'
  | 'ended'
  // To operators.
  | 'approvers-short'
  | 'needs-attention'
  | 'low-seats';

/** Who is told: people of the directory, or whoever the policy names as operators when the notice is sent. */
export type Audience = readonly Person[] | 'operators';

/** What a notice about a request is made of. Sentences are complete and in English. */
export interface RequestFacts {
  readonly about: 'request';
  readonly requestId: string;
  /** Who asks for what, and how far it is. */
  readonly headline: string;
  readonly subject: Person | null;
  readonly requester: Person | null;
  readonly products: string;
  readonly justification: string;
  /** What the plan does, one line a product, then the services that change. */
  readonly plan: readonly string[];
  /** The stage that waits, by name. */
  readonly stage: string | null;
  /** When what is waited for, or the licence itself, ends; ISO 8601 in UTC. */
  readonly until: string | null;
  /** Why: the reason of a denial, a failure and its remedy, who escalated. */
  readonly reason: string | null;
  /** The one command that goes on from here. */
  readonly command: string;
}

export interface SeatFacts {
  readonly about: 'seats';
  readonly skuId: string;
  readonly product: string;
  readonly free: number;
  /** The policy warns below this number. */
  readonly below: number;
  readonly waiting: number;
}

export interface NoticeInput {
  /** The same key is the same notice: channels that can, send it once. Ids only, no names. */
  readonly key: string;
  readonly kind: NoticeKind;
  readonly to: Audience;
  readonly facts: RequestFacts | SeatFacts;
}

export type NoticeOutcome =
  /** Channels that took it; none where nobody is to be told. */
  | { readonly outcome: 'sent'; readonly channels: readonly string[] }
  /** It is quiet hours; ISO 8601 in UTC when they end. */
  | { readonly outcome: 'deferred'; readonly until: string };
