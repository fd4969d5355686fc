import type { ActivateInput, Next, WorkflowInterceptors, WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/workflow';
import { OF_ENDED, QUERY_AHEAD } from '../contracts/query-ahead.js';

type Activation = ActivateInput['activation'];
type Query = NonNullable<NonNullable<Activation['jobs']>[number]['queryWorkflow']>;

/** Temporal's id of a query that comes by itself, not together with a workflow task. */
const LONE_QUERY = 'legacy_query';

/**
 * Keeps queries from running a workflow ahead of its tasks.
 *
 * A query that meets a worker without the workflow in its cache brings the whole history along. Events that came in
 * since the last workflow task are applied as well by SDK 1.24, by the clock of that last task, and the commands that
 * come of it are handed in with the next task. A replay then computes others, and the workflow is stuck for
 * nondeterminism. Here such a query fails, which drops the workflow from the cache: its task begins from history, and
 * the client asks again.
 *
 * The sign of it are news that carry the time of the task before: each task has a time of its own. A workflow that was
 * terminated keeps such news for ever; a query that says that it has ended is answered.
 */
export class QueryGuard implements WorkflowInternalsInterceptor {
  #time: string | undefined;
  #isAhead = false;

  /** @throws Error ({@link QUERY_AHEAD}) for a lone query after news that came without a task. */
  activate(input: ActivateInput, next: Next<WorkflowInternalsInterceptor, 'activate'>): void {
    const { activation, batchIndex } = input;
    const queries = (activation.jobs ?? []).flatMap(({ queryWorkflow }) => queryWorkflow ?? []);
    if (queries.length === 0 && batchIndex === 0) this.#note(activation);
    if (this.#isAhead && queries.some(mayMislead)) throw new Error(QUERY_AHEAD);
    next(input);
  }

  #note({ timestamp, isReplaying }: Activation): void {
    const time = [timestamp?.seconds?.toString(), timestamp?.nanos].join('.');
    this.#isAhead = !isReplaying && time === this.#time;
    this.#time = time;
  }
}

function mayMislead({ queryId, arguments: given }: Query): boolean {
  const [first] = given ?? [];
  const isOfEnded = first !== undefined && defaultPayloadConverter.fromPayload(first) === OF_ENDED;
  return queryId === LONE_QUERY && !isOfEnded;
}

export const interceptors = (): WorkflowInterceptors => ({ internals: [new QueryGuard()] });
