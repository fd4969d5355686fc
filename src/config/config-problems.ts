/** What is wrong with a configuration, in the words of the ways in which it can be given. */
import type { ConfigFile } from './config-file.js';
import type { Config } from './config-schema.js';
import type { Given, GivenSettings, Surroundings } from './given-settings.js';
import { nearMiss } from './near-miss.js';
import type { Problem } from './problem.js';
import type { SchemaProblem } from './schema-problems.js';
import { CONFIG_FILE, SETTINGS, type Setting } from './settings.js';

export type Section = keyof Config;

/** Secrets that stand in these sections of the configuration file itself. */
export function secretsInFile(file: ConfigFile | null, sections: readonly Section[]): readonly Problem[] {
  const settings: readonly Setting[] = SETTINGS;
  const written = settings
    .filter(({ is, key }) => is === 'secret' && sections.some((section) => key.startsWith(`${section}.`)))
    .filter(({ key }) => file?.valueOf(key) !== undefined);
  return written.map(({ key, env }) => ({
    at: `${key} (${file?.placeOf(key) ?? ''})`,
    text: `must not stand here, where it is copied and committed. Put it into a file of its own and name that file with ${key}File, or set ${env}.`,
  }));
}

/** A variable with a slip in its name would be passed over without a word. */
export function unknownVariables(env: Surroundings['env'], sections: readonly Section[]): readonly Problem[] {
  const known: readonly string[] = SETTINGS.map((setting) => setting.env);
  const ours = sections.map((section) => `LICENSEFLOW_${section.toUpperCase()}_`);
  return Object.keys(env)
    .filter((name) => ours.some((start) => name.startsWith(start)) && !known.includes(name))
    .map((name) => {
      const meant = nearMiss(name, known);
      return { at: name, text: `is not known. ${meant === null ? 'Remove it.' : `Did you mean ${meant}?`}` };
    });
}

/** A problem that the schema found, with its origin and what to do. */
export function described(problem: SchemaProblem, given: GivenSettings, file: ConfigFile | null): Problem {
  const key = problem.path.map(String).join('.');
  if (problem.missing) return { at: key, text: `${problem.text} ${howToGive(key)}` };
  return { at: place(key, given, file), text: problem.text };
}

/** The key, and who gave the value. */
export function place(key: string, given: GivenSettings, file: ConfigFile | null): string {
  const settings: ReadonlyMap<string, Given> = given;
  const origin = settings.get(key)?.origin.name ?? (file?.valueOf(key) === undefined ? null : file.placeOf(key));
  return origin === null ? key : `${key} (${origin})`;
}

function howToGive(key: string): string {
  if (key === 'graph.credential.kind') return HOW_TO_SIGN_IN;
  const settings: readonly Setting[] = SETTINGS;
  const setting = settings.find((known) => known.key === key);
  if (setting === undefined) return `Write it in ${CONFIG_FILE.default}.`;
  const ways = [setting.flag, setting.env, setting.shared, setting.azure].filter((way) => way !== undefined);
  return `Give ${ways.join(' or ')}, or write it in ${CONFIG_FILE.default}.`;
}

const HOW_TO_SIGN_IN =
  'Nothing says how the application signs in. Give a client secret (clientSecretFile), a certificate (certificateFile) ' +
  'or a workload identity (federatedTokenFile); or set it to "managed-identity" or "default".';
