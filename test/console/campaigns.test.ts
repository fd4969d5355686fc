import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { moveOf, planned, untilCampaign } from '../support/campaigns.js';
import { Playground } from '../support/playground.js';
import { consoleServer, Visitor } from './console-server.js';

describe('console: campaigns', () => {
  let playground: Playground;
  let server: FastifyInstance;
  let johanna: Visitor;

  before(async () => {
    playground = await Playground.open();
    playground.tenant.setSeats(SKU.ENTERPRISEPACK, { enabled: 5_000 });
    playground.tenant.setSeats(SKU.ENTERPRISEPREMIUM, { enabled: 5_000 });
    server = await consoleServer(playground.licenseflow);
    johanna = new Visitor(server, PEOPLE.johanna);
  });

  after(async () => {
    await server.close();
    await playground.close();
  });

  function people(count: number): readonly UserRecord[] {
    return Array.from({ length: count }, () =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );
  }

  const WISH = {
    title: 'To E5',
    source: 'file',
    remove: SKU.ENTERPRISEPACK,
    add: SKU.ENTERPRISEPREMIUM,
    keep: 'yes',
    waves: 'rest',
    promote: 'by-itself',
    budget_wave: '2',
    budget_total: '1',
    losing: 'ENTERPRISEPACK',
    rollback_days: '1',
  };

  async function upload(csv: string, fields: Readonly<Record<string, string>> = WISH) {
    const form = await johanna.get('/new-campaign');
    return johanna.upload(form, '/campaigns', fields, { field: 'file', name: 'move.csv', content: csv });
  }

  it('are planned from a file, and started only by typing their number', async () => {
    const users = people(3);
    const sent = await upload(['user', ...users.map(({ id }) => id)].join('\r\n'));
    const campaignId = /^\/campaigns\/([^/]+)\/plan$/u.exec(sent.location ?? '')?.[1] ?? '';
    assert.notEqual(campaignId, '', sent.text);
    await untilCampaign(playground.licenseflow, campaignId, 'planned');
    const plan = await johanna.get(`/campaigns/${campaignId}/plan`);
    assert.match(plan.text, /Nothing has been written to the tenant/u);
    assert.match(plan.text, /Ready 3/u);
    const page = await johanna.get(`/campaigns/${campaignId}`);
    const action = `/campaigns/${campaignId}/commands`;
    const refused = await johanna.send(page, action, { confirm: 'yes' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /Nothing was changed/u);
    const started = await johanna.send(page, action, { confirm: campaignId });
    assert.equal(started.location, `/campaigns/${campaignId}?said=start`, started.text);
    await untilCampaign(playground.licenseflow, campaignId, 'finished');
    const done = await johanna.get(`/campaigns/${campaignId}`);
    assert.match(done.text, /Changed and verified 3/u);
    assert.match(done.text, /Start.*Requested.*Draining.*Done/u);
    const again = await johanna.send(page, action, { confirm: campaignId });
    assert.equal(again.status, 303, 'the same command twice is one command');
  });

  it('show every mistake of a file, and plan nothing', async () => {
    const { status, text } = await upload('user\nno-address\nalso none');
    assert.equal(status, 400);
    assert.match(text, /move\.csv has 2 mistakes.*line 2.*line 3/u);
    const none = await upload('', { ...WISH, source: 'file' });
    assert.match(none.text, /No file was chosen/u);
    const waves = await upload('user\nx@contoso.com', { ...WISH, waves: 'a few' });
    assert.match(waves.text, /“a few” is no size of a wave/u);
  });

  it('take files that are larger than forms', async () => {
    const padding = 'x'.repeat(400);
    const rows = people(2).map(({ id }) => `${id},${padding}`);
    const csv = ['user,note', ...rows, ...Array.from({ length: 700 }, (_, i) => `nobody${i}@contoso.com,${padding}`)];
    const sent = await upload(csv.join('\n'));
    assert.equal(sent.status, 303, sent.text);
  });

  it('show what a rollback would do before it is asked for', async () => {
    const users = people(2);
    const campaign = moveOf(users.map(({ id }) => id));
    const { campaignId } = campaign;
    const { plan } = await planned(playground.licenseflow, campaign);
    const options = { actor: { ref: PEOPLE.johanna.id, assurance: 'signed-in' } as const, plan: plan?.digest ?? '' };
    const path = `/campaigns/${campaignId}/rollback`;
    assert.match((await johanna.get(path)).text, /cannot be rolled back now/u);
    await playground.licenseflow.campaigns.start(campaignId, options);
    await untilCampaign(playground.licenseflow, campaignId, 'finished');
    const preview = await johanna.get(path);
    assert.match(preview.text, /put 2 users back/u);
    const wrong = await johanna.send(preview, path, { reason: 'wrong month', confirm: 'no' });
    assert.equal(wrong.status, 400);
    const sent = await johanna.send(preview, path, { reason: 'wrong month', confirm: campaignId });
    assert.equal(sent.location, `/campaigns/${campaignId}?said=roll-back`, sent.text);
    await untilCampaign(playground.licenseflow, campaignId, ({ users: counts }) => counts.restored === 2);
    for (const { id } of users) assert.deepEqual(playground.held(id), { [SKU.ENTERPRISEPACK]: [] });
  });

  it('are read by auditors, who command nothing, and by nobody else', async () => {
    const campaign = moveOf(people(1).map(({ id }) => id));
    await planned(playground.licenseflow, campaign);
    const path = `/campaigns/${campaign.campaignId}`;
    const amani = new Visitor(server, PEOPLE.amani);
    const page = await amani.get(path);
    assert.equal(page.status, 200);
    assert.ok(!page.html.includes(`${path}/commands`));
    const { _csrf = '' } = page.hiddenFields('/sign-out');
    assert.equal((await amani.post(`${path}/commands`, { _csrf, kind: 'pause' })).status, 403);
    assert.equal((await amani.get(`${path}/rollback`)).status, 403);
    assert.equal((await new Visitor(server, PEOPLE.megan).get(path)).status, 403);
    assert.match((await amani.get(`${path}/users?state=ready`)).text, /1 user/u);
    assert.match((await amani.get('/campaigns')).text, /Office 365 E3 to E5/u);
    const unknown = await amani.get('/campaigns/no-such-campaign');
    assert.equal(unknown.status, 404);
  });
});
