/** One Temporal dev server and one workflow bundle for the whole run, made when the first test asks for them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { closable } from '../../src/client/closable.js';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.js';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import type { DevServer } from '../../src/embedded/dev-server.js';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { resolveTemporal } from '../../src/embedded/temporal-cli/resolve.js';
import { WORKFLOW_INTERCEPTORS } from '../../src/worker/workflow-code.js';

/** What tests need to know of the server. */
export type TestServer = Pick<DevServer, 'address' | 'namespace'>;

export interface TestTemporal {
  readonly server: TestServer;
  readonly connection: Connection;
  readonly nativeConnection: NativeConnection;
  readonly client: Client;
}

/** Where a run of several processes keeps what they share: `host:port` of the server, the file of the bundle. */
export const SHARED_SERVER = 'LICENSEFLOW_TEST_TEMPORAL';
export const SHARED_BUNDLE = 'LICENSEFLOW_TEST_BUNDLE';

const NAMESPACE = 'licenseflow-test';
const children = new ChildProcesses(() => undefined);
let runtime: Runtime | undefined;
let temporal: Promise<TestTemporal> | undefined;
let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** Keeps workers quiet (`TEST_LOG=1` does not). Once per process, and before the first worker of any kind. */
export function testRuntime(): Runtime {
  return (runtime ??= Runtime.install({
    logger: new DefaultLogger(process.env['TEST_LOG'] === undefined ? 'ERROR' : 'INFO'),
  }));
}

export function testTemporal(): Promise<TestTemporal> {
  return (temporal ??= connect());
}

export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  const file = process.env[SHARED_BUNDLE];
  return (bundle ??= file === undefined ? bundleWorkflows() : readBundle(file));
}

export function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: WORKFLOW_INTERCEPTORS,
    logger: new DefaultLogger('ERROR'),
  });
}

async function readBundle(file: string): Promise<WorkflowBundleWithSourceMap> {
  return JSON.parse(await readFile(file, 'utf8')) as WorkflowBundleWithSourceMap;
}

/** The executable that tests run servers with, for those that start one of their own. */
export async function temporalExecutable(): Promise<string> {
  const source = await resolveTemporal({ env: { ...process.env, TEMPORAL_ADDRESS: undefined }, log: console.error });
  if (source.kind !== 'cli') throw new Error('Tests run a Temporal server of their own.');
  return source.cli.path;
}

export async function stopTestTemporal(): Promise<void> {
  if (temporal !== undefined) {
    const { connection, nativeConnection } = await temporal;
    await connection.close();
    await nativeConnection.close();
  }
  await children.stop();
}

async function connect(): Promise<TestTemporal> {
  testRuntime();
  const address = process.env[SHARED_SERVER] ?? (await startTestServer(children)).address;
  const connection = await Connection.connect(closable({ address }));
  const nativeConnection = await NativeConnection.connect({ address });
  return {
    server: { address, namespace: NAMESPACE },
    connection,
    nativeConnection,
    client: new Client({ connection, namespace: NAMESPACE }),
  };
}

export async function startTestServer(among: ChildProcesses): Promise<TestServer> {
  return startDevServer(among, {
    executable: await temporalExecutable(),
    namespace: NAMESPACE,
    uiPort: null,
    searchAttributes: SEARCH_ATTRIBUTES.map(({ name, type }) => ({ name, type })),
    dynamicConfig: {
      'frontend.namespaceRPS': 20_000,
      'frontend.rps': 20_000,
      // Timers fire up to this much later than asked for; tests wait for many short ones.
      'history.timerProcessorMaxTimeShift': '10ms',
    },
  });
}
