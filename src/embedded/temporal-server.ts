/** The Temporal server of a stack: a development server of its own, or one that someone else runs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientConfigToToml, loadClientConnectConfig } from '@temporalio/envconfig';
import { connectWhenAnswering } from './answering-server.js';
import type { ChildProcesses } from './child-processes.js';
import { type SearchAttribute, startDevServer } from './dev-server.js';
import { resolveTemporal } from './temporal-cli/resolve.js';

export interface TemporalServerOptions {
  /** Where the database and the connection profile are kept. */
  readonly folder: string;
  /** Whether workflows outlive the server. */
  readonly persistent: boolean;
  readonly namespace: string;
  readonly searchAttributes: readonly SearchAttribute[];
  readonly port: number | undefined;
  readonly uiPort: number | null | undefined;
  readonly env: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  readonly address: string;
  readonly namespace: string;
  /** `null` when the server is someone else's, or has no web UI. */
  readonly uiUrl: string | null;
  readonly pids: readonly number[];
  /** The environment of a process that shall connect to this server and to no other. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * A campaign of fifty thousand users goes over the limits that the server has by default, and one partition keeps the
 * server's own limit on the write queue exact.
 */
const DYNAMIC_CONFIG = {
  'frontend.rps': 20_000,
  'frontend.namespaceRPS': 20_000,
  'history.rps': 20_000,
  'matching.rps': 20_000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};
/** A finished request can be taken back while Temporal keeps it, and a day would be short for that. */
const RETENTION_DAYS = 30;
const GIVEN_SERVER_ANSWERS_WITHIN_MS = 15_000;

/** @throws NoTemporalCli, ChildFailure, or Error when the server that the user named does not answer. */
export async function startTemporal(children: ChildProcesses, options: TemporalServerOptions): Promise<TemporalServer> {
  const { env } = options;
  const { log, signal } = children;
  const source = await resolveTemporal({ env, signal, log: (sentence) => log('temporal-cli', sentence) });
  return source.kind === 'server'
    ? await givenServer(env, signal)
    : await ownServer(source.cli.path, children, options);
}

async function givenServer(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<TemporalServer> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: defined(env) });
  const limits = { withinMs: GIVEN_SERVER_ANSWERS_WITHIN_MS, signal };
  await (await connectWhenAnswering(connectionOptions, namespace, limits)).close();
  return { address: connectionOptions.address ?? '', namespace, uiUrl: null, pids: [], env };
}

async function ownServer(
  executable: string,
  children: ChildProcesses,
  { folder, persistent, namespace, searchAttributes, port, uiPort, env }: TemporalServerOptions,
): Promise<TemporalServer> {
  const { address, uiUrl, pid } = await startDevServer(children, {
    ...{ executable, namespace, port, uiPort },
    databaseFile: persistent ? join(folder, 'temporal.db') : undefined,
    searchAttributes,
    dynamicConfig: DYNAMIC_CONFIG,
    retentionDays: RETENTION_DAYS,
  });
  return { address, namespace, uiUrl, pids: [pid], env: await environmentFor(address, namespace, folder, env) };
}

/**
 * The user's own settings for Temporal (an API key for a cloud account, a profile with TLS) would be mixed into those of
 * this server, so they are left out, and a profile file of its own takes the place of the user's.
 */
async function environmentFor(
  address: string,
  namespace: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const profile = join(folder, 'temporal.toml');
  await writeFile(profile, clientConfigToToml({ profiles: { default: { address, namespace } } }));
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(others), TEMPORAL_CONFIG_FILE: profile };
}

function defined(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
