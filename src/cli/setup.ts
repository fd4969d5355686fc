import type { Command } from 'commander';
import { parseRetention } from './duration.js';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';

/** `licenseflow setup`: makes a namespace ready for licenseflow. */
export function registerSetup(program: Command, bind: Bind): void {
  const command = program
    .command('setup')
    .description('register what licenseflow needs in its Temporal namespace; safe to repeat')
    .option('--create-namespace', 'create the namespace if it is missing')
    .option('--retention <duration>', 'how long a new namespace keeps ended requests (90d)', parseRetention);
  withExamples(command, [
    'licenseflow setup',
    'licenseflow setup --namespace licenseflow --create-namespace --retention 90d',
  ]);
  bind(command, async () => (await import('./setup/prepare-namespace.js')).prepareNamespace);
}
