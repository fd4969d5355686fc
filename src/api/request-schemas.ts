/** Requests as calls and answers show them. */
import { z } from 'zod';
import type { InboxItem, LeaseRow, RequestRow } from '../client/index.js';
import type { LicenseRequest, RequestState, RequestView, WantedProduct } from '../contracts/license-request.js';
import type { LicenseRollbackResult } from '../contracts/license-rollback.js';
import {
  AuditViewSchema,
  ActorSchema,
  FailureAtSchema,
  milliseconds,
  PersonSchema,
  planRef,
  reason,
  skuRef,
} from './common.js';
import { TimelineSchema, until, userRef, WaitSchema } from './common.js';
import { RequestProblemSchema } from './problem.js';
import { answer, anyText, instant, listOf, part, parts, text } from './schema.js';

// --- calls ------------------------------------------------------------------------------------------------------------

const PRODUCTS_MAX = 20;
const PLANS_MAX = 100;

const wanted = z.strictObject({
  sku: skuRef,
  disabledPlans: z.array(planRef).max(PLANS_MAX).default([]),
  enabledPlans: z.array(planRef).max(PLANS_MAX).optional(),
  keepPlans: z.boolean().optional().meta({ description: 'Carry over what is off in the products that are removed.' }),
});

/** What shall change, for one person or for many. */
export const wishShape = {
  add: z.array(wanted).max(PRODUCTS_MAX).default([]),
  remove: z.array(skuRef).max(PRODUCTS_MAX).default([]),
  losing: z.array(planRef).max(PLANS_MAX).optional().meta({ description: 'Services that may be lost.' }),
};

const askShape = {
  ...wishShape,
  termMs: milliseconds.optional().meta({ description: 'How long it is wanted, from the moment it is assigned.' }),
  endsAt: until.optional().meta({ description: 'Until when it is wanted; instead of termMs.' }),
  usageLocation: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .optional(),
  justification: reason,
};

export const NewRequest = z.strictObject({
  subject: userRef.optional().meta({ description: 'Who shall hold the licences; whoever asks, where it is left out.' }),
  ...askShape,
});

export const NewBatch = z.strictObject({
  subjects: z.array(userRef).min(1).max(300).meta({ description: 'People, each once.' }),
  ...askShape,
});

type Ask = Omit<z.output<typeof NewRequest>, 'subject'>;

/** The wish as the library takes it: keys that were left out are not there. */
export function wishOf(given: Ask): Omit<LicenseRequest, 'requestId' | 'requester' | 'subject'> {
  const { add, remove, losing, termMs, endsAt, usageLocation, justification } = given;
  return {
    add: add.map(wantedOf),
    remove,
    ...(losing !== undefined && { losing }),
    ...(termMs !== undefined && { termMs }),
    ...(endsAt !== undefined && { endsAt }),
    ...(usageLocation !== undefined && { usageLocation }),
    justification,
  };
}

export function wantedOf({ sku, disabledPlans, enabledPlans, keepPlans }: z.output<typeof wanted>): WantedProduct {
  return {
    ...{ sku, disabledPlans },
    ...(enabledPlans !== undefined && { enabledPlans }),
    ...(keepPlans !== undefined && { keepPlans }),
  };
}

// --- answers ----------------------------------------------------------------------------------------------------------

const STATES = {
  checking: true,
  'waiting-for-approval': true,
  preparing: true,
  'waiting-for-seat': true,
  writing: true,
  verifying: true,
  assigned: true,
  active: true,
  ending: true,
  undoing: true,
  done: true,
  ended: true,
  refused: true,
  denied: true,
  expired: true,
  withdrawn: true,
  failed: true,
  terminated: true,
} satisfies Readonly<Record<RequestState, true>>;

export const requestState = z
  .enum(Object.keys(STATES) as [RequestState, ...RequestState[]])
  .meta({ id: 'RequestState', description: 'Where a request is.' });

const rowShape = {
  kind: z.enum(['request', 'rollback']) as unknown as z.ZodType<'request'>,
  state: z.union([requestState, z.enum(['open', 'restored', 'not-restored'])]) as unknown as z.ZodType<RequestState>,
  requestId: anyText,
  subject: anyText.nullable().meta({ description: '"Name <address>" of who is licensed.' }),
  requester: anyText.nullable(),
  products: anyText.nullable(),
  createdAt: instant,
  endedAt: instant.nullable(),
  dueAt: instant.nullable().meta({ description: 'When the present wait ends by itself.' }),
  needsAttention: z.boolean(),
};

export const RequestRowSchema = answer<Extract<RequestRow, { kind: 'request' }>>(
  'RequestRow',
  'A request in a list, or the rollback of one.',
  rowShape,
) as unknown as z.ZodType<RequestRow>;

export const InboxItemSchema = answer<Extract<InboxItem, { kind: 'request' }>>(
  'InboxItem',
  'A request that waits for a decision of whoever asks.',
  {
    ...rowShape,
    stage: anyText.nullable(),
    since: instant.nullable(),
    extension: z.looseObject({ extensionId: anyText, until: instant }).nullable(),
  },
) as unknown as z.ZodType<InboxItem>;

export const RequestSchema = answer<RequestView>('Request', 'Everything there is to know about a request.', {
  requestId: anyText,
  state: requestState,
  since: instant,
  request: part('What was asked for.'),
  submittedBy: ActorSchema,
  requester: PersonSchema.nullable(),
  subject: PersonSchema.nullable(),
  problems: listOf(RequestProblemSchema),
  plan: part<RequestView['plan']>('What changes exactly; `digest` is what a decision names.').nullable(),
  revision: z.number().int(),
  stages: parts('Stages of the approval: rule, people asked, decisions, delegations, times.'),
  stage: z.number().int().nullable().meta({ description: 'Index of the stage that waits.' }),
  autoApproved: listOf(anyText),
  seats: parts('How far the seat of each product is.'),
  readiness: part<RequestView['readiness']>('Whether the services are provisioned.').nullable(),
  term: part<RequestView['term']>('The end of the licence, and how it was moved.').nullable(),
  extensionQuestion: part<RequestView['extensionQuestion']>('The extension that waits for approval.').nullable(),
  waitsFor: WaitSchema.nullable(),
  lastFailure: FailureAtSchema.nullable(),
  withdrawal: part<RequestView['withdrawal']>('Who asked to end it, and why.').nullable(),
  assertedDecisions: z.enum(['allow', 'refuse']).nullable(),
  after: part<RequestView['after']>('Direct state of the touched products, as last read.').nullable(),
  wrote: z.boolean(),
  graphRequestIds: listOf(anyText),
  undone: parts('Steps that were taken back, or could not be.'),
  needsAttention: listOf(anyText),
  notices: part('What became of the notices.'),
  audit: AuditViewSchema,
  timeline: TimelineSchema,
});

export const RollbackSchema = answer<LicenseRollbackResult>('Rollback', 'How far it is to take a request back.', {
  requestId: anyText,
  state: z.enum(['reading', 'writing', 'verifying', 'waiting-for-seat', 'restored', 'left-alone', 'failed']),
  since: instant,
  subject: PersonSchema,
  actor: ActorSchema,
  reason: anyText,
  before: part('State of the touched products when it began.'),
  after: part<LicenseRollbackResult['after']>('And at its end.').nullable(),
  vanishedPlans: parts('Plans that were off before and that their product has lost.'),
  drifted: listOf(anyText),
  wrote: z.boolean(),
  usageLocation: part<LicenseRollbackResult['usageLocation']>('What became of the usage location.').nullable(),
  graphRequestIds: listOf(anyText),
  waitsFor: WaitSchema.nullable(),
  lastFailure: FailureAtSchema.nullable(),
  needsAttention: listOf(anyText),
  audit: AuditViewSchema,
  timeline: TimelineSchema,
});

export const LeaseSchema = answer<LeaseRow>('Lease', 'A seat that is promised or waited for.', {
  leaseId: anyText,
  holder: anyText.nullable(),
  state: z.enum(['waiting', 'held', 'settling']),
  units: z.number().int(),
  priority: z.enum(['high', 'normal', 'low']),
  since: instant,
  until: instant,
  position: z.number().int().nullable(),
  standing: z.enum(['requeued', 'bumped', 'in-line']).nullable(),
  estimate: instant.nullable(),
  note: part<LeaseRow['note']>('Who keeps it back, and why.').nullable(),
  skuId: anyText,
  product: anyText.nullable(),
  requestId: anyText.nullable(),
  kind: z.enum(['request', 'rollback', 'operator', 'other']),
  who: anyText.nullable(),
});

export interface Explanation {
  readonly requestId: string;
  readonly state: RequestState;
  readonly headline: string;
  readonly lines: readonly string[];
  readonly places: readonly LeaseRow[];
  readonly possible: readonly string[];
}

export const ExplanationSchema = answer<Explanation>('Explanation', 'Why a request is where it is.', {
  requestId: anyText,
  state: requestState,
  headline: anyText,
  lines: listOf(anyText),
  places: listOf(LeaseSchema).meta({ description: 'Where it stands in wait-lists.' }),
  possible: listOf(anyText).meta({ description: 'What whoever asks may do now.' }),
});

export const title = text(200);
