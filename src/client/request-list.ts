/** Lists of requests, from Temporal's visibility store: no worker is needed to read them. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { GUID } from '../domain/license.js';
import type { RequestState } from '../contracts/license-request.js';
import { LICENSE_REQUEST } from '../contracts/license-request.js';
import {
  LICENSE_APPROVERS,
  LICENSE_DUE_AT,
  LICENSE_REQUESTER,
  LICENSE_SKUS,
  LICENSE_STATE,
  LICENSE_SUBJECT,
  NEEDS_ATTENTION,
} from '../contracts/search-attributes.js';
import { LicenseflowError } from './licenseflow-error.js';
import { callingTemporal } from './temporal-errors.js';

export interface RequestFilter {
  readonly state?: RequestState;
  readonly open?: boolean;
  /** Object ids. */
  readonly requesterId?: string;
  readonly subjectId?: string;
  readonly approverId?: string;
  readonly skuId?: string;
  readonly needsAttention?: boolean;
  /** At most so many, newest first. */
  readonly limit: number;
}

export interface RequestRow {
  readonly requestId: string;
  readonly state: RequestState;
  /** "Name <upn>" of who is licensed and who asked, once the request was checked. */
  readonly subject: string | null;
  readonly requester: string | null;
  readonly products: string | null;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly dueAt: string | null;
  readonly needsAttention: boolean;
}

const PREFIX = 'license-request/';

/** The newest requests that match all parts of the filter. Visibility follows a change within a second or so. */
export async function listRequests(client: Client, filter: RequestFilter): Promise<readonly RequestRow[]> {
  return callingTemporal(async () => {
    const rows: RequestRow[] = [];
    const pageSize = Math.min(filter.limit, 1_000);
    for await (const execution of client.workflow.list({ query: visibilityQuery(filter), pageSize })) {
      rows.push(rowOf(execution));
      if (rows.length >= filter.limit) break;
    }
    return rows;
  });
}

/** The filter in Temporal's list syntax. Ids are checked to be GUIDs, so nothing can be smuggled in. */
export function visibilityQuery(filter: RequestFilter): string {
  const parts = [`WorkflowType = '${LICENSE_REQUEST}'`];
  if (filter.open === true) parts.push(`ExecutionStatus = 'Running'`);
  if (filter.state !== undefined) parts.push(statePart(filter.state));
  if (filter.requesterId !== undefined) parts.push(`${LICENSE_REQUESTER.name} = '${guid(filter.requesterId)}'`);
  if (filter.subjectId !== undefined) parts.push(`${LICENSE_SUBJECT.name} = '${guid(filter.subjectId)}'`);
  if (filter.approverId !== undefined) parts.push(`${LICENSE_APPROVERS.name} = '${guid(filter.approverId)}'`);
  if (filter.skuId !== undefined) parts.push(`${LICENSE_SKUS.name} = '${guid(filter.skuId)}'`);
  if (filter.needsAttention === true) parts.push(`${NEEDS_ATTENTION.name} = true`);
  return parts.join(' AND ');
}

/** A run that was ended by force kept the state that it was in. */
function statePart(state: RequestState): string {
  const cutOff = `ExecutionStatus IN ('Terminated', 'TimedOut')`;
  return state === 'terminated' ? cutOff : `${LICENSE_STATE.name} = '${state}' AND NOT ${cutOff}`;
}

function rowOf(execution: WorkflowExecutionInfo): RequestRow {
  const { memo, typedSearchAttributes: attributes } = execution;
  const state = attributes.get(LICENSE_STATE) as RequestState | undefined;
  const cutOff = ['TERMINATED', 'TIMED_OUT'].includes(execution.status.name);
  const dueAt = execution.closeTime === undefined ? attributes.get(LICENSE_DUE_AT) : undefined;
  return {
    requestId: execution.workflowId.slice(PREFIX.length),
    state: cutOff ? 'terminated' : (state ?? 'checking'),
    subject: text(memo?.['subject']),
    requester: text(memo?.['requester']),
    products: text(memo?.['products']),
    createdAt: execution.startTime.toISOString(),
    endedAt: execution.closeTime?.toISOString() ?? null,
    dueAt: dueAt?.toISOString() ?? null,
    needsAttention: attributes.get(NEEDS_ATTENTION) ?? false,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function guid(id: string): string {
  if (GUID.test(id)) return id.toLowerCase();
  throw new LicenseflowError('invalid', 'MALFORMED_ID', `"${id}" is no object id.`, 'Give a GUID.');
}
