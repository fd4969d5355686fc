import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import type { RollbackOptions } from '../../src/client/license-requests.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import type { RollbackView } from '../../src/contracts/license-rollback.js';
import { previewRollback } from '../../src/cli/request/rollback-preview.js';
import { E3 } from './fake-session.js';
import { doneView, sampleRollback, sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const ROLLBACK = ['request', 'rollback', 'lr-1', '--as', 'MeganB@contoso.com', '--reason', 'Wrong person'];

function rolling(view: RequestView = doneView(), end: RollbackView = sampleRollback()) {
  const sent: RollbackOptions[] = [];
  const requests = {
    view: () => Promise.resolve(view),
    rollback: (_id: string, options: RollbackOptions) => {
      sent.push(options);
      return Promise.resolve();
    },
    rollbackView: () => Promise.resolve(sampleRollback({ state: 'reading' })),
    waitForRollback: () => Promise.resolve(end),
  };
  return { sent, calls: { requests, tenant: { seats: () => Promise.resolve([E3]) } } };
}

describe('licenseflow request rollback', () => {
  it('--dry-run shows what would be restored and sends nothing', async () => {
    const { calls, sent } = rolling();
    const { code, stdout, stderr } = await run(['request', 'rollback', 'lr-1', '--dry-run'], { calls });
    assert.equal(code, 0);
    assert.match(stdout, /- remove Microsoft 365 E3 \(SPE_E3\)/);
    assert.match(stderr, /Nothing was changed/);
    assert.deepEqual(sent, []);
  });

  it('5 for a dry run of what cannot be rolled back, and why', async () => {
    const left = { step: 'licences', outcome: 'not-undone', note: 'Graph did not answer.' } as const;
    const views: [RequestView, said: RegExp][] = [
      [doneView({ wrote: false }), /nothing to take back/],
      [sampleView({ state: 'denied' }), /nothing to take back/],
      [sampleView(), /has not ended.*\n.*request withdraw/],
      [sampleView({ state: 'terminated' }), /not known.*\n.*Compare what the person holds/],
      [sampleView({ state: 'failed', undone: [left] }), /not all of it.*Graph did not answer.*\n.*Compare/],
    ];
    for (const [view, said] of views) {
      const { code, stderr } = await run(['request', 'rollback', 'lr-1', '--dry-run'], rolling(view));
      assert.equal(code, 5);
      assert.match(stderr, said);
    }
  });

  it('starts without a question once the request is named', async () => {
    const { calls, sent } = rolling();
    const { code, stdout } = await run([...ROLLBACK, '--confirm', 'lr-1', '--seat-wait', '2d'], { calls });
    assert.equal(code, 0);
    assert.deepEqual(sent, [
      {
        actor: { ref: 'MeganB@contoso.com', assurance: 'asserted' },
        ...{ reason: 'Wrong person', seatWaitMs: 172_800_000 },
      },
    ]);
    assert.match(stdout, /Rollback of request lr-1/);
  });

  describe('on a terminal', () => {
    it('shows what would happen and goes on when the id is typed', async () => {
      const { calls, sent } = rolling();
      const signals = new EventEmitter();
      const { code, stderr } = await run(ROLLBACK, { calls, terminal: true, stdin: 'lr-1\n', signals });
      assert.equal(code, 0);
      assert.equal(signals.listenerCount('SIGINT'), 0, 'Ctrl-C ends the program again.');
      assert.match(stderr, /- remove Microsoft 365 E3[^]*Type the request id/);
      assert.equal(sent.length, 1);
    });

    for (const typed of ['lr-2\n', 'y\n', '\n', 'lr-'])
      it(`does nothing when ${JSON.stringify(typed)} is typed`, async () => {
        const { calls, sent } = rolling();
        const { code, stderr } = await run(ROLLBACK, { calls, terminal: true, stdin: typed });
        assert.equal(code, 2);
        assert.match(stderr, /Nothing was done/);
        assert.deepEqual(sent, []);
      });

    it('does nothing at Ctrl-C, and listens no longer', async () => {
      const { calls, sent } = rolling();
      const signals = new EventEmitter();
      signals.on('newListener', (name) => name === 'SIGINT' && setImmediate(() => signals.emit('SIGINT')));
      const { code } = await run(ROLLBACK, { calls, terminal: true, signals });
      assert.equal(code, 130);
      assert.equal(signals.listenerCount('SIGINT'), 0);
      assert.deepEqual(sent, []);
    });

    it('asks nobody with --yes', async () => {
      const { calls, sent } = rolling();
      assert.equal((await run([...ROLLBACK, '--yes'], { calls, terminal: true })).code, 0);
      assert.equal(sent.length, 1);
    });

    it('asks nobody with --no-input either, and fails', async () => {
      const { calls, sent } = rolling();
      const { code, stderr } = await run([...ROLLBACK, '--no-input'], { calls, terminal: true });
      assert.equal(code, 2);
      assert.match(stderr, /--confirm lr-1/);
      assert.deepEqual(sent, []);
    });
  });

  it('--wait ends as the rollback ended', async () => {
    for (const [state, expected] of Object.entries({ restored: 0, 'left-alone': 6, failed: 1 } as const)) {
      const { calls } = rolling(doneView(), sampleRollback({ state: state as RollbackView['state'] }));
      const { code } = await run([...ROLLBACK, '--confirm', 'lr-1', '--wait'], { calls });
      assert.equal(code, expected, state);
    }
  });

  it('8 when the rollback has not ended in time', async () => {
    const { calls } = rolling();
    const waitForRollback = (): Promise<never> =>
      Promise.reject(new LicenseflowError('unanswered', 'NO_ANSWER', 'No worker.', 'Start one.'));
    const requests = { ...calls.requests, waitForRollback };
    const { code, stderr } = await run([...ROLLBACK, '--confirm', 'lr-1', '--wait', '1s'], {
      calls: { ...calls, requests },
    });
    assert.equal(code, 8);
    assert.match(stderr, /has not ended yet/);
  });
});

describe('the preview of a rollback', () => {
  const TEAMS = '57ff2da0-773e-42df-b2af-ffb7a2317929';
  const GONE = 'a23b959c-7ce8-4e57-9140-b90eb88a9e97';
  const removal = (): RequestView => {
    const view = doneView();
    assert.ok(view.plan !== null);
    return { ...view, plan: { ...view.plan, before: { [E3.skuId]: [TEAMS, GONE] }, target: { [E3.skuId]: null } } };
  };

  it('gives a product back with its disabled plans, a seat, and without plans that it contains no more', () => {
    assert.deepEqual(previewRollback(removal(), [E3]), {
      requestId: 'lr-1',
      restores: [{ skuId: E3.skuId, skuPartNumber: 'SPE_E3', name: 'Microsoft 365 E3', from: null, to: [TEAMS] }],
      vanishedPlans: [{ skuId: E3.skuId, planId: GONE, name: GONE }],
      seats: [{ skuId: E3.skuId, name: 'Microsoft 365 E3', free: 23 }],
    });
  });

  it('says so where the tenant has the product no more', () => {
    assert.deepEqual(previewRollback(removal(), [])?.seats, [
      { skuId: E3.skuId, name: 'Microsoft 365 E3', free: null },
    ]);
  });
});
