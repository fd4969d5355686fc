import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CliDependencies, GlobalOptions } from '../../src/cli/invocation.js';
import { openSession } from '../../src/cli/session.js';
import { claimStateFolder } from '../../src/embedded/state-folder.js';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { writeStackFile } from '../../src/embedded/stack-file.js';

/** Which Temporal a command goes to, seen from the error that none is there. */
describe('the way to Temporal', () => {
  let cwd: string;
  /** An address where nobody listens. */
  let nowhere: string;
  let release: () => Promise<void> = () => Promise.resolve();

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'licenseflow-session-'));
    nowhere = await freeAddress();
  });
  afterEach(async () => {
    await release();
    release = () => Promise.resolve();
    await rm(cwd, { recursive: true });
  });

  async function runStack(): Promise<void> {
    const children = new ChildProcesses(() => {});
    const folder = await claimStateFolder({ kind: 'kept', folder: join(cwd, '.licenseflow') }, children);
    release = () => children.stop();
    await writeStackFile(folder, {
      ...{ version: 1, startedAt: new Date().toISOString(), temporalAddress: nowhere, uiUrl: null, webUrl: null },
      ...{ namespace: 'default', graphUrl: 'https://localhost:1', controlUrl: 'http://127.0.0.1:1', caFile: 'ca.pem' },
      pids: [],
    });
  }

  async function complaint(options: Partial<GlobalOptions> = {}, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const deps: CliDependencies = {
      ...{ stdout: new PassThrough(), stderr: new PassThrough(), stdin: new PassThrough() },
      ...{ env, cwd, signals: new EventEmitter(), openSession },
      exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    };
    const open = openSession({ color: true, input: true, timeout: 50, ...options }, deps);
    return open.then(
      () => 'connected',
      (error: Error) => error.message,
    );
  }

  it('is a stack that runs here, without any configuration', async () => {
    await runStack();
    assert.match(await complaint(), new RegExp(`at ${nowhere} \\(named by the stack that runs in .*\\.licenseflow`));
  });

  it('is a stack that runs here rather than the configuration file beside it', async () => {
    await writeFile(join(cwd, 'licenseflow.yaml'), 'temporal: { address: "file.example:1" }\n');
    assert.match(await complaint(), /at file\.example:1 /);
    await runStack();
    assert.match(await complaint(), new RegExp(`at ${nowhere} `));
    await writeFile(join(cwd, 'licenseflow.yaml'), 'temporal: { address: wrong }\n');
    assert.match(await complaint(), new RegExp(`at ${nowhere} `));
  });

  it('is what options and variables name, whatever runs here', async () => {
    await runStack();
    assert.match(await complaint({ address: '127.0.0.1:2' }), /at 127\.0\.0\.1:2 /);
    assert.match(await complaint({}, { TEMPORAL_ADDRESS: '127.0.0.1:3' }), /at 127\.0\.0\.1:3 /);
    const both = await complaint({ address: '127.0.0.1:2' }, { TEMPORAL_ADDRESS: '127.0.0.1:3' });
    assert.match(both, /at 127\.0\.0\.1:2 /);
  });

  it('is not a stack that was killed and left its file behind', async () => {
    await runStack();
    await rm(join(cwd, '.licenseflow', 'lock'), { recursive: true });
    assert.doesNotMatch(await complaint(), new RegExp(nowhere));
  });
});

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
