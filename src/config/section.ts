import { z } from 'zod';

/**
 * An object with these keys and no others.
 *
 * The message of its `unrecognized_keys` issue is the list of keys that it knows, separated by spaces, because the issue
 * itself does not carry them; `schema-problems.ts` makes sentences of it.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: ({ code }) => (code === 'unrecognized_keys' ? known : undefined) });
}
