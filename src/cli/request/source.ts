import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { usageError } from '../error-report.js';
import type { CliDependencies } from '../invocation.js';

/**
 * The text of a file that the command line names.
 *
 * @param file `-` is stdin.
 * @throws LicenseflowError `invalid` where it cannot be read.
 */
export async function readSource(
  file: string,
  { stdin, cwd }: Pick<CliDependencies, 'stdin' | 'cwd'>,
): Promise<string> {
  if (file === '-') return text(stdin);
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${(error as Error).message}.`, 'Check the path; - reads from stdin.');
  }
}
