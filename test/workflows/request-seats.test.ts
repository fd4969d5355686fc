import assert from 'node:assert/strict';
import type { RequestView } from '../../src/contracts/license-request.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { skuPolicyOf } from '../support/policy.js';
import { until } from '../support/until.js';

describe('seats of a request', () => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.open();
    playground.askIn();
  });
  afterEach(() => playground.close());

  const wait = (requestId: string) => playground.licenseflow.requests.wait(requestId, 20_000);
  const asks = (person = playground.hire()) => playground.submitted(playground.wishOf(person));
  /** The seats that are counted stay as they are, and Graph gives none of them. */
  const noSeatAtGraph = (user: string, times?: number) =>
    playground.breakWrites(user, { kind: 'graph-error', error: 'E5', skuId: SKU.FLOW_FREE }, times);
  const texts = ({ timeline }: RequestView) => timeline.map(({ text }) => text);

  it('are waited for, with a word on why and until when, and taken once one is free', async () => {
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const person = playground.hire();
    const requestId = await asks(person);
    const waiting = await playground.untilState(requestId, 'waiting-for-seat');
    assert.equal(waiting.waitsFor?.what, 'a free seat of FLOW_FREE.');
    assert.match(waiting.waitsFor.then, /expires/);
    assert.ok(waiting.waitsFor.nextAt);
    assert.deepEqual(
      waiting.seats.map(({ skuId, state }) => [skuId, state]),
      [[SKU.FLOW_FREE, 'asked']],
    );
    assert.deepEqual(playground.writes(person.id), []);

    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    assert.equal((await wait(requestId)).state, 'done');
    assert.equal(playground.writes(person.id).length, 1);
  });

  it('are told of only where one is really waited for', async () => {
    const kinds: string[] = [];
    await playground.close();
    playground = await Playground.open({
      stages: [],
      pace: { seats: { ...FAST_PACE.seats, pollMs: 3_000 } },
      channels: () => [
        {
          name: 'log',
          deliver: ({ kind }) => Promise.resolve(void kinds.push(kind)).then(() => 'taken'),
          check: () => Promise.resolve([]),
        },
      ],
    });
    assert.equal((await wait(await asks())).state, 'done');
    assert.deepEqual(kinds, ['ready']);

    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const requestId = await asks();
    await until(
      'it to be told',
      () => kinds.length,
      (told) => told === 2,
    );
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    assert.equal((await wait(requestId)).state, 'done');
    assert.deepEqual(kinds.slice(1), ['waiting-for-seat', 'ready']);
  });

  it('are not waited for longer than the policy says', async () => {
    playground.policy = {
      ...playground.policy,
      skus: { [SKU.FLOW_FREE]: skuPolicyOf({ seatWaitMs: 200 }) },
    };
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const person = playground.hire();
    const expired = await wait(await asks(person));
    assert.equal(expired.state, 'expired');
    assert.deepEqual(playground.writes(person.id), []);
  });

  it('are not needed by someone who holds the product already', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    const [plan] = playground.tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE)?.servicePlans ?? [];
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const requestId = await playground.submitted(
      playground.wishOf(person, { add: [{ sku: 'FLOW_FREE', disabledPlans: [plan?.servicePlanId ?? ''] }] }),
    );
    assert.equal((await wait(requestId)).state, 'done');
  });

  it('that are gone between count and write are waited for again', async () => {
    const person = playground.hire();
    noSeatAtGraph(person.id, 2);
    const done = await wait(await asks(person));
    assert.equal(done.state, 'done');
    assert.equal(done.wrote, true);
    assert.equal(playground.effectiveWrites(person.id).length, 1);
    assert.equal(playground.writes(person.id).length, 3);
    assert.equal(texts(done).filter((text) => text.startsWith('Graph had no seat left')).length, 2);
  });

  it('that are counted and never given end with the wait, after few writes', async () => {
    playground.policy = { ...playground.policy, skus: { [SKU.FLOW_FREE]: skuPolicyOf({ seatWaitMs: 3_000 }) } };
    const person = playground.hire();
    noSeatAtGraph(person.id);
    const expired = await wait(await asks(person));
    assert.equal(expired.state, 'expired');
    assert.equal(expired.lastFailure?.code, 'NO_SEATS');
    assert.deepEqual(playground.held(person.id), {});
    // Once Graph has refused, its word counts for as long as counts may be behind: one write in 300 ms at most.
    assert.ok(playground.writes(person.id).length <= 11, `${String(playground.writes(person.id).length)} writes`);
  });

  it("never cost someone a licence that somebody else assigned while Graph's refusal was looked at", async () => {
    const person = playground.hire();
    noSeatAtGraph(person.id, 1);
    // Check (of requester and person), snapshot and write read four times; the read after the refusal has to wait.
    const fault = playground.tenant.addFault({
      match: { method: 'GET', path: '/users/*', userId: person.id },
      after: 4,
      fault: { kind: 'server-error', status: 503 },
    });
    const requestId = await asks(person);
    await playground.untilState(requestId, 'undoing');
    playground.tenant.changeLicenses(person.id, { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    playground.tenant.clearFaults(fault);
    const done = await wait(requestId);
    assert.equal(done.state, 'done');
    assert.equal(done.wrote, false);
    assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: [] });
    assert.deepEqual(playground.effectiveWrites(person.id), []);
  });

  it('go to one of two who want the last one; the other one waits on', async () => {
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    const people = [playground.hire(), playground.hire()];
    const requests = await Promise.all(people.map((person) => asks(person)));
    const settled = await until(
      'one to be done and one to wait',
      () => Promise.all(requests.map((requestId) => playground.licenseflow.requests.view(requestId))),
      (views) => ['done', 'waiting-for-seat'].every((state) => views.some((view) => view.state === state)),
    );
    const waiting = settled.find(({ state }) => state === 'waiting-for-seat');
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    assert.equal((await wait(waiting?.requestId ?? '')).state, 'done');
    assert.equal(playground.effectiveWrites().length, 2);
  });

  it('of several products are waited for together, and nothing is written before all are free', async () => {
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
    const person = playground.hire();
    const requestId = await playground.submitted(
      playground.wishOf(person, {
        add: ['FLOW_FREE', 'VISIOCLIENT'].map((sku) => ({ sku, disabledPlans: [] })),
      }),
    );
    await playground.untilState(requestId, 'waiting-for-seat');
    assert.deepEqual(playground.writes(person.id), []);
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
    assert.equal((await wait(requestId)).state, 'done');
    assert.equal(playground.writes(person.id).length, 1);
  });

  it('that a tenant refuses after it took the first half of a change leave the licences from before', async () => {
    playground.tenant.setOptions({ atomicChange: false });
    playground.policy = {
      ...playground.policy,
      skus: { ...playground.policy.skus, [SKU.FLOW_FREE]: skuPolicyOf({ seatWaitMs: 150 }) },
    };
    const person = playground.hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [] }] });
    // Counts that are behind show the seat that somebody else has just taken.
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    playground.tenant.setOptions({ consumedUnitsLagMs: 60_000 });
    const other = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    const requestId = await playground.submitted(playground.wishOf(person, { remove: ['EMS'], losing: ['EMS'] }));
    const expired = await wait(requestId);
    assert.equal(expired.state, 'expired');
    assert.deepEqual(playground.held(person.id), { [SKU.EMS]: [] });
    assert.deepEqual(playground.held(other.id), { [SKU.FLOW_FREE]: [] });
  });

  describe('that somebody took between the halves of a change', () => {
    /** Graph takes EMS away, refuses the new product, and then has no seat of EMS so many times. */
    async function halfMade(times?: number): Promise<{ readonly view: RequestView; readonly person: string }> {
      playground.tenant.setOptions({ atomicChange: false });
      playground.policy = {
        ...playground.policy,
        skus: { ...playground.policy.skus, [SKU.FLOW_FREE]: skuPolicyOf({ seatWaitMs: 2_000 }) },
      };
      const person = playground.hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [] }] });
      playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
      playground.tenant.setOptions({ consumedUnitsLagMs: 60_000 });
      playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
      playground.tenant.addFault({
        match: { method: 'POST', path: '/users/*/assignLicense', userId: person.id },
        ...{ after: 1, ...(times !== undefined && { times }) },
        fault: { kind: 'graph-error', error: 'E5', skuId: SKU.EMS },
      });
      const view = await wait(
        await playground.submitted(playground.wishOf(person, { remove: ['EMS'], losing: ['EMS'] })),
      );
      assert.ok(playground.writes(person.id).length > 2, 'half of the change was made, and taken back');
      return { view, person: person.id };
    }

    it('are taken again once they are free', async () => {
      await playground.close();
      // So long that the third try comes in time on a busy machine too.
      playground = await Playground.open({ stages: [], pace: { settleMs: 10_000 } });
      const { view, person } = await halfMade(2);
      assert.equal(view.state, 'expired');
      assert.deepEqual(playground.held(person), { [SKU.EMS]: [] });
      assert.deepEqual(view.needsAttention, []);
    });

    it('are named to whoever has to look, where they do not become free', async () => {
      await playground.close();
      // So long that a busy machine tries more than once.
      playground = await Playground.open({ stages: [], pace: { settleMs: 3_000 } });
      const { view, person } = await halfMade();
      assert.equal(view.state, 'expired');
      assert.deepEqual(playground.held(person), {});
      const [left] = view.undone;
      assert.equal(left?.outcome, 'not-undone');
      assert.match(left.note, /^The seat of what was removed is taken, and what is held now stays\. /);
      assert.match(view.needsAttention.join(), /could not be put back/);
    });
  });
});
