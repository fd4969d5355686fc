import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import * as fc from 'fast-check';
import type { LicenseRequest, RequestView } from '../../src/contracts/license-request.js';
import { isFinal } from '../../src/contracts/license-request.js';
import { LicenseflowError } from '../../src/client/index.js';
import { GraphError } from '../../src/simulator/graph-error.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN_RULES } from '../../src/simulator/seed/plan-rules.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { actor, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { answered, isUnanswered } from './answered.js';
import type { RandomCase, RandomLicense, RandomTrouble } from './random-case.js';
import { LATE_MS_MAX, randomCase, TROUBLES } from './random-case.js';
import { inParallel } from './in-parallel.js';
import { testSeed } from './seed.js';
import { testSize } from './size.js';
import type { Direct, Holding } from './verdict.js';
import { brokenPromises, directText, holdingOf, holdingsSince } from './verdict.js';

/** More than this at once in each tenant, and calls time out for want of a processor instead of by chance. */
const AT_ONCE = 6;
const APPROVER = PEOPLE.johanna.userPrincipalName;
/** Another state of the same person is looked for only now and then: a query costs a workflow task. */
const LOOK_AGAIN_MS = 100;
const PATIENCE_MS = 60_000;

/** Somebody with a wish, ready to be submitted. */
interface Applicant {
  readonly number: number;
  readonly given: RandomCase;
  readonly request: LicenseRequest;
  readonly userId: string;
  readonly before: Holding;
  readonly target: string;
  /** Length of the person's timeline before the request. */
  readonly seen: number;
}

describe('a request among random faults', () => {
  it('ends exactly at its target, exactly at its start, or says what is left', async function () {
    this.timeout(600_000);
    const count = testSize('requests', 40, 80);
    const seed = testSeed('test/integration/random-faults.test.ts');
    const cases = fc.sample(randomCase, { seed, numRuns: count }).map((given, number) => ({ given, number }));
    const worlds = await Promise.allSettled(
      TROUBLES.map((trouble, i) =>
        play(
          trouble,
          cases.filter(({ number }) => number % TROUBLES.length === i),
        ),
      ),
    );
    const played = worlds.flatMap((world) => {
      if (world.status === 'rejected') throw world.reason;
      return world.value;
    });
    const ends = countBy(played.map(({ view }) => view.state));
    console.log(`      ${JSON.stringify(ends)}`);

    const broken = played.filter(({ promises }) => promises.length > 0);
    assert.deepEqual(
      broken.map(({ applicant, promises, view }) => ({
        case: applicant.number,
        promises,
        given: JSON.stringify(applicant.given),
        timeline: view.timeline.map(({ text }) => text),
      })),
      [],
    );
    // A property that only ever sees refusals would prove nothing.
    assert.ok((ends['done'] ?? 0) >= count / 10, 'hardly anything was done');
  });
});

interface Played {
  readonly applicant: Applicant;
  readonly view: RequestView;
  readonly promises: readonly string[];
}

/** All cases of one tenant, at the same time. */
async function play(
  trouble: RandomTrouble,
  cases: readonly { readonly given: RandomCase; readonly number: number }[],
): Promise<readonly Played[]> {
  const playground = await Playground.open({
    tenant: { options: trouble.options },
    stages: [stageOf('it', [{ users: [APPROVER] }])],
    seatWaitMs: 3_000,
    // Some calls are answered later than anyone waits for them.
    timeoutMs: LATE_MS_MAX - 300,
    pace: {
      verify: { firstMs: 20, factor: 2, maxMs: 200, deadlineMs: LATE_MS_MAX + 300 },
      again: { firstMs: 20, factor: 2, maxMs: 400, deadlineMs: 15_000 },
      settleMs: LATE_MS_MAX + 500,
    },
  });
  try {
    const { tenant } = playground;
    for (const skuId of Object.values(SKU)) tenant.setSeats(skuId, { enabled: 10_000 });
    const applicants: Applicant[] = [];
    for (const { given, number } of cases) applicants.push(await settle(tenant, given, number));
    // Late reads must not show people on their way into the tenant.
    await pause(LATE_MS_MAX + 200);
    for (const fault of trouble.faults) tenant.addFault(fault);
    const views = await inParallel(applicants, AT_ONCE, (applicant) => live(playground, applicant));
    // Calls that nobody waits for any more may still do something.
    await pause(LATE_MS_MAX + 200);
    return applicants.map((applicant) => {
      const view = views.get(applicant);
      if (view === undefined) throw new Error('Every applicant has a view.');
      const { userId, seen, before, request, given } = applicant;
      const target = withDependents(applicant.target, view);
      const since = holdingsSince(tenant, userId, seen);
      const losesSeat = given.faults.some(({ fault }) => fault.kind === 'graph-error' && fault.error === 'E5');
      return { applicant, view, promises: brokenPromises({ before, target, since, request, view, losesSeat }) };
    });
  } finally {
    await playground.close();
  }
}

/** Makes the person of a case, with as much of what they shall hold as the tenant's rules allow. */
async function settle(tenant: Tenant, given: RandomCase, number: number): Promise<Applicant> {
  const userPrincipalName = `case${number}@contoso.com`;
  const { id: userId } = tenant.createUser({ userPrincipalName, displayName: `Case ${number}`, usageLocation: 'DE' });
  for (const group of given.groups) tenant.addMember(GROUPS[group].id, userId);
  await tenant.settled();
  for (const license of given.held) give(tenant, userId, license);
  if (given.usageLocation !== 'DE') tenant.updateUser(userId, { usageLocation: given.usageLocation });

  const before = holdingOf(tenant.user(userId));
  const held = new Map(JSON.parse(before.direct) as [string, readonly string[]][]);
  const add = given.add.map(({ sku, off }) => ({ sku, disabledPlans: plansAt(tenant, sku, off) }));
  const remove = [...given.removeHeld.map((i) => given.held[i]?.sku), given.removeAny ?? undefined].filter(
    (sku, i, all) => sku !== undefined && all.indexOf(sku) === i && !add.some((added) => added.sku === sku),
  ) as RandomLicense['sku'][];
  for (const sku of remove) held.delete(SKU[sku]);
  for (const { sku, disabledPlans } of add) held.set(SKU[sku], [...disabledPlans].sort());
  for (const fault of given.faults) tenant.addFault({ ...fault, match: { ...fault.match, userId } });
  const request: LicenseRequest = {
    requestId: `${tenant.id}-${number}`,
    requester: userPrincipalName,
    subject: userPrincipalName,
    add,
    remove,
    losing: remove,
    ...(given.setLocation !== null && { usageLocation: given.setLocation }),
    justification: 'chance',
  };
  const target = directText(Object.fromEntries(held) satisfies Direct);
  return { number, given, request, userId, before, target, seen: tenant.userTimeline(userId).length };
}

/** What was approved in the end: the wish, and off what needs a plan that is off by the tenant's own rules. */
function withDependents(target: string, { plan }: RequestView): string {
  const direct = new Map(JSON.parse(target) as [string, string[]][]);
  for (const { skuId, planId, needs } of plan?.services.offWithAnother ?? []) {
    assert.deepEqual(needs, PLAN_RULES.dependencies[planId], 'switched off without a reason');
    direct.get(skuId)?.push(planId);
  }
  return directText(Object.fromEntries([...direct].map(([skuId, off]) => [skuId, [...new Set(off)].sort()])));
}

function give(tenant: Tenant, userId: string, { sku, off }: RandomLicense): void {
  try {
    tenant.changeLicenses(userId, {
      addLicenses: [{ skuId: SKU[sku], disabledPlans: plansAt(tenant, sku, off) }],
    });
  } catch (error) {
    // Not everything goes together; then the person starts without it.
    if (!(error instanceof GraphError)) throw error;
  }
}

function plansAt(tenant: Tenant, sku: RandomLicense['sku'], positions: readonly number[]): string[] {
  const plans = tenant.skus().find(({ skuId }) => skuId === SKU[sku])?.servicePlans ?? [];
  return positions.flatMap((position) => plans[position]?.servicePlanId ?? []);
}

/** Submits, approves whatever is asked, withdraws where the case says so, and comes back with the last view. */
async function live({ licenseflow: { requests } }: Playground, applicant: Applicant): Promise<RequestView> {
  const { request, given } = applicant;
  const { requestId } = request;
  const who = actor(request.requester);
  const tried = async (work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      // A command that met a failed workflow task has not been taken; it is given again.
      if (error instanceof LicenseflowError || error instanceof ServiceError) return false;
      throw error;
    }
  };
  await answered(() => requests.submit(request, who), isUnanswered, PATIENCE_MS);
  let withdrawAt = Infinity;
  for (;;) {
    const view = await answered(() => requests.view(requestId), isUnanswered, PATIENCE_MS);
    if (isFinal(view.state)) return view;
    if (view.state === 'waiting-for-approval') {
      const digest = view.plan?.digest ?? '';
      const decided = await tried(() =>
        requests.decide(requestId, { actor: actor(APPROVER), verdict: 'approve', digest, stage: view.stage }),
      );
      if (decided && given.withdrawAfterMs !== null)
        withdrawAt = Math.min(withdrawAt, Date.now() + given.withdrawAfterMs);
    }
    if (Date.now() >= withdrawAt) await tried(() => requests.withdraw(requestId, who, 'chance'));
    await pause(LOOK_AGAIN_MS);
  }
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
