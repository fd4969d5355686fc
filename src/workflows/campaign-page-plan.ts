/** The plan of a page: who is asked about, what the answers make of the users, and the plan in figures. */
import type { CampaignPageInput, CampaignRow, PagePlan, PageUser } from '../contracts/campaign-page.js';
import type { PlannedUser, PlanUsersResult } from '../contracts/campaign-reads.js';
import type { BlockCode, Signature } from '../domain/campaign.js';
import { isInTheWay } from '../domain/campaign.js';
import { duplicates, duplicateSignature, isToPlan, pagePlanDigest, seatsOf } from '../domain/campaign-page.js';
import type { SkuContents } from '../domain/plan.js';
import type { SkuId } from '../domain/license.js';
import { reading } from './activity-proxies.js';

/** Users that one activity plans: their plans come back in one payload. */
const TOGETHER_MAX = 100;

export interface PlannedUsers {
  readonly users: readonly PageUser[];
  readonly signatures: readonly Signature[];
  readonly contents: SkuContents;
}

/** A user of whom only the row is known. */
export function unreadUser({ user, note, line }: CampaignRow): PageUser {
  return {
    ...{ id: user, upn: '', name: '', sig: -1, state: 'unread', wave: -1 },
    ...(note !== undefined && { note }),
    ...(line !== undefined && { line }),
  };
}

/** Plans the users that are to be planned; everybody else stays as they are. Changes nothing until all are planned. */
export class PagePlanning {
  readonly #input: CampaignPageInput;
  readonly #users: PageUser[];
  readonly #toPlan: readonly number[];
  readonly #signatures: Signature[];
  #contents: SkuContents;
  #done = 0;

  constructor(input: CampaignPageInput, { users, signatures, contents }: PlannedUsers, again: boolean) {
    this.#input = input;
    this.#users = [...users];
    this.#signatures = [...signatures];
    this.#contents = contents;
    this.#toPlan = users.flatMap((user, index) => (isToPlan(user, again) ? [index] : []));
  }

  get isDone(): boolean {
    return this.#done >= this.#toPlan.length;
  }

  /** Plans some of those that are left. A call that fails may be made again. */
  async next(): Promise<void> {
    const { pace, rows, wishes } = this.#input;
    const indexes = this.#toPlan.slice(this.#done, this.#done + TOGETHER_MAX);
    const users = indexes.flatMap((index) => rows.slice(index, index + 1)).map(({ user, wish }) => ({ user, wish }));
    const summary = `plan ${String(users.length)} users`;
    this.#take(indexes, await reading(pace, summary, 'campaign').planCampaignUsers({ users, wishes }));
    this.#done += indexes.length;
  }

  #take(indexes: readonly number[], { users, signatures, contents }: PlanUsersResult): void {
    this.#contents = { ...this.#contents, ...contents };
    const known = signatures.map((signature) => this.#indexOf(signature));
    indexes.forEach((index, i) => {
      const planned = users[i];
      const sig = known[planned?.sig ?? -1];
      if (planned !== undefined && sig !== undefined) this.#set(index, planned, sig);
    });
  }

  #set(index: number, { id, upn, name, failure }: Omit<PlannedUser, 'sig'>, sig: number): void {
    const row = this.#input.rows[index];
    const outcome = this.#signatures[sig]?.outcome;
    if (row === undefined || outcome === undefined) return;
    this.#users[index] = {
      ...{ ...unreadUser(row), id, upn, name, sig, state: outcome, wave: this.#users[index]?.wave ?? -1 },
      ...(failure !== undefined && { failure }),
    };
  }

  #indexOf(signature: Signature): number {
    const known = this.#signatures.findIndex(({ key }) => key === signature.key);
    return known >= 0 ? known : this.#signatures.push(signature) - 1;
  }

  /** @param now the users as they are now: those who are not planned may have come further meanwhile. */
  result(now: readonly PageUser[]): PlannedUsers {
    this.#blockDuplicates();
    const users = now.map((user, index) => (this.#toPlan.includes(index) ? (this.#users[index] ?? user) : user));
    const used = [...new Set(users.map(({ sig }) => sig))].filter((sig) => sig >= 0).sort((a, b) => a - b);
    return {
      users: users.map((user) => ({ ...user, sig: used.indexOf(user.sig) })),
      signatures: used.flatMap((sig) => this.#signatures.slice(sig, sig + 1)),
      contents: this.#contents,
    };
  }

  #blockDuplicates(): void {
    const { rows } = this.#input;
    const named = this.#users.map(({ id }, index) => ({
      id,
      user: rows[index]?.user ?? id,
      wish: rows[index]?.wish ?? 0,
    }));
    for (const { index, message } of duplicates(named)) {
      const user = this.#users[index];
      if (user === undefined || !this.#toPlan.includes(index)) continue;
      const sig = this.#indexOf(duplicateSignature(named[index]?.wish ?? 0));
      this.#users[index] = { ...user, sig, state: 'blocked', failure: { code: 'DUPLICATE_USER', message } };
    }
  }
}

/** The plan in figures. All users count, also those that were written since. */
export function planInFigures(rows: readonly CampaignRow[], { users, signatures, contents }: PlannedUsers): PagePlan {
  const ready = users.flatMap((user, index) => {
    const signature = signatures[user.sig];
    return signature?.outcome === 'ready' ? [{ wave: rows[index]?.wave, signature }] : [];
  });
  const blocked = users.filter(({ state, failure }) => state === 'blocked' && failure !== undefined);
  return {
    digest: pagePlanDigest(users, signatures, contents),
    signatures: signatures.map(({ key, outcome }, sig) => {
      const firstWave = rows[users.findIndex((user) => user.sig === sig)]?.wave;
      return {
        ...{ key, outcome, users: users.filter((user) => user.sig === sig).length },
        ...(firstWave !== undefined && { firstWave }),
      };
    }),
    readyByWave: countBy(ready.flatMap(({ wave }) => (wave === undefined ? [] : [String(wave)]))),
    seatsNeeded: seatsOf(ready.map(({ signature }) => signature.seatsNeeded)),
    seatsToRestore: seatsOf(ready.map(({ signature }) => signature.seatsToRestore)),
    blocked: countBy(blocked.flatMap(({ failure }): BlockCode[] => (failure === undefined ? [] : [failure.code]))),
    warnings: countBy(users.flatMap(({ sig }) => signatures[sig]?.warnings ?? [])),
    groups: groupsOf(users, signatures),
  };
}

/** Groups that give users a product which they are not to have in the end. */
function groupsOf(users: readonly PageUser[], signatures: readonly Signature[]): NonNullable<PagePlan['groups']> {
  const groups = new Map<string, { groupId: string; skuId: SkuId; users: number }>();
  for (const { sig } of users) {
    const signature = signatures[sig];
    for (const { group, skuId } of signature?.paths ?? []) {
      if (group === null || signature === undefined || !isInTheWay(signature, skuId)) continue;
      const known = groups.get(`${group} ${skuId}`) ?? { groupId: group, skuId, users: 0 };
      groups.set(`${group} ${skuId}`, { ...known, users: known.users + 1 });
    }
  }
  return [...groups.values()];
}

function countBy<K extends string>(keys: readonly K[]): Record<K, number> {
  const counts = {} as Record<K, number>;
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
