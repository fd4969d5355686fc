/** The product's worker in a process of its own that can be killed at any moment and started again. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { testSimulator } from '../support/simulator.js';
import { SHARED_BUNDLE, workflowBundle } from '../support/temporal.js';

const PROGRAM = path.resolve(import.meta.dirname, '../worker/programs/worker-process.ts');
export const APPROVER = PEOPLE.johanna.userPrincipalName;

export interface KillableWorkerOptions {
  /** For the policy file; exists. */
  readonly folder: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
  readonly taskQueue: string;
  readonly tenantId: string;
  /** Where the tenant is. @default the simulator of the test run */
  readonly graph?: { readonly graphUrl: string; readonly authorityHost: string };
  /** More configuration. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the product's worker; it prints the same ready line. */
  readonly program?: string;
}

export class KillableWorker {
  readonly #options: KillableWorkerOptions;
  #children = new ChildProcesses(() => undefined);
  #deaths: readonly string[] = [];
  readonly #id = randomUUID();
  #pid: number | null = null;

  constructor(options: KillableWorkerOptions) {
    this.#options = options;
  }

  /** The last words of workers that ended although nobody killed them. Each was started again. */
  get deaths(): readonly string[] {
    return this.#deaths;
  }

  /** `null` before its first start. */
  get pid(): number | null {
    return this.#pid;
  }

  /** Resolves when it polls. Until it is killed or stopped it is started again whenever it ends, as in production. */
  async start(): Promise<void> {
    const children = new ChildProcesses(() => undefined);
    this.#children = children;
    const spec = {
      name: 'worker',
      module: this.#options.program ?? PROGRAM,
      args: [],
      env: await this.#env(),
      ready: z.object({ ready: z.literal(true) }),
      readyWithinMs: 180_000,
      stopWithinMs: 30_000,
    };
    const { child } = await children.start(spec, () => Promise.resolve());
    this.#pid = child.pid;
    void child.ended.then(async ({ lastLines }) => {
      if (child.askedToEnd) return;
      this.#deaths = [...this.#deaths, lastLines.at(-1) ?? ''];
      await this.start();
    });
  }

  /** Ends it as a power cut would. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#children.kill();
    await this.#children.stop();
  }

  async stop(): Promise<void> {
    await this.#children.stop();
  }

  async #env(): Promise<Record<string, string>> {
    const { folder, temporal, taskQueue, tenantId } = this.#options;
    const { graphUrl, authorityHost } = this.#options.graph ?? (await testSimulator());
    const policyFile = path.join(folder, 'policy.yaml');
    await writeFile(policyFile, POLICY);
    const bundle = process.env[SHARED_BUNDLE] ?? path.join(folder, `workflow-bundle-${this.#id}.json`);
    if (!existsSync(bundle)) await writeFile(bundle, JSON.stringify(await workflowBundle()));
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
      [SHARED_BUNDLE]: bundle,
      ...this.#options.env,
    };
  }
}

const POLICY = `version: 1
assertedDecisions: allow
defaults:
  stages:
    - name: it
      approvers: [{ users: [${APPROVER}, ${PEOPLE.patti.userPrincipalName}] }]
skus:
${Object.keys(SKU)
  .map((sku) => `  ${sku}: {}`)
  .join('\n')}
`;
