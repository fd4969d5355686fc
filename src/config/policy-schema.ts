/** The shape of the policy file, and how it becomes a {@link Policy}. What its parts mean together: `policy-sense.ts`. */
import { IANAZone } from 'luxon';
import { z } from 'zod';
import type { ApproverSelector, Condition, Policy, PolicyStage, SkuPolicy, TermRule } from '../domain/policy.js';
import { duration, durationOrNever, durationUpTo } from './duration.js';
import { section } from './section.js';

const MANAGER_LEVEL_MAX = 10;
const EXTENSIONS_MAX = 100;
const NOTICES_MAX = 20;
const TEXT_LENGTH_MAX = 500;
const PRICE_MAX = 1_000_000;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
export const DEFAULT_WAIT = '7 days';
export const DEFAULT_REMIND_EVERY = '1 day';
const DEFAULT_SECOND_PERSON_ABOVE = 100;
const DEFAULT_NOTICES = ['14 days', '3 days'];

const USER = /^[^\s@]+@[^\s@]+$/;
const OBJECT_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const person = z
  .string()
  .trim()
  .refine((ref) => USER.test(ref) || OBJECT_ID.test(ref), {
    error: 'is neither a user principal name (lee@contoso.com) nor an object id. Write one of the two.',
  });
const people = z.array(person).min(1, { error: 'names nobody. Name at least one person.' });

const text = z
  .string()
  .trim()
  .min(1, { error: 'is empty. Write something, or remove the line.' })
  .max(TEXT_LENGTH_MAX, { error: `is longer than ${TEXT_LENGTH_MAX} characters.` });
const texts = z.array(text).min(1, { error: 'is empty. Write at least one, or remove the line.' });

// --- stages -----------------------------------------------------------------------------------------------------------

/** Who is asked, in every way in which that can be said; several of them in one entry mean any of these people. */
const selectors = {
  users: people.optional(),
  /** Members of a group, also through nested groups. */
  group: z
    .string()
    .trim()
    .regex(OBJECT_ID, { error: 'is not an object id. Names of groups are not unique, so write the id of the group.' })
    .optional(),
  /** 1 is the manager of the person licensed, 2 the manager's manager. */
  manager: z.int().min(1).max(MANAGER_LEVEL_MAX).optional(),
  /** Where that manager cannot decide, the next one up to this level. */
  upTo: z.int().min(1).max(MANAGER_LEVEL_MAX).optional(),
  fallback: z.array(person).optional(),
  owners: z.literal(true).optional(),
};

/** The owners are known once the product is. */
type WrittenSelector = Exclude<ApproverSelector, { owners: unknown }> | { readonly owners: true };

function selectorsOf({
  users,
  group,
  manager,
  upTo = manager,
  fallback = [],
  owners,
}: {
  readonly [K in keyof typeof selectors]?: z.output<(typeof selectors)[K]>;
}): readonly WrittenSelector[] {
  const written: WrittenSelector[] = [];
  if (users !== undefined) written.push({ users });
  if (group !== undefined) written.push({ group: group.toLowerCase() });
  if (manager !== undefined) written.push({ manager: { level: manager, upTo: upTo ?? manager, fallback } });
  if (owners !== undefined) written.push({ owners });
  return written;
}

const approver = section({ ...selectors, quorum: z.int().min(1).default(1) }).transform(({ quorum, ...who }) => ({
  anyOf: selectorsOf(who),
  quorum,
}));

/** A stage that waits longer would outgrow the history that Temporal keeps of a request. */
const deadline = durationUpTo('90 days', 'Write a shorter one; a request can be submitted again.');

const stage = section({
  name: text,
  approvers: z.array(approver).min(1, {
    error: 'asks nobody. Name approvers; a product that needs no approval says "stages: []" instead.',
  }),
  deadline: deadline.optional(),
  remindEvery: durationOrNever.optional(),
  escalation: section({
    after: duration,
    to: z.array(section(selectors).transform(selectorsOf)).min(1, { error: 'asks nobody. Name who is asked as well.' }),
  }).optional(),
});

// --- rules ------------------------------------------------------------------------------------------------------------

const countries = z
  .array(z.string().regex(/^[a-z]{2}$/i, { error: 'is not a country. Write two letters, such as DE.' }))
  .min(1, { error: 'is empty. Write at least one, or remove the line.' });

const condition = section({
  department: texts.optional(),
  jobTitle: texts.optional(),
  companyName: texts.optional(),
  officeLocation: texts.optional(),
  usageLocation: countries.optional(),
  freeSeats: z.int().min(1).optional(),
}).transform((written): Condition => {
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
});

const term = section({
  max: duration.optional(),
  notices: z
    .array(duration)
    .max(NOTICES_MAX, { error: `are more than ${NOTICES_MAX}. Keep a few.` })
    .optional(),
  extension: section({
    max: duration,
    times: z.int().min(1).max(EXTENSIONS_MAX).default(1),
    approval: z.boolean().default(true),
  }).optional(),
  stepDownTo: text.default('previous'),
}).transform(({ max = null, notices, extension, stepDownTo }): TermRule => {
  const usual = DEFAULT_NOTICES.map((written) => duration.parse(written)).filter((ms) => max === null || ms < max);
  return {
    maxMs: max,
    noticesMs: [...new Set(notices ?? usual)].sort((a, b) => b - a),
    extension:
      extension === undefined ? null : { maxMs: extension.max, times: extension.times, approval: extension.approval },
    stepDownTo: stepDownTo.toLowerCase() === 'previous' ? 'previous' : { sku: stepDownTo },
  };
});

/** A request that waits longer would outgrow the history that Temporal keeps of it. */
const seatWait = durationUpTo('90 days', 'Write a shorter one; a request can be submitted again.');
const holdSeat = z.enum(['at-submit', 'at-approval']);

const sku = section({
  need: text.optional(),
  owners: people.optional(),
  stages: z.array(stage).optional(),
  autoApprove: z.array(condition).default([]),
  holdSeat: holdSeat.optional(),
  seatWait: seatWait.optional(),
  seatPriority: z.array(section({ priority: z.enum(['high', 'normal', 'low']), when: condition })).default([]),
  term: term.optional(),
});

const defaults = section({
  stages: z.array(stage).optional(),
  deadline: deadline.prefault(DEFAULT_WAIT),
  remindEvery: durationOrNever.prefault(DEFAULT_REMIND_EVERY),
  holdSeat: holdSeat.default('at-approval'),
  seatWait: seatWait.prefault(DEFAULT_WAIT),
  term: term.prefault({}),
}).prefault({});

// --- prices -----------------------------------------------------------------------------------------------------------

const prices = section({
  currency: z.string().refine((code) => CURRENCIES.has(code), {
    error: 'is not a currency. Write its ISO 4217 code, such as EUR.',
  }),
  monthly: z.record(z.string(), z.number().min(0).max(PRICE_MAX)),
}).transform(({ currency, monthly }): Policy['monthlyPrices'] =>
  Object.fromEntries(Object.entries(monthly).map(([key, amount]) => [skuKey(key), { amount, currency }])),
);

// --- the file ---------------------------------------------------------------------------------------------------------

const timeOfDay = z
  .string()
  .trim()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: 'is not a time of day. Write hours and minutes, such as "07:30".' });

const quietHours = section({
  timeZone: z.string().refine((zone) => IANAZone.isValidZone(zone), {
    error: 'is not a time zone. Write an IANA name, such as Europe/Berlin.',
  }),
  from: timeOfDay,
  to: timeOfDay,
  weekends: z.boolean().default(false),
});

/** The whole file. `stages: []` says on purpose that nobody is asked. */
export const policySchema = section({
  version: z.literal(1),
  /** Whether a decision counts whose author only a command line asserted. */
  assertedDecisions: z.enum(['allow', 'refuse']),
  operators: z.array(person).default([]),
  quietHours: quietHours.optional(),
  lowSeats: section({ below: z.int().min(1), except: z.array(text).default([]) }).optional(),
  planDependencies: z.array(section({ plan: text, needs: texts })).default([]),
  notOffered: z.array(section({ plan: text, in: countries })).default([]),
  prices: prices.optional(),
  campaigns: section({
    secondPersonAbove: z
      .union([z.int().min(0), z.literal('never')], { error: 'is neither a number of users nor "never".' })
      .default(DEFAULT_SECOND_PERSON_ABOVE),
  }).prefault({}),
  seats: section({ countWarningUnits: z.boolean().default(false) }).prefault({}),
  /** For products and stages that do not say for themselves. */
  defaults,
  /** Key: part number or skuId. */
  skus: z.record(z.string(), sku),
}).transform(
  ({
    assertedDecisions,
    operators,
    quietHours,
    lowSeats,
    planDependencies,
    notOffered,
    prices = {},
    campaigns,
    seats,
    defaults,
    skus,
  }): Policy => ({
    assertedDecisions,
    countWarningUnits: seats.countWarningUnits,
    lowSeats: lowSeats === undefined ? null : { below: lowSeats.below, except: lowSeats.except.map(skuKey) },
    quietHours: quietHours ?? null,
    operators,
    planDependencies,
    notOffered: notOffered.map(({ plan, in: where }) => ({ plan, in: where.map((country) => country.toUpperCase()) })),
    monthlyPrices: prices,
    campaigns: {
      secondPersonAbove: campaigns.secondPersonAbove === 'never' ? null : campaigns.secondPersonAbove,
    },
    skus: Object.fromEntries(Object.entries(skus).map(([key, rule]) => [skuKey(key), ruleOf(rule, defaults)])),
  }),
);

type Defaults = z.output<typeof defaults>;

function ruleOf(written: z.output<typeof sku>, defaults: Defaults): SkuPolicy {
  const { owners = [], need = null, autoApprove, seatPriority } = written;
  return {
    stages: (written.stages ?? defaults.stages ?? []).map((stage) => stageOf(stage, defaults, owners)),
    autoApprove,
    holdSeat: written.holdSeat ?? defaults.holdSeat,
    seatWaitMs: written.seatWait ?? defaults.seatWait,
    seatPriority,
    term: written.term ?? defaults.term,
    need,
  };
}

function stageOf(
  { name, approvers, deadline, remindEvery, escalation }: z.output<typeof stage>,
  defaults: Defaults,
  owners: readonly string[],
): PolicyStage {
  const named = (written: readonly WrittenSelector[]): readonly ApproverSelector[] =>
    written.map((selector) => ('owners' in selector ? { owners } : selector));
  const deadlineMs = deadline ?? defaults.deadline;
  const remindEveryMs = remindEvery === undefined ? defaults.remindEvery : remindEvery;
  return {
    name,
    requirements: approvers.map(({ anyOf, quorum }) => ({ anyOf: named(anyOf), quorum })),
    deadlineMs,
    // A default that does not fit into a short stage is no mistake.
    remindEveryMs: remindEveryMs !== null && remindEveryMs < deadlineMs ? remindEveryMs : null,
    escalation:
      escalation === undefined ? null : { afterMs: escalation.after, to: escalation.to.flatMap((each) => named(each)) },
  };
}

/** Products are looked up by name or id in lower case. */
export function skuKey(written: string): string {
  return written.trim().toLowerCase();
}
