import type { Command } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';

/** `licenseflow policy`: the approval policy as a file. */
export function registerPolicy(program: Command, bind: Bind): void {
  const policy = program.command('policy').description('the approval policy');
  withExamples(policy, ['licenseflow policy check policy.yaml']);
  const check = policy
    .command('check')
    .description('check a policy file, and show what it says')
    .argument('[file]', 'policy file (default: the configured one)');
  withExamples(check, ['licenseflow policy check', 'licenseflow policy check policy.yaml --json']);
  bind(check, async () => (await import('./policy/check.js')).checkPolicy);
}
