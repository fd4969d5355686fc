/**
 * `npm test`: all tests, or those that the arguments name. Tests speak HTTPS to the simulator, and Node reads the
 * certificates it trusts only at its start, so the simulator's own is made first and mocha gets a process of its own.
 * The last line of the output is always `N passed, N failed`.
 */
import { runMocha } from './run-mocha.js';
import type { TestCounts } from './test-reporter.js';
import { trustingEnvironment } from './trusting-process.js';

async function runTests(args: readonly string[]): Promise<TestCounts> {
  return runMocha({ args, env: await trustingEnvironment(), exitGraceMs: 30_000 });
}

const counts = await runTests(process.argv.slice(2)).catch((error: unknown): TestCounts => {
  console.error('The tests could not be started:', error);
  return { passed: 0, failed: 1, skipped: 0 };
});
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
