/** Where Temporal is, for clients and workers alike. */
import { existsSync } from 'node:fs';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError } from './config-error.js';
import type { ClientConfig } from './config-schema.js';

export interface ConnectionSettings {
  /** For `Connection.connect` and `NativeConnection.connect`. */
  readonly connectionOptions: ClientConnectConfig['connectionOptions'] & { readonly address: string };
  /** Belongs into every `Client` and `Worker`; they would take "default" without a word. */
  readonly namespace: string;
}

/**
 * The connection by the profile that `config` names (or the default one), with the variables of the Temporal tools on
 * top (`TEMPORAL_API_KEY`, `TEMPORAL_TLS_CLIENT_CERT_PATH`, ...), and the address and namespace of `config` over both.
 *
 * @param env default `process.env`
 * @throws ConfigError where the profile, its file or a certificate in it cannot be used.
 */
export function connectionSettings(
  config: Pick<ClientConfig, 'temporal'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConnectionSettings {
  const { address, namespace } = config.temporal;
  const loaded = loadProfile(config.temporal, env);
  return {
    connectionOptions: {
      ...loaded.connectionOptions,
      address: address ?? loaded.connectionOptions.address ?? 'localhost:7233',
    },
    namespace: namespace ?? loaded.namespace ?? 'default',
  };
}

function loadProfile(
  { profile, configFile }: ClientConfig['temporal'],
  env: Readonly<Record<string, string | undefined>>,
) {
  // The loader takes a file that does not exist for one that says nothing.
  if (configFile !== undefined && !existsSync(configFile)) {
    throw new ConfigError([
      { at: 'temporal.configFile', text: `There is no file ${configFile}. Create it, or correct the path.` },
    ]);
  }
  try {
    return loadClientConnectConfig({
      ...(profile !== undefined && { profile }),
      ...(configFile !== undefined && { configSource: { path: configFile } }),
      overrideEnvVars: setVariables(env),
    });
  } catch (error) {
    // Only the first line: a TOML error quotes the lines around it, and a key of the API can stand there.
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw new ConfigError([
      {
        at: configFile === undefined ? 'temporal.profile' : `temporal.configFile (${configFile})`,
        text: `The connection to Temporal cannot be set up: ${reason}. Correct the profile, or the TEMPORAL_* variables.`,
      },
    ]);
  }
}

/** Without those that are empty: the loader would take an empty address for an address. */
function setVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])),
  );
}
