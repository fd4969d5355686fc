import assert from 'node:assert/strict';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { GraphJson } from './graph-json.js';
import { present, withSimulator, type GraphSession } from './graph-session.js';

const EVENTUAL = { headers: { ConsistencyLevel: 'eventual' } };

function nextLinkOf(page: GraphJson): string | undefined {
  const link = page['@odata.nextLink'];
  return typeof link === 'string' ? link : undefined;
}

describe('Reading users', () => {
  const open = withSimulator();

  /** Follows every link to the end. */
  async function readAll(session: GraphSession, path: string, options = {}): Promise<GraphJson[]> {
    const found: GraphJson[] = [];
    let answer = await session.get(path, options);
    for (;;) {
      assert.equal(answer.status, 200, answer.text);
      found.push(...answer.body.value);
      const next = nextLinkOf(answer.body);
      if (next === undefined) return found;
      assert.ok(next.startsWith(`${session.simulator.graphUrl}/v1.0/`), next);
      answer = await session.send('GET', next, options);
    }
  }

  const filtered = (filter: string, more = '') => `/users?$filter=${encodeURIComponent(filter)}${more}`;
  const namesBy = async (filter: string, more = '', options = {}) => {
    const session = await open();
    return (await readAll(session, filtered(filter, more), options)).map(({ displayName }) => displayName).sort();
  };

  it('pages through 50,000 users, each exactly once', async () => {
    const session = await open({ users: 50_000, options: { quota: 'off' } });
    const users = await readAll(session, '/users?$top=999&$select=id,assignedLicenses');
    assert.equal(new Set(users.map(({ id }) => id)).size, users.length);
    assert.equal(users.length, 50_000 + Object.keys(PEOPLE).length);
    const filter = `assignedLicenses/any(l:l/skuId eq ${SKU.STANDARDPACK})`;
    const holders = await readAll(session, filtered(filter, '&$select=id&$top=500&$count=true'), EVENTUAL);
    const row = await session.subscribedSku(SKU.STANDARDPACK);
    assert.equal(holders.length, row.consumedUnits);
    assert.ok(row.prepaidUnits.enabled >= row.consumedUnits);
  });

  it('skips nobody when holders leave the list while it is read', async () => {
    const session = await open();
    const filter = filtered(`assignedLicenses/any(l:l/skuId eq ${SKU.EMS})`, '&$top=2&$select=id');
    const first = (await session.get(filter)).body;
    const rest = session.tenant.skus().find(({ skuId }) => skuId === SKU.EMS)?.consumedUnits ?? 0;
    for (const { id } of first.value) await session.assign(id, [], [SKU.EMS]);
    const others = await readAll(session, nextLinkOf(first)?.split('/v1.0')[1] ?? '');
    assert.equal(others.length, rest - 2);
  });

  it('answers the default properties, and others only when they are selected', async () => {
    const session = await open();
    const plain = (await session.get(`/users/${PEOPLE.adele.id}`)).body;
    assert.equal(Object.keys(plain).length, 12);
    assert.ok(!('assignedLicenses' in plain) && !('usageLocation' in plain));
    const chosen = (await session.get(`/users/${PEOPLE.adele.id}?$select=id,usageLocation,accountEnabled`)).body;
    assert.deepEqual(
      [chosen.id, chosen.usageLocation, chosen.accountEnabled, Object.keys(chosen).length],
      [PEOPLE.adele.id, 'US', true, 4],
    );
    const wrong = await session.get(`/users/${PEOPLE.adele.id}?$select=shoeSize`);
    assert.equal(wrong.status, 400);
    assert.match(wrong.body.error.message, /shoeSize/);
  });

  it('filters by properties', async () => {
    assert.deepEqual(await namesBy("startsWith(displayName,'Al')"), ['Alex Wilber', 'Allan Deyoung']);
    assert.deepEqual(await namesBy("userPrincipalName eq 'ADELEV@contoso.com'"), ['Adele Vance']);
    assert.deepEqual(await namesBy("userType eq 'Guest' and startsWith(mail,'priya')"), ['Priya Nair']);
    assert.deepEqual(await namesBy("accountEnabled eq false and department eq 'Marketing'"), ['Leo Martin']);
    assert.deepEqual(await namesBy("city in ('Osaka','Turin')"), ['Enrico Cattaneo', 'Yuki Tanaka']);
    assert.deepEqual(await namesBy("(city eq 'Osaka' or city eq 'Turin') and country eq 'JP'"), ['Yuki Tanaka']);
    assert.deepEqual(await namesBy('usageLocation eq null'), ['Diego Siciliani', 'Nadia Petrova']);
    assert.deepEqual(await namesBy("displayName eq 'O''Brien'"), []);
  });

  it('finds holders, through groups as well', async () => {
    const holders = await namesBy(`assignedLicenses/any(x:x/skuId eq ${SKU.SPE_F1})`);
    assert.deepEqual(holders, ['Hassan Karimi', 'Ines Carvalho', 'Irvin Sayers', 'Omar Haddad']);
    assert.deepEqual(holders, await namesBy(`assignedLicenses/any(s: s/skuId eq ${SKU.SPE_F1.toUpperCase()})`));
  });

  it('finds whose a mail address is, whichever of them and in whatever case', async () => {
    const having = (address: string) => namesBy(`proxyAddresses/any(p:p eq 'smtp:${address}')`);
    assert.deepEqual(await having('reception@contoso.com'), ['Contoso Information', 'Ivan Marin']);
    assert.deepEqual(await having('RECEPTION@contoso.com'), ['Contoso Information', 'Ivan Marin']);
    assert.deepEqual(await having('info@contoso.com'), ['Contoso Information']);
    assert.deepEqual(await having('reception'), []);
    const either = ['adelev', 'alexw'].map((name) => `proxyAddresses/any(a: a eq 'smtp:${name}@contoso.com')`);
    assert.deepEqual(await namesBy(either.join(' or ')), ['Adele Vance', 'Alex Wilber']);
  });

  it('takes 15 clauses with "or", and no more', async () => {
    const session = await open();
    const clauses = (count: number) => Array.from({ length: count }, () => `id eq '${PEOPLE.adele.id}'`).join(' or ');
    assert.equal((await session.get(filtered(clauses(15)))).status, 200);
    const refused = await session.get(filtered(clauses(16)));
    assert.equal(refused.status, 400);
    assert.match(refused.body.error.message, /16\. Max allowed: 15/);
  });

  it('answers advanced queries only with both of their conditions', async () => {
    const session = await open();
    const path = filtered('assignedLicenses/$count eq 0', '&$count=true');
    assert.equal((await session.get(path)).status, 400);
    assert.equal((await session.get(filtered('assignedLicenses/$count eq 0'), EVENTUAL)).status, 400);
    const answer = await session.get(path, EVENTUAL);
    assert.equal(answer.body['@odata.count'], answer.body.value.length);
    assert.ok(answer.body.value.some((user) => user.id === PEOPLE.amani.id));
    const others = await namesBy("not(userType eq 'Member')", '&$count=true', EVENTUAL);
    assert.deepEqual(others, ['Marco Bianchi', 'Priya Nair']);
  });

  it('orders and searches', async () => {
    const session = await open();
    const names = (await readAll(session, '/users?$orderby=displayName desc&$top=7'.replace(' ', '%20'))).map(
      ({ displayName }) => displayName,
    );
    assert.deepEqual(
      names,
      [...names].sort((a, b) => b.localeCompare(a)),
    );
    const search = `/users?$search=${encodeURIComponent('"displayName:wil"')}`;
    assert.equal((await session.get(search)).status, 400);
    const found = (await session.get(search, EVENTUAL)).body.value.map((user) => user.displayName);
    assert.deepEqual(found.sort(), ['Alex Wilber', 'Nestor Wilke']);
  });

  for (const [what, path] of [
    ['a filter that is none', filtered('displayName is nice')],
    ['a question about plain text for a collection of objects', filtered("assignedLicenses/any(l:l eq '1')")],
    ['a question about a field for a collection of plain texts', filtered("proxyAddresses/any(p:p/type eq '1')")],
    ['a filter on a property that cannot be filtered', filtered("businessPhones eq '1'")],
    ['a page of 1,000', '/users?$top=1000'],
    ['a page of none', '/users?$top=0'],
    ['a page token that is none', '/users?$skiptoken=bm9ib2R5'],
    ['an address that does not exist', '/planets'],
    ['an order that is none', '/users?$orderby=displayName%20sideways'],
    ['a query on subscribedSkus', '/subscribedSkus?$top=5'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const session = await open();
      assert.equal((await session.get(path)).status, 400);
    });
  }

  it('knows managers, and says so when there is none', async () => {
    const session = await open();
    assert.equal((await session.get(`/users/${PEOPLE.adele.id}/manager`)).body.id, PEOPLE.megan.id);
    assert.equal((await session.get(`/users/${PEOPLE.grady.id}/manager`)).status, 404);
    const disabled = await session.get(`/users/${PEOPLE.pradeep.id}/manager?$select=id,accountEnabled`);
    assert.deepEqual([disabled.body.id, disabled.body.accountEnabled], [PEOPLE.nestor.id, false]);
    const expanded = await session.get(`/users/${PEOPLE.adele.id}?$expand=manager($select=displayName)`);
    assert.equal(expanded.body.manager.displayName, 'Megan Bowen');
    session.tenant.setManager(PEOPLE.adele.id, null);
    assert.equal((await session.get(`/users/${PEOPLE.adele.id}/manager`)).status, 404);
  });

  it('lists licence details and memberships', async () => {
    const session = await open();
    const [details] = (await session.get(`/users/${PEOPLE.alex.id}/licenseDetails`)).body.value;
    assert.equal(details?.skuPartNumber, 'ENTERPRISEPACK');
    const off = present(details).servicePlans.filter((plan) => plan.provisioningStatus === 'Disabled');
    assert.deepEqual(off.map((plan) => plan.servicePlanName).sort(), ['SWAY', 'YAMMER_ENTERPRISE']);
    const groups = (await session.get(`/users/${PEOPLE.megan.id}/memberOf`)).body.value;
    assert.deepEqual(
      groups.map(({ id }) => id),
      [GROUPS.approvers.id],
    );
  });

  it('lists subscriptions with their ends', async () => {
    const session = await open();
    const { value } = (await session.get('/directory/subscriptions')).body;
    const ends = present(value.find((row) => row.skuPartNumber === 'STANDARDPACK')).nextLifecycleDateTime;
    const days = (Date.parse(ends) - Date.now()) / 86_400_000;
    assert.ok(days > 20 && days <= 21);
    const { value: skus } = (await session.get('/subscribedSkus?$select=id,skuId')).body;
    assert.equal(skus.length, Object.keys(SKU).length);
    const one = await session.get(`/subscribedSkus/${session.tenant.id}_${SKU.SPE_E3}`);
    assert.equal(one.body.skuPartNumber, 'SPE_E3');
    assert.equal((await session.get(`/subscribedSkus/${SKU.SPE_E3}`)).status, 404, 'the bare SKU is no key');
  });

  it('changes usage locations, and only those that exist', async () => {
    const session = await open();
    const patch = (usageLocation: unknown) =>
      session.call('PATCH', `/users/${PEOPLE.nadia.id}`, { body: { usageLocation }, malformed: true });
    assert.deepEqual(
      await Promise.all(['BG', 'bg', 'XX', 'Bulgaria', 7].map(async (value) => (await patch(value)).status)),
      [204, 400, 400, 400, 400],
    );
    assert.equal((await patch(null)).status, 204);
    assert.equal(session.tenant.user(PEOPLE.nadia.id).usageLocation, null);
  });
});
