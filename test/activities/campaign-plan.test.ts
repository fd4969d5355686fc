import assert from 'node:assert/strict';
import { createCampaignPlanActivities } from '../../src/activities/campaign-plan.js';
import type { PlannedUser, PlanUsersInput, PlanUsersResult } from '../../src/contracts/campaign-reads.js';
import type { CampaignWish } from '../../src/contracts/campaign.js';
import type { Signature } from '../../src/domain/campaign.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { AssignedLicense } from '../../src/simulator/group-record.js';
import { Playground } from '../support/playground.js';
import { dependencies, given, run } from './campaign-support.js';

/** Services of Office 365 E3 for which E5 of the seeded table has nothing. */
const LOSING = ['copilot-chat-protection', 'lighthouse-customer', 'nucleus', 'teams-avatars', 'teams-immersive'];
const E5 = { sku: 'ENTERPRISEPREMIUM', disabledPlans: [], keepPlans: true };
const E3_TO_E5: CampaignWish = { add: [E5], remove: ['ENTERPRISEPACK'], losing: LOSING };

const CHINA = {
  policy: given({ notOffered: ['MCOEV', 'MCOMEETADV'].map((plan) => ({ plan, in: ['CN'] })) }),
};
const E1_TO_E3: CampaignWish = {
  add: [{ sku: 'ENTERPRISEPACK', disabledPlans: [], keepPlans: true }],
  remove: ['STANDARDPACK'],
  losing: ['office-mobile'],
};

type Plan = PlannedUser & { readonly signature: Signature };

describe('planCampaignUsers', () => {
  let playground: Playground;
  let graph: GraphGateway;
  before(async () => {
    playground = await Playground.open({ idle: true, tenant: { users: 60 } });
    graph = await playground.gateway();
  });

  const activity =
    (more: Parameters<typeof dependencies>[1] = {}) =>
    (input: PlanUsersInput): Promise<PlanUsersResult> =>
      createCampaignPlanActivities(dependencies(graph, more)).planCampaignUsers(input);

  async function planned(
    users: readonly string[],
    wish: CampaignWish = E3_TO_E5,
    more: Parameters<typeof dependencies>[1] = {},
  ): Promise<readonly Plan[]> {
    const input = { wishes: [wish], users: users.map((user) => ({ user, wish: 0 })) };
    const { users: plans, signatures } = await run(activity(more), input);
    return plans.map((plan) => ({ ...plan, signature: signatures[plan.sig] ?? assert.fail('no signature') }));
  }
  const of = async (user: string, ...rest: [wish?: CampaignWish, more?: Parameters<typeof dependencies>[1]]) =>
    (await planned([user], ...rest))[0] ?? assert.fail('nobody');
  const codes = ({ signature }: Plan) => signature.blocks.map(({ code }) => code);
  const direct = (...skus: (keyof typeof SKU)[]): AssignedLicense[] =>
    skus.map((sku) => ({ skuId: SKU[sku], disabledPlans: [] }));
  const hire = (...hiring: Parameters<Playground['hire']>) => playground.hire(...hiring).id;

  it('makes the plan that a request would, with seats for the way there and back', async () => {
    const { id, upn, name, failure, signature } = await of(PEOPLE.alex.userPrincipalName);
    assert.deepEqual([id, upn, name], [PEOPLE.alex.id, PEOPLE.alex.userPrincipalName, 'Alex Wilber']);
    assert.equal(failure, undefined);
    const off = [PLAN.SWAY, PLAN.YAMMER_ENTERPRISE].sort();
    assert.equal(signature.outcome, 'ready');
    assert.deepEqual(signature.before, { [SKU.ENTERPRISEPACK]: off, [SKU.ENTERPRISEPREMIUM]: null });
    assert.deepEqual(signature.target[SKU.ENTERPRISEPACK], null);
    assert.deepEqual(
      off.filter((plan) => !signature.target[SKU.ENTERPRISEPREMIUM]?.includes(plan)),
      [],
    );
    assert.deepEqual(signature.paths, [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: off, group: null }]);
    assert.deepEqual(signature.seatsNeeded, [SKU.ENTERPRISEPREMIUM]);
    assert.deepEqual(signature.seatsToRestore, [SKU.ENTERPRISEPACK]);
    assert.ok(signature.services?.gained.some(({ service }) => service === 'teams-phone'));
    assert.match(signature.key, /^[0-9a-f]{16}$/);
  });

  describe('catches every seeded defect before a write', () => {
    const cases: [
      what: string,
      user: () => string,
      blocks: readonly string[],
      said: RegExp,
      ...rest: [wish?: CampaignWish, more?: Parameters<typeof dependencies>[1]],
    ][] = [
      ['nobody of this name', () => 'nobody@contoso.com', ['USER_NOT_FOUND'], /no user "nobody@contoso.com"/],
      ['the source through a group only', () => PEOPLE.isaiah.id, ['GROUP_ONLY'], /Isaiah.*only through the group "Sales"/],
      ['directly and through a group', () => PEOPLE.lidia.id, ['GROUP_AND_DIRECT'], /Lidia.*also through the group "Sales"/],
      ['the source not held', () => PEOPLE.emily.id, ['NOT_HELD'], /Emily.*ENTERPRISEPACK shall be swapped and is not held/],
      ['neither source nor usage location', () => PEOPLE.nadia.id, ['NOT_HELD', 'USAGE_LOCATION'], /no usage location/],
      ['no usage location', () => hire({ usageLocation: null }), ['USAGE_LOCATION'], /no usage location/, { add: [E5], remove: [] }],
      ['a restricted management unit', () => PEOPLE.christie.id, ['RESTRICTED_OBJECT'], /Christie.*protected/],
      ['a plan that is not offered in the country', () => PEOPLE.wei.id, ['USAGE_LOCATION'], /Wei.*ENTERPRISEPREMIUM:MCOEV.* (is|are) not offered in CN/, E3_TO_E5, CHINA],
      ['services that nobody named', () => PEOPLE.megan.id, ['SERVICE_LOST'], /teams-phone/, { add: [{ sku: 'ENTERPRISEPACK', disabledPlans: [] }], remove: ['ENTERPRISEPREMIUM'] }],
      ['plans that exclude each other', () => PEOPLE.noor.id, ['PLAN_CONFLICT', 'PLAN_CONFLICT'], /exchange-online.*EXCHANGE_S/, { add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [] }], remove: [] }],
      ['a product that the tenant does not own', () => PEOPLE.adele.id, ['UNKNOWN_SKU'], /"SPE_E9"/, { add: [{ sku: 'SPE_E9', disabledPlans: [] }], remove: [] }],
      ['a plan that the product has not', () => PEOPLE.adele.id, ['UNKNOWN_PLAN'], /"TEAMS9"/, { ...E3_TO_E5, add: [{ ...E5, disabledPlans: ['TEAMS9'] }] }],
      ['a product for the company', () => PEOPLE.adele.id, ['SKU_NOT_ASSIGNABLE'], /SHAREPOINTSTORAGE/, { add: [{ sku: 'SHAREPOINTSTORAGE', disabledPlans: [] }], remove: [] }],
      ['the same product on both sides', () => PEOPLE.adele.id, ['SAME_SKU_ADDED_AND_REMOVED'], /twice/, { add: [E5], remove: ['ENTERPRISEPREMIUM'] }],
      ['a wish for nothing', () => PEOPLE.adele.id, ['EMPTY_REQUEST'], /neither adds nor removes/, { add: [], remove: [] }],
      ['a security service that would stay off', () => hire({ licenses: [{ skuId: SKU.EMS, disabledPlans: [PLAN.AAD_PREMIUM] }] }), ['PLAN_UNCLEAR'], /AAD_PREMIUM/, { add: [{ sku: 'AAD_PREMIUM_P2', disabledPlans: [], keepPlans: true }], remove: ['EMS'], losing: ['EMS'] }],
      ['a mail address that somebody else has', () => PEOPLE.ivan.id, ['PROXY_ADDRESS_CONFLICT'], /^Ivan Marin <IvanM@contoso.com>: reception@contoso.com is already an address of Contoso Information <info@contoso.com>\.$/, E1_TO_E3],
      ['a plan without the one it needs', () => hire(), ['PLAN_DEPENDENCY'], /MCOEV.*needs TEAMS1/, { add: [{ sku: 'MCOEV', disabledPlans: [] }], remove: [] }, { policy: given({ planDependencies: [{ plan: 'MCOEV', needs: ['TEAMS1'] }] }) }],
    ]; // prettier-ignore
    for (const [what, user, blocks, said, ...rest] of cases)
      it(what, async () => {
        const plan = await of(user(), ...rest);
        assert.equal(plan.signature.outcome, 'blocked');
        assert.deepEqual(codes(plan), blocks, plan.failure?.message);
        assert.equal(plan.failure?.code, blocks[0]);
        assert.match(plan.failure?.message ?? '', said);
        assert.deepEqual(plan.signature.target, plan.signature.before);
        assert.deepEqual([plan.signature.services, plan.signature.seatsNeeded], [null, []]);
        for (const { remedy } of plan.signature.blocks) assert.match(remedy, /\.$/);
      });
  });

  describe('tells', () => {
    it('nothing to do where everything is as wanted, whoever it is', async () => {
      const located = hire({ licenses: direct('ENTERPRISEPREMIUM') });
      playground.tenant.updateUser(located, { usageLocation: null });
      const there = await of(located);
      assert.equal(there.signature.outcome, 'already');
      assert.deepEqual([there.failure, there.signature.seatsNeeded], [undefined, []]);
      const gone = await of(hire(), { add: [], remove: ['ENTERPRISEPACK'] });
      assert.equal(gone.signature.outcome, 'already');
    });

    it('guests, disabled accounts and what may be a shared mailbox, and goes on with them', async () => {
      const guest = hire({ userType: 'Guest', licenses: direct('ENTERPRISEPACK') });
      const left = hire({ accountEnabled: false, licenses: direct('ENTERPRISEPACK') });
      const room = hire({ accountEnabled: false, licenses: direct('FLOW_FREE') });
      const swap: CampaignWish = {
        add: [E5],
        remove: ['ENTERPRISEPACK', 'FLOW_FREE'],
        losing: [...LOSING, 'FLOW_FREE'],
      };
      const plans = await planned([guest, left, room], swap);
      assert.deepEqual(
        plans.map(({ signature }) => [signature.outcome, signature.warnings]),
        [
          ['ready', ['GUEST', 'NOT_HELD']],
          ['ready', ['ACCOUNT_DISABLED', 'PERHAPS_SHARED_MAILBOX', 'NOT_HELD']],
          ['ready', ['ACCOUNT_DISABLED', 'NOT_HELD']],
        ],
      );
    });

    it('the loss of a mailbox and of a phone system', async () => {
      const e5 = await of(hire({ licenses: direct('ENTERPRISEPREMIUM') }), { add: [], remove: ['ENTERPRISEPREMIUM'] });
      assert.deepEqual(e5.signature.warnings, ['LOSES_MAILBOX', 'LOSES_PHONE_SYSTEM']);
      const [beside, only] = (await planned(
        [hire({ licenses: direct('ENTERPRISEPREMIUM', 'MCOEV') }), PEOPLE.allan.id],
        { add: [], remove: ['MCOEV'] },
      )) as [Plan, Plan];
      assert.deepEqual([beside.signature.warnings, only.signature.warnings], [[], ['LOSES_PHONE_SYSTEM']]);
    });

    it('that a licence stays through a group where only the direct one goes', async () => {
      const { signature } = await of(PEOPLE.lidia.id, { add: [], remove: ['ENTERPRISEPACK'] });
      assert.deepEqual([signature.outcome, signature.warnings], ['ready', ['STAYS_THROUGH_GROUP']]);
      assert.deepEqual(signature.seatsToRestore, []);
      assert.deepEqual(
        signature.paths.map(({ group }) => group),
        [null, GROUPS.sales.id],
      );
    });
  });

  describe('asks whether mail addresses are free', () => {
    const asking = () => {
      const asked: (readonly string[])[] = [];
      const usersWithAddress: GraphGateway['usersWithAddress'] = (addresses, options) => {
        asked.push(addresses);
        return graph.usersWithAddress(addresses, options);
      };
      return { asked, more: { graph: { ...graph, usersWithAddress } } };
    };

    it('of nobody who keeps the mailbox plan that they have', async () => {
      const { asked, more } = asking();
      await planned([PEOPLE.alex.id, PEOPLE.ivan.id, hire({ licenses: direct('ENTERPRISEPACK') })], E3_TO_E5, more);
      await planned([PEOPLE.ivan.id], { add: [{ sku: 'FLOW_FREE', disabledPlans: [] }], remove: [] }, more);
      assert.deepEqual(asked, []);
    });

    it('once for many users, and blocks those alone whose addresses are taken', async () => {
      const { asked, more } = asking();
      playground.tenant.setSeats(SKU.STANDARDPACK, { enabled: 1_000 });
      const like = { licenses: direct('STANDARDPACK'), usageLocation: 'HR' } as const;
      const [twin, other, ...free] = Array.from({ length: 30 }, () => hire(like)) as [string, string, ...string[]];
      playground.tenant.updateUser(twin, { proxyAddresses: ['smtp:twins@contoso.com', 'SIP:info@contoso.com'] });
      playground.tenant.updateUser(other, { mail: 'Twins@contoso.com' });
      const plans = await planned([twin, ...free, other, PEOPLE.ivan.id], E1_TO_E3, more);
      const blocked = plans.filter(({ signature }) => signature.outcome === 'blocked');
      assert.deepEqual(blocked.map(({ id }) => id).sort(), [twin, other, PEOPLE.ivan.id].sort());
      assert.deepEqual(new Set(blocked.flatMap(codes)), new Set(['PROXY_ADDRESS_CONFLICT']));
      assert.match(blocked[0]?.failure?.message ?? '', /twins@contoso.com is already an address of /);
      const ready = plans.filter(({ signature }) => signature.outcome === 'ready');
      assert.deepEqual(ready.map(({ id }) => id).sort(), [...free].sort());
      assert.deepEqual(new Set(ready.map(({ failure }) => failure)), new Set([undefined]));
      assert.ok(asked.every((addresses) => addresses.length <= 15));
      assert.ok(asked.flat().includes(PEOPLE.ivan.userPrincipalName.toLowerCase()));
    });

    it('of somebody who gets a first mailbox', async () => {
      const person = hire();
      playground.tenant.updateUser(person, { mail: 'reception@contoso.com' });
      const plan = await of(person, { add: [E5], remove: [] });
      assert.deepEqual(codes(plan), ['PROXY_ADDRESS_CONFLICT']);
      assert.match(plan.failure?.message ?? '', /Ivan Marin/);
    });

    it('again where the directory has no answer for the moment, instead of blocking anybody', async () => {
      playground.tenant.addFault({
        match: { method: 'GET', path: '/users' },
        times: 1,
        fault: { kind: 'server-error', status: 503 },
      });
      const rejected = planned([PEOPLE.ivan.id], E1_TO_E3);
      await assert.rejects(rejected, { type: 'TRANSIENT', nonRetryable: false });
    });
  });

  it('gives people in the same circumstances one signature, with the same key in every call', async () => {
    const twins = [1, 2].map(() => hire({ licenses: direct('ENTERPRISEPACK') }));
    const [one, other] = (await planned(twins)) as [Plan, Plan];
    assert.equal(one.sig, other.sig);
    assert.notEqual(one.id, other.id);
    // Something beside the change makes no other signature, a product that is touched does.
    const [beside, touched] = (await planned([
      hire({ licenses: direct('ENTERPRISEPACK', 'FLOW_FREE') }),
      hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] }] }),
    ])) as [Plan, Plan];
    assert.equal(beside.signature.key, one.signature.key);
    assert.notEqual(touched.signature.key, one.signature.key);
    const { signatures } = await run(activity(), {
      wishes: [E3_TO_E5, { ...E3_TO_E5, remove: [], losing: [] }],
      users: [
        { user: twins[0] ?? '', wish: 0 },
        { user: twins[0] ?? '', wish: 1 },
      ],
    });
    assert.deepEqual(
      signatures.map(({ wish }) => wish),
      [0, 1],
    );
  });

  it('reads again what could not be read, instead of blocking anybody', async () => {
    const user = hire({ licenses: direct('ENTERPRISEPACK') });
    const faults = [
      ['THROTTLED', { kind: 'throttle', retryAfterSeconds: 1 }],
      ['TRANSIENT', { kind: 'server-error', status: 503 }],
    ] as const;
    for (const [type, fault] of faults) {
      playground.tenant.addFault({
        match: { method: 'GET', path: '/users/*', userId: user },
        times: 1,
        fault,
      });
      await assert.rejects(planned([user, PEOPLE.adele.id]), { type, nonRetryable: false });
    }
    assert.equal((await of(user)).signature.outcome, 'ready');
  });

  it('says plainly that the application may not read', async () => {
    const refused: GraphGateway = {
      ...graph,
      usersLicenses: (users) => Promise.resolve(users.map(() => ({ code: 'FORBIDDEN', message: 'Insufficient.' }))),
    };
    const activities = createCampaignPlanActivities(dependencies(refused));
    const input = { wishes: [E3_TO_E5], users: [{ user: PEOPLE.adele.id, wish: 0 }] };
    await assert.rejects(
      run((given: PlanUsersInput) => activities.planCampaignUsers(given), input),
      { type: 'FORBIDDEN', nonRetryable: true },
    );
  });

  it('knows what the touched products contain now', async () => {
    const input = { wishes: [E3_TO_E5], users: [] };
    const { users, contents } = await run(activity(), input);
    assert.deepEqual(users, []);
    assert.deepEqual(Object.keys(contents).sort(), [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM].sort());
    assert.ok(contents[SKU.ENTERPRISEPACK]?.includes(PLAN.SWAY));
  });

  // Last, because it changes everybody.
  describe('in a whole tenant', () => {
    it('blocks nobody who can be changed: the tenant takes every change that it calls ready', async () => {
      const users = playground.tenant.users();
      const plans = await planned(
        users.map(({ id }) => id),
        E3_TO_E5,
        CHINA,
      );
      const ready = plans.filter(({ signature }) => signature.outcome === 'ready');
      playground.tenant.setSeats(SKU.ENTERPRISEPREMIUM, { enabled: 1_000 });
      for (const { id, signature } of ready) {
        const state = signature.target[SKU.ENTERPRISEPREMIUM] ?? assert.fail('not added');
        playground.tenant.changeLicenses(id, {
          addLicenses: [{ skuId: SKU.ENTERPRISEPREMIUM, disabledPlans: state }],
          removeLicenses: [SKU.ENTERPRISEPACK],
        });
      }
      const healthy = users.filter(
        ({ licensePaths, usageLocation, restrictedManagement }) =>
          licensePaths.some(({ skuId, assignedByGroup }) => skuId === SKU.ENTERPRISEPACK && assignedByGroup === null) &&
          !licensePaths.some(
            ({ skuId, assignedByGroup }) => skuId === SKU.ENTERPRISEPACK && assignedByGroup !== null,
          ) &&
          usageLocation !== null &&
          usageLocation !== 'CN' &&
          !restrictedManagement,
      );
      assert.deepEqual(ready.map(({ id }) => id).sort(), healthy.map(({ id }) => id).sort());
      const again = await planned(
        ready.map(({ id }) => id),
        E3_TO_E5,
        CHINA,
      );
      assert.deepEqual(new Set(again.map(({ signature }) => signature.outcome)), new Set(['already']));
    });
  });
});
