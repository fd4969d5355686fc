/**
 * Notices: what people are told without asking. A workflow says what happened and to whom it matters; an activity finds
 * the channels, the words and the hour.
 */
import type { Person } from '../domain/person.js';

export type NoticeKind = RequestNoticeKind | 'low-seats' | 'test';

export type RequestNoticeKind =
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
  | 'needs-attention';

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

/** What the operator asked to be sent, to see whether it arrives. */
export interface TestFacts {
  readonly about: 'test';
  readonly command: string;
}

/** What happened, and what is to be said about it. */
export type NoticeContent =
  | { readonly kind: RequestNoticeKind; readonly facts: RequestFacts }
  | { readonly kind: 'low-seats'; readonly facts: SeatFacts }
  | { readonly kind: 'test'; readonly facts: TestFacts };

export type ChannelName = 'mail' | 'webhook' | 'teams' | 'log';

export type NoticeInput = NoticeContent & {
  /** The same key is the same notice: channels that can, send it once. Ids only, no names. */
  readonly key: string;
  readonly to: Audience;
  /** Channels that have not taken it yet; missing for all that the worker has. */
  readonly channels?: readonly ChannelName[];
  /** Sent in quiet hours too. */
  readonly urgent?: true;
  /** An attempt before this one was cut off: channels that would send it a second time leave it. */
  readonly perhapsSent?: true;
};

export type NoticeOutcome =
  /** Channels that took it; none where nobody is to be told. */
  | {
      readonly outcome: 'sent';
      readonly channels: readonly ChannelName[];
      readonly failed: readonly ChannelFailure[];
    }
  /** It is quiet hours; ISO 8601 in UTC when they end. */
  | { readonly outcome: 'deferred'; readonly until: string };

export interface ChannelFailure {
  readonly channel: ChannelName;
  /** One sentence. */
  readonly reason: string;
  /** Shortest wait before another try, in milliseconds; `null` where another try would not help. */
  readonly againAfterMs: number | null;
}

/** What became of the notices of a request. */
export interface NoticesView {
  /** Notices that every channel took. */
  readonly sent: number;
  /** Kinds of notices that wait for the end of quiet hours. */
  readonly waiting: readonly NoticeKind[];
  /** The latest that a channel did not take. */
  readonly givenUp: readonly GivenUpNotice[];
}

export interface GivenUpNotice {
  readonly kind: NoticeKind;
  /** `null` where nobody answered for any channel. */
  readonly channel: ChannelName | null;
  readonly reason: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** Something that happened to a request, and whom it is told. */
export interface RequestNotice {
  readonly key: string;
  readonly kind: RequestNoticeKind;
  readonly to: Audience;
  readonly facts: RequestFacts;
  readonly moment: NoticeMoment;
}

/** Where the request stood when it happened. */
export interface NoticeMoment {
  readonly state: string;
  readonly stage: number | null;
  readonly revision: number;
}

export interface WaitingNotice extends RequestNotice {
  /** ISO 8601 in UTC. */
  readonly until: string;
}

/** What one run hands to the next when it continues as new. */
export interface CarriedNotices {
  /** Keys of what was told. */
  readonly told: readonly string[];
  readonly waiting: readonly WaitingNotice[];
  readonly sent: number;
  readonly givenUp: readonly GivenUpNotice[];
}
