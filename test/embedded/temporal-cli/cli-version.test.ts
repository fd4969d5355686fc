import assert from 'node:assert/strict';
import { CliTooOld, checkCli, parseCliVersion } from '../../../src/embedded/temporal-cli/cli-version.js';
import { GOOD_VERSION, OLD_VERSION, cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

describe('the version of a Temporal CLI', () => {
  const folder = temporaryFolders();

  it('is read from the forms that releases and own builds print', () => {
    assert.deepEqual(parseCliVersion(`${GOOD_VERSION}\n`), { cli: '1.9.1', server: '1.32.0' });
    assert.deepEqual(parseCliVersion('temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)'), {
      cli: '0.0.0-DEV',
      server: '1.29.1',
    });
    assert.equal(parseCliVersion('tctl version 1.18.0'), null);
    assert.equal(parseCliVersion(''), null);
  });

  it('decides by the server inside, numerically', async () => {
    const accepted = ['1.29.0', '1.32.0', '1.100.0', '2.0.0'];
    const refused = ['1.28.9', '1.9.0', '0.99.0'];
    for (const server of [...accepted, ...refused]) {
      const path = await fakeExecutable(
        await folder(),
        'temporal',
        cliScript(`temporal version 1.5.0 (Server ${server}, UI 2)`),
      );
      const check = checkCli(path, 'a test');
      if (accepted.includes(server)) assert.equal((await check).version.server, server);
      else await assert.rejects(check, CliTooOld);
    }
  });

  it('says which executable is too old and what is needed', async () => {
    const path = await fakeExecutable(await folder(), 'temporal', cliScript(OLD_VERSION));
    await assert.rejects(checkCli(path, 'a test'), {
      message: `${path} is Temporal CLI 1.1.0 with server 1.25.0, and licenseflow needs server 1.29.0 or newer`,
    });
  });

  it('is refused when something else answers', async () => {
    const path = await fakeExecutable(await folder(), 'temporal', cliScript('hello'));
    await assert.rejects(checkCli(path, 'a test'), /does not answer --version as a Temporal CLI does/);
  });
});
