import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ChildProcesses } from '../../src/embedded/child-processes.js';
import { nodeArguments, ownModule } from '../../src/embedded/own-program.js';
import { isProcessAlive } from '../../src/embedded/process-alive.js';
import { fakeExecutable } from './fake-executable.js';
import { temporaryFolders } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

describe('the supervisor of a foreign executable', () => {
  const folder = temporaryFolders();
  let lines: string[];
  let children: ChildProcesses;

  beforeEach(() => {
    lines = [];
    children = new ChildProcesses((_, line) => lines.push(line));
  });
  afterEach(() => {
    children.kill();
    return children.stop();
  });

  /** Runs a shell script that says `up` when it has set its traps. */
  async function supervise(script: string, graceMs = 60_000) {
    const executable = await fakeExecutable(await folder(), 'foreign', `#!/bin/sh\n${script}\n`);
    const spec = {
      name: 'foreign',
      module: ownModule('embedded/supervise'),
      args: [String(graceMs), executable],
      env: process.env,
      ready: z.object({ pid: z.number() }),
      readyWithinMs: 60_000,
      stopWithinMs: 60_000,
    };
    const started = await children.start(spec, ({ pid }) => Promise.resolve(pid));
    await waitFor('the executable', () => lines.includes('up'));
    return { supervisor: started.child, pid: started.prepared };
  }

  it('asks it to end, and waits until it has', async () => {
    const journal = join(await folder(), 'journal');
    const { pid } = await supervise(`trap 'echo bye > ${journal}; exit 0' TERM; echo up; while :; do sleep 0.05; done`);
    await children.stop();
    assert.equal(await readFile(journal, 'utf8'), 'bye\n');
    assert.equal(isProcessAlive(pid), false);
  });

  it('asks it to end even when nobody reads its output any more', async () => {
    const journal = join(await folder(), 'journal');
    const bye = `for i in 1 2 3 4 5; do echo stopping; sleep 0.05; done; echo bye > ${journal}; exit 0`;
    const script = `#!/bin/sh\ntrap '${bye}' TERM\necho up\nwhile :; do sleep 0.05; done\n`;
    const executable = await fakeExecutable(await folder(), 'foreign', script);
    const program = nodeArguments(ownModule('embedded/supervise'), ['60000', executable]);
    const supervisor = spawn(process.execPath, program, { stdio: 'pipe' });
    const output = createInterface(supervisor.stdout);
    for await (const line of output) if (line === 'up') break;
    for (const pipe of [supervisor.stdout, supervisor.stderr, supervisor.stdin]) pipe.destroy();
    await once(supervisor, 'exit');
    assert.equal(await readFile(journal, 'utf8'), 'bye\n');
  });

  it('kills it when it does not end', async () => {
    const { pid, supervisor } = await supervise("trap '' TERM; echo up; while :; do sleep 0.05; done", 200);
    await children.stop();
    assert.equal(isProcessAlive(pid), false);
    assert.match((await supervisor.ended).lastLines.join('\n'), /was ended by SIGKILL/);
  });

  it('ends as it ends', async () => {
    await supervise('echo up; echo "the disk is full" >&2; sleep 0.3; exit 7');
    await waitFor('the end', () => children.signal.aborted);
    assert.match(String(children.signal.reason), /foreign ended unexpectedly with exit code 7.*the disk is full/s);
  });

  it('does not leave it behind when it is killed itself', async () => {
    const { pid, supervisor } = await supervise('echo up; while :; do sleep 0.05; done');
    process.kill(supervisor.pid, 'SIGKILL');
    await waitFor('the end of the executable', () => !isProcessAlive(pid));
  });

  it('says when there is nothing to run', async () => {
    const missing = join(await folder(), 'missing');
    const spec = {
      name: 'foreign',
      module: ownModule('embedded/supervise'),
      args: ['100', missing],
      env: process.env,
      ready: z.object({ pid: z.number() }),
      readyWithinMs: 60_000,
      stopWithinMs: 60_000,
    };
    await assert.rejects(
      children.start(spec, () => Promise.resolve()),
      /missing cannot be run: spawn .* ENOENT/,
    );
  });
});
