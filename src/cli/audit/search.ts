import { stateText } from '../../client/audit-file.js';
import type { AuditFilter } from '../../contracts/audit.js';
import type { AuditEntry, AuditKind, AuditPerson } from '../../domain/audit.js';
import { shortDigest } from '../../domain/digest.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import { instantOf } from '../instant.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';

export interface SearchOptions {
  readonly person?: string;
  readonly actor?: string;
  readonly request?: string;
  readonly campaign?: string;
  readonly kind?: readonly AuditKind[];
  readonly since?: string;
  readonly until?: string;
  readonly behind?: number;
  readonly limit: number;
}

export async function searchAudit({ session, out, deps }: Invocation, options: SearchOptions): Promise<ExitCode> {
  const filter = filterOf(options, deps.timeZone);
  const { audit } = (await session()).licenseflow;
  const { entries, more, head } = await audit.search(filter, options.limit, options.behind ?? null);
  await out.result('AuditEntryList', { items: entries, more, head }, async () => {
    if (entries.length > 0 || out.isPiped) await out.table(columns(out), entries);
  });
  if (entries.length === 0) out.note('No such entries.');
  const last = entries.at(-1);
  if (more && last !== undefined) out.note(`There are more: --behind ${last.number}, or a higher --limit.`);
  return EXIT.ok;
}

function filterOf(
  { person, actor, request, campaign, kind, since, until }: SearchOptions,
  timeZone?: string,
): AuditFilter {
  const instant = (option: string, text: string) =>
    new Date(instantOf(option, text, { now: Date.now(), timeZone })).toISOString();
  return {
    ...(person !== undefined && { person }),
    ...(actor !== undefined && { actor }),
    ...(request !== undefined && { requestId: request }),
    ...(campaign !== undefined && { campaignId: campaign }),
    ...(kind !== undefined && { kinds: kind }),
    ...(since !== undefined && { since: instant('--since', since) }),
    ...(until !== undefined && { until: instant('--until', until) }),
  };
}

function columns({ time }: Output): readonly Column<AuditEntry>[] {
  return [
    { title: 'ENTRY', cell: ({ number }) => number },
    { title: 'WHEN', cell: ({ at }) => time(at) },
    { title: 'WHAT', cell: ({ kind }) => kind },
    { title: 'OUTCOME', cell: ({ outcome }) => outcome },
    { title: 'FOR', cell: ({ subject }) => personText(subject) },
    { title: 'BY', cell: ({ actor }) => personText(actor) },
    { title: 'WHY', cell: ({ reason }) => reason },
    { title: 'OF', cell: ({ source }) => source },
    { title: 'DIGEST', cell: ({ digest }) => digest && shortDigest(digest), wide: true },
    { title: 'BEFORE', cell: ({ before }) => stateText(before), wide: true },
    { title: 'AFTER', cell: ({ after }) => stateText(after), wide: true },
    { title: 'GRAPH REQUEST-ID', cell: ({ graphRequestIds }) => graphRequestIds.join(' '), wide: true },
    { title: 'HASH', cell: ({ hash }) => shortDigest(hash), wide: true },
  ];
}

function personText(person: AuditPerson | null): string | null {
  return person === null ? null : person.upn;
}
