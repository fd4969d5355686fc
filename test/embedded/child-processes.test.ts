import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildFailure } from '../../src/embedded/child-end.js';
import { ChildProcesses, StopRequested } from '../../src/embedded/child-processes.js';
import { isProcessAlive } from '../../src/embedded/process-alive.js';
import { type ChildReady, childSpec } from './child-spec.js';
import { temporaryFolders } from './temporary-folder.js';
import { waitFor } from './wait-for.js';

describe('child processes', () => {
  const folder = temporaryFolders();
  let journal: string;
  let lines: string[];
  let children: ChildProcesses;

  beforeEach(async () => {
    journal = join(await folder(), 'journal');
    lines = [];
    children = new ChildProcesses((name, line) => lines.push(`${name}: ${line}`));
  });
  afterEach(() => {
    children.kill();
    return children.stop();
  });

  async function start(name: string, habits: readonly string[] = [], limits: Parameters<typeof childSpec>[3] = {}) {
    return await children.start(childSpec(name, journal, habits, limits), (ready: ChildReady) =>
      Promise.resolve(ready),
    );
  }

  it('are ready when their ready line says so, and every other line is passed on', async () => {
    const { prepared } = await start('one');
    assert.equal(prepared.ready, 'one');
    await waitFor('the line after the ready line', () => lines.includes('one: working'));
    assert.ok(lines.includes('one: starting up'));
    assert.ok(lines.includes('one: {"level":30,"msg":"a log line is no ready line"}'));
    assert.ok(!lines.some((line) => line.includes('"ready"')));
  });

  it('end in reverse order, and what was registered between them is undone between them', async () => {
    await start('one');
    const undone: string[] = [];
    children.defer(async () => void undone.push(await readFile(journal, 'utf8')));
    await start('two');
    await Promise.all([children.stop(), children.stop()]);
    assert.equal(await readFile(journal, 'utf8'), 'two\none\n');
    assert.deepEqual(undone, ['two\n']);
    assert.ok(children.signal.reason instanceof StopRequested);
  });

  it('fail with their last words when they end before they are ready, which ends nothing else', async () => {
    const { child } = await start('one');
    await assert.rejects(start('two', ['crash']), (error: Error) => {
      assert.ok(error instanceof ChildFailure);
      assert.match(error.message, /^two ended unexpectedly with exit code 3\. Its last output:\n/);
      assert.match(error.message, /\n {2}two has run into a wall/);
      return true;
    });
    assert.equal(children.signal.aborted, false);
    assert.ok(isProcessAlive(child.pid));
  });

  it('are ended when they do not become ready in time', async () => {
    await assert.rejects(start('one', ['silent'], { readyWithinMs: 1_500 }), /one printed no ready line within 1\.5 s/);
    assert.equal(await readFile(journal, 'utf8'), 'one\n');
  });

  it('are ended when they cannot be prepared', async () => {
    let pid = 0;
    const failing = children.start(childSpec('one', journal), () => Promise.reject(new Error('no answer')));
    await assert.rejects(failing, /^Error: no answer/);
    assert.equal(await readFile(journal, 'utf8'), 'one\n');
    await assert.rejects(
      children.start(childSpec('two', journal, ['family']), ({ family: [relative = 0] }) => {
        pid = relative;
        return Promise.reject(new Error('no answer'));
      }),
    );
    await waitFor('the end of what the child had started', () => !isProcessAlive(pid));
  });

  it('bring everything to its end when one ends by itself', async () => {
    const { child } = await start('one');
    await start('two');
    process.kill(child.pid, 'SIGKILL');
    await waitFor('the end', () => children.signal.aborted);
    assert.match(String(children.signal.reason), /^ChildFailure: one ended unexpectedly with SIGKILL/);
    await assert.rejects(start('three'), ChildFailure);
    await children.stop();
    assert.equal(await readFile(journal, 'utf8'), 'two\n');
  });

  it('are killed with all they started when they do not end in time', async () => {
    const { child, prepared } = await start('one', ['deaf', 'family'], { stopWithinMs: 200 });
    await children.stop();
    assert.ok(lines.includes('one: did not end within 0.2 s and is killed'));
    for (const pid of [child.pid, ...prepared.family]) await waitFor(`the end of ${pid}`, () => !isProcessAlive(pid));
    assert.equal(prepared.family.length, 1);
  });

  it('may be stopped one by one', async () => {
    const { child } = await start('one');
    await child.stop();
    assert.deepEqual(await child.ended, { code: 0, signal: null, lastLines: (await child.ended).lastLines });
    assert.equal(children.signal.aborted, false, 'an end that was asked for is no failure');
  });

  it('are ended while they start, when everything ends', async () => {
    const starting = start('one', ['silent']);
    await waitFor('its first line', () => lines.length > 0);
    await Promise.all([assert.rejects(starting, StopRequested), children.stop()]);
    await assert.rejects(start('two'), StopRequested);
  });

  it('do not keep each other from ending when one thing cannot be undone', async () => {
    const undone: string[] = [];
    children.defer(async () => void undone.push('first'));
    children.defer(() => Promise.reject(new Error('the disk is gone')));
    await children.stop();
    assert.deepEqual(undone, ['first']);
    assert.deepEqual(lines, ['stop: could not be completed: Error: the disk is gone']);
    children.defer(async () => void undone.push('late'));
    await children.stop();
    assert.deepEqual(undone, ['first', 'late']);
  });
});
