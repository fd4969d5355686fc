/**
 * `npm test`: all tests, or those that the arguments name. Tests speak HTTPS to the simulator, and Node reads the
 * certificates it trusts only at its start, so the simulator's own is made first and mocha gets a process of its own.
 * The last line of the output is always `N passed, N failed`.
 */
import path from 'node:path';
import { combineTrust } from '../src/embedded/trust.js';
import { ensureCertificate } from '../src/simulator/certificate.js';
import { runMocha } from './run-mocha.js';
import type { TestCounts } from './test-reporter.js';

const CERTIFICATE_DIR = path.resolve(import.meta.dirname, '../.licenseflow/test-certificate');

async function runTests(args: readonly string[]): Promise<TestCounts> {
  const { caFile } = await ensureCertificate(CERTIFICATE_DIR);
  const trusted = await combineTrust({
    authority: caFile,
    into: path.join(CERTIFICATE_DIR, 'trusted.pem'),
    env: process.env,
    warn: console.error,
  });
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted, LICENSEFLOW_TEST_CERT_DIR: CERTIFICATE_DIR };
  return runMocha({ args, env, exitGraceMs: 30_000 });
}

const counts = await runTests(process.argv.slice(2)).catch((error: unknown): TestCounts => {
  console.error('The tests could not be started:', error);
  return { passed: 0, failed: 1, skipped: 0 };
});
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 ? 1 : 0;
