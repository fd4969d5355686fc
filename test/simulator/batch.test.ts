import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { BatchResponse } from './graph-json.js';
import { present, withSimulator } from './graph-session.js';

const read = (id: string, user: string, more = {}) => ({
  id,
  method: 'GET',
  url: `/users/${user}?$select=id`,
  ...more,
});
const assign = (id: string, user: string, skuId: string, more = {}) => ({
  id,
  method: 'POST',
  url: `/users/${user}/assignLicense`,
  headers: { 'Content-Type': 'application/json' },
  body: { addLicenses: [{ skuId, disabledPlans: [] }], removeLicenses: [] },
  ...more,
});

describe('A batch', () => {
  const open = withSimulator();
  const byId = (responses: readonly BatchResponse[], id: string) =>
    present(responses.find((response) => response.id === id));

  it('answers each call on its own, in any order', async () => {
    const session = await open();
    const people = Object.values(PEOPLE).slice(0, 19);
    const requests = [...people.map(({ id }, n) => read(String(n), id)), read('nobody', 'nobody')];
    const answer = await session.post('/$batch', { requests });
    assert.equal(answer.status, 200);
    const { responses } = answer.body;
    people.forEach(({ id }, n) => assert.equal(byId(responses, String(n)).body.id, id));
    assert.equal(byId(responses, 'nobody').status, 404);
    assert.equal(byId(responses, 'nobody').body.error.code, 'Request_ResourceNotFound');
    assert.equal(byId(responses, '0').headers['x-ms-resource-unit'], '1');
    const order = answer.body.responses.map(({ id }) => id);
    assert.notDeepEqual(
      order,
      requests.map(({ id }) => id),
      'a client must not rely on the order',
    );
    session.tenant.setOptions({ batchOrder: 'request' });
    const inOrder = await session.post('/$batch', { requests });
    assert.deepEqual(
      inOrder.body.responses.map(({ id }) => id),
      requests.map(({ id }) => id),
    );
  });

  it('bills and throttles each call on its own', async () => {
    const session = await open();
    session.tenant.addFault({ match: { userId: PEOPLE.alex.id }, fault: { kind: 'throttle', retryAfterSeconds: 9 } });
    const { body } = await session.post('/$batch', {
      requests: [read('a', PEOPLE.adele.id), read('b', PEOPLE.alex.id)],
    });
    const [a, b] = [byId(body.responses, 'a'), byId(body.responses, 'b')];
    assert.deepEqual([a.status, b.status, b.headers['Retry-After']], [200, 429, '9']);
    const logged = session.tenant.calls().filter(({ batchRequestId }) => batchRequestId !== null);
    assert.equal(logged.length, 2);
  });

  it('runs what depends on another call after it, or not at all', async () => {
    const session = await open();
    const { body } = await session.post('/$batch', {
      requests: [
        assign('3', PEOPLE.adele.id, SKU.EMS, { dependsOn: ['2'] }),
        assign('2', PEOPLE.adele.id, SKU.VISIOCLIENT, { dependsOn: ['1'] }),
        assign('1', PEOPLE.adele.id, SKU.FLOW_FREE),
      ],
    });
    assert.deepEqual(
      ['1', '2', '3'].map((id) => byId(body.responses, id).status),
      [200, 400, 424],
    );
    assert.equal(session.tenant.effectiveWrites().length, 1);
  });

  it('contends with itself where the tenant takes one write at a time', async () => {
    const session = await open({ options: { writeLock: '409', writeMs: 20 } });
    const people = Object.values(PEOPLE).slice(5, 10);
    const { body } = await session.post('/$batch', {
      requests: people.map(({ id }, n) => assign(String(n), id, SKU.FLOW_FREE)),
    });
    const refused = body.responses.filter(({ status }) => status === 409);
    assert.equal(refused.length, 4);
  });

  it('is cut as a whole when one of its answers is lost', async () => {
    const session = await open();
    session.tenant.addFault({ match: { userId: PEOPLE.alex.id }, fault: { kind: 'lost-response' } });
    const requests = [assign('1', PEOPLE.adele.id, SKU.FLOW_FREE), assign('2', PEOPLE.alex.id, SKU.FLOW_FREE)];
    await assert.rejects(session.post('/$batch', { requests }), { code: 'ECONNRESET' });
    assert.equal(session.tenant.effectiveWrites().length, 2);
  });

  it('is not run when it breaks down itself', async () => {
    const session = await open();
    session.tenant.addFault({ match: { path: '/$batch' }, fault: { kind: 'server-error', status: 503 } });
    const answer = await session.post('/$batch', { requests: [assign('1', PEOPLE.adele.id, SKU.FLOW_FREE)] });
    assert.equal(answer.status, 503);
    assert.deepEqual(session.tenant.effectiveWrites(), []);
  });

  for (const [what, requests] of [
    ['more than twenty calls', Array.from({ length: 21 }, (_, n) => read(String(n), PEOPLE.adele.id))],
    ['no calls', []],
    ['the same id twice, whatever its case', [read('a', PEOPLE.adele.id), read('A', PEOPLE.alex.id)]],
    ['a call that depends on none of it', [read('a', PEOPLE.adele.id, { dependsOn: ['z'] })]],
    [
      'calls that depend on each other',
      [read('a', PEOPLE.adele.id, { dependsOn: ['b'] }), read('b', PEOPLE.alex.id, { dependsOn: ['a'] })],
    ],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const session = await open();
      const answer = await session.post('/$batch', { requests }, { malformed: true });
      assert.equal(answer.status, 400);
      assert.equal(session.tenant.calls().length, 1, 'none of its calls was run');
    });
  }

  it('refuses a call with a body and no content type', async () => {
    const session = await open();
    const { body } = await session.post('/$batch', {
      requests: [assign('1', PEOPLE.adele.id, SKU.EMS, { headers: {} })],
    });
    assert.equal(body.responses[0]?.status, 400);
  });

  it('needs a token', async () => {
    const session = await open();
    assert.equal(
      (await session.post('/$batch', { requests: [read('a', PEOPLE.adele.id)] }, { token: null })).status,
      401,
    );
  });
});
