/** Readers of option values: each takes what was typed and gives it back in its normal form, or says what is wanted. */
import { InvalidArgumentError } from 'commander';
import { skuRefProblem, userRefProblem } from '../client/references.js';

const REQUEST_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const LEASE_ID = /^[a-z0-9][a-z0-9._/#-]{0,120}$/i;
const DIGEST_PREFIX = /^[0-9a-f]{6,64}$/i;
const COUNTRY = /^[a-z]{2}$/i;
const REASON_LENGTH_MAX = 2_000;

/** For options that may be repeated. */
export function collect<T>(parse: (text: string) => T): (text: string, earlier?: readonly T[]) => readonly T[] {
  return (text, earlier = []) => [...earlier, parse(text)];
}

export function parseRequestId(text: string): string {
  if (REQUEST_ID.test(text)) return text;
  throw new InvalidArgumentError('A request id has 1 to 64 letters, digits, dots, dashes and underscores.');
}

/** A lease as `seats show` has it: of an operator (hold-…) or of a workflow. */
export function parseLeaseId(text: string): string {
  if (LEASE_ID.test(text)) return text;
  throw new InvalidArgumentError('Give a lease id as `licenseflow seats show SKU` has it, such as hold-1f3a9c2b.');
}

/** An object id or a user principal name. */
export function parsePerson(text: string): string {
  const ref = text.trim();
  const problem = userRefProblem(ref);
  if (problem === null) return ref;
  throw new InvalidArgumentError(problem);
}

/** An object id, a user principal name, or the beginning of either name of a person. */
export function parseName(text: string): string {
  const name = text.trim();
  if (name.length >= 2 && !/[\t\r\n]/u.test(name)) return name;
  throw new InvalidArgumentError('Give a user principal name, an object id, or the beginning of a name.');
}

/** A part number or a skuId. */
export function parseSku(text: string): string {
  const sku = text.trim();
  const problem = skuRefProblem(sku);
  if (problem === null) return sku;
  throw new InvalidArgumentError(problem);
}

export function parseUsageLocation(text: string): string {
  if (COUNTRY.test(text)) return text.toUpperCase();
  throw new InvalidArgumentError('Give a two-letter country code (ISO 3166), such as DE.');
}

export function parseDigest(text: string): string {
  if (DIGEST_PREFIX.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('Give the plan as it was shown: 6 to 64 hexadecimal digits.');
}

export function parseReason(text: string): string {
  const reason = text.trim();
  if (reason === '') throw new InvalidArgumentError('Say why, in a few words.');
  if (reason.length > REASON_LENGTH_MAX)
    throw new InvalidArgumentError(`At most ${REASON_LENGTH_MAX} characters are kept; this has ${reason.length}.`);
  return reason;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return count;
  throw new InvalidArgumentError('Give a whole number from 1 to 10000.');
}
