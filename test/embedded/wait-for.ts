import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a state; the mocha timeout of the test is its limit. */
export async function waitFor(what: string, reached: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await reached())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await delay(20);
  }
}
