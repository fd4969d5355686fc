import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../src/simulator/control-client.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { CERT_DIR } from './graph-session.js';

const MAIN = fileURLToPath(new URL('../../src/simulator/main.ts', import.meta.url));

describe('The simulator as a process', () => {
  let directory: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'simulator-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  function start(...flags: string[]): ChildProcess {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--cert-dir', CERT_DIR, ...flags], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  async function ready(child: ChildProcess) {
    assert.ok(child.stdout);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return JSON.parse(line) as { controlUrl: string; tenantId: string; ready: boolean };
  }

  const exitCode = async (child: ChildProcess) => ((await once(child, 'exit')) as [number | null])[0];

  it('says where it is, keeps its state, and ends on SIGTERM', async () => {
    const [stateFile, readyFile] = [join(directory, 'state.json'), join(directory, 'ready.json')];
    const first = start('--state', stateFile, '--ready-file', readyFile, '--users', '3');
    const line = await ready(first);
    assert.deepEqual(JSON.parse(await readFile(readyFile, 'utf8')), line);
    const control = new ControlClient(line.controlUrl);
    assert.equal((await control.run(line.tenantId, 'summary')).users, Object.keys(PEOPLE).length + 3);
    await control.run(line.tenantId, 'set-manager', { user: PEOPLE.adele.id, manager: null });
    first.kill('SIGTERM');
    assert.equal(await exitCode(first), 0);

    const second = start('--state', stateFile);
    const again = await ready(second);
    const { managerId } = await new ControlClient(again.controlUrl).run(again.tenantId, 'user', {
      user: PEOPLE.adele.id,
    });
    assert.equal(managerId, null);
    second.kill('SIGINT');
    assert.equal(await exitCode(second), 0);
  });

  it('ends with its parent when asked to', async () => {
    const child = start('--exit-with-parent');
    await ready(child);
    child.stdin?.end();
    assert.equal(await exitCode(child), 0);
  });

  it('says in a sentence why it cannot start', async () => {
    const child = start('--port', 'many');
    let complaint = '';
    child.stderr?.on('data', (part) => (complaint += String(part)));
    assert.notEqual(await exitCode(child), 0);
    assert.match(complaint, /whole number/);
  });
});
