/** What Temporal itself keeps and shows of the workflows of one task queue, read below the SDK's data converter. */
import proto from '@temporalio/proto';
import { testTemporal } from '../support/temporal.js';

const { History } = proto.temporal.api.history.v1;
const { WorkflowExecutionInfo } = proto.temporal.api.workflow.v1;
const { DescribeWorkflowExecutionResponse, QueryWorkflowResponse } = proto.temporal.api.workflowservice.v1;

export interface RawWorkflow {
  readonly workflowId: string;
  readonly type: string;
  /** Messages and stack traces of failures in the history that this project's processes wrote, causes included. */
  readonly failureTexts: readonly string[];
  /** Bytes as the server gives them out, by where they were found. */
  readonly seen: Readonly<Record<'list' | 'describe' | 'history' | 'details', Buffer>>;
}

/** Every run on this queue, once visibility knows at least those of `expected`. */
export async function rawWorkflows(taskQueue: string): Promise<readonly RawWorkflow[]> {
  const { connection, server } = await testTemporal();
  const { namespace } = server;
  const { workflowService } = connection;
  const { executions } = await workflowService.listWorkflowExecutions({
    namespace,
    query: `TaskQueue = "${taskQueue}"`,
    pageSize: 1_000,
  });
  return Promise.all(
    executions.map(async (info) => {
      const { execution } = info;
      if (!execution?.workflowId) throw new Error('A workflow without an id.');
      const described = await workflowService.describeWorkflowExecution({ namespace, execution });
      const events = [];
      let nextPageToken: Uint8Array = new Uint8Array();
      do {
        const page = await workflowService.getWorkflowExecutionHistory({ namespace, execution, nextPageToken });
        events.push(...(page.history?.events ?? []));
        ({ nextPageToken } = page);
      } while (nextPageToken.length > 0);
      // What the UI asks for: the current details of the workflow.
      const details = await workflowService.queryWorkflow({
        namespace,
        execution,
        query: { queryType: '__temporal_workflow_metadata' },
      });
      return {
        workflowId: execution.workflowId,
        type: info.type?.name ?? '',
        failureTexts: [...failureTexts(events)],
        seen: {
          list: Buffer.from(WorkflowExecutionInfo.encode(info).finish()),
          describe: Buffer.from(DescribeWorkflowExecutionResponse.encode(described).finish()),
          history: Buffer.from(History.encode({ events }).finish()),
          details: Buffer.from(QueryWorkflowResponse.encode(details).finish()),
        },
      };
    }),
  );
}

function* failureTexts(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if ('source' in value && value.source === 'TypeScriptSDK') {
    const { message, stackTrace } = value as { message?: string | null; stackTrace?: string | null };
    yield* [message, stackTrace].filter((text): text is string => typeof text === 'string' && text !== '');
  }
  for (const inner of Object.values(value)) yield* failureTexts(inner);
}

/** Where any of the words stands, as `workflow: place: word`. Payloads are looked through as the bytes that they are. */
export function findings(workflows: readonly RawWorkflow[], words: readonly string[]): readonly string[] {
  const wanted = words.map((word) => [word, Buffer.from(word.toLowerCase()).toString('latin1')] as const);
  return workflows.flatMap(({ type, workflowId, seen }) =>
    Object.entries(seen).flatMap(([place, bytes]) => {
      const text = bytes.toString('latin1').toLowerCase();
      return wanted
        .filter(([, bytesOfWord]) => text.includes(bytesOfWord))
        .map(([word]) => `${type} ${workflowId}: ${place}: ${word}`);
    }),
  );
}
