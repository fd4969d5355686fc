import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { AuditFile } from '../../client/audit-file.js';
import { readAuditFile } from '../../client/audit-file.js';
import type { AuditHead } from '../../domain/audit.js';
import { usageError } from '../error-report.js';
import type { CliDependencies } from '../invocation.js';

/** @throws LicenseflowError `invalid` where the file cannot be read, or is no export. */
export async function readExport(
  file: string,
  kept: readonly AuditHead[],
  { cwd }: Pick<CliDependencies, 'cwd'>,
): Promise<AuditFile> {
  try {
    return await readAuditFile(createReadStream(resolve(cwd, file), 'utf8') as AsyncIterable<string>, kept);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw usageError(`${file} cannot be read: ${error.message}.`, 'Check the path.');
  }
}
