import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ConfigError } from './config-error.js';
import type { SettingsFile, Surroundings } from './given-settings.js';
import { CONFIG_FILE } from './settings.js';
import { readTextFile } from './text-file.js';
import { getIn } from './tree.js';
import { readYaml, type YamlText } from './yaml-text.js';

export interface ConfigFile extends SettingsFile {
  readonly yaml: YamlText;
}

/**
 * The configuration file: the one that is named, else the one in the working folder, else `null`.
 *
 * @throws ConfigError where it cannot be read.
 */
export async function readConfigFile(
  named: string | undefined,
  { env, workingFolder }: Surroundings,
): Promise<ConfigFile | null> {
  const inWorkingFolder = resolve(workingFolder, CONFIG_FILE.default);
  const variable = env[CONFIG_FILE.env];
  const chosen = named ?? (variable === '' ? undefined : variable);
  if (chosen === undefined && !existsSync(inWorkingFolder)) return null;
  const path = chosen === undefined ? inWorkingFolder : resolve(workingFolder, chosen);
  const at = chosen === undefined ? '' : named === undefined ? CONFIG_FILE.env : CONFIG_FILE.flag;
  const read = await readTextFile(path);
  if ('problem' in read) throw new ConfigError([{ at, text: read.problem }]);
  return parseConfigFile(path, read.text);
}

/** @throws ConfigError for a text that is no YAML: what it means to say is a guess then. */
function parseConfigFile(path: string, text: string): ConfigFile {
  const yaml = readYaml(text);
  const lineOf = ({ line, column }: { line: number; column: number }): string =>
    `${basename(path)}, line ${line}, column ${column}`;
  if (yaml.problems.length > 0)
    throw new ConfigError(yaml.problems.map(({ position, text }) => ({ at: lineOf(position), text })));
  return {
    path,
    yaml,
    valueOf: (key) => getIn(yaml.value, key.split('.')),
    placeOf: (key) => lineOf(yaml.keyPositionOf(key.split('.'))),
  };
}
