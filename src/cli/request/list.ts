import type { RequestFilter, RequestRow } from '../../client/request-list.js';
import type { RequestState } from '../../contracts/license-request.js';
import { GUID } from '../../domain/license.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import { instantOf } from '../instant.js';
import type { Invocation, LicenseflowCalls } from '../invocation.js';
import type { Column, Output } from '../output.js';
import { skuNamed } from '../sku-named.js';

export interface ListOptions {
  readonly state?: RequestState;
  readonly open?: true;
  readonly for?: string;
  readonly by?: string;
  readonly approver?: string;
  readonly sku?: string;
  readonly batch?: string;
  readonly dueBefore?: string;
  readonly needsAttention?: true;
  readonly limit: number;
}

export async function list({ session, out, deps }: Invocation, options: ListOptions): Promise<ExitCode> {
  const { licenseflow } = await session();
  const { limit } = options;
  // One more, which tells whether there are more.
  const found = await licenseflow.list({ ...(await filterOf(options, licenseflow, deps)), limit: limit + 1 });
  await printRows(found.slice(0, limit), out);
  if (found.length === 0) out.note('No such requests.');
  if (found.length > limit) out.note(`Only the newest ${limit} are shown; --limit shows more.`);
  return EXIT.ok;
}

export async function printRows(rows: readonly RequestRow[], out: Output): Promise<void> {
  await out.result('RequestList', { items: rows }, async () => {
    if (rows.length > 0 || out.isPiped) await out.table(columns(out), rows);
  });
}

function columns({ time }: Output): readonly Column<RequestRow>[] {
  const instant = (iso: string | null): string | null => (iso === null ? null : time(iso));
  return [
    { title: 'REQUEST', cell: ({ requestId }) => requestId },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'FOR', cell: ({ subject }) => subject },
    { title: 'PRODUCTS', cell: ({ products }) => products },
    { title: 'REQUESTED BY', cell: ({ requester }) => requester, wide: true },
    { title: 'CREATED', cell: ({ createdAt }) => instant(createdAt) },
    { title: 'ENDED', cell: ({ endedAt }) => instant(endedAt), wide: true },
    { title: 'DUE', cell: ({ dueAt }) => instant(dueAt) },
    { title: 'ATTENTION', cell: ({ needsAttention }) => (needsAttention ? 'needs attention' : null) },
    { title: 'KIND', cell: ({ kind }) => kind },
  ];
}

async function filterOf(
  options: ListOptions,
  licenseflow: LicenseflowCalls,
  deps: Invocation['deps'],
): Promise<Omit<RequestFilter, 'limit'>> {
  const [subjectId, requesterId, approverId] = await Promise.all(
    [options.for, options.by, options.approver].map((ref) => objectIdOf(ref, licenseflow)),
  );
  const skuId = options.sku === undefined ? undefined : await skuIdOf(options.sku, licenseflow);
  return {
    ...(options.state !== undefined && { state: options.state }),
    ...(options.open && { open: true }),
    ...(options.batch !== undefined && { batchId: options.batch }),
    ...(options.dueBefore !== undefined && { dueBefore: dueBefore(options.dueBefore, deps.timeZone) }),
    ...(options.needsAttention && { needsAttention: true }),
    ...(subjectId !== undefined && { subjectId }),
    ...(requesterId !== undefined && { requesterId }),
    ...(approverId !== undefined && { approverId }),
    ...(skuId !== undefined && { skuId }),
  };
}

function dueBefore(text: string, timeZone: string | undefined): Date {
  return new Date(instantOf('--due-before', text, { now: Date.now(), timeZone }));
}

/** Ids are searched as they are, without a worker; names are looked up in the directory. */
async function objectIdOf(ref: string | undefined, { tenant }: LicenseflowCalls): Promise<string | undefined> {
  return ref === undefined || GUID.test(ref) ? ref : (await tenant.person(ref)).id;
}

async function skuIdOf(sku: string, { tenant }: LicenseflowCalls): Promise<string> {
  return GUID.test(sku) ? sku : skuNamed(sku, await tenant.seats()).skuId;
}
