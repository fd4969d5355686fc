import type { UserRecord } from './user-record.js';

/** Who or what changed a user: a call to Graph (its number in the call log), the fan-out of a group, or an operator. */
export type Cause =
  | { readonly by: 'call'; readonly seq: number }
  | { readonly by: 'group'; readonly groupId: string }
  | { readonly by: 'control' };

/** A state of one user, in force from `at` (milliseconds since the epoch) until the next entry. */
export interface TimelineEntry {
  readonly at: number;
  readonly user: UserRecord;
  /** Ids of the effective service plans: the union over all paths. */
  readonly services: readonly string[];
  /** `null` for the state at the start. */
  readonly cause: Cause | null;
}

/** A time in which a user had none of the services that were asked for, after having had one. */
export interface ServiceGap {
  readonly userId: string;
  readonly from: number;
  /** `null` while it lasts. */
  readonly to: number | null;
}

/** What to look for: people who lost all of `anyOf`, within a time (milliseconds since the epoch, both inclusive). */
export interface GapQuery {
  /** Ids of service plans that do the same job, for instance all plans of Exchange Online. */
  readonly anyOf: readonly string[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Every state of every user that ever changed, oldest first. */
export class UserTimeline {
  private readonly entries = new Map<string, TimelineEntry[]>();

  constructor(private readonly startedAt: number) {}

  has(userId: string): boolean {
    return this.entries.has(userId);
  }

  /** The first state of a user, to be given before the first change. */
  begin(user: UserRecord, services: readonly string[]): void {
    this.entries.set(user.id, [{ at: this.startedAt, user, services, cause: null }]);
  }

  add(entry: TimelineEntry): void {
    const known = this.entries.get(entry.user.id);
    if (known) known.push(entry);
    else this.entries.set(entry.user.id, [entry]);
  }

  of(userId: string): readonly TimelineEntry[] {
    return this.entries.get(userId) ?? [];
  }

  /** The state at `at`, or `undefined` where the user has no entry that old. */
  asOf(userId: string, at: number): TimelineEntry | undefined {
    return this.of(userId).findLast((entry) => entry.at <= at);
  }

  /**
   * Everyone who lost a service, even for an instant: two states in the same millisecond still make a gap, so that a
   * removal followed by an addition is always seen.
   */
  gaps(query: GapQuery): ServiceGap[] {
    const { from = -Infinity, to = Infinity } = query;
    return [...this.entries]
      .flatMap(([userId, entries]) => gapsOf(userId, entries, query.anyOf))
      .filter((gap) => gap.from <= to && (gap.to ?? Infinity) >= from);
  }
}

function gapsOf(userId: string, entries: readonly TimelineEntry[], anyOf: readonly string[]): ServiceGap[] {
  const gaps: ServiceGap[] = [];
  let had = false;
  let lostAt: number | null = null;
  for (const entry of entries) {
    const has = anyOf.some((planId) => entry.services.includes(planId));
    if (has && lostAt !== null) {
      gaps.push({ userId, from: lostAt, to: entry.at });
      lostAt = null;
    }
    if (!has && had) lostAt = entry.at;
    had = has;
  }
  return lostAt === null ? gaps : [...gaps, { userId, from: lostAt, to: null }];
}
