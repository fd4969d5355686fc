/**
 * How much of the documented write quota a campaign uses, by one worker and by two that divide the share, as ratio to the
 * configured share of 3,000 writes in 150 s; how many writes were refused for want of quota; and how long a person waits
 * whose request is approved in the middle.
 *
 * `npm run bench campaign-quota -- --users 6000 --shares 1,0.5 --workers 1,2`, on a dev server, or on the server that
 * TEMPORAL_ADDRESS names: `bench/temporal-on-postgres.sh npm run bench campaign-quota`.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Licenseflow } from '../src/client/index.js';
import { GRAPH_WRITE_QUOTA } from '../src/graph/write-bucket.js';
import { GUARD_HEADROOM } from '../src/worker/write-guard.js';
import { APPROVER } from '../test/integration/killable-worker.js';
import { untilCampaign } from '../test/support/campaigns.js';
import { actor } from '../test/support/playground.js';
import { stopTestSimulator } from '../test/support/simulator.js';
import { benchCampaign, benchLicenseflow, endCampaign, poolsOf, runCampaign } from './support/campaign-run.js';
import { numbersOf } from './support/options.js';
import { tableOf } from './support/table.js';
import { benchTemporal } from './support/temporal.js';
import type { BenchTenant } from './support/tenant.js';
import { BenchSimulator } from './support/tenant.js';
import { BenchWorkers } from './support/workers.js';

const PATIENCE_MS = 60 * 60_000;
const QUOTA_PER_SECOND = (GRAPH_WRITE_QUOTA.writes * 1_000) / GRAPH_WRITE_QUOTA.windowMs;
/** Scheduled at a time: 1.25 times what the quota lets through while one write takes its time, and some more. */
const CONCURRENCY = 40;

const options = numbersOf({ users: [600], shares: [1, 0.5], workers: [1, 2] });
const [users = 600] = options.users;
const folder = await mkdtemp(path.join(tmpdir(), 'bench-quota-'));
const simulator = await BenchSimulator.start();
const temporal = await benchTemporal();
const { client } = temporal;

interface Measured {
  readonly share: number;
  readonly workers: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Part of the configured share, from the first write to the last. */
  readonly used: number;
  readonly refusedWrites: number;
  readonly refusedReads: number;
  /** Of a person, in milliseconds. */
  readonly approvedToDone: number;
}

async function measure(share: number, count: number): Promise<Measured> {
  const taskQueue = temporal.taskQueue();
  const tenant = await simulator.tenant(users, { quota: 'enforced', writeMs: 100 });
  const workers = await BenchWorkers.start(count, {
    ...{ folder, temporal: temporal.server, taskQueue, tenantId: tenant.id, graph: simulator.graph },
    env: {
      LICENSEFLOW_GRAPH_WRITE_SHARE: String(share / count),
      // The server's guard over all workers, as docs/operations.md advises.
      LICENSEFLOW_WORKER_WRITES_PER_SECOND: String(QUOTA_PER_SECOND * share * GUARD_HEADROOM),
      LICENSEFLOW_LOG_LEVEL: 'error',
    },
  });
  try {
    const licenseflow = benchLicenseflow(client, taskQueue);
    const campaign = benchCampaign(tenant.users, CONCURRENCY);
    let approvedToDone = Number.NaN;
    const { view } = await runCampaign(licenseflow, campaign, {
      async meanwhile(campaignId) {
        await untilCampaign(licenseflow, campaignId, ({ users: { done = 0 } }) => done >= users / 2, PATIENCE_MS);
        approvedToDone = await oneRequest(licenseflow, tenant);
      },
    });
    const made = { campaignId: campaign.campaignId, pages: view.pages.sealed, pools: await poolsOf(client, tenant.id) };
    await endCampaign(client, made);
    return { share, workers: count, approvedToDone, ...(await usedOf(tenant, share)) };
  } finally {
    await workers.stop();
  }
}

/** What the simulator saw of the writes. */
async function usedOf(tenant: BenchTenant, share: number) {
  const posts = await tenant.control.run(tenant.id, 'calls', { method: 'POST' });
  const writes = posts.filter(({ path: called }) => called.endsWith('/assignLicense'));
  const reads = await tenant.control.run(tenant.id, 'calls', { method: 'GET' });
  const effective = writes.filter(({ effective: isEffective }) => isEffective);
  const times = effective.map(({ at }) => at).sort((a, b) => a - b);
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  const perSecond = (effective.length - 1) / seconds;
  const refused = (calls: readonly { readonly status: number | null }[]) =>
    calls.filter(({ status }) => status === 429).length;
  return {
    ...{ seconds, perSecond, used: perSecond / (QUOTA_PER_SECOND * share) },
    ...{ refusedWrites: refused(writes), refusedReads: refused(reads) },
  };
}

/** Somebody asks for a licence, and it is approved: milliseconds from there until it is assigned. */
async function oneRequest({ requests }: Licenseflow, { bystander }: BenchTenant): Promise<number> {
  const requestId = `bench-${randomUUID()}`;
  await requests.submit(
    {
      ...{ requestId, requester: bystander, subject: bystander, remove: [], justification: 'in the middle' },
      add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
    },
    actor(bystander),
  );
  const { plan, stage } = await requests.view(requestId);
  const approved = performance.now();
  await requests.decide(requestId, { actor: actor(APPROVER), verdict: 'approve', digest: plan?.digest ?? '', stage });
  const { state } = await requests.wait(requestId, PATIENCE_MS);
  if (state !== 'done') throw new Error(`The request in the middle is ${state}.`);
  return performance.now() - approved;
}

function report(measured: readonly Measured[]): string {
  const rows = measured.map((row) => [
    ...[row.share, row.workers, row.seconds.toFixed(0), row.perSecond.toFixed(2), `${(row.used * 100).toFixed(1)} %`],
    ...[row.refusedWrites, row.refusedReads, (row.approvedToDone / 1_000).toFixed(2)],
  ]);
  return [
    `${users} swaps on ${temporal.name}; the simulator takes ${GRAPH_WRITE_QUOTA.writes} writes in ` +
      `${GRAPH_WRITE_QUOTA.windowMs / 1_000} s, as documented, and 100 ms for each`,
    tableOf(
      [
        ...['share', 'workers', 'seconds', 'writes/s', 'used of the share', 'writes refused (429)'],
        ...['reads refused (429)', 'a person: approved to done, s'],
      ],
      rows,
    ),
  ].join('\n');
}

try {
  const measured: Measured[] = [];
  for (const share of options.shares)
    for (const workers of options.workers) measured.push(await measure(share, workers));
  console.log(report(measured));
} finally {
  await temporal.close();
  await simulator.stop();
  await stopTestSimulator();
  await rm(folder, { recursive: true });
}
