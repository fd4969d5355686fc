/** Many users at once. */
import { chunksOf, inParallel } from '../client/in-parallel.js';
import type { Failure } from '../domain/failures.js';
import { BATCH_SIZE_MAX } from '../graph/batch.js';
import type { CallOptions, GraphGateway, UserLicenses } from '../graph/gateway.js';

/** `$batch` calls of one activity that are under way at a time. */
const BATCHES_AT_ONCE = 4;

/**
 * Users with their licences, each by object id or user principal name, in the order of the references: what was read, or
 * why it could not be.
 *
 * @throws GraphFailure where a whole batch failed.
 */
export async function readUsers(
  graph: GraphGateway,
  refs: readonly string[],
  options: CallOptions,
): Promise<readonly (UserLicenses | Failure)[]> {
  const batches = chunksOf(refs, BATCH_SIZE_MAX);
  return (await inParallel(batches, BATCHES_AT_ONCE, (batch) => graph.usersLicenses(batch, options))).flat();
}
