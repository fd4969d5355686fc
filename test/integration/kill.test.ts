import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { LicenseRequest, RequestState, RequestView } from '../../src/contracts/license-request.js';
import { isFinal } from '../../src/contracts/license-request.js';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.js';
import { closable, createLicenseflow, type Licenseflow, type Submitted } from '../../src/client/index.js';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.js';
import { freePort } from '../../src/embedded/free-port.js';
import { pick, seededRandom, type Random } from '../../src/simulator/random.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { FAST_PACE } from '../support/pace.js';
import { actor } from '../support/playground.js';
import { testSimulator } from '../support/simulator.js';
import { temporalExecutable } from '../support/temporal.js';
import { until } from '../support/until.js';
import { answered } from './answered.js';
import { inParallel } from './in-parallel.js';
import { APPROVER, KillableWorker } from './killable-worker.js';
import { testSeed } from './seed.js';
import { testSize } from './size.js';
import type { Holding } from './verdict.js';
import { brokenPromises, directText, holdingOf, holdingsSince } from './verdict.js';

const AT_ONCE = 20;
const WORKER_KILLS = 3;
const NAMESPACE = 'licenseflow-kill';

/** One person's request and how it has to end. */
interface Errand {
  readonly request: LicenseRequest;
  readonly userId: string;
  readonly before: Holding;
  readonly target: string;
  readonly verdict: 'approve' | 'deny';
  readonly end: RequestState;
}

describe('requests while workers and the server are killed', () => {
  it('all come to the one right end, each written exactly once', async function () {
    // Whenever the worker dies, its seat pool waits for the next one, and everybody waits for the pool.
    this.timeout(600_000);
    const count = testSize('requests', 60, 200);
    const random = seededRandom(`kill ${testSeed('test/integration/kill.test.ts')}`);
    const folder = await mkdtemp(path.join(tmpdir(), 'kill-'));
    const simulator = await testSimulator();
    const tenant = await simulator.createTenant({ users: count, options: { quota: 'off', writeMs: 20 } });
    tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 1_000 });
    const temporal = await KillableServer.start(folder);
    const taskQueue = `kill-${randomUUID()}`;
    const worker = new KillableWorker({ folder, temporal, taskQueue, tenantId: tenant.id });
    const connection = await Connection.connect(closable({ address: temporal.address }));
    try {
      await worker.start();
      const licenseflow = createLicenseflow({
        client: new Client({ connection, namespace: NAMESPACE }),
        taskQueue,
        pace: {
          ...FAST_PACE,
          // What a killed worker had in its hands is given to the next one soon.
          read: { ...FAST_PACE.read, startToCloseMs: 4_000 },
          write: { ...FAST_PACE.write, heartbeatMs: 2_000, scheduleToCloseMs: 120_000 },
          again: { ...FAST_PACE.again, deadlineMs: 120_000 },
        },
        answerWithinMs: 20_000,
      });
      const errands = tenant
        .users()
        .slice(-count)
        .map((user) => errandOf(tenant, user.id, random));
      let ended = 0;
      const [views] = await Promise.all([
        inParallel(errands, AT_ONCE, async (errand) => {
          const view = await run(licenseflow, errand);
          ended += 1;
          return view;
        }),
        wreak(momentsBefore(count - AT_ONCE, random), { worker, temporal, random }, (number) =>
          until(
            `${number} requests to end`,
            () => ended,
            (n) => n >= number,
            500_000,
          ),
        ),
      ]);
      for (const death of worker.deaths) console.log(`      a worker ended by itself: ${death.slice(0, 300)}`);
      for (const errand of errands) assertRight(tenant, errand, views.get(errand));
    } finally {
      await worker.stop();
      await connection.close();
      await temporal.stop();
      await rm(folder, { recursive: true });
    }
  });
});

/** A request that fits what the person holds: something more, something else, or something less. */
function errandOf(tenant: Tenant, userId: string, random: Random): Errand {
  const user = tenant.user(userId);
  const before = holdingOf(user);
  const held = new Map(JSON.parse(before.direct) as [string, readonly string[]][]);
  const disabledPlans = pick([[], [PLAN.BI_AZURE_P2]], random);
  const remove = pick([[], [...held.keys()]], random);
  const target = new Map([...held].filter(([skuId]) => !remove.includes(skuId)));
  target.set(SKU.POWER_BI_PRO, disabledPlans);
  const verdict = random() < 0.1 ? 'deny' : 'approve';
  return {
    userId,
    before,
    target: directText(Object.fromEntries(target)),
    verdict,
    end: !user.accountEnabled ? 'refused' : verdict === 'deny' ? 'denied' : 'done',
    request: {
      requestId: `kill-${userId}`,
      requester: userId,
      subject: userId,
      add: [{ sku: SKU.POWER_BI_PRO, disabledPlans }],
      remove,
      losing: remove,
      justification: 'chance',
    },
  };
}

/** Submits and decides like someone who repeats a command that was not answered. */
async function run({ requests }: Licenseflow, { request, verdict }: Errand): Promise<RequestView> {
  const { requestId } = request;
  let submitted: Submitted;
  do submitted = await answered(() => requests.submit(request, actor(request.requester)));
  while (submitted.outcome === 'recorded');
  for (;;) {
    const view = await answered(() => requests.view(requestId));
    if (isFinal(view.state)) return view;
    if (view.state === 'waiting-for-approval') {
      const digest = view.plan?.digest ?? '';
      await answered(() => requests.decide(requestId, { actor: actor(APPROVER), verdict, digest, stage: view.stage }));
    }
    await answered(() => requests.wait(requestId, 20_000));
  }
}

/** Before so many requests have ended, others are still under way. */
function momentsBefore(requests: number, random: Random): readonly number[] {
  return Array.from({ length: WORKER_KILLS }, () => Math.floor(random() * requests)).sort((a, b) => a - b);
}

/** Kills the worker in the middle of the work, at these points of it, and once the server too. */
async function wreak(
  moments: readonly number[],
  { worker, temporal, random }: { worker: KillableWorker; temporal: KillableServer; random: Random },
  untilEnded: (requests: number) => Promise<unknown>,
): Promise<void> {
  const withServer = Math.floor(random() * moments.length);
  for (const [i, moment] of moments.entries()) {
    await untilEnded(moment);
    await pause(random() * 500);
    await worker.kill();
    if (i === withServer) await temporal.kill();
    await worker.start();
  }
}

function assertRight(tenant: Tenant, errand: Errand, view: RequestView | undefined): void {
  assert.ok(view);
  const { userId, before, target, request, end } = errand;
  const who = `${userId}: ${view.timeline.map(({ text }) => text).join(' | ')}`;
  assert.equal(view.state, end, who);
  const since = holdingsSince(tenant, userId, 1);
  assert.deepEqual(brokenPromises({ before, target, since, request, view, losesSeat: false }), [], who);
  assert.equal(tenant.effectiveWrites(userId).length, end === 'done' ? 1 : 0, `effective writes of ${who}`);
}

/** A Temporal server on a file, which can be killed and started on it again. */
class KillableServer {
  readonly namespace = NAMESPACE;
  #children = new ChildProcesses(() => undefined);

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(folder: string): Promise<KillableServer> {
    const server = new KillableServer(folder, await freePort());
    await server.#start();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  #server: DevServer | null = null;

  async #start(): Promise<void> {
    this.#server = await startDevServer(this.#children, {
      executable: await temporalExecutable(),
      namespace: NAMESPACE,
      port: this.port,
      uiPort: null,
      databaseFile: path.join(this.folder, 'temporal.db'),
      searchAttributes: SEARCH_ATTRIBUTES.map(({ name, type }) => ({ name, type })),
      dynamicConfig: { 'frontend.namespaceRPS': 20_000, 'frontend.rps': 20_000 },
    });
  }

  /** Kills it as a power cut would, and starts it again on its file. */
  async kill(): Promise<void> {
    this.#children.kill();
    await this.#server?.ended;
    await this.#children.stop();
    this.#children = new ChildProcesses(() => undefined);
    await this.#start();
  }

  async stop(): Promise<void> {
    await this.#children.stop();
  }
}
