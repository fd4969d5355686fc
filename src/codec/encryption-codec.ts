import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { EncryptedPayloadBroken, EncryptionKeyMissing } from './encryption-error.js';
import type { KeyRing } from './key-ring.js';
import type { EncryptionKey } from './key-text.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
/** What NIST SP 800-38D advises for GCM; a random nonce is safe for 2^32 payloads with one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts whole payloads, their metadata included, with AES-256-GCM: nonce, ciphertext and tag are the data, the id of
 * the key is metadata. The id, the cipher and the encoding are authenticated too.
 *
 * What is not encrypted passes as it is: histories from the time before encryption go on. Without a key ring the codec
 * encrypts nothing, and an encrypted payload is refused by name. That is more than tidiness: the SDK's own converter
 * would take it for a mistake of the workflow and end the workflow as failed.
 */
export class EncryptionCodec implements PayloadCodec {
  constructor(private readonly ring: KeyRing | null) {}

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const { ring } = this;
    return ring === null ? payloads : payloads.map((payload) => encrypted(payload, ring.current));
  }

  /** @throws EncryptionKeyMissing, EncryptedPayloadBroken, EncryptionKeysError. */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.#decoded(payload)));
  }

  async #decoded(payload: Payload): Promise<Payload> {
    if (textOf(payload, 'encoding') !== ENCODING) return payload;
    const keyId = textOf(payload, 'encryption-key-id');
    if (this.ring === null) throw new EncryptionKeyMissing(keyId, []);
    return decrypted(payload, await this.ring.key(keyId));
  }
}

function encrypted(payload: Payload, { id, secret }: EncryptionKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(ENCODING, CIPHER, id));
  const data = Buffer.concat([
    nonce,
    cipher.update(PayloadMessage.encode(payload).finish()),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return {
    metadata: {
      encoding: Buffer.from(ENCODING),
      'encryption-cipher': Buffer.from(CIPHER),
      'encryption-key-id': Buffer.from(id),
    },
    data,
  };
}

function decrypted(payload: Payload, { id, secret }: EncryptionKey): Payload {
  const data = payload.data ?? new Uint8Array();
  try {
    if (data.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short');
    const nonce = data.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticated(ENCODING, textOf(payload, 'encryption-cipher'), id));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return PayloadMessage.decode(text);
  } catch {
    // Why GCM refuses is not for anyone to learn from.
    throw new EncryptedPayloadBroken(id);
  }
}

function authenticated(...parts: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(parts));
}

function textOf({ metadata }: Payload, key: string): string {
  return Buffer.from(metadata?.[key] ?? new Uint8Array()).toString('utf8');
}
