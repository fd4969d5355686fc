/** Bearer tokens of the API, verified by the book. */
import { errors, jwtVerify } from 'jose';
import type { Authority } from './authority.js';
import { AuthorityUnreachable } from './authority.js';
import { personOf, programOf, readClaims, TokenRefused } from './claims.js';
import type { SignedIn } from './identity.js';

export interface AccessTokenRules {
  readonly authority: Authority;
  /** Whom the tokens are for: the application id of the API. */
  readonly audience: string;
  /** Delegated permission that a token of a person must hold. */
  readonly scope: string;
}

/** What the keys of the service are for. Neither `none` nor an algorithm that takes a public key for a shared secret. */
const ALGORITHMS = ['RS256'];
/** Clocks of two machines differ. */
const CLOCK_SECONDS = 60;
/** No token is longer; more is no token, and costs nothing. */
const CHARACTERS_MAX = 10_000;

/**
 * Who sent this token.
 *
 * @throws TokenRefused with a reason that can be told; AuthorityUnreachable where nobody can say whether it is good.
 */
export async function verifyAccessToken(token: string, rules: AccessTokenRules): Promise<SignedIn> {
  if (token.length > CHARACTERS_MAX) throw new TokenRefused('The token is too long.');
  const { issuer, keys } = await rules.authority.known();
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: rules.audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_SECONDS,
      requiredClaims: ['exp', 'nbf', 'iat'],
    });
    const claims = readClaims(payload, rules.authority.tenantId);
    if (claims.scp === undefined && claims.idtyp === 'app') return programOf(claims);
    // A token of a sign-in has the same audience and signature, and is not meant for an API.
    if (claims.scp?.split(' ').includes(rules.scope) !== true)
      throw new TokenRefused(`The token has no permission "${rules.scope}".`);
    return personOf(claims);
  } catch (error) {
    throw translated(error);
  }
}

function translated(error: unknown): unknown {
  if (error instanceof TokenRefused || error instanceof AuthorityUnreachable) return error;
  if (error instanceof errors.JWKSTimeout) return new AuthorityUnreachable(error.message, { cause: error });
  if (error instanceof errors.JWTExpired) return new TokenRefused('The token has expired.');
  if (error instanceof errors.JWTClaimValidationFailed) return new TokenRefused(claimText(error.claim));
  if (error instanceof errors.JOSEError) return new TokenRefused('The token is not signed by the sign-in service.');
  // Whatever else a hostile token makes the library throw is about the token.
  if (error instanceof TypeError) return new TokenRefused('This is no token.');
  return error;
}

function claimText(claim: string): string {
  switch (claim) {
    case 'iss':
      return 'The token was issued by somebody else.';
    case 'aud':
      return 'The token is for another application.';
    case 'nbf':
      return 'The token is not valid yet.';
    default:
      return `The claim "${claim}" of the token is not as it must be.`;
  }
}
