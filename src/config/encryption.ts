/** Where the keys of payload encryption are, from the settings that were given. */
import { z } from 'zod';
import type { EncryptionConfig } from '../codec/key-source.js';
import { section } from './section.js';

const text = z.string().trim().min(1);

const WAYS = 'Keep one of keys, keysFile and keyVaultUrl.';

/** The section `encryption`. Whether the keys can be used is found out by their reader. */
export const encryption = section({
  keys: text.optional(),
  keysFile: text.optional(),
  keyVaultUrl: z
    .url({ protocol: /^https$/, error: 'is not an https address, such as https://name.vault.azure.net.' })
    .optional(),
  keyVaultSecret: text
    .regex(/^[0-9A-Za-z-]{1,127}$/, { error: 'is no name of a secret: letters, digits and "-" only.' })
    .optional(),
}).transform(({ keys, keysFile, keyVaultUrl, keyVaultSecret }, context): EncryptionConfig => {
  const refuse = (key: string, message: string): never => {
    context.issues.push({ code: 'custom', input: undefined, path: [key], message });
    return z.NEVER;
  };
  if (keyVaultSecret !== undefined && keyVaultUrl === undefined)
    return refuse('keyVaultSecret', 'goes with keyVaultUrl only. Give the address of the vault too.');
  const given = Object.entries({ keys, keysFile, keyVaultUrl }).filter(([, value]) => value !== undefined);
  if (given.length > 1) return refuse(given[0]?.[0] ?? '', `is not the only place of keys. ${WAYS}`);
  if (keys !== undefined) return { kind: 'value', keys };
  if (keysFile !== undefined) return { kind: 'file', path: keysFile };
  if (keyVaultUrl === undefined) return { kind: 'off' };
  if (keyVaultSecret === undefined)
    return refuse('keyVaultUrl', 'needs keyVaultSecret: the name of the secret that holds the keys.');
  return { kind: 'key-vault', url: keyVaultUrl, secret: keyVaultSecret };
});
