/**
 * The audit trail: what somebody has to be able to read years later, as entries that name one another by their digests.
 *
 * Each entry holds the digest of the one before it, and its own digest covers everything that it says. So whoever edits,
 * takes out, adds or moves one has to write all later ones anew, and then the last digest is another one: whoever keeps the
 * last digest elsewhere (a {@link AuditHead}) sees it, and sees too where the end was cut off.
 */
import type { Assurance } from './approval.js';
import type { Json } from './digest.js';
import { canonicalJson, digestOf } from './digest.js';
import type { TouchedState } from './license.js';
import type { Person } from './person.js';

/** What an entry is about. A word of the process before the dot, what happened after it. */
export const AUDIT_KINDS = [
  ...['request.submitted', 'request.refused', 'request.planned', 'request.decided', 'request.delegated'],
  ...['request.approved', 'request.assigned', 'request.undone', 'request.withdrawal-asked'],
  ...['request.extension-asked', 'request.extension-settled', 'request.restored', 'request.ended'],
  ...['rollback.asked', 'rollback.ended'],
  ...['campaign.submitted', 'campaign.planned', 'campaign.commanded', 'campaign.entered', 'campaign.page-planned'],
  ...['campaign.user'],
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** A person as an entry names them: enough to be found when the directory knows them no more. */
export interface AuditPerson {
  /** Object id; `null` where only a name was given. */
  readonly id: string | null;
  readonly upn: string;
  readonly name: string | null;
}

export interface AuditActor extends AuditPerson {
  readonly assurance: Assurance;
}

/** What happened, as a workflow tells it. */
export interface AuditEvent {
  /** Of this event for ever, however often it is told. */
  readonly id: string;
  /** The workflow that tells it, such as `license-request/lr-1`. */
  readonly source: string;
  /** Its place among the events of its source, from 1. */
  readonly seq: number;
  readonly kind: AuditKind;
  /** When it happened, ISO 8601 in UTC. */
  readonly at: string;
  /** Whose licences it is about; `null` where it is about nobody's alone. */
  readonly subject: AuditPerson | null;
  /** Who did it; `null` for licenseflow itself, by its rules. */
  readonly actor: AuditActor | null;
  /** In the words of who did it. */
  readonly reason: string | null;
  /** Of what was looked at or agreed to: the request, the plan, the extension. */
  readonly digest: string | null;
  /** Direct state of the touched products before and after it. */
  readonly before: TouchedState | null;
  readonly after: TouchedState | null;
  readonly outcome: string | null;
  readonly graphRequestIds: readonly string[];
  /** More that belongs to this kind. */
  readonly details: Readonly<Record<string, Json>>;
}

/** An event in its place in the chain of its tenant. */
export interface AuditEntry extends AuditEvent {
  readonly tenant: string;
  /** From 1, without a gap. */
  readonly number: number;
  /** When the store took it, ISO 8601 in UTC. */
  readonly recordedAt: string;
  /** Digest of the entry before it; {@link FIRST_PREVIOUS} for the first. */
  readonly previous: string;
  /** Over everything else in it. */
  readonly hash: string;
}

/** How far a chain goes, and the digest of its last entry. Whoever keeps it elsewhere can tell whether the chain is whole. */
export interface AuditHead {
  readonly tenant: string;
  readonly entries: number;
  readonly hash: string;
}

export const FIRST_PREVIOUS = '0'.repeat(64);

export function emptyHead(tenant: string): AuditHead {
  return { tenant, entries: 0, hash: FIRST_PREVIOUS };
}

export function auditPerson({ id, userPrincipalName, displayName }: Person): AuditPerson {
  return { id, upn: userPrincipalName, name: displayName };
}

/** The event as the entry after `head`. */
export function entryAfter(head: AuditHead, event: AuditEvent, recordedAt: string): AuditEntry {
  const content = { ...event, tenant: head.tenant, number: head.entries + 1, recordedAt, previous: head.hash };
  return { ...content, hash: digestOf(content as unknown as Json) };
}

export function headAt({ tenant, number, hash }: AuditEntry): AuditHead {
  return { tenant, entries: number, hash };
}

/** The digest that the entry must have by what it says. */
export function hashOfEntry({ hash: _told, ...content }: AuditEntry): string {
  return digestOf(content as unknown as Json);
}

/** The event of an entry, without its place. */
export function eventOf(entry: AuditEntry): AuditEvent {
  const {
    tenant: _tenant,
    number: _number,
    recordedAt: _recordedAt,
    previous: _previous,
    hash: _hash,
    ...event
  } = entry;
  return event;
}

export function isSameEvent(a: AuditEvent, b: AuditEvent): boolean {
  return canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
}

/** The id under which a second account of one event is kept beside the first. */
export function idOfOtherAccount(event: AuditEvent): string {
  return `${event.id}~${digestOf(event as unknown as Json).slice(0, 12)}`;
}

/** No database takes the character NUL or half a character, and a reason that somebody typed may hold either. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.replace(UNSTORABLE, '\uFFFD') as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [storable(key), storable<unknown>(inner)])) as T;
}

const UNSTORABLE = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

// --- is it whole? -----------------------------------------------------------------------------------------------------

/**
 * What is wrong with a chain. `edited`: an entry does not say what it said when it was recorded. `missing`: entries were
 * taken out, or moved. `unlinked`: it does not follow the one before it. `repeated`: an event stands in it twice.
 * `cut-off`: the end is missing. `foreign`: it belongs to another tenant. `other-head`: up to a head that was kept, the
 * chain is another one.
 */
export type ChainProblemKind = 'edited' | 'missing' | 'unlinked' | 'repeated' | 'cut-off' | 'foreign' | 'other-head';

export interface ChainProblem {
  readonly kind: ChainProblemKind;
  /** Number of the entry at which it shows. */
  readonly number: number;
  /** For people. */
  readonly text: string;
}

/** Problems that are told; one edit that was carried through would otherwise fill pages. */
const PROBLEMS_MAX = 20;

/** Looks at a chain, entry by entry, so that one of any length can be read once and forgotten. */
export class ChainCheck {
  readonly #kept: readonly AuditHead[];
  readonly #ids = new Set<string>();
  readonly #problems: ChainProblem[] = [];
  #head: AuditHead | null = null;
  #seen = 0;

  /** @param kept heads that were kept elsewhere and are known to be true. */
  constructor(kept: readonly AuditHead[] = []) {
    this.#kept = kept;
  }

  /** As far as it was read. */
  get head(): AuditHead | null {
    return this.#head;
  }

  get seen(): number {
    return this.#seen;
  }

  next(entry: AuditEntry): void {
    const before = this.#head ?? emptyHead(entry.tenant);
    const { number } = entry;
    this.#seen += 1;
    const expected = before.entries + 1;
    if (entry.tenant !== before.tenant) this.#say('foreign', number, `Entry ${number} is of tenant ${entry.tenant}.`);
    if (number !== expected)
      this.#say('missing', expected, `Entry ${number} stands where ${expected} must be: some were taken out or moved.`);
    else if (entry.previous !== before.hash)
      this.#say('unlinked', number, `Entry ${number} does not follow the one that stands before it.`);
    if (hashOfEntry(entry) !== entry.hash)
      this.#say('edited', number, `Entry ${number} does not say what it said when it was recorded.`);
    if (this.#ids.has(entry.id)) this.#say('repeated', number, `Entry ${number} tells an event a second time.`);
    this.#ids.add(entry.id);
    this.#head = headAt(entry);
    for (const kept of this.#kept) if (kept.entries === number) this.#compare(kept, entry);
  }

  /** All problems, once the last entry was seen. */
  end(): readonly ChainProblem[] {
    const last = this.#head?.entries ?? 0;
    for (const { entries } of this.#kept)
      if (entries > last)
        this.#say(
          'cut-off',
          last + 1,
          `The chain ends with entry ${last}, and there were ${entries}: its end is missing.`,
        );
    return this.#problems;
  }

  #compare({ hash, tenant }: AuditHead, entry: AuditEntry): void {
    if (hash === entry.hash && tenant === entry.tenant) return;
    const text = `Entry ${entry.number} is not the one of which the digest was kept: the chain was written anew up to it.`;
    this.#say('other-head', entry.number, text);
  }

  #say(kind: ChainProblemKind, number: number, text: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ kind, number, text });
  }
}

// --- what somebody held -----------------------------------------------------------------------------------------------

/** One change of somebody's licences, with everything that led to it. */
export interface HistoryChange {
  /** Number of the entry that tells it. */
  readonly number: number;
  readonly at: string;
  readonly source: string;
  readonly kind: AuditKind;
  readonly outcome: string | null;
  readonly before: TouchedState | null;
  /** `null` where no read showed what was held then. */
  readonly after: TouchedState | null;
  readonly graphRequestIds: readonly string[];
  readonly askedBy: AuditPerson | null;
  readonly reason: string | null;
  readonly decidedBy: readonly AuditPerson[];
  readonly digest: string | null;
}

export interface LicenseHistory {
  /** As they were named last. */
  readonly person: AuditPerson | null;
  /** In the order in which they were recorded. */
  readonly changes: readonly HistoryChange[];
  /** What is known of the products that licenseflow touched, after the last change. */
  readonly held: TouchedState;
  /** Names of products, as far as any entry has one. */
  readonly products: Readonly<Record<string, string>>;
}

/** Kinds that tell what a person held before and after. */
const CHANGES: readonly AuditKind[] = [
  ...(['request.assigned', 'request.undone', 'request.restored', 'rollback.ended', 'campaign.user'] as const),
];

/** Whether `ref`, an object id or a name, means this person. */
export function isAuditPerson(person: AuditPerson | null, ref: string): boolean {
  const wanted = ref.trim().toLowerCase();
  return person !== null && [person.id, person.upn].some((name) => name?.toLowerCase() === wanted);
}

/** Which part of a trail tells all that one source came to: a page is part of its campaign, a rollback of its request. */
export function processOf(source: string): string {
  return source.replace(/\/page\/\d+$/, '').replace(/^license-rollback\//, 'license-request/');
}

/** The licences of one person, from nothing but entries. People who were renamed are found by their object id. */
export function licenseHistory(entries: readonly AuditEntry[], ref: string): LicenseHistory {
  const named = entries.filter(({ subject }) => isAuditPerson(subject, ref));
  const ids = new Set(named.flatMap(({ subject }) => subject?.id ?? []));
  const theirs = entries.filter(({ subject }) => isAuditPerson(subject, ref) || ids.has(subject?.id ?? ''));
  const changes = theirs.filter(({ kind }) => CHANGES.includes(kind)).map((entry) => changeOf(entry, entries));
  return {
    person: theirs.at(-1)?.subject ?? null,
    changes,
    held: Object.assign({}, ...changes.map(({ before, after }) => after ?? before ?? {})) as TouchedState,
    products: Object.assign({}, ...entries.map(({ details }) => details['products'] ?? {})) as Record<string, string>,
  };
}

function changeOf(entry: AuditEntry, entries: readonly AuditEntry[]): HistoryChange {
  const { number, at, source, kind, outcome, before, after, graphRequestIds, digest } = entry;
  const process = processOf(source);
  // An id may stand for several requests, one after the other; each begins with who asked.
  const led = entries.filter((one) => one.number < number && processOf(one.source) === process);
  const begin = led.filter(isBeginning(kind)).at(-1) ?? null;
  const since = led.filter((one) => one.number >= (begin?.number ?? 0));
  const decided = since.filter((one) => one.kind === 'request.decided' && one.outcome === 'approve');
  const agreed = since.filter((one) => one.kind === 'campaign.commanded' && AGREES.includes(one.outcome ?? ''));
  return {
    ...{ number, at, source, kind, outcome, before, after, graphRequestIds },
    askedBy: begin?.actor ?? null,
    reason: begin?.reason ?? null,
    decidedBy: [...decided, ...agreed].flatMap(({ actor }) => actor ?? []),
    digest: digest ?? since.findLast((one) => one.kind === 'request.approved')?.digest ?? null,
  };
}

const AGREES: readonly string[] = ['start', 'confirm'];

function isBeginning(kind: AuditKind): (entry: AuditEntry) => boolean {
  if (kind === 'rollback.ended') return (entry) => entry.kind === 'rollback.asked';
  if (kind === 'campaign.user') return (entry) => entry.kind === 'campaign.submitted';
  return (entry) => entry.kind === 'request.submitted';
}
