import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { LicenseflowError } from '../../src/client/index.js';
import type { Licenseflow } from '../../src/client/index.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { Playground } from '../support/playground.js';
import type { Answer, Caller } from '../support/web.js';
import { NO_CALLS, Web } from '../support/web.js';

describe('The API under attack', () => {
  let playground: Playground;
  let web: Web;
  let adele: Caller;
  let megan: Caller;
  let lee: Caller;
  let joni: Caller;
  let freya: Caller;
  /** Adele's, for a new colleague; Megan is asked. */
  let requestId: string;

  before(async () => {
    playground = await Playground.open();
    web = await Web.open(playground);
    [adele, megan, lee, joni, freya] = (await Promise.all(
      [PEOPLE.adele, PEOPLE.megan, PEOPLE.lee, PEOPLE.joni, PEOPLE.freya].map((person) => web.as(person)),
    )) as [Caller, Caller, Caller, Caller, Caller];
    requestId = `a-${randomUUID()}`;
    const asked = await adele.post('/requests', ask(), { headers: { 'idempotency-key': requestId } });
    assert.equal(asked.status, 201, asked.text);
  });
  after(async () => {
    await web.close();
    await playground.close();
  });

  const ask = () => ({
    subject: playground.hire().id,
    add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
    justification: '<script>alert(1)</script>',
  });

  function refused({ status, json, text, headers }: Answer, expected: number, code: string): void {
    assert.deepEqual([status, json?.['code']], [expected, code], text);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.doesNotMatch(text, /node_modules|\.ts:|\.js:|at \w+ \(|127\.0\.0\.1|\bGRPC|stack/i);
  }

  const decision = async (who: Caller) => {
    const { plan, stage } = (await playground.licenseflow.requests.view(requestId)) as never as {
      plan: { digest: string };
      stage: number;
    };
    return who.post(`/requests/${requestId}/decisions`, { verdict: 'approve', digest: plan.digest, stage });
  };

  it('shows nobody the request of others, nor that there is one', async () => {
    const [other, guessed] = [await lee.get(`/requests/${requestId}`), await lee.get('/requests/no-such-request')];
    refused(other, 404, 'NO_SUCH_REQUEST');
    refused(guessed, 404, 'NO_SUCH_REQUEST');
    assert.equal(other.json['detail'], String(guessed.json['detail']).replace('no-such-request', requestId));
    for (const path of ['explanation', 'rollback'])
      refused(await lee.get(`/requests/${requestId}/${path}`), 404, 'NO_SUCH_REQUEST');
    for (const [path, body] of [
      ['withdrawal', { reason: 'x' }],
      ['extensions', { byMs: 1_000, reason: 'x' }],
    ] as const)
      refused(await lee.post(`/requests/${requestId}/${path}`, body), 404, 'NO_SUCH_REQUEST');
    refused(await lee.get(`/people/${PEOPLE.adele.id}`), 403, 'ROLE_MISSING');
    refused(await lee.get(`/people/${PEOPLE.adele.userPrincipalName}`), 403, 'ROLE_MISSING');
  });

  it('lets nobody decide who is not asked, whatever their role', async () => {
    refused(await decision(lee), 404, 'NO_SUCH_REQUEST');
    refused(await decision(freya), 403, 'NOT_ELIGIBLE');
    refused(await decision(adele), 403, 'ROLE_MISSING');
    refused(await decision(joni), 403, 'ROLE_MISSING');
  });

  it('lets nobody decide about their own request, although they are an approver', async () => {
    const id = `own-${randomUUID()}`;
    const own = await megan.post('/requests', ask(), { headers: { 'idempotency-key': id } });
    assert.equal(own.status, 201, own.text);
    const { plan, stage } = (await playground.licenseflow.requests.view(id)) as never as {
      plan: { digest: string };
      stage: number;
    };
    const body = { verdict: 'approve', digest: plan.digest, stage };
    refused(await megan.post(`/requests/${id}/decisions`, body), 403, 'SELF_APPROVAL');
  });

  it('takes nobody’s word for who acts', async () => {
    const { digest } = (await megan.get(`/requests/${requestId}`)).json['plan'] as unknown as { digest: string };
    const body = { verdict: 'approve', digest, stage: 0 };
    for (const claim of [
      { actor: { ref: PEOPLE.megan.id, assurance: 'signed-in' } },
      { as: PEOPLE.megan.id },
      { by: PEOPLE.megan.id },
    ])
      refused(await freya.post(`/requests/${requestId}/decisions`, { ...body, ...claim }), 400, 'MALFORMED');
    for (const claim of [{ requester: PEOPLE.megan.id }, { submittedBy: PEOPLE.megan.id }, { requestId: 'mine' }])
      refused(await adele.post('/requests', { ...ask(), ...claim }), 400, 'MALFORMED');
    const headers = { 'x-ms-client-principal-id': PEOPLE.megan.id, 'x-user': PEOPLE.megan.id };
    refused(await freya.post(`/requests/${requestId}/decisions`, body, { headers }), 403, 'NOT_ELIGIBLE');
  });

  const forOperators: readonly (readonly [method: 'post' | 'put', path: string, body: object])[] = [
    ['post', '/seats/POWER_BI_PRO/holds', { units: 1, forMs: 1_000, reason: 'x' }],
    ['post', '/leases/hold-1/release', { reason: 'x' }],
    ['post', '/requests/x/rank', { to: 'head', reason: 'x' }],
    ['post', '/requests/x/rollback', { reason: 'x' }],
    ['put', '/campaigns/x', { source: { kind: 'holders', sku: 'SPE_E3' }, wish: { remove: ['SPE_E3'] } }],
    ['post', '/campaigns/x/start', { plan: 'x' }],
    ['post', '/campaigns/x/pause', {}],
    ['post', '/campaigns/x/roll-back', { of: { kind: 'all' }, reason: 'x' }],
  ];
  for (const [method, path, body] of forOperators)
    it(`keeps ${method} ${path} to operators`, async () => {
      for (const who of [adele, megan, joni]) refused(await who[method](path, body), 403, 'ROLE_MISSING');
    });

  it('keeps what is about everybody to those who read everything', async () => {
    for (const path of [
      '/campaigns',
      '/campaigns/x',
      '/campaigns/x/events',
      '/campaigns/x/export',
      '/seats',
      '/wait-lists',
    ])
      for (const who of [adele, megan]) refused(await who.get(path), 403, 'ROLE_MISSING');
    for (const path of ['/campaigns', '/seats', '/wait-lists', '/requests'])
      assert.equal((await joni.get(path)).status, 200);
  });

  it('counts the same key once, and refuses it with another content, also from others', async () => {
    const first = ask();
    const headers = { 'idempotency-key': `k-${randomUUID()}` };
    assert.equal((await adele.post('/requests', first, { headers })).status, 201);
    refused(await adele.post('/requests', { ...first, justification: 'changed' }, { headers }), 409, 'REQUEST_DIFFERS');
    refused(await lee.post('/requests', first, { headers }), 409, 'REQUEST_DIFFERS');
    for (const key of ['', ' ', '../x', 'a b', 'x'.repeat(65), "x'", '%00'])
      refused(await adele.post('/requests', first, { headers: { 'idempotency-key': key } }), 400, 'MALFORMED');
  });

  it('takes no path for an id', async () => {
    const paths = ['..%2f..%2fadmin', "x'%20OR%20'1'='1", 'x%00', '%F0%9F%92%A9', 'a%20b', 'x'.repeat(390)];
    for (const path of paths) refused(await freya.get(`/requests/${path}`), 400, 'MALFORMED');
    const long = await freya.get(`/requests/${'x'.repeat(1_000)}`);
    assert.equal(long.status, 414);
    for (const filter of [
      "requester=x' OR '1'='1",
      'requester=me&requester=me',
      'state=done;drop',
      'limit=0',
      'limit=1e9',
      'x=1',
    ])
      refused(await freya.get(`/requests?${encodeURI(filter)}`), 400, 'MALFORMED');
    for (const cursor of ['x', 'W10', Buffer.from('["x","eA=="]').toString('base64url'), '%00'])
      refused(await freya.get(`/requests?cursor=${cursor}`), 400, 'BAD_CURSOR');
  });

  it('takes a cursor for no other list than its own', async () => {
    const { next } = (await joni.get('/requests?limit=1')).json as unknown as { next: string | null };
    if (next !== null) refused(await joni.get(`/requests?limit=1&open=true&cursor=${next}`), 400, 'BAD_CURSOR');
  });

  it('answers what is no call', async () => {
    const send = (body: string, type = 'application/json') =>
      web.call('POST', '/api/v1/requests', { token: adele.token, headers: { 'content-type': type }, body });
    for (const body of [
      '{',
      '[]',
      'null',
      '"x"',
      '{"a":1}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{}}}',
    ])
      refused(await send(body), 400, 'MALFORMED');
    refused(await send('<x/>', 'application/xml'), 415, 'UNSUPPORTED_FORMAT');
    refused(await send('a=b', 'multipart/form-data; boundary=x'), 415, 'UNSUPPORTED_FORMAT');
    refused(await send(`{"justification":"${'x'.repeat(300_000)}"}`), 413, 'TOO_LARGE');
    refused(await send('{"justification":"' + '['.repeat(100_000)), 400, 'MALFORMED');
    refused(
      await adele.post('/requests', { ...ask(), add: Array.from({ length: 1_000 }, () => ({ sku: 'x' })) }),
      400,
      'MALFORMED',
    );
    refused(await adele.get('/nothing/here'), 404, 'NO_SUCH_PAGE');
    const wrong = await web.call('DELETE', '/api/v1/requests', { token: adele.token });
    refused(wrong, 405, 'WRONG_METHOD');
    assert.match(wrong.headers.get('allow') ?? '', /GET.*POST/);
  });

  it('ends an upload that has no end, and plans nothing of it', async () => {
    const small = await Web.open(playground, { limits: { uploadBytes: 2_000 } });
    try {
      const caller = await small.as(PEOPLE.freya);
      const rows = Array.from({ length: 500 }, (_, i) => `colleague${i}@contoso.com`).join('\n');
      const answer = await caller.put('/campaigns/too-large/file', `user\n${rows}`);
      refused(answer, 413, 'TOO_LARGE');
      refused(await caller.get('/campaigns/too-large'), 404, 'NO_SUCH_CAMPAIGN');
    } finally {
      await small.close();
    }
  });

  it('lets no header break out of its line', async () => {
    const port = Number(new URL(web.url).port);
    const answer = await raw(
      port,
      `GET /sign-in?return_to=/x%0d%0aset-cookie:%20a=b HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    );
    assert.doesNotMatch(answer, /^set-cookie: a=b/im);
    const smuggled = await raw(
      port,
      'POST /api/v1/requests HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    assert.match(smuggled, /^HTTP\/1\.1 400/);
  });

  it('hands out what was written as data, never as a page', async () => {
    const seen = await adele.get(`/requests/${requestId}`);
    assert.match(seen.text, /<script>/);
    assert.match(seen.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(seen.headers.get('x-content-type-options'), 'nosniff');
    const policy = seen.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  it('slows down whoever calls without end', async () => {
    const slow = await Web.open({ tenant: playground.tenant, licenseflow: NO_CALLS }, { callsPerMinute: 3 });
    try {
      const caller = await slow.as(PEOPLE.adele);
      for (let i = 0; i < 3; i++) assert.equal((await caller.get('/me')).status, 200);
      const answer = await caller.get('/me');
      refused(answer, 429, 'TOO_MANY_CALLS');
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
      assert.equal((await (await slow.as(PEOPLE.megan)).get('/me')).status, 200, 'others are not held up');
    } finally {
      await slow.close();
    }
  });

  describe('tells nothing of its insides', () => {
    const failing = (error: Error): Licenseflow =>
      ({ ...NO_CALLS, tenant: { catalog: () => Promise.reject(error) } }) as unknown as Licenseflow;

    async function told(error: Error): Promise<Answer> {
      const broken = await Web.open({ tenant: playground.tenant, licenseflow: failing(error) });
      try {
        const answer = await (await broken.as(PEOPLE.adele)).get('/catalog');
        if (answer.status === 500) {
          const { instance } = answer.json as unknown as { instance: string };
          assert.ok(broken.logged.some((line) => line.includes(instance.slice('urn:uuid:'.length))));
        }
        return answer;
      } finally {
        await broken.close();
      }
    }

    it('where something failed that nobody foresaw', async () => {
      const answer = await told(new Error('password of db-7 is hunter2'));
      refused(answer, 500, 'INTERNAL');
      assert.doesNotMatch(answer.text, /hunter2|db-7/);
    });

    it('where Temporal cannot be reached', async () => {
      const message = 'Temporal cannot be reached: connect ECONNREFUSED 10.1.2.3:7233';
      const answer = await told(new LicenseflowError('unreachable', 'NO_TEMPORAL', message, 'Check TEMPORAL_ADDRESS.'));
      refused(answer, 503, 'NO_TEMPORAL');
      assert.doesNotMatch(answer.text, /10\.1\.2\.3|ECONNREFUSED/);
      assert.equal(answer.headers.get('retry-after'), '5');
    });
  });
});

/** Sends these bytes, and gives back whatever comes until the other side ends. */
async function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, 'localhost', () => socket.write(bytes));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
    socket.setTimeout(5_000, () => {
      socket.destroy();
      resolve(received);
    });
  });
}
