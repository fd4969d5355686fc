import type { Command } from 'commander';
import { Option } from 'commander';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { placeFlags } from './place-flags.js';

interface ApiOptions {
  readonly listen?: string;
  readonly logLevel?: string;
  readonly readyJson?: true;
  readonly exitWithParent?: true;
}

/** `licenseflow api`: the process that people and programs reach over HTTP. */
export function registerApi(program: Command, bind: Bind): void {
  const command = program
    .command('api')
    .description('serve the HTTP API, with sign-in, until Ctrl-C')
    .option('--listen <host:port>', 'where to listen (also: LICENSEFLOW_API_LISTEN; default: 127.0.0.1:8088)')
    .option('--log-level <level>', 'trace, debug, info, warn, error or fatal')
    .addOption(new Option('--ready-json', 'print one line of JSON on stdout when it listens').hideHelp())
    .addOption(new Option('--exit-with-parent', 'end when stdin closes').hideHelp());
  withExamples(command, [
    'licenseflow api --config licenseflow.yaml',
    'licenseflow api --listen 0.0.0.0:8088 --profile prod',
  ]);
  bind(command, async () => runApi);
}

const runApi: Handler<ApiOptions> = async ({ global, deps }, options) => {
  const [{ loadApiConfig }, { startWebProcess }] = await Promise.all([
    import('../config/config.js'),
    import('../web/process.js'),
  ]);
  const config = await loadApiConfig({
    configFile: global.config,
    flags: {
      ...placeFlags(global),
      'api.listen': options.listen,
      'log.level': options.logLevel,
    },
    env: deps.env,
    workingFolder: deps.cwd,
  });
  const code = await startWebProcess(config, {
    readyJson: options.readyJson === true,
    exitWithParent: options.exitWithParent === true,
  });
  return deps.exit(code === 0 ? EXIT.ok : EXIT.failed);
};
