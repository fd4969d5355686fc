/** Campaigns as calls and answers show them. */
import { z } from 'zod';
import type { CampaignListRow, CampaignRollbackPreview, CampaignUser, ErrorGroup } from '../client/index.js';
import type { CampaignOptions, CampaignView, CampaignWish, CommandView } from '../contracts/campaign.js';
import { CAMPAIGN_ID, DEFAULT_CAMPAIGN_OPTIONS } from '../contracts/campaign.js';
import { CAMPAIGN_STATES, USER_STATES } from '../domain/campaign.js';
import { COMMAND_KINDS } from '../domain/campaign-commands.js';
import {
  AuditViewSchema,
  ActorSchema,
  FailureAtSchema,
  skuRef,
  TimelineSchema,
  userRef,
  WaitSchema,
} from './common.js';
import { wantedOf, wishShape } from './request-schemas.js';
import { answer, anyText, guid, instant, listOf, part, parts, text } from './schema.js';

export const campaignId = z.string().regex(CAMPAIGN_ID).meta({ description: 'Id of a campaign.' });
export const campaignState = z.enum(CAMPAIGN_STATES).meta({ id: 'CampaignState', description: 'Where a campaign is.' });
export const userState = z.enum(USER_STATES).meta({ id: 'UserState', description: 'Where a user of a campaign is.' });

// --- calls ------------------------------------------------------------------------------------------------------------

const YEAR_MS = 366 * 24 * 60 * 60 * 1_000;
const span = z.int().min(0).max(YEAR_MS);
const limit = z.strictObject({
  count: z.int().min(0).nullable().default(null),
  percent: z.number().min(0).max(100).nullable().default(null),
});
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/);
const day = z.iso.datetime({ offset: true }).max(40);

export const Tuning = {
  perSecond: z.number().gt(0).max(20).nullable().optional(),
  concurrency: z.int().min(1).max(500).optional(),
  budget: z.strictObject({ perWave: limit, total: limit }).optional(),
};

const Options = z.strictObject({
  ...Tuning,
  waves: z
    .strictObject({
      canary: z.boolean().default(true),
      sizes: z
        .union([
          z.literal('column'),
          z
            .array(
              z.union([
                z.literal('rest'),
                z.strictObject({ count: z.int().min(1).max(10_000_000) }),
                z.strictObject({ percent: z.number().gt(0).max(100) }),
              ]),
            )
            .min(1)
            .max(100),
        ])
        .default(['rest']),
    })
    .optional(),
  soakMs: span.optional(),
  promote: z.enum(['by-hand', 'canary-by-hand', 'by-itself']).optional(),
  hours: z
    .strictObject({
      timeZone: text(60).refine(isTimeZone, { error: 'is no IANA time zone, such as Europe/Berlin' }),
      from: clock,
      to: clock,
      days: z.array(z.int().min(1).max(7)).min(1).max(7),
      freezes: z
        .array(z.strictObject({ from: day, until: day }))
        .max(50)
        .default([]),
    })
    .nullable()
    .optional(),
  seatWaitMs: span.optional(),
  rollbackWindowMs: span.optional(),
});

/** As given, and as usual where nothing is. */
export function optionsOf(given: z.output<typeof Options> = {}): CampaignOptions {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...DEFAULT_CAMPAIGN_OPTIONS, ...(Object.fromEntries(named) as Partial<CampaignOptions>) };
}

const Wish = z.strictObject(wishShape);

export function campaignWish({ add, remove, losing }: z.output<typeof Wish>): CampaignWish {
  return { add: add.map(wantedOf), remove, ...(losing !== undefined && { losing }) };
}

const except = z.array(userRef).max(1_000).default([]).meta({ description: 'People who are left out.' });

export const NewDirectoryCampaign = z.strictObject({
  title: text(200).optional(),
  source: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('holders'), sku: skuRef, except }),
    z.strictObject({ kind: z.literal('group'), group: guid, except }),
  ]),
  wish: Wish,
  options: Options.optional(),
});

/** A value in a query that is JSON itself. */
function jsonOf<T extends z.ZodType>(schema: T, description: string) {
  return z
    .string()
    .max(4_000)
    .meta({ description, contentMediaType: 'application/json' })
    .transform((given, context): unknown => {
      try {
        return JSON.parse(given);
      } catch {
        context.addIssue({ code: 'custom', message: 'is no JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export const FileCampaignQuery = z.strictObject({
  title: text(200).optional(),
  fileName: text(200).default('upload.csv'),
  wish: jsonOf(Wish, 'For rows that name no products: {"add": [{"sku": "SPE_E5"}], "remove": ["SPE_E3"]}.').optional(),
  options: jsonOf(Options, 'As `options` of a campaign from the directory.').optional(),
});

export const rollbackScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('wave'), wave: z.int().min(0).max(1_000) }),
  z.strictObject({ kind: z.literal('page'), page: z.int().min(1).max(100_000) }),
  z.strictObject({ kind: z.literal('users'), users: z.array(userRef).min(1).max(1_000) }),
]);

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

// --- answers ----------------------------------------------------------------------------------------------------------

export const CampaignRowSchema = answer<CampaignListRow>('CampaignRow', 'A campaign in a list.', {
  campaignId: anyText,
  title: anyText,
  state: z.union([campaignState, z.literal('terminated')]),
  createdAt: instant,
  endedAt: instant.nullable(),
  dueAt: instant.nullable(),
  needsAttention: z.boolean(),
});

export const CommandSchema = answer<CommandView>('Command', 'A command: requested, draining, done, or overtaken.', {
  commandId: anyText,
  kind: z.enum(COMMAND_KINDS),
  by: anyText,
  reason: anyText.nullable(),
  state: z.enum(['requested', 'draining', 'done', 'overtaken']),
  at: instant,
  doneAt: instant.nullable(),
  about: anyText.nullable(),
});

const counts = z.record(anyText, z.number().int());

export const CampaignSchema = answer<CampaignView>('Campaign', 'Everything that a campaign knows of itself.', {
  campaignId: anyText,
  title: anyText,
  state: campaignState,
  since: instant,
  source: part('Where its users come from.'),
  wishes: parts('What shall happen to them.'),
  options: part('Waves, budget, hours and pace.'),
  plannedBy: ActorSchema,
  startedBy: ActorSchema.nullable(),
  confirmedBy: ActorSchema.nullable(),
  needsSecond: z.boolean(),
  plan: part<CampaignView['plan']>('The plan; `digest` is what a start names.').nullable(),
  pages: z.looseObject({
    ...{ sealed: z.number().int(), planned: z.number().int(), active: z.number().int(), settled: z.number().int() },
  }),
  wave: z.number().int().nullable(),
  waves: parts('Each wave with its figures.'),
  users: counts,
  failures: counts,
  seatsMissing: z.number().int(),
  usersPerSecond: z.number().nullable(),
  eta: instant.nullable(),
  pause: part<CampaignView['pause']>('Why it stands still.').nullable(),
  waitsFor: WaitSchema.nullable(),
  commands: listOf(CommandSchema),
  lastFailure: FailureAtSchema.nullable(),
  rollbackUntil: instant.nullable(),
  needsAttention: listOf(anyText),
  audit: AuditViewSchema,
  timeline: TimelineSchema,
});

export const CampaignUserSchema = answer<CampaignUser>('CampaignUser', 'One user of a campaign.', {
  user: anyText,
  id: anyText.nullable(),
  name: anyText,
  state: userState,
  wave: z.number().int().nullable(),
  wish: z.number().int().nullable(),
  code: anyText.nullable(),
  message: anyText.nullable(),
  remedy: anyText.nullable(),
  before: part<CampaignUser['before']>('Direct state of the touched products at the plan.').nullable(),
  target: part<CampaignUser['target']>('As wanted.').nullable(),
  after: part<CampaignUser['after']>('As last seen.').nullable(),
  requestId: anyText.nullable(),
  restoreRequestId: anyText.nullable(),
  endedAt: instant.nullable(),
  throughGroups: parts('Groups that give a product which is to be removed.'),
  note: anyText.nullable(),
  line: z.number().int().nullable(),
  page: z.number().int(),
});

export const ErrorGroupSchema = answer<ErrorGroup>('ErrorGroup', 'Failures of one kind, with the remedy.', {
  code: anyText,
  meaning: anyText,
  remedy: anyText,
  users: z.number().int(),
  states: counts,
  examples: listOf(CampaignUserSchema),
});

export const PreviewSchema = answer<CampaignRollbackPreview>('RollbackPreview', 'What a rollback would do.', {
  campaignId: anyText,
  toRestore: z.number().int(),
  nothingToDo: z.number().int(),
  drifted: parts('Users whom somebody else changed; they would be left alone.'),
  unreadable: parts('Users that could not be read.'),
  vanishedPlans: parts('Plans that their product has lost, so that they cannot be restored.'),
  seats: parts('Seats that it needs, against those that are free.'),
});
