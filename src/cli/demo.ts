import type { Command } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';

/** `licenseflow demo`: the main job from end to end, with every statement checked. */
export function registerDemo(program: Command, bind: Bind): void {
  const command = program
    .command('demo')
    .description(
      'play the main job on a server, a simulated tenant and a worker of its own; 0 only if all of it holds',
    );
  withExamples(command, ['npm run demo', 'licenseflow demo --verbose']);
  bind(command, async () => (await import('./demo/run-demo.js')).runDemo);
}
