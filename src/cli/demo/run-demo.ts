import { Client, Connection } from '@temporalio/client';
import { closable, createLicenseflow } from '../../client/index.js';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.js';
import { runInForeground } from '../../embedded/foreground.js';
import type { Stack } from '../../embedded/stack.js';
import { startStack } from '../../embedded/stack.js';
import { ControlClient } from '../../simulator/control-client.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { stackPolicy, stackWorkerCommand } from '../stack-worker-command.js';
import { readableLogLine } from '../up/log-line.js';
import { Narrator } from './narrator.js';
import { playStory } from './story.js';
import { TenantTruth } from './tenant-truth.js';

/** Enough for 300 of them to hold Office 365 E3 directly. */
const CROWD = 450;

/** Nothing of the caller's surroundings takes part: an own server, an own tenant, the policy that comes with them. */
export async function runDemo({ out, deps, global }: Invocation): Promise<ExitCode> {
  const narrator = new Narrator(out);
  out.line('Starting a Temporal server, a simulated Microsoft 365 tenant and a worker, for this demo only.');
  const end = await runInForeground(
    (name, line) => {
      // What is fetched on first use is worth a line; the rest only for those who ask.
      if (global.verbose || name === 'temporal-cli') out.note(`  ${name}: ${readableLogLine(line)}`);
    },
    async (children) => {
      const stack = await startStack({
        children,
        state: { kind: 'ephemeral' },
        worker: stackWorkerCommand(stackPolicy(undefined, deps), 'error'),
        searchAttributes: SEARCH_ATTRIBUTES,
        ports: { ui: null },
        users: CROWD,
        env: withoutServer(deps.env),
      });
      await play(stack, narrator);
    },
  );
  if (end.by === 'failure') throw end.error;
  if (end.by === 'signal') return EXIT.interrupted;
  return summary(narrator, out);
}

async function play(stack: Stack, narrator: Narrator): Promise<void> {
  const connection = await Connection.connect(closable({ address: stack.temporalAddress }));
  try {
    const client = new Client({ connection, namespace: stack.namespace });
    const control = new ControlClient(stack.controlUrl);
    const [tenant] = await control.tenants();
    if (tenant === undefined) throw new Error('The simulator has no tenant.');
    await playStory({
      licenseflow: createLicenseflow({ client }),
      truth: new TenantTruth(control, tenant.id),
      narrator,
    });
  } finally {
    await connection.close();
  }
}

/** The demo plays on a server of its own and in the open, also where the caller has named others for daily work. */
function withoutServer(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'TEMPORAL_ADDRESS' && !name.startsWith('LICENSEFLOW_ENCRYPTION_')),
  );
}

function summary({ checked, untrue }: Narrator, out: Invocation['out']): ExitCode {
  out.line();
  if (untrue.length === 0) {
    out.line(`All ${String(checked)} statements hold.`);
    out.next('npm start', 'npx licenseflow --help');
    return EXIT.ok;
  }
  out.line(`${String(untrue.length)} of ${String(checked)} statements do not hold:`);
  for (const statement of untrue) out.line(`  ${statement}`);
  return EXIT.failed;
}
