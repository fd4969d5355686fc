import assert from 'node:assert/strict';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
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
    assert.equal((await ended(person, 'BG')).state, 'done');
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

  it('is kept, although the licence cannot be assigned, for someone who holds others', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [] }] });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    const failed = await ended(person, 'BG');
    assert.equal(failed.state, 'failed');
    assert.equal(locationOf(person.id), 'BG');
    assert.match(failed.undone.at(-1)?.note ?? '', /Kept, because the person holds licences/);
  });

  it('is left alone where someone else set another one meanwhile', async () => {
    const person = playground.hire({ usageLocation: null });
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    playground.tenant.addFault({
      match: { method: 'PATCH', userId: person.id },
      times: 1,
      fault: { kind: 'delay', ms: 400, when: 'after-commit' },
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

  it('that licensing does not know yet is waited for', async () => {
    const lagging = await Playground.open({ tenant: { options: { usageLocationLagMs: 300 } } });
    try {
      lagging.askIn();
      const person = lagging.hire({ usageLocation: null });
      await lagging.knownTo(300, person.id);
      const requestId = await lagging.submitted(lagging.wishOf(person, { usageLocation: 'BG' }));
      const done = await lagging.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(done.state, 'done');
      assert.equal(lagging.effectiveWrites(person.id).length, 1);
      const refused = lagging.writes(person.id).filter(({ status }) => status === 400);
      assert.ok(refused.length > 0, 'Graph knew the location at once, so nothing was waited for');
    } finally {
      await lagging.close();
    }
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
