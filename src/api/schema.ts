/**
 * Schemas of the API. What comes in is validated by them, what goes out is described by them, and the OpenAPI document is
 * made of them. A schema of what goes out is held to the type of the client library by the compiler, key by key.
 */
import { z } from 'zod';

/** For each key of `T`, a schema of what stands under it. */
export type ShapeOf<T> = {
  readonly [K in keyof T]-?: Record<string, never> extends Pick<T, K> ? z.ZodType<T[K] | undefined> : z.ZodType<T[K]>;
};

/** An object that goes out, under a name of its own in the document. Further keys may come with later versions. */
export function answer<T extends object>(id: string, description: string, shape: ShapeOf<T>): z.ZodType<T> {
  return z.looseObject(shape as z.ZodRawShape).meta({ id, description }) as unknown as z.ZodType<T>;
}

/** A part of an answer that is described in words. */
export function part<T>(description: string): z.ZodType<T> {
  return z.looseObject({}).meta({ description }) as unknown as z.ZodType<T>;
}

/** A list of such parts. */
export function parts<T>(description: string): z.ZodType<readonly T[]> {
  return z.array(z.looseObject({})).meta({ description }) as unknown as z.ZodType<readonly T[]>;
}

export function listOf<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.array(item).readonly();
}

export const instant = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601, in UTC.' });
export const guid = z.guid();
export const anyText = z.string();

/** Text that people write: some of it, and not without end. */
export function text(max: number): z.ZodString {
  return z.string().trim().min(1).max(max);
}

/** A parameter that may be given more than once. */
export function repeated<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).max(50)]).transform((given) => [given].flat() as z.output<T>[]);
}

/** A switch in a query. */
export const flag = z.enum(['true', 'false']).transform((given) => given === 'true');

const PAGE_MAX = 200;

/** What every list takes. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50).meta({ description: 'At most so many.' }),
  cursor: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .meta({ description: 'What the page before named as `next`; leave it out for the first page.' }),
};

/** One page of a list. */
export function pageOf<T>(
  id: string,
  item: z.ZodType<T>,
): z.ZodType<{
  readonly items: readonly T[];
  readonly next: string | null;
}> {
  return answer(id, 'One page of a list, and the cursor of the next one; `null` after the last.', {
    items: listOf(item),
    next: anyText.nullable(),
  });
}
