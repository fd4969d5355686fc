import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { LicenseRequest, Problem, RequestView, WantedProduct } from '../../src/contracts/license-request.js';
import { isFinal } from '../../src/contracts/license-request.js';
import { planText } from '../../src/contracts/request-story.js';
import { GraphError } from '../../src/simulator/graph-error.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import type { SkuPartNumber } from '../../src/simulator/seed/sku-ids.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { inParallel } from '../integration/in-parallel.js';
import { testSeed } from '../integration/seed.js';
import { testSize } from '../integration/size.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import type { Swap } from '../support/swaps.js';
import { brokenRules, CONTENTS, familyOf, nameOf, PAIRS, planIdOf, SEVERAL } from '../support/swaps.js';
import { until } from '../support/until.js';

const E3_TO_E5: Swap = { from: ['ENTERPRISEPACK'], to: ['ENTERPRISEPREMIUM'] };
/** What Office 365 E5 does not have, by Microsoft's table. */
const LOSING = ['copilot-chat-protection', 'lighthouse-customer', 'nucleus', 'teams-avatars', 'teams-immersive'];
const AT_ONCE = 6;
const QUESTIONS_MAX = 12;

describe('a swap that keeps plans', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ stages: [oneApproval] });
    for (const skuId of Object.values(SKU)) playground.tenant.setSeats(skuId, { enabled: 1_000 });
  });
  beforeEach(() => {
    playground.policy = { ...playground.policy, planDependencies: [] };
  });
  after(() => playground.close());

  const wishOf = ({ from, to }: Swap, more: Partial<WantedProduct> = {}): Partial<LicenseRequest> => ({
    add: to.map((sku) => ({ sku, disabledPlans: [], keepPlans: true, ...more })),
    remove: [...from],
  });

  async function problemsOf(person: { userPrincipalName: string }, wish: Partial<LicenseRequest>) {
    const request = playground.request(playground.wishOf(person, wish));
    const answer = await playground.licenseflow.requests.submit(request, actor(request.requester));
    if (answer.outcome === 'recorded') throw new Error('There is a worker, so it is checked.');
    return answer.problems;
  }

  /** Approves whatever is asked, as often as it is asked. */
  async function approvedUntilItEnds(requestId: string): Promise<RequestView> {
    for (let questions = 0; questions < QUESTIONS_MAX; questions++) {
      const view = await until(
        `request ${requestId} to ask or to end`,
        () => playground.licenseflow.requests.view(requestId),
        ({ state }) => state === 'waiting-for-approval' || isFinal(state),
      );
      if (isFinal(view.state)) return view;
      await playground.approve(requestId);
    }
    throw new Error(`asked more than ${QUESTIONS_MAX} times`);
  }

  async function swapped(person: UserRecord, wish: Partial<LicenseRequest>): Promise<RequestView> {
    const done = await approvedUntilItEnds(await playground.submitted(playground.wishOf(person, wish)));
    assert.equal(done.state, 'done', JSON.stringify([done.lastFailure, done.problems]));
    return done;
  }

  describe('leaves people without a service off', () => {
    const off = [PLAN.EXCHANGE_S_ENTERPRISE, PLAN.FORMS_PLAN_E3, PLAN.SWAY];
    const offAfter = [
      ...[PLAN.EXCHANGE_S_ENTERPRISE, PLAN.FORMS_PLAN_E5, PLAN.SWAY],
      ...[PLAN.ATP_ENTERPRISE, PLAN.THREAT_INTELLIGENCE],
    ].sort();
    const hire = () => playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: off }] });

    it('where Graph teaches on the way that Defender needs it: the new plan is asked again, and ends right', async () => {
      const person = hire();
      const done = await swapped(person, { ...wishOf(E3_TO_E5), losing: LOSING });
      assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPREMIUM]: offAfter });
      assert.equal(done.revision, 3, 'one question for each plan that Graph named');
      assert.equal(done.timeline.filter(({ text }) => /^Graph refused the change and named/.test(text)).length, 2);
      assert.ok(!done.timeline.some(({ text }) => /changed since/.test(text)), 'nobody changed anything');
      assert.equal(playground.effectiveWrites(person.id).length, 1);
      assert.deepEqual(
        done.plan?.services.offWithAnother.map(({ planId }) => planId),
        [PLAN.ATP_ENTERPRISE, PLAN.THREAT_INTELLIGENCE],
      );
      assert.deepEqual([done.needsAttention, done.undone], [[], []]);
    });

    it('at once where the operator knew', async () => {
      const planDependencies = [
        { plan: 'ATP_ENTERPRISE', needs: ['EXCHANGE_S_STANDARD', 'EXCHANGE_S_ENTERPRISE'] },
        { plan: 'THREAT_INTELLIGENCE', needs: ['ATP_ENTERPRISE'] },
        { plan: 'NO_SUCH_PLAN', needs: ['SWAY'] },
        { plan: 'TEAMS1', needs: ['MISSPELT'] },
      ];
      playground.policy = { ...playground.policy, planDependencies };
      const person = hire();
      const done = await swapped(person, { ...wishOf(E3_TO_E5), losing: LOSING });
      assert.deepEqual(playground.held(person.id), { [SKU.ENTERPRISEPREMIUM]: offAfter });
      assert.deepEqual([done.revision, playground.writes(person.id).length], [1, 1]);
    });

    it('and tells approvers everything beforehand', async () => {
      const requestId = await playground.submitted(playground.wishOf(hire(), { ...wishOf(E3_TO_E5), losing: LOSING }));
      const { plan } = await playground.licenseflow.requests.view(requestId);
      assert.ok(plan !== null);
      const text = planText(plan, 'in-full').join('\n');
      assert.match(text, /^Kept off: .*EXCHANGE_S_ENTERPRISE.*SWAY|^Kept off: .*SWAY.*EXCHANGE_S_ENTERPRISE/m);
      assert.match(text, /^Kept off, as their services were: FORMS_PLAN_E5$/m);
      assert.match(text, /^Higher tier: .*power-automate \(FLOW_O365_P2 -> FLOW_O365_P3\)/m);
      assert.match(text, /^New services: .*teams-phone \(MCOEV\)/m);
      assert.match(text, /^Services lost: copilot-chat-protection \(Bing_Chat_Enterprise\), .*teams-immersive/m);
    });
  });

  it('asks about a family that is half on, and names the plans and both answers', async () => {
    // Two products of which one has Forms of E3 off and the other has Forms of E1 on.
    playground.tenant.addPlan(SKU.EMS, {
      servicePlanId: PLAN.FORMS_PLAN_E1,
      servicePlanName: 'FORMS_PLAN_E1',
      appliesTo: 'User',
    });
    const mixed = playground.hire({
      licenses: [
        { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.FORMS_PLAN_E3] },
        { skuId: SKU.EMS, disabledPlans: [] },
      ],
    });
    const swap: Swap = { from: ['ENTERPRISEPACK', 'EMS'], to: ['SPE_E5'] };
    const [problem, ...others] = await problemsOf(mixed, wishOf(swap));
    playground.tenant.removePlan(SKU.EMS, PLAN.FORMS_PLAN_E1);
    assert.deepEqual([problem?.code, others], ['PLAN_UNCLEAR', []]);
    assert.match(
      problem?.message ?? '',
      /SPE_E5:FORMS_PLAN_E5 \(forms\).*FORMS_PLAN_E1 was on and FORMS_PLAN_E3 was off/,
    );
    assert.match(problem?.remedy ?? '', /--disable-plan SPE_E5:FORMS_PLAN_E5 .*--enable-plan SPE_E5:FORMS_PLAN_E5/);
    assert.deepEqual(playground.writes(mixed.id), []);
  });

  describe('is refused, with nothing written, where', () => {
    const unchanged = async (person: { id: string; userPrincipalName: string }, wish: Partial<LicenseRequest>) => {
      const held = playground.held(person.id);
      const problems = await problemsOf(person, wish);
      assert.deepEqual([playground.held(person.id), playground.writes(person.id)], [held, []]);
      return problems;
    };
    const hire = () => playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPREMIUM, disabledPlans: [] }] });
    const only = (problems: readonly Problem[], code: Problem['code']): Problem => {
      const [problem] = problems;
      assert.deepEqual(
        problems.map((other) => other.code),
        [code],
      );
      assert.ok(problem !== undefined);
      return problem;
    };

    it('a service would be lost that nobody named', async () => {
      const down: Swap = { from: ['ENTERPRISEPREMIUM'], to: ['ENTERPRISEPACK'] };
      const { message, remedy } = only(await unchanged(hire(), wishOf(down)), 'SERVICE_LOST');
      assert.match(message, /services would be lost and are not named: .*teams-phone/);
      assert.doesNotMatch(message, /forms/, 'a lower tier is no loss');
      assert.doesNotMatch(remedy, /teams-phone/, 'said once');
      assert.match(remedy, /--losing ENTERPRISEPREMIUM stands for all/);
    });

    it('a product is swapped for itself', async () => {
      const itself: Swap = { from: ['ENTERPRISEPREMIUM'], to: ['ENTERPRISEPREMIUM'] };
      only(await unchanged(hire(), wishOf(itself)), 'SAME_SKU_ADDED_AND_REMOVED');
    });

    it('a plan is named that the product of the tenant does not have', async () => {
      const wish = wishOf({ from: ['ENTERPRISEPREMIUM'], to: ['SPE_E5'] }, { enabledPlans: ['FORMS_PLAN_E6'] });
      const { message, remedy } = only(await unchanged(hire(), wish), 'UNKNOWN_PLAN');
      assert.match(message, /SPE_E5 .*"FORMS_PLAN_E6"/);
      assert.match(remedy, /Did you mean FORMS_PLAN_E5\?/);
    });

    it('a plan is named both ways, once by its id', async () => {
      const named = { disabledPlans: ['SWAY'], enabledPlans: [PLAN.SWAY.toUpperCase()] };
      const wish = wishOf({ from: ['ENTERPRISEPREMIUM'], to: ['SPE_E5'] }, named);
      assert.match(only(await unchanged(hire(), wish), 'PLAN_UNCLEAR').message, /SWAY of SPE_E5/);
    });

    it('a service is named that there is not', async () => {
      const wish = { ...wishOf({ from: ['ENTERPRISEPREMIUM'], to: ['SPE_E5'] }), losing: ['exchange-onlin'] };
      assert.match(only(await unchanged(hire(), wish), 'UNKNOWN_PLAN').remedy, /Did you mean exchange-online\?/);
    });

    it('a plan is wanted on that needs one which is off', async () => {
      playground.policy = {
        ...playground.policy,
        planDependencies: [{ plan: 'ATP_ENTERPRISE', needs: ['EXCHANGE_S_ENTERPRISE'] }],
      };
      const off = { skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.EXCHANGE_S_ENTERPRISE] };
      const wish = wishOf(E3_TO_E5, { enabledPlans: ['ATP_ENTERPRISE'] });
      const { message } = only(await unchanged(playground.hire({ licenses: [off] }), wish), 'PLAN_DEPENDENCY');
      assert.match(message, /ATP_ENTERPRISE of ENTERPRISEPREMIUM .*needs EXCHANGE_S_ENTERPRISE/);
    });

    it('only a group gives the source, named with its kind', async () => {
      const { message } = only(
        await unchanged(PEOPLE.irvin, wishOf({ from: ['SPE_F1'], to: ['SPE_E3'] })),
        'INHERITED_FROM_GROUP',
      );
      assert.match(message, /SPE_F1 only through the dynamic group "Frontline workers"/);
    });

    it('a group gives the source as well, so that both products would be held', async () => {
      const person = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] });
      playground.tenant.addMember(GROUPS.sales.id, person.id);
      await playground.tenant.settled();
      const { message } = only(await unchanged(person, wishOf(E3_TO_E5)), 'INHERITED_FROM_GROUP');
      assert.match(message, /also through the group "Sales", and would keep it/);
    });
  });

  describe('of any product for any other', () => {
    it('takes one write, switches nothing on that was off, and takes nothing that nobody named', async function () {
      this.timeout(600_000);
      const seed = testSeed('test/workflows/request-swaps.test.ts');
      const swaps = [...PAIRS, ...SEVERAL];
      const count = testSize('swaps', 15, swaps.length);
      const [chosen = []] = fc.sample(fc.subarray(swaps, { minLength: count, maxLength: count }), { seed, numRuns: 1 });
      const cases = chosen.map((swap, i) => {
        const off = fc.tuple(...swap.from.map((sku) => fc.subarray([...CONTENTS[sku]])));
        const [given] = fc.sample(fc.record({ off, keepOff: fc.boolean() }), { seed: seed + i, numRuns: 1 });
        if (given === undefined) throw new Error('One sample was asked for.');
        return { swap, person: hired(swap, given.off), keepOff: given.keepOff };
      });
      const ends = await inParallel(cases, AT_ONCE, play);
      const broken = [...ends].flatMap(([{ swap }, mistakes]) => mistakes.map((text) => `${nameOf(swap)}: ${text}`));
      assert.deepEqual(broken, []);
    });

    const BESIDE = { skuId: SKU.FLOW_FREE, disabledPlans: CONTENTS.FLOW_FREE.slice(0, 1) };

    /** Somebody with the products that go, with these plans off and those that therefore have to be, and another one. */
    function hired({ from }: Swap, off: readonly (readonly string[])[]): UserRecord {
      const licenses = from.map((sku, i) => ({ skuId: SKU[sku], disabledPlans: [...(off[i] ?? [])] }));
      const { id } = playground.hire({ licenses: [BESIDE] });
      for (;;) {
        try {
          return playground.tenant.changeLicenses(id, { addLicenses: licenses });
        } catch (error) {
          const dependent = error instanceof GraphError ? /service plan (\S+) depends on/.exec(error.message)?.[1] : '';
          if (!dependent) throw error;
          for (const license of licenses)
            if (!license.disabledPlans.includes(dependent)) license.disabledPlans.push(dependent);
          for (const [i, sku] of from.entries())
            licenses[i] = {
              skuId: SKU[sku],
              disabledPlans: (licenses[i]?.disabledPlans ?? []).filter((plan) => CONTENTS[sku].includes(plan)),
            };
        }
      }
    }

    interface Case {
      readonly swap: Swap;
      readonly person: UserRecord;
      /** Whether unclear plans are kept off. */
      readonly keepOff: boolean;
    }

    /** Submits as the answers advise until it is accepted, has it approved, and looks at what really happened. */
    async function play({ swap, person, keepOff }: Case): Promise<readonly string[]> {
      const { tenant } = playground;
      const seen = tenant.userTimeline(person.id).length;
      const start = tenant.userTimeline(person.id).at(-1);
      const { wish, done } = await carriedOut(person, await advised(person, wishOf(swap), keepOff));
      const entries = tenant.userTimeline(person.id).slice(seen);
      const [end, ...more] = entries;
      if (done.state !== 'done' || end === undefined || start === undefined || more.length > 0)
        return [`${done.state} after ${entries.length} changes: ${JSON.stringify([done.lastFailure, done.problems])}`];

      const directOf = (user: UserRecord, skuId: string) => user.licensePaths.find((path) => path.skuId === skuId);
      const lost = start.services.filter((plan) => !end.services.includes(plan)).map(familyOf);
      const goesOn = new Set(end.services.map(familyOf));
      const saidLost = new Set([
        ...(wish.losing ?? []).map((name) => familyOf(planIdOf(name))),
        ...(wish.add ?? []).flatMap(({ disabledPlans }) => disabledPlans.map((name) => familyOf(planIdOf(name)))),
      ]);
      const rules = brokenRules({
        removed: swap.from.map((sku) => ({
          plans: CONTENTS[sku],
          off: directOf(person, SKU[sku])?.disabledPlans ?? [],
        })),
        added: (wish.add ?? []).map(({ sku, disabledPlans, enabledPlans = [] }) => {
          const skuId = SKU[sku as SkuPartNumber];
          return {
            plans: CONTENTS[sku as SkuPartNumber],
            off: directOf(end.user, skuId)?.disabledPlans ?? ['not held'],
            named: { off: disabledPlans.map(planIdOf), on: enabledPlans.map(planIdOf) },
            offWithAnother: (done.plan?.services.offWithAnother ?? [])
              .filter((plan) => plan.skuId === skuId)
              .map(({ planId }) => planId),
          };
        }),
        before: start.services,
        after: end.services,
      });
      return [
        ...rules,
        ...lost.filter((service) => !goesOn.has(service) && !saidLost.has(service)).map((s) => `${s} is lost unsaid`),
        ...end.services
          .filter((plan) => !start.services.includes(plan) && done.plan?.effects.gained.includes(plan) !== true)
          .map((plan) => `${plan} is on, and the plan did not say so`),
        ...(JSON.stringify(directOf(end.user, BESIDE.skuId)) === JSON.stringify(directOf(person, BESIDE.skuId))
          ? []
          : ['the product beside was touched']),
        ...swap.from.filter((sku) => directOf(end.user, SKU[sku])).map((sku) => `${sku} is still held`),
        ...(playground.effectiveWrites(person.id).length === 1 ? [] : ['written more than once']),
      ];
    }

    /** Where Graph teaches that a plan cannot be on which the answers had on, it is kept off after all. */
    async function carriedOut(
      person: UserRecord,
      wish: Partial<LicenseRequest>,
    ): Promise<{ readonly wish: Partial<LicenseRequest>; readonly done: RequestView }> {
      const done = await approvedUntilItEnds(await playground.submitted(playground.wishOf(person, wish)));
      const [problem] = done.problems;
      const refused = /^(\S+) of (\S+) shall be on, and it needs/.exec(problem?.message ?? '');
      if (done.state !== 'failed' || problem?.code !== 'PLAN_DEPENDENCY' || refused === null) return { wish, done };
      const [, plan = '', sku] = refused;
      const add = (wish.add ?? []).map((product) =>
        product.sku === sku
          ? {
              ...product,
              disabledPlans: [...product.disabledPlans, plan],
              enabledPlans: (product.enabledPlans ?? []).filter((other) => other !== plan),
            }
          : product,
      );
      return carriedOut(person, { ...wish, add });
    }

    /** Adds what the remedies of a refusal say, until the request is accepted. The probes ask nobody. */
    async function advised(
      person: UserRecord,
      wish: Partial<LicenseRequest>,
      keepOff: boolean,
    ): Promise<Partial<LicenseRequest>> {
      const problems = await problemsOfProbe(person, wish);
      if (problems.length === 0) return wish;
      let next = wish;
      for (const { code, message, remedy } of problems) {
        const lost = /would be lost and (?:is|are) not named: (.+)\.$/.exec(message)?.[1];
        const plan = /--disable-plan (\S+):(\S+) /.exec(remedy);
        if (code === 'SERVICE_LOST' && lost !== undefined)
          next = { ...next, losing: [...(next.losing ?? []), ...lost.split(', ')] };
        else if (code === 'PLAN_UNCLEAR' && plan !== null)
          next = {
            ...next,
            add: (next.add ?? []).map((product) => answered(product, plan[1], plan[2] ?? '', keepOff)),
          };
        else throw new Error(`${code}: ${remedy}`);
      }
      return advised(person, next, keepOff);
    }

    function answered(product: WantedProduct, sku: string | undefined, plan: string, keepOff: boolean): WantedProduct {
      if (product.sku !== sku) return product;
      return keepOff
        ? { ...product, disabledPlans: [...product.disabledPlans, plan] }
        : { ...product, enabledPlans: [...(product.enabledPlans ?? []), plan] };
    }

    /** Asks, and takes the question back where it was a good one. */
    async function problemsOfProbe(person: UserRecord, wish: Partial<LicenseRequest>): Promise<readonly Problem[]> {
      const request = playground.request(playground.wishOf(person, wish));
      const answer = await playground.licenseflow.requests.submit(request, actor(request.requester));
      if (answer.outcome === 'recorded') throw new Error('There is a worker, so it is checked.');
      if (answer.outcome === 'accepted')
        await playground.licenseflow.requests.withdraw(request.requestId, actor(request.requester), 'a probe');
      return answer.problems;
    }
  });
});
