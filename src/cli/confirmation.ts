import { createInterface } from 'node:readline';
import { Interrupted } from './error-report.js';
import type { Invocation } from './invocation.js';

/** Whether a person sits at a terminal and may be asked. */
export function mayAsk({ deps, global }: Invocation): boolean {
  return global.input && deps.stdin.isTTY === true && deps.stderr.isTTY === true;
}

/**
 * Asks for an answer on the terminal.
 *
 * @returns what was typed, trimmed; empty when the input ends.
 * @throws Interrupted at Ctrl-C.
 */
export async function ask({ deps }: Invocation, question: string): Promise<string> {
  deps.stderr.write(question);
  const input = createInterface({ input: deps.stdin });
  let interrupt = (): void => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      interrupt = () => reject(new Interrupted('Nothing was done.'));
      input.once('line', (line) => resolve(line.trim()));
      input.once('close', () => resolve(''));
      deps.signals.once('SIGINT', interrupt);
    });
  } finally {
    deps.signals.off('SIGINT', interrupt);
    input.close();
  }
}
