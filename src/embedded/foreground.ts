import { ChildProcesses } from './child-processes.js';
import type { ChildLog } from './node-child.js';
import { untilAborted } from './until-aborted.js';

/** How a command in the foreground came to its end. By then everything that it started is gone. */
export type ForegroundEnd<T> =
  | { readonly by: 'itself'; readonly value: T }
  /** Ctrl-C and its kin. */
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals }
  /** The body threw, or a process that it started ended. */
  | { readonly by: 'failure'; readonly error: unknown };

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/**
 * Runs `body` until it ends, until Ctrl-C (or SIGTERM, SIGHUP), or until one of the processes that it started ends. Then
 * everything it started is ended in reverse order. A second Ctrl-C kills what is left.
 *
 * @example
 * const end = await runInForeground(log, async (children) => {
 *   print(await startStack({ children, ... }));
 *   await untilAborted(children.signal);
 * });
 */
export async function runInForeground<T>(
  log: ChildLog,
  body: (children: ChildProcesses) => Promise<T>,
): Promise<ForegroundEnd<T>> {
  const children = new ChildProcesses(log);
  const received: NodeJS.Signals[] = [];
  const onSignal = (signal: NodeJS.Signals): void => {
    received.push(signal);
    if (received.length > 1) return children.kill();
    log('stop', `${signal} received: ending everything in order. Once more kills what is left.`);
    void children.stop();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const value = await Promise.race([body(children), untilAborted(children.signal)]);
    return { by: 'itself', value };
  } catch (error) {
    const [signal] = received;
    return signal === undefined ? { by: 'failure', error } : { by: 'signal', signal };
  } finally {
    await children.stop();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
