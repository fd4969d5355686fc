/** Does `work` for all items, `atOnce` of them at a time, and gives the result of each. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<ReadonlyMap<T, R>> {
  const results = new Map<T, R>();
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) results.set(item, await work(item));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
