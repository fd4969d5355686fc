/** Notices with everything that a test does not talk about filled in. */
import { randomUUID } from 'node:crypto';
import type { RequestFacts, RequestNoticeKind } from '../../src/contracts/notice.js';
import type { NoticeForChannel } from '../../src/activities/index.js';
import type { Person } from '../../src/domain/person.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';

export const ADELE: Person = personOf(PEOPLE.adele);
export const MEGAN: Person = personOf(PEOPLE.megan);

export function personOf({ id, userPrincipalName, displayName }: Person): Person {
  return { id, userPrincipalName, displayName };
}

export function factsOf(facts: Partial<RequestFacts> = {}): RequestFacts {
  return {
    about: 'request',
    requestId: 'lr-20260301-k7m3q9',
    headline: 'Visio Plan 2 for Adele Vance <AdeleV@contoso.com>: waiting for approval',
    subject: ADELE,
    requester: MEGAN,
    products: 'Visio Plan 2',
    justification: 'Floor plans for the new office',
    plan: ['+ add Visio Plan 2 (VISIOCLIENT) with all plans', 'Plan 7e06fb5d3ca6'],
    stage: 'manager',
    until: '2026-03-04T08:30:00.000Z',
    reason: null,
    command: 'licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com',
    ...facts,
  };
}

/** As a channel gets it, with a key of its own. */
export function noticeOf(
  kind: RequestNoticeKind = 'approval-asked',
  {
    facts,
    ...more
  }: Partial<Omit<NoticeForChannel, 'kind' | 'facts'>> & { readonly facts?: Partial<RequestFacts> } = {},
): NoticeForChannel & { readonly facts: RequestFacts } {
  return {
    key: `lr-${randomUUID()}/${kind}`,
    kind,
    to: [MEGAN],
    recipients: [MEGAN.id],
    timeZone: 'Europe/Berlin',
    facts: factsOf(facts),
    ...more,
  };
}
