import assert from 'node:assert/strict';
import { Faults } from '../../src/simulator/fault.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { withSimulator } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] });
const WRITE = { method: 'POST', path: '/users/*/assignLicense' } as const;
const ADELE = `/users/${PEOPLE.adele.id}`;

describe('A fault on demand', () => {
  const open = withSimulator();

  it('loses the answer of a write that was made', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, times: 1, fault: { kind: 'lost-response' } });
    await assert.rejects(session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]), { code: 'ECONNRESET' });
    assert.equal(session.tenant.assignedLicenses(PEOPLE.adele.id).length, 2);
    const [call] = session.tenant.effectiveWrites(PEOPLE.adele.id);
    assert.deepEqual([call?.status, call?.faults], [null, ['lost-response']]);
  });

  it('loses the answer of a refused write as well', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'lost-response' } });
    await assert.rejects(session.assign(PEOPLE.adele.id, [], [SKU.SPE_E5]), { code: 'ECONNRESET' });
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });

  it('loses a request before anything is done', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, times: 1, fault: { kind: 'lost-request' } });
    await assert.rejects(session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]), { code: 'ECONNRESET' });
    assert.equal(session.tenant.assignedLicenses(PEOPLE.adele.id).length, 1);
    assert.equal((await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)])).status, 200, 'it happens once');
  });

  it('delays a write before it is made', async () => {
    const session = await open();
    const { id } = PEOPLE.adele;
    session.tenant.addFault({ match: { ...WRITE, userId: id }, fault: { kind: 'delay', ms: 60_000 } });
    const write = session.assign(id, [all(SKU.FLOW_FREE)]).catch((error: unknown) => error);
    while (session.tenant.listFaults()[0]?.happened !== 1) await session.get(ADELE);
    assert.equal((await session.assign(PEOPLE.alex.id, [all(SKU.FLOW_FREE)])).status, 200, 'others pass it');
    assert.equal(session.tenant.assignedLicenses(id).length, 1, 'not made while it is delayed');
    session.close();
    assert.ok((await write) instanceof Error);
  });

  it('makes a write after its delay', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'delay', ms: 20 } });
    assert.equal((await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)])).status, 200);
    assert.deepEqual(session.tenant.effectiveWrites()[0]?.faults, ['delay']);
  });

  it('delays the answer of a write that was made', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'delay', ms: 60_000, when: 'after-commit' } });
    const write = session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]).catch((error: unknown) => error);
    // The state is read until it shows the write, whose answer is a minute away.
    while (session.tenant.assignedLicenses(PEOPLE.adele.id).length < 2) await session.get(ADELE);
    assert.equal(session.tenant.calls({ method: 'POST' }).length, 0, 'not answered yet');
    session.close();
    assert.ok((await write) instanceof Error);
  });

  it('throttles with and without a time', async () => {
    const session = await open();
    session.tenant.addFault({ times: 1, fault: { kind: 'throttle', retryAfterSeconds: 7 } });
    session.tenant.addFault({ times: 1, fault: { kind: 'throttle', code: 'UnknownError' } });
    const [first, second] = [await session.get(ADELE), await session.get(ADELE)];
    // Both rules match the first call; the one that was added first decides.
    assert.deepEqual([first.status, first.headers['retry-after']], [429, '7']);
    assert.equal(second.status, 200);
    session.tenant.addFault({ times: 1, fault: { kind: 'throttle', code: 'UnknownError' } });
    const third = await session.get(ADELE);
    assert.deepEqual(
      [third.status, third.headers['retry-after'], third.body.error.code],
      [429, undefined, 'UnknownError'],
    );
  });

  for (const body of ['json', 'html', 'empty'] as const) {
    it(`breaks down with ${body === 'empty' ? 'an empty' : body} body`, async () => {
      const session = await open();
      session.tenant.addFault({
        match: WRITE,
        fault: { kind: 'server-error', status: 502, body, retryAfterSeconds: 3 },
      });
      const answer = await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
      assert.deepEqual([answer.status, answer.headers['retry-after']], [502, '3']);
      assert.equal(answer.text.startsWith('<!DOCTYPE html>'), body === 'html');
      assert.equal(answer.text === '', body === 'empty');
      assert.deepEqual(session.tenant.effectiveWrites(), []);
    });
  }

  it('times out at the gateway after the write was made', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'server-error', status: 504, applied: true } });
    assert.equal((await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)])).status, 504);
    assert.equal(session.tenant.effectiveWrites(PEOPLE.adele.id).length, 1);
  });

  it('answers 200 and changes nothing', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'applied-nothing' } });
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
    assert.equal(answer.status, 200);
    assert.equal(session.tenant.assignedLicenses(PEOPLE.adele.id).length, 1);
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });

  it('forces any error of the catalogue, about the SKU of the call', async () => {
    const session = await open();
    session.tenant.addFault({ match: WRITE, fault: { kind: 'graph-error', error: 'E5' } });
    const answer = await session.assign(PEOPLE.adele.id, [all(SKU.SPE_E5)]);
    assert.match(answer.body.error.message, new RegExp(SKU.SPE_E5));
    session.tenant.clearFaults();
    const planIds = [PLAN.MCOEV, PLAN.TEAMS1];
    session.tenant.addFault({ match: WRITE, fault: { kind: 'graph-error', error: 'E6', planIds } });
    assert.match((await session.assign(PEOPLE.adele.id, [])).body.error.message, new RegExp(planIds.join('.*')));
  });

  it('shows users as they were, for one call or for all', async () => {
    const session = await open();
    session.tenant.addFault({ match: { path: '/users/*' }, times: 1, fault: { kind: 'read-lag', ms: 60_000 } });
    await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
    const count = async () => (await session.get(`${ADELE}?$select=assignedLicenses`)).body.assignedLicenses.length;
    assert.equal(await count(), 1, 'the call that is late');
    assert.equal(await count(), 2);
    session.tenant.setOptions({ readLagMs: 60_000 });
    assert.equal(await count(), 1, 'all calls');
    const filter = encodeURIComponent(`assignedLicenses/any(l:l/skuId eq ${SKU.FLOW_FREE})`);
    assert.deepEqual((await session.get(`/users?$filter=${filter}`)).body.value, [], 'lists too');
  });

  it('does not show a user that was created a moment ago', async () => {
    const session = await open({ options: { readLagMs: 60_000 } });
    const { id } = session.tenant.createUser({ userPrincipalName: 'new@contoso.com', displayName: 'New Here' });
    assert.equal((await session.get(`/users/${id}`)).status, 404);
    session.tenant.setOptions({ readLagMs: 0 });
    assert.equal((await session.get(`/users/${id}`)).status, 200);
  });

  it('shows consumed units as they were', async () => {
    const session = await open({ options: { consumedUnitsLagMs: 60_000 } });
    const consumed = async () => (await session.subscribedSku(SKU.FLOW_FREE)).consumedUnits;
    await session.assign(PEOPLE.adele.id, [all(SKU.FLOW_FREE)]);
    assert.equal(await consumed(), 0);
    session.tenant.setOptions({ consumedUnitsLagMs: 0 });
    assert.equal(await consumed(), 1);
  });

  it('hits the user that is named, by whatever name the call has', async () => {
    const session = await open();
    session.tenant.addFault({ match: { userId: PEOPLE.adele.id }, fault: { kind: 'throttle' } });
    assert.equal((await session.get(`/users/${PEOPLE.adele.userPrincipalName}`)).status, 429);
    assert.equal((await session.get(`/users/${PEOPLE.alex.id}`)).status, 200);
  });
});

describe('The rules of faults', () => {
  const target = { method: 'POST', path: '/users/a/assignLicense', userId: 'a', appId: null };

  it('count: some pass first, some are hit, the rest passes', () => {
    const faults = new Faults('seed');
    faults.add({ match: WRITE, after: 2, times: 3, fault: { kind: 'lost-response' } });
    const hits = Array.from({ length: 7 }, () => faults.draw(target).length);
    assert.deepEqual(hits, [0, 0, 1, 1, 1, 0, 0]);
    assert.deepEqual(
      faults.list().map(({ matched, happened }) => [matched, happened]),
      [[7, 3]],
    );
  });

  it('draw the same chances for the same seed', () => {
    const run = (seed: string) => {
      const faults = new Faults(seed);
      faults.add({ probability: 0.3, fault: { kind: 'lost-response' } });
      return Array.from({ length: 200 }, () => faults.draw(target).length);
    };
    assert.deepEqual(run('one'), run('one'));
    assert.notDeepEqual(run('one'), run('two'));
    const hits = run('one').filter((hit) => hit === 1).length;
    assert.ok(hits > 30 && hits < 90, `${hits} of 200`);
  });

  it('match methods, segments and rests of paths', () => {
    const hit = (match: object, path: string) => {
      const faults = new Faults('seed');
      faults.add({ match, fault: { kind: 'lost-response' } });
      return faults.draw({ ...target, path }).length === 1;
    };
    assert.ok(hit({ path: '/users/**' }, '/users/a/assignLicense'));
    assert.ok(!hit({ path: '/users/*' }, '/users/a/assignLicense'));
    assert.ok(hit({}, '/anything/at/all'));
    assert.ok(!hit({ method: 'GET' }, '/users/a'));
    assert.ok(hit({ path: '/*/oauth2/v2.0/token' }, '/contoso.com/oauth2/v2.0/token'));
  });

  it('can be taken away', () => {
    const faults = new Faults('seed');
    const [first] = [0, 1].map(() => faults.add({ fault: { kind: 'lost-response' } }));
    faults.clear(first);
    assert.equal(faults.list().length, 1);
    faults.clear();
    assert.deepEqual(faults.draw(target), []);
  });

  it('are refused when they are malformed', () => {
    assert.throws(() => new Faults('seed').add({ match: { path: 'users' }, fault: { kind: 'lost-response' } }));
  });
});
