import { AuthorityUnreachable } from './authority.js';
import { TokenRefused } from './claims.js';

/** Why somebody is not let in, ready to be told: a code for programs, a sentence, and what to do. */
export class SignInProblem extends Error {
  override readonly name = 'SignInProblem';

  private constructor(
    readonly statusCode: 400 | 401 | 403 | 503,
    readonly code: string,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  static nobody(): SignInProblem {
    return new SignInProblem(
      401,
      'NOT_SIGNED_IN',
      'Nobody is signed in.',
      'Sign in, or send an access token in the header "Authorization: Bearer …".',
    );
  }

  static token(message: string): SignInProblem {
    return new SignInProblem(401, 'TOKEN_REFUSED', message, 'Get a new access token for this API.');
  }

  static crossSite(): SignInProblem {
    return new SignInProblem(
      403,
      'CROSS_SITE',
      'This was sent by another site, so nothing was done.',
      'Open the page here, and do it there.',
    );
  }

  /** A sign-in that cannot be completed. */
  static notCompleted(message: string, cause?: unknown): SignInProblem {
    return new SignInProblem(400, 'SIGN_IN_NOT_COMPLETED', message, 'Start again: /sign-in', { cause });
  }

  static misconfigured(message: string, remedy: string): SignInProblem {
    return new SignInProblem(503, 'SIGN_IN_MISCONFIGURED', message, remedy);
  }

  /** The problem in what verifying a token threw; anything unknown stays what it is. */
  static of(error: unknown): unknown {
    if (error instanceof TokenRefused) return SignInProblem.token(error.message);
    if (error instanceof AuthorityUnreachable)
      return new SignInProblem(
        503,
        'NO_AUTHORITY',
        'The sign-in service cannot be reached, so nobody can be let in just now.',
        'Try again in a moment. Nothing was done, and nothing is lost.',
        { cause: error },
      );
    return error;
  }
}
