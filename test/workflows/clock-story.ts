import { condition, defineQuery, defineSignal, setHandler, sleep } from '@temporalio/workflow';

export const news = defineSignal('news');
export const newsSeen = defineQuery<number>('newsSeen');

/** Sleeps for `patienceMs` from its start on at the first news, and not at all if that is over. */
export async function clockStory(patienceMs: number): Promise<void> {
  let seen = 0;
  setHandler(news, () => void seen++);
  setHandler(newsSeen, () => seen);
  const patientUntil = Date.now() + patienceMs;
  await condition(() => seen > 0);
  const patienceLeftMs = patientUntil - Date.now();
  if (patienceLeftMs > 0) await sleep(patienceLeftMs);
  await condition(() => seen > 1);
}
