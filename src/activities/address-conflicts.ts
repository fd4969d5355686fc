/** Mail addresses that a mailbox would need and that somebody else has already. */
import { chunksOf } from '../client/in-parallel.js';
import { FILTER_CLAUSES_MAX } from '../graph/client.js';
import type { AddressedUser, DirectoryUser } from '../graph/gateway.js';
import type { BulkOptions, BulkSource } from './read-users.js';

export interface AddressConflict {
  readonly address: string;
  readonly owner: AddressedUser;
}

/**
 * Conflicts of these users, by their object ids; who has none is missing. With nobody to ask about, nothing is asked.
 *
 * A mailbox has the addresses that are there already, and takes the user principal name for one as well.
 *
 * @throws GraphFailure where the directory could not be asked.
 */
export async function addressConflicts(
  { graph, bulkReads }: BulkSource,
  users: readonly DirectoryUser[],
  options: BulkOptions,
): Promise<ReadonlyMap<string, readonly AddressConflict[]>> {
  /** The answers for all `items`, by object id. */
  const asked = async (
    items: readonly string[],
    ask: (some: readonly string[]) => Promise<readonly AddressedUser[]>,
  ): Promise<ReadonlyMap<string, AddressedUser>> => {
    const chunks = chunksOf(items, FILTER_CLAUSES_MAX);
    const answers = await Promise.all(chunks.map((some) => bulkReads.run(options.signal, () => ask(some))));
    return new Map(answers.flat().map((user) => [user.id, user]));
  };
  const ids = [...new Set(users.map(({ id }) => id))];
  const own = await asked(ids, (some) => graph.mailAddresses(some, options));
  const needed = new Map(users.map((user) => [user.id, neededBy(user, own.get(user.id))]));
  const owners = await asked([...new Set([...needed.values()].flat())], (some) =>
    graph.usersWithAddress(some, options),
  );
  const byAddress = ownersByAddress([...owners.values()]);
  const conflictsOf = (id: string, addresses: readonly string[]) =>
    addresses.flatMap((address) =>
      (byAddress.get(address) ?? []).filter((owner) => owner.id !== id).map((owner) => ({ address, owner })),
    );
  return new Map(
    [...needed]
      .map(([id, addresses]) => [id, conflictsOf(id, addresses)] as const)
      .filter(([, conflicts]) => conflicts.length > 0),
  );
}

function neededBy({ mail, userPrincipalName }: DirectoryUser, own: AddressedUser | undefined): readonly string[] {
  const known = [...(mail === null ? [] : [mail]), userPrincipalName].map((address) => address.toLowerCase());
  return [...new Set([...known, ...(own?.addresses ?? [])])];
}

function ownersByAddress(owners: readonly AddressedUser[]): ReadonlyMap<string, readonly AddressedUser[]> {
  const found = new Map<string, AddressedUser[]>();
  for (const owner of owners)
    for (const address of owner.addresses) found.set(address, [...(found.get(address) ?? []), owner]);
  return found;
}
