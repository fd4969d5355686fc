import assert from 'node:assert/strict';
import { CommandFailure, runCommand } from '../../../src/embedded/temporal-cli/run-command.js';
import { fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

describe('running a command', () => {
  const folder = temporaryFolders();
  const { env } = process;

  it('looks it up along the PATH that it is given', async () => {
    const bin = await folder();
    await fakeExecutable(bin, 'speak', '#!/bin/sh\necho "$1"\n');
    assert.equal(await runCommand('speak', ['word'], { env: { PATH: bin }, timeoutMs: 10_000 }), 'word\n');
    await assert.rejects(
      runCommand('speak', [], { env: { PATH: await folder() }, timeoutMs: 10_000 }),
      (error) => error instanceof CommandFailure && error.missing && error.message === 'speak does not exist',
    );
  });

  it('fails with the lines that call themselves errors, and without the command line', async () => {
    const script = '#!/bin/sh\necho "looking" >&2\necho "ERROR: no route" >&2\necho "a hint" >&2\nexit 3\n';
    const path = await fakeExecutable(await folder(), 'fail', script);
    await assert.rejects(runCommand(path, ['--secret', 'x'], { env, timeoutMs: 10_000 }), {
      message: `${path} failed (exit code 3): ERROR: no route`,
      missing: false,
    });
  });

  it('ends a command that takes too long, even when that has left a child behind', async () => {
    const path = await fakeExecutable(await folder(), 'hang', '#!/bin/sh\nsleep 5 &\nwait\n');
    await assert.rejects(runCommand(path, [], { env, timeoutMs: 200 }), /took longer than 0.2 s and was ended/);
  });

  it('throws the reason of an aborted signal', async () => {
    const path = await fakeExecutable(await folder(), 'hang', '#!/bin/sh\nexec sleep 600\n');
    const stop = new AbortController();
    const running = runCommand(path, [], { env, timeoutMs: 60_000, signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(running, reason);
  });
});
