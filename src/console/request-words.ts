/** Requests in words and colours: states, who is meant, what may be done with one. */
import { approversOf } from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import { isPerson } from '../domain/person.js';
import type { RequestRow } from '../client/index.js';
import type { RequestState, RequestView } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import { stateText } from '../contracts/request-story.js';
import type { Markup } from '../report/html.js';
import type { SignedIn } from '../sign-in/identity.js';
import type { Tone } from './parts.js';
import { badge } from './parts.js';
import { hasRole } from './visit.js';
import type { Names } from './words.js';
import { capital, namesFrom } from './words.js';

const TONES: Readonly<Record<RequestState, Tone>> = {
  checking: 'open',
  'waiting-for-approval': 'wait',
  preparing: 'open',
  'waiting-for-seat': 'wait',
  writing: 'open',
  verifying: 'open',
  assigned: 'good',
  active: 'good',
  ending: 'open',
  undoing: 'open',
  done: 'good',
  ended: 'quiet',
  refused: 'bad',
  denied: 'bad',
  expired: 'bad',
  withdrawn: 'quiet',
  failed: 'bad',
  terminated: 'bad',
};

export function requestBadge(state: RequestState): Markup {
  return badge(TONES[state], capital(stateText(state)));
}

const ROLLBACK_WORDS = {
  open: ['open', 'Rollback under way'],
  restored: ['quiet', 'Rolled back'],
  'not-restored': ['bad', 'Not rolled back'],
} as const;

/** A row of a list, which may be a rollback. */
export function rowBadge(row: RequestRow): Markup {
  if (row.kind === 'request') return requestBadge(row.state);
  const [tone, words] = ROLLBACK_WORDS[row.state];
  return badge(tone, words);
}

/** "Adele Vance <AdeleV@contoso.com>" without its address. */
export function shortName(text: string | null): string {
  return text === null ? 'somebody' : text.replace(/ <[^<>]*>$/u, '');
}

/** Everybody whom a request knows. */
export function namesIn(view: RequestView, me: SignedIn): Names {
  const stages = [...view.stages, ...(view.extensionQuestion?.stages ?? [])];
  return namesFrom([
    me,
    view.requester,
    view.subject,
    ...(view.waitsFor?.who ?? []),
    ...stages.flatMap(({ asked, decisions, delegations }) => [
      ...asked.flat(),
      ...decisions.map(({ by }) => by),
      ...delegations.flatMap(({ from, to }) => [from, to]),
    ]),
  ]);
}

/** The stage that waits for a decision, of the request or of an extension. */
export function waitingStage(view: RequestView) {
  const { stage, stages } = view.extensionQuestion ?? view;
  return stage === null || view.withdrawal !== null ? undefined : stages[stage];
}

/** Whether the stage that waits asks this person, who has not decided in it. */
export function mayDecide(view: RequestView, me: SignedIn): boolean {
  const waiting = waitingStage(view);
  if (waiting === undefined || !hasRole(me, 'approver')) return false;
  return (
    approversOf(waiting).some(({ id }) => id === me.id) && !waiting.decisions.some(({ by }) => by.id === me.id)
  );
}

/** Parties see a request, whoever is or was asked about it, and those whose work it is to see all. */
export function maySee(view: RequestView, me: SignedIn): boolean {
  if (hasRole(me, 'operator', 'auditor')) return true;
  return isParty(view, me) || (hasRole(me, 'approver') && isAsked(view, me));
}

function isAsked(view: RequestView, me: SignedIn): boolean {
  const stages = [...view.stages, ...(view.extensionQuestion?.stages ?? [])];
  const people = stages.flatMap(({ asked, decisions, delegations }): readonly Person[] => [
    ...asked.flat(),
    ...decisions.map(({ by }) => by),
    ...delegations.flatMap(({ from, to }) => [from, to]),
  ]);
  return people.some(({ id }) => id === me.id);
}

/** Who asks, and who is licensed. Before the check nobody knows them but by what was typed. */
export function isParty({ requester, subject, request }: RequestView, me: SignedIn): boolean {
  const typed = [request.requester, request.subject].some((ref) => isPerson(me, ref));
  return typed || requester?.id === me.id || subject?.id === me.id;
}

export function mayWithdraw(view: RequestView, me: SignedIn): boolean {
  if (isFinal(view.state) || view.withdrawal !== null) return false;
  return (hasRole(me, 'requester') && isParty(view, me)) || hasRole(me, 'operator');
}

export function mayExtend(view: RequestView, me: SignedIn): boolean {
  const isOpen = view.state === 'active' && view.term?.rule.extension != null && view.extensionQuestion === null;
  return isOpen && ((hasRole(me, 'requester') && isParty(view, me)) || hasRole(me, 'operator'));
}
