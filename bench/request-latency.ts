/**
 * How long a person waits for licenseflow, as a ratio to the least that the same Temporal server can do in the same run:
 * a workflow with one Update (Update-with-Start) and one activity that makes one HTTPS call.
 *
 * Run with `npm run bench request-latency`.
 */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import Table from 'cli-table3';
import { SKU } from '../src/simulator/seed/sku-ids.js';
import { PEOPLE } from '../src/simulator/seed/people.js';
import { actor, Playground } from '../test/support/playground.js';
import { stageOf } from '../test/support/policy.js';
import { stopTestSimulator, testSimulator } from '../test/support/simulator.js';
import { stopTestTemporal, testTemporal } from '../test/support/temporal.js';
import { createNoopActivities } from './baseline/noop-activities.js';
import { ask, type noop } from './baseline/noop-workflow.js';

const SAMPLES = 60;
const WARM_UP = 5;
const APPROVER = PEOPLE.johanna.userPrincipalName;

/** Milliseconds of each named step of one sample. */
type Steps = Readonly<Record<string, number>>;

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now();
  const value = await work();
  return { ms: performance.now() - from, value };
}

/** So many samples, `atOnce` of them at a time, after some that do not count. */
async function sample(atOnce: number, one: () => Promise<Steps>): Promise<readonly Steps[]> {
  for (let i = 0; i < WARM_UP; i++) await one();
  const samples: Steps[] = [];
  let left = SAMPLES;
  const lane = async (): Promise<void> => {
    while (left-- > 0) samples.push(await one());
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return samples;
}

function quantile(samples: readonly Steps[], step: string, q: number): number {
  const sorted = samples.map((steps) => steps[step] ?? Number.NaN).sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

async function startBaseline(): Promise<{ one: () => Promise<Steps>; stop: () => Promise<void> }> {
  const { client, nativeConnection, server } = await testTemporal();
  const { graphUrl } = await testSimulator();
  const taskQueue = `bench-${randomUUID()}`;
  const worker = await Worker.create({
    connection: nativeConnection,
    namespace: server.namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./baseline/noop-workflow.ts', import.meta.url)),
    activities: createNoopActivities(graphUrl),
  });
  const run = worker.run();
  return {
    async one() {
      const startWorkflowOperation = new WithStartWorkflowOperation<typeof noop>('noop', {
        workflowId: `noop/${randomUUID()}`,
        taskQueue,
        workflowIdConflictPolicy: 'FAIL',
      });
      const { ms } = await timed(() => client.workflow.executeUpdateWithStart(ask, { startWorkflowOperation }));
      return { baseline: ms };
    },
    async stop() {
      worker.shutdown();
      await run;
    },
  };
}

/** One request of somebody new: to the answer "waiting for approval", and from the approval to the assigned licence. */
function request(playground: Playground): () => Promise<Steps> {
  let n = 0;
  return async () => {
    const userPrincipalName = `bench${n++}-${randomUUID()}@contoso.com`;
    const { id } = playground.tenant.createUser({ userPrincipalName, displayName: 'Bench', usageLocation: 'DE' });
    const submitted = await timed(() =>
      playground.submitted({ requester: id, subject: id, add: [{ sku: SKU.FLOW_FREE, disabledPlans: [] }] }),
    );
    const requestId = submitted.value;
    const { requests } = playground.licenseflow;
    const { plan } = await requests.view(requestId);
    const digest = plan?.digest ?? '';
    const decided = await timed(() =>
      requests.decide(requestId, { actor: actor(APPROVER), verdict: 'approve', digest, stage: 0 }),
    );
    const ended = await timed(() => requests.wait(requestId, 30_000));
    if (ended.value.state !== 'done') throw new Error(`A request of the benchmark is ${ended.value.state}.`);
    return {
      'submit to waiting': submitted.ms,
      'approve to answer': decided.ms,
      'approve to done': decided.ms + ended.ms,
    };
  };
}

const STEPS = ['baseline', 'submit to waiting', 'approve to answer', 'approve to done'] as const;

const playground = await Playground.open({
  stages: [stageOf('it', [{ users: [APPROVER] }])],
});
const baseline = await startBaseline();
try {
  const table = new Table({
    head: ['at once', 'step', 'median ms', '90 % ms', 'ratio'],
    style: { head: [], border: [], compact: true },
  });
  for (const atOnce of [1, 10]) {
    const bare = await sample(atOnce, baseline.one);
    const ours = await sample(atOnce, request(playground));
    for (const step of STEPS) {
      const samples = step === 'baseline' ? bare : ours;
      const median = quantile(samples, step, 0.5);
      const ratio = median / quantile(bare, 'baseline', 0.5);
      table.push([atOnce, step, median.toFixed(1), quantile(samples, step, 0.9).toFixed(1), ratio.toFixed(2)]);
    }
  }
  console.log(`${SAMPLES} samples a row\n${table.toString()}`);
} finally {
  await baseline.stop();
  await playground.close();
  await stopTestTemporal();
  await stopTestSimulator();
}
