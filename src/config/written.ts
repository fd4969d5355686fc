/** Parts of a file as they were written, looked at before anyone knows whether their shape is right. */

export interface SenseProblem {
  readonly path: Path;
  readonly text: string;
}

export type Path = readonly PropertyKey[];

export type Fields = Readonly<Record<string, unknown>>;

export function isSection(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fields(value: unknown): Fields {
  return isSection(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Items whose key an earlier item has, each with the first of that key. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string): readonly { item: T; first: T }[] {
  const firsts = new Map<string, T>();
  return items.flatMap((item) => {
    const first = firsts.get(keyOf(item));
    if (first !== undefined) return [{ item, first }];
    firsts.set(keyOf(item), item);
    return [];
  });
}
