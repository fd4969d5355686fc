import { join } from 'node:path';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { runningStack } from '../../embedded/stack-file.js';
import { ControlClient } from '../../simulator/control-client.js';
import type { Invocation } from '../invocation.js';
import { STATE_FOLDER } from '../state-folder-name.js';

/** Options of every command of the simulator. */
export interface SimOptions {
  readonly control?: string;
  readonly tenant?: string;
}

/** One tenant of a running simulator. */
export interface SimulatedTenant {
  readonly control: ControlClient;
  readonly tenant: string;
}

/** @throws LicenseflowError `unreachable` where no simulator runs; ControlError. */
export async function simulatedTenant({ deps }: Invocation, options: SimOptions): Promise<SimulatedTenant> {
  const control = new ControlClient(options.control ?? (await controlOfStack(deps.cwd)));
  if (options.tenant !== undefined) return { control, tenant: options.tenant };
  const [first] = await control.tenants();
  if (first === undefined) throw noSimulator('The simulator has no tenant.');
  return { control, tenant: first.id };
}

async function controlOfStack(folder: string): Promise<string> {
  const stack = await runningStack(join(folder, STATE_FOLDER));
  if (stack !== null) return stack.controlUrl;
  throw noSimulator(`No stack runs in ${folder}, so there is no simulated tenant.`);
}

function noSimulator(message: string): LicenseflowError {
  const remedy = 'Start a stack with `npm start`, or name its control surface: --control http://127.0.0.1:PORT';
  return new LicenseflowError('unreachable', 'NO_SIMULATOR', message, remedy);
}
