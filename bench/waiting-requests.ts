/**
 * What a request costs while it waits for its approval: resident memory of the worker that keeps it at hand, as the slope
 * between two numbers of requests, and events and bytes of its history.
 *
 * `npm run bench waiting-requests -- --requests 500,1500`
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { licenseRequestWorkflowId } from '../src/contracts/license-request.js';
import { inParallel } from '../test/integration/in-parallel.js';
import { actor } from '../test/support/playground.js';
import { stopTestSimulator } from '../test/support/simulator.js';
import { benchLicenseflow } from './support/campaign-run.js';
import { numbersOf } from './support/options.js';
import { tableOf } from './support/table.js';
import { benchTemporal } from './support/temporal.js';
import { BenchSimulator } from './support/tenant.js';
import { BenchWorkers } from './support/workers.js';

const AT_ONCE = 20;
const KB = 1_024;
const MB = KB * KB;

const { requests: counts } = numbersOf({ requests: [100, 300] });
const most = Math.max(...counts);
const folder = await mkdtemp(path.join(tmpdir(), 'bench-waiting-'));
const simulator = await BenchSimulator.start();
const temporal = await benchTemporal();
const { client } = temporal;

interface Measured {
  readonly requests: number;
  /** Of the worker with so many requests at hand, in bytes. */
  readonly memory: number;
}

async function measure() {
  const taskQueue = temporal.taskQueue();
  const tenant = await simulator.tenant(most, { quota: 'off' });
  const workers = await BenchWorkers.start(1, {
    ...{ folder, temporal: temporal.server, taskQueue, tenantId: tenant.id, graph: simulator.graph },
    env: { LICENSEFLOW_WORKER_CACHED_WORKFLOWS: String(most + 500), LICENSEFLOW_LOG_LEVEL: 'error' },
  });
  try {
    workers.watchMemory();
    const { requests } = benchLicenseflow(client, taskQueue);
    const measured: Measured[] = [];
    const submitted: string[] = [];
    for (const count of [...counts].sort((a, b) => a - b)) {
      const people = tenant.users.slice(submitted.length, count);
      await inParallel(people, AT_ONCE, async (person) => {
        const requestId = `bench-${randomUUID()}`;
        await requests.submit(
          {
            ...{ requestId, requester: person, subject: person, remove: [], justification: 'to wait' },
            add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
          },
          actor(person),
        );
        submitted.push(requestId);
      });
      const [memory] = await workers.memory();
      measured.push({ requests: count, memory: memory?.atEnd ?? Number.NaN });
    }
    const sizes = await inParallel(submitted, AT_ONCE, async (requestId) => {
      const run = await client.workflow.getHandle(licenseRequestWorkflowId(requestId)).describe();
      return { events: run.historyLength, bytes: run.historySize ?? Number.NaN };
    });
    await inParallel(submitted, AT_ONCE, (requestId) =>
      client.workflow.getHandle(licenseRequestWorkflowId(requestId)).terminate('The benchmark is over.'),
    );
    return { measured, sizes: [...sizes.values()] };
  } finally {
    await workers.stop();
  }
}

function report({ measured, sizes }: Awaited<ReturnType<typeof measure>>): string {
  const [first, last] = [measured[0], measured.at(-1)];
  const grown = (last?.memory ?? 0) - (first?.memory ?? 0);
  const added = (last?.requests ?? 0) - (first?.requests ?? 0);
  const mean = (of: (size: (typeof sizes)[number]) => number) =>
    sizes.reduce((sum, size) => sum + of(size), 0) / sizes.length;
  return [
    `Requests that wait for an approval, on ${temporal.name}`,
    tableOf(
      ['requests at hand', 'resident memory of the worker, MB'],
      measured.map(({ requests, memory }) => [requests, (memory / MB).toFixed(0)]),
    ),
    tableOf(
      ['for each more request', ''],
      [
        ['memory, KB', added === 0 ? 'needs two numbers of requests' : (grown / added / KB).toFixed(1)],
        ['events of its history', mean(({ events }) => events).toFixed(1)],
        ['history, KB', (mean(({ bytes }) => bytes) / KB).toFixed(1)],
      ],
    ),
  ].join('\n');
}

try {
  console.log(report(await measure()));
} finally {
  await temporal.close();
  await simulator.stop();
  await stopTestSimulator();
  await rm(folder, { recursive: true });
}
