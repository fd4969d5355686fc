/** What the report needs of the people of a campaign, gathered one by one, so that their number does not matter. */
import type { Signature, UserState } from '../domain/campaign.js';
import { isFailureCode, meaningOf } from '../domain/failures.js';
import type { Outcome } from './outcomes.js';
import { outcomeOf, TROUBLE } from './outcomes.js';

/** A person of the campaign, as the client library tells them. */
export interface ReportPerson {
  /** User principal name. */
  readonly user: string;
  readonly name: string;
  readonly state: UserState;
  readonly wave: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly remedy: string | null;
  readonly requestId: string | null;
  /** ISO 8601. */
  readonly endedAt: string | null;
}

/** A person somebody has to look at. */
export interface Troubled extends ReportPerson {
  readonly outcome: Outcome;
}

/** Why so many people did not get what was wanted. */
export interface Cause {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
  readonly people: number;
}

/** One service, and for how many people it comes, goes or stays off. */
export interface ServiceFigure {
  /** A service family such as `exchange-online`, or the id of a plan that has none. */
  readonly service: string;
  readonly gained: number;
  readonly better: number;
  readonly lesser: number;
  readonly lost: number;
  readonly keptOff: number;
}

export type ServiceChange = keyof Omit<ServiceFigure, 'service'>;

export interface Figures {
  /** When people got their outcome, sorted; milliseconds since the epoch. */
  readonly doneAt: readonly number[];
  readonly restoredAt: readonly number[];
  readonly troubleAt: readonly number[];
  readonly troubled: readonly Troubled[];
  /** Troubled people beyond those listed. */
  readonly more: number;
  /** What troubled them, the most frequent first. */
  readonly causes: readonly Cause[];
  /** Why people were not attempted, the most frequent first. */
  readonly blocked: readonly Cause[];
  /** What people lose first, then what stays off, then what they gain. */
  readonly services: readonly ServiceFigure[];
  /** People whose change the services are about. */
  readonly changed: number;
}

type ToldSignature = Pick<Signature, 'outcome' | 'services' | 'blocks'> & { readonly users: number };

export class FigureCollector {
  readonly #listedMax: number;
  readonly #at: Record<'done' | 'restored' | 'trouble', number[]> = { done: [], restored: [], trouble: [] };
  readonly #troubled: Troubled[] = [];
  readonly #causes = new Map<string, Cause>();
  readonly #blocked = new Map<string, Cause>();
  readonly #services = new Map<string, Record<ServiceChange, number>>();
  #more = 0;
  #changed = 0;

  /** @param listedMax how many troubled people are named. */
  constructor(listedMax: number) {
    this.#listedMax = listedMax;
  }

  addPerson(person: ReportPerson): void {
    const outcome = outcomeOf(person.state);
    const isTrouble = TROUBLE.includes(outcome);
    const kind = isTrouble ? 'trouble' : outcome === 'done' || outcome === 'restored' ? outcome : null;
    if (kind !== null && person.endedAt !== null) this.#at[kind].push(Date.parse(person.endedAt));
    if (!isTrouble) return;
    if (person.code !== null) this.#addCause(person.code, person.remedy);
    if (this.#troubled.length >= this.#listedMax) this.#more += 1;
    else this.#troubled.push({ ...person, outcome });
  }

  addSignature({ outcome, blocks, services, users }: ToldSignature): void {
    const [block] = blocks;
    if (outcome === 'blocked' && block !== undefined) {
      const people = (this.#blocked.get(block.code)?.people ?? 0) + users;
      this.#blocked.set(block.code, { ...block, people });
    }
    if (outcome === 'ready' && services !== null) this.#addServices(services, users);
  }

  figures(): Figures {
    const sorted = (times: readonly number[]) => [...times].sort((a, b) => a - b);
    const services = [...this.#services].map(([service, counts]) => ({ service, ...counts }));
    return {
      doneAt: sorted(this.#at.done),
      restoredAt: sorted(this.#at.restored),
      troubleAt: sorted(this.#at.trouble),
      ...{ troubled: this.#troubled, more: this.#more, changed: this.#changed },
      causes: byPeople(this.#causes),
      blocked: byPeople(this.#blocked),
      services: services.sort((a, b) => weight(b) - weight(a) || a.service.localeCompare(b.service, 'en')),
    };
  }

  #addCause(code: string, remedy: string | null): void {
    const { people, ...cause } = this.#causes.get(code) ?? { ...causeOf(code, remedy), people: 0 };
    this.#causes.set(code, { ...cause, people: people + 1 });
  }

  #addServices(services: NonNullable<Signature['services']>, people: number): void {
    this.#changed += people;
    const { gained, lost, tiersGained, tiersLost, offById, offByFamily, offWithAnother } = services;
    const changes: readonly (readonly [ServiceChange, readonly string[]])[] = [
      ['gained', gained.map(({ service }) => service)],
      ['better', tiersGained.map(({ service }) => service)],
      ['lesser', tiersLost.map(({ service }) => service)],
      ['lost', lost.map(({ service }) => service)],
      ['keptOff', [...offById, ...offByFamily, ...offWithAnother].map(({ planId }) => planId)],
    ];
    for (const [change, names] of changes) for (const name of new Set(names)) this.#count(name, change, people);
  }

  #count(service: string, change: ServiceChange, people: number): void {
    const counts = this.#services.get(service) ?? { gained: 0, better: 0, lesser: 0, lost: 0, keptOff: 0 };
    counts[change] += people;
    this.#services.set(service, counts);
  }
}

/** What is lost has to be read even where few people lose it. */
function weight({ gained, better, lesser, lost, keptOff }: ServiceFigure): number {
  return (lost + lesser) * 1e12 + keptOff * 1e6 + gained + better;
}

function byPeople(causes: ReadonlyMap<string, Cause>): readonly Cause[] {
  return [...causes.values()].sort((a, b) => b.people - a.people);
}

function causeOf(code: string, remedy: string | null): Omit<Cause, 'people'> {
  if (!isFailureCode(code)) return { code, meaning: code, remedy: remedy ?? '' };
  const known = meaningOf(code);
  return { code, meaning: known.meaning, remedy: code === 'OUTCOME_UNKNOWN' ? LOOK : (remedy ?? known.remedy) };
}

/** By now nobody reads them any more by itself. */
const LOOK = 'Look at what the person holds now; trying them again reads them first.';
