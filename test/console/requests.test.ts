import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { consoleServer, Visitor } from './console-server.js';

describe('console: requests', () => {
  let playground: Playground;
  let server: FastifyInstance;

  before(async () => {
    playground = await Playground.open();
    server = await consoleServer(playground.licenseflow);
  });

  after(async () => {
    await server.close();
    await playground.close();
  });

  /** Adele asks for Power BI Pro through the form, and lands on her request. */
  async function asked(justification = 'quarter report'): Promise<{ adele: Visitor; requestId: string }> {
    const adele = new Visitor(server, PEOPLE.adele);
    const form = await adele.get(`/new-request?sku=${SKU.POWER_BI_PRO}`);
    assert.equal(form.status, 200, form.text);
    const sent = await adele.send(form, '/requests', { whom: 'me', justification });
    assert.equal(sent.status, 303, sent.text);
    const requestId = /^\/requests\/([^?]+)\?said=sent$/u.exec(sent.location ?? '')?.[1];
    assert.ok(requestId, sent.location ?? '');
    return { adele, requestId };
  }

  it('lets somebody ask, and another person approve what is shown', async () => {
    const { adele, requestId } = await asked('the <b>quarter</b> report');
    const mine = await adele.get('/requests');
    assert.match(mine.text, /Waiting for approval/u);
    const megan = new Visitor(server, PEOPLE.megan);
    const inbox = await megan.get('/inbox');
    assert.match(inbox.text, /Power BI Pro/u);
    assert.match(inbox.text, /the <b>quarter<\/b> report/u);
    const page = await megan.get(`/requests/${requestId}`);
    assert.match(page.text, /Your decision/u);
    const approved = await megan.send(page, `/requests/${requestId}/decide`);
    assert.equal(approved.location, `/requests/${requestId}?said=approved`);
    await playground.licenseflow.requests.wait(requestId, 30_000);
    assert.match((await adele.get(`/requests/${requestId}`)).text, /Approved by Megan Bowen/u);
    assert.deepEqual(playground.held(PEOPLE.adele.id)[SKU.POWER_BI_PRO], []);
  });
});
