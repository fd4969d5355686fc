/** What was given for each setting, and by whom, before anyone asks whether it is right. */
import { dirname, resolve } from 'node:path';
import type { FlagKey, Setting, SettingKey } from './settings.js';
import { SETTINGS } from './settings.js';

export interface Origin {
  /** For people: an option, a variable, or a place in a file. */
  readonly name: string;
  readonly fromFile: boolean;
}

export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
}

export type GivenSettings = Map<SettingKey, Given>;

/** Values of command-line options; one that was not used is missing or `undefined`. */
export type Flags = { readonly [Key in FlagKey]?: string | undefined };

export interface Surroundings {
  readonly flags: Flags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
}

/** The configuration file as far as settings need it. */
export interface SettingsFile {
  readonly path: string;
  /** `undefined` where the file says nothing about the key. */
  valueOf(key: string): unknown;
  placeOf(key: string): string;
}

/** Each setting by the first way that is used, except for variables of the Azure tools. */
export function givenSettings(surroundings: Surroundings, file: SettingsFile | null): GivenSettings {
  const settings: readonly (Setting & { readonly key: SettingKey })[] = SETTINGS;
  const given: GivenSettings = new Map();
  for (const setting of settings) {
    const found = fromOption(setting, surroundings) ?? fromVariables(setting, surroundings) ?? fromFile(setting, file);
    if (found !== null) given.set(setting.key, found);
  }
  return given;
}

/** What the variables of the Azure tools say. */
export function azureSettings(surroundings: Surroundings): GivenSettings {
  const settings: readonly (Setting & { readonly key: SettingKey })[] = SETTINGS;
  const given: GivenSettings = new Map();
  for (const setting of settings) {
    const found = fromVariable(setting, setting.azure, surroundings);
    if (found !== null) given.set(setting.key, found);
  }
  return given;
}

function fromOption(setting: Setting, { flags, workingFolder }: Surroundings): Given | null {
  const value = (flags as Readonly<Record<string, string | undefined>>)[setting.key];
  if (value === undefined || setting.flag === undefined) return null;
  return { value: typed(setting, value, workingFolder), origin: { name: setting.flag, fromFile: false } };
}

function fromVariables(setting: Setting, surroundings: Surroundings): Given | null {
  return fromVariable(setting, setting.env, surroundings) ?? fromVariable(setting, setting.shared, surroundings);
}

/** A variable that is empty counts as not set: that is how compose files pass on what nobody filled in. */
function fromVariable(setting: Setting, name: string | undefined, { env, workingFolder }: Surroundings): Given | null {
  const value = name === undefined ? undefined : env[name];
  if (name === undefined || value === undefined || value.trim() === '') return null;
  return { value: typed(setting, value, workingFolder), origin: { name, fromFile: false } };
}

function fromFile(setting: Setting, file: SettingsFile | null): Given | null {
  const value = file?.valueOf(setting.key);
  if (!file || value === undefined || setting.is === 'secret') return null;
  const atHome = setting.is === 'path' && typeof value === 'string' ? resolve(dirname(file.path), value) : value;
  return { value: atHome, origin: { name: file.placeOf(setting.key), fromFile: true } };
}

/** The text of an option or a variable, as the schema expects it. What is no number stays text, and is refused there. */
function typed({ is }: Setting, text: string, workingFolder: string): unknown {
  if (is === 'path') return resolve(workingFolder, text.trim());
  const number = Number(text);
  return is === 'number' && Number.isFinite(number) ? number : text;
}
