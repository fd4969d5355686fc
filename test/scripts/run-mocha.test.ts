import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runMocha } from '../../scripts/run-mocha.js';

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
    const counts = await run(`
      it('passes', () => {});
      it('fails', () => { throw new Error('as it should'); });
      it.skip('is skipped', () => {});
      it('is pending');
    `);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 2 });
  });

  it('counts a hook that fails', async () => {
    const counts = await run(`before(() => { throw new Error('no server'); }); it('never runs', () => {});`);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
  });

  it('fails when the process is killed on the way, and keeps what was counted', async () => {
    const counts = await run(`
      it('passes', () => {});
      it('kills', () => { process.kill(process.pid, 'SIGKILL'); });
      it('never runs', () => {});
    `);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 });
  });

  it('fails when a test ends the process as if all were well', async () => {
    const counts = await run(`it('exits', () => { process.exit(0); });`);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
  });

  it('fails when a file cannot be loaded', async () => {
    const counts = await run(`import './missing.js'; it('never runs', () => {});`);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
  });

  it('fails when a promise that nobody awaits is rejected', async () => {
    const counts = await run(`it('looks fine', () => { void Promise.reject(new Error('lost')); });`);
    assert.ok(counts.failed > 0, JSON.stringify(counts));
  });

  it('fails when something is left open', async () => {
    const counts = await run(`it('passes', () => { setInterval(() => {}, 1000); });`, 1);
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 });
  });
});
