import type { Command } from 'commander';
import { Option } from 'commander';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { placeFlags } from './place-flags.js';

interface WorkerOptions {
  readonly policy?: string;
  readonly logLevel?: string;
  readonly readyJson?: true;
  readonly exitWithParent?: true;
}

/** `licenseflow worker`: the process that does the work. */
export function registerWorker(program: Command, bind: Bind): void {
  const command = program
    .command('worker')
    .description('run a worker against a real tenant, until Ctrl-C')
    .option('--policy <file>', 'approval policy (also: LICENSEFLOW_POLICY_FILE)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or fatal')
    .addOption(new Option('--ready-json', 'print one line of JSON on stdout when it polls').hideHelp())
    .addOption(new Option('--exit-with-parent', 'end when stdin closes').hideHelp());
  withExamples(command, [
    'licenseflow worker --config licenseflow.yaml',
    'licenseflow worker --profile prod --policy policy.yaml',
  ]);
  bind(command, async () => runWorker);
}

const runWorker: Handler<WorkerOptions> = async ({ global, deps }, options) => {
  const [{ loadConfig }, { startWorkerProcess }] = await Promise.all([
    import('../config/config.js'),
    import('../worker/process.js'),
  ]);
  const config = await loadConfig({
    configFile: global.config,
    flags: {
      ...placeFlags(global),
      'policy.file': options.policy,
      'log.level': options.logLevel,
    },
    env: deps.env,
    workingFolder: deps.cwd,
  });
  const code = await startWorkerProcess(config, {
    readyJson: options.readyJson === true,
    exitWithParent: options.exitWithParent === true,
  });
  return deps.exit(code === 0 ? EXIT.ok : EXIT.failed);
};
