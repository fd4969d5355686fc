/**
 * The words of every notice, in English. A translation is another file of this kind; a kind of notice that is missing
 * here does not compile.
 */
import { DateTime } from 'luxon';
import type { NoticeContent, RequestFacts, RequestNoticeKind, SeatFacts } from '../contracts/notice.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import type { Message } from './message.js';

/** What differs from one notice about a request to the next. */
interface Words {
  readonly subject: string;
  readonly opening: readonly string[];
  /** What `until` and `reason` are called here. */
  readonly until: string;
  readonly reason: string;
  readonly next: string;
  /** Who hears of it. */
  readonly because: string;
}

/** A request as sentences name it. */
interface Named {
  readonly products: string;
  /** The person licensed, short. */
  readonly whom: string;
  /** "Megan Bowen asks for Visio for Adele Vance", without a full stop. */
  readonly wish: string;
  readonly stage: string;
}

const APPROVER = 'You get this because you may decide about it.';
const CONCERNED = 'You get this because you asked for it, or because it is for you.';
const OPERATOR = 'You get this because the policy names you as an operator.';

const SHOW = 'See all about it:';

const REQUEST_NOTICES: Readonly<Record<RequestNoticeKind, (named: Named) => Words>> = {
  'approval-asked': ({ products, whom, wish, stage }) => ({
    subject: `Please decide: ${products} for ${whom}`,
    opening: [`${wish}. Your decision is asked for${stage}.`],
    until: 'Decide by',
    reason: 'Note',
    next: 'Approve with this command; to say no, write "deny" instead of "approve" and add --reason:',
    because: APPROVER,
  }),
  'approval-reminder': ({ products, whom, wish, stage }) => ({
    subject: `Reminder: ${products} for ${whom} waits for your decision`,
    opening: [`${wish}. It still waits for a decision${stage}; without one the request expires.`],
    until: 'Decide by',
    reason: 'Note',
    next: 'Approve with this command; to say no, write "deny" instead of "approve" and add --reason:',
    because: APPROVER,
  }),
  'approval-escalated': ({ products, whom, wish, stage }) => ({
    subject: `Please decide instead: ${products} for ${whom}`,
    opening: [`${wish}. Those who were asked first have not decided${stage}, so you are asked as well.`],
    until: 'Decide by',
    reason: 'Why you',
    next: 'Approve with this command; to say no, write "deny" instead of "approve" and add --reason:',
    because: APPROVER,
  }),
  'approval-delegated': ({ products, whom, wish, stage }) => ({
    subject: `Handed to you: ${products} for ${whom}`,
    opening: [`${wish}. Somebody who was asked has handed the decision to you${stage}.`],
    until: 'Decide by',
    reason: 'Who and why',
    next: 'Approve with this command; to say no, write "deny" instead of "approve" and add --reason:',
    because: APPROVER,
  }),
  denied: ({ products, whom }) => ({
    subject: `Denied: ${products} for ${whom}`,
    opening: ['The request was denied. Nothing was changed.'],
    until: 'Until',
    reason: 'Reason',
    next: 'If it is needed all the same, talk to whoever denied it and ask again. See all about it:',
    because: CONCERNED,
  }),
  expired: ({ products, whom }) => ({
    subject: `Expired: ${products} for ${whom}`,
    opening: ['The request has expired: what it waited for did not come in time.'],
    until: 'Until',
    reason: 'Reason',
    next: 'If it is still needed, ask again. See all about it:',
    because: CONCERNED,
  }),
  withdrawn: ({ products, whom }) => ({
    subject: `Withdrawn: ${products} for ${whom}`,
    opening: ['The request was withdrawn. What it had changed was taken back, as far as it could be.'],
    until: 'Until',
    reason: 'By whom and why',
    next: SHOW,
    because: CONCERNED,
  }),
  'waiting-for-seat': ({ products, whom }) => ({
    subject: `Approved, waiting for a free seat: ${products} for ${whom}`,
    opening: [
      'The request is approved, and no seat is free at the moment. It keeps its place and goes on by itself as soon as one is.',
    ],
    until: 'Waits until',
    reason: 'Note',
    next: 'Nothing has to be done. See how far it is:',
    because: CONCERNED,
  }),
  assigned: ({ products, whom }) => ({
    subject: `Assigned: ${products} for ${whom}`,
    opening: ['The licence is assigned; the directory shows it. Its services may need some more time to get ready.'],
    until: 'Ends',
    reason: 'Note',
    next: SHOW,
    because: CONCERNED,
  }),
  ready: ({ products, whom }) => ({
    subject: `Ready to use: ${products} for ${whom}`,
    opening: ['The licence is assigned, and all of its services report that they are ready.'],
    until: 'Ends',
    reason: 'Note',
    next: SHOW,
    because: CONCERNED,
  }),
  failed: ({ products, whom }) => ({
    subject: `Could not be assigned: ${products} for ${whom}`,
    opening: ['The licence could not be assigned. What had been changed was taken back, as far as it could be.'],
    until: 'Until',
    reason: 'Why, and what helps',
    next: SHOW,
    because: CONCERNED,
  }),
  'ending-soon': ({ products, whom }) => ({
    subject: `Ends soon: ${products} for ${whom}`,
    opening: ['The licence ends soon. Then what was held before it is restored.'],
    until: 'Ends',
    reason: 'Note',
    next: 'If it is needed for longer, ask for an extension before it ends. See how:',
    because: CONCERNED,
  }),
  extended: ({ products, whom }) => ({
    subject: `Extended: ${products} for ${whom}`,
    opening: ['The licence was extended.'],
    until: 'Ends now',
    reason: 'By whom and why',
    next: SHOW,
    because: CONCERNED,
  }),
  ended: ({ products, whom }) => ({
    subject: `Ended: ${products} for ${whom}`,
    opening: ['The licence has come to its end.'],
    until: 'Ended',
    reason: 'What is held now',
    next: 'If it is needed again, ask again. See all about it:',
    because: CONCERNED,
  }),
  'approvers-short': ({ products, whom, wish, stage }) => ({
    subject: `Too few can approve: ${products} for ${whom}`,
    opening: [`${wish}. There are not enough people left who can approve it${stage}.`],
    until: 'Expires',
    reason: 'Why',
    next: 'Look at the approvers that the policy names, or let somebody who is asked delegate. See who is asked:',
    because: OPERATOR,
  }),
  'needs-attention': ({ products, whom }) => ({
    subject: `Needs attention: ${products} for ${whom}`,
    opening: ['Something about this request does not mend itself. A person has to look.'],
    until: 'Until',
    reason: 'What is wrong',
    next: 'See what to do:',
    because: OPERATOR,
  }),
};

/** @param timeZone IANA name of the zone in which times are written. */
export function english(content: NoticeContent, timeZone: string): Message {
  if (content.kind === 'low-seats') return lowSeats(content.facts);
  if (content.kind === 'test') return test(content.facts.command);
  const { facts } = content;
  const { until, reason, because, ...words } = REQUEST_NOTICES[content.kind](named(facts));
  const written = facts.until === null ? null : writtenTime(facts.until, timeZone);
  return {
    ...words,
    subject: oneLine(words.subject),
    details: [
      ...detail('For', facts.subject && nameOf(facts.subject)),
      ...detail('Asked for by', facts.requester && nameOf(facts.requester)),
      ...detail('Licence', facts.products),
      ...detail('What for', facts.justification),
      ...detail(until, written),
      ...detail(reason, facts.reason),
      ...detail('Request', facts.requestId),
    ],
    plan: { title: 'The change in detail', lines: facts.plan },
    command: facts.command,
    closing: `${because} Sent by licenseflow.`,
  };
}

function lowSeats({ product, free, below, waiting }: SeatFacts): Message {
  const left = free === 1 ? '1 seat is' : `${free} seats are`;
  return {
    subject: oneLine(`Few seats left: ${product} (${free})`),
    opening: [`${left} free of ${product}. The policy warns below ${below}.`],
    details: [
      ['Product', product],
      ['Free', String(free)],
      ['Requests that wait', String(waiting)],
    ],
    plan: { title: '', lines: [] },
    next: 'Buy or free seats; requests that wait take them by themselves. See all products:',
    command: 'licenseflow seats',
    closing: `${OPERATOR} Sent by licenseflow.`,
  };
}

function test(command: string): Message {
  return {
    subject: 'Test: notices of licenseflow arrive here',
    opening: ['This is a test that an operator asked for. Notices of licenseflow arrive here.'],
    details: [],
    plan: { title: '', lines: [] },
    next: 'Nothing has to be done. It was sent with:',
    command,
    closing: 'Sent by licenseflow.',
  };
}

function named({ subject, requester, products, stage }: RequestFacts): Named {
  const whom = shortName(subject);
  const forWhom = subject !== null && subject.id === requester?.id ? '' : ` for ${whom}`;
  return {
    products,
    whom,
    wish: `${shortName(requester)} asks for ${products}${forWhom}`,
    stage: stage === null ? '' : ` in stage "${stage}"`,
  };
}

function shortName(person: Person | null): string {
  return person?.displayName ?? 'somebody';
}

function detail(label: string, value: string | null): readonly (readonly [string, string])[] {
  return value === null || value.trim() === '' ? [] : [[label, value]];
}

function writtenTime(iso: string, zone: string): string {
  return DateTime.fromISO(iso, { zone, locale: 'en-GB' }).toFormat("cccc d LLLL yyyy, HH:mm ('UTC'ZZ)");
}

/** Longer subjects are cut off by mail programs, and a line break has no place in one. */
const SUBJECT_LENGTH_MAX = 150;

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= SUBJECT_LENGTH_MAX ? line : `${line.slice(0, SUBJECT_LENGTH_MAX - 1)}…`;
}
