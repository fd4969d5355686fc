import assert from 'node:assert/strict';
import type { DecideOptions } from '../../src/client/license-requests.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import { DIGEST, sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const APPROVE = ['request', 'approve', 'lr-1', '--as', 'MeganB@contoso.com'];

/** A request that is decided by what was sent. */
function deciding(start: RequestView = sampleView()) {
  const decisions: DecideOptions[] = [];
  let view = start;
  return {
    decisions,
    calls: {
      requests: {
        view: () => Promise.resolve(view),
        decide: (_id: string, options: DecideOptions) => {
          decisions.push(options);
          const answer = view;
          view = { ...view, state: options.verdict === 'approve' ? 'writing' : 'denied', waitsFor: null };
          return Promise.resolve(answer);
        },
      },
    },
  };
}

describe('licenseflow request approve', () => {
  it('shows the plan, approves exactly that one, and tells the state that follows', async () => {
    const { calls, decisions } = deciding();
    const { code, stdout, stderr } = await run(APPROVE, { calls });
    assert.equal(code, 0);
    assert.match(stderr, /\+ add Microsoft 365 E3 \(SPE_E3\) without TEAMS1/);
    assert.match(stderr, /Needs a seat of Microsoft 365 E3\./);
    assert.deepEqual(decisions, [
      { actor: { ref: 'MeganB@contoso.com', assurance: 'asserted' }, verdict: 'approve', digest: DIGEST, stage: 0 },
    ]);
    assert.match(stdout, /being assigned/);
  });

  it('takes the first digits of the plan, whatever their case', async () => {
    const { calls, decisions } = deciding();
    assert.equal((await run([...APPROVE, '--plan', '7E06FB'], { calls })).code, 0);
    assert.equal(decisions.length, 1);
  });

  it('6, and sends nothing, for another plan than the named one', async () => {
    const { calls, decisions } = deciding();
    const { code, stderr } = await run([...APPROVE, '--plan', '123456'], { calls });
    assert.equal(code, 6);
    assert.match(stderr, /is 7e06fb5d3ca6, not 123456\. Nothing was approved/);
    assert.deepEqual(decisions, []);
  });

  it('5 while there is no plan', async () => {
    const { calls } = deciding(sampleView({ plan: null, state: 'checking' }));
    const { code, stderr } = await run(APPROVE, { calls });
    assert.equal(code, 5);
    assert.match(stderr, /being checked/);
  });
});

describe('licenseflow request deny', () => {
  it('sends the reason with the plan that was looked at', async () => {
    const { calls, decisions } = deciding();
    const { code, stdout } = await run(['request', 'deny', 'lr-1', '--as', 'm@contoso.com', '--reason', 'No'], {
      calls,
    });
    assert.equal(code, 0);
    assert.deepEqual(decisions, [
      {
        actor: { ref: 'm@contoso.com', assurance: 'asserted' },
        verdict: 'deny',
        digest: DIGEST,
        stage: 0,
        reason: 'No',
      },
    ]);
    assert.match(stdout, /denied/);
  });
});

describe('licenseflow request withdraw', () => {
  it('tells the state that follows', async () => {
    const withdrawn: unknown[] = [];
    const requests = {
      withdraw: (...given: unknown[]) => {
        withdrawn.push(given);
        return Promise.resolve(sampleView());
      },
      view: () => Promise.resolve(sampleView({ state: 'withdrawn', waitsFor: null })),
    };
    const argv = ['request', 'withdraw', 'lr-1', '--as', 'AdeleV@contoso.com', '--reason', 'Not needed'];
    const { code, stdout } = await run(argv, { calls: { requests } });
    assert.equal(code, 0);
    assert.deepEqual(withdrawn, [['lr-1', { ref: 'AdeleV@contoso.com', assurance: 'asserted' }, 'Not needed']]);
    assert.match(stdout, /withdrawn/);
  });
});
