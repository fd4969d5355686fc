import type { Command } from 'commander';
import { Argument } from 'commander';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';

/**
 * `licenseflow completion`: a script for the shell. The script asks this program for candidates at each press of the
 * key, through the hidden command `complete`, so that it never has to be made again.
 */
export function registerCompletion(program: Command, bind: Bind): void {
  const command = program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'shell').choices(['bash', 'zsh', 'fish', 'powershell']));
  withExamples(command, [
    'source <(licenseflow completion bash)',
    'licenseflow completion zsh > "${fpath[1]}/_licenseflow"',
    'licenseflow completion fish > ~/.config/fish/completions/licenseflow.fish',
    'licenseflow completion powershell | Out-String | Invoke-Expression',
  ]);
  bind(command, async () => printScript);
  const complete = program.command('complete', { hidden: true }).argument('[words...]', 'the words so far');
  bind(complete, async () => async (_invocation, _options, words: readonly string[]) => {
    const { suggest } = await import('./completion/suggest.js');
    suggest(program, words);
    return EXIT.ok;
  });
}

const printScript: Handler<object, [string]> = async (_invocation, _options, shell) => {
  const { script } = await import('@bomb.sh/tab');
  script(shell, 'licenseflow', 'licenseflow');
  return EXIT.ok;
};
