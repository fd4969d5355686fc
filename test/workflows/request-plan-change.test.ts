import assert from 'node:assert/strict';
import type { RequestView } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { oneApproval, Playground } from '../support/playground.js';
import { until } from '../support/until.js';

const NEW_PLAN = {
  servicePlanId: '5a1d8f0c-3c1d-4c41-9c8c-7f1a52c0f001',
  servicePlanName: 'BRAND_NEW',
  appliesTo: 'User',
} as const;

describe('a plan that changes between approval and write', () => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.open();
  });
  afterEach(() => playground.close());

  /** Submits, holds the request up between its approval and its snapshot, and meanwhile lets `happen`. */
  async function meanwhile(wish: Parameters<Playground['submitted']>[0], happen: () => void): Promise<string> {
    const requestId = await playground.submitted(wish);
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    await playground.approve(requestId);
    await playground.untilState(requestId, 'waiting-for-seat');
    happen();
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 10);
    return requestId;
  }

  const askedAgain = (requestId: string): Promise<RequestView> =>
    until(
      'the request to be asked again',
      () => playground.licenseflow.requests.view(requestId),
      ({ state, revision }) => state === 'waiting-for-approval' && revision === 2,
    );

  const flow = { sku: 'FLOW_FREE', disabledPlans: [] };
  const emsOff = { sku: 'EMS', disabledPlans: [PLAN.INTUNE_A] };
  const changes: [what: string, happen: (person: UserRecord) => void][] = [
    ['the product gains a plan', () => void playground.tenant.addPlan(SKU.FLOW_FREE, NEW_PLAN)],
    ['the product loses a plan', () => void playground.tenant.removePlan(SKU.EMS, PLAN.MFA_PREMIUM)],
    [
      'the person gets one of the products with other plans',
      ({ id }) =>
        void playground.tenant.changeLicenses(id, {
          addLicenses: [{ skuId: SKU.EMS, disabledPlans: [PLAN.MFA_PREMIUM] }],
        }),
    ],
  ];
  for (const [what, happen] of changes) {
    it(`is asked again where ${what}, and nothing is written before the new answer`, async () => {
      const person = playground.hire();
      const wish = playground.wishOf(person, { add: [flow, emsOff] });
      const first = await meanwhile(wish, () => happen(person));
      const { plan, stages, waitsFor } = await askedAgain(first);
      assert.deepEqual(stages[0]?.decisions, [], 'the former decision was about another plan');
      assert.match(waitsFor?.what ?? '', /plan changed after it was approved/);
      assert.deepEqual(playground.writes(person.id), []);

      await playground.approve(first);
      const done = await playground.licenseflow.requests.wait(first, 20_000);
      assert.equal(done.state, 'done');
      assert.equal(done.plan?.digest, plan?.digest);
      assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: [], [SKU.EMS]: [PLAN.INTUNE_A] });
      assert.equal(playground.effectiveWrites(person.id).length, 1);
    });
  }

  it('can be denied when it is asked again', async () => {
    const person = playground.hire();
    const requestId = await meanwhile(playground.wishOf(person), () => {
      playground.tenant.addPlan(SKU.FLOW_FREE, NEW_PLAN);
    });
    await askedAgain(requestId);
    await playground.deny(requestId);
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'denied');
    assert.deepEqual(playground.writes(person.id), []);
  });

  it('refuses an answer to the former plan', async () => {
    const requestId = await playground.submitted(playground.wishOf(playground.hire()));
    const { plan } = await playground.licenseflow.requests.view(requestId);
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    await playground.approve(requestId);
    await playground.untilState(requestId, 'waiting-for-seat');
    playground.tenant.addPlan(SKU.FLOW_FREE, NEW_PLAN);
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 10);
    await askedAgain(requestId);
    await assert.rejects(
      playground.licenseflow.requests.decide(requestId, {
        actor: { ref: PEOPLE.megan.id, assurance: 'signed-in' },
        verdict: 'approve',
        digest: plan?.digest ?? '',
        stage: null,
      }),
      { code: 'PLAN_CHANGED' },
    );
  });

  it('is done without a write where somebody else made the same change', async () => {
    const person = playground.hire();
    const requestId = await meanwhile(playground.wishOf(person, { add: [flow, emsOff] }), () => {
      playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
      playground.tenant.changeLicenses(person.id, {
        addLicenses: [
          { skuId: SKU.FLOW_FREE, disabledPlans: [] },
          { skuId: SKU.EMS, disabledPlans: [PLAN.INTUNE_A] },
        ],
      });
    });
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.state, 'done');
    assert.equal(done.wrote, false);
    assert.deepEqual(playground.writes(person.id), []);
  });

  it('goes on for the same person under another name, and never for another person under the same name', async () => {
    const person = playground.hire();
    const requestId = await meanwhile(playground.wishOf(person), () => {
      playground.tenant.updateUser(person.id, { userPrincipalName: 'married@contoso.com' });
      playground.tenant.createUser({
        displayName: 'Somebody Else',
        userPrincipalName: person.userPrincipalName,
        usageLocation: 'US',
      });
    });
    const done = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(done.state, 'done');
    assert.deepEqual(playground.held(person.id), { [SKU.FLOW_FREE]: [] });
    assert.deepEqual(playground.held(person.userPrincipalName), {});
  });

  const endings: [what: string, happen: (person: UserRecord) => void, problems: string[], failure: string | null][] = [
    [
      'is closed',
      ({ id }) => void playground.tenant.updateUser(id, { accountEnabled: false }),
      ['ACCOUNT_DISABLED'],
      null,
    ],
    ['is deleted', ({ id }) => void playground.tenant.deleteUser(id), [], 'USER_NOT_FOUND'],
  ];
  for (const [what, happen, problems, failure] of endings) {
    it(`ends failed, with nothing written, where the account ${what}`, async () => {
      playground.askIn(oneApproval);
      const person = playground.hire();
      const requestId = await meanwhile(playground.wishOf(person), () => happen(person));
      const failed = await playground.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(failed.state, 'failed');
      assert.deepEqual(
        failed.problems.map(({ code }) => code),
        problems,
      );
      assert.equal(failed.lastFailure?.code ?? null, failure);
      assert.deepEqual(playground.writes(person.id), []);
    });
  }
});
