import type { GivenSettings } from './given-settings.js';
import type { SettingKey } from './settings.js';
import { readTextFile } from './text-file.js';

const KEPT_IN_FILES = [
  { secret: 'graph.credential.clientSecret', file: 'graph.credential.clientSecretFile' },
  { secret: 'graph.credential.certificatePassword', file: 'graph.credential.certificatePasswordFile' },
  { secret: 'api.clientSecret', file: 'api.clientSecretFile' },
  { secret: 'api.sessionSecret', file: 'api.sessionSecretFile' },
  { secret: 'notices.webhook.url', file: 'notices.webhook.urlFile' },
  { secret: 'notices.webhook.secret', file: 'notices.webhook.secretFile' },
  { secret: 'notices.teams.url', file: 'notices.teams.urlFile' },
] as const satisfies readonly { readonly secret: SettingKey; readonly file: SettingKey }[];

/**
 * Adds the secrets of these sections that are kept in files to `given`; returns what cannot be read. A variable that holds the secret
 * itself goes before a file that the configuration file names.
 */
export async function readSecretFiles(
  given: GivenSettings,
  ...sections: readonly string[]
): Promise<{ key: SettingKey; text: string }[]> {
  const problems: { key: SettingKey; text: string }[] = [];
  for (const { secret, file } of KEPT_IN_FILES) {
    if (!sections.some((section) => secret.startsWith(section))) continue;
    const named = given.get(file);
    if (typeof named?.value !== 'string') continue;
    const direct = given.get(secret);
    if (direct !== undefined) {
      if (!named.origin.fromFile)
        problems.push({ key: secret, text: `is given twice, also by ${named.origin.name}. Keep one of the two.` });
      continue;
    }
    const read = await readTextFile(named.value);
    const text = 'problem' in read ? read.problem : problemOf(read.text, named.value);
    if (text !== null) problems.push({ key: file, text });
    if ('text' in read) given.set(secret, { value: withoutLineEnd(read.text), origin: named.origin });
  }
  return problems;
}

function problemOf(text: string, path: string): string | null {
  return withoutLineEnd(text).trim() === '' ? `${path} is empty. Write the secret into it.` : null;
}

/** Editors and `echo` end a file with a line break that is no part of the secret. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
