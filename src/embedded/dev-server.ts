/**
 * The Temporal development server as a child process: `temporal server start-dev` under {@link file://./supervise.ts},
 * which keeps the terminal's Ctrl-C away from it (workers must drain first) and ends it when we are gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { connectWhenAnswering } from './answering-server.js';
import { type ChildEnd, ChildFailure } from './child-end.js';
import type { ChildProcesses } from './child-processes.js';
import { freePort } from './free-port.js';
import { ownModule } from './own-program.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

export interface DevServerOptions {
  /** Path of a Temporal CLI. */
  readonly executable: string;
  readonly namespace: string;
  /** @default a free one */
  readonly port?: number | undefined;
  /** `null` for no web UI. @default a free one */
  readonly uiPort?: number | null | undefined;
  /** A SQLite file, created when missing. Without it everything is lost when the server ends. */
  readonly databaseFile?: string | undefined;
  readonly searchAttributes?: readonly SearchAttribute[];
  /** Dynamic configuration of the server, such as `{ 'frontend.namespaceRPS': 20000 }`. */
  readonly dynamicConfig?: Readonly<Record<string, DynamicConfigValue>>;
  /** How long closed workflows are kept, in days. @default what the server does by itself (one day) */
  readonly retentionDays?: number;
  /** @default error */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'never';
  /** Until it answers. @default 30,000 */
  readonly readyWithinMs?: number;
  /** How long it may take to end; then it is killed. @default 10,000 */
  readonly stopWithinMs?: number;
}

/** A custom search attribute; keys made by `defineSearchAttributeKey` are such. */
export interface SearchAttribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

type DynamicConfigValue = string | number | boolean;

export interface DevServer {
  /** `host:port` of gRPC. */
  readonly address: string;
  /** `null` without web UI. */
  readonly uiUrl: string | null;
  readonly namespace: string;
  /** Process id of the Temporal CLI itself. */
  readonly pid: number;
  /** Resolves when the server has ended, whoever caused it. */
  readonly ended: Promise<ChildEnd>;
  /** Ends it in order, or kills it after `stopWithinMs`. Resolves when it is gone. */
  readonly stop: () => Promise<void>;
}

interface ServerPorts {
  readonly grpc: number;
  readonly ui: number | null;
}

const READY_LINE = z.object({ pid: z.number() });
const START_ATTEMPTS = 3;
const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** The supervisor's own end comes after the server's. */
const SUPERVISOR_MS = 5_000;

/**
 * Starts the server among `children` and waits until it answers for its namespace.
 *
 * @throws ChildFailure with the server's last output when it ends or does not answer; the reason of `children.signal`.
 */
export async function startDevServer(children: ChildProcesses, options: DevServerOptions): Promise<DevServer> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(options);
    try {
      return await startOn(ports, children, options);
    } catch (error) {
      // Between choosing a free port and listening on it, another process may have taken it.
      const othersFault = error instanceof ChildFailure && error.message.includes('address already in use');
      if (!othersFault || options.port !== undefined || attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function choosePorts({ port, uiPort }: DevServerOptions): Promise<ServerPorts> {
  return {
    grpc: port ?? (await freePort()),
    ui: uiPort === undefined ? await freePort() : uiPort,
  };
}

async function startOn(ports: ServerPorts, children: ChildProcesses, options: DevServerOptions): Promise<DevServer> {
  const { executable, namespace, readyWithinMs = READY_WITHIN_MS, stopWithinMs = 10_000 } = options;
  const address = `127.0.0.1:${ports.grpc}`;
  const spec = {
    name: 'temporal',
    module: ownModule('embedded/supervise'),
    args: [String(stopWithinMs), executable, ...commandLine(ports, options)],
    env: process.env,
    ready: READY_LINE,
    readyWithinMs,
    stopWithinMs: stopWithinMs + SUPERVISOR_MS,
  };
  const { child, prepared } = await children.start(spec, async ({ pid }, signal) => {
    const connection = await connectWhenAnswering({ address }, namespace, { withinMs: readyWithinMs, signal });
    try {
      if (options.retentionDays !== undefined) await setRetention(connection, namespace, options.retentionDays);
      await registerMissing(connection, options, signal);
    } finally {
      await connection.close();
    }
    return pid;
  });
  return {
    address,
    uiUrl: ports.ui === null ? null : `http://127.0.0.1:${ports.ui}`,
    namespace,
    pid: prepared,
    ended: child.ended,
    stop: () => child.stop(),
  };
}

function commandLine(ports: ServerPorts, options: DevServerOptions): string[] {
  const { namespace, databaseFile, searchAttributes = [], dynamicConfig = {}, logLevel = 'error' } = options;
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(ports.grpc), '--namespace', namespace],
    ...(ports.ui === null ? ['--headless'] : ['--ui-port', String(ports.ui)]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${cliTypeOf(type)}`]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
    ...['--log-level', logLevel, '--log-format', 'json'],
  ];
}

/** `KEYWORD_LIST` of the SDK is `KeywordList` of the CLI. */
function cliTypeOf(type: SearchAttributeType): string {
  return type.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The server registers attributes where it makes its database; one that comes from before knows those of that day. */
async function registerMissing(
  { operatorService }: Connection,
  { namespace, searchAttributes = [], readyWithinMs = READY_WITHIN_MS }: DevServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const missing = async () => {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return searchAttributes.filter(({ name }) => !Object.hasOwn(customAttributes ?? {}, name));
  };
  const added = await missing();
  if (added.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      added.map(({ name, type }) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${type}`]]),
    ),
  });
  // It learns of them from a cache of its own.
  const deadline = Date.now() + readyWithinMs;
  while ((await missing()).length > 0) {
    if (Date.now() > deadline) throw new Error('The Temporal server does not show its new search attributes.');
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function setRetention(connection: Connection, namespace: string, days: number): Promise<void> {
  const workflowExecutionRetentionTtl = msToTs(days * 24 * 60 * 60 * 1000);
  await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
}
