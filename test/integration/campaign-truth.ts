/**
 * What a campaign says of its users, checked against what the simulator saw of each of them. Nothing here shares a line
 * with the code that plans or writes.
 */
import type { CampaignUser } from '../../src/client/index.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { CONTENTS } from '../support/swaps.js';
import { directText, holdingOf, type Holding } from './verdict.js';

/** Of a campaign that moves people from this product to that one. */
const [FROM, TO] = [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM];
/** Plans that both have: nobody may lose one of them for a moment. */
const SHARED = CONTENTS.ENTERPRISEPACK.filter((plan) => CONTENTS.ENTERPRISEPREMIUM.includes(plan));

/** One state of a person, and whether this application brought it about or somebody else. */
interface Step {
  readonly by: 'campaign' | 'other';
  readonly holding: Holding;
}

/** What became of one person since the snapshot. */
function stepsOf(tenant: Tenant, userId: string): readonly Step[] {
  return tenant
    .userTimeline(userId)
    .slice(1)
    .map(({ user, cause }) => ({ by: cause?.by === 'call' ? 'campaign' : 'other', holding: holdingOf(user) }));
}

export function snapshotOf(tenant: Tenant, users: readonly string[]): ReadonlyMap<string, Holding> {
  return new Map(users.map((id) => [id, holdingOf(tenant.user(id))]));
}

/** Every promise that is broken when all waves are over, as a sentence with the user. */
export function brokenByRun(tenant: Tenant, user: CampaignUser, before: Holding): readonly string[] {
  return named(user, [...afterRun(tenant, user, before), ...onTheWay(tenant, user, before)]);
}

/** The same when everything was taken back. */
export function brokenByRollback(tenant: Tenant, user: CampaignUser, before: Holding): readonly string[] {
  return named(user, [...afterRollback(tenant, user, before), ...onTheWay(tenant, user, before)]);
}

function* afterRun(tenant: Tenant, user: CampaignUser, before: Holding): Generator<string> {
  const steps = stepsOf(tenant, user.id ?? '');
  const ours = steps.filter(({ by }) => by === 'campaign');
  const wasChanged = steps.length > ours.length;
  switch (user.state) {
    case 'done':
      if (ours.length !== 1) yield `is done after ${String(ours.length)} effective writes`;
      if (ours[0]?.holding.direct !== targetOf(user, before))
        yield `is done, and held ${String(ours[0]?.holding.direct)}`;
      if (!wasChanged && holdingOf(tenant.user(user.id ?? '')).direct !== targetOf(user, before))
        yield 'is not at the target';
      return;
    case 'drifted':
      if (!wasChanged) yield 'is called drifted, and nobody else changed it';
      if (ours.length > 1) yield `is drifted after ${String(ours.length)} effective writes`;
      return;
    case 'already':
    case 'blocked':
    case 'failed':
      if (ours.length > 0) yield `is ${user.state}, and was changed`;
      return;
    default:
      yield `has no outcome: ${user.state}`;
  }
}

function* afterRollback(tenant: Tenant, user: CampaignUser, before: Holding): Generator<string> {
  const steps = stepsOf(tenant, user.id ?? '');
  const ours = steps.filter(({ by }) => by === 'campaign');
  const wasChanged = steps.length > ours.length;
  const now = holdingOf(tenant.user(user.id ?? ''));
  if (now.direct !== before.direct && !wasChanged) yield `holds ${now.direct} and held ${before.direct}`;
  switch (user.state) {
    case 'restored':
      if (ours.length !== 2) yield `is restored after ${String(ours.length)} effective writes`;
      if (now.direct !== before.direct && steps.at(-1)?.by !== 'other') yield 'is called restored';
      return;
    case 'left-alone':
    case 'drifted':
      if (!wasChanged) yield `is ${user.state}, and nobody else changed it`;
      // Whoever changes a user between the write and the read that should show it is not overwritten either.
      if (steps.at(-1)?.by !== 'other') yield `is ${user.state}, and was written after somebody else's change`;
      return;
    case 'already':
    case 'blocked':
    case 'failed':
      if (ours.length > 0) yield `is ${user.state}, and was changed`;
      return;
    default:
      yield `was not taken back: ${user.state}`;
  }
}

/** Whatever the outcome: only what was asked for, by us, and nothing else is ever touched. */
function* onTheWay(tenant: Tenant, user: CampaignUser, before: Holding): Generator<string> {
  const steps = stepsOf(tenant, user.id ?? '');
  for (const { by, holding } of steps) {
    if (untouched(holding) !== untouched(before)) yield `another product was touched: ${holding.direct}`;
    if (holding.inherited !== before.inherited) yield 'what groups give has changed';
    const known = [before.direct, targetOf(user, before)];
    if (by === 'campaign' && !known.includes(holding.direct))
      yield `was in a state that nobody asked for: ${holding.direct}`;
  }
}

/** Everybody of these who was without a service for a moment that both products have. */
export function everWithout(tenant: Tenant, users: readonly string[]): readonly string[] {
  const gaps = SHARED.flatMap((plan) => tenant.withoutService({ anyOf: [plan] }));
  const ids = new Set(gaps.map(({ userId }) => userId));
  return users.filter((id) => ids.has(id));
}

/** What the person shall hold directly: the plan's target of the new product, and everything else as before. */
function targetOf({ target }: CampaignUser, before: Holding): string {
  const direct = new Map(JSON.parse(before.direct) as [string, readonly string[]][]);
  direct.delete(FROM);
  direct.set(TO, [...(target?.[TO] ?? [])].sort());
  return directText(Object.fromEntries(direct));
}

function untouched({ direct }: Holding): string {
  const held = JSON.parse(direct) as [string, readonly string[]][];
  return JSON.stringify(held.filter(([skuId]) => skuId !== FROM && skuId !== TO));
}

/**
 * Somebody else switches one plan of the product that the person holds now.
 *
 * @returns whether there was something to change.
 */
export function meddle(tenant: Tenant, userId: string, planId: string): boolean {
  const path = tenant.user(userId).licensePaths.find(isTouched);
  if (path === undefined) return false;
  const off = path.disabledPlans.includes(planId)
    ? path.disabledPlans.filter((plan) => plan !== planId)
    : [...path.disabledPlans, planId];
  tenant.changeLicenses(userId, { addLicenses: [{ skuId: path.skuId, disabledPlans: off }] });
  return true;
}

function isTouched({ skuId, assignedByGroup }: UserRecord['licensePaths'][number]): boolean {
  return assignedByGroup === null && (skuId === FROM || skuId === TO);
}

function named({ user, state, code, message }: CampaignUser, broken: readonly string[]): readonly string[] {
  return broken.map((text) => `${user} (${state}${code === null ? '' : `, ${code}: ${String(message)}`}) ${text}`);
}
