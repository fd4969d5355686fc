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
});
export type Application = Readonly<z.infer<typeof Application>>;
