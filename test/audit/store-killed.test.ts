/** The store is killed and comes back while requests and a campaign are under way: nothing is lost, nothing is there twice. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditStore } from '../../src/activities/index.js';
import { embeddedPostgres } from '../../src/audit/embedded.js';
import { postgres } from '../../src/audit/postgres.js';
import { createAuditStore } from '../../src/audit/store.js';
import { createLicenseflow, type Licenseflow } from '../../src/client/index.js';
import type { LicenseRequest, RequestView } from '../../src/contracts/license-request.js';
import { questionOf } from '../../src/contracts/license-request.js';
import type { AuditEntry } from '../../src/domain/audit.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { inParallel } from '../integration/in-parallel.js';
import { APPROVER, KillableWorker } from '../integration/killable-worker.js';
import { agreed, moveOf, planned, untilCampaign } from '../support/campaigns.js';
import { actor, Playground } from '../support/playground.js';
import { testSimulator } from '../support/simulator.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { AUDITED_PACE } from './audit-pace.js';
import { PostgresServer, postgresPrograms, WHY_NOT } from './postgres-server.js';

const PATIENCE_MS = 600_000;

describe('an audit store that is killed under load', function () {
  this.timeout(PATIENCE_MS + 60_000);

  describe('PostgreSQL', () => {
    const programs = postgresPrograms();
    let server: PostgresServer;
    let store: AuditStore;

    before(async function () {
      if (programs === null) {
        console.log(`      killing PostgreSQL is not tested: it ${WHY_NOT}`);
        this.skip();
      }
      server = await PostgresServer.start(programs);
      store = createAuditStore(postgres(server.url));
    });
    after(async () => {
      await store?.close();
      await server?.remove();
    });

    it('has everything once, in order, and is whole', async () => {
      const playground = await Playground.open({ pace: AUDITED_PACE, audit: store, answerWithinMs: 60_000 });
      const { licenseflow, tenant } = playground;
      try {
        for (const skuId of [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM]) tenant.setSeats(skuId, { enabled: 1_000 });
        const people = Array.from({ length: 12 }, () => playground.hire());
        const movers = Array.from({ length: 10 }, () =>
          playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
        );
        const campaign = moveOf(movers.map(({ id }) => id));
        let isOver = false;
        const requests = inParallel(people, 5, async (person) => {
          const requestId = await playground.submitted(playground.wishOf(person));
          await playground.approve(requestId);
          return licenseflow.requests.wait(requestId, PATIENCE_MS);
        });
        const moved = async () => {
          await agreed(licenseflow, await planned(licenseflow, campaign));
          return untilCampaign(licenseflow, campaign.campaignId, 'finished');
        };
        const work = Promise.all([requests, moved()]).finally(() => (isOver = true));
        let kills = 0;
        const killing = (async () => {
          for (const progress of [10, 40, 70]) {
            await until(
              `${progress} entries`,
              () => store.head(tenant.id).catch(() => ({ entries: -1 })),
              ({ entries }) => isOver || entries >= progress,
              PATIENCE_MS,
            );
            await server.kill();
            kills += 1;
            // Long enough for somebody to find it gone.
            await pause(300);
            await server.up();
          }
        })();
        const [carried] = await work;
        const views = [...carried.values()];
        await killing;
        assert.equal(kills, 3);
        await allTold(licenseflow, views);
        const entries = await entriesIn(store, tenant.id);
        assertOnceAndInOrder(entries);
        assertRequestsTold(entries, views);
        const users = entries.filter(({ kind }) => kind === 'campaign.user').map(({ subject }) => subject?.id);
        assert.deepEqual(users.sort(), movers.map(({ id }) => id).sort());
        assert.deepEqual((await store.verify(tenant.id, [])).problems, []);
      } finally {
        await playground.close();
      }
    });
  });

  describe('PGlite, together with the worker that it is in', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'audit-killed-'));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it('has everything once, in order, and is whole', async () => {
      const simulator = await testSimulator();
      const tenant = await simulator.createTenant({ users: 6, options: { quota: 'off' } });
      tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 1_000 });
      const { server, client } = await testTemporal();
      const taskQueue = `audit-killed-${randomUUID()}`;
      const audit = join(folder, 'audit');
      const worker = new KillableWorker({
        ...{ folder, temporal: server, taskQueue, tenantId: tenant.id },
        env: { LICENSEFLOW_AUDIT_FOLDER: audit, LICENSEFLOW_LOG_LEVEL: 'error' },
      });
      const pace = { ...AUDITED_PACE, read: { ...AUDITED_PACE.read, startToCloseMs: 5_000 } };
      const licenseflow = createLicenseflow({ client, taskQueue, pace, answerWithinMs: 120_000 });
      try {
        await worker.start();
        const people = tenant.users().slice(-6);
        let ended = 0;
        const work = inParallel(people, 2, async (person) => {
          const view = await carriedOut(licenseflow, {
            ...{
              requestId: `t-${randomUUID()}`,
              requester: person.userPrincipalName,
              subject: person.userPrincipalName,
            },
            ...{ add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }], remove: [], justification: 'load' },
          });
          ended += 1;
          return view;
        });
        await until(
          'some to have ended',
          () => ended,
          (seen) => seen >= 2,
          PATIENCE_MS,
        );
        await worker.kill();
        await worker.start();
        const views = [...(await work).values()];
        await allTold(licenseflow, views);
        await worker.stop();
        const store = createAuditStore(embeddedPostgres(audit));
        const entries = await entriesIn(store, tenant.id);
        assertOnceAndInOrder(entries);
        assertRequestsTold(entries, views);
        assert.deepEqual((await store.verify(tenant.id, [])).problems, []);
        await store.close();
      } finally {
        await worker.stop();
      }
    });
  });
});

/** Through everything: whatever finds nobody is done again. */
async function carriedOut({ requests }: Licenseflow, request: LicenseRequest): Promise<RequestView> {
  const { requestId } = request;
  const patiently = <T>(step: () => Promise<T>) =>
    until(
      'a worker',
      () => step().catch(() => null),
      (answer) => answer !== null,
      PATIENCE_MS,
    ) as Promise<T>;
  await patiently(() => requests.submit(request, actor(request.requester)));
  await patiently(async () => {
    const view = await requests.view(requestId);
    const question = questionOf(view) ?? { digest: '', stage: null };
    if (view.stage === null) return view;
    return requests.decide(requestId, { actor: actor(APPROVER), verdict: 'approve', ...question });
  });
  return patiently(() => requests.wait(requestId, 60_000));
}

async function allTold({ requests }: Licenseflow, views: readonly RequestView[]): Promise<void> {
  for (const { requestId } of views)
    await until(
      `${requestId} to have told everything`,
      async () => (await requests.view(requestId).catch(() => null))?.audit?.waiting,
      (waiting) => waiting === 0,
      PATIENCE_MS,
    );
}

async function entriesIn(store: AuditStore, tenant: string): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (;;) {
    const behind = entries.at(-1)?.number ?? null;
    const page = await store.page(tenant, { filter: {}, order: 'oldest', behind, limit: 500 });
    entries.push(...page.entries);
    if (!page.more) return entries;
  }
}

function assertOnceAndInOrder(entries: readonly AuditEntry[]): void {
  assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
  assert.ok(
    entries.every(({ id }) => !id.includes('~')),
    'an event was told in two ways',
  );
  for (const source of new Set(entries.map((entry) => entry.source))) {
    const seqs = entries.filter((entry) => entry.source === source).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => i + 1),
      source,
    );
  }
}

function assertRequestsTold(entries: readonly AuditEntry[], views: readonly RequestView[]): void {
  for (const { requestId, state, problems, lastFailure, graphRequestIds } of views) {
    assert.equal(state, 'done', JSON.stringify({ requestId, problems, lastFailure }));
    const own = entries.filter(({ source }) => source === `license-request/${requestId}`);
    assert.deepEqual(
      own.map(({ kind }) => kind),
      [
        ...['request.submitted', 'request.planned', 'request.decided', 'request.approved', 'request.assigned'],
        'request.ended',
      ],
      requestId,
    );
    assert.deepEqual(own[4]?.graphRequestIds, graphRequestIds);
  }
}
