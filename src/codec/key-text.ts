/**
 * Encryption keys as text, the same in a file, a variable and a Key Vault secret: a line for each key, its id and the key
 * in base64 with a colon between. The first one encrypts, all of them decrypt. Lines that begin with # are comments; in a
 * variable a comma may stand for the end of a line.
 */
import { randomBytes } from 'node:crypto';
import { EncryptionKeysError } from './encryption-error.js';

export interface EncryptionKey {
  readonly id: string;
  /** 256 bits. */
  readonly secret: Buffer;
}

/** The first encrypts. */
export type EncryptionKeys = readonly [EncryptionKey, ...EncryptionKey[]];

export const KEY_BYTES = 32;
const ID = /^[\w.-]{1,64}$/;

/**
 * @param source what the text came from, for people.
 * @throws EncryptionKeysError that names the line and quotes nothing of it.
 */
export function parseKeys(text: string, source: string): EncryptionKeys {
  const lines = text
    .split(/\r?\n/)
    .flatMap((line, i) =>
      line.trim().startsWith('#') ? [] : line.split(',').map((entry) => ({ entry: entry.trim(), at: i + 1 })),
    );
  const keys = lines.flatMap(({ entry, at }) =>
    entry === '' ? [] : [parseKey(entry, `${source}, line ${String(at)},`)],
  );
  const repeated = keys.find(({ id }, i) => keys.findIndex((key) => key.id === id) !== i);
  if (repeated !== undefined)
    throw new EncryptionKeysError(`${source} has the key id "${repeated.id}" twice. Give each key an id of its own.`);
  const [first, ...older] = keys;
  if (first === undefined)
    throw new EncryptionKeysError(`${source} holds no key. Make one: licenseflow keys new --file FILE`);
  return [first, ...older];
}

/** A new key. The id says when it was made, which helps with rotation, and is no secret. */
export function newKey(now: Date): EncryptionKey {
  const day = now.toISOString().slice(0, 10);
  return { id: `key-${day}-${randomBytes(3).toString('hex')}`, secret: randomBytes(KEY_BYTES) };
}

/** A key as {@link parseKeys} reads it. */
export function keyLine({ id, secret }: EncryptionKey): string {
  return `${id}:${secret.toString('base64')}`;
}

function parseKey(line: string, at: string): EncryptionKey {
  const colon = line.indexOf(':');
  const [id, base64] = [line.slice(0, colon), line.slice(colon + 1).trim()];
  if (colon < 0 || !ID.test(id))
    throw new EncryptionKeysError(
      `${at} does not begin with the id of a key (letters, digits, ".", "_", "-") and a colon. Write it as id:key, such as \`licenseflow keys new\` does.`,
    );
  const secret = Buffer.from(base64, 'base64');
  if (secret.length !== KEY_BYTES || secret.toString('base64') !== base64)
    throw new EncryptionKeysError(
      `${at} is not a key of ${String(KEY_BYTES)} bytes in base64 after "${id}:". Copy it again, or make one: licenseflow keys new --file FILE`,
    );
  return { id, secret };
}
