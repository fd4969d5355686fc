/** What a token says about who somebody is, whichever kind of token it is. Its signature has been verified before. */
import { z } from 'zod';
import type { Role, SignedIn } from './identity.js';
import { ROLES } from './identity.js';

/** A token that lets nobody in, and why. The message is for the one who sent it; it names nothing of the token. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export const Claims = z.object({
  /** Tenant. */
  tid: z.guid(),
  /** Object id of the person, or of the application where there is no person. */
  oid: z.guid(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  /** App roles; missing for somebody who has none. */
  roles: z.array(z.string()).optional(),
  /** Delegated permissions, separated by spaces. */
  scp: z.string().optional(),
  idtyp: z.string().optional(),
  app_displayname: z.string().optional(),
});
export type Claims = z.infer<typeof Claims>;

/** @throws TokenRefused for a token that is not of this tenant, or says too little. */
export function readClaims(payload: unknown, tenantId: string): Claims {
  const claims = Claims.safeParse(payload);
  if (!claims.success) throw new TokenRefused('The token does not say who it is about.');
  // All tenants of the service share its keys.
  if (claims.data.tid.toLowerCase() !== tenantId.toLowerCase())
    throw new TokenRefused('The token is of another tenant.');
  return claims.data;
}

/** The person that a token of a sign-in is about. */
export function personOf({ oid, name, preferred_username: userPrincipalName = '', roles }: Claims): SignedIn {
  return { id: oid.toLowerCase(), userPrincipalName, displayName: name ?? userPrincipalName, roles: knownRoles(roles) };
}

/** A program without a person: it may read, and never acts, because nobody would answer for it. */
export function programOf({ oid, app_displayname: name = 'A program', roles }: Claims): SignedIn {
  const reading = knownRoles(roles).filter((role) => role === 'auditor');
  return { id: oid.toLowerCase(), userPrincipalName: '', displayName: name, roles: reading };
}

/** Roles of other parts of the application are none of ours. */
function knownRoles(given: readonly string[] = []): readonly Role[] {
  return ROLES.filter((role) => given.includes(role));
}
