import { z } from 'zod';

/** What an access token says about itself. Read, never verified: only Graph can do that. */
export interface TokenClaims {
  /** Application roles that were granted with admin consent; `null` where the token is opaque. */
  readonly roles: readonly string[] | null;
  readonly tenantId: string | null;
}

const OPAQUE: TokenClaims = { roles: null, tenantId: null };

// Entra leaves `roles` out of the token of an application that was granted none.
const claims = z.object({ roles: z.array(z.string()).default([]), tid: z.string().nullable().default(null) });

/** The claims of a JWT; Microsoft reserves the right to send anything else, which is then opaque. */
export function claimsOf(token: string): TokenClaims {
  const [, payload] = token.split('.');
  if (payload === undefined) return OPAQUE;
  try {
    const read = claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    return { roles: read.roles, tenantId: read.tid };
  } catch {
    return OPAQUE;
  }
}
