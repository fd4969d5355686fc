import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { usageError } from './error-report.js';
import type { CliDependencies } from './invocation.js';

/**
 * Writes a text to a file that the command line names, or to stdout. Nothing of it is kept in memory.
 *
 * @param file `-` or nothing is stdout.
 * @throws LicenseflowError `invalid` where the file cannot be written.
 */
export async function writeOut(
  file: string | undefined,
  chunks: AsyncIterable<string> | Iterable<string>,
  { stdout, cwd }: Pick<CliDependencies, 'stdout' | 'cwd'>,
): Promise<void> {
  if (file === undefined || file === '-') {
    for await (const chunk of chunks) stdout.write(chunk);
    return;
  }
  try {
    await pipeline(Readable.from(chunks), createWriteStream(resolve(cwd, file)));
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw usageError(`${file} cannot be written: ${error.message}.`, 'Check the path; - writes to stdout.');
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
