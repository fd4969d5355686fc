import type { Command } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';

/** `licenseflow keys`: the keys that payloads are encrypted with, as a file. */
export function registerKeys(program: Command, bind: Bind): void {
  const keys = program.command('keys').description('the keys of payload encryption');
  withExamples(keys, [
    'licenseflow keys new --file payload-keys.txt',
    'licenseflow keys use KEY --file payload-keys.txt',
  ]);
  const made = keys
    .command('new')
    .description('make a key file that nobody else can read, or add a key to one')
    .requiredOption('--file <file>', 'the key file')
    .option('--add', 'add a key to a file that exists; it decrypts, and encrypts only after `keys use`');
  withExamples(made, [
    'licenseflow keys new --file payload-keys.txt',
    'licenseflow keys new --file payload-keys.txt --add',
  ]);
  bind(made, async () => (await import('./keys/new-key.js')).newKeyInFile);
  const used = keys
    .command('use')
    .description('encrypt with this key from now on; the others still decrypt')
    .argument('<key>', 'id of a key in the file')
    .requiredOption('--file <file>', 'the key file');
  withExamples(used, ['licenseflow keys use key-2026-03-01-4f9a2c --file payload-keys.txt']);
  bind(used, async () => (await import('./keys/use-key.js')).useKey);
}
