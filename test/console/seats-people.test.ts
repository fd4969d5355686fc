import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import { consoleServer, Visitor } from './console-server.js';

describe('console: seats, people, search', () => {
  let playground: Playground;
  let server: FastifyInstance;
  let johanna: Visitor;

  before(async () => {
    playground = await Playground.open({ stages: [], seatWaitMs: 600_000 });
    server = await consoleServer(playground.licenseflow);
    johanna = new Visitor(server, PEOPLE.johanna);
  });

  after(async () => {
    await server.close();
    await playground.close();
  });

  /** Two people wait for a seat of Visio. */
  async function twoWait(): Promise<readonly string[]> {
    playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 0);
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      const person = playground.hire();
      const wish = playground.wishOf(person, { add: [{ sku: SKU.VISIOCLIENT, disabledPlans: [] }] });
      const requestId = await playground.submitted(wish);
      await playground.untilState(requestId, 'waiting-for-seat');
      ids.push(requestId);
    }
    return ids;
  }

  it('show who waits, and let an operator change the order and keep seats back', async () => {
    const [first = '', second = ''] = await twoWait();
    const path = `/seats/${SKU.VISIOCLIENT}`;
    const inOrder = (html: string, a: string, b: string) => html.includes(a) && html.indexOf(a) < html.indexOf(b);
    const before = await until(
      'both to wait',
      () => johanna.get(path),
      ({ html }) => inOrder(html, first, second),
    );
    assert.match((await johanna.get('/seats')).text, /2 requests wait for a seat/u);
    const without = await johanna.send(before, `${path}/rank`, { reason: '' });
    assert.match(without.text, /Say why/u);
    const moved = await johanna.send(before, `${path}/rank`, { reason: 'the fair is tomorrow' });
    assert.equal(moved.location, `${path}?said=ranked`, moved.text);
    const after = await johanna.get(path);
    assert.ok(inOrder(after.html, second, first), after.text);
    const held = await johanna.send(after, `${path}/hold`, {
      units: '2',
      hold_days: '3',
      priority: 'low',
      hold_reason: 'new team',
    });
    assert.equal(held.location, `${path}?said=held`, held.text);
    assert.match((await johanna.get(path)).text, /new team/u);
    const odd = await johanna.send(after, `${path}/hold`, { units: '-1', hold_days: '3', hold_reason: 'x' });
    assert.equal(odd.status, 400);
  });

  it('show an auditor everything and no form', async () => {
    const amani = new Visitor(server, PEOPLE.amani);
    const { status, html } = await amani.get(`/seats/${SKU.VISIOCLIENT}`);
    assert.equal(status, 200);
    assert.ok(!html.includes('/hold"'));
    assert.equal((await amani.get('/seats/not-a-product')).status, 404);
  });

  it('tell of a person what is held, and only to those who may know', async () => {
    const page = await johanna.get(`/people/${PEOPLE.lidia.id}`);
    assert.match(page.text, /Lidia Holloway/u);
    assert.match(page.text, /Assigned directly.*Through the group “Sales”/u);
    const adele = new Visitor(server, PEOPLE.adele);
    assert.equal((await adele.get(`/people/${PEOPLE.lidia.id}`)).status, 404);
    assert.equal((await adele.get(`/people/${PEOPLE.adele.id}`)).status, 200);
    assert.match((await adele.get('/my-licences')).text, /ENTERPRISEPACK/u);
    const named = await johanna.get(`/people/${PEOPLE.lidia.userPrincipalName}`);
    assert.equal(named.status, 404, 'an address has no place in a path');
  });

  it('find people, products and requests', async () => {
    const person = playground.hire();
    const requestId = await playground.submitted(playground.wishOf(person));
    assert.match((await johanna.get('/search?q=Adele')).html, new RegExp(`/people/${PEOPLE.adele.id}`, 'u'));
    assert.match((await johanna.get('/search?q=visio')).html, new RegExp(`/seats/${SKU.VISIOCLIENT}`, 'u'));
    assert.match((await johanna.get(`/search?q=${requestId}`)).html, new RegExp(`/requests/${requestId}`, 'u'));
    const odd = await johanna.get(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
    assert.equal(odd.status, 200);
    assert.ok(!odd.html.includes('<script>alert'));
  });
});
