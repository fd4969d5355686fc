/**
 * A program: a command in the foreground with children of its own, whose habits its arguments say (see `child.ts`):
 * `foreground.ts <journal> <end> <habits of the first> <habits of the second>`. `end` is `stay` or `return`.
 * Prints the children's process ids, and at last how it ended.
 */
import { untilAborted } from '../../../src/embedded/until-aborted.js';
import { runInForeground } from '../../../src/embedded/foreground.js';
import { childSpec } from '../child-spec.js';

const [journal = '', end = '', ...habits] = process.argv.slice(2);
const result = await runInForeground(
  (name, line) => console.error(`[${name}] ${line}`),
  async (children) => {
    const pids: number[] = [];
    for (const [i, habit] of habits.entries()) {
      const spec = childSpec(`child-${i + 1}`, journal, habit === '' ? [] : habit.split(','), {
        stopWithinMs: 120_000,
      });
      const { child, prepared } = await children.start(spec, (ready) => Promise.resolve(ready));
      pids.push(child.pid, ...prepared.family);
    }
    console.log(JSON.stringify({ pids }));
    if (end === 'stay') await untilAborted(children.signal);
    return 'returned';
  },
);
const error = result.by === 'failure' ? String(result.error) : undefined;
console.log(JSON.stringify({ ...result, error }));
