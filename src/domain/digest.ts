/**
 * Digests: the short name of exactly one content. An approval names the digest of the plan it approved, and two submits
 * of one request id are the same request if their digests are equal.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Any value that JSON can carry. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** SHA-256 over the canonical JSON of `content`, as 64 lower-case hex digits. The order of keys does not matter. */
export function digestOf(content: Json): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(content))));
}

/** The first twelve digits, enough for a person to compare and to type. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

/** The one text of a content: keys in order, nothing between them. */
export function canonicalJson(value: Json): string {
  if (value === null || value === undefined) return 'null';
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, v]) => `${JSON.stringify(key)}:${canonicalJson(v)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
