import { stateText } from '../../client/audit-file.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { HistoryChange, LicenseHistory } from '../../domain/audit.js';
import { licenseHistory } from '../../domain/audit.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';
import { readExport } from './read-export.js';

export interface HistoryOptions {
  readonly file?: string;
}

export async function showHistory(invocation: Invocation, { file }: HistoryOptions, user: string): Promise<ExitCode> {
  const { out } = invocation;
  const { history, doubt } = await found(invocation, file, user);
  const { person, changes, held, products } = history;
  if (person === null)
    throw new LicenseflowError(
      'not-found',
      'NOT_IN_TRAIL',
      `The audit trail says nothing of ${user}.`,
      'licenseflow never touched this person, or the name was another one then: try the object id.',
    );
  await out.result('LicenseHistory', { ...history, doubt }, async () => {
    await out.table(columns(out, products), changes);
    out.fields([['Held of it now', stateText(held, products)]]);
  });
  if (doubt)
    out.warn(
      `${file ?? 'The trail'} is not whole, so this may not be what happened. See: licenseflow audit verify ${file ?? ''}`,
    );
  return doubt ? EXIT.failed : EXIT.ok;
}

interface Found {
  readonly history: LicenseHistory;
  /** What it was made of is not whole. */
  readonly doubt: boolean;
}

async function found({ session, deps }: Invocation, file: string | undefined, user: string): Promise<Found> {
  if (file === undefined) return { history: await (await session()).licenseflow.audit.history(user), doubt: false };
  const { entries, problems } = await readExport(file, [], deps);
  return { history: licenseHistory(entries, user), doubt: problems.length > 0 };
}

function columns({ time }: Output, products: LicenseHistory['products']): readonly Column<HistoryChange>[] {
  return [
    { title: 'WHEN', cell: ({ at }) => time(at) },
    { title: 'WHAT', cell: ({ kind, outcome }) => (outcome === null ? kind : `${kind}: ${outcome}`) },
    { title: 'BEFORE', cell: ({ before }) => stateText(before, products) },
    { title: 'AFTER', cell: ({ after }) => (after === null ? 'not known' : stateText(after, products)) },
    { title: 'ASKED BY', cell: ({ askedBy }) => askedBy?.upn ?? null },
    { title: 'WHY', cell: ({ reason }) => reason },
    { title: 'DECIDED BY', cell: ({ decidedBy }) => decidedBy.map(({ upn }) => upn).join(', ') },
    { title: 'OF', cell: ({ source }) => source },
    { title: 'GRAPH REQUEST-ID', cell: ({ graphRequestIds }) => graphRequestIds.join(' '), wide: true },
    { title: 'DIGEST', cell: ({ digest }) => digest, wide: true },
  ];
}
