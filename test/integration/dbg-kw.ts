import { appendFileSync } from 'node:fs';
/** The product's worker in a process of its own that can be killed at any moment and started again. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ChildProcesses, type StartedChild } from '../../src/embedded/child-processes.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { testSimulator } from '../support/simulator.js';

const PROGRAM = path.resolve(import.meta.dirname, '../worker/programs/worker-process.ts');
export const APPROVER = PEOPLE.johanna.userPrincipalName;

export interface KillableWorkerOptions {
  /** For the policy file; exists. */
  readonly folder: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly taskQueue: string;
  readonly tenantId: string;
}

export class KillableWorker {
  readonly #children = new ChildProcesses((n, l) => { appendFileSync('/tmp/kw.log', new Date().toISOString() + ' ' + l + '\n'); });
  readonly #options: KillableWorkerOptions;
  #running: StartedChild<void> | null = null;

  constructor(options: KillableWorkerOptions) {
    this.#options = options;
  }

  /** Resolves when it polls. */
  async start(): Promise<void> {
    const spec = {
      name: 'worker',
      module: PROGRAM,
      args: [],
      env: await this.#env(),
      ready: z.object({ ready: z.literal(true) }),
      readyWithinMs: 60_000,
      stopWithinMs: 30_000,
    };
    this.#running = await this.#children.start(spec, () => Promise.resolve()); const c = this.#running.child; appendFileSync('/tmp/kw.log', 'started ' + c.pid + '\n'); void c.ended.then((e) => appendFileSync('/tmp/kw.log', 'ended ' + c.pid + JSON.stringify(e) + '\n'));
  }

  /** Ends it as a power cut would. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#running?.child.kill();
    await this.#running?.child.ended;
    this.#running = null;
  }

  async stop(): Promise<void> {
    await this.#children.stop();
  }

  async #env(): Promise<Record<string, string>> {
    const { folder, temporal, taskQueue, tenantId } = this.#options;
    const { graphUrl, authorityHost } = await testSimulator();
    const policyFile = path.join(folder, 'policy.yaml');
    await writeFile(policyFile, POLICY);
    return {
      PATH: process.env['PATH'] ?? '',
      NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] ?? '',
      LICENSEFLOW_TEMPORAL_ADDRESS: temporal.address,
      LICENSEFLOW_TEMPORAL_NAMESPACE: temporal.namespace,
      LICENSEFLOW_TEMPORAL_TASK_QUEUE: taskQueue,
      LICENSEFLOW_GRAPH_TENANT_ID: tenantId,
      LICENSEFLOW_GRAPH_URL: graphUrl,
      LICENSEFLOW_GRAPH_AUTHORITY_HOST: authorityHost,
      LICENSEFLOW_GRAPH_CLIENT_ID: SEED_APPLICATION.appId,
      LICENSEFLOW_GRAPH_CLIENT_SECRET: SEED_APPLICATION.secrets[0],
      LICENSEFLOW_GRAPH_WRITE_SHARE: '1',
      LICENSEFLOW_POLICY_FILE: policyFile,
      LICENSEFLOW_WORKER_SHUTDOWN_GRACE: '10 s',
    };
  }
}

const POLICY = `version: 1
assertedDecisions: allow
defaults:
  stages:
    - name: it
      approvers: [{ users: [${APPROVER}] }]
skus:
${Object.keys(SKU)
  .map((sku) => `  ${sku}: {}`)
  .join('\n')}
`;
