/** The seat pool under load, with counts that are behind, and with others who take seats too. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { LeaseRow } from '../../src/client/index.js';
import type { SeatPoolView } from '../../src/contracts/seat-pool.js';
import { seatPoolView, seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { actor, Playground } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { inParallel } from './in-parallel.js';
import { testSize } from './size.js';

const LAG_MS = 1_500;
const POLL_MS = 1_000;
const AT_ONCE = 50;
/** Looking costs a workflow task. */
const LOOK_AGAIN_MS = 250;
const EVERYBODY = 10_000;
const PATIENCE_MS = 240_000;

async function tenantWith(free: number): Promise<Playground> {
  const playground = await Playground.open({
    tenant: { options: { consumedUnitsLagMs: LAG_MS - 300 } },
    stages: [],
    seatWaitMs: 600_000,
    pace: {
      read: { ...FAST_PACE.read, startToCloseMs: 60_000 },
      again: { ...FAST_PACE.again, deadlineMs: 600_000 },
      seats: {
        ...FAST_PACE.seats,
        ...{ pollMs: POLL_MS, freshMs: 200, lagMs: LAG_MS, askAgainMs: 600_000, messagesMax: 400 },
      },
    },
    answerWithinMs: PATIENCE_MS,
    cachedWorkflows: 1_200,
  });
  playground.tenant.setFreeSeats(SKU.FLOW_FREE, free);
  await until(
    'counts to show this',
    () => playground.licenseflow.tenant.seats(),
    (products) => products.find(({ skuId }) => skuId === SKU.FLOW_FREE)?.free === free,
  );
  return playground;
}

/** So many people ask for the same product, all at once. Their requests by the people's ids. */
async function submitted(playground: Playground, people: number): Promise<readonly string[]> {
  const requests = Array.from({ length: people }, () => playground.request(playground.wishOf(playground.hire())));
  await inParallel(requests, AT_ONCE, (request) =>
    playground.licenseflow.requests.submit(request, actor(request.requester)),
  );
  return requests.map(({ requestId }) => requestId);
}

const waitList = ({ licenseflow }: Playground) => licenseflow.seats.waitList(SKU.FLOW_FREE, EVERYBODY);
const idsOf = (rows: readonly LeaseRow[]) => rows.map(({ requestId }) => requestId);

/** Writes that Graph refused, which without others who assign can only be for want of a seat. */
const refusals = (playground: Playground) => playground.writes().filter(({ status }) => status !== 200);

async function poolOf({ tenant }: Playground) {
  return (await testTemporal()).client.workflow.getHandle(seatPoolWorkflowId(tenant.id, SKU.FLOW_FREE));
}

async function untilPool(pool: WorkflowHandle, what: string, isTrue: (view: SeatPoolView) => boolean): Promise<void> {
  await until(what, () => pool.query(seatPoolView, 0), isTrue, PATIENCE_MS);
}

/** Waits until so many were licensed, so many wait, and nobody is on the way; then who waits, in their order. */
async function untilServed(playground: Playground, done: number, waiting: number): Promise<readonly LeaseRow[]> {
  const pool = await poolOf(playground);
  await until(
    `${String(done)} to be licensed and ${String(waiting)} to wait`,
    async () => {
      await pause(LOOK_AGAIN_MS);
      const { held, waiting: rows } = await pool.query(seatPoolView, 0);
      return [playground.effectiveWrites().length, rows, held];
    },
    (seen) => seen.join() === [done, waiting, 0].join(),
    PATIENCE_MS,
  );
  return waitList(playground);
}

function assertInOrder(rows: readonly LeaseRow[]): void {
  assert.deepEqual(
    rows.map(({ position }) => position),
    rows.map((_, i) => i + 1),
  );
  const line = rows.filter(({ standing }) => standing === 'in-line').map(({ since }) => since);
  assert.deepEqual(line, [...line].sort(), 'whoever asked first stands first');
  const standings = rows.map(({ standing }) => standing);
  assert.deepEqual(
    standings,
    [...standings].sort((a, b) => (a === b ? 0 : a === 'requeued' ? -1 : 1)),
  );
}

describe('a seat pool', function () {
  this.timeout(600_000);
  let playground: Playground;
  afterEach(() => playground.close());

  it('gives a tenth of the people a seat, keeps the rest in order, and 50 more seats to the right 50', async () => {
    const people = testSize('people', 300, 1_000);
    const seats = people / 10;
    playground = await tenantWith(seats);
    await submitted(playground, people);
    const waiting = await untilServed(playground, seats, people - seats);
    assertInOrder(waiting);
    assert.deepEqual(refusals(playground), []);

    const pool = await poolOf(playground);
    await untilPool(
      pool,
      'all used seats to be counted, so that they are not taken off the new ones',
      ({ settling }) => settling === 0,
    );
    const { runId } = await pool.describe();
    const boughtAt = Date.now();
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 50);
    const left = await untilServed(playground, seats + 50, people - seats - 50);
    assert.deepEqual(idsOf(left), idsOf(waiting.slice(50)));
    assert.deepEqual(refusals(playground), []);
    assert.equal(await countsBeforeAnswers(runId, boughtAt), 1, 'counts until all 50 were told');
  });

  it('puts those whom others take the seat from to the head, and forgets nobody', async () => {
    playground = await tenantWith(30);
    const others = Array.from({ length: 10 }, () => playground.hire());
    // Nobody writes until all 30 seats are promised and the others have taken ten of them.
    const gate = playground.tenant.addFault({
      match: { method: 'POST', path: '/users/*/assignLicense' },
      fault: { kind: 'throttle', retryAfterSeconds: 1 },
    });
    await submitted(playground, 60);
    const pool = await poolOf(playground);
    await untilPool(pool, 'all seats to be promised', ({ held }) => held === 30);
    for (const { id } of others)
      playground.tenant.changeLicenses(id, { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
    playground.tenant.clearFaults(gate);
    const waiting = await untilServed(playground, 20, 40);
    assertInOrder(waiting);
    assert.equal(waiting.filter(({ standing }) => standing === 'requeued').length, 10);
    const refused = refusals(playground).filter(({ status }) => status !== 429);
    for (const { errorCode, status } of refused) assert.equal(status, 400, errorCode ?? '');
    assert.ok(refused.length >= 10);
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 15);
    const left = await untilServed(playground, 35, 25);
    assert.deepEqual(idsOf(left), idsOf(waiting.slice(15)));
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 25);
    await untilServed(playground, 60, 0);
  });

  /** How many counts the pool asked for after an instant until it had sent its last answer. */
  async function countsBeforeAnswers(runId: string, sinceMs: number): Promise<number> {
    const { client } = await testTemporal();
    const pool = client.workflow.getHandle(seatPoolWorkflowId(playground.tenant.id, SKU.FLOW_FREE), runId);
    const events = ((await pool.fetchHistory()).events ?? []).filter(
      ({ eventTime }) => Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6 >= sinceMs,
    );
    const answers = events.flatMap((event, i) =>
      event.signalExternalWorkflowExecutionInitiatedEventAttributes ? [i] : [],
    );
    assert.equal(answers.length, 50);
    return events
      .slice(0, answers.at(-1))
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'countSeats').length;
  }
});
