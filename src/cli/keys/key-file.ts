/** A key file as the commands change it: whole, and never half written. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { EncryptionKeys } from '../../codec/key-text.js';
import { keyLine, parseKeys } from '../../codec/key-text.js';
import { usageError } from '../error-report.js';

const OWNER_ONLY = 0o600;
const HEAD = [
  '# Keys that licenseflow encrypts payloads with: one a line, as id:key. The first one encrypts, all of them decrypt.',
  '# Whoever has this file can read every request. Keep a copy in a safe place: without it nobody can.',
];

/** @throws LicenseflowError `invalid` where there is no such file; EncryptionKeysError where it holds something else. */
export async function readKeyFile(file: string): Promise<EncryptionKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError(
      `The key file ${file} cannot be read (${codeOf(error)}). Nothing was changed.`,
      `Check the path, or make it: licenseflow keys new --file ${file}`,
    );
  });
  return parseKeys(text, file);
}

/** @throws LicenseflowError `invalid` where the file exists already: its keys may be needed. */
export async function createKeyFile(file: string, keys: EncryptionKeys): Promise<void> {
  await writeFile(file, textOf(keys), { mode: OWNER_ONLY, flag: 'wx' }).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST')
      throw usageError(
        `${file} exists already, and payloads may be encrypted with its keys. Nothing was changed.`,
        'Add a key to it with --add, or name another file.',
      );
    throw notWritten(file, error);
  });
}

export async function replaceKeyFile(file: string, keys: EncryptionKeys): Promise<void> {
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, textOf(keys), { mode: OWNER_ONLY, flag: 'wx' });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw notWritten(file, error);
  }
}

export function keyFilePath(file: string, { cwd }: { readonly cwd: string }): string {
  return resolve(cwd, file);
}

function textOf(keys: EncryptionKeys): string {
  return `${[...HEAD, ...keys.map(keyLine)].join('\n')}\n`;
}

function notWritten(file: string, error: unknown): Error {
  return usageError(`${file} cannot be written (${codeOf(error)}). Nothing was changed.`, 'Check the path.');
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
