import assert from 'node:assert/strict';
import type { FastifyPluginAsync } from 'fastify';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { until } from '../support/until.js';
import { testSimulator } from '../support/simulator.js';
import type { Answer, Browser } from '../support/web.js';
import { NO_CALLS, pickedAt, Web } from '../support/web.js';

/** A page with a form, as the console has them. */
const page: FastifyPluginAsync = async (server) => {
  server.get('/form', async (request, reply) => ({ who: request.signedIn?.id ?? null, token: reply.generateCsrf() }));
  server.post('/form', async (request) => ({ done: true, by: request.signedIn?.id ?? null }));
};

const SESSION = 'licenseflow-session';

describe('Sessions', () => {
  let tenant: Tenant;
  let web: Web;

  before(async () => {
    tenant = await (await testSimulator()).createTenant();
    web = await Web.open({ tenant, licenseflow: NO_CALLS }, { pages: [page] });
  });
  after(() => web.close());

  const whoIs = async (browser: Browser): Promise<unknown> => (await browser.send('GET', '/form')).json['who'];

  it('begin at the sign-in service and lead back to where one wanted to go', async () => {
    const browser = web.browser();
    const back = await browser.signIn(PEOPLE.megan, '/requests/lr-1?tab=timeline');
    assert.deepEqual([back.status, back.headers.get('location')], [302, '/requests/lr-1?tab=timeline']);
    assert.equal(await whoIs(browser), PEOPLE.megan.id);
    assert.equal((await browser.send('GET', '/api/v1/me')).json['displayName'], PEOPLE.megan.displayName);
    assert.deepEqual([...browser.cookies.keys()], [SESSION]);
  });

  it('lead nowhere else', async () => {
    const back = await web.browser().signIn(PEOPLE.megan, 'https://evil.example/');
    assert.equal(back.headers.get('location'), '/');
  });

  it('are in a cookie that no script reads and no other site sends', async () => {
    const [cookie = ''] = (await web.browser().signIn(PEOPLE.megan)).headers
      .getSetCookie()
      .filter((one) => one.startsWith(SESSION));
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Lax/);
    assert.match(cookie, /; Path=\//);
  });

  it('are bound to the host and to TLS where the server is reached over it', async () => {
    const publicUrl = 'https://licences.contoso.com';
    const secure = await Web.open(
      { tenant, licenseflow: NO_CALLS },
      { publicUrl, trustedProxies: ['127.0.0.1', '::1'] },
    );
    try {
      const forwarded = { 'x-forwarded-proto': 'https' };
      const begun = await secure.call('GET', '/sign-in', { headers: forwarded });
      const [cookie = ''] = begun.headers.getSetCookie();
      assert.match(cookie, /^__Host-licenseflow-sign-in-[^;]*; .*Secure/);
      assert.match(
        begun.headers.get('location') ?? '',
        /redirect_uri=https%3A%2F%2Flicences\.contoso\.com%2Fsign-in%2Fcallback/,
      );
      assert.match(begun.headers.get('strict-transport-security') ?? '', /max-age=/);
      const plain = await secure.call('GET', '/sign-in');
      assert.deepEqual([plain.status, plain.json['code']], [503, 'SIGN_IN_MISCONFIGURED']);
    } finally {
      await secure.close();
    }
  });

  it('get a new id at each sign-in, so that nobody can plant one', async () => {
    const victim = web.browser();
    await victim.signIn(PEOPLE.megan);
    const planted = victim.cookies.get(SESSION);
    await victim.send('POST', '/sign-out', await withToken(victim));
    victim.cookies.set(SESSION, planted ?? '');
    await victim.signIn(PEOPLE.adele);
    assert.notEqual(victim.cookies.get(SESSION), planted);
    const attacker = web.browser();
    attacker.cookies.set(SESSION, planted ?? '');
    assert.equal(await whoIs(attacker), null);
  });

  it('end with the sign-out, also for a copy of the cookie', async () => {
    const browser = web.browser();
    await browser.signIn(PEOPLE.megan);
    const copy = browser.cookies.get(SESSION) ?? '';
    const out = await browser.send('POST', '/sign-out', await withToken(browser));
    assert.equal(out.status, 303);
    assert.equal(browser.cookies.has(SESSION), false);
    browser.cookies.set(SESSION, copy);
    assert.equal(await whoIs(browser), null);
    assert.equal((await browser.send('GET', '/api/v1/me')).status, 401);
  });

  it('end when their lifetime is over, however busy they are', async () => {
    const short = await Web.open({ tenant, licenseflow: NO_CALLS }, { pages: [page], sessionLifetimeMs: 1 });
    try {
      const browser = short.browser();
      await browser.signIn(PEOPLE.megan);
      await until(
        'the session to be over',
        () => whoIs(browser),
        (who) => who === null,
      );
    } finally {
      await short.close();
    }
  });

  it('cannot be forged', async () => {
    const browser = web.browser();
    await browser.signIn(PEOPLE.megan);
    const [id = '', signature = ''] = decodeURIComponent(browser.cookies.get(SESSION) ?? '').split('.');
    const forged = [
      `${id}.`,
      `${id}x.${signature}`,
      `${'A'.repeat(id.length)}.${signature}`,
      's:admin',
      '{}',
      '%00',
      '%',
    ];
    for (const value of forged) {
      const thief = web.browser();
      thief.cookies.set(SESSION, value);
      assert.equal(await whoIs(thief), null, value);
    }
  });

  it('are not for whoever brings a code that somebody else began', async () => {
    const attacker = web.browser();
    const begun = await attacker.send('GET', '/sign-in');
    const link = await pickedAt(begun.headers.get('location') ?? '', PEOPLE.adele.id);
    const victim = web.browser();
    assert.equal((await victim.send('GET', link)).json['code'], 'SIGN_IN_NOT_COMPLETED');
    assert.equal(await whoIs(victim), null);
    // And the code counts once.
    assert.equal((await attacker.send('GET', link)).status, 302);
    assert.equal((await attacker.send('GET', link)).status, 400);
  });

  it('are not begun with another state, another code, or an account that is disabled', async () => {
    const browser = web.browser();
    const begun = await browser.send('GET', '/sign-in');
    const link = new URL(await pickedAt(begun.headers.get('location') ?? '', PEOPLE.adele.id));
    for (const [name, value] of [
      ['state', 'x'.repeat(43)],
      ['code', 'guessed'],
    ] as const) {
      const changed = new URL(link);
      changed.searchParams.set(name, value);
      const answer = await browser.send('GET', changed.href);
      assert.deepEqual([answer.status, answer.json['code']], [400, 'SIGN_IN_NOT_COMPLETED'], name);
    }
    const gone = await web.browser().signIn(PEOPLE.leo);
    assert.deepEqual([gone.status, gone.json['code']], [400, 'SIGN_IN_NOT_COMPLETED']);
  });

  it('go on in several tabs that sign in at a time', async () => {
    const browser = web.browser();
    const [one, two] = [
      await browser.send('GET', '/sign-in?return_to=/one'),
      await browser.send('GET', '/sign-in?return_to=/two'),
    ];
    const finish = async ({ headers }: Answer) =>
      browser.send('GET', await pickedAt(headers.get('location') ?? '', PEOPLE.megan.id));
    assert.equal((await finish(two)).headers.get('location'), '/two');
    assert.equal((await finish(one)).headers.get('location'), '/one');
  });

  describe('take no orders from other sites', () => {
    it('a form without the token of the session does nothing', async () => {
      const browser = web.browser();
      await browser.signIn(PEOPLE.megan);
      for (const body of ['', '_csrf=', '_csrf=guessed', '_csrf[]=x']) {
        const answer = await browser.send('POST', '/form', { body });
        assert.deepEqual([answer.status, answer.json['code']], [403, 'FORGED'], body);
      }
      const api = await browser.send('POST', '/api/v1/requests', { body: { justification: 'x' } });
      assert.deepEqual([api.status, api.json['code']], [403, 'FORGED']);
    });

    it('nor does one with the token of another session', async () => {
      const [victim, attacker] = [web.browser(), web.browser()];
      await victim.signIn(PEOPLE.megan);
      await attacker.signIn(PEOPLE.adele);
      assert.equal((await victim.send('POST', '/form', await withToken(attacker))).status, 403);
    });

    it('nor one that a browser says came from elsewhere, token or not', async () => {
      const browser = web.browser();
      await browser.signIn(PEOPLE.megan);
      const form = await withToken(browser);
      for (const origin of ['https://evil.example', 'null', `${web.url}.evil.example`]) {
        const answer = await browser.send('POST', '/form', { ...form, headers: { origin } });
        assert.deepEqual([answer.status, answer.json['code']], [403, 'CROSS_SITE'], origin);
      }
      const own = await browser.send('POST', '/form', { ...form, headers: { origin: web.url } });
      assert.deepEqual(own.json, { done: true, by: PEOPLE.megan.id });
    });
  });

  async function withToken(browser: Browser): Promise<{ readonly body: string }> {
    const token = String((await browser.send('GET', '/form')).json['token']);
    return { body: new URLSearchParams({ _csrf: token }).toString() };
  }
});
