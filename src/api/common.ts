/** What many answers and calls have in common. */
import type { AuditView } from '../contracts/audit.js';
import { z } from 'zod';
import type { FailureCode, Failure } from '../domain/failures.js';
import type { Actor } from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import type { MonthlyPrice } from '../domain/price.js';
import type { TimelineEntry, Wait } from '../contracts/license-request.js';
import { REQUEST_ID } from '../contracts/license-request.js';
import { anyText, answer, instant, listOf, part, text } from './schema.js';

// --- calls ------------------------------------------------------------------------------------------------------------

export const requestId = z.string().regex(REQUEST_ID).meta({ description: 'Id of a request.' });
/** Whom the directory makes of it is another question. */
export const userRef = text(320).meta({ description: 'Object id or user principal name.' });
export const skuRef = text(100).meta({ description: 'Part number (SPE_E3) or skuId.' });
export const planRef = text(100).meta({ description: 'Name of a service plan, or its id.' });
export const reason = text(1_000).meta({ description: 'Why; everybody who sees the record sees it.' });
export const digest = z
  .string()
  .regex(/^[\w:-]{1,128}$/)
  .meta({ description: 'Digest of the plan that was looked at.' });

const YEARS_MS = 3_653 * 24 * 60 * 60 * 1_000;
/** A length of time. */
export const milliseconds = z.int().min(1).max(YEARS_MS).meta({ description: 'Milliseconds.' });
export const until = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((instant) => !Number.isNaN(Date.parse(instant)), { error: 'is no instant' });

/** The same key again is the same command; the key with another content is refused. */
export const idempotencyKey = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(REQUEST_ID)
    .optional()
    .meta({ description: 'Makes the call safe to repeat: it counts once under this key.' }),
});

// --- answers ----------------------------------------------------------------------------------------------------------

export const PersonSchema = answer<Person>('Person', 'A person of the directory.', {
  id: anyText,
  userPrincipalName: anyText,
  displayName: anyText,
});

export const PriceSchema = answer<MonthlyPrice>('MonthlyPrice', 'What a seat costs a month, as the policy says.', {
  amount: z.number(),
  currency: anyText.meta({ description: 'ISO 4217.' }),
});

export const ActorSchema = answer<Actor>('Actor', 'Who acted, and how sure that is.', {
  ref: anyText.meta({ description: 'Object id or user principal name.' }),
  assurance: z.enum(['signed-in', 'asserted']),
  name: anyText.optional().meta({ description: 'As whoever signed them in calls them.' }),
});

export const WaitSchema = answer<Wait>('Wait', 'What is waited for, who can move it, and what happens by itself.', {
  what: anyText,
  who: listOf(PersonSchema),
  nextAt: instant.nullable(),
  then: anyText,
});

export const TimelineSchema = listOf(
  answer<TimelineEntry>('TimelineEntry', 'Something that happened.', { at: instant, text: anyText }),
);

/** Missing where no audit trail is kept. */
export const AuditViewSchema = part<AuditView>('How far the audit trail is behind.').optional();

export const failureCode = anyText.meta({
  description: 'Code of a failure; its meaning and remedy are in the documentation.',
}) as unknown as z.ZodType<FailureCode>;

export const FailureAtSchema = answer<Failure & { readonly at: string }>('FailureAt', 'What went wrong last.', {
  code: failureCode,
  message: anyText.meta({ description: "Microsoft Graph's own words." }),
  requestId: anyText.optional().meta({ description: "Microsoft Graph's request-id." }),
  status: z.number().int().optional(),
  dependency: z.looseObject({ planId: anyText, needs: z.array(anyText).readonly() }).optional(),
  retryAfterMs: z.number().optional(),
  at: instant,
});
