import assert from 'node:assert/strict';
import type { LicenseflowErrorKind } from '../../src/client/licenseflow-error.js';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import { EXIT, EXIT_MEANING, exitCodeOfRequest, exitCodeOfRollback } from '../../src/cli/exit-codes.js';
import type { RequestState } from '../../src/contracts/license-request.js';
import type { RollbackState } from '../../src/contracts/license-rollback.js';
import { sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const OF_ERROR: Record<LicenseflowErrorKind, number> = {
  invalid: 2,
  'not-found': 3,
  refused: 5,
  conflict: 6,
  unreachable: 4,
  unanswered: 8,
  failed: 1,
};

const OF_STATE: Record<RequestState, number> = {
  checking: 8,
  preparing: 8,
  'waiting-for-approval': 8,
  'waiting-for-seat': 8,
  writing: 8,
  verifying: 8,
  assigned: 8,
  active: 0,
  ending: 8,
  undoing: 8,
  done: 0,
  ended: 0,
  refused: 5,
  denied: 5,
  expired: 5,
  withdrawn: 1,
  terminated: 1,
  failed: 1,
};

const OF_ROLLBACK: Record<RollbackState, number> = {
  reading: 8,
  writing: 8,
  verifying: 8,
  'waiting-for-seat': 8,
  restored: 0,
  'left-alone': 6,
  failed: 1,
};

describe('exit codes', () => {
  it('are numbers that no two meanings share', () => {
    assert.equal(new Set(Object.values(EXIT)).size, Object.keys(EXIT).length);
    assert.deepEqual(Object.keys(EXIT_MEANING), Object.keys(EXIT));
  });

  for (const [kind, code] of Object.entries(OF_ERROR) as [LicenseflowErrorKind, number][]) {
    const fails = (): Promise<never> =>
      Promise.reject(new LicenseflowError(kind, 'SOME_CODE', 'What happened.', 'What to do.'));

    it(`${code} for an error of kind ${kind}, with its sentence and remedy on stderr`, async () => {
      const ran = await run(['request', 'show', 'lr-1'], { calls: { requests: { view: fails } } });
      assert.deepEqual(ran, { code, stdout: '', stderr: 'Error: What happened.\nWhat to do.\n' });
    });

    it(`${code} for an error of kind ${kind} as one JSON document on stderr`, async () => {
      const ran = await run(['request', 'show', 'lr-1', '--json'], { calls: { requests: { view: fails } } });
      assert.equal(ran.stdout, '');
      assert.deepEqual(JSON.parse(ran.stderr), {
        apiVersion: 'licenseflow/v1',
        kind: 'Error',
        error: { kind, code: 'SOME_CODE', exitCode: code, message: 'What happened.', remedy: 'What to do.' },
      });
    });
  }

  for (const [state, code] of Object.entries(OF_STATE) as [RequestState, number][])
    it(`${code} when waiting ends in state ${state}`, () => {
      assert.equal(exitCodeOfRequest(sampleView({ state })), code);
    });

  it('7 when something could not be taken back, but not while the request is open', () => {
    const undone = [{ step: 'seat', outcome: 'not-undone', note: '' }] as const;
    for (const state of ['failed', 'withdrawn', 'expired'] as const)
      assert.equal(exitCodeOfRequest(sampleView({ state, undone })), 7);
    assert.equal(exitCodeOfRequest(sampleView({ state: 'undoing', undone })), 8);
  });

  for (const [state, code] of Object.entries(OF_ROLLBACK) as [RollbackState, number][])
    it(`${code} when a rollback ends in state ${state}`, () => assert.equal(exitCodeOfRollback(state), code));

  it('1 for what nobody expected, with the way to a stack trace', async () => {
    const view = (): Promise<never> => Promise.reject(new TypeError('boom'));
    const plain = await run(['request', 'show', 'lr-1'], { calls: { requests: { view } } });
    assert.equal(plain.code, 1);
    assert.match(plain.stderr, /^Error: boom\n.*--verbose.*\n$/);
    const verbose = await run(['request', 'show', 'lr-1', '-v'], { calls: { requests: { view } } });
    assert.match(verbose.stderr, /TypeError: boom\n\s+at /);
  });

  for (const [name, code] of Object.entries({ ConfigError: 2, FolderInUse: 6, NoTemporalCli: 4, ChildFailure: 1 }))
    it(`${code} for a ${name}, whose message is complete by itself`, async () => {
      const failure = Object.assign(new Error('All that must be said.'), { name });
      const ran = await run(['seats'], { calls: () => Promise.reject(failure) });
      assert.deepEqual(ran, { code, stdout: '', stderr: 'Error: All that must be said.\n' });
    });
});
