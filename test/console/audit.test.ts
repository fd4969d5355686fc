import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { embeddedPostgres } from '../../src/audit/embedded.js';
import { createAuditStore } from '../../src/audit/store.js';
import { consolePages } from '../../src/console/index.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { AUDITED_PACE } from '../audit/audit-pace.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import { Web } from '../support/web.js';
import { AtTheConsole, findChromium, startChromium } from './browser.js';
import { consoleServer, Visitor } from './console-server.js';

describe('console: audit trail', () => {
  const store = createAuditStore(embeddedPostgres(null));
  let playground: Playground;
  let server: FastifyInstance;
  let amani: Visitor;
  let requestId: string;

  before(async () => {
    playground = await Playground.open({ pace: AUDITED_PACE, audit: store });
    server = await consoleServer(playground.licenseflow);
    amani = new Visitor(server, PEOPLE.amani);
    const wish = playground.wishOf(playground.hire(), { justification: 'for <the> fair' });
    ({ requestId } = await playground.approved(wish));
    await until(
      'the end of the request to be recorded',
      () => amani.get(`/audit?request=${requestId}`),
      ({ text }) => text.includes('Request ended'),
    );
  });
  after(async () => {
    await server.close();
    await playground.close();
    await store.close();
  });

  it('tells an auditor who asked, who decided, why, and what was changed', async () => {
    const { status, text, html } = await amani.get(`/audit?request=${requestId}`);
    assert.equal(status, 200);
    assert.match(text, /Request submitted.*for <the> fair/u);
    assert.match(html, /for &lt;the&gt; fair/u);
    assert.match(text, /Request decided : approve.*Megan Bowen/u);
    assert.ok(html.includes(`/people/${PEOPLE.megan.id}`));
    assert.match(text, /Request assigned : assigned.*After/u);
  });

  it('is searched by person, kind and day, and says where nothing fits', async () => {
    const decided = await amani.get(`/audit?actor=${PEOPLE.megan.id}&kind=request.decided`);
    assert.match(decided.text, /Request decided/u);
    assert.doesNotMatch(decided.html, /<strong>Request submitted/u);
    for (const query of ['person=nobody@contoso.com', 'until=2020-01-01', `request=${requestId}&kind=campaign.user`])
      assert.match((await amani.get(`/audit?${query}`)).text, /No entry fits/u, query);
  });

  it('is shown in parts', async () => {
    const second = await amani.get(`/audit?request=${requestId}&from=3`);
    assert.match(second.text, /Back to the beginning/u);
    assert.ok(second.html.includes(`href="/audit?request=${requestId}"`), 'with the same filter');
    assert.doesNotMatch(second.html, /<strong>Request ended/u);
    assert.equal((await amani.get('/audit?from=nowhere')).status, 400);
  });

  it('is checked on demand, with the head to be kept elsewhere', async () => {
    assert.match(
      (await amani.get('/audit?check=yes')).text,
      /The trail is whole: \d+ entries.*Its head: \d+:[0-9a-f]{64}/u,
    );
  });

  it('is readable for everybody, in a browser', async function () {
    const program = findChromium();
    if (program === null) this.skip();
    const { licenseflow } = playground;
    const web = await Web.open(playground, { pages: [consolePages({ licenseflow })] });
    const browser = await startChromium(program);
    try {
      const joni = await AtTheConsole.open(browser, web.url);
      await joni.signIn(PEOPLE.joni.id, `/audit?check=yes&request=${requestId}`);
      await joni.sees('The trail is whole');
      await joni.page.getByText('Details').first().click();
      await joni.look('audit');
      assert.deepEqual(joni.complaints, []);
      await joni.close();
    } finally {
      await browser.close();
      await web.close();
    }
  });

  it('is nothing for people who do not read everything', async () => {
    assert.equal((await new Visitor(server, PEOPLE.adele).get('/audit')).status, 403);
  });
});

describe('console: without an audit trail', () => {
  it('says that none is kept, and what to do', async () => {
    const playground = await Playground.open();
    const server = await consoleServer(playground.licenseflow);
    const { status, html } = await new Visitor(server, PEOPLE.amani).get('/audit');
    assert.equal(status, 200);
    assert.match(html, /role="alert"/u);
    await server.close();
    await playground.close();
  });
});
