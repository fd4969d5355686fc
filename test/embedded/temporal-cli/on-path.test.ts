import assert from 'node:assert/strict';
import { delimiter, join } from 'node:path';
import { CliTooOld } from '../../../src/embedded/temporal-cli/cli-version.js';
import { cliOnPath } from '../../../src/embedded/temporal-cli/on-path.js';
import { OLD_VERSION, cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

describe('temporal on the PATH', () => {
  const folder = temporaryFolders();

  it('is the first one, as a shell sees it', async () => {
    const [first, second, empty] = [await folder(), await folder(), await folder()];
    const path = await fakeExecutable(first, 'temporal', cliScript());
    await fakeExecutable(second, 'temporal', cliScript(OLD_VERSION));
    const found = await cliOnPath({ PATH: [empty, first, second].join(delimiter) });
    assert.equal(found.path, path);
  });

  it('is refused when it is too old', async () => {
    const bin = await folder();
    await fakeExecutable(bin, 'temporal', cliScript(OLD_VERSION));
    await assert.rejects(cliOnPath({ PATH: bin }), CliTooOld);
  });

  it('need not be there', async () => {
    for (const PATH of ['', await folder(), join(await folder(), 'missing')]) {
      await assert.rejects(cliOnPath({ PATH }), /there is no executable of that name/);
    }
  });
});
