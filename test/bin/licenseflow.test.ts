import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

describe('bin/licenseflow.js', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'licenseflow-bin-'));
    cpSync(path.join(ROOT, 'bin'), path.join(directory, 'bin'), { recursive: true });
    write('package.json', '{ "type": "module" }');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function write(file: string, text: string): void {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  }

  const install = (): void => symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));

  function run(...nodeArguments: string[]) {
    const args = [...nodeArguments, path.join(directory, 'bin/licenseflow.js'), 'seats', '--json'];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  }

  const print = (name: string): string => `console.log('${name}', process.argv.slice(2).join(' '));`;

  it('runs the sources in a checkout, even beside an older build', () => {
    install();
    write('src/cli/name.ts', `export const name: string = 'sources';`);
    write('src/cli/main.ts', `import { name } from './name.js'; console.log(name, process.argv.slice(2).join(' '));`);
    write('dist/cli/main.js', print('build'));
    const { stdout, stderr, status } = run();
    assert.deepEqual({ stdout, stderr, status }, { stdout: 'sources seats --json\n', stderr: '', status: 0 });
  });

  it('runs the build in an installed package', () => {
    write('dist/cli/main.js', print('build'));
    const { stdout, stderr, status } = run();
    assert.deepEqual({ stdout, stderr, status }, { stdout: 'build seats --json\n', stderr: '', status: 0 });
  });

  it('passes the exit code on', () => {
    write('dist/cli/main.js', 'process.exitCode = 7;');
    assert.equal(run().status, 7);
  });

  it('says what to do when the dependencies are missing', () => {
    write('src/cli/main.ts', '');
    const { stderr, status } = run();
    assert.equal(status, 1);
    assert.match(stderr, /^.*Run `npm ci`.*\n$/);
  });

  it('says what to do when nothing was built', () => {
    const { stderr, status } = run();
    assert.equal(status, 1);
    assert.match(stderr, /^.*`npm run build`.*\n$/);
  });

  it('refuses an older Node in one sentence', () => {
    write('dist/cli/main.js', print('build'));
    for (const [version, refused] of Object.entries({
      '18.20.8': true,
      '20.18.9': true,
      '20.19.0': false,
      '22.1.0': false,
    })) {
      write('version.cjs', `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
      const { stdout, stderr, status } = run('--require', path.join(directory, 'version.cjs'));
      assert.equal(status, refused ? 1 : 0, version);
      if (refused) assert.match(stderr, new RegExp(`^.*needs Node 20\\.19 or newer.*${version}.*\\n$`));
      assert.equal(stdout === '', refused, version);
    }
  });
});
