/** The shape of the policy file, and how it becomes a {@link Policy}. What its parts mean together: `policy-sense.ts`. */
import { z } from 'zod';
import type { ApproverSelector, Policy, PolicyStage, Requirement, SkuPolicy } from '../domain/policy.js';
import { duration } from './duration.js';
import { section } from './section.js';

const MANAGER_LEVEL_MAX = 10;
const DEFAULT_WAIT = '7 days';

const USER = /^[^\s@]+@[^\s@]+$/;
const OBJECT_ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const person = z
  .string()
  .trim()
  .refine((ref) => USER.test(ref) || OBJECT_ID.test(ref), {
    error: 'is neither a user principal name (lee@contoso.com) nor an object id. Write one of the two.',
  });

const approver = section({
  users: z.array(person).min(1, { error: 'names nobody. Name at least one person.' }).optional(),
  /** 1 is the manager of the person licensed, 2 the manager's manager. */
  manager: z.int().min(1).max(MANAGER_LEVEL_MAX).optional(),
  fallback: z.array(person).optional(),
  quorum: z.int().min(1).default(1),
}).transform(({ users, manager, fallback = [], quorum }): Requirement => {
  const anyOf: ApproverSelector[] = [];
  if (users !== undefined) anyOf.push({ users });
  if (manager !== undefined) anyOf.push({ manager: { level: manager, upTo: manager, fallback } });
  return { anyOf, quorum };
});

const stage = section({
  name: z.string().trim().min(1, { error: 'is empty. Name the stage; people read it.' }),
  approvers: z.array(approver).min(1, {
    error: 'asks nobody. Name approvers; a product that needs no approval says "stages: []" instead.',
  }),
  deadline: duration.optional(),
});

/** A request that waits longer would outgrow the history that Temporal keeps of it. */
const SEAT_WAIT_MS_MAX = 90 * 24 * 60 * 60 * 1000;
const seatWait = duration.refine((ms) => ms <= SEAT_WAIT_MS_MAX, {
  error: 'is longer than 90 days. Write a shorter one; a request can be submitted again.',
});

const sku = section({ stages: z.array(stage).optional(), seatWait: seatWait.optional() });

/** The whole file. `stages: []` says on purpose that nobody is asked. */
export const policySchema = section({
  version: z.literal(1),
  /** Whether a decision counts whose author only a command line asserted. */
  assertedDecisions: z.enum(['allow', 'refuse']),
  seats: section({ countWarningUnits: z.boolean().default(false) }).prefault({}),
  /** For products and stages that do not say for themselves. */
  defaults: section({
    stages: z.array(stage).optional(),
    deadline: duration.prefault(DEFAULT_WAIT),
    seatWait: seatWait.prefault(DEFAULT_WAIT),
  }).prefault({}),
  /** Key: part number or skuId. */
  skus: z.record(z.string(), sku),
}).transform(({ assertedDecisions, seats, defaults, skus }): Policy => {
  const stagesOf = (written: readonly z.output<typeof stage>[]): readonly PolicyStage[] =>
    written.map(({ name, approvers, deadline = defaults.deadline }) => {
      return { name, requirements: approvers, deadlineMs: deadline, remindEveryMs: null, escalation: null };
    });
  const ruleOf = ({
    stages = defaults.stages ?? [],
    seatWait = defaults.seatWait,
  }: z.output<typeof sku>): SkuPolicy => {
    return {
      stages: stagesOf(stages),
      autoApprove: [],
      holdSeat: 'at-approval',
      seatWaitMs: seatWait,
      seatPriority: [],
      term: { maxMs: null, noticesMs: [], extension: null, stepDownTo: 'previous' },
      need: null,
    };
  };
  return {
    assertedDecisions,
    countWarningUnits: seats.countWarningUnits,
    lowSeats: null,
    quietHours: null,
    operators: [],
    planDependencies: [],
    skus: Object.fromEntries(Object.entries(skus).map(([key, rule]) => [skuKey(key), ruleOf(rule)])),
  };
});

/** Products are looked up by name or id in lower case. */
export function skuKey(written: string): string {
  return written.trim().toLowerCase();
}
