import { ServiceLists } from './effective-services.js';
import type { GroupRecord } from './group-record.js';
import type { PlanRules } from './plan-rules.js';
import { SeatHistory } from './seat-history.js';
import type { ServicePlan, SkuRecord } from './sku-record.js';
import { heldSkuIds, type LicensePath, type UserRecord } from './user-record.js';
import { UserTimeline, type Cause } from './user-timeline.js';

/** All that a directory keeps, as plain data: what a seed gives and what a state file holds. */
export interface DirectoryContent {
  readonly users: readonly UserRecord[];
  readonly groups: readonly GroupRecord[];
  readonly skus: readonly SkuRecord[];
  readonly planRules: PlanRules;
}

/**
 * The store of one tenant: users, groups and SKUs with their indexes. Every change of a user goes through {@link put},
 * so that indexes, seat counts and the timeline cannot disagree with the records.
 */
export class Directory {
  readonly timeline: UserTimeline;
  readonly planRules: PlanRules;
  /** Counts the changes, so that a caller can tell whether there were any. */
  private changes = 0;
  private readonly usersById = new Map<string, UserRecord>();
  private readonly idsByName = new Map<string, string>();
  private readonly idsByAddress = new Map<string, Set<string>>();
  private readonly holders = new Map<string, Set<string>>();
  private readonly groupsById = new Map<string, GroupRecord>();
  private readonly skusById = new Map<string, SkuRecord>();
  private readonly services = new ServiceLists(this.skusById);
  private readonly seats = new SeatHistory();

  constructor(
    content: DirectoryContent,
    private readonly now: () => number,
  ) {
    this.timeline = new UserTimeline(now());
    this.planRules = content.planRules;
    for (const sku of content.skus) {
      this.skusById.set(sku.skuId, sku);
      this.holders.set(sku.skuId, new Set());
    }
    for (const group of content.groups) this.groupsById.set(group.id, group);
    for (const user of content.users) {
      this.usersById.set(user.id, user);
      this.index(user);
    }
    for (const skuId of this.skusById.keys()) this.seats.record(skuId, now(), this.consumed(skuId));
  }

  get version(): number {
    return this.changes;
  }

  content(): DirectoryContent {
    return {
      users: [...this.usersById.values()],
      groups: [...this.groupsById.values()],
      skus: [...this.skusById.values()],
      planRules: this.planRules,
    };
  }

  /** The user with this id or user principal name, deleted or not. */
  user(idOrName: string): UserRecord | undefined {
    const key = idOrName.toLowerCase();
    return this.usersById.get(key) ?? this.usersById.get(this.idsByName.get(key) ?? '');
  }

  /** All users in the order in which they came, deleted ones included. */
  users(): IterableIterator<UserRecord> {
    return this.usersById.values();
  }

  userCount(): number {
    return this.usersById.size;
  }

  /** The user as a reader saw it at `at`; `undefined` where the user did not exist yet. */
  userAsOf(user: UserRecord, at: number): UserRecord | undefined {
    const first = this.timeline.of(user.id)[0];
    if (!first) return user;
    if (first.at > at) return first.cause === null ? first.user : undefined;
    return this.timeline.asOf(user.id, at)?.user;
  }

  /** Puts a new state of a user (or a new user) in the place of the old one. */
  put(user: UserRecord, cause: Cause): void {
    this.changes++;
    const before = this.usersById.get(user.id);
    if (before) {
      this.beginTimeline(before);
      this.unindex(before);
    }
    this.usersById.set(user.id, user);
    this.index(user);
    this.timeline.add({ at: this.now(), user, services: this.servicesOf(user.licensePaths), cause });
    const touched = new Set([...(before ? heldSkuIds(before) : []), ...heldSkuIds(user)]);
    for (const skuId of touched) this.seats.record(skuId, this.now(), this.consumed(skuId));
  }

  /** Ids of the effective service plans of these licences. */
  servicesOf(paths: readonly LicensePath[]): readonly string[] {
    return this.services.of(paths);
  }

  /** Whether someone other than `userId` has one of `addresses`. */
  isAddressTaken(addresses: readonly string[], userId: string): boolean {
    return addresses.some((address) => [...(this.idsByAddress.get(address) ?? [])].some((owner) => owner !== userId));
  }

  group(id: string): GroupRecord | undefined {
    return this.groupsById.get(id.toLowerCase());
  }

  groups(): IterableIterator<GroupRecord> {
    return this.groupsById.values();
  }

  putGroup(group: GroupRecord): void {
    this.changes++;
    this.groupsById.set(group.id, group);
  }

  sku(skuId: string): SkuRecord | undefined {
    return this.skusById.get(skuId.toLowerCase());
  }

  skus(): IterableIterator<SkuRecord> {
    return this.skusById.values();
  }

  /** Everything of a SKU but its plans, which {@link putPlans} changes. */
  putSku(sku: SkuRecord): void {
    this.changes++;
    this.skusById.set(sku.skuId, sku);
  }

  /** Microsoft adds a plan to a product or takes one away: its holders' services change at once. */
  putPlans(skuId: string, servicePlans: readonly ServicePlan[], cause: Cause): void {
    const sku = this.skusById.get(skuId);
    if (!sku) throw new Error(`The tenant does not own the SKU ${skuId}.`);
    this.changes++;
    const holders = [...(this.holders.get(skuId) ?? [])].flatMap((id) => this.usersById.get(id) ?? []);
    for (const user of holders) this.beginTimeline(user);
    this.skusById.set(skuId, { ...sku, servicePlans });
    this.services.forget();
    for (const user of holders) {
      this.timeline.add({ at: this.now(), user, services: this.servicesOf(user.licensePaths), cause });
    }
  }

  holds(userId: string, skuId: string): boolean {
    return this.holders.get(skuId)?.has(userId) ?? false;
  }

  /** Units in use: each holder once, over all paths. */
  consumed(skuId: string): number {
    return this.holders.get(skuId)?.size ?? 0;
  }

  consumedAsOf(skuId: string, at: number): number {
    return this.seats.asOf(skuId, at);
  }

  private beginTimeline(user: UserRecord): void {
    if (!this.timeline.has(user.id)) this.timeline.begin(user, this.servicesOf(user.licensePaths));
  }

  private index(user: UserRecord): void {
    if (user.deletedDateTime !== null) return;
    this.idsByName.set(user.userPrincipalName.toLowerCase(), user.id);
    for (const skuId of heldSkuIds(user)) this.holders.get(skuId)?.add(user.id);
    for (const address of addressesOf(user)) {
      const owners = this.idsByAddress.get(address);
      if (owners) owners.add(user.id);
      else this.idsByAddress.set(address, new Set([user.id]));
    }
  }

  private unindex(user: UserRecord): void {
    this.idsByName.delete(user.userPrincipalName.toLowerCase());
    for (const skuId of heldSkuIds(user)) this.holders.get(skuId)?.delete(user.id);
    for (const address of addressesOf(user)) this.idsByAddress.get(address)?.delete(user.id);
  }
}

/** Every mail address of a user, in lower case and without its `smtp:` prefix. */
export function addressesOf(user: UserRecord): string[] {
  const addresses = user.mail === null ? user.proxyAddresses : [user.mail, ...user.proxyAddresses];
  return [...new Set(addresses.map((address) => address.toLowerCase().replace(/^smtp:/, '')))];
}
