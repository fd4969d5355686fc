/**
 * The one error of the client library: what happened, what to do, and a kind that callers map to an exit code or an HTTP
 * status.
 *
 * - `invalid`: the call itself is wrong. `not-found`: there is no such request.
 * - `refused`: a rule says no. `conflict`: the world is not the one the caller looked at.
 * - `unreachable`: Temporal does not answer; nothing was recorded.
 * - `unanswered`: it was recorded, or is being asked, and nothing has answered in time.
 * - `failed`: the work itself could not be done.
 */
export type LicenseflowErrorKind =
  'invalid' | 'not-found' | 'refused' | 'conflict' | 'unreachable' | 'unanswered' | 'failed';

export class LicenseflowError extends Error {
  override readonly name = 'LicenseflowError';

  constructor(
    readonly kind: LicenseflowErrorKind,
    /** Stable word for programs, such as `SELF_APPROVAL` or `NO_ANSWER`. */
    readonly code: string,
    message: string,
    /** What to do next. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
