import assert from 'node:assert/strict';
import { DateTime } from 'luxon';
import type { ChannelAnswer } from '../../src/activities/index.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import type { ChannelName } from '../../src/contracts/notice.js';
import type { QuietHours } from '../../src/domain/policy.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { releaseSeat, seatPoolView, seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import type { LicenseflowError } from '../../src/client/index.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { PlaygroundOptions } from '../support/playground.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { skuPolicyOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const OPERATOR = { actor: actor(PEOPLE.megan.userPrincipalName), reason: 'a new team' };
const [FIRST = '', SECOND = ''] = [SKU.FLOW_FREE, SKU.VISIOCLIENT].sort();

describe('a seat pool', () => {
  let playground: Playground;
  afterEach(() => playground.close());

  async function open(options: PlaygroundOptions = {}): Promise<void> {
    playground = await Playground.open({ stages: [], ...options });
  }
  const setFree = (free: number, skuId: string = SKU.FLOW_FREE) => playground.tenant.setFreeSeats(skuId, free);
  const wait = (requestId: string) => playground.licenseflow.requests.wait(requestId, 25_000);
  const stateOf = async (requestId: string) => (await playground.licenseflow.requests.view(requestId)).state;
  const asks = (skus: readonly string[] = [SKU.FLOW_FREE]) =>
    playground.submitted(
      playground.wishOf(playground.hire(), { add: skus.map((sku) => ({ sku, disabledPlans: [] })) }),
    );
  /** One after the other, so that it is certain who came first. */
  async function waits(people: number): Promise<readonly string[]> {
    const requests: string[] = [];
    for (let n = 1; n <= people; n++) {
      requests.push(await asks());
      await untilWaiting(n);
    }
    return requests;
  }
  const waitList = () => playground.licenseflow.seats.waitList(SKU.FLOW_FREE, 100);
  const line = async () => (await waitList()).map(({ requestId }) => requestId);
  const untilWaiting = (people: number) => until('them to wait', line, (requests) => requests.length === people);
  async function pool(skuId: string = SKU.FLOW_FREE) {
    const { client } = await testTemporal();
    return client.workflow.getHandle(seatPoolWorkflowId(playground.tenant.id, skuId));
  }
  const view = async (skuId?: string) => (await pool(skuId)).query(seatPoolView, 100);
  const counts = () =>
    playground.tenant.calls({ method: 'GET' }).filter(({ path }) => path.startsWith('/subscribedSkus')).length;

  it('serves in order, tells places, and names who waits', async () => {
    await open();
    setFree(0);
    const requests = await waits(3);
    const rows = await waitList();
    assert.deepEqual(
      rows.map(({ position, who, estimate, state }) => [position, who?.split(' <')[0], estimate, state]),
      [1, 2, 3].map((n) => [n, `Colleague ${String(n)}`, null, 'waiting']),
    );
    for (const [i, requestId] of requests.entries()) {
      setFree(1);
      assert.equal((await wait(requestId)).state, 'done');
      assert.deepEqual(await line(), requests.slice(i + 1));
    }
  });

  it('tells a request its place, although the pool of another tenant has nobody to answer', async () => {
    await open();
    setFree(0);
    const [requestId = ''] = await waits(1);
    const abroad = playground;
    await abroad.stopWorkers();
    await open({ answerWithinMs: 5_000 });
    setFree(0);
    const [ours = ''] = await waits(1);
    const places = await playground.licenseflow.seats.leasesOf(ours, [SKU.FLOW_FREE, SKU.VISIOCLIENT]);
    assert.deepEqual(
      places.map((lease) => [lease.requestId, lease.position]),
      [[ours, 1]],
    );
    assert.deepEqual(await playground.licenseflow.seats.leasesOf(requestId, [SKU.FLOW_FREE]), []);
  });

  it('gives the seat of somebody who withdraws, or whose wait is over, to the next', async () => {
    await open();
    setFree(0);
    const requests = await waits(2);
    await playground.licenseflow.requests.withdraw(requests[0] ?? '', OPERATOR.actor, 'changed my mind');
    await untilWaiting(1);
    setFree(1);
    assert.equal((await wait(requests[1] ?? '')).state, 'done');
  });

  it('gives on what a request held that was ended by force, once it is certain that it is not used', async () => {
    await open({ stages: [oneApproval], policy: {} });
    playground.policy = {
      ...playground.policy,
      skus: { [SKU.FLOW_FREE]: skuPolicyOf({ stages: [oneApproval], holdSeat: 'at-submit' }) },
    };
    setFree(1);
    const first = await asks();
    await until(
      'the seat to be held',
      () => playground.licenseflow.requests.view(first),
      ({ seats }) => seats.some(({ state }) => state === 'held'),
    );
    const second = await asks();
    await untilWaiting(1);
    const { client } = await testTemporal();
    await client.workflow.getHandle(licenseRequestWorkflowId(first)).terminate('chance');
    await until('the seat to be passed on', view, ({ held, waiting }) => held === 1 && waiting === 0);
    await playground.approve(second);
    assert.equal((await wait(second)).state, 'done');
  });

  it('holds a seat from the submit on where the policy says so, through the approval, and gives it back', async () => {
    await open();
    playground.policy = {
      ...playground.policy,
      skus: { [SKU.FLOW_FREE]: skuPolicyOf({ stages: [oneApproval], holdSeat: 'at-submit' }) },
    };
    setFree(1);
    const [held, late] = [await asks(), await asks()];
    const seatOf = async (requestId: string) =>
      (await playground.licenseflow.requests.view(requestId)).seats.map(({ state }) => state).join();
    await until(
      'the first to hold it',
      () => seatOf(held),
      (state) => state === 'held',
    );
    assert.equal(await stateOf(held), 'waiting-for-approval');
    assert.equal(await seatOf(late), 'asked');
    await playground.deny(held, PEOPLE.megan.userPrincipalName, 'no');
    await until(
      'the second to hold it',
      () => seatOf(late),
      (state) => state === 'held',
    );
    await playground.approve(late);
    const done = await wait(late);
    assert.deepEqual(
      done.seats.map(({ state }) => state),
      ['used'],
    );
    // Held by the time of the approval, so it was not asked for again.
    assert.equal((await view()).waiting, 0);
  });

  it('serves by priority, and an operator can put somebody to the head', async () => {
    await open();
    setFree(0);
    const requests = await waits(3);
    const third = requests[2] ?? '';
    const bumped = await playground.licenseflow.seats.rank(third, 'head', OPERATOR);
    assert.equal(bumped.position, 1);
    await playground.licenseflow.seats.rank(requests[0] ?? '', 'low', OPERATOR);
    assert.deepEqual(await line(), [third, requests[1], requests[0]]);
    await assert.rejects(
      playground.licenseflow.seats.rank('nobody', 'head', OPERATOR),
      (error: LicenseflowError) => error.code === 'NOT_WAITING',
    );
    setFree(1);
    assert.equal((await wait(third)).state, 'done');
  });

  it('keeps seats back for an operator, all or none, until they are given back', async () => {
    await open();
    setFree(3);
    const { seats } = playground.licenseflow;
    const hold = (units: number) =>
      seats.hold({ skuId: SKU.FLOW_FREE, units, forMs: 600_000, priority: 'high', ...OPERATOR });
    const lease = await hold(2);
    assert.deepEqual([lease.state, lease.units, lease.who], ['held', 2, OPERATOR.actor.ref]);
    const early = await hold(2);
    assert.deepEqual([early.state, early.position], ['waiting', 1]);
    await seats.release(early.leaseId, OPERATOR);
    assert.equal((await wait(await asks())).state, 'done');
    const waiting = await asks();
    await untilWaiting(1);
    await seats.release(lease.leaseId, OPERATOR);
    assert.equal((await wait(waiting)).state, 'done');
    const { acts } = await view();
    assert.equal(acts.length, 4);
    await assert.rejects(seats.release('hold-none', OPERATOR), (error: LicenseflowError) => error.kind === 'not-found');
  });

  it('ends what an operator keeps back at its time', async () => {
    await open();
    setFree(1);
    await playground.licenseflow.seats.hold({
      ...{ skuId: SKU.FLOW_FREE, units: 1, forMs: 1_000, priority: 'high', ...OPERATOR },
    });
    assert.equal((await wait(await asks())).state, 'done');
  });

  it('lets no operator take the seat of a request that is open', async () => {
    await open();
    setFree(0);
    const [requestId] = await waits(1);
    const [{ leaseId } = { leaseId: '' }] = await waitList();
    await assert.rejects(playground.licenseflow.seats.release(leaseId, OPERATOR), (error: LicenseflowError) => {
      assert.match(error.remedy, new RegExp(`withdraw ${requestId ?? ''}`));
      return error.code === 'STILL_NEEDED';
    });
    assert.deepEqual(await line(), [requestId]);
  });

  it('lets those who want several products hold all of them or none, and nobody wait for each other', async () => {
    await open({ seatWaitMs: 15_000 });
    for (const skuId of [FIRST, SECOND]) setFree(1, skuId);
    const requests = await Promise.all([asks([FIRST, SECOND]), asks([SECOND, FIRST])]);
    const done = async (): Promise<readonly RequestView['state'][]> => Promise.all(requests.map(stateOf));
    await until('one to be done', done, (states) => states.includes('done'));
    const other = requests[(await done()).indexOf('done') === 0 ? 1 : 0] ?? '';
    // The other one waits for the first product, and keeps nobody from the second.
    setFree(1, SECOND);
    assert.equal((await wait(await asks([SECOND]))).state, 'done');
    for (const skuId of [FIRST, SECOND]) setFree(1, skuId);
    assert.equal((await wait(other)).state, 'done');
  });

  it('gives a seat back that was held while another one did not come in time', async () => {
    await open({ seatWaitMs: 600 });
    setFree(1, FIRST);
    setFree(0, SECOND);
    assert.equal((await wait(await asks([FIRST, SECOND]))).state, 'expired');
    await until(
      'the pools to be quiet',
      async () => [await view(FIRST), await view(SECOND)],
      (pools) => pools.every(({ held, waiting }) => held === 0 && waiting === 0),
    );
    assert.equal((await view(FIRST)).free, 1);
  });

  it('goes on in new runs with everything that is open', async () => {
    await open({ pace: { seats: { ...FAST_PACE.seats, messagesMax: 3 } } });
    setFree(0);
    const requests = await waits(7);
    setFree(7);
    for (const requestId of requests) assert.equal((await wait(requestId)).state, 'done');
    const { raw } = await (await pool()).describe();
    assert.notEqual(raw.workflowExecutionInfo?.firstRunId, raw.workflowExecutionInfo?.execution?.runId);
  });

  it('asks Graph nothing while nobody waits, and ends when all is quiet', async () => {
    await open({ pace: { seats: { ...FAST_PACE.seats, idleMs: 300 } } });
    setFree(5);
    assert.equal((await wait(await asks())).state, 'done');
    const before = counts();
    const handle = await pool();
    await handle.result();
    assert.equal(counts(), before);
    assert.deepEqual(await playground.licenseflow.seats.pools(), []);
  });

  it('is filled anew by those who wait, after it was ended by force', async () => {
    await open({ pace: { seats: { ...FAST_PACE.seats, askAgainMs: 300 } } });
    setFree(0);
    const requests = await waits(3);
    const former = await pool();
    const { runId } = await former.describe();
    await former.terminate('chance');
    // The former run can still be asked, and says that three wait.
    await until(
      'another pool',
      async () => (await pool()).describe(),
      (described) => described.runId !== runId,
    );
    await untilWaiting(3);
    assert.deepEqual(await line(), requests);
    setFree(3);
    for (const requestId of requests) assert.equal((await wait(requestId)).state, 'done');
  });

  it('goes on after its worker was gone', async () => {
    await open();
    setFree(0);
    const requests = await waits(2);
    await playground.stopWorkers();
    setFree(2);
    await playground.startWorkers();
    for (const requestId of requests) assert.equal((await wait(requestId)).state, 'done');
  });

  it('waits on while Graph cannot be asked, and says so', async () => {
    await open();
    setFree(0);
    const [requestId = ''] = await waits(1);
    const fault = playground.tenant.addFault({
      match: { method: 'GET', path: '/subscribedSkus' },
      fault: { kind: 'server-error', status: 503 },
    });
    setFree(1);
    await until('the failure to be seen', view, ({ lastFailure }) => lastFailure !== null);
    assert.equal(await stateOf(requestId), 'waiting-for-seat');
    playground.tenant.clearFaults(fault);
    assert.equal((await wait(requestId)).state, 'done');
  });

  it('gives the seat of a rollback before new wishes', async () => {
    await open();
    const { id, userPrincipalName } = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    setFree(0);
    const done = await playground.submitted({
      ...{ requester: userPrincipalName, subject: userPrincipalName, add: [], remove: [SKU.FLOW_FREE] },
    });
    await wait(done);
    setFree(0);
    await waits(1);
    const { requests } = playground.licenseflow;
    await requests.rollback(done, { ...OPERATOR, seatWaitMs: 20_000 });
    await until('both to wait', line, (ids) => ids.length === 2);
    assert.deepEqual(
      (await waitList()).map(({ kind }) => kind),
      ['rollback', 'request'],
    );
    setFree(1);
    assert.equal((await requests.waitForRollback(done, 20_000)).state, 'restored');
    assert.deepEqual(playground.held(id), { [SKU.FLOW_FREE]: [] });
    assert.equal((await waitList()).length, 1);
  });

  it('warns the operators of low seats, once until there are enough again', async () => {
    await open({ policy: { lowSeats: { below: 3, except: [] } } });
    const warnings = async () => {
      const { events } = await (await pool()).fetchHistory();
      const names = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
      return names?.filter((name) => name === 'sendNotice').length;
    };
    setFree(4);
    for (const expected of [0, 1, 1]) {
      assert.equal((await wait(await asks())).state, 'done');
      assert.equal(await warnings(), expected);
    }
    for (const [free, expected] of [
      [9, 1],
      [2, 2],
    ] as const) {
      setFree(free);
      assert.equal((await wait(await asks())).state, 'done');
      assert.equal(await warnings(), expected);
    }
  });

  it('lets a warning wait for the end of quiet hours, also in a new run, and drops it once there are enough again', async () => {
    const told = channelOf('log', () => 'taken');
    await open({ channels: () => [told], policy: { lowSeats: { below: 3, except: [] }, quietHours: quietNow() } });
    setFree(2);
    assert.equal((await wait(await asks())).state, 'done');
    const handle = await pool();
    const { runId } = await handle.describe();
    // So many messages that the pool goes on in a new run while the warning waits.
    for (let n = 0; n < FAST_PACE.seats.messagesMax; n++) await handle.signal(releaseSeat, `nobody-${String(n)}`);
    await until(
      'a new run',
      async () => (await handle.describe()).runId,
      (current) => current !== runId,
    );
    assert.deepEqual(told.taken, []);
    setFree(9);
    assert.equal((await wait(await asks())).state, 'done');
    playground.policy = { ...playground.policy, quietHours: null };
    setFree(2);
    assert.equal((await wait(await asks())).state, 'done');
    await until(
      'a warning',
      () => told.taken,
      (keys) => keys.length > 0,
    );
    assert.equal(told.taken.length, 1);
  });

  it('tries a channel again that did not take a warning, and says which one never did', async () => {
    const told = channelOf('log', () => 'taken');
    const broken = channelOf('webhook', () => ({ reason: 'no answer', againAfterMs: 0 }));
    await open({ channels: () => [told, broken], policy: { lowSeats: { below: 3, except: [] } } });
    setFree(2);
    await wait(await asks());
    const { acts } = await until(
      'it to be given up',
      () => view(),
      (shown) => shown.acts.length > 0,
    );
    assert.equal(acts[0]?.text, 'A warning of low seats was not delivered by webhook: no answer');
    assert.equal(told.taken.length, 1);
    assert.equal(broken.asked, FAST_PACE.notices.attempts);
  });

  it('shows the operators in Temporal what it knows', async () => {
    await open();
    setFree(0);
    await waits(1);
    const { client } = await testTemporal();
    const handle = await pool();
    const { typedSearchAttributes: attributes } = await handle.describe();
    assert.match(JSON.stringify(attributes), new RegExp(SKU.FLOW_FREE));
    const found = client.workflow.list({ query: `WorkflowType = 'seatPool' AND LicenseSkus = '${SKU.FLOW_FREE}'` });
    let names = 0;
    for await (const { workflowId } of found) if (workflowId === handle.workflowId) names++;
    assert.equal(names, 1);
  });
});

/** Knows of warnings only. */
function channelOf(name: ChannelName, answer: () => ChannelAnswer) {
  const taken: string[] = [];
  return {
    name,
    taken,
    asked: 0,
    deliver({ key, kind }: { readonly key: string; readonly kind: string }) {
      if (kind !== 'low-seats') return Promise.resolve('taken' as const);
      this.asked++;
      const said = answer();
      if (said === 'taken') taken.push(key);
      return Promise.resolve(said);
    },
    check: () => Promise.resolve([]),
  };
}

/** Quiet hours for the next hour, whenever the test runs. */
function quietNow(): QuietHours {
  const at = (hours: number) => DateTime.utc().plus({ hours }).toFormat('HH:mm');
  return { timeZone: 'UTC', from: at(-1), to: at(1), weekends: false };
}
