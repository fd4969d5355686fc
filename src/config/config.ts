/**
 * The one way to a configuration: options of the command line, variables and a YAML file become a {@link Config}, or are
 * refused with everything that is wrong with them.
 */
import type { z } from 'zod';
import { ConfigError } from './config-error.js';
import { type ConfigFile, readConfigFile } from './config-file.js';
import { described, place, secretsInFile, type Section, unknownVariables } from './config-problems.js';
import type { ApiConfig, ClientConfig, Config } from './config-schema.js';
import { apiConfigSchema, clientConfigSchema, configSchema } from './config-schema.js';
import { completeCredential } from './credential-kind.js';
import type { Flags, GivenSettings, Surroundings } from './given-settings.js';
import { azureSettings, givenSettings } from './given-settings.js';
import type { Problem } from './problem.js';
import { check } from './schema-problems.js';
import { readSecretFiles } from './secret-files.js';
import { getIn, setIn } from './tree.js';

export interface ConfigSources {
  /** The option `--config`. */
  readonly configFile?: string | undefined;
  readonly flags?: Flags;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default process.cwd() */
  readonly workingFolder?: string;
}

/**
 * The configuration of a process that reaches Graph, such as a worker.
 *
 * @throws ConfigError with every problem at once.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<Config> {
  return load(configSchema, ['temporal', 'graph', 'policy', 'notices', 'worker', 'log'], sources);
}

/**
 * The configuration of a process that talks to Temporal only. It needs no credentials and does not look at any.
 *
 * @throws ConfigError with every problem at once.
 */
export async function loadClientConfig(sources: ConfigSources = {}): Promise<ClientConfig> {
  return load(clientConfigSchema, ['temporal', 'log'], sources);
}

/**
 * The configuration of the process that serves API and console.
 *
 * @throws ConfigError with every problem at once.
 */
export async function loadApiConfig(sources: ConfigSources = {}): Promise<ApiConfig> {
  return load(apiConfigSchema, ['temporal', 'api', 'log'], sources);
}

async function load<T>(schema: z.ZodType<T>, sections: readonly Section[], sources: ConfigSources): Promise<T> {
  const { flags = {}, env = process.env, workingFolder = process.cwd() } = sources;
  const surroundings: Surroundings = { flags, env, workingFolder };
  const file = await readConfigFile(sources.configFile, surroundings);
  const given = givenSettings(surroundings, file);
  const beforeSchema = [
    ...unknownVariables(env, sections),
    ...(sections.includes('graph') ? await completeGraph(given, azureSettings(surroundings), file) : []),
    ...(sections.includes('api') ? await completeApi(given, file) : []),
  ];
  const result = check(schema, merged(file, given));
  const problems = 'problems' in result ? result.problems.map((problem) => described(problem, given, file)) : [];
  if ('problems' in result || beforeSchema.length > 0) throw new ConfigError([...beforeSchema, ...problems]);
  return result.value;
}

/** Adds secrets that are kept in files. */
async function completeApi(given: GivenSettings, file: ConfigFile | null): Promise<readonly Problem[]> {
  const found = await readSecretFiles(given, 'api.');
  return [...secretsInFile(file), ...found.map(({ key, text }) => ({ at: place(key, given, file), text }))];
}

/** Adds what follows from other settings, from variables of the Azure tools and from files with secrets. */
async function completeGraph(
  given: GivenSettings,
  azure: GivenSettings,
  file: ConfigFile | null,
): Promise<readonly Problem[]> {
  const tenant = azure.get('graph.tenantId');
  if (tenant !== undefined && !given.has('graph.tenantId')) given.set('graph.tenantId', tenant);
  const found = [...completeCredential(given, azure), ...(await readSecretFiles(given, 'graph.', 'notices.'))];
  return [...secretsInFile(file), ...found.map(({ key, text }) => ({ at: place(key, given, file), text }))];
}

/** What the file says, with everything that was given otherwise on top. */
function merged(file: ConfigFile | null, given: GivenSettings): unknown {
  // An empty section says nothing, and what is missing in it is better named key by key.
  const empty = [['graph', 'credential'], ['policy'], ['api']].filter(
    (path) => (getIn(file?.yaml.value, path) ?? null) === null,
  );
  const start = empty.reduce((tree, path) => setIn(tree, path, {}), file?.yaml.value);
  return [...given].reduce((tree, [key, { value }]) => setIn(tree, key.split('.'), value), start);
}
