/** A program: runs a development server with the executable in its argument, and prints its address and process id. */
import { runInForeground } from '../../../src/embedded/foreground.js';
import { startDevServer } from '../../../src/embedded/dev-server.js';
import { untilAborted } from '../../../src/embedded/until-aborted.js';

const [executable = ''] = process.argv.slice(2);
await runInForeground(
  () => {},
  async (children) => {
    const { address, pid } = await startDevServer(children, { executable, namespace: 'default', uiPort: null });
    console.log(JSON.stringify({ address, pid }));
    await untilAborted(children.signal);
  },
);
