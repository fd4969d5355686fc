import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.js';
import { runInForeground } from '../../embedded/foreground.js';
import type { Stack, StackPorts } from '../../embedded/stack.js';
import { startStack } from '../../embedded/stack.js';
import { untilAborted } from '../../embedded/until-aborted.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Output } from '../output.js';
import { stackPolicy, stackWebCommand, stackWorkerCommand } from '../stack-worker-command.js';
import { STATE_FOLDER } from '../state-folder-name.js';
import { readableLogLine } from './log-line.js';

export interface UpOptions {
  readonly ephemeral?: true;
  readonly users?: number;
  readonly policy?: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly graphPort?: number;
  readonly controlPort?: number;
  readonly webPort?: number;
}

export async function runStack({ out, deps, global }: Invocation, options: UpOptions): Promise<ExitCode> {
  const policy = stackPolicy(options.policy ?? deps.env['LICENSEFLOW_POLICY_FILE'], deps);
  const logLevel = deps.env['LICENSEFLOW_LOG_LEVEL'] ?? (global.verbose ? 'info' : 'warn');
  const worker = stackWorkerCommand(policy, logLevel);
  const folder = join(deps.cwd, STATE_FOLDER);
  const web = stackWebCommand(logLevel);
  out.note('Starting Temporal, a simulated Microsoft 365 tenant, a worker and the API ...');
  const end = await runInForeground(
    (name, line) => out.note(`${name.padEnd(9)} | ${readableLogLine(line)}`),
    async (children) => {
      const stack = await startStack({
        ...{ children, worker, web, ports: portsOf(options), env: deps.env, searchAttributes: SEARCH_ATTRIBUTES },
        state: options.ephemeral ? { kind: 'ephemeral' } : { kind: 'kept', folder },
        ...(options.users !== undefined && { users: options.users }),
        ...(global.namespace !== undefined && { namespace: global.namespace }),
      });
      announce(stack, options, out);
      return await untilAborted(children.signal);
    },
  );
  if (end.by === 'failure') throw end.error;
  out.note('Everything has ended.');
  return EXIT.ok;
}

function portsOf({ port, uiPort, graphPort, controlPort, webPort }: UpOptions): StackPorts {
  return {
    ...(port !== undefined && { temporal: port }),
    ...(uiPort !== undefined && { ui: uiPort }),
    ...(graphPort !== undefined && { graph: graphPort }),
    ...(controlPort !== undefined && { control: controlPort }),
    ...(webPort !== undefined && { web: webPort }),
  };
}

function announce(stack: Stack, { ephemeral }: UpOptions, out: Output): void {
  const { temporalAddress, namespace, uiUrl, graphUrl, controlUrl, webUrl, folder } = stack;
  if (out.isJson)
    return out.event('StackReady', { temporalAddress, namespace, uiUrl, graphUrl, controlUrl, webUrl, folder });
  out.fields([
    ['API', webUrl],
    ['Temporal', `${temporalAddress}, namespace ${namespace}`],
    ['Temporal UI', uiUrl],
    ['Simulated Graph', graphUrl],
    ['Simulator control', controlUrl],
    ['State', ephemeral ? `${folder} (removed at the end)` : folder],
  ]);
  out.note('');
  out.note('Ready. Ctrl-C ends everything. In another terminal, try:');
  const place = ephemeral ? ` --address ${temporalAddress}` : '';
  for (const command of TO_TRY) out.note(`  ${command}${place}`);
}

const TO_TRY = [
  'npx licenseflow doctor',
  'npx licenseflow seats',
  'npx licenseflow request submit --for AdeleV@contoso.com --add ENTERPRISEPREMIUM --reason "Needs Power BI"',
  'npx licenseflow inbox --as MeganB@contoso.com',
];
