/** Times, people and sentences as pages show them. */
import type { Person } from '../domain/person.js';
import { utc } from '../contracts/request-story.js';
import { Markup, html } from '../report/html.js';

/** An instant; the script writes it in the zone of whoever reads it. */
export function at(iso: string): Markup {
  return html`<time datetime="${iso}">${utc(iso)}</time>`;
}

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** @example `in 3 days`, `2 hours ago` */
export function ago(iso: string, now: Date): Markup {
  return html`<time datetime="${iso}" data-relative>${agoText(iso, now)}</time>`;
}

export function agoText(iso: string, now: Date): string {
  const seconds = (Date.parse(iso) - now.getTime()) / 1_000;
  const unit = UNITS.find(([, length]) => Math.abs(seconds) >= length);
  if (unit === undefined) return seconds > 0 ? 'in a moment' : 'just now';
  return RELATIVE.format(Math.round(seconds / unit[1]), unit[0]);
}

/** Names by object id, for sentences of the project, which know people who signed in by their id. */
export type Names = ReadonlyMap<string, string>;

export function namesFrom(people: Iterable<Person | null>): Names {
  return new Map([...people].flatMap((person) => (person === null ? [] : [[person.id, person.displayName] as const])));
}

/** As the project writes instants in sentences, and as it writes them for programs. */
const TIME = /(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?: UTC|:\d{2}(?:\.\d+)?Z)/gu;
const GUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/giu;

/** A sentence of the project with its times in the zone of the reader, and people by name. */
export function sentence(text: string, names: Names = new Map()): Markup {
  const named = text.replace(GUID, (id) => names.get(id.toLowerCase()) ?? id);
  return marked(named, TIME, ([, day = '', time = '']) => at(`${day}T${time}:00.000Z`));
}

/** Commands of the terminal that remedies name, and the pages that do the same. */
const PAGES: readonly (readonly [command: RegExp, href: (id: string) => string, words: string])[] = [
  [/^(?:request (?:show|wait|withdraw|rollback|extend)|explain) (\S+)$/u, (id) => `/requests/${id}`, 'this request'],
  [/^campaign (?:status|show|watch) (\S+)$/u, (id) => `/campaigns/${id}`, 'this campaign'],
  [/^campaign errors (\S+)$/u, (id) => `/campaigns/${id}/errors`, 'its errors'],
  [/^request list.*$/u, () => '/requests', 'the requests'],
  [/^(?:catalog|request submit).*$/u, () => '/new-request', 'ask for a licence'],
  [/^(?:seats|waitlist).*$/u, () => '/seats', 'seats'],
];
const COMMAND =
  /licenseflow ((?:request|campaign) [a-z-]+(?: (?:[A-Za-z0-9][\w.-]*))?|explain [\w.-]+|[a-z]+(?: check)?)/gu;

/** What to do next: commands become links where the console has a page for them. */
export function remedy(text: string): Markup {
  const plain = text.replaceAll('`', '').replace(/--usage-location( CC)?/u, 'a usage location');
  return marked(plain, COMMAND, ([whole, command = '']) => {
    const typed = command.replace(/[.,;]+$/u, '');
    const rest = command.slice(typed.length);
    for (const [pattern, href, words] of PAGES) {
      const found = pattern.exec(typed);
      if (found !== null) return html`<a href="${href(found[1] ?? '')}">${words}</a>${rest}`;
    }
    return html`<code>${whole}</code>`;
  });
}

function marked(text: string, pattern: RegExp, mark: (found: RegExpExecArray) => Markup): Markup {
  const parts: Markup[] = [];
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    parts.push(html`${text.slice(from, found.index)}`, mark(found));
    from = found.index + found[0].length;
  }
  return html`${[...parts, html`${text.slice(from)}`]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${new Intl.NumberFormat('en').format(number)} ${number === 1 ? one : many}`;
}

/** A sentence's beginning. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const NOTHING = new Markup('');
