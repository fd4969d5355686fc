import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, Playground } from '../support/playground.js';
import { until } from '../support/until.js';

/** More than any test takes. */
const LONG_MS = 600_000;

describe('an assigned licence', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({
      stages: [],
      pace: { ready: { ...FAST_PACE.ready, deadlineMs: LONG_MS } },
    });
    playground.tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 100 });
  });
  beforeEach(() => playground.tenant.setOptions({ provisioningMs: 0 }));
  after(() => playground.close());

  const WISH = { add: [{ sku: 'POWER_BI_PRO', disabledPlans: [PLAN.EXCHANGE_S_FOUNDATION] }] };

  it('is ready at once where its services are', async () => {
    const requestId = await playground.submitted(playground.wishOf(playground.hire(), WISH));
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.state, 'done');
    assert.equal(done.readiness?.state, 'ready');
    assert.deepEqual(
      done.timeline.slice(-3).map(({ text }) => text),
      ['Assigned, and seen by reading it back.', 'Ready: all services report that they are provisioned.', 'Done.'],
    );
  });

  it('names the plans that are on and not ready, and is done once all of them are', async () => {
    playground.tenant.setOptions({ provisioningMs: LONG_MS });
    const requestId = await playground.submitted(playground.wishOf(playground.hire(), WISH));
    const assigned = await playground.licenseflow.requests.wait(requestId, 20_000, 'assigned');
    assert.equal(assigned.state, 'assigned');
    const waiting = await until(
      'the services to be asked',
      () => playground.licenseflow.requests.view(requestId),
      ({ readiness }) => (readiness?.pending.length ?? 0) > 0,
    );
    assert.deepEqual(waiting.readiness?.pending, ['BI_AZURE_P2 (PendingProvisioning)'], 'not the one that is off');
    assert.match(waiting.waitsFor?.what ?? '', /BI_AZURE_P2/);
    assert.notEqual(waiting.waitsFor?.nextAt, null);
    playground.tenant.setOptions({ provisioningMs: 0 });
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.readiness?.state, 'ready');
    assert.deepEqual(done.readiness.pending, []);
  });

  it('is done, and says what was not reported, once nobody asks any more', async () => {
    const hasty = await Playground.open({
      stages: [],
      tenant: { options: { provisioningMs: LONG_MS } },
      pace: { ready: { ...FAST_PACE.ready, deadlineMs: 300 } },
    });
    try {
      const requestId = await hasty.submitted(hasty.wishOf(hasty.hire(), WISH));
      const done = await hasty.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(done.state, 'done');
      assert.equal(done.readiness?.state, 'not-reported');
      assert.deepEqual(done.readiness.pending, ['BI_AZURE_P2 (PendingProvisioning)']);
      assert.deepEqual(done.needsAttention, []);
    } finally {
      await hasty.close();
    }
  });

  it('does not wait for services longer than until its end, whose clock runs meanwhile', async () => {
    playground.tenant.setOptions({ provisioningMs: LONG_MS });
    const person = playground.hire();
    const requestId = await playground.submitted(playground.wishOf(person, { ...WISH, termMs: 1_500 }));
    const assigned = await playground.untilState(requestId, 'assigned');
    const ended = await playground.untilState(requestId, 'ended');
    assert.deepEqual(ended.term?.inForce, assigned.term?.inForce);
    assert.equal(ended.readiness?.state, 'not-reported');
    assert.deepEqual(playground.held(person.id), {});
  });

  it('is taken back where it is withdrawn before it is ready', async () => {
    playground.tenant.setOptions({ provisioningMs: LONG_MS });
    for (const term of [{}, { termMs: LONG_MS }]) {
      const person = playground.hire();
      const requestId = await playground.submitted(playground.wishOf(person, { ...WISH, ...term }));
      await playground.untilState(requestId, 'assigned');
      await playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'not needed any more');
      const ended = await playground.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(ended.state, 'withdrawn');
      assert.deepEqual(playground.held(person.id), {});
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        ['undone'],
      );
    }
  });

  it('is not held up where its services cannot be asked', async () => {
    const person = playground.hire();
    const fault = playground.tenant.addFault({
      match: { method: 'GET', path: '/users/*/licenseDetails', userId: person.id },
      fault: { kind: 'server-error', status: 503 },
    });
    const requestId = await playground.submitted(playground.wishOf(person, WISH));
    const view = await until(
      'the failure to be shown',
      () => playground.licenseflow.requests.view(requestId),
      ({ lastFailure }) => lastFailure !== null,
    );
    assert.equal(view.state, 'assigned');
    assert.match(view.waitsFor?.what ?? '', /could not be asked/);
    playground.tenant.clearFaults(fault);
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).readiness?.state, 'ready');
  });

  it('cannot be extended or rolled back yet', async () => {
    playground.tenant.setOptions({ provisioningMs: LONG_MS });
    const person = playground.hire();
    const requestId = await playground.submitted(playground.wishOf(person, { ...WISH, termMs: LONG_MS }));
    await playground.untilState(requestId, 'assigned');
    const { requests } = playground.licenseflow;
    const command = { actor: actor(person.id), reason: 'more' };
    await assert.rejects(requests.extend(requestId, { ...command, end: { byMs: 1 } }), { code: 'NOT_IN_FORCE' });
    await assert.rejects(requests.rollback(requestId, { ...command, seatWaitMs: 1 }), {
      code: 'NOT_DONE',
      remedy: /withdraw/,
    });
    await requests.withdraw(requestId, actor(PEOPLE.johanna.id), 'the test is over');
    await playground.untilState(requestId, 'withdrawn');
  });
});
