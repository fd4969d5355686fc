import type { TokenCredential } from '@azure/identity';
import { DefaultAzureCredential } from '@azure/identity';
import type { SecretClientOptions } from '@azure/keyvault-secrets';
import { SecretClient } from '@azure/keyvault-secrets';
import { EncryptionKeysError } from './encryption-error.js';
import type { KeySource } from './key-ring.js';
import { parseKeys } from './key-text.js';

/** A passing fault of the vault must not keep a worker from its start for minutes. */
const RETRIES_MAX = 3;

/** Keys as the text of one secret of Azure Key Vault, in the form of a key file. Needs the permission to get secrets. */
export function keyVaultSecret(
  { url, secret }: { readonly url: string; readonly secret: string },
  credential: () => TokenCredential = () => new DefaultAzureCredential(),
  options: SecretClientOptions = {},
): KeySource {
  const client = new SecretClient(url, credential(), { retryOptions: { maxRetries: RETRIES_MAX }, ...options });
  return async () => {
    const { value } = await client.getSecret(secret).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EncryptionKeysError(
        `The encryption keys cannot be read from the secret "${secret}" of ${url}: ${reason}. ` +
          'Check the address and the name, and that this identity may get secrets ("Key Vault Secrets User").',
        { cause: error },
      );
    });
    return parseKeys(value ?? '', `The secret "${secret}" of ${url}`);
  };
}
