import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { ChildFailure } from '../../src/embedded/child-end.js';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { FolderInUse } from '../../src/embedded/folder-lock.js';
import { runInForeground } from '../../src/embedded/foreground.js';
import { nodeArguments } from '../../src/embedded/own-program.js';
import { isProcessAlive } from '../../src/embedded/process-alive.js';
import { readStackFile, runningStack } from '../../src/embedded/stack-file.js';
import { type Stack, type StackAddresses, startStack } from '../../src/embedded/stack.js';
import type { StackState } from '../../src/embedded/state-folder.js';
import { realCli } from './real-cli.js';
import { stackOptions } from './stack-options.js';
import { temporaryFolders } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

const PROGRAM = fileURLToPath(new URL('./programs/stack.ts', import.meta.url));

describe('the stack', function () {
  this.timeout(180_000);
  const makeFolder = temporaryFolders();
  const opened: ChildProcesses[] = [];
  let lines: string[];
  let env: NodeJS.ProcessEnv;

  before(async function () {
    this.timeout(1_200_000);
    env = { ...process.env, TEMPORAL_ADDRESS: undefined, TEMPORAL_CLI_PATH: await realCli() };
  });
  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    for (const children of opened.splice(0)) {
      children.kill();
      await children.stop();
    }
  });

  function newChildren(): ChildProcesses {
    const children = new ChildProcesses((name, line) => lines.push(`${name}: ${line}`));
    opened.push(children);
    return children;
  }

  async function start(
    state: StackState,
    surroundings: NodeJS.ProcessEnv = {},
    workerArgs: string[] = [],
  ): Promise<Stack> {
    const options = stackOptions(newChildren(), state, workerArgs);
    return await startStack({ ...options, env: { ...env, ...surroundings } });
  }

  async function seenByWorker(): Promise<Record<string, unknown>> {
    const find = (): string | undefined => lines.find((line) => line.startsWith('worker: saw '));
    await waitFor("the worker's report", () => find() !== undefined);
    return JSON.parse(find()?.slice('worker: saw '.length) ?? '') as Record<string, unknown>;
  }

  async function withClient<T>({ temporalAddress, namespace }: StackAddresses, use: (client: Client) => Promise<T>) {
    const connection = await Connection.connect({ address: temporalAddress });
    try {
      return await use(new Client({ connection, namespace }));
    } finally {
      await connection.close();
    }
  }

  async function pidsIn(folder: string): Promise<readonly number[]> {
    return (await readStackFile(folder))?.pids ?? [];
  }

  it('is up, can be found by others, goes on after a restart, and leaves no process', async () => {
    const folder = await makeFolder();
    const first = await start({ kind: 'kept', folder });
    const { stop, env: _, folder: __, ...addresses } = first;
    assert.deepEqual(await runningStack(folder), { ...(await readStackFile(folder)), ...addresses });
    const pids = await pidsIn(folder);
    assert.equal(pids.length, 3);
    assert.ok(pids.every(isProcessAlive));
    await withClient(first, (client) => client.workflow.start('any', { taskQueue: 'none', workflowId: 'kept' }));
    await stop();
    assert.deepEqual(pids.filter(isProcessAlive), []);
    assert.equal(await runningStack(folder), null);
    const left = await readdir(folder);
    assert.ok(!left.includes('stack.json') && !left.includes('lock'), left.join());
    const second = await start({ kind: 'kept', folder });
    const { status } = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
    assert.equal(status.name, 'RUNNING');
    assert.equal(second.caFile, first.caFile);
  });

  it('leads its worker to its own Temporal and its own Graph, whatever the user has set up', async () => {
    const elsewhere = { TEMPORAL_API_KEY: 'secret', TEMPORAL_PROFILE: 'cloud', TEMPORAL_TLS: 'true' };
    const stack = await start({ kind: 'ephemeral' }, elsewhere);
    assert.deepEqual(await seenByWorker(), {
      address: stack.temporalAddress,
      namespace: 'default',
      graphStatus: 401,
      temporalVariables: ['TEMPORAL_CONFIG_FILE'],
    });
  });

  it('leaves nothing when it is ephemeral', async () => {
    const { folder, stop } = await start({ kind: 'ephemeral' });
    const pids = await pidsIn(folder);
    await stop();
    assert.equal(pids.length, 3);
    assert.deepEqual(pids.filter(isProcessAlive), []);
    await assert.rejects(stat(folder), { code: 'ENOENT' });
  });

  it('does not share its folder', async () => {
    const folder = await makeFolder();
    const { stop } = await start({ kind: 'kept', folder });
    await assert.rejects(start({ kind: 'kept', folder }), FolderInUse);
    assert.ok((await pidsIn(folder)).every(isProcessAlive), 'the first one is not disturbed');
    assert.notEqual(await runningStack(folder), null);
    await stop();
  });

  it('ends what it has started when a part cannot be started', async () => {
    const folder = await makeFolder();
    await assert.rejects(start({ kind: 'kept', folder }, {}, ['crash']), (error) => {
      assert.ok(error instanceof ChildFailure);
      assert.match(error.message, /^worker ended unexpectedly with exit code 1.*no policy file/s);
      return true;
    });
    assert.equal(await runningStack(folder), null);
    await start({ kind: 'kept', folder });
  });

  it('tells a command in the foreground which part could not be started', async () => {
    const end = await runInForeground(
      (name, line) => lines.push(`${name}: ${line}`),
      (children) => startStack({ ...stackOptions(children, { kind: 'ephemeral' }, ['crash']), env }),
    );
    assert.ok(end.by === 'failure' && end.error instanceof ChildFailure);
    assert.match(end.error.message, /^worker ended unexpectedly.*no policy file/s);
  });

  it('comes to its end when one of its parts does', async () => {
    const folder = await makeFolder();
    const options = stackOptions(newChildren(), { kind: 'kept', folder });
    const { stop } = await startStack({ ...options, env });
    const pids = await pidsIn(folder);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await waitFor('the news', () => options.children.signal.aborted);
    assert.match(String(options.children.signal.reason), /temporal ended unexpectedly/);
    await stop();
    assert.deepEqual(pids.filter(isProcessAlive), []);
  });

  it('leaves no process when it is killed, and the next one takes over its folder', async () => {
    const folder = await makeFolder();
    const arguments_ = nodeArguments(PROGRAM, [folder]);
    const killed = spawn(process.execPath, arguments_, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(createInterface(killed.stdout), 'line');
    const pids = await pidsIn(folder);
    assert.equal(pids.length, 3);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    await start({ kind: 'kept', folder });
    assert.deepEqual(pids.filter(isProcessAlive), [], 'the next one waits for the end of the last');
  });

  it('uses a Temporal server that is named, and does not end it', async () => {
    const others = newChildren();
    const executable = await realCli();
    const server = await startDevServer(others, { executable, namespace: 'theirs', uiPort: null });
    const stack = await start(
      { kind: 'ephemeral' },
      { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: 'theirs' },
    );
    assert.equal(stack.temporalAddress, server.address);
    assert.equal(stack.namespace, 'theirs');
    assert.equal(stack.uiUrl, null);
    assert.equal((await seenByWorker())['address'], server.address);
    await stack.stop();
    assert.ok(isProcessAlive(server.pid));
  });
});
