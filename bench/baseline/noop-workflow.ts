/** The least that Temporal can do in the shape of a request: one Update, and one activity behind it. */
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import type { NoopActivities } from './noop-activities.js';

export const ask = defineUpdate<string>('ask');

export async function noop(): Promise<void> {
  const { callNothing } = proxyActivities<NoopActivities>({ startToCloseTimeout: 10_000 });
  let asked = false;
  setHandler(ask, async () => {
    await callNothing();
    asked = true;
    return 'answered';
  });
  await condition(() => asked);
}
