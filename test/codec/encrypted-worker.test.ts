import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import Fastify from 'fastify';
import { createLicenseflow, type Licenseflow } from '../../src/client/index.js';
import { codecEndpoint } from '../../src/codec/endpoint.js';
import { EncryptionCodec } from '../../src/codec/encryption-codec.js';
import { EncryptionKeyMissing } from '../../src/codec/encryption-error.js';
import { KeyRing } from '../../src/codec/key-ring.js';
import type { EncryptionKey, EncryptionKeys } from '../../src/codec/key-text.js';
import { keyLine, newKey } from '../../src/codec/key-text.js';
import { loadConfig } from '../../src/config/config.js';
import { licenseRequestWorkflowId, questionOf } from '../../src/contracts/license-request.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { createLog } from '../../src/worker/log.js';
import { runWorker } from '../../src/worker/worker.js';
import { dataConverterWith, encryptedWorkflowBundle } from '../support/encryption.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, Playground } from '../support/playground.js';
import { testSimulator } from '../support/simulator.js';
import { temporalExecutable, testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const POLICY = `version: 1
assertedDecisions: allow
skus:
  FLOW_FREE:
    stages:
      - name: manager
        deadline: 1 day
        approvers:
          - manager: 1
            fallback: [${PEOPLE.johanna.userPrincipalName}]
`;
const REASON = 'to automate things';
const { adele, megan } = PEOPLE;

describe('worker and command line with encryption', () => {
  let folder: string;
  let tenant: Tenant;
  let env: Record<string, string>;
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'encrypted-'));
    await writeFile(path.join(folder, 'policy.yaml'), POLICY);
    const simulator = await testSimulator();
    const { server } = await testTemporal();
    tenant = await simulator.createTenant({ options: { quota: 'off' } });
    env = {
      LICENSEFLOW_TEMPORAL_ADDRESS: server.address,
      LICENSEFLOW_TEMPORAL_NAMESPACE: server.namespace,
      LICENSEFLOW_TEMPORAL_TASK_QUEUE: `encrypted-${randomUUID()}`,
      LICENSEFLOW_GRAPH_TENANT_ID: tenant.id,
      LICENSEFLOW_GRAPH_URL: simulator.graphUrl,
      LICENSEFLOW_GRAPH_AUTHORITY_HOST: simulator.authorityHost,
      LICENSEFLOW_GRAPH_CLIENT_ID: SEED_APPLICATION.appId,
      LICENSEFLOW_GRAPH_CLIENT_SECRET: SEED_APPLICATION.secrets[0],
      LICENSEFLOW_POLICY_FILE: path.join(folder, 'policy.yaml'),
    };
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await rm(folder, { recursive: true });
  });

  /** A key file of this name, in the environment of a process that uses it. */
  async function withKeys(name: string, ...keys: readonly EncryptionKey[]): Promise<Record<string, string>> {
    const file = path.join(folder, name);
    await writeFile(file, `${keys.map(keyLine).join('\n')}\n`);
    return { ...env, LICENSEFLOW_ENCRYPTION_KEYS_FILE: file };
  }

  /** The product's worker, once it polls. */
  async function startedWorker(surroundings: Record<string, string>) {
    const lines: string[] = [];
    const { server } = await testTemporal();
    const stop = new AbortController();
    let onReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (onReady = resolve));
    const ended = runWorker({
      config: await loadConfig({ env: surroundings, workingFolder: folder }),
      connectionSettings: { connectionOptions: { address: server.address }, namespace: server.namespace },
      log: createLog('info', { write: (line) => void lines.push(line) }),
      signal: stop.signal,
      onReady,
      workflowCode: { workflowBundle: await encryptedWorkflowBundle() },
    });
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    stops.push(end);
    await Promise.race([ready, ended]);
    return { lines, stop: end };
  }

  /** A command as somebody types it in these surroundings, in a process of its own. */
  async function command(surroundings: Record<string, string>, ...argv: string[]) {
    const program = path.resolve(import.meta.dirname, '../../bin/licenseflow.js');
    const options = { env: { ...process.env, ...surroundings }, cwd: folder };
    return promisify(execFile)(process.execPath, [program, ...argv], options).then(
      ({ stdout, stderr }) => ({ ok: true, stdout, stderr }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ ok: false, stdout, stderr }),
    );
  }

  /** The client library of a program with these keys. */
  async function library(...keys: EncryptionKeys): Promise<Licenseflow> {
    const { connection, server } = await testTemporal();
    const dataConverter = await dataConverterWith(...keys);
    return createLicenseflow({
      client: new Client({ connection, namespace: server.namespace, dataConverter }),
      taskQueue: env['LICENSEFLOW_TEMPORAL_TASK_QUEUE'] ?? '',
      pace: FAST_PACE,
      answerWithinMs: 60_000,
    });
  }

  async function submitted({ requests }: Licenseflow): Promise<string> {
    const requestId = `e-${randomUUID().slice(0, 8)}`;
    const { userPrincipalName } = adele;
    const answer = await requests.submit(
      {
        ...{ requestId, requester: userPrincipalName, subject: userPrincipalName, remove: [], justification: REASON },
        add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
      },
      actor(userPrincipalName),
    );
    assert.equal(answer.outcome, 'accepted', JSON.stringify(answer));
    return requestId;
  }

  it('take a request through approval to done, and read it with the key only', async () => {
    const key = newKey(new Date());
    const ours = await withKeys('keys.txt', key);
    const worker = await startedWorker(ours);
    assert.ok(worker.lines.some((line) => line.includes('Payloads are encrypted') && line.includes(key.id)));
    const licenseflow = await library(key);
    const { requests } = licenseflow;
    const id = await submitted(licenseflow);
    const approved = await command(ours, 'request', 'approve', id, '--as', megan.userPrincipalName);
    assert.ok(approved.ok, approved.stderr);
    assert.equal((await requests.wait(id, 30_000)).state, 'done');
    const shown = await command(ours, 'request', 'show', id);
    assert.match(shown.stdout, new RegExp(adele.displayName));

    // Not for those who have another key, or none.
    const theirs = await withKeys('theirs.txt', newKey(new Date()));
    for (const surroundings of [theirs, env]) {
      const { ok, stderr, stdout } = await command(surroundings, 'request', 'show', id);
      assert.ok(!ok, stdout);
      assert.match(stderr, new RegExp(`encrypted with the key "${key.id}".*Nothing is lost`));
    }
    await worker.stop();
    // Whoever has both keys reads old and new.
    const next = newKey(new Date());
    await startedWorker(await withKeys('rotated.txt', next, key));
    assert.equal((await (await library(next, key)).requests.view(id)).subject?.id, adele.id);
  });

  it('wait for a key that the worker lacks, and go on once it has it', async () => {
    const [key, other] = [newKey(new Date()), newKey(new Date())];
    const first = await startedWorker(await withKeys('keys.txt', key));
    const licenseflow = await library(key, other);
    const id = await submitted(licenseflow);
    const question = questionOf(await licenseflow.requests.view(id));
    await first.stop();

    const second = await startedWorker(await withKeys('worker-keys.txt', other));
    const approval = licenseflow.requests.decide(id, {
      ...(question ?? { digest: '', stage: null }),
      actor: actor(megan.userPrincipalName),
      verdict: 'approve',
    });
    await until(
      'the worker to say what it lacks',
      () => second.lines.filter((line) => line.includes('encrypted with the key') && line.includes(key.id)).length,
      (count) => count > 0,
    );
    await withKeys('worker-keys.txt', other, key);
    await approval;
    assert.equal((await licenseflow.requests.wait(id, 60_000)).state, 'done');
  });

  it('lose nothing where the input of an activity cannot be read for a while', async () => {
    const converter = await dataConverterWith(newKey(new Date()));
    const [codec] = converter.payloadCodecs ?? [];
    assert.ok(codec !== undefined);
    // All tries of the server at an activity fail, so that the workflow has to deal with it; then the next activity's.
    const activities = 6;
    const tries = new Map<string, number>();
    const forgetful: PayloadCodec = {
      encode: (payloads, context) => codec.encode(payloads, context),
      decode: async (payloads, context) => {
        if (context?.type === 'activity' && context.activityId !== undefined) {
          const tried = tries.get(context.activityId) ?? 0;
          if (tries.has(context.activityId) || tries.size < activities) tries.set(context.activityId, tried + 1);
          if (tries.has(context.activityId) && tried < FAST_PACE.read.attempts)
            throw new EncryptionKeyMissing('key-of-another-day', []);
        }
        return codec.decode(payloads, context);
      },
    };
    const playground = await Playground.open({
      dataConverter: { ...converter, payloadCodecs: [forgetful] },
      workflowCode: { workflowBundle: await encryptedWorkflowBundle() },
      pace: { settleMs: 50 },
    });
    stops.push(() => playground.close());
    const id = await playground.submitted({ add: [{ sku: 'FLOW_FREE', disabledPlans: [] }] });
    await playground.approve(id);
    const done = await playground.licenseflow.requests.wait(id, 60_000);
    assert.equal(tries.size, activities);
    assert.equal(done.state, 'done', JSON.stringify(done.timeline));
    assert.equal(playground.effectiveWrites(adele.id).length, 1);
  });

  it('are readable in the tools of Temporal through the codec endpoint', async () => {
    const key = newKey(new Date());
    await startedWorker(await withKeys('keys.txt', key));
    const id = await submitted(await library(key));
    const endpoint = Fastify();
    stops.push(() => endpoint.close());
    const seen: string[] = [];
    await endpoint.register(
      codecEndpoint({
        codec: new EncryptionCodec(await KeyRing.open(() => Promise.resolve([key]))),
        authorize: (request) => {
          seen.push(String(request.headers['x-namespace']));
          return Promise.resolve(request.headers.authorization === 'Bearer let-me-in' ? 'allowed' : 'unauthenticated');
        },
        origins: [],
      }),
    );
    const address = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const { server } = await testTemporal();
    const show = async (...more: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(await temporalExecutable(), [
        ...['workflow', 'show', '--workflow-id', licenseRequestWorkflowId(id), '--output', 'json'],
        ...['--address', server.address, '--namespace', server.namespace, ...more],
      ]);
      return stdout.replace(/"data": "([^"]*)"/g, (_, data: string) => Buffer.from(data, 'base64').toString('utf8'));
    };
    assert.ok(!(await show()).includes(REASON));
    const decoded = await show('--codec-endpoint', address, '--codec-auth', 'Bearer let-me-in');
    assert.ok(decoded.includes(REASON));
    assert.ok(seen.includes(server.namespace));
    await assert.rejects(show('--codec-endpoint', address, '--codec-auth', 'Bearer wrong'));
  });
});
