import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { ChildFailure } from '../../src/embedded/child-end.js';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { type DevServer, type DevServerOptions, startDevServer } from '../../src/embedded/dev-server.js';
import { nodeArguments } from '../../src/embedded/own-program.js';
import { isProcessAlive } from '../../src/embedded/process-alive.js';
import { realCli } from './real-cli.js';
import { temporaryFolders } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

const PROGRAM = fileURLToPath(new URL('./programs/dev-server.ts', import.meta.url));
const NAMESPACE = 'licences';
const STATE = defineSearchAttributeKey('State', 'KEYWORD');
const SKUS = defineSearchAttributeKey('Skus', 'KEYWORD_LIST');

describe('the development server', () => {
  const folder = temporaryFolders();
  let executable: string;
  let children: ChildProcesses;

  before(async function () {
    this.timeout(1_200_000);
    executable = await realCli();
  });
  beforeEach(() => {
    children = new ChildProcesses(() => {});
  });
  afterEach(() => {
    children.kill();
    return children.stop();
  });

  async function start(options: Partial<DevServerOptions> = {}): Promise<DevServer> {
    return await startDevServer(children, { executable, namespace: NAMESPACE, uiPort: null, ...options });
  }

  async function withClient<T>({ address }: DevServer, use: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address });
    try {
      return await use(new Client({ connection, namespace: NAMESPACE }));
    } finally {
      await connection.close();
    }
  }

  it('answers as soon as it is started, with what was asked for', async () => {
    const server = await start({
      searchAttributes: [STATE, SKUS],
      retentionDays: 30,
      dynamicConfig: { 'frontend.namespaceRPS': 20_000, 'frontend.enableUpdateWorkflowExecution': true },
      uiPort: undefined,
    });
    await withClient(server, async ({ connection }) => {
      const { config } = await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 24 * 60 * 60);
    });
    const ui = await fetch(server.uiUrl ?? '');
    assert.equal(ui.status, 200);
    await withClient(server, async (client) => {
      const typedSearchAttributes = [
        { key: SKUS, value: ['a', 'b'] },
        { key: STATE, value: 'waiting' },
      ];
      await client.workflow.start('any', { taskQueue: 'none', workflowId: 'one', typedSearchAttributes });
      await waitFor(
        'visibility',
        async () => (await client.workflow.count("State = 'waiting' AND Skus = 'b'")).count === 1,
      );
    });
  });

  it('goes on from its file after a restart, search attributes and all', async () => {
    const options = { databaseFile: join(await folder(), 'temporal.db'), searchAttributes: [STATE, SKUS] };
    const first = await start(options);
    const { firstExecutionRunId } = await withClient(first, (client) =>
      client.workflow.start('any', { taskQueue: 'none', workflowId: 'kept' }),
    );
    await first.stop();
    assert.equal(isProcessAlive(first.pid), false);
    const second = await start(options);
    const { runId, status } = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
    assert.equal(runId, firstExecutionRunId);
    assert.equal(status.name, 'RUNNING');
  });

  it('learns the search attributes that its file does not know yet', async () => {
    const databaseFile = join(await folder(), 'temporal.db');
    const first = await start({ databaseFile, searchAttributes: [STATE] });
    await first.stop();
    const second = await start({ databaseFile, searchAttributes: [STATE, SKUS] });
    await withClient(second, async (client) => {
      const typedSearchAttributes = [{ key: SKUS, value: ['a', 'b'] }];
      await client.workflow.start('any', { taskQueue: 'none', workflowId: 'later', typedSearchAttributes });
      await waitFor('visibility', async () => (await client.workflow.count("Skus = 'b'")).count === 1);
    });
  });

  it('leaves no process when it is stopped', async () => {
    const server = await start();
    assert.ok(isProcessAlive(server.pid));
    await server.stop();
    assert.equal(isProcessAlive(server.pid), false);
    assert.equal((await server.ended).code, 0, 'it ended in an orderly way');
    assert.equal(children.signal.aborted, false);
  });

  it('is missed when it crashes', async () => {
    const { pid } = await start();
    process.kill(pid, 'SIGKILL');
    await waitFor('the news', () => children.signal.aborted);
    assert.ok(children.signal.reason instanceof ChildFailure);
    assert.match(children.signal.reason.message, /^temporal ended unexpectedly.*was ended by SIGKILL/s);
  });

  it('says in its own words why it cannot start', async () => {
    const occupied = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(occupied, 'listening');
    const { port } = occupied.address() as AddressInfo;
    await assert.rejects(
      start({ port }),
      new RegExp(`temporal ended unexpectedly.*port ${port}.*address already in use`, 's'),
    );
    occupied.close();
    const notAFile = join(await folder(), 'temporal.db');
    await mkdir(notAFile);
    await assert.rejects(
      start({ databaseFile: notAFile }),
      /temporal ended unexpectedly with exit code 1\. Its last output:/,
    );
    assert.equal(children.signal.aborted, false, 'a start that failed ends nothing else');
  });

  it('does not outlive a parent that is killed', async () => {
    const parent = spawn(process.execPath, nodeArguments(PROGRAM, [executable]), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const { pid } = JSON.parse(line) as { pid: number };
    assert.ok(isProcessAlive(pid));
    parent.kill('SIGKILL');
    await waitFor('the end of the server', () => !isProcessAlive(pid));
  });
});
