/**
 * Access tokens of the simulator: JSON Web Tokens in the shape that Entra issues, but unsigned. Nothing in a simulated
 * tenant is worth a forgery, and clients must not look into tokens anyway.
 */
import { z } from 'zod';
import { graphError, GraphError } from './graph-error.js';

const Claims = z.object({
  aud: z.string(),
  iss: z.string(),
  /** Seconds since the epoch. */
  iat: z.number(),
  nbf: z.number(),
  exp: z.number(),
  appid: z.string(),
  tid: z.string(),
  /** Object id: of the signed-in user, or of the application's service principal. */
  oid: z.string(),
  idtyp: z.enum(['app', 'user']),
  /** Application permissions (`idtyp` app). */
  roles: z.array(z.string()).optional(),
  /** Delegated permissions, separated by spaces (`idtyp` user). */
  scp: z.string().optional(),
  upn: z.string().optional(),
});
/** What a token says, named as in Microsoft's reference of access token claims. */
export type AccessTokenClaims = z.infer<typeof Claims>;

export function encodeAccessToken(claims: AccessTokenClaims): string {
  return `${base64url({ typ: 'JWT', alg: 'none' })}.${base64url(claims)}.`;
}

/**
 * The claims of the token in an `Authorization` header.
 *
 * @throws GraphError E17 where there is no token, or none that this simulator issued for itself.
 */
export function readAuthorization(header: string | undefined, nowMs: number): AccessTokenClaims {
  const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthenticated('Access token is empty.');
  const claims = Claims.safeParse(decodePart(token.split('.')[1] ?? ''));
  if (!claims.success) throw unauthenticated('CompactToken parsing failed with error code: 80049217');
  if (claims.data.exp * 1000 <= nowMs || claims.data.nbf * 1000 > nowMs) throw graphError('E17');
  return claims.data;
}

/** E17 with another of its texts. */
export function unauthenticated(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message);
}

/** JSON in one part of a JSON Web Token; `undefined` where it is none. */
export function decodePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
