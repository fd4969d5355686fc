/** Random people, wishes and mishaps, as plain data that a tenant can be filled with. */
import * as fc from 'fast-check';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import { ERROR_IDS } from '../../src/simulator/graph-error.js';
import type { OptionsPatch } from '../../src/simulator/tenant-options.js';
import type { GROUPS } from '../../src/simulator/seed/people.js';
import type { SkuPartNumber } from '../../src/simulator/seed/sku-ids.js';

/** A product and which of its plans are off, as positions in its list of plans. */
export interface RandomLicense {
  readonly sku: SkuPartNumber;
  readonly off: readonly number[];
}

export interface RandomCase {
  /** What the person holds directly, as far as the tenant allows these together. */
  readonly held: readonly RandomLicense[];
  readonly groups: readonly (keyof typeof GROUPS)[];
  readonly usageLocation: string | null;
  readonly add: readonly RandomLicense[];
  /** Products to remove: positions in `held`. */
  readonly removeHeld: readonly number[];
  readonly removeAny: SkuPartNumber | null;
  readonly setLocation: string | null;
  /** About this person's calls only. */
  readonly faults: readonly FaultRuleInput[];
  /** Milliseconds after the approval at which the requester changes their mind. */
  readonly withdrawAfterMs: number | null;
}

/** What is wrong with a whole tenant, for all the cases in it. */
export interface RandomTrouble {
  readonly options: OptionsPatch;
  readonly faults: readonly FaultRuleInput[];
}

/** How long a call or the view of it can be late; {@link Pace.settleMs} has to be longer. */
export const LATE_MS_MAX = 1_500;

const PRODUCTS = [
  'FLOW_FREE',
  'POWER_BI_PRO',
  'EMS',
  'AAD_PREMIUM_P2',
  'VISIOCLIENT',
  'ENTERPRISEPACK',
  'PROJECTPROFESSIONAL',
  'STANDARDPACK',
  'MCOEV',
] as const satisfies readonly SkuPartNumber[];

const product = fc.constantFrom(...PRODUCTS);
const license = fc.record({ sku: product, off: fc.uniqueArray(fc.nat(8), { maxLength: 3 }) });
const licenses = (minLength: number, maxLength: number) =>
  fc.uniqueArray(license, { minLength, maxLength, selector: ({ sku }) => sku });

const late = fc.integer({ min: 0, max: LATE_MS_MAX });
const when = fc.constantFrom('before-commit', 'after-commit');

const serverError = fc.record({
  kind: fc.constant('server-error'),
  status: fc.constantFrom(500, 502, 503, 504),
  body: fc.constantFrom('json', 'html', 'empty'),
  applied: fc.boolean(),
});
const throttle = fc.record({ kind: fc.constant('throttle'), retryAfterSeconds: fc.constantFrom(0, 0, 0, 1) });
const lost = fc.record({ kind: fc.constantFrom('lost-response', 'lost-request') });
const delay = fc.record({ kind: fc.constant('delay'), ms: late, when });
const refusal = (...errors: readonly (typeof ERROR_IDS)[number][]) =>
  fc.record({ kind: fc.constant('graph-error'), error: fc.constantFrom(...errors) });

const ofWrites = fc.record({
  match: fc.constant({ method: 'POST', path: '/users/*/assignLicense' }),
  fault: fc.oneof(
    { arbitrary: lost, weight: 4 },
    { arbitrary: delay, weight: 3 },
    { arbitrary: serverError, weight: 3 },
    { arbitrary: fc.record({ kind: fc.constant('applied-nothing') }), weight: 2 },
    { arbitrary: refusal(...ERROR_IDS), weight: 3 },
    { arbitrary: throttle, weight: 1 },
  ),
});
const ofReads = fc.record({
  match: fc.constant({ method: 'GET', path: '/users/*' }),
  fault: fc.oneof(
    { arbitrary: fc.record({ kind: fc.constant('read-lag'), ms: late }), weight: 4 },
    lost,
    delay,
    serverError,
    throttle,
    refusal('E12', 'E13', 'E14', 'E17', 'E18'),
  ),
});
const ofLocation = fc.record({
  match: fc.constant({ method: 'PATCH', path: '/users/*' }),
  fault: fc.oneof(lost, delay, serverError, refusal('E14', 'E15', 'E18')),
});

const rule = fc
  .tuple(
    fc.oneof(
      { arbitrary: ofWrites, weight: 5 },
      { arbitrary: ofReads, weight: 3 },
      { arbitrary: ofLocation, weight: 1 },
    ),
    fc.nat(3),
    fc.integer({ min: 1, max: 4 }),
  )
  .map(([what, after, times]) => ({ ...what, after, times }));

const rarely = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, { arbitrary, weight: 1 });

export const randomCase: fc.Arbitrary<RandomCase> = fc.record({
  held: licenses(0, 3),
  groups: fc.oneof(
    { arbitrary: fc.constant([]), weight: 3 },
    { arbitrary: fc.subarray(['sales', 'analysts'] as const, { minLength: 1 }), weight: 1 },
  ),
  usageLocation: fc.constantFrom('DE', 'DE', 'DE', 'CN', null),
  add: licenses(1, 2),
  removeHeld: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
  removeAny: rarely(product),
  setLocation: rarely(fc.constantFrom('FR', 'CN')),
  faults: fc.array(rule, { maxLength: 4 }),
  withdrawAfterMs: rarely(fc.nat(400)),
});

/** One for each of the ways in which a tenant can be troubled as a whole. */
export const TROUBLES: readonly RandomTrouble[] = [
  { options: {}, faults: [] },
  {
    options: { writeLock: '409', writeMs: 5 },
    faults: [{ match: { path: '/subscribedSkus' }, probability: 0.1, fault: { kind: 'server-error', status: 503 } }],
  },
  {
    options: { readLagMs: 150, usageLocationLagMs: 100 },
    faults: [{ match: { path: '/subscribedSkus' }, fault: { kind: 'consumed-units-lag', ms: 300 } }],
  },
  {
    // A token that is good for less than five minutes is not kept, so that every call signs in. (Trouble inside the
    // sign-in service is left out: its client library then asks nobody for a whole minute.)
    options: { tokenLifetimeSeconds: 60 },
    faults: [
      { match: { path: '/**/token' }, probability: 0.03, fault: { kind: 'lost-request' } },
      { match: { path: '/**/token' }, probability: 0.02, fault: { kind: 'token-error', error: 'invalid_client' } },
    ],
  },
];
