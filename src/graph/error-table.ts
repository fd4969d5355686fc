/**
 * Which answer of Microsoft Graph means which failure: the one table.
 *
 * Nearly every licence error is `400 Request_BadRequest` and differs in its message alone, so messages decide here,
 * although Microsoft's page on errors advises against it; there is nothing else to go by. Patterns match parts of a
 * message, never the whole. What no row matches is `UNCLASSIFIED`: a person looks before anything else is written.
 */
import { z } from 'zod';
import type { Failure, FailureCode } from '../domain/failures.js';
import { shortened } from './raw-text.js';
import { retryAfterMs } from './retry-after.js';

/** The calls that differ in what an answer to them means. */
export type Operation =
  | 'readUser'
  | 'readManager'
  | 'readProvisioning'
  | 'listUsers'
  | 'readSkus'
  | 'readSubscriptions'
  | 'readGroup'
  | 'readMembers'
  | 'batch'
  | 'assignLicense'
  | 'setUsageLocation'
  | 'sendMail';

const LICENSE_WRITE: readonly Operation[] = ['assignLicense'];
const WRITES = ['assignLicense', 'setUsageLocation'] as const satisfies readonly Operation[];
export type WriteOperation = (typeof WRITES)[number];
/** Calls that do something, so that a lost answer leaves their outcome open. */
const ACTS: readonly Operation[] = [...WRITES, 'sendMail'];
const ONE_GROUP: readonly Operation[] = ['readGroup', 'readMembers'];
const ONE_USER: readonly Operation[] = ['readUser', 'readManager', 'readProvisioning', ...WRITES];

/** Whether the call writes to the directory, and so counts against the quota of writes. */
export function isWrite(operation: Operation): operation is WriteOperation {
  return WRITES.some((write) => write === operation);
}

/** Whether the call does something, so that a lost answer leaves its outcome open. */
export function acts(operation: Operation): boolean {
  return ACTS.includes(operation);
}

/** An HTTP answer that is not a success, or one item of a `$batch` that is not. */
export interface ErrorAnswer {
  readonly operation: Operation;
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; need not be JSON. */
  readonly body: string;
  /** Application roles of the token that was sent (`roles` claim); `null` where the token cannot be read. */
  readonly roles: readonly string[] | null;
}

/** All that is named must match; the first row that does decides. */
interface Row {
  /** Number in the project's error catalogue. */
  readonly error: string;
  readonly operations?: readonly Operation[];
  readonly status: (status: number) => boolean;
  readonly code?: RegExp;
  readonly message?: RegExp;
  /** The token holds an application role that is enough for this operation. */
  readonly permitted?: true;
  /** Graph named a time to come back. */
  readonly retryAfter?: true;
  readonly failure: FailureCode;
}

const is =
  (...wanted: readonly number[]) =>
  (status: number) =>
    wanted.includes(status);
const from = (low: number, high: number) => (status: number) => status >= low && status <= high;
/** The caller's side. The captures say 400; other statuses have been reported for the same texts. */
const any4xx = from(400, 499);

const TABLE: readonly Row[] = [
  // First, at any 4xx and by code or text: it comes as 409, and as a 400 that looks like a bad request.
  { error: 'E15', status: any4xx, code: /^Directory_ConcurrencyViolation$/i, failure: 'CONTENTION' },
  { error: 'E15', status: any4xx, message: /concurrent requests being made to the tenant/i, failure: 'CONTENTION' },
  { error: 'E16', status: is(429), failure: 'THROTTLED' },
  { error: 'E17', status: is(401), failure: 'UNAUTHENTICATED' },

  // The text of E14 is the same for one protected user and for an application without permission. A token whose roles
  // are enough for this very call was refused because of its object; in any other case the application is to blame,
  // which stops the work at once and is therefore the safer error where the roles cannot be read.
  {
    error: 'E14',
    operations: WRITES,
    status: is(403),
    code: /^Authorization_RequestDenied$/i,
    permitted: true,
    failure: 'RESTRICTED_OBJECT',
  },
  { error: 'E14', status: is(403), failure: 'FORBIDDEN' },

  {
    error: 'E1',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /invalid usage location/i,
    failure: 'USAGE_LOCATION',
  },
  {
    error: 'E1',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /prohibited ?in ?usage ?location/i,
    failure: 'USAGE_LOCATION',
  },
  {
    error: 'E2',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /does not have a corresponding license/i,
    failure: 'NOT_HELD',
  },
  {
    error: 'E3',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /inherited from a group membership/i,
    failure: 'INHERITED_FROM_GROUP',
  },
  {
    error: 'E4',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /does not correspond to a valid company license/i,
    failure: 'UNKNOWN_SKU',
  },
  {
    error: 'E5',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /does not have any available licenses/i,
    failure: 'NO_SEATS',
  },
  {
    error: 'E6',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /depends on the service plan/i,
    failure: 'PLAN_DEPENDENCY',
  },
  {
    error: 'E7',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /mutually exclusive|service plan \S+ conflicts with service plan/i,
    failure: 'PLAN_CONFLICT',
  },
  {
    error: 'E8',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /license \S+ cannot be assigned to a user/i,
    failure: 'SKU_NOT_ASSIGNABLE',
  },
  // The exact text of E9 is not known, only what people reported of it.
  {
    error: 'E9',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /service plans?\b.*\b(?:does|do) not belong to/i,
    failure: 'UNKNOWN_PLAN',
  },
  // Both arrays are always sent; if this ever comes, the request was built wrong and repeating it is of no use.
  {
    error: 'E10',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /parameters of the operation .* are missing/i,
    failure: 'UNCLASSIFIED',
  },
  {
    error: 'E11',
    operations: LICENSE_WRITE,
    status: any4xx,
    message: /same value for property proxyAddresses/i,
    failure: 'PROXY_ADDRESS_CONFLICT',
  },
  { error: 'E12', operations: ONE_USER, status: is(404), failure: 'USER_NOT_FOUND' },
  { error: 'E12', operations: ONE_GROUP, status: is(404), failure: 'GROUP_NOT_FOUND' },
  {
    error: 'E13',
    operations: ONE_USER,
    status: any4xx,
    code: /^Directory_ObjectNotFound$/i,
    failure: 'USER_NOT_FOUND',
  },

  // A 503 that names a time was refused at the door. Every other server error, and a request that timed out at a
  // gateway, can come after the change was made: of a write it says nothing, so the next step is a read.
  { error: 'E18', status: is(503), retryAfter: true, failure: 'TRANSIENT' },
  { error: 'E18', operations: ACTS, status: from(500, 599), failure: 'OUTCOME_UNKNOWN' },
  { error: 'E18', operations: ACTS, status: is(408), failure: 'OUTCOME_UNKNOWN' },
  { error: 'E18', status: from(500, 599), failure: 'TRANSIENT' },
  { error: 'E18', status: is(408), failure: 'TRANSIENT' },
];

/** Any one of these is enough. Source: Microsoft's permission tables of "user: assignLicense" and "Update user". */
export const SUFFICIENT_ROLES: Readonly<Record<WriteOperation, readonly string[]>> = {
  assignLicense: ['LicenseAssignment.ReadWrite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  setUsageLocation: ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
};

/** The failure that an answer of Graph means. Total: any status and any body give a failure, and Graph's words are kept. */
export function classify(answer: ErrorAnswer): Failure {
  const error = readError(answer.body);
  const wait = retryAfterMs(answer.headers);
  const row = TABLE.find((candidate) => matches(candidate, answer, error, wait));
  const code = row?.failure ?? 'UNCLASSIFIED';
  const requestId = error.requestId ?? answer.headers['request-id'];
  const dependency = code === 'PLAN_DEPENDENCY' ? dependencyIn(error.message) : undefined;
  return {
    code,
    message: messageOf(answer.status, error, code),
    status: answer.status,
    ...(requestId !== undefined && { requestId }),
    ...(dependency !== undefined && { dependency }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
}

const A_GUID = String.raw`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`;
const DEPENDENCY = new RegExp(
  String.raw`service plan\s+(${A_GUID})\s+depends on the service plan(?:\(s\)|s)?:?\s+(.+)`,
  'is',
);

/** The plans that E6 names; `undefined` where its text names none, and then nothing can be learned from it. */
function dependencyIn(message: string): Failure['dependency'] {
  const [, planId, list = ''] = DEPENDENCY.exec(message) ?? [];
  const needs = [...list.toLowerCase().matchAll(new RegExp(A_GUID, 'g'))].map(([id]) => id);
  return planId === undefined || needs.length === 0 ? undefined : { planId: planId.toLowerCase(), needs };
}

function matches(row: Row, answer: ErrorAnswer, error: ReadError, wait: number | undefined): boolean {
  return (
    row.status(answer.status) &&
    (row.operations?.includes(answer.operation) ?? true) &&
    (row.code?.test(error.code) ?? true) &&
    (row.message?.test(error.message) ?? true) &&
    (row.permitted === undefined || (isWrite(answer.operation) && permits(answer.roles, answer.operation))) &&
    (row.retryAfter === undefined || wait !== undefined)
  );
}

/** Whether these application roles are enough for `operation`; `false` where they are not known. */
export function permits(roles: readonly string[] | null, operation: WriteOperation): boolean {
  return roles?.some((role) => SUFFICIENT_ROLES[operation].includes(role)) ?? false;
}

interface ReadError {
  readonly code: string;
  /** Whole and unshortened, because patterns look at it; empty where Graph gave none. */
  readonly message: string;
  readonly requestId?: string;
}

const envelope = z.object({
  error: z.object({
    code: z.string().nullish(),
    message: z.string().nullish(),
    innerError: z.object({ 'request-id': z.string().optional() }).nullish().catch(undefined),
  }),
});

function readError(body: string): ReadError {
  const read = envelope.safeParse(parsedJson(body));
  // An HTML page of a gateway, an empty body, or JSON of another shape: its text is all there is.
  if (!read.success) return { code: '', message: body };
  const { code, message, innerError } = read.data.error;
  const requestId = innerError?.['request-id'];
  return { code: code ?? '', message: message ?? '', ...(requestId !== undefined && { requestId }) };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(status: number, error: ReadError, code: FailureCode): string {
  const words = shortened(error.message);
  if (words === '') return `HTTP ${status} ${error.code}`.trim();
  // Whoever looks at an unknown error needs its code too; for the known ones it says nothing.
  return code === 'UNCLASSIFIED' && error.code !== '' ? `${shortened(error.code)}: ${words}` : words;
}
