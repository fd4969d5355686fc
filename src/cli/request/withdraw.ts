import type { SubjectWithdrawn } from '../../client/request-batches.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';
import { printCurrent } from '../request-summary.js';

export interface WithdrawOptions {
  readonly as: string;
  readonly reason: string;
  readonly batch?: string;
}

export async function withdraw(
  invocation: Invocation,
  options: WithdrawOptions,
  requestId: string | undefined,
): Promise<ExitCode> {
  const { batch } = options;
  if (requestId !== undefined && batch === undefined) return withdrawOne(invocation, requestId, options);
  if (requestId === undefined && batch !== undefined) return withdrawBatch(invocation, batch, options);
  throw usageError(
    batch === undefined ? 'No request is named.' : 'Both a request and a batch are named.',
    'Name one request, or a whole batch: --batch ID',
  );
}

async function withdrawOne(
  { session, out }: Invocation,
  requestId: string,
  { as, reason }: WithdrawOptions,
): Promise<ExitCode> {
  const { requests } = (await session()).licenseflow;
  await requests.withdraw(requestId, { ref: as, assurance: 'asserted' }, reason);
  await printCurrent(requests, requestId, out);
  return EXIT.ok;
}

async function withdrawBatch(
  { session, out }: Invocation,
  batchId: string,
  { as, reason }: WithdrawOptions,
): Promise<ExitCode> {
  const { batches } = (await session()).licenseflow;
  const items = await batches.withdraw(batchId, { ref: as, assurance: 'asserted' }, reason);
  await out.result('BatchWithdrawn', { batchId, items }, () => out.table(COLUMNS, items));
  out.next(`licenseflow request list --batch ${batchId}`);
  const failed = items.filter(({ outcome }) => outcome === 'failed').length;
  if (failed === 0) return EXIT.ok;
  out.note(`${failed} could not be ended. The same command again tries these only.`);
  return failed === items.length ? EXIT.failed : EXIT.partial;
}

const COLUMNS: readonly Column<SubjectWithdrawn>[] = [
  { title: 'REQUEST', cell: ({ requestId }) => requestId },
  { title: 'FOR', cell: ({ subject }) => subject },
  { title: 'OUTCOME', cell: ({ outcome }) => outcome },
  { title: 'WHY', cell: why },
];

function why(item: SubjectWithdrawn): string {
  switch (item.outcome) {
    case 'withdrawn':
      return '';
    case 'ended-before':
      return item.state;
    case 'not-started':
      return 'its turn had not come';
    case 'failed':
      return `${item.message} ${item.remedy} (${item.code})`;
  }
}
