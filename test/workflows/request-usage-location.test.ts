import assert from 'node:assert/strict';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { actor, Playground } from '../support/playground.js';
import { until } from '../support/until.js';

describe('usage location of a request', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
    playground.askIn();
  });
  after(() => playground.close());

  const locationOf = (user: string) => playground.tenant.user(user).usageLocation;
  const patches = (userId: string) => playground.tenant.calls({ method: 'PATCH', userId, effective: true });

  async function ended(person: { id: string; userPrincipalName: string }, usageLocation: string) {
    const requestId = await playground.submitted(playground.wishOf(person, { usageLocation }));
    return playground.licenseflow.requests.wait(requestId, 20_000);
  }

  it('is set before the licence and stays', async () => {
    const person = playground.hire({ usageLocation: null });
    const done = await ended(person, 'bg');
    assert.equal(done.state, 'done');
    assert.deepEqual(done.plan?.usageLocation, { from: null, to: 'BG' });
    assert.equal(locationOf(person.id), 'BG');
    assert.deepEqual(done.undone, []);
  });

  it('is not sent where it is there already', async () => {
    const person = playground.hire({ usageLocation: 'BG' });
    assert.equal((await ended(person, 'BG')).state, 'done');
    assert.deepEqual(patches(person.id), []);
  });

  it('is all that is sent where the licence is held already', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    const done = await ended(person, 'BG');
    assert.equal(done.state, 'done');
    assert.equal(done.wrote, true);
    assert.equal(locationOf(person.id), 'BG');
    assert.deepEqual(playground.writes(person.id), []);
  });

  it('is emptied again where the licence cannot be assigned and the person holds none', async () => {
    const person = playground.hire({ usageLocation: null });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    const failed = await ended(person, 'BG');
    assert.equal(failed.state, 'failed');
    assert.equal(locationOf(person.id), null);
    assert.equal(patches(person.id).length, 2);
    assert.deepEqual(
      failed.undone.map(({ step, outcome }) => [step, outcome]),
      [
        ['licences', 'nothing-to-undo'],
        ['usage location BG', 'undone'],
      ],
    );
  });

  it('is kept where it had been empty, although the licence cannot be assigned, for someone who holds others', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [] }] });
    playground.tenant.updateUser(person.id, { usageLocation: null });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    const failed = await ended(person, 'BG');
    assert.equal(failed.state, 'failed');
    assert.equal(locationOf(person.id), 'BG');
    assert.equal(failed.undone.at(-1)?.outcome, 'kept');
    assert.match(failed.undone.at(-1)?.note ?? '', /could not be changed any more/);
    assert.deepEqual(failed.needsAttention, []);
  });

  it('is the former one again where the licence cannot be assigned, also for someone who holds others', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [] }] });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    const failed = await ended(person, 'BG');
    assert.equal(failed.state, 'failed');
    assert.equal(failed.undone.at(-1)?.outcome, 'undone');
    assert.equal(locationOf(person.id), 'US');
  });

  it('is put back although reads do not show yet that it was set', async () => {
    const lagMs = 800;
    const lagging = await Playground.open({ pace: { settleMs: 3_000 } });
    try {
      lagging.askIn();
      const person = lagging.hire({ usageLocation: null });
      await lagging.knownTo(lagMs, person.id);
      lagging.tenant.addFault({
        match: { method: 'GET', userId: person.id },
        fault: { kind: 'read-lag', ms: lagMs },
      });
      lagging.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
      const requestId = await lagging.submitted(lagging.wishOf(person, { usageLocation: 'BG' }));
      const failed = await lagging.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.undone.at(-1)?.outcome, 'undone');
      assert.equal(lagging.tenant.user(person.id).usageLocation, null);
    } finally {
      await lagging.close();
    }
  });

  it('that licensing never comes to know is waited for only as long as reads may lag, then put back', async () => {
    // Long enough for a busy machine to try again meanwhile.
    const patient = await Playground.open({ pace: { settleMs: 2_000 } });
    try {
      patient.askIn();
      const person = patient.hire({ usageLocation: null });
      patient.breakWrites(person.id, { kind: 'graph-error', error: 'E1' });
      const requestId = await patient.submitted(patient.wishOf(person, { usageLocation: 'BG' }));
      const failed = await patient.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.lastFailure?.code, 'USAGE_LOCATION');
      assert.ok(patient.writes(person.id).length > 1, 'it was not tried again');
      assert.equal(failed.undone.at(-1)?.outcome, 'undone');
      assert.equal(patient.tenant.user(person.id).usageLocation, null);
    } finally {
      await patient.close();
    }
  });

  it('is refused at once where there is no such country', async () => {
    const person = playground.hire({ usageLocation: null });
    const request = playground.request(playground.wishOf(person, { usageLocation: 'XX' }));
    const answer = await playground.licenseflow.requests.submit(request, actor(person.id));
    assert.equal(answer.outcome, 'refused');
    assert.deepEqual(
      answer.problems.map(({ code }) => code),
      ['USAGE_LOCATION'],
    );
    assert.deepEqual(patches(person.id), []);
  });

  it('is left alone where someone else set another one meanwhile', async () => {
    const person = playground.hire({ usageLocation: null });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    playground.tenant.addFault({
      match: { method: 'PATCH', userId: person.id },
      times: 1,
      fault: { kind: 'delay', ms: 1_500, when: 'after-commit' },
    });
    const requestId = await playground.submitted(playground.wishOf(person, { usageLocation: 'BG' }));
    await playground.untilState(requestId, 'writing');
    await until(
      'the location to be set',
      () => locationOf(person.id),
      (location) => location === 'BG',
    );
    playground.tenant.updateUser(person.id, { usageLocation: 'DE' });
    const failed = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(failed.state, 'failed');
    assert.equal(locationOf(person.id), 'DE');
    assert.deepEqual(failed.undone.at(-1)?.outcome, 'left-alone');
    assert.match(failed.needsAttention.join(), /usage location BG could not be put back/);
  });

  it('whose answer is lost is set once', async () => {
    const person = playground.hire({ usageLocation: null });
    playground.tenant.addFault({
      match: { method: 'PATCH', userId: person.id },
      times: 1,
      fault: { kind: 'lost-response' },
    });
    assert.equal((await ended(person, 'BG')).state, 'done');
    assert.equal(patches(person.id).length, 1);
  });
});

describe('a usage location that licensing does not know yet', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ pace: { settleMs: 20_000 } });
    playground.askIn();
  });
  after(() => playground.close());

  it('is waited for', async () => {
    const person = playground.hire({ usageLocation: null });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E1' }, 2);
    const requestId = await playground.submitted(playground.wishOf(person, { usageLocation: 'BG' }));
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'done');
    assert.equal(playground.effectiveWrites(person.id).length, 1);
    assert.equal(playground.writes(person.id).filter(({ status }) => status === 400).length, 2);
  });
});
