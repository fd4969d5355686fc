/** One page of a list in Temporal's visibility store, and where the next one begins. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { digestOf } from '../domain/digest.js';
import { LicenseflowError } from './licenseflow-error.js';
import { callingTemporal } from './temporal-errors.js';

export interface PageOptions {
  readonly size: number;
  /** What the page before named as the next one; `null` for the first. */
  readonly cursor: string | null;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Cursor of the page that follows; `null` after the last. */
  readonly next: string | null;
}

const GRPC_INVALID_ARGUMENT = 3;
/** Longer ones are none of ours. */
const CURSOR_CHARACTERS_MAX = 4_096;

/**
 * The page that `cursor` names. Rows that come or go meanwhile are shown once at most.
 *
 * @throws LicenseflowError `invalid` for a cursor that is none, or that belongs to another list.
 */
export async function executionsPage(
  client: Client,
  query: string,
  { size, cursor }: PageOptions,
): Promise<Page<WorkflowExecutionInfo>> {
  const { namespace, loadedDataConverter } = client.options;
  const nextPageToken = cursor === null ? new Uint8Array() : tokenIn(cursor, query);
  return callingTemporal(async () => {
    const answer = await client.workflowService
      .listWorkflowExecutions({ namespace, query, pageSize: size, nextPageToken })
      .catch((error: unknown) => {
        const isOfToken = cursor !== null && isGrpcServiceError(error) && Number(error.code) === GRPC_INVALID_ARGUMENT;
        throw isOfToken ? badCursor(error) : error;
      });
    const rows: WorkflowExecutionInfo[] = [];
    for (const raw of answer.executions as Parameters<typeof executionInfoFromRaw>[0][])
      rows.push(await executionInfoFromRaw(raw, loadedDataConverter, raw, namespace));
    return { rows, next: answer.nextPageToken.length === 0 ? null : cursorOf(answer.nextPageToken, query) };
  });
}

function cursorOf(token: Uint8Array, query: string): string {
  return Buffer.from(JSON.stringify([digestOf(query), Buffer.from(token).toString('base64')])).toString('base64url');
}

function tokenIn(cursor: string, query: string): Uint8Array {
  if (cursor.length > CURSOR_CHARACTERS_MAX) throw badCursor();
  const [list, token] = parsed(cursor);
  if (typeof token !== 'string' || list !== digestOf(query)) throw badCursor();
  return Buffer.from(token, 'base64');
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export function badCursor(cause?: unknown): LicenseflowError {
  return new LicenseflowError(
    'invalid',
    'BAD_CURSOR',
    'The cursor does not belong to this list.',
    'Leave it out to begin with the first page, or give the one that the page before named, with the same filters.',
    { cause },
  );
}
