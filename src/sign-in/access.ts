/**
 * Who may see, ask, decide and command what. Pure functions of who is signed in and of what is looked at, so that the API
 * and the console have the same rules. Whether a decision counts in the end is the request's own rule
 * (`checkDecision`); nothing here makes it weaker.
 *
 * People are compared by object id alone: a name in a token may be one that somebody chose.
 */
import type { RequestView } from '../contracts/license-request.js';
import { stageAsking } from '../contracts/license-request.js';
import type { Actor, StageProgress } from '../domain/approval.js';
import { approversOf } from '../domain/approval.js';
import type { Role, SignedIn } from './identity.js';

/** What can be done, and the roles of which one is needed for it. */
export const PERMITTED = {
  /** Whatever everybody sees who has any role: the catalogue, and who they are. */
  look: ['requester', 'approver', 'operator', 'auditor'],
  /** Ask for licences, and steer one's own requests. */
  request: ['requester', 'operator'],
  /** Decide, or hand a decision on, where the policy asks this person. */
  decide: ['approver', 'operator'],
  /** Read what is about everybody: all requests, people, seats, campaigns. */
  readAll: ['operator', 'auditor'],
  /** Campaigns, seats, rollbacks, and the requests of others. */
  operate: ['operator'],
} as const satisfies Record<string, readonly Role[]>;

/** Sentences stay readable, whatever a token calls somebody. */
const NAME_MAX = 100;

export type Permission = keyof typeof PERMITTED;

export function may(who: SignedIn, permission: Permission): boolean {
  const roles: readonly Role[] = PERMITTED[permission];
  return who.roles.some((role) => roles.includes(role));
}

/** Who acts in every command: the person who is signed in, never anybody else. */
export function actorOf({ id, displayName }: SignedIn): Actor {
  return { ref: id, assurance: 'signed-in', name: displayName.slice(0, NAME_MAX) };
}

// --- requests ---------------------------------------------------------------------------------------------------------

/** What the rules need to know of a request. */
type Request = Pick<
  RequestView,
  'request' | 'requester' | 'subject' | 'submittedBy' | 'stages' | 'stage' | 'extensionQuestion' | 'withdrawal'
>;

/** The person asked for it, submitted it, or is the one who gets the licence. */
export function isOwn({ request, requester, subject, submittedBy }: Request, { id }: SignedIn): boolean {
  const named = [request.requester, request.subject, submittedBy.ref, requester?.id, subject?.id];
  return named.some((ref) => ref?.toLowerCase() === id);
}

/**
 * Those who read everything; the people whom it is about; and approvers from the moment in which a stage asks them, also
 * after they or others have decided.
 */
export function maySeeRequest(view: Request, who: SignedIn): boolean {
  if (may(who, 'readAll')) return true;
  if (may(who, 'request') && isOwn(view, who)) return true;
  return may(who, 'decide') && stagesOf(view).some((stage) => wasAsked(stage, who));
}

/** The stage that waits asks this person, who has not decided yet. */
export function mayDecide(view: Request, who: SignedIn): boolean {
  return may(who, 'decide') && stageAsking(view, who.id) !== null;
}

/** Ending an own request, or as an operator any. */
export function mayWithdraw(view: Request, who: SignedIn): boolean {
  return may(who, 'operate') || (may(who, 'request') && isOwn(view, who));
}

/** Moving the end of an own licence, or as an operator of any; the policy says whether it has to be approved. */
export function mayExtend(view: Request, who: SignedIn): boolean {
  return mayWithdraw(view, who);
}

/** Taking back may give something to a person that an approval took from them, so it is no matter of the person. */
export function mayRollBack(who: SignedIn): boolean {
  return may(who, 'operate');
}

/** Whose requests a list is about; object ids. */
export interface ListScope {
  readonly requesterId?: string | undefined;
  readonly subjectId?: string | undefined;
  readonly approverId?: string | undefined;
}

/** Whoever does not read everything lists what is their own, or what asks them. */
export function mayList({ requesterId, subjectId, approverId }: ListScope, who: SignedIn): boolean {
  if (may(who, 'readAll')) return true;
  const own = may(who, 'request') && [requesterId, subjectId].includes(who.id);
  return own || (may(who, 'decide') && approverId === who.id);
}

/** A page about one person: everybody their own, and those who read everything. */
export function maySeePerson(personId: string, who: SignedIn): boolean {
  return may(who, 'readAll') || (may(who, 'look') && personId.toLowerCase() === who.id);
}

function stagesOf({ stages, extensionQuestion }: Request): readonly StageProgress[] {
  return [...stages, ...(extensionQuestion?.stages ?? [])];
}

/** Times are set once a stage asks; who is to be asked later does not see the request before. */
function wasAsked(stage: StageProgress, { id }: SignedIn): boolean {
  if (stage.times === null) return false;
  const people = [
    ...approversOf(stage),
    ...stage.decisions.map(({ by }) => by),
    ...stage.delegations.map(({ from }) => from),
  ];
  return people.some((person) => person.id === id);
}
