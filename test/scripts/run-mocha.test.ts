import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runMocha } from '../../scripts/run-mocha.js';
import type { TestOutcomes } from '../../scripts/test-reporter.js';

describe('a run of the tests', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'licenseflow-run-mocha-'));
  });
  after(() => rm(directory, { recursive: true }));

  async function run(source: string, exitGraceMs = 30_000) {
    const file = path.join(directory, 'sample.ts');
    await writeFile(file, source);
    const setup = path.resolve(import.meta.dirname, '../setup.ts');
    // mocha's own list of these samples would read as failures of this run.
    return runMocha({ args: ['--no-config', '--require', setup, file], env: process.env, exitGraceMs, output: 'none' });
  }

  it('counts what passed, failed and was skipped', async () => {
    const outcomes = await run(`
      describe('the sample', () => {
        it('passes', () => {});
        it('fails', () => { throw new Error('as it should'); });
        it.skip('is skipped', () => {});
        it('is pending');
      });
    `);
    assertOutcomes(outcomes, { passed: 1, failures: [/^the sample fails\nError: as it should/u], skipped: 2 });
  });

  it('counts a hook that fails', async () => {
    const outcomes = await run(`before(() => { throw new Error('no server'); }); it('never runs', () => {});`);
    assertOutcomes(outcomes, { passed: 0, failures: [/hook.*\nError: no server/u], skipped: 0 });
  });

  it('fails when the process is killed on the way, and keeps what was counted', async () => {
    const outcomes = await run(`
      it('passes', () => {});
      it('kills', () => { process.kill(process.pid, 'SIGKILL'); });
      it('never runs', () => {});
    `);
    assertOutcomes(outcomes, { passed: 1, failures: [/ended before its last test/u], skipped: 0 });
  });

  it('fails when a test ends the process as if all were well', async () => {
    const outcomes = await run(`it('exits', () => { process.exit(0); });`);
    assertOutcomes(outcomes, { passed: 0, failures: [/ended before its last test/u], skipped: 0 });
  });

  it('fails when a file cannot be loaded', async () => {
    const outcomes = await run(`import './missing.js'; it('never runs', () => {});`);
    assertOutcomes(outcomes, { passed: 0, failures: [/ended before its last test/u], skipped: 0 });
  });

  it('fails when a promise that nobody awaits is rejected', async () => {
    const outcomes = await run(`it('looks fine', () => { void Promise.reject(new Error('lost')); });`);
    assert.match(outcomes.failures.join('\n'), /Error: lost/u);
  });

  it('fails when something is left open', async () => {
    const outcomes = await run(`it('passes', () => { setInterval(() => {}, 1000); });`, 1);
    assertOutcomes(outcomes, { passed: 1, failures: [/something that they left open/u], skipped: 0 });
  });
});

function assertOutcomes(
  { failures, ...counts }: TestOutcomes,
  expected: { readonly passed: number; readonly skipped: number; readonly failures: readonly RegExp[] },
): void {
  assert.deepEqual(counts, { passed: expected.passed, skipped: expected.skipped });
  assert.equal(failures.length, expected.failures.length, failures.join('\n'));
  expected.failures.forEach((pattern, index) => assert.match(failures[index] ?? '', pattern));
}
