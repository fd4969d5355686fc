/** `request submit` for several people: the same wish, an answer for each. */
import type { BatchSubmitted, SubjectSubmitted } from '../../client/request-batches.js';
import type { LicenseRequestBatch } from '../../contracts/request-batch.js';
import { stateText } from '../../contracts/request-story.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column, Output } from '../output.js';
import { repeatable } from './repeatable.js';

export async function submitBatch(
  { session, out }: Invocation,
  batch: LicenseRequestBatch,
  givenId: string | undefined,
): Promise<ExitCode> {
  const { batches } = (await session()).licenseflow;
  const submitted = await repeatable(givenId, batch.batchId, () =>
    batches.submit(batch, { ref: batch.requester, assurance: 'asserted' }),
  );
  await out.result('BatchSubmitted', submitted, () => out.table(columns(out), submitted.items));
  tellNext(submitted, out);
  return exitCodeOf(submitted.items);
}

function columns(out: Output): readonly Column<SubjectSubmitted>[] {
  return [
    { title: 'REQUEST', cell: ({ requestId }) => requestId },
    { title: 'FOR', cell: ({ subject }) => subject },
    { title: 'ANSWER', cell: ({ outcome }) => (outcome === 'conflict' ? 'id in use' : outcome) },
    { title: 'STATE', cell: (item) => ('state' in item ? (out.isPiped ? item.state : stateText(item.state)) : null) },
    { title: 'WHY', cell: why },
  ];
}

function why(item: SubjectSubmitted): string {
  switch (item.outcome) {
    case 'recorded':
      return 'not checked yet';
    case 'conflict':
      return 'this request id stands for another request, which is unchanged';
    case 'refused':
    case 'accepted':
      return item.problems.length > 0
        ? item.problems.map(({ message, remedy, code }) => `${message} ${remedy} (${code})`).join(' ')
        : (item.waitsFor?.what ?? '');
  }
}

function tellNext({ batchId, items }: BatchSubmitted, out: Output): void {
  const count = (outcome: SubjectSubmitted['outcome']) => items.filter((item) => item.outcome === outcome).length;
  const refused = count('refused');
  if (refused > 0)
    out.note(
      `${refused} of ${items.length} refused; the others are not affected. The same command with --id ${batchId} asks again for these only.`,
    );
  if (count('recorded') > 0)
    out.note(
      'Some were not checked within the time; they go on by themselves. Is a worker running? licenseflow doctor',
    );
  out.next(
    `licenseflow request list --batch ${batchId}`,
    `licenseflow request withdraw --batch ${batchId} --as USER --reason TEXT`,
  );
}

/** Partly, as soon as somebody was turned away and somebody was not. */
function exitCodeOf(items: readonly SubjectSubmitted[]): ExitCode {
  const turnedAway = items.filter(({ outcome }) => outcome === 'refused' || outcome === 'conflict');
  if (turnedAway.length === items.length)
    return items.every(({ outcome }) => outcome === 'conflict') ? EXIT.conflict : EXIT.refused;
  if (turnedAway.length > 0) return EXIT.partial;
  return items.some(({ outcome }) => outcome === 'recorded') ? EXIT.pending : EXIT.ok;
}
