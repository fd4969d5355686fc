import assert from 'node:assert/strict';
import { campaignsOf } from '../../src/client/campaigns-of-person.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { FAST_CAMPAIGN_PACE, moveOf, planned, started, untilCampaign } from '../support/campaigns.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

describe('who', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(() => playground.close());

  const who = (ref: string) => playground.licenseflow.who(ref);
  const product = async (ref: string, skuId: string) => {
    const found = (await who(ref)).products.find((held) => held.skuId === skuId);
    assert.ok(found !== undefined, `${ref} holds no ${skuId}`);
    return found;
  };

  it('tells a product that is held directly, its plans that are off, and what is in effect', async () => {
    const off = [PLAN.SWAY];
    const { userPrincipalName } = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: off }] });
    const { paths, services, skuPartNumber } = await product(userPrincipalName, SKU.ENTERPRISEPACK);
    assert.equal(skuPartNumber, 'ENTERPRISEPACK');
    assert.deepEqual(paths, [{ group: null, state: 'Active', inForce: true, error: null }]);
    const sway = services.find(({ id }) => id === PLAN.SWAY);
    assert.deepEqual([sway?.onBy, sway?.effective, sway?.provisioning], [[false], false, 'Disabled']);
    const teams = services.find(({ id }) => id === PLAN.TEAMS1);
    assert.deepEqual([teams?.onBy, teams?.effective, teams?.provisioning], [[true], true, 'Success']);
  });

  it('tells each path apart: what is off on one and on by another is in effect', async () => {
    const { tenant } = playground;
    const { id } = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] }] });
    tenant.addMember(GROUPS.sales.id, id);
    await tenant.settled();
    const { paths, services } = await product(id, SKU.ENTERPRISEPACK);
    assert.deepEqual(
      paths.map(({ group }) => group),
      [null, { id: GROUPS.sales.id, name: 'Sales', dynamic: false, synced: false }],
    );
    const sway = services.find((service) => service.id === PLAN.SWAY);
    assert.deepEqual([sway?.onBy, sway?.effective], [[false, true], true]);
  });

  it('names dynamic groups and those that are mastered on premises', async () => {
    const [dynamic] = (await product(PEOPLE.irvin.id, SKU.SPE_F1)).paths;
    assert.deepEqual([dynamic?.group?.name, dynamic?.group?.dynamic], ['Frontline workers', true]);
    const [synced] = (await product(PEOPLE.bianca.id, SKU.POWER_BI_PRO)).paths;
    assert.deepEqual([synced?.group?.name, synced?.group?.synced], ['Sales analysts', true]);
  });

  it('finds the error of a group, says what it means and what to do', async () => {
    const other = await Playground.open();
    try {
      const { id } = other.hire();
      other.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 0);
      other.tenant.addMember(GROUPS.sales.id, id);
      await other.tenant.settled();
      const { products, findings } = await other.licenseflow.who(id);
      const [path] = products[0]?.paths ?? [];
      assert.deepEqual([path?.state, path?.inForce, path?.error?.error], ['Error', false, 'CountViolation']);
      assert.ok(products[0]?.services.every(({ effective }) => !effective));
      const [finding] = findings;
      assert.equal(finding?.verdict, 'failed');
      assert.match(finding.text, /ENTERPRISEPACK, through the group "Sales": No seat/);
      assert.match(finding.remedy ?? '', /^Buy or free a seat/);
    } finally {
      await other.close();
    }
  });

  it('finds a disabled account, a guest, and a missing usage location', async () => {
    const texts = async (id: string) => (await who(id)).findings.map(({ text }) => text).join(' ');
    assert.match(await texts(PEOPLE.leo.id), /account is disabled/);
    assert.match(await texts(PEOPLE.nadia.id), /no usage location/);
    assert.match(await texts(playground.hire().id), /No product is held/);
    const guest = Object.values(PEOPLE).find((person) => 'guest' in person);
    assert.match(await texts(guest?.id ?? ''), /guest/);
  });

  it('lists open and past requests of the person', async () => {
    const person = playground.hire();
    const past = await playground.submitted(playground.wishOf(person));
    await playground.deny(past);
    const open = await playground.submitted(playground.wishOf(person));
    const { requests } = await until(
      'both requests',
      () => who(person.id),
      ({ requests }) => requests.open.length === 1 && requests.past.length === 1,
    );
    assert.deepEqual([requests.open[0]?.requestId, requests.past[0]?.requestId], [open, past]);
    assert.equal(requests.past[0]?.state, 'denied');
  });

  it('lists the open campaigns that the person is in, with what happened to them, and no others', async () => {
    const { tenant, licenseflow } = playground;
    const hired = () => playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] });
    const [moved, failed, other] = [hired(), hired(), hired()];
    tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 50);
    playground.breakWrites(failed.id, { kind: 'graph-error', error: 'E10' });
    const campaignPace = { ...FAST_CAMPAIGN_PACE, pageRows: 1 };
    const first = moveOf([moved.id, failed.id], { campaignPace });
    await started(licenseflow, first);
    await untilCampaign(licenseflow, first.campaignId, 'finished');
    // Planned by name, so that only the plan knows who it is.
    const second = moveOf([other.userPrincipalName], { campaignPace });
    await planned(licenseflow, second);
    const campaignsOfUser = async ({ id }: UserRecord, campaignId: string) => {
      const { campaigns } = await until(
        'the campaign to be listed',
        () => who(id),
        ({ campaigns: { open, notAsked } }) =>
          open.some((found) => found.campaignId === campaignId) && notAsked.length === 0,
      );
      assert.equal(campaigns.olderNotAsked, false);
      return campaigns.open.map(({ campaignId, state, user }) => [campaignId, state, user.state, user.wave, user.code]);
    };
    assert.deepEqual(await campaignsOfUser(other, second.campaignId), [
      [second.campaignId, 'planned', 'ready', 1, null],
    ]);
    assert.deepEqual(await campaignsOfUser(moved, first.campaignId), [[first.campaignId, 'finished', 'done', 1, null]]);
    const [found] = await campaignsOfUser(failed, first.campaignId);
    assert.deepEqual(found?.slice(0, 3), [first.campaignId, 'finished', 'failed']);
    assert.ok(found[4] !== null, 'why it failed');

    const place = { client: (await testTemporal()).client, taskQueue: playground.taskQueue };
    const search = { campaigns: 20, pages: 400, withinMs: 10_000, answerMs: 3_000 };
    const { id, displayName, userPrincipalName } = moved;
    const person = { id, displayName, userPrincipalName };
    const few = await campaignsOf(place, person, { ...search, pages: 0 });
    assert.deepEqual(few.open, []);
    assert.deepEqual(few.notAsked, [second.campaignId, first.campaignId]);
    const newest = await campaignsOf(place, person, { ...search, campaigns: 1 });
    assert.deepEqual(newest, { open: [], notAsked: [], olderNotAsked: true });
    const late = await campaignsOf(place, person, { ...search, withinMs: 0 });
    assert.equal(late.notAsked.length, 2);
  });

  it('takes the beginning of a name that one person has, and names similar people otherwise', async () => {
    assert.equal((await who('Adele V')).person.id, PEOPLE.adele.id);
    assert.equal((await who('nestorw')).person.id, PEOPLE.nestor.id);
    await assert.rejects(who('AdelV@contoso.com'), {
      kind: 'not-found',
      code: 'USER_NOT_FOUND',
      remedy: /^Perhaps: Adele Vance <AdeleV@contoso.com>/,
    });
    await assert.rejects(who("x' or startswith(displayName,'A"), { code: 'USER_NOT_FOUND', remedy: /spelling/ });
    const two = ['Zoe Xu', 'Zoe Xiang'].map((displayName) =>
      playground.tenant.createUser({ displayName, userPrincipalName: `${displayName.replace(' ', '')}@contoso.com` }),
    );
    await assert.rejects(who('Zoe X'), (error: { remedy: string }) =>
      two.every(({ userPrincipalName }) => error.remedy.includes(userPrincipalName)),
    );
  });
});
