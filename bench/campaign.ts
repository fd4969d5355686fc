/**
 * What the engine of campaigns costs: users a second with quota and latency off, as a ratio to a bare script that makes
 * the same three calls per user in the same run, and to Temporal alone, with one worker process and with two; Temporal
 * Actions and bytes of history per user; memory of the workers.
 *
 * `npm run bench campaign -- --users 5000,50000 --workers 1,2 --at-once 40 --cached 500`
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopTestSimulator } from '../test/support/simulator.js';
import { activitiesThatDoNothing } from './baseline/temporal-alone.js';
import { threeCallsPerUser } from './baseline/three-calls.js';
import { benchCampaign, benchLicenseflow, endCampaign, poolsOf, runCampaign } from './support/campaign-run.js';
import type { Footprint } from './support/footprint.js';
import { footprintOf } from './support/footprint.js';
import { numbersOf } from './support/options.js';
import { tableOf } from './support/table.js';
import { benchTemporal } from './support/temporal.js';
import { BenchSimulator } from './support/tenant.js';
import { BenchWorkers } from './support/workers.js';

const WARM_UP_USERS = 200;
/** What is compared with has a steady speed, so that more users would only take longer. */
const BASELINE_USERS_MAX = 5_000;
const WORKFLOW_TASKS = 40;
const MB = 1_024 * 1_024;

const options = numbersOf({ users: [1_000], workers: [1, 2], 'at-once': [40], cached: [500] });
const [atOnce = 40] = options['at-once'];
const [cached = 500] = options.cached;
const folder = await mkdtemp(path.join(tmpdir(), 'bench-campaign-'));
const simulator = await BenchSimulator.start();
const temporal = await benchTemporal();
const { client } = temporal;

/** Users a second of Temporal alone, with an activity for each that does nothing. */
async function temporalAlone(users: number): Promise<number> {
  const { server, nativeConnection } = temporal;
  const alone = { client, connection: nativeConnection, namespace: server.namespace, atOnce };
  await activitiesThatDoNothing({ ...alone, taskQueue: `alone-${randomUUID()}`, users: WARM_UP_USERS });
  return (users * 1_000) / (await activitiesThatDoNothing({ ...alone, taskQueue: `alone-${randomUUID()}`, users }));
}

/** Users a second of the bare script. */
async function bareScript(users: number): Promise<number> {
  const tenant = await simulator.tenant(users + WARM_UP_USERS, { quota: 'off' });
  const script = { ...simulator.graph, token: await simulator.token(tenant.id), atOnce };
  // The first calls pay for compilation and connections on both sides.
  await threeCallsPerUser({ ...script, users: tenant.users.slice(users) });
  return (users * 1_000) / (await threeCallsPerUser({ ...script, users: tenant.users.slice(0, users) }));
}

/** Users a second. */
interface Baseline {
  readonly bare: number;
  readonly alone: number;
}

interface Measured {
  readonly users: number;
  readonly workers: number;
  readonly plannedPerSecond: number;
  readonly perSecond: number;
  readonly baseline: Baseline;
  readonly footprint: Footprint;
  readonly callsPerUser: number;
  readonly memory: readonly { readonly atStart: number; readonly atEnd: number; readonly highest: number }[];
}

async function measure(users: number, count: number, baseline: Baseline): Promise<Measured> {
  const taskQueue = temporal.taskQueue();
  const tenant = await simulator.tenant(users + WARM_UP_USERS, { quota: 'off' });
  const workers = await BenchWorkers.start(count, {
    ...{ folder, temporal: temporal.server, taskQueue, tenantId: tenant.id, graph: simulator.graph },
    program: path.resolve(import.meta.dirname, 'programs/unpaced-worker.ts'),
    env: {
      BENCH_IN_FLIGHT: String(Math.ceil(atOnce / count)),
      LICENSEFLOW_WORKER_WRITES_PER_SECOND: '1000',
      LICENSEFLOW_WORKER_CACHED_WORKFLOWS: String(cached),
      LICENSEFLOW_WORKER_WORKFLOW_TASKS: String(Math.min(WORKFLOW_TASKS, cached)),
      LICENSEFLOW_LOG_LEVEL: 'error',
    },
  });
  try {
    const licenseflow = benchLicenseflow(client, taskQueue);
    const warmUp = benchCampaign(tenant.users.slice(users), atOnce);
    await runCampaign(licenseflow, warmUp);
    const before = await simulator.control.run(tenant.id, 'summary');
    const campaign = benchCampaign(tenant.users.slice(0, users), atOnce);
    workers.watchMemory();
    const { view, planMs, runMs } = await runCampaign(licenseflow, campaign);
    const memory = await workers.memory();
    const after = await simulator.control.run(tenant.id, 'summary');
    const pools = await poolsOf(client, tenant.id);
    const made = { campaignId: campaign.campaignId, pages: view.pages.sealed, pools };
    const footprint = await footprintOf(client, made);
    await endCampaign(client, made);
    await endCampaign(client, { campaignId: warmUp.campaignId, pages: 1, pools: [] });
    return {
      ...{ users, workers: count, baseline, footprint, memory },
      plannedPerSecond: (users * 1_000) / planMs,
      perSecond: (users * 1_000) / runMs,
      callsPerUser: (after.calls - before.calls) / users,
    };
  } finally {
    await workers.stop();
  }
}

function report(measured: readonly Measured[]): string {
  const speed = measured.map(({ users, workers, plannedPerSecond, perSecond, baseline, callsPerUser }) => [
    ...[users, workers, plannedPerSecond.toFixed(0), perSecond.toFixed(1)],
    ...[baseline.bare.toFixed(1), (perSecond / baseline.bare).toFixed(2)],
    ...[baseline.alone.toFixed(1), (perSecond / baseline.alone).toFixed(2), callsPerUser.toFixed(2)],
  ]);
  const costs = measured.map(({ users, workers, footprint }) => [
    ...[users, workers, (actionsOf(footprint) / users).toFixed(3), (footprint.events / users).toFixed(2)],
    ...[(footprint.bytes / users).toFixed(0), footprint.runs, footprint.longest],
  ]);
  const memory = measured.flatMap(({ users, workers, memory: each }) =>
    each.map(({ atStart, atEnd, highest }, i) => [
      ...[users, `${i + 1} of ${workers}`, (atStart / MB).toFixed(0), (atEnd / MB).toFixed(0)],
      (highest / MB).toFixed(0),
    ]),
  );
  const kinds = [...new Set(measured.flatMap(({ footprint }) => Object.keys(footprint.actions)))];
  const actions = kinds.map((kind) => [
    kind,
    ...measured.map(({ users, footprint }) => ((footprint.actions[kind] ?? 0) / users).toFixed(4)),
  ]);
  return [
    `Campaigns on ${temporal.name}, ${atOnce} writes at once, no quota and no latency; ${cached} workflows in a worker's memory`,
    tableOf(
      ['users', 'workers', 'planned/s', 'users/s', 'bare/s', 'ratio', 'Temporal alone/s', 'ratio', 'calls per user'],
      speed,
    ),
    'Temporal, per user (campaign, pages and seat pools; queries and heartbeats leave no trace in a history)',
    tableOf(['users', 'workers', 'Actions', 'events', 'bytes', 'runs', 'events of the longest run'], costs),
    'Actions per user by kind',
    tableOf(['', ...measured.map(({ users, workers }) => `${users} users, ${workers} workers`)], actions),
    'Resident memory of the worker processes, MB',
    tableOf(['users', 'worker', 'at the start', 'at the end', 'highest'], memory),
  ].join('\n');
}

function actionsOf({ actions }: Footprint): number {
  return Object.values(actions).reduce((sum, count) => sum + count, 0);
}

try {
  const measured: Measured[] = [];
  for (const users of options.users)
    for (const workers of options.workers) {
      const few = Math.min(users, BASELINE_USERS_MAX);
      const baseline = { bare: await bareScript(few), alone: await temporalAlone(few) };
      measured.push(await measure(users, workers, baseline));
    }
  console.log(report(measured));
} finally {
  await temporal.close();
  await simulator.stop();
  await stopTestSimulator();
  await rm(folder, { recursive: true });
}
