/**
 * How fast a campaign plans its users: page after page through the activity of the worker, over HTTPS against the simulator
 * with the documented read quota. Beside it, how much of that is the planning itself, without any call.
 *
 * Run with `npm run bench campaign-plan`, with fewer users by `BENCH_USERS=5000`.
 */
import { performance } from 'node:perf_hooks';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import Table from 'cli-table3';
import { createCampaignPlanActivities } from '../src/activities/campaign-plan.js';
import type { PlanUsersInput, PlanUsersResult } from '../src/contracts/campaign-reads.js';
import { DEFAULT_CAMPAIGN_PACE } from '../src/contracts/campaign.js';
import type { GraphGateway, UserLicenses } from '../src/graph/gateway.js';
import { dependencies } from '../test/activities/campaign-support.js';
import { Playground } from '../test/support/playground.js';
import { stopTestSimulator } from '../test/support/simulator.js';
import { stopTestTemporal } from '../test/support/temporal.js';

const USERS = Number(process.env['BENCH_USERS'] ?? 50_000);
const { pageRows, planPages } = DEFAULT_CAMPAIGN_PACE;
const WISHES = [
  {
    add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [], keepPlans: true }],
    remove: ['ENTERPRISEPACK'],
    losing: ['copilot-chat-protection', 'lighthouse-customer', 'nucleus', 'teams-avatars', 'teams-immersive'],
  },
];

interface Run {
  readonly seconds: number;
  /** Of this process, simulator included where it was called. */
  readonly cpuMs: number;
  readonly users: number;
  readonly signatures: ReadonlySet<string>;
  readonly outcomes: ReadonlyMap<string, number>;
  /** Pages that were planned again, because Graph asked for a pause or did not answer. */
  readonly again: number;
}

/** All pages, some at a time, each tried again as a workflow would. */
async function planned(graph: GraphGateway, users: readonly string[]): Promise<Run> {
  const activities = createCampaignPlanActivities(dependencies(graph));
  const signatures = new Set<string>();
  const outcomes = new Map<string, number>();
  let [done, again] = [0, 0];
  const rest = Array.from({ length: Math.ceil(users.length / pageRows) }, (_, i) =>
    users.slice(i * pageRows, (i + 1) * pageRows),
  ).values();
  const page = async (refs: readonly string[]): Promise<void> => {
    const input: PlanUsersInput = { wishes: WISHES, users: refs.map((user) => ({ user, wish: 0 })) };
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    try {
      const result = await environment.run<
        [PlanUsersInput],
        PlanUsersResult,
        (input: PlanUsersInput) => Promise<PlanUsersResult>
      >((wanted: PlanUsersInput) => activities.planCampaignUsers(wanted), input);
      for (const { sig } of result.users) {
        const { key, outcome } = result.signatures[sig] ?? { key: '', outcome: 'blocked' };
        signatures.add(key);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      done += result.users.length;
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
      again++;
      await new Promise((resolve) => setTimeout(resolve, Number(error.nextRetryDelay ?? 1_000)));
      await page(refs);
    }
  };
  const from = performance.now();
  const cpu = process.cpuUsage();
  const lane = async (): Promise<void> => {
    for (const refs of rest) await page(refs);
  };
  await Promise.all(Array.from({ length: planPages }, lane));
  const { user, system } = process.cpuUsage(cpu);
  return {
    seconds: (performance.now() - from) / 1_000,
    cpuMs: (user + system) / 1_000,
    users: done,
    signatures,
    outcomes,
    again,
  };
}

/** The same answers from memory: what is left is the planning. */
async function remembered(graph: GraphGateway, users: readonly string[]): Promise<GraphGateway> {
  const subscribed = await graph.subscribedSkus();
  const known = new Map<string, UserLicenses>();
  for await (const page of graph.listUsers(null)) for (const user of page) known.set(user.id, user);
  if (users.some((id) => !known.has(id))) throw new Error('The tenant does not list all of its users.');
  return {
    ...graph,
    subscribedSkus: () => Promise.resolve(subscribed),
    group: (id) => Promise.resolve({ id, displayName: id, dynamic: false, synced: false }),
    usersLicenses: (ids) => Promise.resolve(ids.flatMap((id) => known.get(id) ?? [])),
  };
}

function rowOf(what: string, { seconds, cpuMs, users, again, signatures, outcomes }: Run): string[] {
  const perUser = (cpuMs / users).toFixed(2);
  const counts = ['ready', 'already', 'blocked'].map((outcome) => String(outcomes.get(outcome) ?? 0)).join(' / ');
  return [
    what,
    seconds.toFixed(1),
    (users / seconds).toFixed(0),
    perUser,
    counts,
    String(signatures.size),
    String(again),
  ];
}

const playground = await Playground.open({
  idle: true,
  timeoutMs: 30_000,
  tenant: { users: USERS, options: { quota: 'enforced' } },
});
const graph = await playground.gateway();
const users = playground.tenant.users().map(({ id }) => id);
const memory = await remembered(graph, users);

await planned(graph, users.slice(0, 2 * pageRows));
const table = new Table({
  style: { head: [], border: [] },
  head: ['planned', 's', 'users/s', 'CPU ms/user', 'ready / already / blocked', 'signatures', 'tried again'],
  colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
});
table.push(rowOf('without any call', await planned(memory, users)));
table.push(rowOf('with the documented read quota', await planned(graph, users)));
process.stdout.write(
  `${users.length} users in pages of ${pageRows}, ${planPages} pages at a time\n${table.toString()}\n`,
);
await stopTestSimulator();
await stopTestTemporal();
