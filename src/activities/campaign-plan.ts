/**
 * Plans of many users at once. People in the same circumstances (the same wish, the same licences on the same paths) have
 * the same plan, so it is made once for all of them.
 */
import type { PlannedUser, PlanUsersInput, PlanUsersResult } from '../contracts/campaign-reads.js';
import type { CampaignWish } from '../contracts/campaign.js';
import type { Problem } from '../contracts/license-request.js';
import type { BlockCode, Signature, WarningCode } from '../domain/campaign.js';
import { digestOf } from '../domain/digest.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { PlanId, SkuId, TouchedState } from '../domain/license.js';
import { change, touched } from '../domain/license.js';
import { nameOf } from '../domain/person.js';
import type { HeldPath, SkuContents } from '../domain/plan.js';
import { effectivePlans, isSatisfied, pathsAfter, seatsNeeded, servicesById } from '../domain/plan.js';
import { planConflicts, serviceOf } from '../domain/service-family.js';
import type { Policy } from '../domain/policy.js';
import type { SubscribedSku, UserLicenses } from '../graph/gateway.js';
import { GraphFailure, isFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import type { AddressConflict } from './address-conflicts.js';
import { addressConflicts } from './address-conflicts.js';
import type { TenantRules, UserChange } from './change-plan.js';
import { changeFor, groupName, groupsOf, planName, skuName, tenantRules } from './change-plan.js';
import type { ActivityDependencies } from './dependencies.js';
import { whileHeartbeating } from './heartbeat.js';
import { directLicenses, heldPaths, personOf } from './license-paths.js';
import { policyOrNull } from './policy-in-force.js';
import type { BulkOptions, BulkSource } from './read-users.js';
import { bulkOptions, readUsers } from './read-users.js';
import type { Wish, WishResult } from './request-wish.js';
import { plansNamed, resolveWish } from './request-wish.js';

type Block = Signature['blocks'][number];

/** Services whose loss people notice at once, by family. */
const MAILBOX = 'exchange-online';
const PHONE_SYSTEM = 'teams-phone';

const SIGNATURE_DIGITS = 16;

export function createCampaignPlanActivities({ graph, bulkReads, policy, serviceFamilies }: ActivityDependencies) {
  const source = { graph, bulkReads };
  return {
    /**
     * What the wishes would do to each of these users. Reads only.
     *
     * @throws ApplicationFailure whose type is a `FailureCode` where anybody could not be read for a passing reason, or
     * because the application may not: whoever could not be read is never told as blocked.
     */
    async planCampaignUsers({ users, wishes }: PlanUsersInput): Promise<PlanUsersResult> {
      return atBoundary(() =>
        whileHeartbeating(async () => {
          const options = bulkOptions();
          const refs = users.map(({ user }) => user);
          const [subscribed, rules, read] = await Promise.all([
            bulkReads.run(options.signal, () => graph.subscribedSkus(options)),
            policyOrNull(policy),
            readUsers(source, refs, options),
          ]);
          const dependencies = { policy: rules?.planDependencies ?? [], learned: [] };
          const planner = new Planner(
            { ...tenantRules(serviceFamilies, subscribed, dependencies), closed: closedPlans(rules, subscribed) },
            wishes,
            rememberingNames((groupId) => bulkReads.run(options.signal, () => groupName(graph, groupId))),
          );
          const planned: UserPlan[] = [];
          for (const [i, { user, wish }] of users.entries())
            planned.push(await planner.plan(user, wish, settled(read[i])));
          const checked = await withoutTakenAddresses(source, planned, options);
          return { ...numbered(checked), contents: planner.contents };
        }),
      );
    },
  };
}

/** @throws GraphFailure for what says nothing about the user. */
function settled(read: UserLicenses | Failure | undefined): UserLicenses | Failure {
  if (read === undefined) throw new Error('A user was asked about and not answered.');
  if (!isFailure(read)) return read;
  const { handling } = meaningOf(read.code);
  if (handling === 'retry' || handling === 'fix-access') throw new GraphFailure(read);
  return read;
}

function rememberingNames(nameOfGroup: (groupId: string) => Promise<string>): (groupId: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (groupId) => {
    const name = known.get(groupId) ?? nameOfGroup(groupId);
    known.set(groupId, name);
    return name;
  };
}

interface PlannerRules extends TenantRules {
  /** Plans that are not offered everywhere, and in which countries they are not. */
  readonly closed: ReadonlyMap<PlanId, readonly string[]>;
}

function closedPlans(policy: Policy | null, subscribed: readonly SubscribedSku[]): PlannerRules['closed'] {
  return new Map(
    (policy?.notOffered ?? []).flatMap(({ plan, in: countries }) =>
      plansNamed(plan, subscribed).map((planId) => [planId, countries]),
    ),
  );
}

/** What would happen to one user. */
interface UserPlan extends Omit<PlannedUser, 'sig'> {
  readonly signature: Signature;
  /** The user as read; `null` where there is no such user. */
  readonly read: UserLicenses | null;
}

/** Each signature once. */
function numbered(plans: readonly UserPlan[]): Pick<PlanUsersResult, 'users' | 'signatures'> {
  const indexes = new Map<string, number>();
  const signatures: Signature[] = [];
  const indexOf = (signature: Signature): number => {
    const known = indexes.get(signature.key);
    if (known !== undefined) return known;
    indexes.set(signature.key, signatures.length);
    return signatures.push(signature) - 1;
  };
  const users = plans.map(({ id, upn, name, signature, failure }) => ({
    ...{ id, upn, name, sig: indexOf(signature) },
    ...(failure && { failure }),
  }));
  return { users, signatures };
}

/** Blocks those who would get a mailbox, or another one, with an address that somebody else has. */
async function withoutTakenAddresses(
  source: BulkSource,
  plans: readonly UserPlan[],
  options: BulkOptions,
): Promise<readonly UserPlan[]> {
  const users = plans.flatMap(({ signature, read }) => (read !== null && changesMailbox(signature) ? [read] : []));
  const conflicts = await addressConflicts(source, users, options);
  return plans.map((plan) => {
    const found = conflicts.get(plan.id);
    return found === undefined || !changesMailbox(plan.signature) ? plan : addressTaken(plan, found);
  });
}

function changesMailbox({ services }: Signature): boolean {
  if (services === null) return false;
  const { gained, tiersGained, tiersLost } = services;
  return [...gained, ...tiersGained, ...tiersLost].some(({ service }) => service === MAILBOX);
}

/** The signature names nobody, so that all whose addresses are taken share one; whose they are is said to each. */
function addressTaken(plan: UserPlan, conflicts: readonly AddressConflict[]): UserPlan {
  const { wish, before, paths } = plan.signature;
  const code = 'PROXY_ADDRESS_CONFLICT';
  const { meaning, remedy } = meaningOf(code);
  const taken = conflicts.map(({ address, owner }) => `${address} is already an address of ${nameOf(owner)}.`);
  const person = nameOf({ id: plan.id, userPrincipalName: plan.upn, displayName: plan.name });
  return {
    ...plan,
    signature: blocked({ wish, before, paths, blocks: [{ code, meaning, remedy }] }),
    failure: { code, message: `${person}: ${taken.join(' ')}` },
  };
}

class Planner {
  readonly #rules: PlannerRules;
  readonly #wishes: readonly WishResult[];
  readonly #nameOfGroup: (groupId: string) => Promise<string>;
  /** By circumstances. */
  readonly #signatures = new Map<string, Signature>();

  constructor(rules: PlannerRules, wishes: readonly CampaignWish[], nameOfGroup: (groupId: string) => Promise<string>) {
    this.#rules = rules;
    this.#wishes = wishes.map((wish) => resolveWish(wish, rules.subscribed, rules.families));
    this.#nameOfGroup = nameOfGroup;
  }

  /** Plan ids of every product that a wish names. */
  get contents(): SkuContents {
    const skuIds = new Set(this.#wishes.flatMap(({ wish }) => wish.skus.map(({ skuId }) => skuId)));
    return Object.fromEntries([...skuIds].sort().map((skuId) => [skuId, this.#rules.contents[skuId] ?? []]));
  }

  async plan(ref: string, wish: number, read: UserLicenses | Failure): Promise<UserPlan> {
    if (isFailure(read)) return unreadable(ref, wish, read);
    const circumstances = circumstancesOf(read, wish);
    const signature = this.#signatures.get(circumstances) ?? (await this.#make(read, wish));
    this.#signatures.set(circumstances, signature);
    const { id, userPrincipalName: upn, displayName: name } = read;
    return { id, upn, name, signature, read, ...failureOf(nameOf(personOf(read)), signature.blocks) };
  }

  async #make(user: UserLicenses, index: number): Promise<Signature> {
    const resolved = this.#wishes[index];
    if (resolved === undefined) throw new Error(`The campaign has no wish ${String(index)}.`);
    return this.#signatureOf(user, index, resolved);
  }

  async #signatureOf(user: UserLicenses, index: number, { wish, problems }: WishResult): Promise<Signature> {
    const skuIds = wish.skus.map(({ skuId }) => skuId);
    const before = touched(directLicenses(user), skuIds);
    const paths = pathsOf(user, skuIds);
    const blockedBy = (blocks: readonly Block[]) => blocked({ wish: index, before, paths, blocks });
    if (problems.length > 0) return blockedBy(problems.map(blockOf));
    const inherited = await this.#inherited(user, wish);
    if (inherited.length > 0) return blockedBy(inherited);

    const way = changeFor(wish, user, this.#rules);
    const { target } = way;
    if (isSatisfied({ before, target, usageLocation: null })) return already({ wish: index, before, target, paths });
    const facts = [...this.#notHeld(user, wish), ...missingLocation(user, wish), ...protection(user)];
    if (facts.length > 0) return blockedBy(facts);
    const doubts =
      way.services === null
        ? way.problems.map(blockOf)
        : [...this.#conflicts(user, target), ...this.#notOffered(user, before, target)];
    if (way.services === null || doubts.length > 0) return blockedBy(doubts);

    const held = heldPaths(user);
    return keyed({
      ...{ outcome: 'ready', wish: index, before, target, paths, services: way.services, blocks: [] },
      seatsNeeded: seatsNeeded(held, target),
      seatsToRestore: seatsNeeded(pathsAfter(held, target), before),
      warnings: this.#warnings(user, wish, way.services),
    });
  }

  /** What a group gives stays, and the person would have both products. */
  async #inherited(user: UserLicenses, { add, remove }: Wish): Promise<readonly Block[]> {
    const direct = directLicenses(user);
    const blocks: Block[] = [];
    for (const skuId of remove) {
      const isDirect = skuId in direct;
      const groups = groupsOf(user, skuId);
      if (groups.length === 0 || (isDirect && add.length === 0)) continue;
      const names = (await Promise.all(groups.map(this.#nameOfGroup))).join(' and ');
      const product = skuName(skuId, this.#rules.subscribed);
      blocks.push({
        code: isDirect ? 'GROUP_AND_DIRECT' : 'GROUP_ONLY',
        meaning: isDirect
          ? `${product} is held directly and also through ${names}, and would stay beside the new product.`
          : `${product} is held only through ${names}.`,
        remedy: 'Take the user out of the group, or change the licences of the group; then plan again.',
      });
    }
    return blocks;
  }

  /** A swap is for those who hold what goes: nobody else gets the new product by it. */
  #notHeld(user: UserLicenses, { add, remove }: Wish): readonly Block[] {
    if (add.length === 0 || remove.length === 0 || remove.some((skuId) => holds(user, skuId))) return [];
    const products = remove.map((skuId) => skuName(skuId, this.#rules.subscribed));
    return [
      {
        code: 'NOT_HELD',
        meaning: `${products.join(' and ')} shall be swapped and is not held.`,
        remedy: 'Leave the user out; or name no product to remove if the new one shall be added all the same.',
      },
    ];
  }

  #conflicts(user: UserLicenses, target: TouchedState): readonly Block[] {
    const { contents, families, subscribed } = this.#rules;
    const held = heldPaths(user);
    const after = pathsAfter(held, target);
    const found = planConflicts(effectivePlans(held, contents), effectivePlans(after, contents), families);
    return found.map(({ service, plans }) => ({
      code: 'PLAN_CONFLICT',
      meaning: `Plans of ${service} exclude each other and would be on together: ${plans.map((plan) => planName(plan, subscribed)).join(', ')}.`,
      remedy: 'Remove the other product in the same wish, or switch one of the plans off.',
    }));
  }

  /** Only what would be written counts: a licence that is there already is evidently allowed. */
  #notOffered({ usageLocation }: UserLicenses, before: TouchedState, target: TouchedState): readonly Block[] {
    const { contents, closed, subscribed } = this.#rules;
    if (usageLocation === null) return [];
    return change(before, target).addLicenses.flatMap(({ skuId, disabledPlans }) => {
      const on = (contents[skuId] ?? []).filter((plan) => !disabledPlans.includes(plan));
      const names = on
        .filter((plan) => closed.get(plan)?.includes(usageLocation))
        .map((plan) => `${skuName(skuId, subscribed)}:${planName(plan, subscribed)}`);
      if (names.length === 0) return [];
      return {
        code: 'USAGE_LOCATION' as const,
        meaning: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not offered in ${usageLocation}.`,
        remedy: 'Switch it off for users of this country (disabledPlans), or leave them out.',
      };
    });
  }

  #warnings(user: UserLicenses, wish: Wish, { lost }: NonNullable<UserChange['services']>): readonly WarningCode[] {
    const { contents, families } = this.#rules;
    const direct = directLicenses(user);
    const hasMailbox = () =>
      effectivePlans(heldPaths(user), contents).some((plan) => serviceOf(families, plan) === MAILBOX);
    const loses = (service: string) => lost.some((change) => change.service === service);
    const warnings: Readonly<Partial<Record<WarningCode, boolean>>> = {
      GUEST: user.userType === 'Guest',
      ACCOUNT_DISABLED: !user.accountEnabled,
      PERHAPS_SHARED_MAILBOX: !user.accountEnabled && hasMailbox(),
      LOSES_MAILBOX: loses(MAILBOX),
      LOSES_PHONE_SYSTEM: loses(PHONE_SYSTEM),
      NOT_HELD: wish.remove.some((skuId) => !holds(user, skuId)),
      STAYS_THROUGH_GROUP: wish.remove.some((skuId) => skuId in direct && groupsOf(user, skuId).length > 0),
    };
    return (Object.keys(warnings) as WarningCode[]).filter((code) => warnings[code]);
  }
}

function unreadable(ref: string, wish: number, { code, message }: Failure): UserPlan {
  const { meaning, remedy } = meaningOf(code);
  const signature = blocked({ wish, before: {}, paths: [], blocks: [{ code, meaning, remedy }] });
  const said = code === 'USER_NOT_FOUND' ? `The directory has no user "${ref}".` : `${ref}: ${meaning} (${message})`;
  return { id: ref, upn: ref, name: ref, signature, read: null, failure: { code, message: said } };
}

/** Everything about a user that the rules look at. */
function circumstancesOf(user: UserLicenses, wish: number): string {
  const { paths, usageLocation, accountEnabled, userType, isManagementRestricted } = user;
  const held = paths.map(({ skuId, assignedByGroup, state, disabledPlans }) =>
    [skuId, assignedByGroup, state, ...disabledPlans].join(),
  );
  return JSON.stringify([wish, usageLocation, accountEnabled, userType, isManagementRestricted, held.sort()]);
}

function failureOf(name: string, blocks: readonly Block[]): Pick<PlannedUser, 'failure'> {
  const [first] = blocks;
  if (first === undefined) return {};
  return { failure: { code: first.code, message: `${name}: ${blocks.map(({ meaning }) => meaning).join(' ')}` } };
}

/** Problems of wishes and plans; those of requests alone (terms, approvers) do not come here. */
function blockOf({ code, message, remedy }: Problem): Block {
  return { code: code as BlockCode, meaning: message, remedy };
}

function missingLocation({ usageLocation }: UserLicenses, { add }: Wish): readonly Block[] {
  if (add.length === 0 || usageLocation !== null) return [];
  return [
    {
      code: 'USAGE_LOCATION',
      meaning: 'There is no usage location, so no licence can be assigned.',
      remedy: 'Set it in the directory (a two-letter country code), then plan again.',
    },
  ];
}

function protection({ isManagementRestricted }: UserLicenses): readonly Block[] {
  if (!isManagementRestricted) return [];
  const { meaning, remedy } = meaningOf('RESTRICTED_OBJECT');
  return [{ code: 'RESTRICTED_OBJECT', meaning, remedy }];
}

function holds(user: UserLicenses, skuId: SkuId): boolean {
  return user.paths.some((path) => path.skuId === skuId);
}

/** The paths on which these products are assigned, also where one is in error; in one order, so that equal is equal. */
function pathsOf({ paths }: UserLicenses, skuIds: readonly SkuId[]): readonly HeldPath[] {
  const order = ({ skuId, group }: HeldPath) => `${skuId} ${group ?? ''}`;
  return paths
    .filter(({ skuId }) => skuIds.includes(skuId))
    .map(({ skuId, disabledPlans, assignedByGroup }) => ({ skuId, disabledPlans, group: assignedByGroup }))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

const NOTHING = { services: null, seatsNeeded: [], seatsToRestore: [], blocks: [], warnings: [] } as const;

function already(part: Pick<Signature, 'wish' | 'before' | 'target' | 'paths'>): Signature {
  return keyed({ ...NOTHING, ...part, outcome: 'already' });
}

/** Nothing is written to whoever is blocked, so what they hold is also what they will hold. */
function blocked(part: Pick<Signature, 'wish' | 'before' | 'paths' | 'blocks'>): Signature {
  return keyed({ ...NOTHING, ...part, target: part.before, outcome: 'blocked' });
}

/** Ids and codes only: a signature keeps its key when a product or a group gets another name. */
function keyed(signature: Omit<Signature, 'key'>): Signature {
  const { wish, before, target, paths, services, blocks, warnings } = signature;
  const content = {
    ...{ wish, before, target, warnings },
    paths: paths.map(({ skuId, disabledPlans, group }) => ({ skuId, disabledPlans, group })),
    services: services === null ? null : servicesById(services),
    blocks: blocks.map(({ code }) => code),
  };
  return { key: digestOf(content).slice(0, SIGNATURE_DIGITS), ...signature };
}
