import type { FileProblem } from '../../client/audit-file.js';
import type { AuditHead } from '../../domain/audit.js';
import { emptyHead, headAt } from '../../domain/audit.js';
import type { HeadOption } from '../audit.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { readHead, writeHead } from './head-file.js';
import { readExport } from './read-export.js';

export interface VerifyOptions {
  readonly head?: readonly HeadOption[];
  readonly headFile?: string;
  readonly saveHead?: string;
}

interface Verdict {
  readonly head: AuditHead;
  readonly problems: readonly FileProblem[];
}

export async function verifyAudit(invocation: Invocation, options: VerifyOptions, file?: string): Promise<ExitCode> {
  const { out, deps } = invocation;
  const { head, problems } = await (file === undefined
    ? verdictOfStore(invocation, options)
    : verdictOfFile(invocation, options, file));
  const isWhole = problems.length === 0;
  const keptHeads = (options.head?.length ?? 0) + (options.headFile === undefined ? 0 : 1);
  await out.result('AuditVerdict', { whole: isWhole, head, problems, keptHeads }, async () => {
    const columns = [
      { title: 'ENTRY', cell: ({ number }: FileProblem) => number },
      { title: 'WRONG', cell: ({ kind }: FileProblem) => kind },
      { title: 'HOW', cell: ({ text }: FileProblem) => text },
    ];
    if (!isWhole) await out.table(columns, problems);
    out.fields([
      ['Whole', isWhole ? 'yes' : 'no'],
      ['Entries', head.entries],
      ['Head', `${head.entries}:${head.hash}`],
      ['Tenant', head.tenant],
    ]);
  });
  if (isWhole && options.saveHead !== undefined) await writeHead(options.saveHead, head, deps);
  if (isWhole && keptHeads === 0)
    out.note(
      'Whoever may write all of it could have made it anew: compare it with a head that was kept elsewhere (--head).',
    );
  if (!isWhole)
    out.note('Something was changed after it was recorded. Keep this store as it is, and compare it with an export.');
  return isWhole ? EXIT.ok : EXIT.failed;
}

async function verdictOfStore({ session, deps }: Invocation, options: VerifyOptions): Promise<Verdict> {
  const { audit } = (await session()).licenseflow;
  // A head that was typed names no tenant: it is of the trail that is looked at.
  const { head } = await audit.search({}, 1);
  return audit.verify(await keptHeads(options, head.tenant, deps));
}

async function verdictOfFile({ deps }: Invocation, options: VerifyOptions, file: string): Promise<Verdict> {
  const { entries } = await readExport(file, [], deps);
  const tenant = entries[0]?.tenant ?? '';
  const { head, problems } = await readExport(file, await keptHeads(options, tenant, deps), deps);
  const last = entries.at(-1);
  return { head: head ?? (last === undefined ? emptyHead(tenant) : headAt(last)), problems };
}

async function keptHeads(
  { head = [], headFile }: VerifyOptions,
  tenant: string,
  deps: Invocation['deps'],
): Promise<readonly AuditHead[]> {
  const typed = head.map(({ entries, hash }) => ({ tenant, entries, hash }));
  return headFile === undefined ? typed : [...typed, await readHead(headFile, deps)];
}
