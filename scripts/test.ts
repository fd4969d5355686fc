/**
 * `npm test`: all tests, or those that the arguments name; with `--full` first, as big as they get. Tests speak HTTPS to the simulator, and Node reads the
 * certificates it trusts only at its start, so the simulator's own is made first and mocha gets a process of its own;
 * for all tests a process for each core, which share one Temporal server and one bundle. The last line of the output is
 * always `N passed, N failed`.
 */
import { inspect } from 'node:util';
import { TEST_SIZE } from '../test/integration/size.js';
import { runMocha } from './run-mocha.js';
import type { TestOutcomes } from './test-reporter.js';
import { rounds, startSharedParts } from './test-shares.js';
import { trustingEnvironment } from './trusting-process.js';

/** After its last test a process ends by itself; something that was left open would keep it alive. */
const EXIT_GRACE_MS = 30_000;
const FULL = '--full';

async function runTests([first, ...rest]: readonly string[]): Promise<TestOutcomes> {
  const isFull = first === FULL;
  const args = isFull || first === undefined ? rest : [first, ...rest];
  const env = { ...(await trustingEnvironment()), ...(isFull && { [TEST_SIZE]: 'full' }) };
  return args.length > 0 ? runMocha({ args, env, exitGraceMs: EXIT_GRACE_MS }) : runAll(env);
}

async function runAll(env: NodeJS.ProcessEnv): Promise<TestOutcomes> {
  const shared = await startSharedParts(env['LICENSEFLOW_TEST_CERT_DIR'] ?? '');
  const run = (files: readonly string[], share: number) =>
    runMocha({
      args: files,
      env: { ...env, ...shared.env },
      exitGraceMs: EXIT_GRACE_MS,
      output: share === 0 ? 'live' : 'at-the-end',
    });
  try {
    const outcomes: TestOutcomes[] = [];
    for (const round of await rounds())
      outcomes.push(...(await Promise.all(round.map((files, share) => run(files, share)))));
    return outcomes.reduce(together);
  } finally {
    await shared.close();
  }
}

function together(a: TestOutcomes, b: TestOutcomes): TestOutcomes {
  return {
    passed: a.passed + b.passed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures],
  };
}

const { passed, skipped, failures } = await runTests(process.argv.slice(2)).catch((error: unknown): TestOutcomes => ({
  passed: 0,
  skipped: 0,
  failures: [`The tests could not be started: ${inspect(error)}`],
}));
// mocha's own list stands in the middle of a long output, or was cut off with its beginning.
for (const failure of failures) console.log(`Failed: ${failure}\n`);
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
