import { extname } from 'node:path';
import { auditCsv, auditNdjson } from '../../client/audit-file.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { writeOut } from '../output-file.js';
import { writeHead } from './head-file.js';

export interface ExportOptions {
  readonly output?: string;
  readonly format?: 'ndjson' | 'csv';
  readonly saveHead?: string;
}

export async function exportAudit(
  { session, out, deps }: Invocation,
  { output, format, saveHead }: ExportOptions,
): Promise<ExitCode> {
  const { audit } = (await session()).licenseflow;
  const trail = await audit.whole();
  const isCsv = (format ?? extname(output ?? '').slice(1)) === 'csv';
  await writeOut(output, isCsv ? auditCsv(trail) : auditNdjson(trail), deps);
  const { entries, hash } = trail.head;
  if (saveHead !== undefined) await writeHead(saveHead, trail.head, deps);
  out.note(`${entries} entries. Keep this elsewhere, and nobody can cut them off unseen: ${entries}:${hash}`);
  if (output !== undefined && output !== '-') out.next(`licenseflow audit verify ${output}`);
  return EXIT.ok;
}
