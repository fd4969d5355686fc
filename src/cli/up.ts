import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';

/** `licenseflow up`: everything on this machine, against a simulated tenant. */
export function registerUp(program: Command, bind: Bind): void {
  const command = program
    .command('up')
    .description('run everything on this machine: Temporal, a simulated tenant, a worker and the API, until Ctrl-C')
    .option('--ephemeral', 'keep nothing (default: state is kept in .licenseflow/)')
    .option('--users <n>', 'more users in a new simulated tenant', wholeNumber)
    .option('--policy <file>', 'approval policy (default: LICENSEFLOW_POLICY_FILE, or one for this tenant)')
    .option('--port <port>', 'port of Temporal', port)
    .option('--ui-port <port>', "port of Temporal's web UI", port)
    .option('--graph-port <port>', 'port of the simulated Microsoft Graph', port)
    .option('--control-port <port>', "port of the simulator's control surface and sign-in pages", port)
    .option('--web-port <port>', 'port of the API', port);
  withExamples(command, [
    'npm start',
    'licenseflow up --ephemeral',
    'licenseflow up --port 7233 --ui-port 8233 --users 1000',
  ]);
  bind(command, async () => (await import('./up/run-stack.js')).runStack);
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

function port(text: string): number {
  const number = wholeNumber(text);
  if (number >= 1 && number <= 65_535) return number;
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
}
