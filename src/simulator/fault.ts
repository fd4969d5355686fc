/** Faults on demand: which call goes wrong, how often, and in which way. */
import { z } from 'zod';
import { ERROR_IDS } from './graph-error.js';
import { seededRandom, type Random } from './random.js';

/** A way in which a call goes wrong. */
export const Fault = z.discriminatedUnion('kind', [
  /** The call is carried out, its answer never arrives: the connection is cut. */
  z.strictObject({ kind: z.literal('lost-response') }),
  /** The connection is cut before anything is done. */
  z.strictObject({ kind: z.literal('lost-request') }),
  /** The call takes `ms` longer, before it is carried out or between that and its answer. */
  z.strictObject({
    kind: z.literal('delay'),
    ms: z.int().min(0),
    when: z.enum(['before-commit', 'after-commit']).default('before-commit'),
  }),
  /** E16. Without `retryAfterSeconds` there is no such header. */
  z.strictObject({
    kind: z.literal('throttle'),
    retryAfterSeconds: z.int().min(0).optional(),
    code: z.enum(['TooManyRequests', 'UnknownError', 'activityLimitReached']).default('TooManyRequests'),
  }),
  /** E18, with or without the call having been carried out; a gateway's 504 says nothing about that. */
  z.strictObject({
    kind: z.literal('server-error'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(500),
    body: z.enum(['json', 'html', 'empty']).default('json'),
    retryAfterSeconds: z.int().min(0).optional(),
    applied: z.boolean().default(false),
  }),
  /** An error of the catalogue, about the user and the first SKU of the call unless something else is said. */
  z.strictObject({
    kind: z.literal('graph-error'),
    error: z.enum(ERROR_IDS),
    status: z.int().min(400).max(599).optional(),
    skuId: z.guid().optional(),
    planIds: z.array(z.guid()).optional(),
  }),
  /** 200, and nothing was changed. */
  z.strictObject({ kind: z.literal('applied-nothing') }),
  /** The call sees users as they were `ms` ago. */
  z.strictObject({ kind: z.literal('read-lag'), ms: z.int().min(0) }),
  /** The call sees `consumedUnits` as they were `ms` ago. */
  z.strictObject({ kind: z.literal('consumed-units-lag'), ms: z.int().min(0) }),
  /** A refusal of the token endpoint; to be used with a path that ends in `/token`. */
  z.strictObject({
    kind: z.literal('token-error'),
    error: z.enum(['invalid_client', 'unauthorized_client', 'temporarily_unavailable', 'server_error']),
  }),
]);
export type Fault = z.infer<typeof Fault>;

/** Which calls a rule is about; what is left out matches everything. */
export const FaultMatch = z.strictObject({
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']).optional(),
  /** Path without `/v1.0`, `*` for any one segment and `**` for any rest: `/users/*` + `/assignLicense`. */
  path: z.string().startsWith('/').optional(),
  /** Object id of the user that the call is about. */
  userId: z.guid().optional(),
  appId: z.guid().optional(),
});
export type FaultMatch = z.infer<typeof FaultMatch>;

/** A fault and when it happens. Matching calls are counted from when the rule was added. */
export const FaultRule = z.strictObject({
  match: FaultMatch.default({}),
  /** Matching calls that pass unharmed first. */
  after: z.int().min(0).default(0),
  /** How often it happens; without it, always. */
  times: z.int().min(1).optional(),
  /** Chance for each matching call, drawn from the tenant's seed. */
  probability: z.number().min(0).max(1).default(1),
  fault: Fault,
});
/** A rule as it is given, defaults left out. */
export type FaultRuleInput = z.input<typeof FaultRule>;
export type FaultRule = z.infer<typeof FaultRule>;

/** A rule that was added, and what became of it. */
export interface ActiveFaultRule {
  readonly id: string;
  readonly rule: FaultRule;
  readonly matched: number;
  readonly happened: number;
}

/** What rules are matched against. */
export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly userId: string | null;
  readonly appId: string | null;
}

interface RuleState {
  readonly id: string;
  readonly rule: FaultRule;
  readonly pathPattern: RegExp;
  readonly random: Random;
  matched: number;
  happened: number;
}

/** The rules of one tenant. */
export class Faults {
  private rules: RuleState[] = [];
  private added = 0;

  /** @param seed decides which calls a rule with a probability hits. */
  constructor(private readonly seed: string) {}

  /**
   * Adds a rule.
   *
   * @returns its id.
   * @throws ZodError where the rule is malformed.
   */
  add(input: FaultRuleInput): string {
    const rule = FaultRule.parse(input);
    const id = `fault-${++this.added}`;
    const random = seededRandom(`${this.seed} ${id}`);
    this.rules.push({ id, rule, pathPattern: pathPattern(rule.match.path ?? '/**'), random, matched: 0, happened: 0 });
    return id;
  }

  list(): ActiveFaultRule[] {
    return this.rules.map(({ id, rule, matched, happened }) => ({ id, rule, matched, happened }));
  }

  /** Takes away one rule, or all of them. */
  clear(id?: string): void {
    this.rules = id === undefined ? [] : this.rules.filter((rule) => rule.id !== id);
  }

  /** The faults that happen to this call, in the order in which their rules were added. */
  draw(target: FaultTarget): Fault[] {
    return this.rules.filter((state) => matches(state, target) && happens(state)).map(({ rule }) => rule.fault);
  }
}

function matches({ rule: { match }, pathPattern }: RuleState, target: FaultTarget): boolean {
  return (
    (match.method === undefined || match.method === target.method) &&
    (match.userId === undefined || match.userId.toLowerCase() === target.userId) &&
    (match.appId === undefined || match.appId.toLowerCase() === target.appId) &&
    pathPattern.test(target.path)
  );
}

function happens(state: RuleState): boolean {
  state.matched++;
  if (state.matched <= state.rule.after) return false;
  if (state.happened >= (state.rule.times ?? Infinity)) return false;
  // Always drawn, so that the same calls meet the same fate whatever the probability of other rules.
  if (state.random() >= state.rule.probability) return false;
  state.happened++;
  return true;
}

function pathPattern(glob: string): RegExp {
  const source = glob
    .split('/')
    .map((segment) => (segment === '**' ? '.*' : segment === '*' ? '[^/]+' : escaped(segment)))
    .join('/');
  return new RegExp(`^${source}$`, 'i');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
