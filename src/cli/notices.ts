import type { Command } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';
import { parsePerson } from './option-values.js';

/** `licenseflow notices`: how people are told. */
export function registerNotices(program: Command, bind: Bind): void {
  const notices = program.command('notices').description('how people are told');
  withExamples(notices, ['licenseflow notices test --to AdeleV@contoso.com']);
  const test = notices
    .command('test')
    .description('send a test through every channel of the worker')
    .requiredOption('--to <user>', 'who shall get it', parsePerson);
  withExamples(test, [
    'licenseflow notices test --to AdeleV@contoso.com',
    'licenseflow notices test --to AdeleV@contoso.com --json',
  ]);
  bind(test, async () => (await import('./notices/test.js')).testNotices);
}
