/** Where encryption keys are kept: a file, a variable, or a secret of Azure Key Vault. */
import { readFile } from 'node:fs/promises';
import type { TokenCredential } from '@azure/identity';
import { EncryptionKeysError } from './encryption-error.js';
import { KeyRing, type KeyRingOptions, type KeySource } from './key-ring.js';
import { parseKeys } from './key-text.js';

export type EncryptionConfig =
  | { readonly kind: 'off' }
  | { readonly kind: 'value'; readonly keys: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'key-vault'; readonly url: string; readonly secret: string };

/**
 * Reads the keys once; `null` where encryption is off.
 *
 * @param options `credential` is for Key Vault. @default whatever the environment offers, such as `az login`
 * @throws EncryptionKeysError with what to do.
 */
export async function openKeyRing(
  config: EncryptionConfig,
  { credential, ...options }: KeyRingOptions & { readonly credential?: () => TokenCredential } = {},
): Promise<KeyRing | null> {
  switch (config.kind) {
    case 'off':
      return null;
    case 'value':
      return KeyRing.open(async () => parseKeys(config.keys, 'LICENSEFLOW_ENCRYPTION_KEYS'), options);
    case 'file':
      return KeyRing.open(keyFile(config.path), options);
    case 'key-vault': {
      // Loaded where it is needed only: commands have to answer at once.
      const { keyVaultSecret } = await import('./key-vault.js');
      return KeyRing.open(keyVaultSecret(config, credential), options);
    }
  }
}

function keyFile(path: string): KeySource {
  return async () => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new EncryptionKeysError(
        `The encryption keys cannot be read from ${path} (${code}). Put the file there, let this user read it, or make one: licenseflow keys new --file ${path}`,
        { cause: error },
      );
    });
    return parseKeys(text, path);
  };
}
