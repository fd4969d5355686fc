/** The commands that only look: list, inbox, show, explain, seats. */
import assert from 'node:assert/strict';
import type { InboxItem } from '../../src/client/inbox.js';
import type { RequestFilter, RequestRow } from '../../src/client/request-list.js';
import { E3, STORAGE } from './fake-session.js';
import { ADELE, doneView, MEGAN, sampleRollback, sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const ROW: RequestRow = {
  kind: 'request',
  requestId: 'lr-1',
  state: 'waiting-for-approval',
  ...{ subject: 'Adele Vance <AdeleV@contoso.com>', requester: 'Megan Bowen <MeganB@contoso.com>' },
  products: 'Microsoft 365 E3',
  ...{ createdAt: '2026-03-01T14:30:00.000Z', endedAt: null, dueAt: '2026-03-04T14:30:00.000Z' },
  needsAttention: true,
};

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

async function json(argv: readonly string[], calls: Parameters<typeof run>[1]): Promise<Document> {
  const { stdout, stderr } = await run([...argv, '--json'], calls);
  assert.equal(stderr, '');
  const document = JSON.parse(stdout) as Document;
  assert.equal(document.apiVersion, 'licenseflow/v1');
  return document;
}

describe('licenseflow request list', () => {
  it('turns names into ids, and passes on what was given', async () => {
    const filters: RequestFilter[] = [];
    const calls = {
      list: (filter: RequestFilter) => {
        filters.push(filter);
        return Promise.resolve([]);
      },
      tenant: {
        person: (ref: string) => Promise.resolve(ref.startsWith('Megan') ? MEGAN : ADELE),
        seats: () => Promise.resolve([E3]),
      },
    };
    const people = ['--for', 'AdeleV@contoso.com', '--by', MEGAN.id, '--approver', 'MeganB@contoso.com'];
    const others = ['--state', 'done', '--open', '--needs-attention', '--sku', 'spe_e3', '--limit', '5'];
    const more = ['--batch', 'lr-9', '--due-before', '2026-03-31T18:00Z'];
    await run(['request', 'list', ...people, ...others, ...more], { calls });
    await run(['request', 'list', '--sku', E3.skuId], { calls: { list: calls.list } });
    assert.deepEqual(filters, [
      {
        limit: 6,
        state: 'done',
        ...{ open: true, needsAttention: true, skuId: E3.skuId },
        ...{ batchId: 'lr-9', dueBefore: new Date('2026-03-31T18:00:00Z') },
        ...{ subjectId: ADELE.id, requesterId: MEGAN.id, approverId: MEGAN.id },
      },
      { limit: 31, skuId: E3.skuId },
    ]);
  });

  it('takes a duration from now as due time, and 2 what is no time', async () => {
    const filters: RequestFilter[] = [];
    const calls = {
      list: (filter: RequestFilter) => {
        filters.push(filter);
        return Promise.resolve([]);
      },
    };
    const before = Date.now();
    await run(['request', 'list', '--due-before', '2h'], { calls });
    const ahead = (filters[0]?.dueBefore?.getTime() ?? 0) - 2 * 3_600_000;
    assert.ok(ahead >= before && ahead <= Date.now());
    const { code, stderr } = await run(['request', 'list', '--due-before', 'soon'], { calls });
    assert.equal(code, 2);
    assert.match(stderr, /--due-before: "soon" is no time/);
  });

  it('3 for a product that the tenant does not own', async () => {
    const calls = { tenant: { seats: () => Promise.resolve([E3]) } };
    assert.equal((await run(['request', 'list', '--sku', 'NOPE'], { calls })).code, 3);
  });

  it('prints a row a request, all of it in a pipe', async () => {
    const { stdout } = await run(['request', 'list'], { calls: { list: () => Promise.resolve([ROW]) } });
    assert.equal(
      stdout,
      'lr-1\twaiting-for-approval\tAdele Vance <AdeleV@contoso.com>\tMicrosoft 365 E3\tMegan Bowen <MeganB@contoso.com>' +
        '\t2026-03-01T14:30:00.000Z\t\t2026-03-04T14:30:00.000Z\tneeds attention\trequest\n',
    );
  });

  it('says on a terminal when there is nothing, and when there may be more', async () => {
    const none = await run(['request', 'list'], { terminal: true, calls: { list: () => Promise.resolve([]) } });
    assert.deepEqual(none, { code: 0, stdout: '', stderr: 'No such requests.\n' });
    const argv = ['request', 'list', '--limit', '1'];
    const listing = (found: number) => ({ list: () => Promise.resolve(Array<typeof ROW>(found).fill(ROW)) });
    const more = await run(argv, { terminal: true, calls: listing(2) });
    assert.match(more.stderr, /Only the newest 1 are shown; --limit shows more/);
    assert.equal(more.stdout.split('2026-03-01 14:30 UTC').length, 2, 'one row');
    assert.equal((await run(argv, { terminal: true, calls: listing(1) })).stderr, '', 'exactly as many as there are');
  });

  it('is a RequestList as JSON, also when it is empty', async () => {
    assert.deepEqual(await json(['request', 'list'], { calls: { list: () => Promise.resolve([]) } }), {
      ...{ apiVersion: 'licenseflow/v1', kind: 'RequestList', items: [] },
    });
  });
});

describe('licenseflow inbox', () => {
  const ITEM: InboxItem = { ...ROW, stage: 'manager', since: '2026-03-01T14:31:00.000Z', extension: null };

  it('lists what waits for a person, and how to decide', async () => {
    const asked: unknown[] = [];
    const inbox = (...args: unknown[]) => {
      asked.push(...args);
      return Promise.resolve([ITEM]);
    };
    const { code, stdout, stderr } = await run(['inbox', '--as', 'MeganB@contoso.com'], { calls: { inbox } });
    assert.equal(code, 0);
    assert.deepEqual(asked, ['MeganB@contoso.com', 51]);
    assert.equal(
      stdout,
      'lr-1\tAdele Vance <AdeleV@contoso.com>\tMicrosoft 365 E3\tMegan Bowen <MeganB@contoso.com>\tmanager' +
        '\t2026-03-04T14:30:00.000Z\t2026-03-01T14:31:00.000Z\t\n',
    );
    assert.match(stderr, /licenseflow request approve lr-1 --as MeganB@contoso\.com/);
  });

  it('says when there are more', async () => {
    const argv = ['inbox', '--as', MEGAN.id, '--limit', '1'];
    const more = await run(argv, { calls: { inbox: () => Promise.resolve([ITEM, ITEM]) } });
    assert.match(more.stderr, /Only the most urgent 1 are shown; --limit shows more/);
    assert.equal(more.stdout.split('lr-1\t').length, 2, 'one row');
    assert.doesNotMatch((await run(argv, { calls: { inbox: () => Promise.resolve([ITEM]) } })).stderr, /--limit/);
  });

  it('marks what asks to extend a licence in force', async () => {
    const extension = { extensionId: 'x-1', until: '2026-06-30T22:00:00.000Z' };
    const calls = { inbox: () => Promise.resolve([{ ...ITEM, extension }]) };
    const { stdout } = await run(['inbox', '--as', MEGAN.id, '--no-color'], { terminal: true, calls });
    assert.match(stdout, /EXTENSION UNTIL\n.*2026-06-30 22:00 UTC/);
  });

  it('says so when nothing waits', async () => {
    const { stderr } = await run(['inbox', '--as', MEGAN.id], { calls: { inbox: () => Promise.resolve([]) } });
    assert.match(stderr, /Nothing waits/);
  });
});

describe('licenseflow request show', () => {
  it('tells plan, stages, decisions with their assurance, and the timeline', async () => {
    const [stage] = sampleView().stages;
    assert.ok(stage !== undefined);
    const decision = {
      by: MEGAN,
      assurance: 'asserted',
      verdict: 'approve',
      meets: [0],
      reason: 'Fine',
      at: ROW.createdAt,
    } as const;
    const view = sampleView({ stages: [{ ...stage, decisions: [decision] }], graphRequestIds: ['graph-1'] });
    const { stdout } = await run(['request', 'show', 'lr-1'], {
      calls: { requests: { view: () => Promise.resolve(view) } },
      ...{ terminal: true, timeZone: 'Europe/Berlin', env: { NO_COLOR: '1' } },
    });
    assert.match(stdout, /Waits for: 1 approval in stage "manager"/);
    assert.match(stdout, /at 2026-03-04 14:30 UTC \(15:30 CET\), the request expires/);
    assert.match(stdout, /Plan {2,}\+ add Microsoft 365 E3 \(SPE_E3\) without TEAMS1/);
    assert.match(stdout, /Stage 1 {2,}manager: one approval, waits now; may decide: Megan Bowen/);
    assert.match(stdout, /approved by Megan Bowen <MeganB@contoso\.com> \(asserted\) at .*: Fine/);
    assert.match(stdout, /Graph request-id {2,}graph-1/);
    assert.match(stdout, /Timeline {2,}2026-03-01 14:30 UTC \(15:30 CET\) {2}Submitted\./);
    assert.doesNotMatch(stdout, new RegExp(ADELE.id));
  });

  it('adds ids with --verbose', async () => {
    const calls = { requests: { view: () => Promise.resolve(sampleView()) } };
    const { stdout } = await run(['request', 'show', 'lr-1', '-v'], { calls });
    for (const id of [ADELE.id, MEGAN.id, E3.skuId]) assert.match(stdout, new RegExp(id));
  });

  it('tells a rollback with the request, in text and as JSON', async () => {
    const requests = {
      view: () => Promise.resolve(doneView()),
      rollbackView: () => Promise.resolve(sampleRollback()),
    };
    const { stdout } = await run(['request', 'show', 'lr-1'], { calls: { requests } });
    assert.match(stdout, /Rollback\tRollback of request lr-1 .*: restored/);
    const document = await json(['request', 'show', 'lr-1'], { calls: { requests } });
    assert.deepEqual(document, {
      apiVersion: 'licenseflow/v1',
      kind: 'Request',
      ...doneView(),
      rollback: sampleRollback(),
      places: [],
    });
  });
});

describe('licenseflow explain', () => {
  it('says on one screen what it waits for, who can act, what happens next, what failed, and what to type', async () => {
    const lastFailure = { code: 'NO_SEATS', message: 'E3 text', requestId: 'g-1', at: ROW.createdAt } as const;
    const view = () => Promise.resolve(sampleView({ lastFailure, needsAttention: ['Look here.'] }));
    const { code, stdout, stderr } = await run(['explain', 'lr-1'], { calls: { requests: { view } } });
    assert.equal(code, 0);
    assert.match(stdout, /^Microsoft 365 E3 for Adele Vance .*: waiting for approval\n/);
    for (const part of [
      /Waits for:/,
      /Who can act: Megan/,
      /Next: at/,
      /NO_SEATS.*E3 text.*g-1/,
      /Needs attention: Look here/,
    ])
      assert.match(stdout, part);
    assert.ok(stdout.split('\n').length <= 24);
    assert.match(stderr, /request approve lr-1 --as MeganB@contoso\.com/);
  });

  it('says which notices did not reach anybody', async () => {
    const given = {
      channel: 'webhook',
      reason: 'The receiver answered with status 403.',
      at: '2026-03-01T14:30:00.000Z',
    } as const;
    const view = sampleView({
      notices: {
        sent: 1,
        waiting: [],
        givenUp: [
          { kind: 'denied', ...given },
          { kind: 'ready', ...given, channel: null },
        ],
      },
    });
    const { stdout } = await run(['explain', 'lr-1'], { calls: { requests: { view: () => Promise.resolve(view) } } });
    assert.match(stdout, /Not delivered: notice "denied" by webhook\. The receiver answered with status 403\./);
    assert.match(stdout, /Not delivered: notice "ready"\. The receiver/);
  });

  it('is an Explanation as JSON', async () => {
    const calls = { requests: { view: () => Promise.resolve(sampleView()) } };
    const { kind, ...content } = await json(['explain', 'lr-1'], { calls });
    assert.equal(kind, 'Explanation');
    assert.deepEqual(Object.keys(content), ['apiVersion', 'requestId', 'state', 'headline', 'lines', 'places', 'next']);
  });
});

describe('licenseflow seats', () => {
  const calls = { tenant: { seats: () => Promise.resolve([STORAGE, E3]) } };

  it('lists products that people can be given, and says how many more there are', async () => {
    const { stdout, stderr } = await run(['seats'], { calls });
    assert.equal(stdout, `Microsoft 365 E3\tSPE_E3\t23\t2\t25\t0\t0\tEnabled\tyes\t€36.00\t${E3.skuId}\t0\t0\n`);
    assert.match(stderr, /^1 more/);
  });

  it('lists all of them with --all, by name', async () => {
    const { items } = await json(['seats', '--all'], { calls });
    assert.deepEqual(
      items,
      [STORAGE, E3].map((product) => ({ ...product, held: 0, waiting: 0 })),
    );
  });

  it('lists the plans of one product, by part number or id', async () => {
    for (const sku of ['spe_e3', E3.skuId.toUpperCase()])
      assert.match((await run(['seats', '--plans', sku], { calls })).stdout, /^TEAMS1\tUser\t57ff2da0/);
    assert.equal((await run(['seats', '--plans', 'NOPE'], { calls })).code, 3);
  });
});
