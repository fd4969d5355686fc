/** How the application signs in, from the settings that were given. */
import type { CredentialConfig } from '../graph/credentials.js';
import { z } from 'zod';
import { section } from './section.js';

export type CredentialKind = CredentialConfig['kind'];

const text = z.string().trim().min(1);

/** The section `graph.credential`. A secret that is kept in a file has been read by now ({@link readSecretFiles}). */
export const credential = section({
  kind: z.enum(['client-secret', 'client-certificate', 'workload-identity', 'managed-identity', 'default']),
  clientId: text.optional(),
  clientSecret: z.string().min(1).optional(),
  clientSecretFile: text.optional(),
  certificateFile: text.optional(),
  certificatePassword: z.string().min(1).optional(),
  certificatePasswordFile: text.optional(),
  federatedTokenFile: text.optional(),
}).transform(({ kind, clientId, ...given }, context): CredentialConfig => {
  const missing = (key: string): never => {
    context.issues.push({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] });
    return z.NEVER;
  };
  const client = clientId === undefined ? {} : { clientId };
  switch (kind) {
    case 'client-secret': {
      // A file that could not be read is reported by its reader.
      if (given.clientSecretFile === undefined && given.clientSecret === undefined) missing('clientSecretFile');
      return { kind, clientId: clientId ?? missing('clientId'), clientSecret: given.clientSecret ?? '' };
    }
    case 'client-certificate': {
      const { certificateFile = missing('certificateFile'), certificatePassword } = given;
      return {
        kind,
        clientId: clientId ?? missing('clientId'),
        certificatePath: certificateFile,
        ...(certificatePassword !== undefined && { certificatePassword }),
      };
    }
    case 'workload-identity': {
      const { federatedTokenFile: tokenFilePath } = given;
      return { kind, ...client, ...(tokenFilePath !== undefined && { tokenFilePath }) };
    }
    case 'managed-identity':
      return { kind, ...client };
    case 'default':
      return { kind };
  }
});
