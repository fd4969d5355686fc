import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as immediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FolderInUse, isLocked, lockFolder } from '../../src/embedded/folder-lock.js';
import { nodeArguments } from '../../src/embedded/own-program.js';
import { temporaryFolders } from './temporary-folder.js';

const PROGRAM = fileURLToPath(new URL('./programs/lock-folder.ts', import.meta.url));

describe('the lock of a folder', () => {
  const makeFolder = temporaryFolders();
  const started: ChildProcess[] = [];
  let folder: string;

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  /** Another process that tries to lock the folder, and what it says of that. */
  async function otherProcess() {
    const child = spawn(process.execPath, nodeArguments(PROGRAM, [folder]), { stdio: ['ignore', 'pipe', 'inherit'] });
    started.push(child);
    const [answer] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { child, answer };
  }

  it('is held by one at a time, and leaves nothing behind', async () => {
    assert.equal(await isLocked(folder), false);
    const unlock = await lockFolder(folder);
    assert.equal(await isLocked(folder), true);
    await assert.rejects(lockFolder(folder), (error: Error) => {
      assert.ok(error instanceof FolderInUse);
      assert.ok(error.message.includes(folder) && error.message.includes('Stop it first'));
      return true;
    });
    await unlock();
    assert.equal(await isLocked(folder), false);
    assert.deepEqual(await readdir(folder), []);
    await (
      await lockFolder(folder)
    )();
  });

  it('holds against other processes, and ends with the process that holds it', async () => {
    const { child, answer } = await otherProcess();
    assert.equal(answer, 'locked');
    await assert.rejects(lockFolder(folder), FolderInUse);
    assert.equal((await otherProcess()).answer, 'FolderInUse');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await isLocked(folder), false);
    await (
      await lockFolder(folder)
    )();
  });

  it('holds while its holder is stopped', async () => {
    const { child } = await otherProcess();
    child.kill('SIGSTOP');
    await assert.rejects(lockFolder(folder), FolderInUse);
  });

  it('goes to exactly one of many that find a stale one', async () => {
    for (let round = 0; round < 20; round += 1) {
      const lock = join(folder, 'lock');
      await mkdir(lock, { recursive: true });
      await writeFile(join(lock, `${await portOfNobody()}-stale`), '');
      const attempts = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => lockLater(folder, i)));
      const unlocks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      assert.equal(unlocks.length, 1, `round ${round}`);
      for (const unlock of unlocks) await unlock();
      assert.deepEqual(await readdir(folder), []);
    }
  });

  it('is stale when something else listens where its holder did', async () => {
    const stranger = createServer((socket) => socket.end('who is there?')).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    await mkdir(join(folder, 'lock'));
    await writeFile(join(folder, 'lock', `${(stranger.address() as AddressInfo).port}-stale`), '');
    await (
      await lockFolder(folder)
    )();
    stranger.close();
  });

  it('is stale when it is empty', async () => {
    await mkdir(join(folder, 'lock'));
    await (
      await lockFolder(folder)
    )();
  });
});

/** Each starts a little after the one before, so that some find the lock stale that others have just taken over. */
async function lockLater(folder: string, turns: number): Promise<() => Promise<void>> {
  for (let turn = 0; turn < turns; turn += 1) await immediate();
  return await lockFolder(folder);
}

async function portOfNobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
