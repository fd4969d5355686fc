/** The command line as a whole: its commands, the options that all of them take, and how a run ends. */
import { Command, CommanderError, Option } from 'commander';
import { registerApi } from './api.js';
import { registerCampaign } from './campaign.js';
import { registerCatalog } from './catalog.js';
import { registerCompletion } from './completion.js';
import { registerDemo } from './demo.js';
import { registerDoctor } from './doctor.js';
import { parseDuration } from './duration.js';
import { describeError } from './error-report.js';
import { withExamples } from './examples.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT, EXIT_MEANING } from './exit-codes.js';
import { registerExplain } from './explain.js';
import { registerInbox } from './inbox.js';
import type { Bind, CliDependencies, GlobalOptions, Invocation, Session } from './invocation.js';
import { registerNotices } from './notices.js';
import { Output } from './output.js';
import { registerPolicy } from './policy.js';
import { registerRequest } from './request.js';
import { registerSeats, registerWaitlist } from './seats.js';
import { registerSetup } from './setup.js';
import { registerSim } from './sim.js';
import { registerUp } from './up.js';
import { version } from './version.js';
import { registerWho } from './who.js';
import { registerWorker } from './worker.js';

/** All commands, with actions that do nothing but hand over to `bind`. */
export function buildProgram(bind: Bind): Command {
  const program = new Command('licenseflow')
    .description('Microsoft 365 licences on request: approved, verified by read-back, exactly reversible.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError();
  for (const option of globalOptions()) program.addOption(option);
  withExamples(program, [
    'npm start',
    'licenseflow request submit --for AdeleV@contoso.com --add SPE_E3 --reason "New laptop"',
    'licenseflow inbox --as MeganB@contoso.com',
    'licenseflow explain lr-20260301-k7m3q9',
    'licenseflow campaign plan e3-to-e5 --from users.csv --swap SPE_E3:SPE_E5 --as MeganB@contoso.com',
  ]);
  program.addHelpText('after', exitCodeHelp());
  registerRequest(program, bind);
  registerCampaign(program, bind);
  registerInbox(program, bind);
  registerExplain(program, bind);
  registerCatalog(program, bind);
  registerWho(program, bind);
  registerSeats(program, bind);
  registerNotices(program, bind);
  registerWaitlist(program, bind);
  registerDoctor(program, bind);
  registerSetup(program, bind);
  registerWorker(program, bind);
  registerApi(program, bind);
  registerUp(program, bind);
  registerDemo(program, bind);
  registerSim(program, bind);
  registerPolicy(program, bind);
  registerCompletion(program, bind);
  return program;
}

/**
 * Runs one command line.
 *
 * @param argv what follows the program's name.
 * @returns the exit code; what went wrong has been said on stderr.
 */
export async function runCli(argv: readonly string[], deps: CliDependencies): Promise<ExitCode> {
  let ended: ExitCode = EXIT.ok;
  const opened: Promise<Session>[] = [];
  const program = buildProgram((command, load) => {
    command.action(async (...received: unknown[]) => {
      // Commander calls an action with the arguments, the options, and the command.
      const [options, ...args] = [received.at(-2), ...received.slice(0, -2)];
      const invocation = invocationOf(command.optsWithGlobals(), deps, opened);
      const handler = await load();
      ended = await handler(invocation, options as never, ...(args as never));
    });
  });
  captureOutput(program, deps);
  try {
    await program.parseAsync(normalized(argv), { from: 'user' });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    // Its help has been shown already: a command that only has sub-commands was called without one.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    return reported(error, argv, program, deps);
  } finally {
    await Promise.allSettled(opened.map(async (session) => (await session).close()));
  }
}

function globalOptions(): Option[] {
  return [
    new Option('--json', `print JSON (documents of licenseflow/v1)`).conflicts('plain'),
    new Option('--plain', 'one tab-separated record a line, as in a pipe'),
    new Option('--no-color', 'no colours (also: NO_COLOR, TERM=dumb)'),
    new Option('--no-input', 'never ask; fail and name the missing option'),
    new Option('-v, --verbose', 'ids beside names, and stack traces'),
    new Option('--config <file>', 'configuration file (also: LICENSEFLOW_CONFIG)'),
    new Option('--profile <name>', 'Temporal profile (also: TEMPORAL_PROFILE)'),
    new Option('--address <host:port>', 'Temporal server (also: TEMPORAL_ADDRESS)'),
    new Option('--namespace <name>', 'Temporal namespace (also: TEMPORAL_NAMESPACE)'),
    new Option('--task-queue <name>', 'task queue of the workers (also: LICENSEFLOW_TEMPORAL_TASK_QUEUE)'),
    new Option('--timeout <duration>', 'how long to wait for an answer (15s), or for an end').argParser(parseDuration),
  ];
}

function exitCodeHelp(): string {
  const codes = Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padEnd(5)}${EXIT_MEANING[name as keyof typeof EXIT]}`,
  );
  return ['', 'Exit codes:', ...codes].join('\n');
}

/** `help a b` shows the help of `a b`, and no words at all show the help of everything. */
function normalized(argv: readonly string[]): readonly string[] {
  const [first, second, ...rest] = argv;
  if (first === undefined) return ['--help'];
  return first === 'help' && second !== undefined && rest.length > 0 ? [second, 'help', ...rest] : argv;
}

/** Commander writes to the given streams, leaves errors to us, and never ends the process. */
function captureOutput(command: Command, deps: CliDependencies): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void deps.stdout.write(text),
    writeErr: (text) => void deps.stderr.write(text),
    outputError: () => {},
  });
  for (const child of command.commands) captureOutput(child, deps);
}

function invocationOf(global: GlobalOptions, deps: CliDependencies, opened: Promise<Session>[]): Invocation {
  return {
    deps,
    global,
    out: outputOf(global, deps),
    session: () => {
      const [session = deps.openSession(global, deps)] = opened;
      if (opened.length === 0) opened.push(session);
      return session;
    },
  };
}

function outputOf({ json, plain, color, verbose }: FormOptions, deps: CliDependencies): Output {
  const { stdout, stderr, env, timeZone } = deps;
  const toTerminal = stdout.isTTY === true && plain !== true;
  return new Output({
    ...{ stdout, stderr, verbose: verbose === true },
    form: json === true ? 'json' : toTerminal ? 'terminal' : 'plain',
    color: color && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    ...(timeZone !== undefined && { timeZone }),
  });
}

type FormOptions = Pick<GlobalOptions, 'json' | 'plain' | 'color' | 'verbose'>;

function reported(error: unknown, argv: readonly string[], program: Command, deps: CliDependencies): ExitCode {
  const text = describeError(error, `${namedCommand(program, argv)} --help`);
  outputOf(formWanted(argv), deps).error(text);
  return text.exitCode;
}

/** The options may be what is wrong, so the form of an error is looked for in the words themselves. */
function formWanted(argv: readonly string[]): FormOptions {
  return {
    ...(argv.includes('--json') && { json: true }),
    ...((argv.includes('--verbose') || argv.includes('-v')) && { verbose: true }),
    color: !argv.includes('--no-color'),
  };
}

/** The command that the words name, as far as they name one: "licenseflow request submit". */
function namedCommand(program: Command, argv: readonly string[]): string {
  let command = program;
  const names = [program.name()];
  for (const word of argv) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) continue;
    command = child;
    names.push(word);
  }
  return names.join(' ');
}
