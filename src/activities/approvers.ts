/** Who may decide in a stage: the policy's selectors, resolved against the directory as it is now. */
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
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
  if ('group' in selector) return membersOf(graph, selector.group);
  const manager = await managerOf(graph, selector.manager, parties);
  return manager === null ? present(graph, selector.manager.fallback) : [manager];
}

type ManagerSelector = Extract<ApproverSelector, { manager: unknown }>['manager'];

/** The first manager on the way up who can decide. */
async function managerOf(
  graph: GraphGateway,
  { level, upTo }: ManagerSelector,
  parties: Parties,
): Promise<DirectoryUser | null> {
  let person = await graph.manager(parties.subjectId);
  for (let at = 1; person !== null; at++) {
    if (at >= level && mayDecide(person, parties)) return person;
    person = at < upTo ? await graph.manager(person.id) : null;
  }
  return null;
}

/**
 * People that one group contributes: a stage that asks more of them asks nobody in particular, and every look at them is
 * kept in the history of the request.
 */
const GROUP_MEMBERS_MAX = 100;

/** The first by name. A group that is gone selects nobody, like a person who is. */
async function membersOf(graph: GraphGateway, groupId: string): Promise<readonly DirectoryUser[]> {
  try {
    const members = await graph.groupMembers(groupId);
    return [...members]
      .sort((a, b) => (a.userPrincipalName < b.userPrincipalName ? -1 : 1))
      .slice(0, GROUP_MEMBERS_MAX);
  } catch (error) {
    if (error instanceof GraphFailure && error.failure.status === 404) return [];
    throw error;
  }
}

/** A named approver who left the company is no reason to refuse everybody: the others decide. */
async function present(graph: GraphGateway, refs: readonly string[]): Promise<readonly DirectoryUser[]> {
  const users = await Promise.all(refs.map((ref) => findUser(graph, ref)));
  return users.filter((user) => user !== null);
}

function mayDecide(user: DirectoryUser, { requesterId, subjectId }: Parties): boolean {
  return isAble(user) && user.id !== requesterId && user.id !== subjectId;
}

/** A guest is nobody's employee, and may be a second account of the very person who asks. */
function isAble({ accountEnabled, userType }: DirectoryUser): boolean {
  return accountEnabled && userType === 'Member';
}

/** Those of the people, by object id, who can decide nothing any more. */
export async function goneAmong(graph: GraphGateway, ids: readonly string[]): Promise<readonly string[]> {
  const able = (await present(graph, ids)).filter(isAble).map(({ id }) => id);
  return ids.filter((id) => !able.includes(id));
}

/** Why this user can decide for nobody, as a sentence; `null` where they can. */
export function inability(ref: string, user: DirectoryUser | null): string | null {
  if (user === null) return `The directory has no user "${ref}".`;
  const name = nameOf(personOf(user));
  if (!user.accountEnabled) return `The account of ${name} is disabled.`;
  return user.userType === 'Member' ? null : `${name} is a guest, and guests decide nothing.`;
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
