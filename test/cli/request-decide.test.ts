import assert from 'node:assert/strict';
import type { DecideOptions } from '../../src/client/license-requests.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import { DIGEST, MEGAN, sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const APPROVE = ['request', 'approve', 'lr-1', '--as', 'MeganB@contoso.com'];

const FREYA = {
  id: '6d96225d-d447-4764-ac65-007d9cdac723',
  userPrincipalName: 'FreyaL@contoso.com',
  displayName: 'Freya Lindgren',
};

/** The sample after Megan gave her decision to Freya. */
const DELEGATED: Partial<RequestView> = {
  stages: sampleView().stages.map((stage) => ({
    ...stage,
    delegations: [
      { from: MEGAN, to: FREYA, assurance: 'asserted', reason: 'On leave', at: '2026-03-01T15:00:00.000Z' },
    ],
    times: { remindsAt: '2026-03-02T14:30:00.000Z', escalatesAt: null, expiresAt: '2026-03-04T14:30:00.000Z' },
  })),
  waitsFor: {
    ...{ what: '1 approval in stage "manager".', who: [FREYA] },
    ...{ nextAt: '2026-03-04T14:30:00.000Z', then: 'the request expires.' },
  },
};

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

  it('shows no plan of a request that has ended', async () => {
    const { calls } = deciding(sampleView({ state: 'denied', waitsFor: null, stage: null }));
    const { stderr } = await run(APPROVE, { calls });
    assert.doesNotMatch(stderr, /Approving|\+ add/);
  });

  it('shows a higher tier by name where only the new plan is known, and the first ones of many', async () => {
    const sample = sampleView();
    assert.ok(sample.plan);
    const [planId = ''] = sample.plan.target[sample.plan.skus[0]?.skuId ?? ''] ?? [];
    const tiersGained = Array.from({ length: 10 }, (_, i) => ({
      ...{ service: `teams-${String(i)}`, from: '2789c901-c14e-48ab-a76a-be334d9d793a', to: planId },
    }));
    const plan = { ...sample.plan, services: { ...sample.plan.services, tiersGained } };
    const { stderr } = await run(APPROVE, { calls: deciding({ ...sample, plan }).calls });
    assert.match(stderr, /Higher tier: teams-0 \(another plan -> TEAMS1\), .* and 2 more$/m);
    assert.doesNotMatch(stderr, /2789c901/);
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

describe('licenseflow request delegate', () => {
  const argv = ['request', 'delegate', 'lr-1', '--as', 'MeganB@contoso.com', '--to', 'FreyaL@contoso.com'];

  it('sends who decides for whom in the stage that was looked at, and tells the state that follows', async () => {
    const delegated: unknown[] = [];
    const { userPrincipalName } = FREYA;
    const requests = {
      view: () => Promise.resolve(sampleView(delegated.length === 0 ? {} : DELEGATED)),
      delegate: (...given: unknown[]) => {
        delegated.push(given);
        return Promise.resolve(sampleView());
      },
    };
    const { code, stdout, stderr } = await run([...argv, '--reason', 'On leave'], { calls: { requests } });
    assert.equal(code, 0);
    assert.deepEqual(delegated, [
      [
        'lr-1',
        {
          actor: { ref: 'MeganB@contoso.com', assurance: 'asserted' },
          ...{ to: userPrincipalName, stage: 0, reason: 'On leave' },
        },
      ],
    ]);
    assert.match(stdout, /Still needed: 1 of 1 approval, from Freya Lindgren/);
    assert.match(stdout, /Delegated: Megan Bowen .*lets Freya Lindgren .*decide: On leave/);
    assert.match(stdout, /Next: at .*, who has not decided is reminded\.\n.*Then: at .*, the request expires/);
    assert.match(stderr, /licenseflow request approve lr-1 --as FreyaL@contoso\.com/);
  });

  it('2 without a reason', async () => {
    assert.equal((await run(argv, { calls: {} })).code, 2);
  });

  it('5, with the reason of the refusal, for somebody who cannot take it', async () => {
    const requests = {
      view: () => Promise.resolve(sampleView()),
      delegate: () => Promise.reject(new LicenseflowError('refused', 'DELEGATE_REFUSED', 'No user.', 'Look at it.')),
    };
    const { code, stderr } = await run([...argv, '--reason', 'On leave'], { calls: { requests } });
    assert.equal(code, 5);
    assert.match(stderr, /No user\./);
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
