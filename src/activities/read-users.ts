/** Many users at once. */
import { setMaxListeners } from 'node:events';
import { Context } from '@temporalio/activity';
import { chunksOf } from '../client/in-parallel.js';
import type { Failure } from '../domain/failures.js';
import { BATCH_SIZE_MAX, throttledItem } from '../graph/batch.js';
import type { BulkReads } from '../graph/bulk-reads.js';
import type { CallOptions, GraphGateway, UserLicenses } from '../graph/gateway.js';
import { GraphFailure, isFailure } from '../graph/gateway.js';

/** Graph for reads of very many users. */
export interface BulkSource {
  readonly graph: GraphGateway;
  readonly bulkReads: BulkReads;
}

export type BulkOptions = CallOptions & { readonly signal: AbortSignal };

/** For reads of the running activity that nobody waits for. */
export function bulkOptions(): BulkOptions {
  const signal = Context.current().cancellationSignal;
  // As many calls listen to it as there are; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  return { signal, priority: 'Low' };
}

/**
 * Users with their licences, each by object id or user principal name, in the order of the references: what was read, or
 * why it could not be. Who is throttled is asked for again, without the others of the batch, as long as there is patience.
 *
 * @throws GraphFailure where a whole batch failed.
 */
export async function readUsers(
  source: BulkSource,
  refs: readonly string[],
  options: BulkOptions,
): Promise<readonly (UserLicenses | Failure)[]> {
  const batches = chunksOf(refs, BATCH_SIZE_MAX).map((batch) => readBatch(source, batch, options));
  return (await Promise.all(batches)).flat();
}

async function readBatch(
  { graph, bulkReads }: BulkSource,
  refs: readonly string[],
  options: BulkOptions,
): Promise<readonly (UserLicenses | Failure)[]> {
  const found = new Array<UserLicenses | Failure>(refs.length);
  let missing = [...refs.keys()];
  const read = async (): Promise<void> => {
    const asked = missing;
    const answers = await graph.usersLicenses(
      asked.map((i) => refs[i] ?? ''),
      options,
    );
    for (const [n, i] of asked.entries()) found[i] = answers[n] ?? NOT_ANSWERED;
    missing = asked.filter((i) => isThrottled(found[i]));
    const refusal = throttledItem(answers);
    if (refusal !== null) throw new GraphFailure(refusal);
  };
  try {
    await bulkReads.run(options.signal, read);
  } catch (error) {
    const isOfSome =
      error instanceof GraphFailure && error.failure.code === 'THROTTLED' && Object.keys(found).length > 0;
    if (!isOfSome) throw error;
  }
  return found;
}

const NOT_ANSWERED: Failure = { code: 'TRANSIENT', message: 'Graph left an item of the batch out of its answer.' };

function isThrottled(answer: UserLicenses | Failure | undefined): boolean {
  return answer !== undefined && isFailure(answer) && answer.code === 'THROTTLED';
}
