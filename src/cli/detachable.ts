import type { CliDependencies } from './invocation.js';

export const DETACHED = Symbol('detached');

/**
 * Waits for `work` until Ctrl-C. What is waited for goes on at the server in any case: only the watching ends.
 *
 * @returns {@link DETACHED} after Ctrl-C.
 */
export async function untilDetached<T>(
  { signals }: Pick<CliDependencies, 'signals'>,
  work: Promise<T>,
): Promise<T | typeof DETACHED> {
  let detach = (): void => {};
  const detached = new Promise<typeof DETACHED>((resolve) => {
    detach = () => resolve(DETACHED);
    signals.once('SIGINT', detach);
  });
  try {
    return await Promise.race([work, detached]);
  } finally {
    signals.off('SIGINT', detach);
  }
}
