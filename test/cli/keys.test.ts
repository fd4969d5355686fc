import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { run } = await import('./run-cli.js');
const { parseKeys } = await import('../../src/codec/key-text.js');

interface Made {
  readonly keyId: string;
  readonly encrypts: boolean;
}

describe('keys', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'cli-keys-'));
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const keys = async () => parseKeys(await readFile(join(cwd, 'keys.txt'), 'utf8'), 'keys.txt');
  const made = async (...more: string[]): Promise<Made> => {
    const { code, stdout, stderr } = await run(['keys', 'new', '--file', 'keys.txt', '--json', ...more], { cwd });
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Made;
  };

  it('new makes a file that only its owner can read, says what to do with it, and never prints the key', async () => {
    const { code, stdout, stderr } = await run(['keys', 'new', '--file', 'keys.txt'], { cwd, terminal: true });
    assert.equal(code, 0, stderr);
    assert.equal((await stat(join(cwd, 'keys.txt'))).mode & 0o777, 0o600);
    const [key] = await keys();
    for (const word of [key.id, 'Keep a copy', 'LICENSEFLOW_ENCRYPTION_KEYS_FILE', 'Key Vault', 'Restart'])
      assert.ok(stdout.includes(word), stdout);
    assert.ok(!`${stdout}${stderr}`.includes(key.secret.toString('base64')));
  });

  it('new leaves a file that exists alone', async () => {
    await writeFile(join(cwd, 'keys.txt'), 'precious');
    const { code, stderr } = await run(['keys', 'new', '--file', 'keys.txt'], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /exists already.*Nothing was changed[^]*--add/);
    assert.equal(await readFile(join(cwd, 'keys.txt'), 'utf8'), 'precious');
  });

  it('rotate in two steps, and lose no key', async () => {
    const first = await made();
    const second = await made('--add');
    assert.deepEqual([first.encrypts, second.encrypts], [true, false]);
    assert.deepEqual(
      (await keys()).map(({ id }) => id),
      [first.keyId, second.keyId],
    );
    const used = await run(['keys', 'use', second.keyId, '--file', 'keys.txt'], { cwd });
    assert.equal(used.code, 0, used.stderr);
    assert.deepEqual(
      (await keys()).map(({ id }) => id),
      [second.keyId, first.keyId],
    );
    assert.equal((await stat(join(cwd, 'keys.txt'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(cwd), ['keys.txt']);
  });

  it('say what is there where a key or a file is not', async () => {
    const { keyId } = await made();
    const unknown = await run(['keys', 'use', 'key-x', '--file', 'keys.txt'], { cwd });
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, new RegExp(`no key "key-x"[^]*"${keyId}"`));
    for (const argv of [
      ['use', 'key-x'],
      ['new', '--add'],
    ]) {
      const none = await run(['keys', ...argv, '--file', 'none.txt'], { cwd });
      assert.equal(none.code, 2);
      assert.match(none.stderr, /none\.txt cannot be read \(ENOENT\)[^]*licenseflow keys new/);
    }
  });
});
