import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = { first: 20, max: 100 };

/**
 * Looks again until what is looked at is as it should be; the longer it takes, the more rarely, because a look has its
 * price too. Says what it last saw if that never happens.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  good: (seen: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const startedAt = Date.now();
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    const waitedMs = Date.now() - startedAt;
    if (waitedMs > withinMs) throw new Error(`Waited for ${what}; last seen: ${JSON.stringify(seen)}`);
    await pause(Math.min(LOOK_AGAIN_MS.max, Math.max(LOOK_AGAIN_MS.first, waitedMs / 20)));
  }
}
