import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { createLicenseflow } from '../../src/client/index.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { until } from '../support/until.js';
import type { Answer } from './console-server.js';
import { consoleServer, Visitor } from './console-server.js';

/** Megan or Miriam may decide. */
const EITHER = stageOf('licence desk', [{ users: [PEOPLE.megan.userPrincipalName, PEOPLE.miriam.userPrincipalName] }], {
  deadlineMs: 3_600_000,
});

describe('console: requests', () => {
  let playground: Playground;
  let server: FastifyInstance;

  before(async () => {
    playground = await Playground.open({
      ...{ stages: [EITHER], seatWaitMs: 600_000 },
      policy: { monthlyPrices: { power_bi_pro: { amount: 9.4, currency: 'EUR' } } },
    });
    playground.tenant.setFreeSeats(SKU.POWER_BI_PRO, 100);
    server = await consoleServer(playground.licenseflow);
  });

  after(async () => {
    await server.close();
    await playground.close();
  });

  /** Somebody new asks for a product through the form, and has the id of the request. */
  async function asked(justification = 'quarter report', sku: string = SKU.POWER_BI_PRO) {
    const person = playground.hire();
    const visitor = new Visitor(server, { id: person.id });
    const sent = await ask(visitor, sku, { whom: 'me', justification });
    assert.equal(sent.status, 303, sent.text);
    const requestId = /^\/requests\/([^?]+)\?said=sent$/u.exec(sent.location ?? '')?.[1];
    assert.ok(requestId, sent.location ?? '');
    return { person, visitor, requestId };
  }

  async function ask(visitor: Visitor, sku: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const form = await visitor.get(`/new-request?sku=${sku}`);
    assert.equal(form.status, 200, form.text);
    return visitor.send(form, '/requests', fields);
  }

  it('lets somebody ask, and another person approve what is shown', async () => {
    const { person, visitor, requestId } = await asked('the <script>alert(1)</script> report');
    const megan = new Visitor(server, PEOPLE.megan);
    const inbox = await until(
      'the inbox to list it',
      () => megan.get('/inbox'),
      ({ html }) => html.includes(requestId),
    );
    assert.ok(!inbox.html.includes('<script>alert'), 'what people write is never markup');
    assert.match(inbox.text, /the <script>alert\(1\)<\/script> report/u);
    assert.match((await visitor.get('/requests')).text, /Waiting for approval with Megan Bowen or Miriam Graham/u);

    const page = await megan.get(`/requests/${requestId}`);
    assert.match(page.text, /Your decision/u);
    assert.match(page.text, /99 seats left|100 seats left/u);
    assert.match(page.text, /holds now No licence at all/u);
    assert.match(page.text, /€9\.40 a month/u);
    assert.match(page.text, /Price: €9\.40 more a month\./u);
    const approved = await megan.send(page, `/requests/${requestId}/decide`);
    assert.equal(approved.location, `/requests/${requestId}?said=approved`);
    await playground.licenseflow.requests.wait(requestId, 30_000);
    const after = await visitor.get(`/requests/${requestId}`);
    assert.match(after.text, /Approved by Megan Bowen/u);
    assert.ok(!after.text.includes('asserted'), 'a decision at the console is proven by the sign-in');
    assert.deepEqual(playground.held(person.id)[SKU.POWER_BI_PRO], []);
  });

  it('asks for a reason to deny, and shows it to whoever asked', async () => {
    const { visitor, requestId } = await asked();
    const megan = new Visitor(server, PEOPLE.megan);
    const action = `/requests/${requestId}/decide`;
    const page = await megan.get(`/requests/${requestId}`);
    const without = await megan.send(page, action, { verdict: 'deny', reason: ' ' });
    assert.equal(without.status, 400);
    assert.match(without.text, /A denial needs a reason/u);
    assert.equal((await playground.licenseflow.requests.view(requestId)).state, 'waiting-for-approval');
    const denied = await megan.send(without, action, { verdict: 'deny', reason: 'Ask for a trial first' });
    assert.equal(denied.location, `/requests/${requestId}?said=denied`);
    assert.match((await visitor.get(`/requests/${requestId}`)).text, /Denied by Megan Bowen.*Ask for a trial first/u);
  });

  it('tells both of two approvers at once the truth', async () => {
    const { requestId } = await asked();
    const action = `/requests/${requestId}/decide`;
    const [megan, miriam] = [new Visitor(server, PEOPLE.megan), new Visitor(server, PEOPLE.miriam)];
    const [hers, other] = await Promise.all([
      megan.get(`/requests/${requestId}`),
      miriam.get(`/requests/${requestId}`),
    ]);
    const answers = await Promise.all([
      megan.send(hers, action, { verdict: 'approve' }),
      miriam.send(other, action, { verdict: 'deny', reason: 'not now' }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409]);
    const late = answers.find(({ status }) => status === 409);
    const view = await playground.licenseflow.requests.view(requestId);
    const [decision] = view.stages[0]?.decisions ?? [];
    assert.match(late?.text ?? '', /waits for no decision/u);
    assert.ok(late?.text.includes(`by ${decision?.by.displayName ?? 'nobody'}`), late?.text);
  });

  it('hides the requests of others as if they did not exist', async () => {
    const { requestId } = await asked();
    const stranger = new Visitor(server, PEOPLE.emily);
    const hidden = await stranger.get(`/requests/${requestId}`);
    const missing = await stranger.get('/requests/lr-20270101-nobody');
    assert.deepEqual([hidden.status, missing.status], [404, 404]);
    assert.equal(hidden.text.replaceAll(requestId, 'ID'), missing.text.replaceAll('lr-20270101-nobody', 'ID'));
    assert.equal((await new Visitor(server, PEOPLE.amani).get(`/requests/${requestId}`)).status, 200);
  });

  it('lets nobody decide without the role, or about what is their own', async () => {
    const megan = new Visitor(server, PEOPLE.megan);
    const sent = await ask(megan, SKU.POWER_BI_PRO, { whom: 'me', justification: 'for me' });
    const requestId = /^\/requests\/([^?]+)/u.exec(sent.location ?? '')?.[1] ?? '';
    const own = await megan.get(`/requests/${requestId}`);
    assert.ok(!own.text.includes('Your decision'));
    const { _csrf = '' } = own.hiddenFields(`/requests/${requestId}/withdraw`);
    const forged = await megan.post(`/requests/${requestId}/decide`, { _csrf, verdict: 'approve', form: '/inbox' });
    assert.equal(forged.status, 409);
    assert.match(forged.text, /Nobody decides about their own/u);
    const { visitor, requestId: other } = await asked();
    const mine = await visitor.get(`/requests/${other}`);
    const token = mine.hiddenFields(`/requests/${other}/withdraw`)['_csrf'] ?? '';
    const escalated = await visitor.post(`/requests/${other}/decide`, { _csrf: token, verdict: 'approve' });
    assert.equal(escalated.status, 403);
    assert.equal((await visitor.get('/all-requests')).status, 403);
    assert.equal((await playground.licenseflow.requests.view(other)).state, 'waiting-for-approval');
  });

  it('leads back to where somebody was after a sign-in, with what was typed', async () => {
    const person = playground.hire();
    const visitor = new Visitor(server, { id: person.id });
    const form = await visitor.get(`/new-request?sku=${SKU.POWER_BI_PRO}`);
    visitor.signOut();
    const away = await visitor.get('/requests?x=1');
    assert.equal(away.location, `/sign-in?return_to=${encodeURIComponent('/requests?x=1')}`);
    const lost = await visitor.send(form, '/requests', { whom: 'me', justification: 'a long & thoughtful text' });
    assert.equal(lost.status, 401);
    assert.match(lost.text, /Nothing was changed/u);
    const link = /href="\/sign-in\?return_to=([^"]+)"/u.exec(lost.html)?.[1] ?? '';
    const back = decodeURIComponent(link);
    assert.match(back, /^\/new-request\?/u);
    assert.ok(!back.includes('_csrf'), back);
    const again = new Visitor(server, { id: person.id });
    const filled = await again.get(back);
    assert.match(filled.text, /a long & thoughtful text/u);
    const sent = await again.send(filled, '/requests', { whom: 'me', justification: 'a long & thoughtful text' });
    assert.equal(sent.status, 303, sent.text);
  });

  it('never leads to another site', async () => {
    const visitor = new Visitor(server, null);
    for (const form of ['//evil.example/', '/\\evil.example', 'https://evil.example/', '/a?b"><script>']) {
      const { html } = await visitor.post('/requests', { form });
      assert.match(html, /href="\/sign-in\?return_to=%2F"/u, form);
    }
  });

  it('refuses a form without its token, keeps it, and takes it when it is sent again', async () => {
    const person = playground.hire();
    const visitor = new Visitor(server, { id: person.id });
    const form = await visitor.get(`/new-request?sku=${SKU.POWER_BI_PRO}`);
    const fields: Record<string, string> = { ...form.hiddenFields('/requests'), whom: 'me', justification: 'kept' };
    const stale = await visitor.post('/requests', { ...fields, _csrf: 'forged' });
    assert.equal(stale.status, 403);
    await assert.rejects(playground.licenseflow.requests.view(fields['request_id'] ?? ''), /no request/u);
    const sent = await visitor.send(stale, '/requests');
    assert.equal(sent.status, 303, sent.text);
    const view = await playground.licenseflow.requests.view(fields['request_id'] ?? '');
    assert.equal(view.request.justification, 'kept');
  });

  it('takes a form that is sent twice once, and offers a new number for another wish under the same', async () => {
    const person = playground.hire();
    const visitor = new Visitor(server, { id: person.id });
    const form = await visitor.get(`/new-request?sku=${SKU.POWER_BI_PRO}`);
    const sent = [
      await visitor.send(form, '/requests', { whom: 'me', justification: 'once' }),
      await visitor.send(form, '/requests', { whom: 'me', justification: 'once' }),
    ];
    assert.equal(sent[0]?.location, sent[1]?.location);
    const other = await visitor.send(form, '/requests', { whom: 'me', justification: 'something else' });
    assert.equal(other.status, 409);
    assert.match(other.text, /stands for another request already/u);
    assert.notEqual(other.hiddenFields('/requests')['request_id'], form.hiddenFields('/requests')['request_id']);
  });

  it('says why a request is refused, and keeps the form', async () => {
    const visitor = new Visitor(server, { id: playground.hire({ usageLocation: null }).id });
    const refused = await ask(visitor, SKU.POWER_BI_PRO, { whom: 'me', justification: 'reports' });
    assert.equal(refused.status, 409);
    assert.match(refused.text, /usage location.*USAGE_LOCATION/u);
    assert.match(refused.html, />\s*reports<\/textarea>/u);
    const sent = await visitor.send(refused, '/requests', {
      whom: 'me',
      justification: 'reports',
      usage_location: 'de',
    });
    assert.equal(sent.status, 303, sent.text);
  });

  it('finds the person who is meant, and asks where several may be', async () => {
    for (const surname of ['Adams', 'Berg'])
      playground.tenant.createUser({
        displayName: `Zora ${surname}`,
        userPrincipalName: `zora.${surname.toLowerCase()}@contoso.com`,
        usageLocation: 'US',
      });
    const visitor = new Visitor(server, PEOPLE.adele);
    const wish = { whom: 'other', justification: 'she starts on Monday' };
    const several = await ask(visitor, SKU.POWER_BI_PRO, { ...wish, person: 'Zora' });
    assert.equal(several.status, 400);
    assert.match(several.text, /Zora Adams.*Zora Berg/u);
    const berg = playground.tenant.user('zora.berg@contoso.com').id;
    const sent = await visitor.send(several, '/requests', { ...wish, person: 'Zora', person_id: berg });
    assert.equal(sent.status, 303, sent.text);
    const shown = await visitor.follow(sent);
    assert.match(shown.text, /for Zora Berg/u);
    const suggested = await visitor.get('/suggestions/people?q=Zora');
    assert.match(suggested.html, /"displayName":"Zora Adams"/u);
    assert.equal((await new Visitor(server, null).get('/suggestions/people?q=Zora')).status, 401);
  });

  it('lets a decision be handed on, and a request be ended', async () => {
    const { visitor, requestId } = await asked();
    const megan = new Visitor(server, PEOPLE.megan);
    const page = await megan.get(`/requests/${requestId}`);
    const action = `/requests/${requestId}/delegate`;
    const handed = await megan.send(page, action, { to: PEOPLE.johanna.userPrincipalName, why: 'on leave' });
    assert.equal(handed.location, `/requests/${requestId}?said=delegated`, handed.text);
    assert.match((await new Visitor(server, PEOPLE.johanna).get(`/requests/${requestId}`)).text, /Your decision/u);
    const mine = await visitor.get(`/requests/${requestId}`);
    const ended = await visitor.send(mine, `/requests/${requestId}/withdraw`, { leave: 'not needed any more' });
    assert.equal(ended.location, `/requests/${requestId}?said=withdrawn`, ended.text);
    const after = await visitor.get(`/requests/${requestId}`);
    assert.match(after.text, /Withdrawn/u);
    assert.match(after.text, /not needed any more/u);
  });

  it('shows the place in the wait-list', async () => {
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
    const { visitor, requestId } = await asked('diagrams', SKU.VISIOCLIENT);
    await playground.approve(requestId);
    await playground.untilState(requestId, 'waiting-for-seat');
    const page = await until(
      'the place to be shown',
      () => visitor.get(`/requests/${requestId}`),
      ({ text }) => text.includes('Place 1'),
    );
    assert.match(page.text, /Waiting for a free seat/u);
    assert.match((await visitor.get('/requests')).text, /Place 1 in the wait-list/u);
  });

  it('says that Temporal cannot be reached, and keeps what was sent', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const licenseflow = createLicenseflow({ client: new Client({ connection }), answerWithinMs: 500 });
    const lost = await consoleServer(licenseflow);
    try {
      const visitor = new Visitor(lost, PEOPLE.adele);
      const page = await visitor.get('/requests');
      assert.equal(page.status, 503, page.text);
      assert.equal(page.headers['retry-after'], '5');
      assert.match(page.html, /data-retry/u);
      const { _csrf = '' } = page.hiddenFields('/sign-out');
      const typed = {
        _csrf,
        form: '/new-request',
        whom: 'me',
        justification: 'kept "word" for word',
        sku: SKU.POWER_BI_PRO,
      };
      const sent = await visitor.post('/requests', typed);
      assert.equal(sent.status, 503);
      assert.equal(sent.hiddenFields('/requests')['justification'], 'kept "word" for word');
    } finally {
      await lost.close();
      await connection.close();
    }
  });
});
