/**
 * A program: plays every golden path on a Temporal server and a simulator of its own and keeps the histories. Started by
 * `npm run record-histories`, which makes it trust the simulator.
 */
import { inParallel } from '../integration/in-parallel.js';
import { Playground } from '../support/playground.js';
import { stopTestSimulator } from '../support/simulator.js';
import { stopTestTemporal, testTemporal } from '../support/temporal.js';
import { historyNames, removeHistory, writeHistory } from './history-file.js';
import type { GoldenPath } from './paths.js';
import { GOLDEN_PATHS } from './paths.js';

/** Much of a path's time is waiting, but its deadlines are short. */
const AT_ONCE = 3;

async function record({ name, options = {}, run = 'last', play }: GoldenPath): Promise<void> {
  const playground = await Playground.open(options);
  try {
    const workflowId = await play(playground, name);
    const { client } = await testTemporal();
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const runId = run === 'first' ? (raw.workflowExecutionInfo?.firstRunId ?? undefined) : undefined;
    await writeHistory(name, await client.workflow.getHandle(workflowId, runId).fetchHistory());
    console.log(`recorded ${name}`);
  } finally {
    await playground.close();
  }
}

const named = process.argv.slice(2);
const paths = GOLDEN_PATHS.filter(({ name }) => named.length === 0 || named.includes(name));
const unknown = named.filter((name) => !paths.some((known) => known.name === name));
if (unknown.length > 0) throw new Error(`There is no path ${unknown.join(', ')}; see test/replay/paths.ts.`);

try {
  await inParallel(paths, AT_ONCE, async (path) => {
    try {
      await record(path);
    } catch (error) {
      console.error(`${path.name} was not recorded:`, error);
      process.exitCode = 1;
    }
  });
  const gone = (await historyNames()).filter((name) => !GOLDEN_PATHS.some((known) => known.name === name));
  for (const name of gone) await removeHistory(name);
} finally {
  await stopTestTemporal();
  await stopTestSimulator();
}
