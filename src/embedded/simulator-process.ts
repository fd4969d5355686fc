/** The simulated Microsoft Graph tenant of a stack, in a process of its own. */
import { join } from 'node:path';
import { z } from 'zod';
import { ensureCertificate } from '../simulator/certificate.js';
import type { ChildProcesses } from './child-processes.js';
import { ownModule } from './own-program.js';

export interface SimulatorOptions {
  /** Where its certificate and its state are kept. */
  readonly folder: string;
  /** Whether the tenant outlives the process. */
  readonly persistent: boolean;
  /** How many users a new tenant has. @default what the simulator does by itself */
  readonly users: number | undefined;
  readonly port: number | undefined;
  readonly controlPort: number | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** What the simulator's ready line says; it may say more. */
const READY_LINE = z.object({ graphUrl: z.url(), controlUrl: z.url() });

export interface SimulatorProcess extends z.infer<typeof READY_LINE> {
  /** The authority that clients have to trust. */
  readonly caFile: string;
  readonly pid: number;
}

export async function startSimulator(children: ChildProcesses, options: SimulatorOptions): Promise<SimulatorProcess> {
  const certificates = join(options.folder, 'certificates');
  const { caFile } = await ensureCertificate(certificates);
  const spec = {
    name: 'simulator',
    module: ownModule('simulator/main'),
    args: ['--exit-with-parent', '--cert-dir', certificates, ...choices(options)],
    env: options.env,
    ready: READY_LINE,
    readyWithinMs: 60_000,
    stopWithinMs: 10_000,
  };
  const { child, prepared } = await children.start(spec, (ready) => Promise.resolve(ready));
  return { ...prepared, caFile, pid: child.pid };
}

function choices({ folder, persistent, users, port = 0, controlPort = 0 }: SimulatorOptions): string[] {
  return [
    ...['--port', String(port), '--control-port', String(controlPort)],
    ...(persistent ? ['--state', join(folder, 'simulator.json')] : []),
    ...(users === undefined ? [] : ['--users', String(users)]),
  ];
}
