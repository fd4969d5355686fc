/** The keys of payload encryption cannot be had, or are written in a way that nobody can use. Nothing was changed. */
export class EncryptionKeysError extends Error {
  override readonly name = 'EncryptionKeysError';
}

/**
 * A payload needs a key that this process does not have. Workflows wait for it: Temporal hands out their tasks again
 * until a worker has the key.
 *
 * The name is what a workflow sees of it where the input of an activity could not be read.
 */
export class EncryptionKeyMissing extends Error {
  override readonly name = 'EncryptionKeyMissing';

  constructor(
    readonly keyId: string,
    known: readonly string[],
  ) {
    super(
      `A payload is encrypted with the key "${keyId}", and this process has ${known.length === 0 ? 'no keys' : `only ${known.map((id) => `"${id}"`).join(', ')}`}. ` +
        `Add the key "${keyId}" to its encryption keys (encryption.keysFile, LICENSEFLOW_ENCRYPTION_KEYS or the Key Vault secret). Nothing is lost: what waits for the key goes on once it is there.`,
    );
  }
}

/** A payload was changed after it was encrypted, or another key has the same id. */
export class EncryptedPayloadBroken extends Error {
  override readonly name = 'EncryptedPayloadBroken';

  constructor(keyId: string) {
    super(
      `A payload cannot be decrypted with the key "${keyId}": it was changed, or another key has this id. ` +
        'Compare the key with the one of the other processes; ids must never be used twice.',
    );
  }
}
