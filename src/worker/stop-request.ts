/** Asks to end: Ctrl-C and its kin, or the end of whoever started this process. */
import { whenParentGone } from './parent-gone.js';

export interface StopRequest extends Disposable {
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

export interface StopRequestOptions {
  /** Whether the closing of stdin counts too: the operating system closes it when the parent is gone, however it died. */
  readonly exitWithParent: boolean;
  /** Called at the second request of a person who will not wait. */
  readonly onImpatience: () => void;
}

export function listenForStop({ exitWithParent, onImpatience }: StopRequestOptions): StopRequest {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const onSignal = (): void => {
    if (controller.signal.aborted) onImpatience();
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (exitWithParent) whenParentGone(stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
      process.stdin.off('close', stop);
      if (exitWithParent) process.stdin.pause();
    },
  };
}
