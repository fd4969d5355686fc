import ms, { type StringValue } from 'ms';
import { z } from 'zod';

const DURATION_MS_MAX = 10 * 365.25 * 24 * 60 * 60 * 1000;
const WITH_UNIT = /^\d+(\.\d+)?\s*[a-z]+$/i;
const HOW = 'Write a number with a unit, such as "3 days", "90m" or "500ms".';

/** A duration as people write it ("3 days"), read as milliseconds: above 0, at most 10 years. */
export const duration = z
  .string({ error: ({ input }) => (input === undefined ? undefined : `is not a duration. ${HOW}`) })
  .transform((text, context) => {
    const trimmed = text.trim();
    // A unit that `ms` does not know gives undefined, whatever its types say.
    const value = WITH_UNIT.test(trimmed) ? (ms(trimmed as StringValue) as number | undefined) : undefined;
    const problem = value === undefined ? `is not a duration. ${HOW}` : outOfBounds(Math.round(value));
    if (value !== undefined && problem === null) return Math.round(value);
    context.issues.push({ code: 'custom', input: text, message: problem ?? '' });
    return z.NEVER;
  });

function outOfBounds(value: number): string | null {
  if (value < 1) return `must be longer than nothing. ${HOW}`;
  return value > DURATION_MS_MAX ? 'is longer than 10 years. Write a shorter one.' : null;
}
