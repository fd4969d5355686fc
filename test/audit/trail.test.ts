/** What requests, rollbacks and campaigns tell the audit trail, on real parts. */
import assert from 'node:assert/strict';
import { embeddedPostgres } from '../../src/audit/embedded.js';
import { createAuditStore } from '../../src/audit/store.js';
import { auditCsv, auditNdjson, readAuditFile } from '../../src/client/audit-file.js';
import { explanation } from '../../src/contracts/request-story.js';
import type { AuditEntry } from '../../src/domain/audit.js';
import { licenseHistory } from '../../src/domain/audit.js';
import type { TermRule } from '../../src/domain/policy.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { agreed, moveOf, OPERATOR, planned, untilCampaign } from '../support/campaigns.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { policyOf, skuPolicyOf } from '../support/policy.js';
import { until } from '../support/until.js';
import { AUDITED_PACE } from './audit-pace.js';
import { FragileStore } from './fragile-store.js';

const { megan, freya, johanna } = PEOPLE;
const E3 = [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.SWAY] }];

describe('the audit trail', function () {
  this.timeout(300_000);
  let store: FragileStore;
  let playground: Playground;

  before(async () => {
    store = new FragileStore(createAuditStore(embeddedPostgres(null)));
    playground = await Playground.open({ pace: AUDITED_PACE, audit: store });
    for (const skuId of [SKU.ENTERPRISEPACK, SKU.ENTERPRISEPREMIUM, SKU.POWER_BI_PRO])
      playground.tenant.setSeats(skuId, { enabled: 1_000 });
    // Opened once, because the first look takes a while.
    await store.head('');
  });
  afterEach(() => {
    store.isUp = true;
    store.whileAppending = undefined;
  });
  after(async () => {
    await playground.close();
    await store.close();
  });

  async function entriesOf(filter: { readonly requestId?: string; readonly campaignId?: string }) {
    const entries: AuditEntry[] = [];
    for await (const entry of playground.licenseflow.audit.entries(filter)) entries.push(entry);
    return entries;
  }

  /** Once the last entry of it is there. */
  async function told(filter: Parameters<typeof entriesOf>[0], ...last: readonly string[]) {
    const entries = await until(
      `${last.join(' or ')} in the trail`,
      () => entriesOf(filter),
      (seen) => seen.some(({ kind, outcome }) => last.includes(kind) || last.includes(outcome ?? '')),
    );
    for (const source of new Set(entries.map((entry) => entry.source)))
      assert.deepEqual(
        entries.filter((entry) => entry.source === source).map(({ seq }) => seq),
        entries.filter((entry) => entry.source === source).map((_, i) => i + 1),
      );
    return entries;
  }

  const kinds = (entries: readonly AuditEntry[]) => entries.map(({ kind }) => kind);
  const one = (entries: readonly AuditEntry[], kind: string) => {
    const found = entries.filter((entry) => entry.kind === kind);
    assert.equal(found.length, 1, `${kind} in ${kinds(entries).join(', ')}`);
    return found[0] as AuditEntry;
  };

  async function asked(person: UserRecord, wish: object = {}): Promise<string> {
    return playground.submitted(playground.wishOf(person, { justification: 'Quarter report', ...wish }));
  }

  describe('of a request', () => {
    it('says who asked and why, who decided about which digest, and what was there before and after', async () => {
      const person = playground.hire({ licenses: E3 });
      const before = playground.held(person.id);
      const requestId = await asked(person);
      await playground.approve(requestId);
      const view = await playground.licenseflow.requests.wait(requestId, 30_000);
      const entries = await told({ requestId }, 'request.ended');
      assert.deepEqual(kinds(entries), [
        ...['request.submitted', 'request.planned', 'request.decided', 'request.approved', 'request.assigned'],
        'request.ended',
      ]);
      const submitted = one(entries, 'request.submitted');
      assert.equal(submitted.reason, 'Quarter report');
      assert.deepEqual(submitted.actor, {
        ...{ id: person.id, upn: person.userPrincipalName, name: person.displayName, assurance: 'asserted' },
      });
      const decided = one(entries, 'request.decided');
      assert.deepEqual([decided.actor?.id, decided.outcome], [megan.id, 'approve']);
      assert.equal(decided.digest, view.plan?.digest);
      const assigned = one(entries, 'request.assigned');
      assert.deepEqual(assigned.before, { [SKU.FLOW_FREE]: null });
      assert.deepEqual({ ...before, ...assigned.after }, playground.held(person.id));
      assert.deepEqual(assigned.graphRequestIds, view.graphRequestIds);
      assert.equal(view.graphRequestIds.length, 1);
      for (const { subject } of entries) assert.equal(subject?.id, person.id);
    });

    it('says why it was denied, and by whom', async () => {
      const requestId = await asked(playground.hire());
      await playground.deny(requestId, megan.userPrincipalName, 'no budget');
      const entries = await told({ requestId }, 'request.ended');
      const decided = one(entries, 'request.decided');
      assert.deepEqual([decided.outcome, decided.reason, decided.actor?.id], ['deny', 'no budget', megan.id]);
      assert.equal(one(entries, 'request.ended').outcome, 'denied');
      assert.ok(!kinds(entries).includes('request.approved'));
    });

    it('says why it was refused at once', async () => {
      const request = playground.request({ add: [{ sku: 'NO_SUCH_PRODUCT', disabledPlans: [] }] });
      await playground.licenseflow.requests.submit(request, actor(request.requester));
      const entries = await told({ requestId: request.requestId }, 'request.ended');
      assert.deepEqual(kinds(entries), ['request.submitted', 'request.refused', 'request.ended']);
    });

    it('says who handed the decision on', async () => {
      const requestId = await asked(playground.hire());
      await playground.licenseflow.requests.delegate(requestId, {
        ...{ actor: actor(megan.userPrincipalName), to: freya.userPrincipalName, stage: 0, reason: 'on leave' },
      });
      await playground.approve(requestId, freya.userPrincipalName);
      const entries = await told({ requestId }, 'request.ended');
      const delegated = one(entries, 'request.delegated');
      assert.deepEqual([delegated.actor?.id, delegated.reason], [megan.id, 'on leave']);
      assert.equal((delegated.details['to'] as { id: string }).id, freya.id);
      assert.equal(one(entries, 'request.decided').actor?.id, freya.id);
    });

    it('says what was taken back where it was withdrawn while it was written', async () => {
      const person = playground.hire();
      playground.breakWrites(person.id, { kind: 'delay', ms: 1_500, when: 'after-commit' }, 1);
      const requestId = await asked(person);
      await playground.approve(requestId);
      await playground.untilState(requestId, 'writing');
      await playground.licenseflow.requests.withdraw(requestId, actor(person.userPrincipalName), 'changed my mind');
      const entries = await told({ requestId }, 'request.ended');
      const withdrawal = one(entries, 'request.withdrawal-asked');
      assert.deepEqual([withdrawal.actor?.id, withdrawal.reason], [person.id, 'changed my mind']);
      assert.deepEqual(one(entries, 'request.undone').after, { [SKU.FLOW_FREE]: null });
      assert.equal(one(entries, 'request.ended').outcome, 'withdrawn');
    });

    it('goes on over the runs of a licence with an end: extension, and what was restored', async () => {
      const rule: TermRule = {
        ...{ maxMs: 600_000, noticesMs: [], stepDownTo: 'previous' },
        extension: { maxMs: 600_000, times: 2, approval: true },
      };
      const policy = playground.policy;
      const skuPolicy = skuPolicyOf({ stages: [oneApproval], term: rule });
      playground.policy = policyOf({ skus: Object.fromEntries(Object.values(SKU).map((id) => [id, skuPolicy])) });
      try {
        const person = playground.hire({ licenses: E3 });
        const requestId = await asked(person, { termMs: 2_500 });
        await playground.approve(requestId);
        await playground.untilState(requestId, 'active');
        const by = actor(person.userPrincipalName);
        await playground.licenseflow.requests.extend(requestId, { actor: by, end: { byMs: 500 }, reason: 'not done' });
        await until(
          'the question about the extension',
          () => playground.licenseflow.requests.view(requestId),
          ({ extensionQuestion }) => (extensionQuestion?.stage ?? null) !== null,
        );
        await playground.approve(requestId);
        await playground.licenseflow.requests.wait(requestId, 30_000);
        const entries = await told({ requestId }, 'request.ended');
        assert.deepEqual(kinds(entries).slice(5), [
          ...['request.extension-asked', 'request.decided', 'request.extension-settled', 'request.restored'],
          'request.ended',
        ]);
        assert.equal(one(entries, 'request.extension-asked').reason, 'not done');
        assert.equal(one(entries, 'request.extension-settled').outcome, 'granted');
        const restored = one(entries, 'request.restored');
        assert.deepEqual(restored.after, { [SKU.FLOW_FREE]: null });
        assert.equal(restored.graphRequestIds.length, 1);
      } finally {
        playground.policy = policy;
      }
    });

    it('has its rollback beside it', async () => {
      const person = playground.hire();
      const { requestId } = await approved(person);
      await playground.licenseflow.requests.rollback(requestId, {
        ...{ actor: actor(megan.userPrincipalName), reason: 'left the team', seatWaitMs: 1_000 },
      });
      await playground.licenseflow.requests.waitForRollback(requestId, 30_000);
      const entries = await told({ requestId }, 'rollback.ended');
      const [begun, ended] = [one(entries, 'rollback.asked'), one(entries, 'rollback.ended')];
      assert.deepEqual([begun.reason, begun.actor?.upn], ['left the team', megan.userPrincipalName]);
      assert.deepEqual([ended.outcome, ended.after], ['restored', { [SKU.FLOW_FREE]: null }]);
      assert.equal(ended.graphRequestIds.length, 1);
    });

    async function approved(person: UserRecord) {
      const requestId = await asked(person);
      await playground.approve(requestId);
      return playground.licenseflow.requests.wait(requestId, 30_000);
    }
  });

  describe('without its store', () => {
    it('nothing is written before what was approved is on record; it is said, and goes on by itself', async () => {
      const person = playground.hire();
      const requestId = await asked(person);
      store.isUp = false;
      await playground.approve(requestId);
      const waiting = await until(
        'the request to say what it waits for',
        () => playground.licenseflow.requests.view(requestId),
        ({ audit }) => (audit?.problem ?? null) !== null,
      );
      assert.equal(waiting.state, 'preparing');
      assert.match(waiting.waitsFor?.what ?? '', /audit trail.*ECONNREFUSED/);
      assert.ok(waiting.waitsFor?.nextAt);
      assert.ok(waiting.needsAttention.some((line) => line.startsWith('AUDIT_UNREACHABLE')));
      assert.ok(explanation(waiting).some((line) => /^Audit trail: 4 entries wait since/.test(line)));
      // It was asked several times, and nothing has been written.
      const { refused } = store;
      await until(
        'the store to be asked again',
        () => store.refused,
        (seen) => seen > refused + 2,
      );
      assert.deepEqual(playground.writes(person.id), []);
      store.isUp = true;
      const view = await playground.licenseflow.requests.wait(requestId, 30_000);
      assert.equal(view.state, 'done');
      assert.equal(view.audit?.problem, null);
      assert.equal(one(await told({ requestId }, 'request.ended'), 'request.assigned').outcome, 'assigned');
    });

    it('somebody who waits for it can still withdraw', async () => {
      const person = playground.hire();
      const requestId = await asked(person);
      store.isUp = false;
      await playground.approve(requestId);
      await until(
        'the request to say what it waits for',
        () => playground.licenseflow.requests.view(requestId),
        ({ audit }) => (audit?.problem ?? null) !== null,
      );
      await playground.licenseflow.requests.withdraw(requestId, actor(person.userPrincipalName), 'too late');
      await playground.untilState(requestId, 'withdrawn');
      store.isUp = true;
      const entries = await told({ requestId }, 'request.ended');
      assert.ok(kinds(entries).includes('request.withdrawal-asked'));
      assert.deepEqual(playground.writes(person.id), []);
    });
  });

  describe('of a campaign', () => {
    it('says who planned, started and took it back, and of each user what was there before and after', async () => {
      const people = Array.from({ length: 12 }, () => playground.hire({ licenses: E3 }));
      const before = new Map(people.map(({ id }) => [id, playground.held(id)]));
      const campaign = moveOf(people.map(({ id }) => id));
      const { campaignId } = campaign;
      const plan = await planned(playground.licenseflow, campaign);
      assert.ok(kinds(await entriesOf({ campaignId })).includes('campaign.page-planned'), 'before anybody starts it');
      await agreed(playground.licenseflow, plan);
      await untilCampaign(playground.licenseflow, campaignId, 'finished');
      const entries = await told({ campaignId }, 'finished');
      assert.equal(one(entries, 'campaign.submitted').actor?.upn, johanna.userPrincipalName);
      assert.equal(one(entries, 'campaign.planned').digest, plan.plan?.digest);
      const start = one(entries, 'campaign.commanded');
      assert.deepEqual([start.outcome, start.digest, start.actor?.upn], ['start', plan.plan?.digest, OPERATOR.ref]);
      // Pages tell theirs by themselves, so the campaign may be first.
      const users = await until(
        'every user to be in the trail',
        async () => (await entriesOf({ campaignId })).filter(({ kind }) => kind === 'campaign.user'),
        ({ length }) => length >= people.length,
      );
      assert.ok(users.every(({ number }) => number > start.number));
      assert.deepEqual(users.map(({ subject }) => subject?.id).sort(), people.map(({ id }) => id).sort());
      for (const { subject, outcome, graphRequestIds, ...states } of users) {
        const id = subject?.id ?? '';
        assert.equal(outcome, 'done');
        assert.equal(graphRequestIds.length, 1);
        assert.deepEqual(present(states.before), before.get(id));
        assert.deepEqual(present(states.after), playground.held(id));
      }
      await playground.licenseflow.campaigns.rollBack(campaignId, {
        ...{ of: { kind: 'all' }, actor: OPERATOR, reason: 'too early' },
      });
      await until(
        'everybody to be restored',
        () => playground.licenseflow.campaigns.view(campaignId),
        (view) => view.users.restored === people.length && view.state === 'finished',
      );
      const back = (await told({ campaignId }, 'restored')).filter(({ outcome }) => outcome === 'restored');
      assert.equal(back.length, people.length);
      for (const { subject, after } of back) assert.deepEqual(present(after), before.get(subject?.id ?? ''));
    });

    it('is told in full calls, however many outcomes come while one of them is on its way', async () => {
      const people = Array.from({ length: 13 }, () => playground.hire({ licenses: E3 }));
      const late = people.slice(7);
      const faults = late.map(({ id }) => playground.breakWrites(id, { kind: 'server-error', status: 503 }));
      const campaign = moveOf(people.map(({ id }) => id));
      const plan = await planned(playground.licenseflow, campaign);
      const calls: number[] = [];
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      store.whileAppending = async (events) => {
        const outcomes = events.filter(
          ({ kind, source }) => kind === 'campaign.user' && source.includes(campaign.campaignId),
        );
        if (outcomes.length > 0 && calls.push(outcomes.length) === 1) await released;
      };
      await agreed(playground.licenseflow, plan);
      const counted = (done: number) =>
        untilCampaign(playground.licenseflow, campaign.campaignId, ({ users }) => users.done === done);
      await counted(7);
      release();
      const first = await until(
        'the first call to be kept',
        async () => (await entriesOf(campaign)).filter(({ kind }) => kind === 'campaign.user'),
        ({ length }) => length > 0,
      );
      assert.equal(first.length, 5);
      for (const fault of faults) playground.tenant.clearFaults(fault);
      await untilCampaign(playground.licenseflow, campaign.campaignId, 'finished');
      await until(
        'all of them to be kept',
        () => calls,
        (sizes) => sizes.reduce((a, b) => a + b, 0) === 13,
      );
      assert.deepEqual(calls, [5, 5, 3]);
    });

    it('writes nobody while the store is away, says why, and goes on by itself', async () => {
      const people = Array.from({ length: 8 }, () => playground.hire({ licenses: E3 }));
      const campaign = moveOf(people.map(({ id }) => id));
      const view = await planned(playground.licenseflow, campaign);
      store.isUp = false;
      await agreed(playground.licenseflow, view);
      const waiting = await untilCampaign(
        playground.licenseflow,
        campaign.campaignId,
        ({ audit }) => (audit?.problem ?? null) !== null,
      );
      assert.match(waiting.waitsFor?.what ?? '', /audit trail/);
      const { refused } = store;
      await until(
        'the store to be asked again',
        () => store.refused,
        (seen) => seen > refused + 2,
      );
      for (const { id } of people) assert.deepEqual(playground.writes(id), []);
      store.isUp = true;
      await untilCampaign(playground.licenseflow, campaign.campaignId, 'finished');
      const users = (await told({ campaignId: campaign.campaignId }, 'finished')).filter(
        ({ kind }) => kind === 'campaign.user',
      );
      assert.equal(users.length, people.length);
    });
  });

  describe('as a file', () => {
    it('is whole, and tells the licence history of a person by itself', async () => {
      const person = playground.hire({ licenses: E3 });
      const requestId = await asked(person);
      await playground.approve(requestId);
      await playground.licenseflow.requests.wait(requestId, 30_000);
      const campaign = moveOf([person.id]);
      await agreed(playground.licenseflow, await planned(playground.licenseflow, campaign));
      await untilCampaign(playground.licenseflow, campaign.campaignId, 'finished');
      await told({ campaignId: campaign.campaignId }, 'finished');
      assert.deepEqual((await playground.licenseflow.audit.verify()).problems, []);
      const online = await playground.licenseflow.audit.history(person.userPrincipalName);
      for (const format of [auditNdjson, auditCsv]) {
        const { entries, problems, head } = await readAuditFile(format(await playground.licenseflow.audit.whole()));
        assert.deepEqual(problems, []);
        assert.equal(head?.entries, entries.length);
        const history = licenseHistory(entries, person.userPrincipalName.toUpperCase());
        assert.deepEqual(history.changes, online.changes);
        assert.deepEqual(present(history.held), playground.held(person.id));
        const [first, second] = history.changes;
        assert.equal(history.changes.length, 2);
        assert.deepEqual(
          first?.decidedBy.map(({ id }) => id),
          [megan.id],
        );
        assert.deepEqual([first?.askedBy?.id, first?.reason], [person.id, 'Quarter report']);
        assert.deepEqual(
          second?.decidedBy.map(({ upn }) => upn),
          [OPERATOR.ref],
        );
      }
    });
  });
});

/** Products that are held. */
function present(state: AuditEntry['after']): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(state ?? {}).flatMap(([skuId, off]) => (off === null ? [] : [[skuId, [...off].sort()]])),
  );
}
