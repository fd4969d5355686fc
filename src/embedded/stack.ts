/**
 * The one-command stack: a Temporal server, a simulated Microsoft Graph tenant, a worker between them, and the API for
 * people and programs, all on this machine, started in that order and ended in reverse.
 */
import { join } from 'node:path';
import type { z } from 'zod';
import type { ChildProcesses } from './child-processes.js';
import type { SearchAttribute } from './dev-server.js';
import { freePort } from './free-port.js';
import { type SimulatorOptions, type SimulatorProcess, startSimulator } from './simulator-process.js';
import { removeStackFile, writeStackFile } from './stack-file.js';
import { type StackState, claimStateFolder } from './state-folder.js';
import { type TemporalServer, type TemporalServerOptions, startTemporal } from './temporal-server.js';
import { combineTrust } from './trust.js';

export interface StackOptions {
  /** What the stack starts is started among these; their end is its end. */
  readonly children: ChildProcesses;
  readonly state: StackState;
  readonly worker: WorkerCommand;
  /** @default none */
  readonly web?: WebCommand;
  /** Users of a new simulated tenant. @default what the simulator does by itself */
  readonly users?: number;
  /** @default free ones; `ui: null` for no web UI */
  readonly ports?: StackPorts;
  /** What workflows are found by. A Temporal server of the stack's own gets them; one that is named must have them. */
  readonly searchAttributes: readonly SearchAttribute[];
  /** Namespace of a Temporal server of its own. @default default */
  readonly namespace?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

export interface StackPorts {
  readonly temporal?: number;
  readonly ui?: number | null;
  readonly graph?: number;
  readonly control?: number;
  readonly web?: number;
}

/** How a worker is started. It speaks the protocol of {@link file://./node-child.ts}. */
export interface WorkerCommand {
  /** Absolute path of a module of ours; see {@link ownModule}. */
  readonly module: string;
  readonly args: readonly string[];
  /** The shape of its ready line. */
  readonly ready: z.ZodType;
  /** What it needs beyond the way to Temporal and the trust in the simulator, which it gets in any case. */
  env(addresses: StackAddresses): Readonly<Record<string, string>>;
  /** How long it may drain. */
  readonly stopWithinMs: number;
}

/** How the API is started, at `url`. */
export interface WebCommand extends Omit<WorkerCommand, 'env'> {
  /** What it needs beyond what a worker gets. */
  env(addresses: StackAddresses, url: string): Readonly<Record<string, string>>;
}

export interface StackAddresses {
  /** `host:port` of the Temporal server. */
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Temporal's web UI; `null` when the server is someone else's, or has none. */
  readonly uiUrl: string | null;
  /** Base address of the simulated Microsoft Graph. */
  readonly graphUrl: string;
  /** The simulator's control surface. */
  readonly controlUrl: string;
  /** PEM file with the authority of the simulator's certificate. */
  readonly caFile: string;
}

export interface Stack extends StackAddresses {
  /** API and console; `null` where none was wanted. */
  readonly webUrl: string | null;
  /** Absolute path of the state folder. */
  readonly folder: string;
  /** Environment for any other process that shall work with this stack, such as a command of the CLI. */
  readonly env: NodeJS.ProcessEnv;
  /** Ends the stack, and everything else among its `children`. Resolves when every process is gone. */
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 120_000;

/**
 * Starts the stack. When a part cannot be started, the parts before it are ended first.
 *
 * @throws FolderInUse, NoTemporalCli, ChildFailure with the last output of the part that failed.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  try {
    return await startParts(options);
  } catch (error) {
    await options.children.stop(error);
    throw error;
  }
}

async function startParts(options: StackOptions): Promise<Stack> {
  const { children, state } = options;
  const startedAt = new Date().toISOString();
  const folder = await claimStateFolder(state, children);
  const [temporal, simulator] = await Promise.all([
    startTemporal(children, temporalOptions(folder, options)),
    startSimulator(children, simulatorOptions(folder, options)),
  ]);
  const addresses = addressesOf(temporal, simulator);
  const env = await environment(folder, temporal, simulator, children);
  const { worker, web, ports } = options;
  const workerPid = await startProgram(children, 'worker', worker, { ...env, ...worker.env(addresses) });
  const webUrl = web === undefined ? null : `http://localhost:${ports?.web ?? (await freePort())}`;
  const webPids =
    web === undefined || webUrl === null
      ? []
      : [await startProgram(children, 'web', web, { ...env, ...web.env(addresses, webUrl) })];
  children.defer(() => removeStackFile(folder));
  const pids = [...temporal.pids, simulator.pid, workerPid, ...webPids];
  await writeStackFile(folder, { version: 1, startedAt, ...addresses, webUrl, pids });
  return { ...addresses, webUrl, folder, env, stop: () => children.stop() };
}

function temporalOptions(folder: string, options: StackOptions): TemporalServerOptions {
  const { state, ports, searchAttributes, namespace = 'default', env = process.env } = options;
  const persistent = state.kind === 'kept';
  return { folder, persistent, namespace, searchAttributes, port: ports?.temporal, uiPort: ports?.ui, env };
}

function simulatorOptions(folder: string, options: StackOptions): SimulatorOptions {
  const { state, ports, users, env = process.env } = options;
  const persistent = state.kind === 'kept';
  return { folder, persistent, users, port: ports?.graph, controlPort: ports?.control, env };
}

function addressesOf(temporal: TemporalServer, { graphUrl, controlUrl, caFile }: SimulatorProcess): StackAddresses {
  const { address: temporalAddress, namespace, uiUrl } = temporal;
  return { temporalAddress, namespace, uiUrl, graphUrl, controlUrl, caFile };
}

/** The way to this stack's Temporal server, and trust in its simulator. */
async function environment(
  folder: string,
  { env }: TemporalServer,
  { caFile }: SimulatorProcess,
  { log }: ChildProcesses,
): Promise<NodeJS.ProcessEnv> {
  const warn = (sentence: string): void => log('stack', sentence);
  const trusted = await combineTrust({ authority: caFile, into: join(folder, 'trusted.pem'), env, warn });
  return { ...env, NODE_EXTRA_CA_CERTS: trusted };
}

async function startProgram(
  children: ChildProcesses,
  name: string,
  { module, args, ready, stopWithinMs }: Omit<WorkerCommand, 'env'>,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const spec = { name, module, args, ready, stopWithinMs, env, readyWithinMs: READY_WITHIN_MS };
  const { child } = await children.start(spec, () => Promise.resolve());
  return child.pid;
}
