import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CampaignView } from '../../src/contracts/campaign.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { SWAP } from '../support/campaign-page.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import type { Caller } from '../support/web.js';
import { Web } from '../support/web.js';

describe('Campaigns over HTTP', function () {
  this.timeout(180_000);
  let playground: Playground;
  let web: Web;
  let operator: Caller;

  before(async () => {
    playground = await Playground.open();
    playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 500);
    web = await Web.open(playground);
    operator = await web.as(PEOPLE.freya);
  });
  after(async () => {
    await web.close();
    await playground.close();
  });

  const holders = (count: number) =>
    Array.from({ length: count }, () =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );
  const query = `wish=${encodeURIComponent(
    JSON.stringify({
      add: [{ sku: 'ENTERPRISEPREMIUM', keepPlans: true }],
      remove: ['ENTERPRISEPACK'],
      losing: SWAP.losing,
    }),
  )}&options=${encodeURIComponent(JSON.stringify({ waves: { canary: false, sizes: ['rest'] }, promote: 'by-itself' }))}`;
  const viewOf = async (id: string) => (await operator.get(`/campaigns/${id}`)).json as unknown as CampaignView;
  const untilState = (id: string, state: string) =>
    until(
      `campaign ${id} to be ${state}`,
      () => viewOf(id),
      (view) => view.state === state,
      60_000,
    );
  async function planned(count: number) {
    const people = holders(count);
    const id = `h-${randomUUID()}`;
    const csv = ['user', ...people.map(({ userPrincipalName }) => userPrincipalName)].join('\n');
    const sent = await operator.put(`/campaigns/${id}/file?${query}`, csv);
    assert.equal(sent.status, 200, sent.text);
    return { id, people, csv, view: await untilState(id, 'planned') };
  }

  it('are planned from a file, started with the digest, watched, exported and taken back', async () => {
    const { id, people, csv, view } = await planned(3);
    assert.equal(view.plan?.ready, 3);
    assert.equal((await operator.put(`/campaigns/${id}/file?${query}`, csv)).status, 200, 'the same again joins');

    const other = await operator.post(`/campaigns/${id}/start`, { plan: 'f'.repeat(64) });
    assert.deepEqual([other.status, other.json['code']], [409, 'OTHER_PLAN']);
    const started = await operator.post(`/campaigns/${id}/start`, { plan: view.plan?.digest });
    assert.equal(started.status, 202, started.text);

    const events = await operator.get(`/campaigns/${id}/events`);
    assert.match(events.headers.get('content-type') ?? '', /text\/event-stream/);
    assert.match(events.text, /event: status\n[^]*"state":"finished"[^]*event: end/);
    for (const person of people) assert.deepEqual(Object.keys(playground.held(person.id)), [SKU.ENTERPRISEPREMIUM]);

    const csvOut = await operator.get(`/campaigns/${id}/export`);
    assert.equal(csvOut.text.trim().split('\n').length, 4);
    const lines = (await operator.get(`/campaigns/${id}/export?format=ndjson`)).text.trim().split('\n');
    assert.ok(lines.every((line) => (JSON.parse(line) as { state: string }).state === 'done'));

    const preview = await operator.post(`/campaigns/${id}/roll-back/preview`, { of: { kind: 'all' } });
    assert.equal(preview.json['toRestore'], 3, preview.text);
    const back = await operator.post(`/campaigns/${id}/roll-back`, { of: { kind: 'all' }, reason: 'too early' });
    assert.equal(back.status, 202, back.text);
    await until(
      'everybody to be back',
      () => viewOf(id),
      ({ state, users }) => state === 'finished' && users.restored === 3,
    );
    for (const person of people) assert.deepEqual(Object.keys(playground.held(person.id)), [SKU.ENTERPRISEPACK]);
  });

  it('count a command once under its key, and refuse what makes no sense now', async () => {
    const { id } = await planned(1);
    const key = { headers: { 'idempotency-key': `h-${randomUUID()}` } };
    const first = await operator.post(`/campaigns/${id}/tune`, { tuning: { concurrency: 3 } }, key);
    const again = await operator.post(`/campaigns/${id}/tune`, { tuning: { concurrency: 3 } }, key);
    assert.deepEqual(again.json, first.json);
    const pause = await operator.post(`/campaigns/${id}/pause`);
    assert.equal(pause.json['code'], 'WRONG_STATE', pause.text);
    const rate = await operator.post(`/campaigns/${id}/tune`, { tuning: { perSecond: 0 } });
    assert.equal(rate.status, 400);
  });

  it('take a file whole or not at all', async () => {
    const id = `h-${randomUUID()}`;
    const sent = await operator.put(`/campaigns/${id}/file?${query}`, 'user\nAdeleV@contoso.com\nnobody\n"');
    assert.equal(sent.json['code'], 'BAD_ROWS', sent.text);
    assert.equal((await operator.get(`/campaigns/${id}`)).status, 404);
  });

  it('are seen by auditors, steered by operators alone', async () => {
    const { id, view } = await planned(1);
    const [auditor, adele] = await Promise.all([web.as(PEOPLE.joni), web.as(PEOPLE.adele)]);
    assert.equal((await auditor.get(`/campaigns/${id}`)).status, 200);
    assert.equal((await auditor.post(`/campaigns/${id}/start`, { plan: view.plan?.digest })).status, 403);
    assert.equal((await adele.get(`/campaigns/${id}`)).status, 403);
  });
});
