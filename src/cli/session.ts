/** The way to Temporal for one command: from options, variables, a stack that runs here, or the configuration. */
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { closable, createLicenseflow } from '../client/index.js';
import { LicenseflowError } from '../client/licenseflow-error.js';
import { callingTemporal } from '../client/temporal-errors.js';
import { createDataConverter } from '../codec/data-converter.js';
import { openKeyRing } from '../codec/key-source.js';
import { loadClientConfig } from '../config/config.js';
import type { ClientConfig } from '../config/config-schema.js';
import type { ConnectionSettings } from '../config/temporal.js';
import { connectionSettings } from '../config/temporal.js';
import type { StackFile } from '../embedded/stack-file.js';
import { runningStack } from '../embedded/stack-file.js';
import type { CliDependencies, GlobalOptions, Place, Session } from './invocation.js';
import { placeFlags } from './place-flags.js';
import { STATE_FOLDER } from './state-folder-name.js';
import { ConnectedServer } from './temporal-server.js';

const ANSWER_MS = 15_000;
const CONNECT_MS = 5_000;

/** Variables that say where Temporal is. With one of them set, a stack that runs here is not meant. */
const PLACE_VARIABLES = [
  ...['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE', 'LICENSEFLOW_CONFIG'],
  ...['LICENSEFLOW_TEMPORAL_ADDRESS', 'LICENSEFLOW_TEMPORAL_PROFILE', 'LICENSEFLOW_TEMPORAL_CONFIG_FILE'],
];

/** @throws LicenseflowError `unreachable`; ConfigError; EncryptionKeysError. */
export async function openSession(options: GlobalOptions, deps: CliDependencies): Promise<Session> {
  const { settings, place, encryption } = await whereTo(options, deps);
  const ring = await openKeyRing(encryption);
  const dataConverter = createDataConverter(ring);
  const answerWithinMs = options.timeout ?? ANSWER_MS;
  const connection = await connected(settings, place, Math.min(CONNECT_MS, answerWithinMs));
  const client = new Client({ connection, namespace: place.namespace, dataConverter });
  return {
    place,
    encryptionKeys: ring?.ids ?? null,
    licenseflow: createLicenseflow({ client, taskQueue: place.taskQueue, answerWithinMs }),
    server: new ConnectedServer(connection, place.namespace, answerWithinMs),
    close: () => connection.close(),
  };
}

interface Destination {
  readonly settings: ConnectionSettings;
  readonly place: Place;
  readonly encryption: ClientConfig['encryption'];
}

async function whereTo(options: GlobalOptions, deps: CliDependencies): Promise<Destination> {
  const folder = join(deps.cwd, STATE_FOLDER);
  const stack = isPlaceGiven(options, deps.env) ? null : await runningStack(folder);
  const config = await loadClientConfig({
    configFile: options.config,
    flags: placeFlags(options),
    env: deps.env,
    // The configuration file of this folder is about another Temporal than the stack's.
    workingFolder: stack === null ? deps.cwd : folder,
  });
  const settings =
    stack === null ? connectionSettings(config, deps.env) : stackSettings(stack, config.temporal.namespace);
  const place = {
    address: settings.connectionOptions.address,
    namespace: settings.namespace,
    taskQueue: config.temporal.taskQueue,
    source: stack === null ? 'options, variables and configuration' : `the stack that runs in ${folder}`,
  };
  return { settings, place, encryption: config.encryption };
}

function isPlaceGiven({ address, profile, config }: GlobalOptions, env: NodeJS.ProcessEnv): boolean {
  return (
    address !== undefined || profile !== undefined || config !== undefined || PLACE_VARIABLES.some((name) => env[name])
  );
}

function stackSettings(stack: StackFile, namespace: string | undefined): ConnectionSettings {
  return { connectionOptions: { address: stack.temporalAddress }, namespace: namespace ?? stack.namespace };
}

async function connected(
  { connectionOptions }: ConnectionSettings,
  { address, source }: Place,
  connectTimeout: number,
): Promise<Connection> {
  try {
    return await callingTemporal(() => Connection.connect(closable({ ...connectionOptions, connectTimeout })));
  } catch (error) {
    if (error instanceof LicenseflowError && error.code === 'TEMPORAL_DENIED') throw error;
    throw new LicenseflowError(
      'unreachable',
      'NO_TEMPORAL',
      `Temporal does not answer at ${address} (named by ${source}). Nothing was recorded.`,
      'Start a stack with `npm start`, or name a server: --address, TEMPORAL_ADDRESS, or a profile.',
      { cause: error },
    );
  }
}
