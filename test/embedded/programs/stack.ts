/** A program: runs a stack on the folder in its argument, and says when it is up. */
import { runInForeground } from '../../../src/embedded/foreground.js';
import { startStack } from '../../../src/embedded/stack.js';
import { untilAborted } from '../../../src/embedded/until-aborted.js';
import { stackOptions } from '../stack-options.js';

const [folder = ''] = process.argv.slice(2);
await runInForeground(
  (name, line) => console.error(`[${name}] ${line}`),
  async (children) => {
    await startStack(stackOptions(children, { kind: 'kept', folder }));
    console.log('up');
    await untilAborted(children.signal);
  },
);
