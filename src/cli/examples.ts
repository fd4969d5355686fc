import type { Command } from 'commander';

/** Puts examples at the head of the command's help, where people look first. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText('before', ['Examples:', ...examples.map((example) => `  $ ${example}`), ''].join('\n'));
}
