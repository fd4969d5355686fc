/** The product's worker in a process of its own: the SDK's metrics belong to the process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { Playground } from '../support/playground.js';
import { testSimulator } from '../support/simulator.js';
import { testTemporal } from '../support/temporal.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const POLICY = `version: 1
assertedDecisions: allow
skus:
  POWER_BI_PRO:
    stages: [{ name: manager, deadline: 1 day, approvers: [{ manager: 1, fallback: [${PEOPLE.johanna.userPrincipalName}] }] }]
`;

export class MeasuredWorker {
  private constructor(
    private readonly address: string,
    private readonly end: () => Promise<void>,
  ) {}

  /** In place of the playground's own workers. */
  static async start({ tenant, taskQueue }: Playground): Promise<MeasuredWorker> {
    const [{ server }, simulator] = [await testTemporal(), await testSimulator()];
    const folder = await mkdtemp(path.join(tmpdir(), 'measured-'));
    await writeFile(path.join(folder, 'policy.yaml'), POLICY);
    const program = path.join(ROOT, 'test/worker/programs/worker-process.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', program], {
      cwd: ROOT,
      env: {
        ...process.env,
        LICENSEFLOW_TEMPORAL_ADDRESS: server.address,
        LICENSEFLOW_TEMPORAL_NAMESPACE: server.namespace,
        LICENSEFLOW_TEMPORAL_TASK_QUEUE: taskQueue,
        LICENSEFLOW_GRAPH_TENANT_ID: tenant.id,
        LICENSEFLOW_GRAPH_URL: simulator.graphUrl,
        LICENSEFLOW_GRAPH_AUTHORITY_HOST: simulator.authorityHost,
        LICENSEFLOW_GRAPH_CLIENT_ID: SEED_APPLICATION.appId,
        LICENSEFLOW_GRAPH_CLIENT_SECRET: SEED_APPLICATION.secrets[0],
        LICENSEFLOW_POLICY_FILE: path.join(folder, 'policy.yaml'),
        LICENSEFLOW_METRICS_LISTEN: '127.0.0.1:0',
      },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const closed = once(child, 'close');
    const lines: string[] = [];
    const address = await new Promise<string>((resolve, reject) => {
      createInterface(child.stderr).on('line', (line) => {
        lines.push(line);
        if (line.includes('Metrics are served')) resolve((JSON.parse(line) as { address: string }).address);
      });
      void closed.then(() => reject(new Error(`The worker ended:\n${lines.join('\n')}`)));
    });
    return new MeasuredWorker(address, async () => {
      child.kill('SIGTERM');
      await closed;
      await rm(folder, { recursive: true });
    });
  }

  async scrape(): Promise<string> {
    return (await fetch(this.address)).text();
  }

  stop(): Promise<void> {
    return this.end();
  }
}
