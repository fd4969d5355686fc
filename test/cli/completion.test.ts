import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, '../../bin/licenseflow.js');

function licenseflow(...argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** What the shell would offer after these words, without descriptions. */
function offered(...words: readonly string[]): readonly string[] {
  const lines = licenseflow('complete', '--', ...words)
    .trimEnd()
    .split('\n');
  assert.match(lines.pop() ?? '', /^:\d+$/);
  return lines.map((line) => line.split('\t')[0] ?? '');
}

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe('licenseflow completion', () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell'])
    it(`prints a script for ${shell} that asks this program`, () => {
      assert.match(licenseflow('completion', shell), /licenseflow['"]? complete ['"]?--/);
    });

  for (const shell of ['bash', 'zsh', 'fish'])
    it(`${shell} understands its script`, function () {
      if (!has(shell)) return this.skip();
      const input = licenseflow('completion', shell);
      const { status, stderr } = spawnSync(shell, ['-n'], { input, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });

  it('offers commands, and not the hidden one', () => {
    const commands = offered('');
    assert.ok(commands.includes('request') && commands.includes('completion'));
    assert.ok(!commands.includes('complete'));
  });

  it('offers sub-commands, options with those of all commands, and choices', () => {
    assert.deepEqual(offered('sim', 'fault', ''), ['add', 'list', 'clear', 'help']);
    assert.deepEqual(offered('request', 'submit', '--dis'), ['--disable-plan']);
    assert.deepEqual(offered('request', 'show', 'lr-1', '--js'), ['--json']);
    assert.deepEqual(offered('request', 'list', '--state', 'w'), [
      ...['waiting-for-approval', 'waiting-for-seat', 'writing', 'withdrawn'],
    ]);
  });
});
