import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { nodeArguments } from '../../src/embedded/own-program.js';
import { isProcessAlive } from '../../src/embedded/process-alive.js';
import { temporaryFolders } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

const PROGRAM = fileURLToPath(new URL('./programs/foreground.ts', import.meta.url));

describe('a command in the foreground', () => {
  const folder = temporaryFolders();
  const started: ChildProcess[] = [];
  let journal: string;

  beforeEach(async () => {
    journal = join(await folder(), 'journal');
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  /** Runs `programs/foreground.ts` until its children are ready. */
  async function run(end: 'stay' | 'return', ...habits: readonly string[]) {
    const child = spawn(process.execPath, nodeArguments(PROGRAM, [journal, end, ...habits]), {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Leads a group, as a command that a shell has started does.
      detached: true,
    });
    started.push(child);
    const said = text(child.stderr);
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown>;
    const { pids } = (await next()) as { pids: number[] };
    return { child, pids, said, ended: next, exit: once(child, 'exit') };
  }

  async function allGone(pids: readonly number[]): Promise<void> {
    for (const pid of pids) await waitFor(`the end of ${pid}`, () => !isProcessAlive(pid));
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends its children in reverse order on ${signal}`, async () => {
      const { child, pids, ended, exit } = await run('stay', '', '');
      // A terminal sends it to the whole group.
      process.kill(-(child.pid ?? NaN), signal);
      assert.deepEqual(await ended(), { by: 'signal', signal });
      assert.equal(await readFile(journal, 'utf8'), 'child-2\nchild-1\n');
      await exit;
      await allGone(pids);
    });
  }

  it('kills what does not end on the second Ctrl-C', async () => {
    const { child, pids, said, ended, exit } = await run('stay', '', 'deaf,family');
    child.kill('SIGINT');
    await waitFor('the end of patience', async () => {
      child.kill('SIGINT');
      return !isProcessAlive(pids[1] ?? 0);
    });
    assert.deepEqual(await ended(), { by: 'signal', signal: 'SIGINT' });
    await exit;
    await allGone(pids);
    assert.match(await said, /SIGINT received: ending everything in order/);
  });

  it('ends everything when one of its children ends', async () => {
    const { pids, ended } = await run('stay', '', '');
    process.kill(pids[1] ?? 0, 'SIGKILL');
    const end = await ended();
    assert.equal(end['by'], 'failure');
    assert.match(String(end['error']), /child-2 ended unexpectedly with SIGKILL/);
    assert.equal(await readFile(journal, 'utf8'), 'child-1\n');
    await allGone(pids);
  });

  it('ends its children when its work is done', async () => {
    const { pids, ended, exit } = await run('return', '', '');
    assert.deepEqual(await ended(), { by: 'itself', value: 'returned' });
    assert.equal(await readFile(journal, 'utf8'), 'child-2\nchild-1\n');
    assert.deepEqual(await exit, [0, null]);
    await allGone(pids);
  });

  it('leaves no child behind when it is killed itself', async () => {
    const { child, pids, exit } = await run('stay', '', 'talk');
    child.kill('SIGKILL');
    await exit;
    await allGone(pids);
    const ended = (await readFile(journal, 'utf8')).trim().split('\n');
    assert.deepEqual(ended.sort(), ['child-1', 'child-2'], 'both have noticed, and ended in their own way');
  });
});
