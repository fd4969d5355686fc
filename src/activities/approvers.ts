/** Who may decide in a stage: the policy's selectors, resolved against the directory as it is now. */
import type { Person } from '../domain/person.js';
import type { ApproverSelector, PolicyStage, Requirement } from '../domain/policy.js';
import type { DirectoryUser, GraphGateway, UserLicenses } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { personOf } from './license-paths.js';

interface Parties {
  readonly requesterId: string;
  readonly subjectId: string;
}

/** Eligible approvers for each requirement of the stage. */
export async function resolveApprovers(
  graph: GraphGateway,
  rule: PolicyStage,
  parties: Parties,
): Promise<readonly (readonly Person[])[]> {
  return Promise.all(rule.requirements.map((requirement) => whoMeets(graph, requirement, parties)));
}

/** Each once: enabled members who are neither requester nor the person licensed. */
async function whoMeets(graph: GraphGateway, { anyOf }: Requirement, parties: Parties): Promise<readonly Person[]> {
  const found = await Promise.all(anyOf.map((selector) => select(graph, selector, parties)));
  const eligible = found.flat().filter((user) => mayDecide(user, parties));
  return [...new Map(eligible.map((user) => [user.id, personOf(user)])).values()];
}

async function select(
  graph: GraphGateway,
  selector: ApproverSelector,
  parties: Parties,
): Promise<readonly DirectoryUser[]> {
  if ('users' in selector) return present(graph, selector.users);
  if ('owners' in selector) return present(graph, selector.owners);
  if ('group' in selector) return graph.groupMembers(selector.group);
  const { level, fallback } = selector.manager;
  const manager = await managerOf(graph, parties.subjectId, level);
  return manager !== null && mayDecide(manager, parties) ? [manager] : present(graph, fallback);
}

async function managerOf(graph: GraphGateway, userId: string, level: number): Promise<DirectoryUser | null> {
  let person: DirectoryUser | null = await graph.manager(userId);
  for (let above = 1; above < level && person !== null; above++) person = await graph.manager(person.id);
  return person;
}

/** A named approver who left the company is no reason to refuse everybody: the others decide. */
async function present(graph: GraphGateway, refs: readonly string[]): Promise<readonly DirectoryUser[]> {
  const users = await Promise.all(refs.map((ref) => findUser(graph, ref)));
  return users.filter((user) => user !== null);
}

function mayDecide(user: DirectoryUser, { requesterId, subjectId }: Parties): boolean {
  return user.accountEnabled && user.userType === 'Member' && user.id !== requesterId && user.id !== subjectId;
}

/** The user, or `null` where the directory has none of this name. */
export async function findUser(graph: GraphGateway, ref: string): Promise<DirectoryUser | null> {
  return orNull(ref, (name) => graph.user(name));
}

/** The same with licences. */
export async function findLicensedUser(graph: GraphGateway, ref: string): Promise<UserLicenses | null> {
  return orNull(ref, (name) => graph.userLicenses(name));
}

async function orNull<U>(ref: string, read: (ref: string) => Promise<U>): Promise<U | null> {
  // Graph would take an empty name for the list of all users.
  if (ref.trim() === '') return null;
  try {
    return await read(ref);
  } catch (error) {
    if (error instanceof GraphFailure && error.failure.code === 'USER_NOT_FOUND') return null;
    throw error;
  }
}
