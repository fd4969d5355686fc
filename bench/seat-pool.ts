/**
 * What a seat pool costs: decisions a second, as a ratio to what the same Temporal server passes through the barest
 * workflow that answers each signal with a signal; and a wait-list of 10,000: what one lease adds to memory and to what
 * one run hands to the next, how long the history of a run gets, and the books alone.
 *
 * Run with `npm run bench seat-pool`.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import Table from 'cli-table3';
import { DEFAULT_PACE } from '../src/contracts/pace.js';
import { seatPoolView, seatPoolWorkflowId } from '../src/contracts/seat-pool.js';
import { seatPoolMessages } from '../src/client/seat-pool-messages.js';
import type { SeatAsk } from '../src/domain/seat-ledger.js';
import { leaseIdOf, SeatLedger } from '../src/domain/seat-ledger.js';
import { SKU } from '../src/simulator/seed/sku-ids.js';
import { Playground } from '../test/support/playground.js';
import { stopTestSimulator } from '../test/support/simulator.js';
import { stopTestTemporal, testTemporal, workflowBundle } from '../test/support/temporal.js';
import { until } from '../test/support/until.js';
import type { echo } from './baseline/echo-workflows.js';
import { answersLeft, counter } from './baseline/echo-workflows.js';

const MESSAGES = 2_000;
const WAIT_LIST = 10_000;
const AT_ONCE = 50;
const PATIENCE_MS = 600_000;

async function inLanes(count: number, one: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

function ask(holder: string, n: number): SeatAsk {
  const now = Date.now();
  return {
    ...{ leaseId: leaseIdOf(holder, '12345678', String(n)), units: 1, atLeast: 1, priority: 'normal', askedAt: now },
    ...{ waitUntil: now + 10 * PATIENCE_MS, heldUntil: now + 10 * PATIENCE_MS },
  };
}

/** Signals to a workflow that answers each with a signal to one other workflow, a second. */
async function baseline(taskQueue: string): Promise<number> {
  const { client } = await testTemporal();
  const counting = await client.workflow.start(counter, {
    workflowId: `counter/${randomUUID()}`,
    taskQueue,
    args: [MESSAGES],
  });
  const started = performance.now();
  const tell = (n: number) =>
    client.workflow.signalWithStart<typeof echo, [string, number]>('echo', {
      ...{ workflowId: `echo/${taskQueue}`, taskQueue, args: [MESSAGES], signal: 'ask' },
      signalArgs: [counting.workflowId, n],
    });
  // The server cuts a task off that more than 100 signals arrive in, and the barest workflow holds nobody back.
  for (let n = 0; n < MESSAGES; n += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => tell(n + i)));
    await until(
      'these to be answered',
      () => counting.query(answersLeft),
      (left) => left <= MESSAGES - n - AT_ONCE,
      PATIENCE_MS,
    );
  }
  await counting.result();
  return (MESSAGES * 1_000) / (performance.now() - started);
}

/** Asks that are granted, with their answers, a second. */
async function decisions(playground: Playground, taskQueue: string): Promise<number> {
  const { client } = await testTemporal();
  playground.tenant.setFreeSeats(SKU.FLOW_FREE, MESSAGES);
  const counting = await client.workflow.start(counter, {
    workflowId: `counter/${randomUUID()}`,
    taskQueue,
    args: [MESSAGES],
  });
  const pools = seatPoolMessages({ client, taskQueue: playground.taskQueue });
  const pool = { tenantId: playground.tenant.id, skuId: SKU.FLOW_FREE };
  const started = performance.now();
  await inLanes(MESSAGES, (n) => pools.tell(pool, { kind: 'ask', ask: ask(counting.workflowId, n) }, DEFAULT_PACE));
  await counting.result();
  return (MESSAGES * 1_000) / (performance.now() - started);
}

/** The wait-list on a real server: time to take it in, and the longest history of a run. */
async function waitList(playground: Playground): Promise<{ perSecond: number; events: number; runs: number }> {
  const { client } = await testTemporal();
  playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
  const pools = seatPoolMessages({ client, taskQueue: playground.taskQueue });
  const pool = { tenantId: playground.tenant.id, skuId: SKU.VISIOCLIENT };
  const started = performance.now();
  await inLanes(WAIT_LIST, (n) =>
    pools.tell(pool, { kind: 'ask', ask: ask(`license-request/bench-${String(n)}`, n) }, DEFAULT_PACE),
  );
  const workflowId = seatPoolWorkflowId(pool.tenantId, pool.skuId);
  await until(
    'everybody to wait',
    () => client.workflow.getHandle(workflowId).query(seatPoolView, 0),
    ({ waiting }) => waiting === WAIT_LIST,
    PATIENCE_MS,
  );
  const perSecond = (WAIT_LIST * 1_000) / (performance.now() - started);
  let [events, runs] = [0, 0];
  for await (const { historyLength } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
    events = Math.max(events, historyLength);
    runs++;
  }
  return { perSecond, events, runs };
}

/** The books alone: bytes of memory and of carried state for each lease that waits, and milliseconds for one decision. */
function books() {
  const rules = { ...DEFAULT_PACE.seats, writeMs: DEFAULT_PACE.write.startToCloseMs };
  const empty = heapUsed();
  const ledger = new SeatLedger(rules);
  const started = performance.now();
  for (let n = 0; n < WAIT_LIST; n++)
    ledger.ask(ask(`license-request/lr-20260301-${String(n).padStart(6, '0')}`, n), n);
  const asked = performance.now() - started;
  const memory = (heapUsed() - empty) / WAIT_LIST;
  const carried = Buffer.byteLength(JSON.stringify(ledger.state(Date.now())));
  const deciding = performance.now();
  for (let n = 0; n < 100; n++) ledger.counted({ assignable: n, consumed: 0, askedAt: WAIT_LIST + n }, WAIT_LIST + n);
  return { asked: asked / WAIT_LIST, memory, carried, decision: (performance.now() - deciding) / 100 };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const playground = await Playground.open({ pace: { seats: DEFAULT_PACE.seats } });
const { nativeConnection, server } = await testTemporal();
await workflowBundle();
const taskQueue = `bench-${randomUUID()}`;
const worker = await Worker.create({
  connection: nativeConnection,
  namespace: server.namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL('./baseline/echo-workflows.ts', import.meta.url)),
});
const running = worker.run();
try {
  const bare = await baseline(taskQueue);
  const ours = await decisions(playground, taskQueue);
  const list = await waitList(playground);
  const { asked, memory, carried, decision } = books();
  const table = new Table({ head: ['', 'figure', 'ratio'], style: { head: [], border: [], compact: true } });
  const percent = (part: number) => `${((100 * part) / bare).toFixed(0)} %`;
  table.push(
    ['signals answered by the barest workflow, a second', bare.toFixed(0), '100 %'],
    ['asks granted by a pool, a second', ours.toFixed(0), percent(ours)],
    [`asks taken into a wait-list of ${WAIT_LIST}, a second`, list.perSecond.toFixed(0), percent(list.perSecond)],
    ['runs that this took; events of the longest', `${list.runs}; ${list.events}`, ''],
    ['the books alone: one ask, ms', asked.toFixed(3), ''],
    ['the books alone: a count with a decision, ms', decision.toFixed(3), ''],
    ['memory for one waiting lease, bytes', memory.toFixed(0), ''],
    [`handed to the next run with ${WAIT_LIST} waiting, KB`, (carried / 1_024).toFixed(0), ''],
  );
  console.log(`${MESSAGES} messages, ${AT_ONCE} at once\n${table.toString()}`);
} finally {
  worker.shutdown();
  await running;
  await playground.close();
  await stopTestTemporal();
  await stopTestSimulator();
}
