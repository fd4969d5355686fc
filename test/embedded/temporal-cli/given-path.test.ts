import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { givenAddress } from '../../../src/embedded/temporal-cli/given-address.js';
import { givenPath } from '../../../src/embedded/temporal-cli/given-path.js';
import { OLD_VERSION, cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

describe('what the user names', () => {
  const folder = temporaryFolders();

  it('TEMPORAL_ADDRESS names a server, unless it is empty', () => {
    assert.equal(givenAddress({ TEMPORAL_ADDRESS: 'temporal.example:7233' }), 'temporal.example:7233');
    assert.equal(givenAddress({ TEMPORAL_ADDRESS: ' ' }), null);
    assert.equal(givenAddress({}), null);
  });

  it('TEMPORAL_CLI_PATH names an executable', async () => {
    const path = await fakeExecutable(await folder(), 'my-temporal', cliScript());
    assert.deepEqual(await givenPath({ TEMPORAL_CLI_PATH: path }), {
      path,
      version: { cli: '1.9.1', server: '1.32.0' },
      origin: 'TEMPORAL_CLI_PATH',
    });
    assert.equal(await givenPath({}), null);
  });

  const broken: readonly [what: string, make: (folder: string) => Promise<string>, says: RegExp][] = [
    [
      'does not exist',
      (at) => Promise.resolve(join(at, 'missing')),
      /missing does not exist\. Correct it, or unset it/,
    ],
    ['is a folder', (at) => Promise.resolve(at), /is not a file/],
    ['may not be executed', notExecutable, /is not executable/],
    ['fails', (at) => fakeExecutable(at, 'temporal', '#!/bin/sh\nexit 1\n'), /failed \(exit code 1\)/],
    ['is something else', (at) => fakeExecutable(at, 'temporal', cliScript('hello')), /as a Temporal CLI does/],
    ['is too old', (at) => fakeExecutable(at, 'temporal', cliScript(OLD_VERSION)), /needs server 1\.29\.0 or newer/],
  ];
  for (const [what, make, says] of broken) {
    it(`is an error when TEMPORAL_CLI_PATH ${what}`, async () => {
      const path = await make(await folder());
      await assert.rejects(givenPath({ TEMPORAL_CLI_PATH: path }), (error: Error) => {
        assert.match(error.message, /^TEMPORAL_CLI_PATH cannot be used: /);
        assert.match(error.message, says);
        return true;
      });
    });
  }
});

async function notExecutable(folder: string): Promise<string> {
  const path = await fakeExecutable(folder, 'temporal', cliScript());
  await chmod(path, 0o644);
  return path;
}
