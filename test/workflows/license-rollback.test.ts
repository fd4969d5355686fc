import assert from 'node:assert/strict';
import type { LicenseRequest } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const QUIET = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY] };

describe('rollback of a request', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
    playground.tenant.setSeats(SKU.VISIOCLIENT, { enabled: 50 });
  });
  beforeEach(() => playground.askIn());
  after(() => playground.close());

  async function done(person: UserRecord, wish: Partial<LicenseRequest>): Promise<string> {
    const requestId = await playground.submitted(playground.wishOf(person, wish));
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'done');
    return requestId;
  }
  const start = (requestId: string, seatWaitMs = 20_000) =>
    playground.licenseflow.requests.rollback(requestId, {
      actor: actor(PEOPLE.freya.id),
      reason: 'a mistake',
      seatWaitMs,
    });
  const ended = (requestId: string) => playground.licenseflow.requests.waitForRollback(requestId, 20_000);
  async function rolledBack(requestId: string) {
    await start(requestId);
    return ended(requestId);
  }

  const changes: [what: string, wish: Partial<LicenseRequest>][] = [
    ['an added product', {}],
    ['changed plans', { add: [{ sku: 'ENTERPRISEPACK', disabledPlans: [PLAN.SWAY, PLAN.TEAMS1] }] }],
    ['a removed product', { add: [], remove: ['ENTERPRISEPACK'] }],
    [
      'a swap',
      { add: [{ sku: 'SPE_E3', disabledPlans: [PLAN.SWAY] }], remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] },
    ],
  ];
  for (const [what, wish] of changes) {
    it(`gives back exactly what was there before ${what}, and leaves other products alone`, async () => {
      const person = playground.hire({ licenses: [QUIET] });
      const before = playground.held(person.id);
      const requestId = await done(person, wish);
      assert.notDeepEqual(playground.held(person.id), before);
      const later = { skuId: SKU.EMS, disabledPlans: [PLAN.INTUNE_A] };
      playground.tenant.changeLicenses(person.id, { addLicenses: [later] });

      const back = await rolledBack(requestId);
      assert.equal(back.state, 'restored');
      assert.equal(back.wrote, true);
      assert.deepEqual(playground.held(person.id), { ...before, [SKU.EMS]: [PLAN.INTUNE_A] });
      assert.equal(playground.effectiveWrites(person.id).length, 2);
    });
  }

  it('empties the usage location that the request had set, for somebody who is left without any licence', async () => {
    const person = playground.hire({ usageLocation: null });
    const back = await rolledBack(await done(person, { usageLocation: 'BG' }));
    assert.equal(back.usageLocation?.outcome, 'undone');
    assert.equal(playground.tenant.user(person.id).usageLocation, null);
    assert.deepEqual(playground.held(person.id), {});
  });

  it('puts back the usage location that was there when it was set, not the one that was there at the submit', async () => {
    playground.askIn(oneApproval);
    const person = playground.hire({ usageLocation: null });
    const requestId = await playground.submitted(playground.wishOf(person, { usageLocation: 'BG' }));
    playground.tenant.updateUser(person.id, { usageLocation: 'DE' });
    await playground.approve(requestId);
    const request = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(request.state, 'done');
    assert.deepEqual(request.plan?.usageLocation, { from: 'DE', to: 'BG' });
    assert.equal(playground.tenant.user(person.id).usageLocation, 'BG');

    const back = await rolledBack(requestId);
    assert.equal(back.usageLocation?.outcome, 'undone');
    assert.equal(playground.tenant.user(person.id).usageLocation, 'DE');
    assert.deepEqual(playground.held(person.id), {});
  });

  it('puts the usage location back where the request changed nothing else', async () => {
    const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    const back = await rolledBack(await done(person, { usageLocation: 'BG' }));
    assert.equal(back.state, 'restored');
    assert.equal(back.wrote, true);
    assert.equal(back.usageLocation?.outcome, 'undone');
    assert.equal(playground.tenant.user(person.id).usageLocation, 'US');
    assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: [] });
    assert.deepEqual(playground.writes(person.id), []);
  });

  it('keeps a usage location that had been empty for somebody who goes on holding licences', async () => {
    const person = playground.hire({ licenses: [QUIET] });
    playground.tenant.updateUser(person.id, { usageLocation: null });
    const back = await rolledBack(await done(person, { usageLocation: 'BG' }));
    assert.equal(back.state, 'restored');
    assert.equal(back.usageLocation?.outcome, 'kept');
    assert.equal(playground.tenant.user(person.id).usageLocation, 'BG');
  });

  it('is made once, however often it is asked for', async () => {
    const person = playground.hire();
    const requestId = await done(person, {});
    await Promise.all([start(requestId), start(requestId)]);
    await ended(requestId);
    const again = await rolledBack(requestId);
    assert.equal(again.state, 'restored');
    assert.equal(playground.writes(person.id).length, 2);
  });

  it('is made once, although the answer to it was lost', async () => {
    const person = playground.hire({ licenses: [QUIET] });
    const requestId = await done(person, {});
    playground.breakWrites(person.id, { kind: 'lost-response' }, 1);
    const back = await rolledBack(requestId);
    assert.equal(back.state, 'restored');
    assert.equal(back.wrote, true);
    assert.equal(playground.effectiveWrites(person.id).length, 2);
    assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPACK]: [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY].sort() });
  });

  it('leaves alone what someone else changed since, says so, and can be tried again', async () => {
    const person = playground.hire();
    const requestId = await done(person, {});
    const [plan] = playground.tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE)?.servicePlans ?? [];
    const theirs = { skuId: SKU.FLOW_FREE, disabledPlans: [plan?.servicePlanId ?? ''] };
    playground.tenant.changeLicenses(person.id, { addLicenses: [theirs] });
    const left = await rolledBack(requestId);
    assert.equal(left.state, 'left-alone');
    assert.deepEqual(left.drifted, [SKU.FLOW_FREE]);
    assert.ok(left.needsAttention.length > 0);
    assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: theirs.disabledPlans });
    assert.equal(playground.writes(person.id).length, 1);

    playground.tenant.changeLicenses(person.id, { addLicenses: [{ ...theirs, disabledPlans: [] }] });
    assert.equal((await rolledBack(requestId)).state, 'restored');
    assert.deepEqual(playground.held(person.id), {});
  });

  it('has nothing to write where someone else put everything back', async () => {
    const person = playground.hire();
    const requestId = await done(person, {});
    playground.tenant.changeLicenses(person.id, { removeLicenses: [SKU.FLOW_FREE] });
    const back = await rolledBack(requestId);
    assert.equal(back.state, 'restored');
    assert.equal(back.wrote, false);
    assert.equal(playground.writes(person.id).length, 1);
  });

  it('leaves out, and lists, a plan that the product no longer contains', async () => {
    const other = await Playground.open();
    try {
      other.askIn();
      const person = other.hire({ licenses: [QUIET] });
      const requestId = await other.submitted(
        other.wishOf(person, { add: [{ sku: 'ENTERPRISEPACK', disabledPlans: [] }] }),
      );
      await other.licenseflow.requests.wait(requestId, 20_000);
      other.tenant.removePlan(SKU.ENTERPRISEPACK, PLAN.SWAY);
      await other.licenseflow.requests.rollback(requestId, {
        actor: actor(PEOPLE.freya.id),
        reason: 'a mistake',
        seatWaitMs: 0,
      });
      const back = await other.licenseflow.requests.waitForRollback(requestId, 20_000);
      assert.equal(back.state, 'restored');
      assert.deepEqual(back.vanishedPlans, [{ skuId: SKU.ENTERPRISEPACK, planId: PLAN.SWAY }]);
      assert.deepEqual(other.held(person.id), { [SKU.ENTERPRISEPACK]: [PLAN.YAMMER_ENTERPRISE] });
    } finally {
      await other.close();
    }
  });

  describe('of a product whose seat someone else took', () => {
    async function seatTaken(): Promise<{ person: UserRecord; requestId: string }> {
      playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
      const person = playground.hire({ licenses: [{ skuId: SKU.VISIOCLIENT, disabledPlans: [] }] });
      const requestId = await done(person, { add: [], remove: ['VISIOCLIENT'] });
      playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
      return { person, requestId };
    }

    it('waits for another one, and says so', async () => {
      const { person, requestId } = await seatTaken();
      await start(requestId);
      const waiting = await until(
        'the rollback to wait for a seat',
        () => playground.licenseflow.requests.rollbackView(requestId),
        (view) => view?.state === 'waiting-for-seat',
      );
      assert.ok(waiting?.waitsFor?.nextAt);
      // Nothing is tried without a seat.
      assert.equal(waiting.lastFailure, null);
      playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
      assert.equal((await ended(requestId)).state, 'restored');
      assert.deepEqual(playground.held(person.id), { [SKU.VISIOCLIENT]: [] });
    });

    it('is shown as failed, for an operator to look at, once it is cancelled in Temporal', async () => {
      const { person, requestId } = await seatTaken();
      await start(requestId);
      await until(
        'the rollback to wait for a seat',
        () => playground.licenseflow.requests.rollbackView(requestId),
        (view) => view?.state === 'waiting-for-seat',
      );
      const { client } = await testTemporal();
      const handle = client.workflow.getHandle(licenseRollbackWorkflowId(requestId));
      await handle.cancel();
      await until(
        'the rollback to end',
        () => handle.describe(),
        ({ status }) => status.name === 'CANCELLED',
      );
      const view = await playground.licenseflow.requests.rollbackView(requestId);
      assert.equal(view?.state, 'failed');
      assert.ok(view.needsAttention.length > 0);
      assert.equal(view.waitsFor, null);
      assert.match(view.timeline.at(-1)?.text ?? '', /Cancelled in Temporal/);
      assert.deepEqual(playground.held(person.id), {});
    });

    it('fails, with a remedy, once the wait is over', async () => {
      const { person, requestId } = await seatTaken();
      await start(requestId, 100);
      const failed = await ended(requestId);
      assert.equal(failed.state, 'failed');
      assert.equal(failed.lastFailure?.code, 'NO_SEATS');
      assert.match(failed.needsAttention.join(), /Buy or free a seat/);
      assert.deepEqual(playground.held(person.id), {});
    });
  });

  describe('is refused for a request', () => {
    it('that is not done', async () => {
      playground.askIn(oneApproval);
      const requestId = await playground.submitted(playground.wishOf(playground.hire()));
      await assert.rejects(start(requestId), { code: 'NOT_DONE', message: /is waiting-for-approval/ });
      await playground.deny(requestId);
      await playground.licenseflow.requests.wait(requestId, 20_000);
      await assert.rejects(start(requestId), { code: 'NOT_DONE', message: /is denied/ });
      assert.equal(await playground.licenseflow.requests.rollbackView(requestId), null);
    });

    it('that changed nothing itself', async () => {
      const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
      const requestId = await done(person, {});
      await assert.rejects(start(requestId), { code: 'NOTHING_WRITTEN', kind: 'refused' });
      assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: [] });
    });
  });
});
