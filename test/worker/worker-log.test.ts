import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { LicenseRequests } from '../../src/client/index.js';
import { createLicenseflow } from '../../src/client/index.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { createLog, temporalLogger } from '../../src/worker/log.js';
import { FAST_PACE } from '../support/pace.js';
import { testSimulator } from '../support/simulator.js';
import { testTemporal } from '../support/temporal.js';

const POLICY = 'version: 1\nassertedDecisions: allow\nskus:\n  FLOW_FREE: { stages: [] }\n';

describe('worker log', () => {
  function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
    const lines: Record<string, unknown>[] = [];
    write(createLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }));
    return lines;
  }

  it('is one JSON object a line, with a level that people read', () => {
    const [line] = logged((log) => log.warn({ workflowId: 'license-request/1' }, 'slow'));
    assert.equal(line?.['level'], 'warn');
    assert.equal(line?.['workflowId'], 'license-request/1');
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT/);
  });

  it('holds no addresses and no tokens, wherever they come from', () => {
    const token = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl';
    const lines = logged((log) => {
      log.error(
        { error: new Error("Resource 'Adéle.O'Neil_x#EXT#@contoso.onmicrosoft.com' does not exist.") },
        'failed',
      );
      temporalLogger(log).warn('lee@contoso.com was there', { error: new Error(`Bearer ${token}`), to: ['x@y.co.uk'] });
    });
    const text = JSON.stringify(lines);
    for (const secret of ['contoso', '@', 'eyJ', 'c2ln', "O'Neil"]) assert.ok(!text.includes(secret), text);
    assert.equal(lines.length, 2);
    assert.ok(text.includes('[address removed]') && text.includes('[token removed]'));
  });

  it('keeps the stack and cause of an error', () => {
    const [line] = logged((log) => log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed'));
    const error = line?.['error'] as { type: string; message: string; stack: string };
    assert.equal(error.type, 'Error');
    assert.ok(error.stack.includes('worker-log.test'));
    assert.ok(error.message.includes('outer') && error.message.includes('inner'));
  });

  it('passes each level of the Temporal SDK on, and leaves out what is below its own', () => {
    const lines = logged((log) => {
      const logger = temporalLogger(log);
      for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const) logger.log(level, level);
      logger.info('plain');
      logger.debug('left out');
    });
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['info', 'INFO'],
        ['warn', 'WARN'],
        ['error', 'ERROR'],
        ['info', 'plain'],
      ],
    );
  });

  it('warns of a request that ends in any other way than its own', () => {
    const lines = logged((log) => {
      const error = new Error('Activity task failed');
      temporalLogger(log).warn('Workflow failed', { workflowType: 'licenseRequest', error });
    });
    assert.deepEqual(
      lines.map(({ level }) => level),
      ['warn'],
    );
  });

  describe('of a worker', () => {
    it('warns of a rollback that failed, and not of requests that were refused or could not be made', async () => {
      const by = { ref: PEOPLE.adele.userPrincipalName, assurance: 'asserted' } as const;
      const [refused, failed, left] = [`log-${randomUUID()}`, `log-${randomUUID()}`, `log-${randomUUID()}`];
      const request = (requestId: string, sku: string) => ({
        ...{ requestId, requester: by.ref, subject: by.ref },
        ...{ add: [{ sku, disabledPlans: [] }], remove: [], justification: 'test' },
      });
      const lines = await loggedByWorker(async (requests, tenant) => {
        assert.equal((await requests.submit(request(refused, 'NO_SUCH_SKU'), by)).outcome, 'refused');
        await requests.wait(refused, 20_000);

        const match = { method: 'POST' as const, path: '/users/*/assignLicense', userId: PEOPLE.adele.id };
        tenant.addFault({ match, fault: { kind: 'graph-error', error: 'E11' }, times: 1 });
        await requests.submit(request(failed, 'FLOW_FREE'), by);
        assert.equal((await requests.wait(failed, 20_000)).state, 'failed');

        await requests.submit(request(left, 'FLOW_FREE'), by);
        assert.equal((await requests.wait(left, 20_000)).state, 'done');
        const [plan] = tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE)?.servicePlans ?? [];
        const theirs = { skuId: SKU.FLOW_FREE, disabledPlans: [plan?.servicePlanId ?? ''] };
        tenant.changeLicenses(PEOPLE.adele.id, { addLicenses: [theirs] });
        await requests.rollback(left, { actor: by, reason: 'x', seatWaitMs: 0 });
        assert.equal((await requests.waitForRollback(left, 20_000)).state, 'left-alone');
      });
      const ends = lines.filter(({ msg }) => msg === 'Workflow failed');
      assert.deepEqual(Object.fromEntries(ends.map(({ workflowId, level }) => [workflowId, level])), {
        [licenseRequestWorkflowId(refused)]: 'debug',
        [licenseRequestWorkflowId(failed)]: 'debug',
        [licenseRollbackWorkflowId(left)]: 'warn',
      });
    });
  });
});

/** What a worker process of its own has logged by its end. */
async function loggedByWorker(use: (requests: LicenseRequests, tenant: Tenant) => Promise<void>) {
  const folder = await mkdtemp(path.join(tmpdir(), 'worker-log-'));
  await writeFile(path.join(folder, 'policy.yaml'), POLICY);
  const simulator = await testSimulator();
  const { client, server } = await testTemporal();
  const tenant = await simulator.createTenant({ options: { quota: 'off' } });
  const taskQueue = `worker-log-${randomUUID()}`;
  const program = path.join(import.meta.dirname, 'programs/worker-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      LICENSEFLOW_LOG_LEVEL: 'debug',
      LICENSEFLOW_TEMPORAL_ADDRESS: server.address,
      LICENSEFLOW_TEMPORAL_NAMESPACE: server.namespace,
      LICENSEFLOW_TEMPORAL_TASK_QUEUE: taskQueue,
      LICENSEFLOW_GRAPH_TENANT_ID: tenant.id,
      LICENSEFLOW_GRAPH_URL: simulator.graphUrl,
      LICENSEFLOW_GRAPH_AUTHORITY_HOST: simulator.authorityHost,
      LICENSEFLOW_GRAPH_CLIENT_ID: SEED_APPLICATION.appId,
      LICENSEFLOW_GRAPH_CLIENT_SECRET: SEED_APPLICATION.secrets[0],
      LICENSEFLOW_POLICY_FILE: path.join(folder, 'policy.yaml'),
    },
  });
  const output = textOf(child.stderr);
  const exited = once(child, 'exit');
  child.stdout.resume();
  try {
    await use(createLicenseflow({ client, taskQueue, pace: FAST_PACE, answerWithinMs: 40_000 }).requests, tenant);
  } finally {
    // Its parent goes away: the worker ends in order, and has written all its lines by then.
    child.stdin.end();
    await exited;
    await rm(folder, { recursive: true });
  }
  const lines = (await output).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
