import completion from '@bomb.sh/tab';
import type { Command as Completed } from '@bomb.sh/tab';
import type { Argument, Command, Option } from 'commander';

/**
 * Prints on stdout what may follow `words`, in the form that the shell scripts read.
 *
 * @param words the last one is the one that is being typed; empty when it is a new one.
 */
export function suggest(program: Command, words: readonly string[]): void {
  describe(program, '', program.options);
  // It takes the words apart in place.
  completion.parse([...words]);
}

/** Tells the completion of `command` and of all below it. Global options may stand anywhere, so each command has them. */
function describe(command: Command, path: string, global: readonly Option[]): void {
  const help = command.createHelp();
  for (const child of help.visibleCommands(command)) {
    const childPath = path === '' ? child.name() : `${path} ${child.name()}`;
    const completed = completion.command(childPath, child.description());
    for (const option of [...help.visibleOptions(child), ...global]) describeOption(completed, option);
    for (const argument of child.registeredArguments) describeArgument(completed, argument);
    describe(child, childPath, global);
  }
  if (path === '') for (const option of help.visibleOptions(command)) describeOption(completion, option);
}

function describeOption(
  completed: Completed,
  { long, short, description, required, optional, argChoices }: Option,
): void {
  const name = long?.slice(2);
  if (name === undefined) return;
  const letter = short?.slice(1);
  if (required || optional) completed.option(name, description, offering(argChoices), letter);
  else if (letter === undefined) completed.option(name, description);
  else completed.option(name, description, letter);
}

function describeArgument(completed: Completed, argument: Argument): void {
  const { argChoices, variadic } = argument;
  completed.argument(argument.name(), offering(argChoices), variadic);
}

function offering(choices: readonly string[] = []) {
  return (offer: (value: string, description: string) => void): void => {
    for (const choice of choices) offer(choice, '');
  };
}
