/** `read`, at most once in `ms`; those who ask at the same time get the same answer. An error is not remembered. */
export function remembered<T>(read: () => Promise<T>, ms: number, now: () => number = Date.now): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | null = null;
  return () => {
    if (last === null || now() - last.at >= ms) {
      const value = read();
      const mine = { at: now(), value };
      last = mine;
      value.catch(() => {
        if (last === mine) last = null;
      });
    }
    return last.value;
  };
}
