import { randomUUID } from 'node:crypto';
import { encodeAccessToken } from './access-token.js';
import type { Application } from './application.js';
import { CallLog, type CallQuery, type LoggedCall } from './call-log.js';
import { Directory } from './directory.js';
import { Faults, type ActiveFaultRule, type FaultRuleInput } from './fault.js';
import { graphError } from './graph-error.js';
import { GroupFanOut } from './group-fan-out.js';
import type { AssignedLicense, GroupRecord } from './group-record.js';
import {
  assignLicense,
  assignedLicenses,
  freeUnits,
  ownedSku,
  readLicenseChange,
  samePlans,
  type LicenseChange,
  type LicensingContext,
} from './license-assignment.js';
import { Quota } from './quota.js';
import type { PrepaidUnits, ServicePlan, SkuRecord, Subscription } from './sku-record.js';
import { withOptions, type OptionsPatch, type TenantOptions } from './tenant-options.js';
import type { TenantSeed } from './tenant-seed.js';
import { UserRecord } from './user-record.js';
import type { Cause, GapQuery, ServiceGap, TimelineEntry } from './user-timeline.js';

/** A mail that was sent through the tenant. */
export interface SentMail {
  readonly at: number;
  /** Object id of the mailbox that it was sent from. */
  readonly fromUserId: string;
  readonly message: unknown;
}

/** What surrounds all tenants of one simulator. */
export interface TenantSurroundings {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Root of the Graph endpoint, which is the audience of tokens. */
  readonly graphUrl: string;
  readonly authorityHost: string;
  /** Called after each change that a state file should hold. */
  readonly changed: () => void;
}

/** Properties of a user that an operator may set. Licences are changed by {@link Tenant.changeLicenses}. */
export type UserPatch = {
  readonly [K in Exclude<keyof UserRecord, 'id' | 'licensePaths'>]?: UserRecord[K] | undefined;
};

/** A delegated token: who signs in, and which permissions the application was given for it. */
export interface DelegatedTokenRequest {
  readonly user: string;
  readonly scopes: readonly string[];
  readonly appId?: string | undefined;
  readonly expiresInSeconds?: number | undefined;
}

const BY_OPERATOR: Cause = { by: 'control' };

/**
 * One simulated tenant with everything an operator of it may do. The same powers are offered over HTTP by the control
 * surface; a test in the same process uses this class.
 *
 * Users may be named by object id or user principal name, SKUs by GUID. Methods throw a plain `Error` when something
 * named does not exist.
 */
export class Tenant {
  readonly id: string;
  readonly displayName: string;
  readonly domains: readonly string[];
  readonly directory: Directory;
  readonly faults: Faults;
  readonly quota: Quota;
  readonly log = new CallLog();
  readonly mails: SentMail[] = [];
  private currentOptions: TenantOptions;
  private applicationList: readonly Application[];
  private readonly fanOut: GroupFanOut;
  private writesUnderWay = 0;

  constructor(
    seed: TenantSeed,
    readonly surroundings: TenantSurroundings,
  ) {
    this.id = seed.id.toLowerCase();
    this.displayName = seed.displayName;
    this.domains = seed.domains;
    this.currentOptions = seed.options;
    this.applicationList = seed.applications;
    this.directory = new Directory(seed, surroundings.now);
    this.faults = new Faults(this.id);
    this.quota = new Quota({
      tenantId: this.id,
      userCount: () => this.directory.userCount(),
      options: () => this.currentOptions,
      now: surroundings.now,
    });
    this.fanOut = new GroupFanOut(() => this.licensing, surroundings.changed);
    for (const group of this.directory.groups()) {
      if (group.licenseProcessing !== 'ProcessingComplete') this.fanOut.resume(group.id);
    }
  }

  // --- options and applications

  get options(): TenantOptions {
    return this.currentOptions;
  }

  /** @throws ZodError where a value is not one of the option's. */
  setOptions(patch: OptionsPatch): TenantOptions {
    this.currentOptions = withOptions(this.currentOptions, patch);
    this.surroundings.changed();
    return this.currentOptions;
  }

  application(appId: string): Application | undefined {
    return this.applicationList.find((application) => application.appId === appId.toLowerCase());
  }

  applications(): readonly Application[] {
    return this.applicationList;
  }

  /** Adds an application, or puts it in the place of the one with the same id. */
  putApplication(application: Application): void {
    const appId = application.appId.toLowerCase();
    const known = this.applicationList.findIndex((other) => other.appId === appId);
    this.applicationList = this.applicationList.toSpliced(known < 0 ? Infinity : known, known < 0 ? 0 : 1, {
      ...application,
      appId,
    });
    this.surroundings.changed();
  }

  // --- tokens

  /** An app-only token, as the token endpoint issues it. */
  applicationToken(appId: string, expiresInSeconds = this.options.tokenLifetimeSeconds): string {
    const application = this.application(appId);
    if (!application) throw new Error(`The tenant ${this.displayName} has no application ${appId}.`);
    return this.token(application.appId, expiresInSeconds, {
      oid: application.appId,
      idtyp: 'app',
      roles: [...application.roles],
    });
  }

  /** A token of a signed-in user, for `/me` and for writes that the user's Entra roles must allow. */
  delegatedToken(request: DelegatedTokenRequest): string {
    const user = this.userNamed(request.user);
    const appId = request.appId ?? this.applicationList[0]?.appId;
    if (appId === undefined) throw new Error(`The tenant ${this.displayName} has no application to sign in with.`);
    return this.token(appId, request.expiresInSeconds ?? this.options.tokenLifetimeSeconds, {
      oid: user.id,
      idtyp: 'user',
      scp: request.scopes.join(' '),
      upn: user.userPrincipalName,
    });
  }

  private token(
    appid: string,
    expiresInSeconds: number,
    who: { oid: string; idtyp: 'app' | 'user'; roles?: string[]; scp?: string; upn?: string },
  ): string {
    const iat = Math.floor(this.surroundings.now() / 1000);
    return encodeAccessToken({
      aud: this.surroundings.graphUrl,
      iss: `${this.surroundings.authorityHost}/${this.id}/v2.0`,
      iat,
      nbf: Math.min(iat, iat + expiresInSeconds),
      exp: iat + expiresInSeconds,
      appid,
      tid: this.id,
      ...who,
    });
  }

  // --- users

  /** @throws Error where no such user exists, deleted ones included. */
  user(idOrName: string): UserRecord {
    return this.userNamed(idOrName);
  }

  users(): UserRecord[] {
    return [...this.directory.users()];
  }

  /** Adds a user; what is left out of `fields` is empty. */
  createUser(fields: UserPatch & { readonly userPrincipalName: string; readonly displayName: string }): UserRecord {
    if (this.directory.user(fields.userPrincipalName)) {
      throw new Error(`A user ${fields.userPrincipalName} already exists.`);
    }
    const user = UserRecord.parse({
      ...EMPTY_USER,
      createdDateTime: new Date(this.surroundings.now()).toISOString(),
      ...withoutUndefined(fields),
      id: randomUUID(),
      licensePaths: [],
    });
    this.directory.put(user, BY_OPERATOR);
    this.surroundings.changed();
    return user;
  }

  /** Changes properties of a user "by someone else": an administrator, or the synchronisation. */
  updateUser(idOrName: string, patch: UserPatch): UserRecord {
    const user = UserRecord.parse({ ...this.userNamed(idOrName), ...withoutUndefined(patch) });
    this.directory.put(user, BY_OPERATOR);
    this.surroundings.changed();
    return user;
  }

  /** Moves a user to the deleted items: its seats are free, and Graph answers E12. */
  deleteUser(idOrName: string): void {
    const deletedDateTime = new Date(this.surroundings.now()).toISOString();
    this.directory.put({ ...this.userNamed(idOrName), deletedDateTime, licensePaths: [] }, BY_OPERATOR);
    this.surroundings.changed();
  }

  /** `null` takes the manager away. */
  setManager(user: string, manager: string | null): UserRecord {
    return this.updateUser(user, { managerId: manager === null ? null : this.userNamed(manager).id });
  }

  /**
   * Changes licences "by someone else", under the same rules as `assignLicense` and outside of any quota.
   *
   * @throws GraphError as `assignLicense` does.
   */
  changeLicenses(
    idOrName: string,
    change: { readonly addLicenses?: readonly AssignedLicense[]; readonly removeLicenses?: readonly string[] },
  ): UserRecord {
    const request = readLicenseChange({ addLicenses: [], removeLicenses: [], ...change });
    assignLicense(this.licensing, this.userNamed(idOrName), request, BY_OPERATOR);
    this.surroundings.changed();
    return this.userNamed(idOrName);
  }

  private userNamed(idOrName: string): UserRecord {
    const user = this.directory.user(idOrName);
    if (!user) throw new Error(`The tenant ${this.displayName} has no user ${idOrName}.`);
    return user;
  }

  // --- products and seats

  skus(): (SkuRecord & { readonly consumedUnits: number; readonly freeUnits: number })[] {
    return [...this.directory.skus()].map((sku) => ({
      ...sku,
      consumedUnits: this.directory.consumed(sku.skuId),
      freeUnits: freeUnits(this.directory, this.options, sku.skuId),
    }));
  }

  /** Sets units of a SKU; what is left out stays. */
  setSeats(skuId: string, units: { readonly [K in keyof PrepaidUnits]?: number | undefined }): SkuRecord {
    const sku = this.skuNamed(skuId);
    return this.replaceSku({ ...sku, prepaidUnits: { ...sku.prepaidUnits, ...withoutUndefined(units) } });
  }

  /** Sets the number of enabled units so that exactly `free` can still be assigned. */
  setFreeSeats(skuId: string, free: number): SkuRecord {
    const sku = this.skuNamed(skuId);
    const more = free - freeUnits(this.directory, this.options, sku.skuId);
    return this.setSeats(skuId, { enabled: sku.prepaidUnits.enabled + more });
  }

  /** Changes a subscription, for instance when it ends. */
  updateSubscription(
    subscriptionId: string,
    patch: { readonly [K in Exclude<keyof Subscription, 'id'>]?: Subscription[K] | undefined },
  ): SkuRecord {
    const sku = [...this.directory.skus()].find((known) => known.subscriptions.some(({ id }) => id === subscriptionId));
    if (!sku) throw new Error(`The tenant ${this.displayName} has no subscription ${subscriptionId}.`);
    const subscriptions = sku.subscriptions.map((known) =>
      known.id === subscriptionId ? { ...known, ...withoutUndefined(patch) } : known,
    );
    return this.replaceSku({ ...sku, subscriptions });
  }

  /** Microsoft adds a service plan to a product: it is on for every holder at once. */
  addPlan(skuId: string, plan: ServicePlan): SkuRecord {
    const sku = this.skuNamed(skuId);
    const others = sku.servicePlans.filter(({ servicePlanId }) => servicePlanId !== plan.servicePlanId);
    return this.replacePlans(sku, [...others, plan]);
  }

  /** Microsoft takes a service plan out of a product. */
  removePlan(skuId: string, servicePlanId: string): SkuRecord {
    const sku = this.skuNamed(skuId);
    const rest = sku.servicePlans.filter((plan) => plan.servicePlanId !== servicePlanId.toLowerCase());
    if (rest.length === sku.servicePlans.length) {
      throw new Error(`The SKU ${sku.skuPartNumber} does not contain the plan ${servicePlanId}.`);
    }
    return this.replacePlans(sku, rest);
  }

  private skuNamed(skuId: string): SkuRecord {
    const sku = this.directory.sku(skuId);
    if (!sku) throw new Error(`The tenant ${this.displayName} does not own the SKU ${skuId}.`);
    return sku;
  }

  private replaceSku(sku: SkuRecord): SkuRecord {
    this.directory.putSku(sku);
    this.surroundings.changed();
    return sku;
  }

  private replacePlans(sku: SkuRecord, servicePlans: readonly ServicePlan[]): SkuRecord {
    this.directory.putPlans(sku.skuId, servicePlans, BY_OPERATOR);
    this.surroundings.changed();
    return this.skuNamed(sku.skuId);
  }

  // --- groups

  groups(): GroupRecord[] {
    return [...this.directory.groups()];
  }

  addMember(groupId: string, user: string): GroupRecord {
    const { id } = this.userNamed(user);
    return this.setMembers(groupId, (members) => [...members.filter((member) => member !== id), id]);
  }

  removeMember(groupId: string, user: string): GroupRecord {
    const { id } = this.userNamed(user);
    return this.setMembers(groupId, (members) => members.filter((member) => member !== id));
  }

  private setMembers(groupId: string, change: (members: readonly string[]) => readonly string[]): GroupRecord {
    const group = this.groupNamed(groupId);
    this.directory.putGroup({ ...group, memberIds: change(group.memberIds) });
    this.fanOut.queue(group.id);
    return this.groupNamed(group.id);
  }

  /**
   * Changes the licences of a group. Its members follow in the background.
   *
   * @throws GraphError E2, E4, E8, E9.
   */
  changeGroupLicenses(groupId: string, request: LicenseChange): void {
    const group = this.groupNamed(groupId);
    for (const skuId of request.removeLicenses) {
      ownedSku(this.directory, skuId);
      if (!group.assignedLicenses.some((license) => license.skuId === skuId)) throw graphError('E2');
    }
    for (const { skuId, disabledPlans } of request.addLicenses) {
      const sku = ownedSku(this.directory, skuId);
      if (sku.appliesTo === 'Company') throw graphError('E8', { skuId });
      const foreign = disabledPlans.find((id) => !sku.servicePlans.some(({ servicePlanId }) => servicePlanId === id));
      if (foreign !== undefined) throw graphError('E9', { skuId, planIds: [foreign] });
    }
    const replaced = [...request.removeLicenses, ...request.addLicenses.map(({ skuId }) => skuId)];
    const kept = group.assignedLicenses.filter(({ skuId }) => !replaced.includes(skuId));
    const licenses = [...kept, ...request.addLicenses];
    if (sameLicenses(group.assignedLicenses, licenses)) return;
    this.directory.putGroup({ ...group, assignedLicenses: licenses });
    this.fanOut.queue(group.id);
  }

  /** Resolves when no group has licences on their way to its members. */
  settled(): Promise<void> {
    return this.fanOut.settled();
  }

  private groupNamed(groupId: string): GroupRecord {
    const group = this.directory.group(groupId);
    if (!group) throw new Error(`The tenant ${this.displayName} has no group ${groupId}.`);
    return group;
  }

  // --- faults, log and timelines

  /** @returns the id of the rule. */
  addFault(rule: FaultRuleInput): string {
    return this.faults.add(rule);
  }

  listFaults(): ActiveFaultRule[] {
    return this.faults.list();
  }

  clearFaults(id?: string): void {
    this.faults.clear(id);
  }

  calls(query: CallQuery = {}): LoggedCall[] {
    return this.log.list(query);
  }

  /** Calls that changed the directory, all of them or those about one user. */
  effectiveWrites(user?: string): LoggedCall[] {
    return this.log.list({ effective: true, userId: user === undefined ? undefined : this.userNamed(user).id });
  }

  /** Every state that a user was in, oldest first; empty for one that never changed. */
  userTimeline(idOrName: string): readonly TimelineEntry[] {
    return this.directory.timeline.of(this.userNamed(idOrName).id);
  }

  /** Ids of the service plans that a user can use now. */
  effectiveServices(idOrName: string): readonly string[] {
    return this.directory.servicesOf(this.userNamed(idOrName).licensePaths);
  }

  /** Everyone who lost all of these service plans, even for an instant. */
  withoutService(query: GapQuery): ServiceGap[] {
    return this.directory.timeline.gaps(query);
  }

  /** A user's licences as `assignedLicenses` shows them. */
  assignedLicenses(idOrName: string): AssignedLicense[] {
    return assignedLicenses(this.userNamed(idOrName));
  }

  // --- what the Graph endpoint needs

  get licensing(): LicensingContext {
    return { directory: this.directory, options: this.options, now: this.surroundings.now };
  }

  /**
   * Runs a licence write while holding the tenant's write lock.
   *
   * @throws GraphError E15 where another write is under way and the tenant allows one at a time.
   */
  async writing<T>(refuse: () => Error, write: () => Promise<T>): Promise<T> {
    if (this.options.writeLock !== 'off' && this.writesUnderWay > 0) throw refuse();
    this.writesUnderWay++;
    try {
      return await write();
    } finally {
      this.writesUnderWay--;
    }
  }

  /** Everything that a state file keeps. The log, the timelines and the faults begin anew with each start. */
  snapshot(): TenantSeed {
    return {
      id: this.id,
      displayName: this.displayName,
      domains: this.domains,
      options: this.options,
      applications: this.applicationList,
      ...this.directory.content(),
    };
  }

  /** Ends what runs in the background. */
  close(): void {
    this.fanOut.close();
  }
}

const EMPTY_USER = {
  givenName: null,
  surname: null,
  mail: null,
  mailNickname: null,
  jobTitle: null,
  department: null,
  officeLocation: null,
  city: null,
  country: null,
  companyName: null,
  mobilePhone: null,
  businessPhones: [],
  preferredLanguage: null,
  usageLocation: null,
  accountEnabled: true,
  userType: 'Member',
  employeeId: null,
  deletedDateTime: null,
  onPremisesSyncEnabled: null,
  proxyAddresses: [],
  managerId: null,
  directoryRoles: [],
  restrictedManagement: false,
};

function sameLicenses(a: readonly AssignedLicense[], b: readonly AssignedLicense[]): boolean {
  return (
    a.length === b.length &&
    a.every((license) =>
      b.some((other) => other.skuId === license.skuId && samePlans(other.disabledPlans, license.disabledPlans)),
    )
  );
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
