/** One simulator for the whole run; every test makes a tenant of its own in it. */
import type { Simulator } from '../../src/simulator/simulator.js';
import { startSimulator } from '../../src/simulator/simulator.js';

let simulator: Promise<Simulator> | undefined;

export function testSimulator(): Promise<Simulator> {
  const certDir = process.env['LICENSEFLOW_TEST_CERT_DIR'];
  if (certDir === undefined) throw new Error('Run tests with `npm test`: it makes the certificate that they trust.');
  return (simulator ??= startSimulator({ certDir }));
}

export async function stopTestSimulator(): Promise<void> {
  if (simulator !== undefined) await (await simulator).close();
}
