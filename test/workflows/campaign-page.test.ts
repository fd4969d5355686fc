import assert from 'node:assert/strict';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';
import { seatPoolView, seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import type { PageOptions } from '../support/campaign-page.js';
import { DrivenPage, recordingWorkflows, rowsOf } from '../support/campaign-page.js';
import { FAST_PACE } from '../support/pace.js';
import type { PlaygroundOptions } from '../support/playground.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const E3 = SKU.ENTERPRISEPACK;
const E5 = SKU.ENTERPRISEPREMIUM;
const OFF_IN_E3 = [PLAN.SWAY];

describe('a page of a campaign', function () {
  this.timeout(180_000);
  let playground: Playground;
  afterEach(() => playground.close());

  async function open(options: PlaygroundOptions = {}): Promise<void> {
    playground = await Playground.open({ workflowCode: await recordingWorkflows(), ...options });
    // Units in their grace period are free in Graph and not by the policy.
    playground.tenant.setSeats(E5, { warning: 0 });
    for (const skuId of [E3, E5]) playground.tenant.setFreeSeats(skuId, 500);
  }
  const hire = (count: number, disabledPlans: readonly string[] = []) =>
    Array.from({ length: count }, () => playground.hire({ licenses: [{ skuId: E3, disabledPlans }] }));
  async function planned(users: readonly UserRecord[], options: Partial<PageOptions> = {}): Promise<DrivenPage> {
    const page = await DrivenPage.start(playground, { rows: rowsOf(users), ...options });
    await page.planned();
    return page;
  }
  const counts = async (page: DrivenPage) => {
    const states = await page.states();
    return Object.fromEntries(
      [...new Set(states)].sort().map((state) => [state, states.filter((s) => s === state).length]),
    );
  };
  const untilCounts = (page: DrivenPage, good: (seen: Readonly<Record<string, number>>) => boolean) =>
    until('the users to come so far', () => counts(page), good, 30_000);
  function assertSwapped(users: readonly UserRecord[]): void {
    for (const { id } of users) {
      assert.deepEqual(Object.keys(playground.held(id)), [E5]);
      assert.equal(playground.effectiveWrites(id).length, 1);
    }
  }
  const pool = async (skuId: string) => {
    const { client } = await testTemporal();
    return client.workflow.getHandle(seatPoolWorkflowId(playground.tenant.id, skuId)).query(seatPoolView, 10);
  };

  describe('plans', () => {
    it('everybody, says who cannot be changed and why, and writes nothing', async () => {
      await open();
      const [ready, same] = hire(2) as [UserRecord, UserRecord];
      const already = playground.hire({ licenses: [{ skuId: E5, disabledPlans: [] }] });
      const without = playground.hire();
      const rows = [
        ...rowsOf([ready, already, without, same]),
        { user: same.id, wish: 0, line: 9, note: 'twice' },
        { user: 'nobody@contoso.com', wish: 0, line: 10 },
      ];
      const page = await DrivenPage.start(playground, { rows });
      const status = await page.planned();
      const { users, signatures } = await page.content();
      assert.deepEqual(
        users.map(({ state, failure, line }) => [state, failure?.code, line]),
        [
          ['ready', undefined, 2],
          ['already', undefined, 3],
          ['blocked', 'NOT_HELD', 4],
          ['ready', undefined, 5],
          ['blocked', 'DUPLICATE_USER', 9],
          ['blocked', 'USER_NOT_FOUND', 10],
        ],
      );
      assert.equal(users[4]?.note, 'twice');
      assert.equal(playground.writes().length, 0);
      assert.deepEqual(status.plan?.seatsNeeded, { [E5]: 2 });
      assert.deepEqual(status.plan?.seatsToRestore, { [E3]: 2 });
      assert.deepEqual(status.plan?.blocked, { NOT_HELD: 1, DUPLICATE_USER: 1, USER_NOT_FOUND: 1 });
      const ready0 = signatures[users[0]?.sig ?? -1];
      assert.deepEqual(
        [ready0?.before, ready0?.target],
        [
          { [E3]: [], [E5]: null },
          { [E3]: null, [E5]: [] },
        ],
      );
      assert.deepEqual(await page.lastHeard(status.order), await page.status());
    });

    it('again who was not written, so that a product that changed is seen', async () => {
      await open();
      const users = hire(2);
      const page = await planned(users);
      const { plan: first } = await page.status();
      await page.planned();
      assert.deepEqual((await page.status()).plan, first, 'who is planned stays planned');
      playground.tenant.removePlan(E5, PLAN.SWAY);
      playground.tenant.changeLicenses(users[0]?.id ?? '', { removeLicenses: [E3] });
      const { plan } = await page.settled(await page.plan(true));
      assert.notEqual(plan?.digest, first?.digest);
      assert.deepEqual(await page.states(), ['blocked', 'blocked'], 'one holds nothing, the other one would lose Sway');
    });

    it('also where its turn comes late, as long as its campaign is there', async () => {
      await open();
      const page = await DrivenPage.start(playground, { rows: rowsOf(hire(1)), campaignPace: { intakeMs: 100 } });
      await until(
        'the page to ask twice whether its campaign is there',
        () => page.heard(),
        (heard) => heard.length >= 2,
      );
      await page.planned();
      assert.deepEqual(await page.states(), ['ready']);
    });

    it('and ends by itself where no order comes and its campaign is gone', async () => {
      await open();
      const rows = rowsOf(hire(1));
      const page = await DrivenPage.start(playground, { rows, campaignPace: { intakeMs: 100 }, campaign: false });
      const content = (await page.handle.result()) as Awaited<ReturnType<DrivenPage['content']>>;
      assert.deepEqual(
        content.users.map(({ state }) => state),
        ['unread'],
      );
    });

    it('nothing where its rows are not those that it was started for', async () => {
      await open();
      const page = await DrivenPage.start(playground, { rows: rowsOf(hire(1)), digest: 'another' });
      const { refusal } = await page.planned();
      assert.equal(refusal?.code, 'ROWS_DIFFER');
      await page.settled(await page.run());
      assert.equal(playground.writes().length, 0);
    });
  });

  describe('runs', () => {
    it('until everybody is seen at the target, with one effective write each', async () => {
      await open();
      const users = hire(12, OFF_IN_E3);
      const page = await planned(users);
      const status = await page.settled(await page.run());
      assert.deepEqual(status.waves, [{ wave: 1, users: { done: 12 }, failures: {} }]);
      assertSwapped(users);
      for (const { id } of users) assert.deepEqual(playground.held(id), { [E5]: OFF_IN_E3 });
      const { users: told } = await page.content();
      assert.ok(told.every(({ writeId, wrote, at }) => writeId !== undefined && wrote === true && (at ?? 0) > 0));
      assert.deepEqual(await page.lastHeard(status.order), await page.status());
      await until(
        'the seats to be settled',
        () => pool(E5),
        ({ held, waiting }) => held === 0 && waiting === 0,
      );
    });

    it('a canary of each signature first, then the waves in their order', async () => {
      await open();
      const users = [...hire(3), ...hire(3, OFF_IN_E3)];
      const page = await planned(users);
      const { signatures } = await page.content();
      const waves = {
        canaries: signatures.map(({ key }) => key),
        cuts: [
          { wave: 1, users: 3 },
          { wave: 2, users: 1 },
        ],
      };
      const learnt = await page.settled(await page.run({ wave: -1, waves }));
      assert.deepEqual(
        learnt.waves.map(({ wave, users: { ready } }) => [wave, ready]),
        [
          [0, 2],
          [1, 3],
          [2, 1],
        ],
      );
      await page.settled(await page.run({ wave: 0, waves }));
      assert.deepEqual(await page.states(), ['done', 'ready', 'ready', 'done', 'ready', 'ready']);
      await page.settled(await page.run({ wave: 1, waves }));
      assert.deepEqual(await page.states(), ['done', 'done', 'done', 'done', 'done', 'ready']);
      await page.settled(await page.run({ wave: 2, waves: null }));
      assertSwapped(users);
    });

    it('and writes again what was accepted and applied to nobody', async () => {
      await open({ pace: {} });
      const users = hire(3);
      const [id = ''] = users.map((user) => user.id);
      const page = await planned(users, { pace: { verify: { ...FAST_PACE.verify, deadlineMs: 200 } } });
      playground.breakWrites(id, { kind: 'applied-nothing' }, 1);
      await page.settled(await page.run());
      assertSwapped(users);
      assert.equal(playground.writes(id).length, 2);
    });

    it('and calls it unknown when no read ever shows it', async () => {
      await open();
      const users = hire(2);
      const [id = ''] = users.map((user) => user.id);
      const pace = { verify: { ...FAST_PACE.verify, deadlineMs: 100 }, settleMs: 100 };
      const page = await planned(users, { pace });
      playground.breakWrites(id, { kind: 'applied-nothing' });
      const { waves } = await page.settled(await page.run());
      assert.deepEqual(waves, [{ wave: 1, users: { unknown: 1, done: 1 }, failures: { OUTCOME_UNKNOWN: 1 } }]);
      assert.equal(playground.writes(id).length, FAST_PACE.write.rounds);
      assert.equal((await page.user(id)).wrote, true);
    });

    it('through lost answers, lost requests and server errors', async () => {
      await open();
      const users = hire(6);
      const ids = users.map(({ id }) => id);
      const page = await planned(users);
      playground.breakWrites(ids[0] ?? '', { kind: 'lost-response' }, 1);
      playground.breakWrites(ids[1] ?? '', { kind: 'lost-request' }, 2);
      playground.breakWrites(ids[2] ?? '', { kind: 'server-error', status: 504, applied: true }, 1);
      playground.breakWrites(ids[3] ?? '', { kind: 'server-error', status: 503 }, 4);
      playground.breakWrites(ids[4] ?? '', { kind: 'lost-response' }, 4);
      await page.settled(await page.run());
      assertSwapped(users);
    });

    it('through a tenant whose reads are behind, and throttling with and without a time', async () => {
      await open({ tenant: { options: { readLagMs: 150 } } });
      const users = hire(6);
      for (const { id } of users) await playground.knownTo(150, id);
      const page = await planned(users);
      playground.breakWrites(users[0]?.id ?? '', { kind: 'throttle' }, 1);
      playground.breakWrites(users[1]?.id ?? '', { kind: 'throttle', retryAfterSeconds: 1 }, 1);
      await page.settled(await page.run());
      assertSwapped(users);
    });

    it('and leaves alone who was changed since the plan, or while a write was being verified', async () => {
      await open();
      const users = hire(3);
      const [first = '', second = ''] = users.map(({ id }) => id);
      const page = await planned(users);
      playground.tenant.changeLicenses(first, { addLicenses: [{ skuId: E3, disabledPlans: OFF_IN_E3 }] });
      playground.breakWrites(second, { kind: 'applied-nothing' }, 1);
      const order = await page.run();
      await until(
        'the second to be verified',
        () => page.user(second),
        ({ state }) => state === 'verifying',
      );
      playground.tenant.changeLicenses(second, { addLicenses: [{ skuId: E3, disabledPlans: OFF_IN_E3 }] });
      const { waves } = await page.settled(order);
      assert.deepEqual(waves, [{ wave: 1, users: { drifted: 2, done: 1 }, failures: { DRIFT: 2 } }]);
      assert.equal(playground.writes(first).length, 0);
      assert.deepEqual((await page.user(second)).seen, { [E3]: OFF_IN_E3, [E5]: null });
    });

    it('and tells a failure at once; who failed is tried again when that is ordered, and nobody else', async () => {
      await open();
      const users = hire(4);
      const [first = '', second = ''] = users.map(({ id }) => id);
      const page = await planned(users, { campaignPace: { statusEvery: 100 } });
      playground.tenant.updateUser(first, { usageLocation: null });
      playground.breakWrites(second, { kind: 'graph-error', error: 'E4' });
      const { waves } = await page.settled(await page.run({ window: 1 }));
      assert.equal(waves[0]?.users.failed, 2);
      const told = (await page.heard()).find(({ order, waves: [wave] }) => order === 2 && wave?.users.failed === 1);
      assert.equal(told?.settled, false, 'the campaign knew of it before the end');
      playground.tenant.clearFaults();
      playground.tenant.updateUser(first, { usageLocation: 'US' });
      await page.settled(await page.run({ retry: { number: 1, codes: ['USAGE_LOCATION'] } }));
      assert.equal((await page.user(first)).state, 'done');
      assert.equal((await page.user(second)).state, 'failed');
      await page.settled(await page.run({ retry: { number: 1, codes: null } }));
      assert.equal((await page.user(second)).state, 'failed', 'a retry that is known happens once');
      await page.settled(await page.run({ retry: { number: 2, codes: null } }));
      assertSwapped(users);
    });

    it('and takes back the half of a change that a refusal left behind', async () => {
      await open({ tenant: { options: { atomicChange: false } } });
      const users = hire(2);
      const [id = ''] = users.map((user) => user.id);
      const page = await planned(users);
      playground.tenant.updateUser(id, { usageLocation: null });
      const { waves } = await page.settled(await page.run());
      assert.deepEqual(waves[0]?.users, { failed: 1, done: 1 });
      assert.deepEqual(playground.held(id), { [E3]: [] });
    });

    it('at a rate, where one is ordered', async () => {
      await open();
      const users = hire(8);
      const page = await planned(users, { campaignPace: { statusMs: 50 } });
      await page.settled(await page.run({ perSecond: 10, window: 10 }));
      assertSwapped(users);
      const starts = playground.writes().map(({ at }) => at);
      assert.ok(Math.max(...starts) - Math.min(...starts) >= 500, 'eight writes at ten a second take their time');
    });

    it('and tells few outcomes too, after a time', async () => {
      await open();
      const page = await planned(hire(8), { campaignPace: { statusEvery: 100, statusWithinMs: 200 } });
      await page.settled(await page.run({ perSecond: 4, window: 10 }));
      const heard = await page.heard();
      const between = heard.filter(({ settled, waves }) => !settled && (waves[0]?.users.done ?? 0) > 0);
      assert.ok(between.length > 0, JSON.stringify(heard));
    });

    it('and tells the pool which seats are used no more often than it shall, and all of them at the end', async () => {
      await open();
      const users = hire(10);
      const rarely = { statusEvery: 1, statusMs: 1, seatsToldMs: 60_000 };
      const page = await planned(users, { campaignPace: rarely });
      await page.settled(await page.run({ window: 1 }));
      assertSwapped(users);
      const { events } = await page.handle.fetchHistory();
      const told = (events ?? [])
        .map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString('utf8'))
        .filter((summary) => summary.includes('seats used'));
      assert.ok(told.length <= 2, `told ${String(told.length)} times`);
      await until(
        'the pool to know of all',
        () => pool(E5),
        ({ held, settling }) => held === 0 && settling === users.length,
      );
    });

    it('in many short histories as in one', async () => {
      await open();
      const users = hire(20);
      const page = await planned(users, { campaignPace: { eventsMax: 60 } });
      await page.settled(await page.run());
      assertSwapped(users);
      const { raw } = await page.handle.describe();
      assert.notEqual(raw.workflowExecutionInfo?.firstRunId, raw.workflowExecutionInfo?.execution?.runId);
      const { number: last } = await page.status();
      const heard = await until(
        'the last status to arrive',
        () => page.heard(),
        (all) => all.at(-1)?.number === last,
      );
      assert.deepEqual(
        heard.map(({ number }) => number),
        heard.map((_, i) => i + 1),
      );
      assert.deepEqual(heard.at(-1), await page.status());
    });

    it('on, where workers end and others begin in the middle', async () => {
      await open({ tenant: { options: { writeMs: 50 } } });
      const users = hire(15);
      const page = await planned(users);
      const order = await page.run();
      for (const share of [4, 9]) {
        await untilCounts(page, ({ done = 0 }) => done >= share);
        await playground.stopWorkers();
        await playground.startWorkers();
      }
      await page.settled(order);
      assertSwapped(users);
    });
  });

  describe('stops', () => {
    it('exactly: no write starts after it is settled, and a later run writes nobody twice', async () => {
      await open({ tenant: { options: { writeMs: 1_000 } } });
      const users = hire(80);
      const page = await planned(users);
      // More than the worker takes at a time, so that some are queued at the server.
      await page.run({ window: 70 });
      await untilCounts(page, ({ writing = 0 }) => writing === 70);
      const stop = await page.order({ kind: 'stop' });
      const { waves } = await page.settled(stop);
      const settledAt = Date.now();
      const writes = playground.writes().length;
      assert.ok(writes <= 60, 'it was stopped in the middle');
      assert.equal(waves[0]?.users.writing, undefined);
      await until(
        'reads to go on',
        () => Date.now() - settledAt,
        (ms) => ms > 1_500,
      );
      assert.equal(playground.writes().length, writes);
      assert.ok(playground.writes().every(({ at }) => at <= settledAt));
      await until(
        'the seats to be given back',
        () => pool(E5),
        ({ held, waiting }) => held === 0 && waiting === 0,
      );
      await page.settled(await page.run({ wave: -1 }));
      assert.equal(playground.writes().length, writes, 'who only learns waves writes nobody');
      await page.settled(await page.run({ window: 20 }));
      assertSwapped(users);
    });

    it('also while users are tried again, and a cancel then skips who was not changed', async () => {
      await open();
      const users = hire(4);
      const page = await planned(users);
      const [first = ''] = users.map(({ id }) => id);
      for (const { id } of users.slice(1)) playground.breakWrites(id, { kind: 'server-error', status: 503 });
      await page.run();
      await until(
        'the first',
        () => page.user(first),
        ({ state }) => state === 'done',
      );
      await page.settled(await page.order({ kind: 'stop' }));
      const { waves } = await page.settled(await page.order({ kind: 'cancel' }));
      assert.deepEqual(waves[0]?.users, { done: 1, skipped: 3 });
      assert.equal(playground.effectiveWrites().length, 1);
      for (const { id } of users.slice(1)) assert.deepEqual(playground.held(id), { [E3]: [] });
    });

    it('by itself when its campaign is gone, and completes with all it knows', async () => {
      await open();
      const users = hire(12);
      const page = await planned(users, { campaignPace: { intakeMs: 1_000, statusEvery: 1 } });
      await page.end();
      await page.run({ window: 1 });
      const content = (await page.handle.result()) as Awaited<ReturnType<DrivenPage['content']>>;
      const written = content.users.filter(({ wrote }) => wrote).length;
      assert.ok(written < users.length, 'it was stopped in the middle');
      assert.equal(playground.effectiveWrites().length, written);
    });

    it('answers orders that come again, and ignores those that are older', async () => {
      await open();
      const users = hire(3);
      const page = await planned(users);
      const run = await page.run();
      await page.settled(run);
      const told = (await page.heard()).length;
      await page.send({ number: run, kind: 'stop' });
      await until(
        'the answer',
        () => page.heard(),
        (heard) => heard.length > told,
      );
      await page.send({ number: 1, kind: 'plan', again: true });
      await page.send({ number: run, kind: 'stop' });
      const heard = await until(
        'another answer',
        () => page.heard(),
        ({ length }) => length > told + 1,
      );
      assert.ok(
        heard.slice(told).every(({ order, settled, waves }) => order === run && settled && waves[0]?.users.done === 3),
      );
    });
  });

  describe('waits for seats', () => {
    it('and goes on with those that are there, then with those that come', async () => {
      await open();
      playground.tenant.setFreeSeats(E5, 2);
      const users = hire(5);
      const page = await planned(users);
      const order = await page.run();
      await untilCounts(page, ({ done }) => done === 2);
      await until(
        'the page to need no turn',
        () => page.status(),
        ({ onlySeats }) => onlySeats,
      );
      assert.deepEqual(await counts(page), { done: 2, 'waiting-for-seat': 3 });
      assert.equal((await page.status()).seatsMissing, 3);
      playground.tenant.setFreeSeats(E5, 1);
      await untilCounts(page, ({ done }) => done === 3);
      playground.tenant.setFreeSeats(E5, 10);
      await page.settled(order);
      assertSwapped(users);
      await until(
        'the seats to be settled',
        () => pool(E5),
        ({ held, waiting }) => held === 0 && waiting === 0,
      );
    });

    it('for so long and no longer', async () => {
      await open();
      playground.tenant.setFreeSeats(E5, 1);
      const users = hire(3);
      const page = await planned(users);
      const { waves } = await page.settled(await page.run({ seatWaitMs: 8_000 }));
      assert.deepEqual(waves[0]?.users, { done: 1, failed: 2 });
      assert.deepEqual(waves[0]?.failures, { NO_SEATS: 2 });
    });

    it('again where Graph has none although they were promised', async () => {
      await open();
      const users = hire(4);
      const page = await planned(users);
      const [id = ''] = users.map((user) => user.id);
      playground.breakWrites(id, { kind: 'graph-error', error: 'E5' }, 1);
      await page.settled(await page.run());
      assertSwapped(users);
    });
  });

  describe('rolls back', () => {
    it('exactly to what was before, and leaves alone who was changed since', async () => {
      await open();
      const users = [...hire(3), ...hire(3, OFF_IN_E3)];
      const page = await planned(users);
      const before = users.map(({ id }) => playground.tenant.assignedLicenses(id));
      await page.settled(await page.run());
      const drifted = users[5]?.id ?? '';
      playground.tenant.changeLicenses(drifted, { addLicenses: [{ skuId: E5, disabledPlans: [PLAN.TEAMS1] }] });
      const preview = await page.preview();
      assert.deepEqual(
        [preview.toRestore, preview.nothingToDo, preview.drifted.map(({ id }) => id)],
        [5, 0, [drifted]],
      );
      assert.deepEqual(preview.seatsNeeded, { [E3]: 5 });
      const { waves } = await page.settled(await page.rollBack());
      assert.deepEqual(waves[0]?.users, { restored: 5, 'left-alone': 1 });
      users.slice(0, 5).forEach(({ id }, i) => assert.deepEqual(playground.tenant.assignedLicenses(id), before[i]));
      assert.deepEqual(playground.held(drifted), { [E5]: [PLAN.TEAMS1] });
      assert.ok((await page.user(users[0]?.id ?? '')).restoreId !== undefined);
    });

    it('without plans that the product has lost, and only who is meant', async () => {
      await open();
      const users = hire(3, OFF_IN_E3);
      const [meant = '', other = ''] = users.map(({ id }) => id);
      const page = await planned(users);
      await page.settled(await page.run());
      playground.tenant.removePlan(E3, PLAN.SWAY);
      const preview = await page.preview([meant]);
      assert.deepEqual(preview.vanishedPlans, [{ skuId: E3, planId: PLAN.SWAY }]);
      await page.settled(await page.rollBack({ users: [meant] }));
      assert.deepEqual(playground.held(meant), { [E3]: [] });
      assert.deepEqual(playground.held(other), { [E5]: OFF_IN_E3 });
    });

    it('who was stopped in the middle of a write', async () => {
      await open({ tenant: { options: { writeMs: 100 } } });
      const users = hire(12);
      const page = await planned(users);
      await page.run({ window: 12 });
      await untilCounts(page, ({ writing = 0 }) => writing > 0);
      await page.settled(await page.order({ kind: 'stop' }));
      await page.settled(await page.rollBack());
      for (const { id } of users) assert.deepEqual(playground.held(id), { [E3]: [] });
      const states = new Set(await page.states());
      assert.ok(
        [...states].every((state) => state === 'restored' || state === 'waiting'),
        [...states].join(),
      );
    });

    it('and says whom it could not restore', async () => {
      await open();
      const users = hire(2);
      const page = await planned(users);
      await page.settled(await page.run());
      const [id = ''] = users.map((user) => user.id);
      playground.tenant.deleteUser(id);
      const { waves } = await page.settled(await page.rollBack());
      assert.deepEqual(waves[0]?.users, { 'not-restored': 1, restored: 1 });
      const { typedSearchAttributes } = await page.handle.describe();
      assert.equal(JSON.stringify(typedSearchAttributes).includes('NeedsAttention'), true);
    });
  });

  it('rests until its time is over, and leaves its content as its result', async () => {
    await open();
    const users = hire(2);
    const page = await planned(users);
    await page.settled(await page.run());
    const content = await page.content();
    await page.settled(await page.order({ kind: 'rest', until: Date.now() + 500 }));
    assert.deepEqual(await page.handle.result(), content);
    assert.equal(page.handle.workflowId, campaignPageWorkflowId(page.campaignId, 1));
  });
});
