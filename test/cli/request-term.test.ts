/** Licences that end, on the command line: a term, an extension, and what is said of a licence in force. */
import assert from 'node:assert/strict';
import type { ExtendOptions, Submitted, WaitFor } from '../../src/client/license-requests.js';
import type { Extension, LicenseRequest, RequestView, Term } from '../../src/contracts/license-request.js';
import { ADELE, DIGEST, doneView, MEGAN, sampleView } from './sample-request.js';

// Loaded like the commands, so that errors are instances of one and the same class.
const { run } = await import('./run-cli.js');
const { LicenseflowError } = await import('../../src/client/licenseflow-error.js');

const SUBMIT = [
  'request',
  'submit',
  '--for',
  'AdeleV@contoso.com',
  '--add',
  'SPE_E3',
  '--reason',
  'Audit',
  '--id',
  'lr-1',
];
const EXTEND = ['request', 'extend', 'lr-1', '--as', 'AdeleV@contoso.com', '--reason', 'Audit goes on'];
const DAY_MS = 86_400_000;

const TERM: Term = {
  rule: {
    ...{ maxMs: 365 * DAY_MS, noticesMs: [14 * DAY_MS], stepDownTo: 'previous' },
    extension: { maxMs: 90 * DAY_MS, times: 2, approval: true },
  },
  stepDownTo: null,
  inForce: { since: '2026-03-01T14:30:00.000Z', until: '2026-05-30T14:30:00.000Z' },
  noticesAt: ['2026-05-16T14:30:00.000Z'],
  noticesGivenAt: [],
  extensions: [],
};

function activeView(changed: Partial<RequestView> = {}): RequestView {
  return doneView({
    state: 'active',
    term: TERM,
    readiness: { state: 'ready', since: '2026-03-01T14:31:00.000Z', pending: [] },
    ...changed,
  });
}

async function submitted(...options: readonly string[]): Promise<LicenseRequest> {
  const requests: LicenseRequest[] = [];
  const submit = (request: LicenseRequest): Promise<Submitted> => {
    requests.push(request);
    return Promise.resolve({ outcome: 'recorded', requestId: 'lr-1' });
  };
  const { stderr } = await run([...SUBMIT, ...options], { calls: { requests: { submit } }, timeZone: 'Europe/Berlin' });
  const [request] = requests;
  assert.ok(request, stderr);
  return request;
}

describe('licenseflow request submit of a licence with an end', () => {
  it('sends a length, an instant, or the evening of a day here', async () => {
    assert.equal((await submitted('--term', '90d')).termMs, 90 * DAY_MS);
    assert.equal((await submitted('--until', '2099-02-28T18:00:00Z')).endsAt, '2099-02-28T18:00:00.000Z');
    assert.equal((await submitted('--until', '2099-02-28')).endsAt, '2099-02-28T22:59:59.999Z');
    assert.equal((await submitted('--until', '2099-07-01')).endsAt, '2099-07-01T21:59:59.999Z', 'in summer time');
  });

  const wrong: readonly [readonly string[], RegExp][] = [
    [['--term', '90'], /number with a unit/],
    [['--term', '0d'], /above 0/],
    [['--term', '-5d'], /number with a unit/],
    [['--term', '40y'], /at most 10 years/],
    [['--until', 'soon'], /--until: "soon" is no time/],
    [['--until', '2099-02-30'], /--until: "2099-02-30" is no time/],
    [['--until', '2020-01-01'], /has gone by/],
    [['--until', '2099-01-01', '--term', '5d'], /cannot be used with/],
    [['--assigned'], /--wait is missing/],
  ];
  for (const [options, says] of wrong)
    it(`refuses ${options.join(' ')}`, async () => {
      const { code, stderr } = await run([...SUBMIT, ...options]);
      assert.equal(code, 2);
      assert.match(stderr, says);
    });
});

describe('licenseflow request wait', () => {
  for (const { options, what, state, code } of [
    { options: [], what: 'done', state: 'active', code: 0 },
    { options: ['--assigned'], what: 'assigned', state: 'assigned', code: 0 },
    { options: ['--assigned'], what: 'assigned', state: 'denied', code: 5 },
  ] as const)
    it(`${options.join(' ')} ends with ${code} in state ${state}`, async () => {
      const waits: (WaitFor | undefined)[] = [];
      const wait = (_id: string, _within: number, until?: WaitFor) => {
        waits.push(until);
        return Promise.resolve(activeView({ state }));
      };
      const ran = await run(['request', 'wait', 'lr-1', ...options], { calls: { requests: { wait } } });
      assert.equal(ran.code, code);
      assert.deepEqual(waits, [what]);
    });
});

describe('licenseflow request extend', () => {
  const extending = (view: RequestView) => {
    const commands: ExtendOptions[] = [];
    const extend = (_id: string, command: ExtendOptions) => {
      commands.push(command);
      return Promise.resolve(view);
    };
    return { commands, calls: { requests: { extend, view: () => Promise.resolve(view) } } };
  };

  it('sends by how much or until when, and shows the new end', async () => {
    const { commands, calls } = extending(activeView());
    const ran = await run([...EXTEND, '--by', '30d', '--id', 'x-1'], { calls });
    assert.equal(ran.code, 0, ran.stderr);
    await run([...EXTEND, '--until', '2099-02-28'], { calls });
    assert.deepEqual(
      commands.map(({ end }) => end),
      [{ byMs: 30 * DAY_MS }, { untilMs: Date.parse('2099-02-28T23:59:59.999Z') }],
    );
    assert.equal(commands[0]?.extensionId, 'x-1');
    assert.match(ran.stdout, /until 2026-05-30T14:30:00.000Z/);
    assert.match(ran.stderr, /request extend lr-1 --as AdeleV@contoso.com --by 30d/);
    assert.match(ran.stderr, /request withdraw lr-1/);
  });

  it('is told how to be repeated where its answer was lost', async () => {
    const lost = new LicenseflowError('unanswered', 'NO_ANSWER', 'No answer in time.', 'Try again.');
    const extend = () => Promise.reject(lost);
    const { code, stderr } = await run([...EXTEND, '--by', '30d', '--id', 'x-1'], { calls: { requests: { extend } } });
    assert.equal(code, 8);
    assert.match(stderr, /without extending twice, add: --id x-1/);
  });

  it('needs to know the new end', async () => {
    const { code, stderr } = await run(EXTEND);
    assert.equal(code, 2);
    assert.match(stderr, /The new end is missing/);
  });

  it('leaves what its approvers can do, who approve exactly that', async () => {
    const asked = activeView({
      extensionQuestion: { extensionId: 'x-1', digest: 'e'.repeat(64), stages: sampleView().stages, stage: 0 },
      waitsFor: { ...{ what: '1 approval in stage "manager".', who: [MEGAN] }, nextAt: null, then: 'it expires.' },
    });
    const { calls } = extending(asked);
    const { stderr } = await run([...EXTEND, '--by', '30d'], { calls });
    assert.match(stderr, /request approve lr-1 --as MeganB@contoso.com/);

    const digests: string[] = [];
    const decide = (_id: string, { digest }: { readonly digest: string }) => {
      digests.push(digest);
      return Promise.resolve(asked);
    };
    const approve = ['request', 'approve', 'lr-1', '--as', 'MeganB@contoso.com'];
    const approved = await run(approve, { calls: { requests: { ...calls.requests, decide } } });
    assert.deepEqual(digests, ['e'.repeat(64)]);
    assert.match(approved.stderr, /until 2026-05-30/);
    assert.doesNotMatch(approved.stderr, /Needs a seat|\+ add/, 'the licence itself is there already');
    const other = await run([...approve, '--plan', DIGEST.slice(0, 12)], { calls });
    assert.equal(other.code, 6, 'the plan was approved long ago');
  });
});

const EXTENSION: Extension = {
  ...{ extensionId: 'x-1', actor: { ref: ADELE.userPrincipalName, assurance: 'asserted' }, reason: 'Audit' },
  ...{ from: '2026-04-30T14:30:00.000Z', until: '2026-05-30T14:30:00.000Z' },
  ...{ askedAt: '2026-04-01T14:30:00.000Z', state: 'granted' },
};

describe('licenseflow explain', () => {
  it('says from when until when a licence is in force, what is held then, and how the end can be moved', async () => {
    const view = activeView({ term: { ...TERM, extensions: [EXTENSION] } });
    const calls = { requests: { view: () => Promise.resolve(view) } };
    const { stdout } = await run(['explain', 'lr-1'], { calls, terminal: true });
    assert.match(stdout, /In force from 2026-03-01 14:30 UTC until 2026-05-30 14:30 UTC\./);
    assert.match(stdout, /At the end Microsoft 365 E3 is taken away\./);
    assert.match(stdout, /Reminders: 2026-05-16 14:30 UTC\./);
    assert.match(stdout, /Extension until 2026-05-30 14:30 UTC, asked by AdeleV@contoso.com \(Audit\): granted\./);
    assert.match(stdout, /moved once more, by at most 90 days at a time, after approval/);
    assert.match(stdout, /Ready: all services report/);
  });

  it('offers no extension that the policy would refuse', async () => {
    const view = activeView({ term: { ...TERM, extensions: [EXTENSION, EXTENSION] } });
    const { stdout, stderr } = await run(['explain', 'lr-1'], {
      calls: { requests: { view: () => Promise.resolve(view) } },
    });
    assert.match(stdout, /moved as often as the policy allows/);
    assert.doesNotMatch(stderr, /request extend/);
    assert.match(stderr, /request withdraw lr-1/);
  });

  it('says who ended a licence early and why, and that it is in force no more', async () => {
    const actor = { ref: ADELE.userPrincipalName, assurance: 'asserted' } as const;
    const withdrawal = { actor, reason: 'Audit is over' };
    const view = activeView({ state: 'withdrawn', withdrawal });
    const requests = { view: () => Promise.resolve(view), rollbackView: () => Promise.resolve(null) };
    const { stdout } = await run(['explain', 'lr-1'], { calls: { requests }, terminal: true });
    assert.match(stdout, /Withdrawn by AdeleV@contoso\.com: Audit is over/);
    assert.match(stdout, /Was in force from 2026-03-01 14:30 UTC, and ended before 2026-05-30 14:30 UTC\./);
  });

  it('names the services that are not ready yet', async () => {
    const view = activeView({
      ...{ state: 'assigned', term: null },
      readiness: { state: 'waiting', since: '2026-03-01T14:31:00.000Z', pending: ['TEAMS1 (PendingProvisioning)'] },
    });
    const { stdout } = await run(['explain', 'lr-1'], { calls: { requests: { view: () => Promise.resolve(view) } } });
    assert.match(stdout, /Not ready: TEAMS1 \(PendingProvisioning\)\./);
  });

  it('leads from an end that could give nothing back to the rollback', async () => {
    const undone = [{ step: 'licences', outcome: 'not-undone', note: 'No seat.' }] as const;
    const view = activeView({ state: 'ended', undone });
    const requests = { view: () => Promise.resolve(view), rollbackView: () => Promise.resolve(null) };
    const { stderr } = await run(['explain', 'lr-1'], { calls: { requests } });
    assert.match(stderr, /request rollback lr-1 --dry-run/);
  });
});
