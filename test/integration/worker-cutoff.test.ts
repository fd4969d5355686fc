import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { APPROVER, KillableWorker } from './killable-worker.js';

/** Someone with a request whose write is held up at one moment. */
interface Held {
  readonly userId: string;
  readonly requestId: string;
  readonly fault: string;
}

describe('a worker that is killed in the middle of a write', function () {
  this.timeout(300_000);
  let folder: string;
  let playground: Playground;
  let worker: KillableWorker;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'cutoff-'));
    playground = await Playground.open({
      idle: true,
      // A dead worker is noticed soon, and a slow one is not taken for dead.
      pace: {
        write: { ...FAST_PACE.write, heartbeatMs: 2_000, scheduleToCloseMs: 120_000 },
        again: { ...FAST_PACE.again, deadlineMs: 120_000 },
      },
      answerWithinMs: 60_000,
    });
    const { server } = await testTemporal();
    const { taskQueue, tenant } = playground;
    tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 100 });
    worker = new KillableWorker({ folder, temporal: server, taskQueue, tenantId: tenant.id });
    await worker.start();
  });
  after(async () => {
    await worker.stop();
    await playground.close();
    await rm(folder, { recursive: true });
  });

  /** A swap of somebody new, approved, and held up by `rule`. */
  async function held(name: string, rule: Omit<FaultRuleInput, 'times'>): Promise<Held> {
    const { tenant } = playground;
    const userPrincipalName = `${name}@contoso.com`;
    const { id: userId } = tenant.createUser({ userPrincipalName, displayName: name, usageLocation: 'DE' });
    tenant.changeLicenses(userId, { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    const fault = tenant.addFault({ ...rule, match: { ...rule.match, userId }, times: 1 });
    const requestId = await playground.submitted({ subject: userId, remove: [SKU.FLOW_FREE], losing: [SKU.FLOW_FREE] });
    await playground.approve(requestId, APPROVER);
    return { userId, requestId, fault };
  }

  const happened = ({ fault }: Held) =>
    until(
      `${fault} to happen`,
      () => playground.tenant.listFaults().find(({ id }) => id === fault)?.happened,
      (times) => times === 1,
    );

  async function pendingActivity({ requestId }: Held): Promise<string | null | undefined> {
    const { client } = await testTemporal();
    const { raw } = await client.workflow.getHandle(`license-request/${requestId}`).describe();
    return raw.pendingActivities?.[0]?.activityType?.name;
  }

  async function assertDoneOnce({ requestId, userId }: Held): Promise<void> {
    const view = await playground.licenseflow.requests.wait(requestId, 80_000);
    assert.equal(view.state, 'done', JSON.stringify(view.lastFailure));
    assert.equal(view.wrote, true);
    assert.deepEqual(playground.held(userId), { [SKU.POWER_BI_PRO]: [] });
    // The one of the set-up is no call to Graph.
    assert.equal(playground.tenant.effectiveWrites(userId).length, 1, 'effective writes');
  }

  it('before the call, or after it and before its answer: done, and written once', async () => {
    // The person is read when the request is checked, when the snapshot is taken, and then by the write itself.
    const before = await held('before', {
      match: { method: 'GET', path: '/users/*' },
      after: 2,
      fault: { kind: 'delay', ms: 5_000 },
    });
    const after = await held('after', {
      match: { method: 'POST', path: '/users/*/assignLicense' },
      fault: { kind: 'delay', ms: 5_000, when: 'after-commit' },
    });
    await happened(before);
    assert.equal(await pendingActivity(before), 'writeLicenses');
    assert.equal(playground.writes(before.userId).length, 0, 'not sent yet');
    await until(
      'the write to be made',
      () => playground.held(after.userId),
      (licenses) => SKU.POWER_BI_PRO in licenses,
    );
    await worker.kill();
    await worker.start();
    await Promise.all([before, after].map(assertDoneOnce));
  });

  it('during the call, which is carried out later all the same: done, and written once', async () => {
    // One is carried out before the next attempt reads, the other long after.
    const [soon, late] = await Promise.all(
      [['soon', 1_000] as const, ['late', 15_000] as const].map(([name, ms]) =>
        held(name, {
          match: { method: 'POST', path: '/users/*/assignLicense' },
          fault: { kind: 'delay', ms, when: 'before-commit' },
        }),
      ),
    );
    assert.ok(soon && late);
    await Promise.all([soon, late].map(happened));
    await worker.kill();
    await until(
      'the write to be made without anybody waiting for it',
      () => playground.held(soon.userId),
      (licenses) => SKU.POWER_BI_PRO in licenses,
    );
    assert.deepEqual(playground.held(late.userId), { [SKU.FLOW_FREE]: [] }, 'not carried out yet');
    await worker.start();
    await Promise.all([soon, late].map(assertDoneOnce));
    await until(
      'the late call to be over',
      () => playground.writes(late.userId).filter(({ faults }) => faults.includes('delay')).length,
      (calls) => calls === 1,
    );
    await assertDoneOnce(late);
  });
});
