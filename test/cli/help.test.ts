import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT, EXIT_MEANING } from '../../src/cli/exit-codes.js';
import { buildProgram } from '../../src/cli/program.js';

const { run } = await import('./run-cli.js');

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');

interface Named {
  readonly words: readonly string[];
  readonly command: Command;
}

const program = buildProgram(() => {});
const commands = namedCommands(program, []);
const leaves = commands.filter(({ command }) => command.commands.length === 0);

function namedCommands(parent: Command, words: readonly string[]): readonly Named[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const named = { words: [...words, command.name()], command };
      return [named, ...namedCommands(command, named.words)];
    });
}

describe('help', () => {
  it('knows all commands', () => assert.ok(leaves.length >= 25, `${leaves.length} commands`));

  for (const { words } of commands)
    it(`of "${words.join(' ')}" begins with an example of it`, async () => {
      const { code, stdout } = await run([...words, '--help']);
      assert.equal(code, 0);
      const [head, example = ''] = stdout.split('\n');
      assert.equal(head, 'Examples:');
      assert.match(example, /^ {2}\$ \S/);
      const calls = stdout.split('\n\n')[0] ?? '';
      assert.ok(words.join(' ') === 'up' || calls.includes(`licenseflow ${words.join(' ')}`), calls);
    });

  it('examples can be parsed', async () => {
    for (const { words } of leaves) {
      const { stdout } = await run([...words, '--help']);
      for (const line of stdout.split('\n\n')[0]?.split('\n').slice(1) ?? []) {
        const call = /\$ (?:.*\()?licenseflow ([^|)>]*)/.exec(line)?.[1];
        if (call === undefined) continue;
        const argv = [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
        const inert = buildProgram((command) => command.action(() => {}));
        const silent = (command: Command): void => {
          command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
          command.commands.forEach(silent);
        };
        silent(inert);
        assert.doesNotThrow(() => inert.parse(argv, { from: 'user' }), line);
      }
    }
  });

  it('is shown for no words at all, for -h, and for help with any number of words', async () => {
    const all = await run([]);
    assert.deepEqual(await run(['-h']), all);
    assert.equal(all.code, 0);
    assert.deepEqual(await run(['help', 'seats']), await run(['seats', '-h']));
    assert.deepEqual(await run(['help', 'request', 'submit']), await run(['request', 'submit', '--help']));
  });

  it('lists the exit codes', async () => {
    const { stdout } = await run(['--help']);
    for (const code of Object.values(EXIT)) assert.match(stdout, new RegExp(`^ {2}${code} `, 'm'));
  });

  it('2, with the sub-commands on stderr, for a command that only has sub-commands', async () => {
    const { code, stdout, stderr } = await run(['request']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /submit/);
  });
});

describe('docs/cli.md', () => {
  for (const { words, command } of leaves) {
    it(`shows licenseflow ${words.join(' ')} with all its options`, () => {
      assert.ok(DOCS.includes(`licenseflow ${words.join(' ')}`));
      for (const { long, hidden } of command.options) if (!hidden && long) assert.ok(DOCS.includes(`\`${long}`), long);
    });
  }

  it('shows the options of all commands', () => {
    for (const { long } of program.options) assert.ok(DOCS.includes(`${long ?? ''}`), long);
  });

  it('has the table of exit codes', () => {
    for (const [name, code] of Object.entries(EXIT)) {
      const meaning = EXIT_MEANING[name as keyof typeof EXIT];
      const row = DOCS.split('\n').find((line) => line.startsWith(`| ${code} |`)) ?? '';
      assert.ok(row.includes(meaning), `${code}: ${meaning}`);
    }
  });
});
