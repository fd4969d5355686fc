import ms, { type StringValue } from 'ms';
import { z } from 'zod';

const DURATION_MS_MAX = 10 * 365.25 * 24 * 60 * 60 * 1000;
const WITH_UNIT = /^\d+(\.\d+)?\s*[a-z]+$/i;
const HOW = 'Write a number with a unit, such as "3 days", "90m" or "500ms".';

/** A duration as people write it ("3 days"), read as milliseconds: above 0, at most 10 years. */
export const duration = z
  .string({ error: ({ input }) => (input === undefined ? undefined : `is not a duration. ${HOW}`) })
  .transform((text, context) => {
    const read = durationOf(text);
    if (typeof read === 'number') return read;
    context.issues.push({ code: 'custom', input: text, message: read.problem });
    return z.NEVER;
  });

/** The same with an upper bound; `limit` names it, as in "90 days". */
export function durationUpTo(limit: StringValue, why: string) {
  const limitMs = ms(limit);
  return duration.refine((value) => value <= limitMs, { error: `is longer than ${limit}. ${why}` });
}

/** A duration, or `null` for the word "never". */
export const durationOrNever = z
  .string({ error: ({ input }) => (input === undefined ? undefined : `is neither a duration nor "never". ${HOW}`) })
  .transform((text, context) => {
    if (text.trim().toLowerCase() === 'never') return null;
    const read = durationOf(text);
    if (typeof read === 'number') return read;
    context.issues.push({ code: 'custom', input: text, message: `${read.problem} Or write "never".` });
    return z.NEVER;
  });

/** Milliseconds of a well-formed duration, `null` for anything else. */
export function durationMs(written: unknown): number | null {
  const read = typeof written === 'string' ? durationOf(written) : null;
  return typeof read === 'number' ? read : null;
}

function durationOf(text: string): number | { readonly problem: string } {
  const trimmed = text.trim();
  // A unit that `ms` does not know gives undefined, whatever its types say.
  const value = WITH_UNIT.test(trimmed) ? (ms(trimmed as StringValue) as number | undefined) : undefined;
  if (value === undefined) return { problem: `is not a duration. ${HOW}` };
  const rounded = Math.round(value);
  if (rounded < 1) return { problem: `must be longer than nothing. ${HOW}` };
  return rounded > DURATION_MS_MAX ? { problem: 'is longer than 10 years. Write a shorter one.' } : rounded;
}
