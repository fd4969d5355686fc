import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { createLicenseflow, type Licenseflow } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/config-schema.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { writeQueueOf } from '../../src/contracts/task-queues.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { createLog } from '../../src/worker/log.js';
import { runWorker } from '../../src/worker/worker.js';
import { runTogether } from '../../src/worker/workers.js';
import { FAST_PACE } from '../support/pace.js';
import { testSimulator } from '../support/simulator.js';
import { testTemporal, workflowBundle } from '../support/temporal.js';
import { until } from '../support/until.js';

const { TaskQueueType, PendingActivityState } = proto.temporal.api.enums.v1;
const ROOT = path.resolve(import.meta.dirname, '../..');
const POLICY = 'version: 1\nassertedDecisions: allow\nskus:\n  FLOW_FREE: { stages: [] }\n';

describe('worker', () => {
  let folder: string;
  let tenant: Tenant;
  let taskQueue: string;
  let licenseflow: Licenseflow;
  let env: Record<string, string>;
  const workers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'worker-'));
    await writeFile(path.join(folder, 'policy.yaml'), POLICY);
    const simulator = await testSimulator();
    const { client, server } = await testTemporal();
    tenant = await simulator.createTenant({ options: { quota: 'off' } });
    taskQueue = `worker-${randomUUID()}`;
    licenseflow = createLicenseflow({ client, taskQueue, pace: FAST_PACE, answerWithinMs: 20_000 });
    env = {
      LICENSEFLOW_TEMPORAL_ADDRESS: server.address,
      LICENSEFLOW_TEMPORAL_NAMESPACE: server.namespace,
      LICENSEFLOW_TEMPORAL_TASK_QUEUE: taskQueue,
      LICENSEFLOW_GRAPH_TENANT_ID: tenant.id,
      LICENSEFLOW_GRAPH_URL: simulator.graphUrl,
      LICENSEFLOW_GRAPH_AUTHORITY_HOST: simulator.authorityHost,
      LICENSEFLOW_GRAPH_CLIENT_ID: SEED_APPLICATION.appId,
      LICENSEFLOW_GRAPH_CLIENT_SECRET: SEED_APPLICATION.secrets[0],
      LICENSEFLOW_POLICY_FILE: path.join(folder, 'policy.yaml'),
      LICENSEFLOW_WORKER_SHUTDOWN_GRACE: '20 s',
    };
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((stop) => stop()));
    await rm(folder, { recursive: true });
  });

  const config = (more: Record<string, string> = {}): Promise<Config> =>
    loadConfig({ env: { ...env, ...more }, workingFolder: folder });

  /** A worker in this process, once it polls. */
  async function started(more: Record<string, string> = {}) {
    const lines: Record<string, unknown>[] = [];
    const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
    const { server } = await testTemporal();
    const stop = new AbortController();
    let onReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (onReady = resolve));
    const ended = runWorker({
      config: await config(more),
      connectionSettings: { connectionOptions: { address: server.address }, namespace: server.namespace },
      log,
      signal: stop.signal,
      onReady,
      workflowCode: { workflowBundle: await workflowBundle() },
    });
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    workers.push(end);
    await Promise.race([ready, ended]);
    return { lines, stop: end };
  }

  async function submitted(): Promise<string> {
    const requestId = `w-${randomUUID()}`;
    const { userPrincipalName } = PEOPLE.adele;
    const answer = await licenseflow.requests.submit(
      {
        requestId,
        requester: userPrincipalName,
        subject: userPrincipalName,
        add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
        remove: [],
        justification: 'test',
      },
      { ref: userPrincipalName, assurance: 'asserted' },
    );
    assert.equal(answer.outcome, 'accepted', JSON.stringify(answer));
    return requestId;
  }

  const held = (): boolean => tenant.user(PEOPLE.adele.id).licensePaths.some(({ skuId }) => skuId === SKU.FLOW_FREE);

  it('serves both queues, by the policy file, and ends in order', async () => {
    const worker = await started();
    const requestId = await submitted();
    assert.equal((await licenseflow.requests.wait(requestId, 30_000)).state, 'done');
    assert.ok(held());
    await worker.stop();
    const said = worker.lines.map(({ msg }) => msg);
    assert.ok(said.includes('Signed in to Microsoft Graph.'), said.join('\n'));
    assert.ok(said.includes('The policy file is in order.'), said.join('\n'));
  });

  it('gives Temporal the guard for its write queue', async () => {
    await started({ LICENSEFLOW_WORKER_WRITES_PER_SECOND: '7' });
    const { connection, server } = await testTemporal();
    const rate = await until(
      'a poll of the write queue',
      async () => {
        const { pollers } = await connection.workflowService.describeTaskQueue({
          namespace: server.namespace,
          taskQueue: { name: writeQueueOf(taskQueue) },
          taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        });
        return pollers[0]?.ratePerSecond ?? null;
      },
      (seen) => seen !== null,
    );
    assert.equal(rate, 7);
  });

  it('lets a write in flight finish before it ends, and nobody writes it twice', async () => {
    tenant.addFault({
      match: { method: 'POST', path: '/users/*/assignLicense' },
      fault: { kind: 'delay', ms: 1_500, when: 'before-commit' },
      times: 1,
    });
    const worker = await started();
    const requestId = await submitted();
    const { client } = await testTemporal();
    const handle = client.workflow.getHandle(licenseRequestWorkflowId(requestId));
    await until(
      'the write to start',
      async () =>
        (await handle.describe()).raw.pendingActivities?.map(({ activityType, state }) => [activityType?.name, state]),
      (seen) =>
        seen?.some(
          ([name, state]) => name === 'writeLicenses' && state === PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
        ) === true,
    );
    await worker.stop();
    assert.ok(held(), 'the worker ended before its write');
    const next = await started();
    assert.equal((await licenseflow.requests.wait(requestId, 30_000)).state, 'done');
    await next.stop();
    assert.equal(tenant.calls({ method: 'POST' }).filter(({ path }) => path.endsWith('/assignLicense')).length, 1);
  });

  it('goes on where the sign-in fails, and says why, what to do, and no secret', async () => {
    const secret = 'not-the-secret-of-this-application';
    const worker = await started({ LICENSEFLOW_GRAPH_CLIENT_SECRET: secret });
    const line = await until(
      'the log of the sign-in',
      () => worker.lines.find(({ code }) => code !== undefined) ?? null,
      (seen) => seen !== null,
    );
    await worker.stop();
    assert.equal(line?.['code'], 'UNAUTHENTICATED');
    assert.match(String(line?.['msg']), /could not sign in.*Check tenant id, client id and the secret/);
    assert.ok(!JSON.stringify(worker.lines).includes(secret));
  });

  it('goes on where the policy is wrong, and says so with its line', async () => {
    await writeFile(path.join(folder, 'policy.yaml'), 'version: 1\nskus: []\n');
    const worker = await started();
    await worker.stop();
    const line = worker.lines.find(({ level }) => level === 'error');
    assert.match(String(line?.['msg']), /line 2, column 7, skus: must be a section.*\n.*no restart is needed/);
  });

  it('that cannot start names the address, or the namespace', async () => {
    const options = { config: await config(), log: createLog('fatal'), signal: new AbortController().signal };
    const nowhere = { connectionOptions: { address: '127.0.0.1:1' }, namespace: 'n' };
    await assert.rejects(
      runWorker({ ...options, connectionSettings: nowhere }),
      /Temporal does not answer at 127\.0\.0\.1:1/,
    );
    const { server } = await testTemporal();
    const wrong = { connectionOptions: { address: server.address }, namespace: 'nobody' };
    const workflowCode = { workflowBundle: await workflowBundle() };
    await assert.rejects(
      runWorker({ ...options, connectionSettings: wrong, workflowCode }),
      /has no namespace "nobody"\. Create it/,
    );
  });

  it('that fails ends the other one, and its error is the one that is told', async () => {
    const { nativeConnection: connection, server } = await testTemporal();
    const real = await Worker.create({
      connection,
      namespace: server.namespace,
      taskQueue,
      activities: { look: () => Promise.resolve() },
    });
    let fail = (_: Error): void => undefined;
    const run = new Promise<void>((_, reject) => (fail = reject));
    const failing = { run: () => run, getState: () => 'FAILED' as const, shutdown: () => undefined };
    const running = runTogether([real, failing], new AbortController().signal, () => fail(new Error('lost its task')));
    await assert.rejects(running, /lost its task/);
    assert.equal(real.getState(), 'STOPPED');
  });

  it('that is told to end before it began is never ready', async () => {
    const { nativeConnection: connection, server } = await testTemporal();
    const activities = { look: () => Promise.resolve() };
    const real = await Worker.create({ connection, namespace: server.namespace, taskQueue, activities });
    await runTogether([real], AbortSignal.abort(), () => assert.fail('ready'));
    assert.equal(real.getState(), 'STOPPED');
  });

  describe('process', () => {
    function start() {
      const program = path.join(import.meta.dirname, 'programs/worker-process.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', program], {
        cwd: ROOT,
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const log: string[] = [];
      createInterface(child.stderr).on('line', (line) => log.push(line));
      const closed = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal, log }));
      const ready = once(createInterface(child.stdout), 'line').then(
        ([line]: unknown[]) => JSON.parse(String(line)) as unknown,
      );
      const failed = closed.then(() => Promise.reject(new Error(log.join('\n'))));
      failed.catch(() => undefined);
      return { child, closed, ready: Promise.race([ready, failed]) };
    }

    it('says in one line when it polls, and ends with 0 when asked', async () => {
      const { child, closed, ready } = start();
      const { LICENSEFLOW_TEMPORAL_NAMESPACE: namespace } = env;
      assert.deepEqual(await ready, { ready: true, taskQueue, namespace, pid: child.pid });
      child.kill('SIGTERM');
      const { code, log } = await closed;
      assert.equal(code, 0, log.join('\n'));
      for (const line of log) assert.doesNotThrow(() => JSON.parse(line), `not JSON: ${line}`);
      assert.ok(log.at(-1)?.includes('has ended in order'), log.join('\n'));
    });

    it('ends when its parent is gone', async () => {
      const { child, closed, ready } = start();
      await ready;
      child.stdin.end();
      assert.equal((await closed).code, 0);
    });

    it('that cannot reach Temporal ends with 1 and says why', async () => {
      env['LICENSEFLOW_TEMPORAL_ADDRESS'] = '127.0.0.1:1';
      const { closed, ready } = start();
      ready.catch(() => undefined);
      const { code, log } = await closed;
      assert.equal(code, 1);
      assert.ok(
        log.some((line) => line.includes('Temporal does not answer at 127.0.0.1:1')),
        log.join('\n'),
      );
    });
  });
});
