import assert from 'node:assert/strict';
import type { LicenseRequest, RequestState, RequestView } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

/** Held before: Office 365 E3 with two plans off, and Power BI. */
const HELD = [
  { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY] },
  { skuId: SKU.POWER_BI_PRO, disabledPlans: [] },
];

/** Adds, changes and removes in one. */
const WISH: Partial<LicenseRequest> = {
  add: [
    { sku: 'FLOW_FREE', disabledPlans: [] },
    { sku: 'ENTERPRISEPACK', disabledPlans: [PLAN.SWAY, PLAN.FORMS_PLAN_E3] },
  ],
  remove: ['POWER_BI_PRO'],
  losing: ['POWER_BI_PRO', 'SWAY', 'FORMS_PLAN_E3'],
};

const LAG_MS = 250;

describe('a request that is ended early', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
    playground.tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 100 });
  });
  beforeEach(() => playground.askIn(oneApproval));
  after(() => playground.close());

  const withdraw = (requestId: string) =>
    playground.licenseflow.requests.withdraw(requestId, actor(PEOPLE.adele.id), 'not needed any more');
  const end = (requestId: string) => playground.licenseflow.requests.wait(requestId, 20_000);
  const writeBegan = (user: string) =>
    playground.tenant.listFaults().some(({ rule, happened }) => rule.match.userId === user && happened > 0);

  interface Moment {
    readonly state: RequestState;
    readonly what: string;
    /** Brings the request there: what goes wrong or takes long. */
    readonly prepare: (user: string) => void;
    readonly wish?: Partial<LicenseRequest>;
    readonly approved: boolean;
    /** Whether something had been written by then. */
    readonly wrote: boolean;
  }
  const moments: Moment[] = [
    {
      state: 'checking',
      what: 'while it is checked',
      prepare: (userId) => {
        playground.tenant.addFault({ match: { method: 'GET', userId }, fault: { kind: 'delay', ms: 1_500 }, times: 2 });
      },
      approved: false,
      wrote: false,
    },
    {
      state: 'waiting-for-approval',
      what: 'while it waits for approval',
      prepare: () => undefined,
      approved: false,
      wrote: false,
    },
    {
      state: 'waiting-for-seat',
      what: 'while it waits for a seat',
      prepare: () => undefined,
      wish: { add: [{ sku: 'VISIOCLIENT', disabledPlans: [] }], remove: [] },
      approved: true,
      wrote: false,
    },
    {
      state: 'writing',
      what: 'while Graph carries the change out',
      prepare: (user) => playground.breakWrites(user, { kind: 'delay', ms: 1_500 }, 1),
      approved: true,
      wrote: true,
    },
    {
      state: 'writing',
      what: 'while the answer of Graph is on its way',
      prepare: (user) => playground.breakWrites(user, { kind: 'delay', ms: 1_500, when: 'after-commit' }, 1),
      approved: true,
      wrote: true,
    },
    {
      state: 'writing',
      what: 'while a write whose answer was lost is tried again',
      prepare: (userId) => {
        playground.breakWrites(userId, { kind: 'lost-response' }, 1);
        // Snapshot and the read before the write pass; the read that would settle the outcome takes long.
        playground.tenant.addFault({
          match: { method: 'GET', path: '/users/*', userId },
          after: 2,
          times: 1,
          fault: { kind: 'delay', ms: 1_500 },
        });
      },
      approved: true,
      wrote: true,
    },
    {
      state: 'verifying',
      what: 'while the directory does not show the change yet',
      prepare: (userId) => {
        playground.tenant.addFault({ match: { method: 'GET', userId }, fault: { kind: 'read-lag', ms: LAG_MS } });
      },
      approved: true,
      wrote: true,
    },
  ];
  for (const { state, what, prepare, wish = WISH, approved, wrote } of moments) {
    it(`${what} ends withdrawn, with exactly the licences from before`, async () => {
      const person = playground.hire({ licenses: HELD });
      await playground.knownTo(LAG_MS, person.id);
      const before = playground.held(person.id);
      const request = playground.request(playground.wishOf(person, wish));
      if (!approved) prepare(person.id);
      const submitted = playground.licenseflow.requests.submit(request, actor(person.id));
      if (approved) {
        await submitted;
        prepare(person.id);
        await playground.approve(request.requestId);
      }
      await inState(request.requestId, state);
      if (state === 'writing') await until('the write to begin', () => writeBegan(person.id), Boolean);

      await withdraw(request.requestId);
      await withdraw(request.requestId);
      const ended = await end(request.requestId);
      assert.equal((await submitted).outcome, 'accepted');
      assert.equal(ended.state, 'withdrawn');
      assert.match(ended.timeline.at(-1)?.text ?? '', /Withdrawn by .*not needed any more/);
      assert.deepEqual(playground.held(person.id), before);
      assert.equal(playground.effectiveWrites(person.id).length, wrote ? 2 : 0);
      assert.deepEqual(ended.needsAttention, []);
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        wrote ? ['undone'] : [],
      );
      assert.equal((await withdraw(request.requestId)).state, 'withdrawn', 'once more, after the end');
    });
  }

  it('before the write leaves the worker is not written at all', async () => {
    const person = playground.hire({ licenses: HELD });
    const requestId = await playground.submitted(playground.wishOf(person, WISH));
    const before = playground.held(person.id);
    // The read at the start of the write takes so long that the withdrawal comes before the call.
    playground.tenant.addFault({
      match: { method: 'GET', path: '/users/*', userId: person.id },
      after: 1,
      times: 1,
      fault: { kind: 'delay', ms: 6_000 },
    });
    await playground.approve(requestId);
    await until('the write to begin', () => writeBegan(person.id), Boolean);
    await withdraw(requestId);
    assert.equal((await end(requestId)).state, 'withdrawn');
    assert.deepEqual(playground.writes(person.id), []);
    assert.deepEqual(playground.held(person.id), before);
  });

  it('while a failed change is being taken back lets that go on to its end', async () => {
    const person = playground.hire({ licenses: HELD });
    const before = playground.held(person.id);
    const requestId = await playground.submitted(playground.wishOf(person, WISH));
    playground.breakWrites(person.id, { kind: 'lost-request' }, 1);
    playground.tenant.addFault({
      match: { method: 'POST', path: '/users/*/assignLicense', userId: person.id },
      after: 1,
      fault: { kind: 'graph-error', error: 'E11' },
    });
    await playground.approve(requestId);
    await inState(requestId, 'undoing');
    await withdraw(requestId);
    const ended = await end(requestId);
    assert.equal(ended.state, 'failed');
    assert.equal(ended.lastFailure?.code, 'PROXY_ADDRESS_CONFLICT');
    assert.deepEqual(playground.held(person.id), before);
    assert.deepEqual(playground.effectiveWrites(person.id), []);
  });

  it('leaves alone what someone else changed meanwhile, and says so', async () => {
    const person = playground.hire({ licenses: HELD });
    const requestId = await playground.submitted(playground.wishOf(person, WISH));
    playground.breakWrites(person.id, { kind: 'delay', ms: 1_500, when: 'after-commit' }, 1);
    await playground.approve(requestId);
    await until('the change to be made', () => playground.held(person.id)[SKU.FLOW_FREE], Boolean);
    const theirs = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.TEAMS1] };
    playground.tenant.changeLicenses(person.id, { addLicenses: [theirs] });
    await withdraw(requestId);
    const ended = await end(requestId);
    assert.deepEqual(playground.held(person.id)[SKU.ENTERPRISEPACK], [PLAN.TEAMS1]);
    assert.deepEqual(
      ended.undone.map(({ outcome }) => outcome),
      ['left-alone'],
    );
    assert.match(ended.needsAttention.join(), /could not be put back: Changed by someone else/);
  });

  it('is refused to a name that is only asserted, where the policy wants people to sign in', async () => {
    const usual = playground.policy;
    playground.policy = { ...usual, assertedDecisions: 'refuse' };
    const requestId = await playground.submitted(playground.wishOf(playground.hire()));
    playground.policy = usual;
    await assert.rejects(withdraw(requestId), { code: 'ASSERTED_REFUSED', kind: 'refused' });
    const view = await playground.licenseflow.requests.view(requestId);
    assert.equal(view.state, 'waiting-for-approval');
    assert.equal(view.withdrawal, null);
    const signedIn = { ref: PEOPLE.adele.id, assurance: 'signed-in' as const };
    await playground.licenseflow.requests.withdraw(requestId, signedIn, 'not needed any more');
    assert.equal((await end(requestId)).state, 'withdrawn');
  });

  it('while Graph asks to wait, which is shown at once, ends without waiting for a write that was never made', async () => {
    const throttled = await Playground.open({
      pace: { settleMs: 60_000, again: { ...FAST_PACE.again, deadlineMs: 120_000 } },
    });
    try {
      throttled.askIn();
      const person = throttled.hire();
      throttled.breakWrites(person.id, { kind: 'throttle', retryAfterSeconds: 20 }, 1);
      const requestId = await throttled.submitted(throttled.wishOf(person));
      const shown = await until(
        'the pause to be shown',
        () => throttled.licenseflow.requests.view(requestId),
        ({ lastFailure }) => lastFailure !== null,
        10_000,
      );
      assert.equal(shown.state, 'writing');
      assert.equal(shown.lastFailure?.code, 'THROTTLED');
      const pauseMs = Date.parse(shown.waitsFor?.nextAt ?? '') - Date.parse(shown.lastFailure.at);
      assert.ok(pauseMs >= 20_000, `the next try is shown ${String(pauseMs)} ms later`);
      assert.equal(throttled.writes(person.id).length, 1);

      await throttled.licenseflow.requests.withdraw(requestId, actor(person.id), 'not needed any more');
      const ended = await throttled.licenseflow.requests.wait(requestId, 10_000);
      assert.equal(ended.state, 'withdrawn');
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        ['nothing-to-undo'],
      );
      assert.equal(throttled.writes(person.id).length, 1);
    } finally {
      await throttled.close();
    }
  });

  it('is refused once it has ended otherwise', async () => {
    const done = await playground.approved(playground.wishOf(playground.hire()));
    assert.equal(done.state, 'done');
    await assert.rejects(withdraw(done.requestId), { code: 'NOT_OPEN', kind: 'refused', remedy: /rollback/ });
  });

  for (const state of ['waiting-for-approval', 'writing'] as const) {
    it(`from Temporal, ${state}, is taken back and ends as cancelled there`, async () => {
      const person = playground.hire({ licenses: HELD });
      const before = playground.held(person.id);
      const requestId = await playground.submitted(playground.wishOf(person, WISH));
      const { client } = await testTemporal();
      const handle = client.workflow.getHandle(licenseRequestWorkflowId(requestId));
      if (state === 'writing') {
        playground.breakWrites(person.id, { kind: 'delay', ms: 1_500, when: 'after-commit' }, 1);
        await playground.approve(requestId);
        await until('the change to be made', () => playground.held(person.id)[SKU.FLOW_FREE], Boolean);
      }
      await handle.cancel();
      await assert.rejects(end(requestId), { code: 'ENDED_OUTSIDE', message: /cancelled in Temporal/ });
      assert.equal((await handle.describe()).status.name, 'CANCELLED');
      assert.deepEqual(playground.held(person.id), before);
      const view = await playground.licenseflow.requests.view(requestId);
      assert.equal(view.state, 'withdrawn');
      assert.deepEqual(
        view.undone.map(({ outcome }) => outcome),
        state === 'writing' ? ['undone'] : [],
      );
    });
  }

  async function inState(requestId: string, state: RequestState): Promise<RequestView | null> {
    // A request that is being started is not there yet.
    return until(
      `request ${requestId} to be ${state}`,
      () => playground.licenseflow.requests.view(requestId).catch(() => null),
      (view) => view?.state === state,
    );
  }
});
