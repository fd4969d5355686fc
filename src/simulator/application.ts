import { z } from 'zod';

/** An application registration that may ask for tokens of its own. */
export const Application = z.strictObject({
  appId: z.guid(),
  displayName: z.string(),
  secrets: z.array(z.string()).readonly(),
  /**
   * Client assertions that are accepted instead of a secret: `any`, or certificate thumbprints (SHA-1 or SHA-256, as hex
   * or base64url) and subjects of federated identities (`sub` of a workload's token). Signatures are not verified.
   */
  assertions: z.union([z.literal('any'), z.array(z.string()).readonly()]),
  /** Application permissions with admin consent; they are in tokens issued from then on. */
  roles: z.array(z.string()).readonly(),
  /** For an application that people sign in to, or that is an API of its own. */
  signIn: z
    .strictObject({
      /** Word for word; on `localhost` with any port. */
      redirectUris: z.array(z.string()).readonly(),
      /** App roles of everybody in the tenant. */
      everyone: z.array(z.string()).readonly(),
      /** Further app roles: of people by object id, of applications by application id. */
      assignments: z.record(z.guid(), z.array(z.string()).readonly()),
    })
    .optional(),
});
export type Application = Readonly<z.infer<typeof Application>>;
