import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { FolderInUse } from '../../src/embedded/folder-lock.js';
import { type StackFile, readStackFile, runningStack, writeStackFile } from '../../src/embedded/stack-file.js';
import { claimStateFolder } from '../../src/embedded/state-folder.js';
import { temporaryFolders } from './temporary-folder.js';

const STACK: StackFile = {
  version: 1,
  startedAt: '2026-01-05T08:00:00.000Z',
  temporalAddress: '127.0.0.1:7233',
  uiUrl: null,
  webUrl: null,
  namespace: 'default',
  graphUrl: 'https://localhost:8443',
  controlUrl: 'http://127.0.0.1:8444',
  caFile: '/ca.pem',
  pids: [],
};

describe('the state folder', () => {
  const makeFolder = temporaryFolders();
  let lines: string[];
  const opened: ChildProcesses[] = [];

  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    for (const children of opened.splice(0)) await children.stop();
  });

  function newChildren(): ChildProcesses {
    const children = new ChildProcesses((_, line) => lines.push(line));
    opened.push(children);
    return children;
  }

  it('is made, kept out of repositories, and given to one stack at a time', async () => {
    const folder = join(await makeFolder(), 'deep', '.licenseflow');
    const first = newChildren();
    assert.equal(await claimStateFolder({ kind: 'kept', folder }, first), folder);
    assert.equal(await readFile(join(folder, '.gitignore'), 'utf8'), '*\n');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await assert.rejects(claimStateFolder({ kind: 'kept', folder }, newChildren()), FolderInUse);
    await first.stop();
    await claimStateFolder({ kind: 'kept', folder }, newChildren());
  });

  it('is gone afterwards when it is ephemeral', async () => {
    const children = newChildren();
    const folder = await claimStateFolder({ kind: 'ephemeral' }, children);
    await writeFile(join(folder, 'something'), '');
    await children.stop();
    await assert.rejects(stat(folder), { code: 'ENOENT' });
  });

  it('tells a running stack from one that was killed', async () => {
    const folder = await makeFolder();
    assert.equal(await runningStack(folder), null);
    await writeStackFile(folder, STACK);
    assert.equal(await runningStack(folder), null, 'nobody holds the lock');
    const children = newChildren();
    await claimStateFolder({ kind: 'kept', folder }, children);
    assert.equal(await readStackFile(folder), null, 'the stale file is gone');
    await writeStackFile(folder, STACK);
    assert.deepEqual(await runningStack(folder), STACK);
    assert.deepEqual((await readdir(folder)).sort(), ['.gitignore', 'lock', 'stack.json']);
  });

  it('does not stumble over a file that makes no sense', async () => {
    const folder = await makeFolder();
    for (const content of ['', '{', '{"version":2}', JSON.stringify({ ...STACK, pids: 'none' })]) {
      await writeFile(join(folder, 'stack.json'), content);
      assert.equal(await readStackFile(folder), null);
    }
    await claimStateFolder({ kind: 'kept', folder }, newChildren());
  });

  it('is not taken over before the processes of a killed stack have ended', async () => {
    const folder = await makeFolder();
    const survivor = spawn('sleep', ['0.5'], { stdio: 'ignore' });
    let survivorEnded = false;
    survivor.once('exit', () => (survivorEnded = true));
    assert.ok(survivor.pid !== undefined);
    await writeStackFile(folder, { ...STACK, pids: [survivor.pid] });
    await claimStateFolder({ kind: 'kept', folder }, newChildren());
    assert.ok(survivorEnded);
    assert.match(lines.join(), new RegExp(`was killed; waiting until its processes \\(${survivor.pid}\\) have ended`));
  });
});
