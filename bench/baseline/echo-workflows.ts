/** The least that Temporal can do in the shape of a seat pool: every signal is answered by a signal. */
import { condition, defineQuery, defineSignal, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';

export const ask = defineSignal<[from: string, n: number]>('ask');
/** Under the name that a seat pool answers with, so that one counter serves both. */
export const answered = defineSignal<[answer: unknown]>('seatAnswered');
export const answersLeft = defineQuery<number>('answersLeft');

export async function echo(messages: number): Promise<void> {
  let open = messages;
  setHandler(ask, async (from, n) => {
    await getExternalWorkflowHandle(from).signal(answered, n);
    open--;
  });
  await condition(() => open === 0);
}

/** Ends after so many answers. */
export async function counter(messages: number): Promise<void> {
  let open = messages;
  setHandler(answersLeft, () => open);
  setHandler(answered, () => {
    open--;
  });
  await condition(() => open <= 0);
}
