/**
 * `npm test`: all tests, or those that the arguments name; with `--full` first, as big as they get. Tests speak HTTPS to the simulator, and Node reads the
 * certificates it trusts only at its start, so the simulator's own is made first and mocha gets a process of its own;
 * for all tests a process for each core, which share one Temporal server and one bundle. The last line of the output is
 * always `N passed, N failed`.
 */
import { TEST_SIZE } from '../test/integration/size.js';
import { runMocha } from './run-mocha.js';
import type { TestCounts } from './test-reporter.js';
import { rounds, startSharedParts } from './test-shares.js';
import { trustingEnvironment } from './trusting-process.js';

/** After its last test a process ends by itself; something that was left open would keep it alive. */
const EXIT_GRACE_MS = 30_000;
const FULL = '--full';

async function runTests([first, ...rest]: readonly string[]): Promise<TestCounts> {
  const isFull = first === FULL;
  const args = isFull || first === undefined ? rest : [first, ...rest];
  const env = { ...(await trustingEnvironment()), ...(isFull && { [TEST_SIZE]: 'full' }) };
  return args.length > 0 ? runMocha({ args, env, exitGraceMs: EXIT_GRACE_MS }) : runAll(env);
}

async function runAll(env: NodeJS.ProcessEnv): Promise<TestCounts> {
  const shared = await startSharedParts(env['LICENSEFLOW_TEST_CERT_DIR'] ?? '');
  const run = (files: readonly string[], share: number) =>
    runMocha({
      args: files,
      env: { ...env, ...shared.env },
      exitGraceMs: EXIT_GRACE_MS,
      output: share === 0 ? 'live' : 'at-the-end',
    });
  try {
    const counts: TestCounts[] = [];
    for (const round of await rounds())
      counts.push(...(await Promise.all(round.map((files, share) => run(files, share)))));
    return counts.reduce(sum);
  } finally {
    await shared.close();
  }
}

function sum(a: TestCounts, b: TestCounts): TestCounts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

const counts = await runTests(process.argv.slice(2)).catch((error: unknown): TestCounts => {
  console.error('The tests could not be started:', error);
  return { passed: 0, failed: 1, skipped: 0 };
});
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
