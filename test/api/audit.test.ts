import assert from 'node:assert/strict';
import { embeddedPostgres } from '../../src/audit/embedded.js';
import { createAuditStore } from '../../src/audit/store.js';
import { readAuditFile } from '../../src/client/index.js';
import type { AuditEntry, AuditHead } from '../../src/domain/audit.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { AUDITED_PACE } from '../audit/audit-pace.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import type { Caller } from '../support/web.js';
import { Web } from '../support/web.js';

describe('The audit trail over HTTP', () => {
  const store = createAuditStore(embeddedPostgres(null));
  let playground: Playground;
  let web: Web;
  let auditor: Caller;
  let requestId: string;

  before(async () => {
    playground = await Playground.open({ pace: AUDITED_PACE, audit: store });
    web = await Web.open(playground);
    auditor = await web.as(PEOPLE.joni);
    const person = playground.hire();
    ({ requestId } = await playground.approved(playground.wishOf(person)));
    await until(
      'the end of the request to be recorded',
      () => entriesOf(`?requestId=${requestId}`),
      (entries) => entries.some(({ kind }) => kind === 'request.ended'),
    );
  });
  after(async () => {
    await web.close();
    await playground.close();
    await store.close();
  });

  const entriesOf = async (query: string) =>
    ((await auditor.get(`/audit${query}`)).json as unknown as { items: AuditEntry[] }).items;

  it('is searched page by page, the newest first', async () => {
    const all = await entriesOf(`?requestId=${requestId}`);
    const found: AuditEntry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { json } = await auditor.get(`/audit?requestId=${requestId}&limit=2${cursor}`);
      const { items, next } = json as unknown as { items: AuditEntry[]; next: string | null };
      found.push(...items);
      cursor = next === null ? null : `&cursor=${next}`;
    }
    assert.deepEqual(found, all);
    assert.deepEqual(
      all.map(({ number }) => number),
      all.map(({ number }) => number).sort((a, b) => b - a),
    );
    const [decided] = await entriesOf(`?requestId=${requestId}&kind=request.decided`);
    assert.equal(decided?.actor?.id, PEOPLE.megan.id);
    assert.deepEqual(await entriesOf('?person=nobody@contoso.com'), []);
  });

  it('is exported whole, and the file can be verified by itself', async () => {
    const { status, text, headers } = await auditor.get('/audit/export');
    assert.equal(status, 200);
    assert.match(headers.get('content-disposition') ?? '', /audit\.ndjson/);
    const { problems, entries } = await readAuditFile([text]);
    assert.deepEqual(problems, []);
    assert.ok(entries.length >= 4, String(entries.length));
  });

  it('is verified, also against a head that was kept', async () => {
    const { head, problems } = (await auditor.get('/audit/verification')).json as unknown as {
      head: AuditHead;
      problems: unknown[];
    };
    assert.deepEqual(problems, []);
    const kept = (entries: number, hash: string) =>
      auditor.get(`/audit/verification?entries=${String(entries)}&hash=${hash}`);
    assert.deepEqual((await kept(head.entries, head.hash)).json['problems'], []);
    const { json: cut } = await kept(head.entries + 1, 'a'.repeat(64));
    assert.equal((cut as unknown as { problems: unknown[] }).problems.length, 1);
    assert.equal((await auditor.get(`/audit/verification?entries=1`)).status, 400);
  });

  it('is shown to nobody without a role for it', async () => {
    const adele = await web.as(PEOPLE.adele);
    for (const path of ['/audit', '/audit/export', '/audit/verification'])
      assert.equal((await adele.get(path)).status, 403, path);
  });

  it('refuses questions that mean nothing', async () => {
    for (const query of ['?kind=nonsense', '?since=yesterday', '?cursor=x', '?limit=0', '?what=1'])
      assert.equal((await auditor.get(`/audit${query}`)).status, 400, query);
  });
});
