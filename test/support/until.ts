/** Looks again until what is looked at is as it should be. Says what it last saw if that never happens. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  good: (seen: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`Waited for ${what}; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
