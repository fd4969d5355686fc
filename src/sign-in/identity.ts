/** What a person may do, as app roles of the application in Entra ID. */
export const ROLES = ['requester', 'approver', 'operator', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** Who is signed in, as a verified token says. */
export interface SignedIn {
  /** Object id in the directory. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  readonly roles: readonly Role[];
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` where nobody is. */
    signedIn: SignedIn | null;
  }
}
