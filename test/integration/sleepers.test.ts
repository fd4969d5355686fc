import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RequestView } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { inParallel } from './in-parallel.js';
import { APPROVER, KillableWorker } from './killable-worker.js';
import { testSize } from './size.js';

const ENDING = 20;
const AT_ONCE = 10;
/** What a run holds that sleeps: its start, its first task, one timer. */
const EVENTS_ASLEEP_MAX = 15;

interface Sleeper {
  readonly requestId: string;
  readonly person: UserRecord;
}

describe('many licences with an end', function () {
  this.timeout(600_000);
  let folder: string;
  let playground: Playground;
  let worker: KillableWorker;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sleepers-'));
    playground = await Playground.open({
      idle: true,
      pace: {
        // What a killed worker had in its hands is given to the next one soon.
        read: { ...FAST_PACE.read, startToCloseMs: 4_000 },
        write: { ...FAST_PACE.write, heartbeatMs: 2_000, scheduleToCloseMs: 120_000 },
        again: { ...FAST_PACE.again, deadlineMs: 120_000 },
      },
      answerWithinMs: 60_000,
    });
    const { server } = await testTemporal();
    const { taskQueue, tenant } = playground;
    tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 1_000 });
    tenant.setSeats(SKU.ENTERPRISEPACK, { enabled: 1_000 });
    worker = new KillableWorker({ folder, temporal: server, taskQueue, tenantId: tenant.id });
    await worker.start();
  });
  after(async () => {
    await worker.stop();
    await playground.close();
    await rm(folder, { recursive: true });
  });

  /** A swap that is in force for so long. */
  async function asleep(termMs: number): Promise<Sleeper> {
    const person = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] }] });
    const requestId = await playground.submitted(
      playground.wishOf(person, {
        ...{
          add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
          remove: ['ENTERPRISEPACK'],
          losing: ['ENTERPRISEPACK'],
          termMs,
        },
      }),
    );
    await playground.approve(requestId, APPROVER);
    const { state } = await playground.licenseflow.requests.wait(requestId, 120_000);
    assert.ok(state === 'active' || state === 'ended', state);
    return { requestId, person };
  }

  async function allAsleep(count: number, termMs: number): Promise<readonly Sleeper[]> {
    const sleepers = await inParallel([...Array(count).keys()], AT_ONCE, () => asleep(termMs));
    return [...sleepers.values()];
  }

  async function historyOf(requestId: string): Promise<number> {
    const { client } = await testTemporal();
    return (await client.workflow.getHandle(licenseRequestWorkflowId(requestId)).describe()).historyLength;
  }

  it('stay small while they sleep, and through the death of their worker', async () => {
    const days = 90 * 86_400_000;
    const sleepers = await allAsleep(testSize('licences', 30, 100), days);
    await worker.kill();
    await worker.start();
    const [first] = sleepers;
    assert.ok(first);
    // Whoever asks wakes it on the new worker, which adds nothing to its history.
    assert.equal((await playground.licenseflow.requests.view(first.requestId)).state, 'active');
    const events = await inParallel(sleepers, AT_ONCE, ({ requestId }) => historyOf(requestId));
    const longest = Math.max(...events.values());
    assert.ok(longest <= EVENTS_ASLEEP_MAX, `${longest} events`);
    const { requests } = playground.licenseflow;
    await requests.withdraw(first.requestId, actor(first.person.id), 'not needed any more');
    await playground.untilState(first.requestId, 'withdrawn');
    assert.deepEqual(playground.held(first.person.id), { [SKU.ENTERPRISEPACK]: [PLAN.SWAY] });
  });

  it('all end exactly, each written once, although the worker is killed while they do', async () => {
    playground.tenant.setOptions({ writeMs: 100 });
    const sleepers = await allAsleep(ENDING, 8_000);
    const ended = async (): Promise<readonly RequestView[]> => {
      const views = await inParallel(sleepers, AT_ONCE, ({ requestId }) =>
        playground.licenseflow.requests.view(requestId),
      );
      return [...views.values()];
    };
    const wroteBack = () => sleepers.filter(({ person }) => playground.effectiveWrites(person.id).length >= 2).length;
    for (const count of [1, ENDING / 2]) {
      await until(`${count} to be written back`, wroteBack, (n) => n >= count);
      await worker.kill();
      await worker.start();
    }
    const views = await until('all to end', ended, (all) => all.every(({ state }) => state === 'ended'), 120_000);
    for (const { person } of sleepers) {
      assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPACK]: [PLAN.SWAY] });
      assert.equal(playground.effectiveWrites(person.id).length, 2, 'once each way');
    }
    for (const { needsAttention } of views) assert.deepEqual(needsAttention, []);
    for (const death of worker.deaths) console.log(`      a worker ended by itself: ${death.slice(0, 300)}`);
  });
});
