/** Lists of requests, from Temporal's visibility store: no worker is needed to read them. */
import type { WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import { GUID } from '../domain/license.js';
import type { RequestState } from '../contracts/license-request.js';
import { LICENSE_REQUEST, licenseRequestWorkflowId } from '../contracts/license-request.js';
import { LICENSE_ROLLBACK, licenseRollbackWorkflowId } from '../contracts/license-rollback.js';
import { BATCH_ID } from '../contracts/request-batch.js';
import {
  LICENSE_APPROVERS,
  LICENSE_BATCH,
  LICENSE_DUE_AT,
  LICENSE_REQUESTER,
  LICENSE_SKUS,
  LICENSE_STATE,
  LICENSE_SUBJECT,
  MANY_APPROVERS,
  NEEDS_ATTENTION,
} from '../contracts/search-attributes.js';
import { endedByForce } from './ended-outside.js';
import type { Installation } from './installation.js';
import { LicenseflowError } from './licenseflow-error.js';
import { callingTemporal } from './temporal-errors.js';
import type { Page, PageOptions } from './visibility-page.js';
import { executionsPage } from './visibility-page.js';

export interface RequestFilter {
  readonly state?: RequestState;
  readonly open?: boolean;
  /** Object ids. Of those that ask very many people, {@link asksMany}, not every approver finds all. */
  readonly requesterId?: string;
  readonly subjectId?: string;
  readonly approverId?: string;
  /** Only those that ask more people at a time than a list can tell. */
  readonly asksMany?: boolean;
  readonly skuId?: string;
  /** Only the requests of this batch. */
  readonly batchId?: string;
  /** Only those whose present wait ends by itself before this instant. */
  readonly dueBefore?: Date;
  /** Only what a person has to look at; rollbacks too, and what was ended by force. */
  readonly needsAttention?: boolean;
  /** At most so many, newest first. */
  readonly limit: number;
}

interface RowFacts {
  readonly requestId: string;
  /** "Name <upn>" of who is licensed and who asked, once the request was checked. For a rollback: as who asked typed it. */
  readonly subject: string | null;
  readonly requester: string | null;
  readonly products: string | null;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly dueAt: string | null;
  readonly needsAttention: boolean;
}

/** How far a rollback is, as far as the visibility store knows; its view says more. */
export type RollbackRowState = 'open' | 'restored' | 'not-restored';

/** A request, or the rollback of one where a list was asked for what needs attention. */
export type RequestRow =
  | (RowFacts & { readonly kind: 'request'; readonly state: RequestState })
  | (RowFacts & { readonly kind: 'rollback'; readonly state: RollbackRowState });

/** The newest requests that match all parts of the filter. Visibility follows a change within a second or so. */
export async function listRequests(at: Installation, filter: RequestFilter): Promise<readonly RequestRow[]> {
  return callingTemporal(async () => {
    const rows: RequestRow[] = [];
    const pageSize = Math.min(filter.limit, 1_000);
    for await (const execution of at.client.workflow.list({ query: visibilityQuery(at, filter), pageSize })) {
      rows.push(rowOf(execution));
      if (rows.length >= filter.limit) break;
    }
    return rows;
  });
}

/** The same, page by page. */
export async function requestPage(
  at: Installation,
  filter: Omit<RequestFilter, 'limit'>,
  page: PageOptions,
): Promise<Page<RequestRow>> {
  const { rows, next } = await executionsPage(at.client, visibilityQuery(at, filter), page);
  return { rows: rows.map(rowOf), next };
}

/** How many requests match all parts of the filter. */
export async function countRequests(at: Installation, filter: Omit<RequestFilter, 'limit'>): Promise<number> {
  const { count } = await callingTemporal(() => at.client.workflow.count(visibilityQuery(at, filter)));
  return count;
}

/** The filter in Temporal's list syntax. Ids are checked to be ids, so nothing can be smuggled in. */
export function visibilityQuery(
  { taskQueue }: Pick<Installation, 'taskQueue'>,
  filter: Omit<RequestFilter, 'limit'>,
): string {
  const type = filter.needsAttention === true ? ATTENTION : `WorkflowType = '${LICENSE_REQUEST}'`;
  const parts = [`TaskQueue = '${taskQueue}'`, type, NOT_CONTINUED];
  if (filter.open === true) parts.push(`ExecutionStatus = 'Running'`);
  if (filter.state !== undefined) parts.push(statePart(filter.state));
  if (filter.requesterId !== undefined) parts.push(`${LICENSE_REQUESTER.name} = '${guid(filter.requesterId)}'`);
  if (filter.subjectId !== undefined) parts.push(`${LICENSE_SUBJECT.name} = '${guid(filter.subjectId)}'`);
  if (filter.approverId !== undefined) parts.push(`${LICENSE_APPROVERS.name} = '${guid(filter.approverId)}'`);
  if (filter.asksMany === true) parts.push(`${LICENSE_APPROVERS.name} = '${MANY_APPROVERS}'`);
  if (filter.skuId !== undefined) parts.push(`${LICENSE_SKUS.name} = '${guid(filter.skuId)}'`);
  if (filter.batchId !== undefined) parts.push(`${LICENSE_BATCH.name} = '${batch(filter.batchId)}'`);
  if (filter.dueBefore !== undefined) parts.push(`${LICENSE_DUE_AT.name} < '${filter.dueBefore.toISOString()}'`);
  return parts.join(' AND ');
}

/** A licence with an end goes on in runs that continue the first one; only the last one is the request as it is. */
const NOT_CONTINUED = `ExecutionStatus != 'ContinuedAsNew'`;
/** The workflow cannot say it of itself where it was ended by force; a cancelled rollback stops where it is, too. */
const CUT_OFF = `ExecutionStatus IN ('Terminated', 'TimedOut')`;
const ATTENTION =
  `WorkflowType IN ('${LICENSE_REQUEST}', '${LICENSE_ROLLBACK}') AND (${NEEDS_ATTENTION.name} = true OR ${CUT_OFF}` +
  ` OR (WorkflowType = '${LICENSE_ROLLBACK}' AND ExecutionStatus = 'Canceled'))`;

/** A run that was ended by force kept the state that it was in. */
function statePart(state: RequestState): string {
  return state === 'terminated'
    ? `WorkflowType = '${LICENSE_REQUEST}' AND ${CUT_OFF}`
    : `${LICENSE_STATE.name} = '${state}' AND NOT ${CUT_OFF}`;
}

function rowOf(execution: WorkflowExecutionInfo): RequestRow {
  return execution.type === LICENSE_ROLLBACK ? rollbackRow(execution) : requestRow(execution);
}

function requestRow(execution: WorkflowExecutionInfo): RequestRow {
  const { status, typedSearchAttributes: attributes } = execution;
  const state = attributes.get(LICENSE_STATE) as RequestState | undefined;
  const cutOff = endedByForce(status.name);
  return {
    kind: 'request',
    ...factsOf(execution, licenseRequestWorkflowId('')),
    state: cutOff ? 'terminated' : (state ?? 'checking'),
    needsAttention: cutOff || (attributes.get(NEEDS_ATTENTION) ?? false),
  };
}

function rollbackRow(execution: WorkflowExecutionInfo): RequestRow {
  const { status, typedSearchAttributes: attributes } = execution;
  const state = rollbackState(status.name);
  return {
    kind: 'rollback',
    ...factsOf(execution, licenseRollbackWorkflowId('')),
    state,
    needsAttention: state === 'not-restored' || (attributes.get(NEEDS_ATTENTION) ?? false),
  };
}

function rollbackState(status: WorkflowExecutionStatusName): RollbackRowState {
  if (status === 'RUNNING') return 'open';
  return status === 'COMPLETED' ? 'restored' : 'not-restored';
}

function factsOf(execution: WorkflowExecutionInfo, prefix: string): Omit<RowFacts, 'needsAttention'> {
  const { memo, typedSearchAttributes: attributes } = execution;
  const dueAt = execution.closeTime === undefined ? attributes.get(LICENSE_DUE_AT) : undefined;
  return {
    requestId: execution.workflowId.slice(prefix.length),
    subject: text(memo?.['subject']),
    requester: text(memo?.['requester']),
    products: text(memo?.['products']),
    createdAt: text(memo?.['createdAt']) ?? execution.startTime.toISOString(),
    endedAt: execution.closeTime?.toISOString() ?? null,
    dueAt: dueAt?.toISOString() ?? null,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function guid(id: string): string {
  if (GUID.test(id)) return id.toLowerCase();
  throw new LicenseflowError('invalid', 'MALFORMED_ID', `"${id}" is no object id.`, 'Give a GUID.');
}

function batch(id: string): string {
  if (BATCH_ID.test(id)) return id;
  throw new LicenseflowError('invalid', 'MALFORMED_ID', `"${id}" is no batch id.`, 'Give the id of a batch.');
}
