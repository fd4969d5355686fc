import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import type { Caller } from '../support/web.js';
import { Web } from '../support/web.js';

describe('Requests over HTTP', () => {
  let playground: Playground;
  let web: Web;
  let adele: Caller;
  let megan: Caller;

  before(async () => {
    playground = await Playground.open();
    web = await Web.open(playground);
    adele = await web.as(PEOPLE.adele);
    megan = await web.as(PEOPLE.megan);
  });
  after(async () => {
    await web.close();
    await playground.close();
  });

  const ask = { add: [{ sku: 'POWER_BI_PRO' }], justification: 'quarter report' };
  const key = () => ({ headers: { 'idempotency-key': `h-${randomUUID()}` } });

  /** By Adele, for somebody new. */
  async function submitted(): Promise<string> {
    const answer = await adele.post('/requests', { ...ask, subject: playground.hire().id }, key());
    assert.equal(answer.status, 201, answer.text);
    return String(answer.json['requestId']);
  }

  it('are asked for, seen, decided and explained by the people whom they concern', async () => {
    const id = await submitted();
    const view = (await megan.get(`/requests/${id}`)).json as unknown as { plan: { digest: string }; stage: number };
    const why = await megan.get(`/requests/${id}/explanation`);
    assert.deepEqual(why.json['possible'], ['decide', 'delegate']);

    const decision = { verdict: 'approve', digest: view.plan.digest, stage: view.stage };
    assert.equal((await megan.post(`/requests/${id}/decisions`, decision)).status, 200);
    assert.equal((await megan.post(`/requests/${id}/decisions`, decision)).status, 200, 'the same again');
    const done = await playground.licenseflow.requests.wait(id, 30_000);
    assert.equal(done.state, 'done');
    assert.deepEqual(done.submittedBy, {
      ref: PEOPLE.adele.id,
      assurance: 'signed-in',
      name: PEOPLE.adele.displayName,
    });
    assert.equal(done.stages[0]?.decisions[0]?.assurance, 'signed-in');

    const seen = await adele.get(`/requests/${id}`);
    assert.deepEqual(seen.json, JSON.parse(JSON.stringify(done)));
    assert.match(String((await adele.get(`/requests/${id}/explanation`)).json['headline']), /POWER_BI_PRO .* done/);
  });

  it('join the first one under the same key, and are refused with another wish', async () => {
    const options = key();
    const first = await adele.post('/requests', ask, options);
    const again = await adele.post('/requests', ask, options);
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(again.json['requestId'], first.json['requestId']);
    const other = await adele.post('/requests', { ...ask, justification: 'another' }, options);
    assert.deepEqual([other.status, other.json['code']], [409, 'REQUEST_DIFFERS']);
  });

  it('say what is wrong with them, and what to do', async () => {
    const answer = await adele.post('/requests', { add: [{ sku: 'NO_SUCH_SKU' }], justification: 'x' }, key());
    assert.deepEqual([answer.status, answer.json['code']], [422, 'REQUEST_REFUSED']);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const [problem] = answer.json['problems'] as unknown as { code: string; remedy: string }[];
    assert.equal(problem?.code, 'UNKNOWN_SKU');
    assert.notEqual(problem?.remedy, '');
  });

  it('are listed page by page, one’s own to whoever does not read everything', async () => {
    const ids = [await submitted(), await submitted(), await submitted()];
    const mine = () => adele.get('/requests?limit=100');
    const rows = (answer: Awaited<ReturnType<typeof mine>>) =>
      (answer.json['items'] as unknown as { requestId: string }[]).map(({ requestId }) => requestId);
    await until('the list to show them', mine, (answer) => ids.every((id) => rows(answer).includes(id)));

    const paged: string[] = [];
    for (let cursor = ''; ;) {
      const page = await adele.get(`/requests?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      assert.equal(page.status, 200, page.text);
      paged.push(...rows(page));
      if (page.json['next'] === null) break;
      cursor = String(page.json['next']);
    }
    assert.deepEqual(paged.sort(), rows(await mine()).sort());
    assert.equal(new Set(paged).size, paged.length);

    const joni = await web.as(PEOPLE.joni);
    assert.ok(ids.every((id) => paged.includes(id)));
    assert.ok(rows(await joni.get(`/requests?requester=${PEOPLE.adele.id}&limit=100`)).includes(ids[0] ?? ''));
    assert.equal((await adele.get(`/requests?requester=${PEOPLE.megan.id}`)).json['code'], 'ROLE_MISSING');
  });

  it('wait in the inbox of whoever is asked, and of nobody else', async () => {
    const id = await submitted();
    const inbox = (who: Caller) => who.get('/inbox');
    const holds = (answer: Awaited<ReturnType<typeof inbox>>) =>
      (answer.json['items'] as unknown as { requestId: string }[]).some(({ requestId }) => requestId === id);
    await until('the inbox of Megan to show it', () => inbox(megan), holds);
    assert.equal(holds(await inbox(await web.as(PEOPLE.lee))), false);
    assert.equal((await inbox(adele)).json['code'], 'ROLE_MISSING');
  });

  it('are handed on, and denied with a reason', async () => {
    const id = await submitted();
    const handed = { to: PEOPLE.johanna.id, stage: 0, reason: 'On leave' };
    assert.equal((await megan.post(`/requests/${id}/delegations`, handed)).status, 200);
    const johanna = await web.as(PEOPLE.johanna);
    const { digest } = (await johanna.get(`/requests/${id}`)).json['plan'] as unknown as { digest: string };
    const wordless = await johanna.post(`/requests/${id}/decisions`, { verdict: 'deny', digest, stage: 0 });
    assert.deepEqual([wordless.status, wordless.json['code']], [400, 'MALFORMED']);
    const denial = { verdict: 'deny', digest, stage: 0, reason: 'no budget' };
    assert.equal((await johanna.post(`/requests/${id}/decisions`, denial)).status, 200);
    assert.equal((await playground.untilState(id, 'denied')).state, 'denied');
    const late = await johanna.post(`/requests/${id}/decisions`, { ...denial, verdict: 'approve' });
    assert.deepEqual([late.status, late.json['code']], [422, 'NOT_WAITING']);
  });

  it('are withdrawn by their own people, and by operators', async () => {
    const id = await submitted();
    const stranger = await (await web.as(PEOPLE.lee)).post(`/requests/${id}/withdrawal`, { reason: 'x' });
    assert.equal(stranger.status, 404);
    const approver = await megan.post(`/requests/${id}/withdrawal`, { reason: 'x' });
    assert.deepEqual([approver.status, approver.json['code']], [403, 'NOT_YOURS']);
    assert.equal((await adele.post(`/requests/${id}/withdrawal`, { reason: 'not needed' })).status, 200);
    assert.equal((await playground.untilState(id, 'withdrawn')).withdrawal?.actor.ref, PEOPLE.adele.id);
    const other = await submitted();
    const freya = await web.as(PEOPLE.freya);
    assert.equal((await freya.post(`/requests/${other}/withdrawal`, { reason: 'cleaning up' })).status, 200);
  });

  it('are taken back by operators', async () => {
    const id = await submitted();
    await playground.approve(id);
    await playground.licenseflow.requests.wait(id, 30_000);
    const mine = await adele.post(`/requests/${id}/rollback`, { reason: 'x' });
    assert.deepEqual([mine.status, mine.json['code']], [403, 'ROLE_MISSING']);
    assert.equal((await adele.get(`/requests/${id}/rollback`)).json['code'], 'NO_ROLLBACK');
    const freya = await web.as(PEOPLE.freya);
    assert.equal((await freya.post(`/requests/${id}/rollback`, { reason: 'wrong product' })).status, 202);
    await playground.licenseflow.requests.waitForRollback(id, 30_000);
    assert.equal((await adele.get(`/requests/${id}/rollback`)).json['state'], 'restored');
  });

  it('come for several people at once', async () => {
    const id = `b-${randomUUID()}`;
    const subjects = [playground.hire().id, playground.hire().id];
    const batch = await adele.put(`/batches/${id}`, { ...ask, subjects });
    assert.equal(batch.status, 200, batch.text);
    const outcomes = (batch.json['items'] as unknown as { outcome: string }[]).map(({ outcome }) => outcome);
    assert.deepEqual(outcomes, ['accepted', 'accepted']);
    const other = await adele.put(`/batches/${id}`, { ...ask, subjects: [subjects[0]] });
    assert.equal(other.status, 409);
    const listed = () => adele.get(`/batches/${id}/requests`);
    await until('the batch to be listed', listed, ({ json }) => (json['items'] as unknown as unknown[]).length === 2);
    assert.deepEqual((await megan.get(`/batches/${id}/requests`)).json['items'], []);
    const strange = await (await web.as(PEOPLE.lee)).post(`/batches/${id}/withdrawal`, { reason: 'x' });
    assert.equal(strange.status, 404);
    const ended = await adele.post(`/batches/${id}/withdrawal`, { reason: 'a mistake' });
    assert.equal(ended.status, 200, ended.text);
  });
});
