/** How far a trail goes, in a file that is kept elsewhere. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { AuditHead } from '../../domain/audit.js';
import { usageError } from '../error-report.js';
import type { CliDependencies } from '../invocation.js';
import { writeOut } from '../output-file.js';

const head = z.object({
  tenant: z.string(),
  entries: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** @throws LicenseflowError `invalid` where the file is missing or says something else. */
export async function readHead(file: string, { cwd }: Pick<CliDependencies, 'cwd'>): Promise<AuditHead> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: Error) => {
    throw usageError(`${file} cannot be read: ${error.message}.`, 'Check the path.');
  });
  try {
    return head.parse(JSON.parse(text));
  } catch {
    throw usageError(
      `${file} does not say how far a trail goes.`,
      'Make such a file: licenseflow audit verify --save-head FILE',
    );
  }
}

export function writeHead(file: string, { tenant, entries, hash }: AuditHead, deps: CliDependencies): Promise<void> {
  return writeOut(file, [`${JSON.stringify({ tenant, entries, hash })}\n`], deps);
}
