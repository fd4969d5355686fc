import { fork } from 'node:child_process';
import path from 'node:path';
import { combineTrust } from '../src/embedded/trust.js';
import { ensureCertificate } from '../src/simulator/certificate.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const CERTIFICATE_DIR = path.join(ROOT, '.licenseflow/test-certificate');

/**
 * Runs one of our TypeScript modules in a process that trusts the simulator. Node reads the certificates it trusts only
 * at its start, so whoever speaks HTTPS to the simulator needs a process of its own.
 *
 * @param module path below the root of the project
 * @returns the exit code; 1 where a signal ended the process
 */
export async function runTrusting(module: string, args: readonly string[] = []): Promise<number> {
  const { caFile } = await ensureCertificate(CERTIFICATE_DIR);
  const trusted = await combineTrust({
    authority: caFile,
    into: path.join(CERTIFICATE_DIR, 'trusted.pem'),
    env: process.env,
    warn: console.error,
  });
  const child = fork(path.join(ROOT, module), args, {
    cwd: ROOT,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted, LICENSEFLOW_TEST_CERT_DIR: CERTIFICATE_DIR },
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
