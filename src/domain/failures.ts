/**
 * What can go wrong between a person and a licence: one stable code for each cause, a sentence that a service desk can
 * read out, what to do about it, and how the work goes on.
 *
 * Which Graph answer means which code is decided in one place, `graph/error-table.ts`.
 */

/**
 * How the work goes on after a failure.
 *
 * - `retry`: it passes by itself; try again later.
 * - `wait-for-seat`: nothing to repair, a seat must become free.
 * - `fix-data`: the directory or the request must be corrected by a person first.
 * - `fix-plan`: the same wish needs another change, which has to be approved again.
 * - `fix-access`: the application itself is not allowed in; nobody's work can go on.
 * - `look`: a person must look before anything else is written.
 */
export type Handling = 'retry' | 'wait-for-seat' | 'fix-data' | 'fix-plan' | 'fix-access' | 'look';

interface FailureMeaning {
  /** One sentence, ready to be read out. */
  readonly meaning: string;
  /** What to do next, as an instruction. */
  readonly remedy: string;
  readonly handling: Handling;
}

const FAILURES = {
  NO_SEATS: {
    meaning: 'The subscription has no free seat left.',
    remedy: 'Buy or free a seat; the request takes it by itself while it still waits.',
    handling: 'wait-for-seat',
  },
  USAGE_LOCATION: {
    meaning: 'The user has no usage location, or one where this product is not offered.',
    remedy: "Set the user's usage location (a two-letter country code), or submit again with --usage-location.",
    handling: 'fix-data',
  },
  PLAN_DEPENDENCY: {
    meaning: 'A service plan needs another service plan that would be off or missing.',
    remedy: 'Ask for the missing plan too, or disable the plan that depends on it.',
    handling: 'fix-plan',
  },
  PLAN_CONFLICT: {
    meaning: 'Two service plans exclude each other.',
    remedy: 'Disable one of the two plans, or remove the product that holds it in the same request.',
    handling: 'fix-data',
  },
  INHERITED_FROM_GROUP: {
    meaning: 'The licence comes from a group, so it cannot be removed from the user directly.',
    remedy: 'Change the group membership (or the licences of the group); the group is named with the request.',
    handling: 'fix-plan',
  },
  UNKNOWN_SKU: {
    meaning: 'The tenant does not own this product.',
    remedy: 'Check the product id or part number against `licenseflow seats`.',
    handling: 'fix-data',
  },
  UNKNOWN_PLAN: {
    meaning: 'The product of this tenant does not contain this service plan.',
    remedy: 'Check the plan against the plans of the product in this tenant (`licenseflow seats --plans`).',
    handling: 'fix-data',
  },
  SKU_NOT_ASSIGNABLE: {
    meaning: 'The product is licensed for the whole company and cannot be assigned to a person.',
    remedy: 'Nothing has to be assigned; leave this product out of the request.',
    handling: 'fix-data',
  },
  RESTRICTED_OBJECT: {
    meaning: 'This one user is protected (a restricted management unit, or a privileged role) and may not be changed.',
    remedy: 'Ask an administrator of the restricted management unit to make this change.',
    handling: 'fix-data',
  },
  NOT_HELD: {
    meaning: 'The user does not hold the licence that is to be removed.',
    remedy: 'Look at what the user holds now; there may be nothing to do.',
    handling: 'look',
  },
  PROXY_ADDRESS_CONFLICT: {
    meaning: 'Another object already uses one of the mail addresses that this licence would create.',
    remedy: 'Remove the duplicate proxy address from one of the two objects, then submit again.',
    handling: 'fix-data',
  },
  USER_NOT_FOUND: {
    meaning: 'The directory has no such user, or does not show a new one yet.',
    remedy: 'Check the spelling, and whether the user was deleted; a user created minutes ago may need a moment.',
    handling: 'fix-data',
  },
  GROUP_NOT_FOUND: {
    meaning: 'The directory has no such group, or does not show a new one yet.',
    remedy: 'Check the object id of the group (not its name), and whether the group was deleted.',
    handling: 'fix-data',
  },
  FORBIDDEN: {
    meaning: 'The application lacks a permission in this tenant.',
    remedy: 'Grant LicenseAssignment.ReadWrite.All and User.Read.All with admin consent; a new token picks it up.',
    handling: 'fix-access',
  },
  UNAUTHENTICATED: {
    meaning: 'The application could not sign in, or its token was refused.',
    remedy:
      'Check tenant id, client id and the secret or certificate of the application; `licenseflow doctor` tests them.',
    handling: 'fix-access',
  },
  THROTTLED: {
    meaning: 'Microsoft Graph asks for a slower pace.',
    remedy: 'Nothing to do; the work goes on at the time that Graph named.',
    handling: 'retry',
  },
  CONTENTION: {
    meaning: 'Another change to the tenant was under way at the same moment.',
    remedy: 'Nothing to do; the work is tried again more slowly.',
    handling: 'retry',
  },
  TRANSIENT: {
    meaning: 'Microsoft Graph or the way to it has a passing fault.',
    remedy: 'Nothing to do; the work is tried again.',
    handling: 'retry',
  },
  OUTCOME_UNKNOWN: {
    meaning: 'The outcome of the change is not known: it may or may not have been made.',
    remedy: 'Nothing to do yet; the user is read until the outcome is known.',
    handling: 'retry',
  },
  DRIFT: {
    meaning: 'Someone else changed these licences in the meantime, so they were left alone.',
    remedy: 'Look at what the user holds now, and submit a new request from there.',
    handling: 'look',
  },
  AUDIT_UNREACHABLE: {
    meaning: 'The audit store does not answer, and nothing is changed that it could not be told.',
    remedy: 'Bring the audit store back, or correct audit.url; the work goes on by itself then, and nothing is lost.',
    handling: 'retry',
  },
  UNCLASSIFIED: {
    meaning: 'Microsoft Graph answered with an error that is not known yet.',
    remedy: "Read Graph's own message and look at what the user holds; then submit again, or report the message.",
    handling: 'look',
  },
} as const satisfies Record<string, FailureMeaning>;

export type FailureCode = keyof typeof FAILURES;

export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];

/** A failure as every layer passes it on: the code, and what Graph itself said. */
export interface Failure {
  readonly code: FailureCode;
  /** Graph's own words, or ours where Graph never answered. Raw, in English, may name ids; never a token. */
  readonly message: string;
  /** Graph's `request-id` response header, for a support case with Microsoft. */
  readonly requestId?: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** With `PLAN_DEPENDENCY`, where Graph named them: the plan (id) that does not work without the others (E6). */
  readonly dependency?: { readonly planId: string; readonly needs: readonly string[] };
  /** Milliseconds that Graph asked to wait (`Retry-After`). */
  readonly retryAfterMs?: number;
}

export function meaningOf(code: FailureCode): FailureMeaning {
  return FAILURES[code];
}

export function isFailureCode(value: unknown): value is FailureCode {
  return typeof value === 'string' && Object.hasOwn(FAILURES, value);
}

/** One line for logs, screens and errors: what happened, then Graph's own words. */
export function describeFailure(failure: Failure): string {
  return `${meaningOf(failure.code).meaning} (${failure.code}: ${failure.message})`;
}
