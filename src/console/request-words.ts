/** Requests in words and colours: states, who is meant, what may be done with one. */
import type { RequestRow } from '../client/index.js';
import type { RequestState, RequestView } from '../contracts/license-request.js';
import { isFinal } from '../contracts/license-request.js';
import { extensionsLeft, stateText } from '../contracts/request-story.js';
import type { Markup } from '../report/html.js';
import { mayExtend, mayWithdraw } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
import type { Tone } from './parts.js';
import { badge } from './parts.js';
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

export function canWithdraw(view: RequestView, me: SignedIn): boolean {
  return !isFinal(view.state) && view.withdrawal === null && mayWithdraw(view, me);
}

export function canExtend(view: RequestView, me: SignedIn): boolean {
  const { state, term, extensionQuestion } = view;
  const isMovable = term !== null && term.rule.extension !== null && extensionsLeft(term) > 0;
  return state === 'active' && isMovable && extensionQuestion === null && mayExtend(view, me);
}
