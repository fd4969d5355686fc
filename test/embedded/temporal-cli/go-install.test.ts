import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goInstall } from '../../../src/embedded/temporal-cli/go-install.js';
import { GOOD_VERSION, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

/** Writes what it was asked into GOBIN/asked, and an executable beside it, as `go install` does. */
const GO = `#!/bin/sh
echo "$* GOOS=$GOOS GOFLAGS=$GOFLAGS GOWORK=$GOWORK CGO_ENABLED=$CGO_ENABLED GOPROXY=$GOPROXY" > "$GOBIN/asked"
printf '#!/bin/sh\\necho "${GOOD_VERSION}"\\n' > "$GOBIN/temporal"
`;

describe('go install', () => {
  const folder = temporaryFolders();

  it('builds for this machine into the folder it is given, with the proxy of the user', async () => {
    const [bin, into] = [await folder(), await folder()];
    await fakeExecutable(bin, 'go', GO);
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      GOOS: 'plan9',
      GOFLAGS: '-mod=vendor',
      GOPROXY: 'https://proxy.example',
    };
    assert.equal(await goInstall().fetch(into, { env }), join(into, 'temporal'));
    assert.equal(
      await readFile(join(into, 'asked'), 'utf8'),
      'install github.com/temporalio/cli/cmd/temporal@v1.5.1 ' +
        'GOOS= GOFLAGS= GOWORK=off CGO_ENABLED=0 GOPROXY=https://proxy.example\n',
    );
  });

  it('says when there is no Go', async () => {
    const env = { PATH: await folder() };
    await assert.rejects(goInstall().fetch(await folder(), { env }), { message: 'no Go toolchain is on the PATH' });
  });

  it('says why Go failed, and does not wait for ever', async () => {
    const bin = await folder();
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    await fakeExecutable(bin, 'go', '#!/bin/sh\necho "go: module lookup disabled by GOPROXY=off" >&2\nexit 1\n');
    await assert.rejects(goInstall().fetch(await folder(), { env }), /module lookup disabled by GOPROXY=off/);
    await fakeExecutable(bin, 'go', '#!/bin/sh\nexec sleep 600\n');
    await assert.rejects(goInstall({ timeoutMs: 200 }).fetch(await folder(), { env }), /took longer than 0.2 s/);
  });
});
