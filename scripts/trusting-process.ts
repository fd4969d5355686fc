import { fork } from 'node:child_process';
import path from 'node:path';
import { combineTrust } from '../src/embedded/trust.js';
import { ensureCertificate } from '../src/simulator/certificate.js';

const ROOT = path.resolve(import.meta.dirname, '..');
const CERTIFICATE_DIR = path.join(ROOT, '.licenseflow/test-certificate');

/** The environment of a process that trusts the simulator, and whatever this one trusts besides. */
export async function trustingEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { caFile } = await ensureCertificate(CERTIFICATE_DIR);
  const trusted = await combineTrust({
    authority: caFile,
    into: path.join(CERTIFICATE_DIR, 'trusted.pem'),
    env: process.env,
    warn: console.error,
  });
  return { ...process.env, NODE_EXTRA_CA_CERTS: trusted, LICENSEFLOW_TEST_CERT_DIR: CERTIFICATE_DIR };
}

/**
 * Runs one of our TypeScript modules in a process that trusts the simulator. Node reads the certificates it trusts only
 * at its start, so whoever speaks HTTPS to the simulator needs a process of its own.
 *
 * @param module path below the root of the project
 * @returns the exit code; 1 where a signal ended the process
 */
export async function runTrusting(module: string, args: readonly string[] = []): Promise<number> {
  const child = fork(path.join(ROOT, module), args, {
    cwd: ROOT,
    env: await trustingEnvironment(),
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
