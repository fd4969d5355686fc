import assert from 'node:assert/strict';
import type { WorkflowHandle } from '@temporalio/client';
import type { NoticeChannel } from '../../src/activities/index.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId, questionOf } from '../../src/contracts/license-request.js';
import { explanation } from '../../src/contracts/request-story.js';
import type { TermRule } from '../../src/domain/policy.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import type { Hiring } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { policyOf, skuPolicyOf, stageOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

/** Held before: Office 365 E3 with two plans off. */
const HELD = [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [PLAN.YAMMER_ENTERPRISE, PLAN.SWAY] }];
/** More than any test takes. */
const LONG_MS = 600_000;
/** Long enough to look at it, or to do something, before it ends, also on a machine that stalls. */
const SEEN_MS = 5_000;
const RULE: TermRule = {
  maxMs: LONG_MS,
  noticesMs: [],
  extension: { maxMs: LONG_MS, times: 2, approval: false },
  stepDownTo: 'previous',
};

describe('a licence with an end', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ pace: { approvers: { lookAgainMs: 2_000 } } });
    playground.tenant.setSeats(SKU.POWER_BI_PRO, { enabled: 1_000 });
    playground.tenant.setSeats(SKU.ENTERPRISEPACK, { enabled: 1_000 });
  });
  beforeEach(() => underRule());
  after(() => playground.close());

  /** New requests are given under this rule; nobody is asked unless `stages` says so. */
  function underRule(rule: Partial<TermRule> = {}, stages: readonly (typeof oneApproval)[] = [], seatWaitMs = 20_000) {
    const policy = skuPolicyOf({ stages, seatWaitMs, term: { ...RULE, ...rule } });
    playground.policy = policyOf({ skus: Object.fromEntries(Object.values(SKU).map((skuId) => [skuId, policy])) });
  }

  interface Given {
    readonly requestId: string;
    readonly person: UserRecord;
    /** What was held before the request. */
    readonly before: Record<string, readonly string[]>;
  }

  /** A swap of Office 365 E3 for Power BI, for so long. */
  async function given(termMs: number, hiring: Hiring = { licenses: HELD }): Promise<Given> {
    const person = playground.hire(hiring);
    const before = playground.held(person.id);
    const requestId = await playground.submitted(
      playground.wishOf(person, {
        add: [{ sku: 'POWER_BI_PRO', disabledPlans: [PLAN.BI_AZURE_P2] }],
        ...(hiring.licenses === undefined || hiring.licenses.length === 0
          ? {}
          : { remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] }),
        termMs,
      }),
    );
    return { requestId, person, before };
  }

  async function inForce(termMs: number, hiring?: Hiring): Promise<Given> {
    const it = await given(termMs, hiring);
    await untilAsleep(it.requestId);
    return it;
  }

  /** In force, and in the run of its own in which it sleeps. */
  async function untilAsleep(requestId: string): Promise<void> {
    await playground.untilState(requestId, 'active');
    const run = await runOf(requestId);
    await until(
      'it to sleep in a run of its own',
      () => run.describe(),
      ({ runId, raw }) => runId !== raw.workflowExecutionInfo?.firstRunId,
    );
  }

  const view = (requestId: string) => playground.licenseflow.requests.view(requestId);
  const extend = (requestId: string, by: string, end: { byMs: number } | { untilMs: number }, extensionId?: string) =>
    playground.licenseflow.requests.extend(requestId, {
      actor: actor(by),
      end,
      reason: 'the project goes on',
      ...(extensionId !== undefined && { extensionId }),
    });
  const endsAt = ({ term }: RequestView) => Date.parse(term?.inForce?.until ?? '');
  const untilEnded = (requestId: string) => playground.untilState(requestId, 'ended');

  const decided = (requestId: string, question: ReturnType<typeof questionOf>) =>
    playground.licenseflow.requests.decide(requestId, {
      actor: actor(PEOPLE.megan.userPrincipalName),
      verdict: 'approve',
      ...(question ?? { digest: '', stage: null }),
    });

  async function runOf(requestId: string): Promise<WorkflowHandle> {
    const { client } = await testTemporal();
    return client.workflow.getHandle(licenseRequestWorkflowId(requestId));
  }

  it('runs from the moment in which it was seen, and gives back exactly what was there before', async () => {
    const { requestId, person, before } = await given(1_500);
    const active = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(active.state, 'active', 'whoever waits hears that it is in force');
    assert.deepEqual(playground.held(person.id), { [SKU.POWER_BI_PRO]: [PLAN.BI_AZURE_P2] });
    assert.equal(endsAt(active) - Date.parse(active.term?.inForce?.since ?? ''), 1_500);
    assert.equal(active.waitsFor?.nextAt, active.term?.inForce?.until);
    assert.match(active.waitsFor?.what ?? '', /POWER_BI_PRO is taken away, and ENTERPRISEPACK is exactly as before/);

    const ended = await untilEnded(requestId);
    assert.deepEqual(playground.held(person.id), before);
    assert.deepEqual(ended.after, { ...before, [SKU.POWER_BI_PRO]: null });
    assert.deepEqual(ended.undone, [{ step: 'licences', outcome: 'undone', note: 'Exactly as before.' }]);
    assert.deepEqual(ended.needsAttention, []);
    const writes = playground.effectiveWrites(person.id);
    assert.equal(writes.length, 2, 'one call each way');
    assert.ok((writes[1]?.at ?? 0) >= endsAt(ended), 'not before its end');
  });

  it('reminds people at each notice exactly once, also where the end is moved in between', async () => {
    underRule({ noticesMs: [LONG_MS, 4_000, 1_000] });
    const { requestId, person } = await inForce(6_000);
    const active = await view(requestId);
    const first = endsAt(active);
    const { noticesGivenAt = [], noticesAt = [] } = active.term ?? {};
    assert.deepEqual(
      [...noticesGivenAt, ...noticesAt].map((at) => first - Date.parse(at)),
      [4_000, 1_000],
      'a notice that would have been due before it began is none',
    );
    await until(
      'the first reminder',
      () => view(requestId),
      ({ term }) => term?.noticesGivenAt.length === 1,
    );
    const moved = endsAt(await extend(requestId, person.id, { byMs: 4_500 }));
    assert.equal(moved, first + 4_500);
    const ended = await untilEnded(requestId);
    assert.deepEqual(
      ended.term?.noticesGivenAt.map((at) => Date.parse(at)),
      [first - 4_000, moved - 4_000, moved - 1_000],
    );
    assert.equal(ended.timeline.filter(({ text }) => text.startsWith('Reminder')).length, 3);
  });

  it('sleeps in a run of its own, whose history does not grow', async () => {
    const { requestId, person } = await inForce(LONG_MS);
    const run = await runOf(requestId);
    const asleep = await run.describe();
    assert.ok(asleep.historyLength < 15, `${asleep.historyLength} events`);
    for (let i = 0; i < 3; i++) {
      const again = await playground.licenseflow.requests.submit((await view(requestId)).request, actor(person.id));
      assert.equal(again.outcome, 'accepted', 'the same submit joins');
    }
    assert.equal((await run.describe()).runId, asleep.runId);
    const [row] = await until(
      'the list to show it once',
      () => playground.licenseflow.list({ subjectId: person.id, limit: 5 }),
      (rows) => rows.map(({ state }) => state).join() === 'active',
    );
    assert.ok((row?.createdAt ?? '') <= ((await view(requestId)).timeline[0]?.at ?? ''), 'from when it was submitted');
    assert.match(row?.subject ?? '', /Colleague/, 'names go with it');
    assert.match(row?.products ?? '', /POWER_BI_PRO instead of ENTERPRISEPACK/);
    await playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'enough');
    await playground.untilState(requestId, 'withdrawn');
  });

  it('is in force, and may be extended, while those who are to hear of it cannot be reached', async () => {
    let letThrough: (() => void) | undefined;
    const reachable = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const channel: NoticeChannel = {
      name: 'webhook',
      deliver: () => reachable.then(() => 'taken' as const),
      check: () => Promise.resolve([]),
    };
    const shared = playground;
    underRule({ extension: { maxMs: LONG_MS, times: 1, approval: true } }, [oneApproval]);
    const { policy } = shared;
    playground = await Playground.open({
      channels: () => [channel],
      pace: { notices: { ...FAST_PACE.notices, startToCloseMs: 60_000 } },
    });
    try {
      playground.policy = policy;
      const { requestId, person } = await given(LONG_MS, { licenses: [] });
      await playground.approve(requestId);
      const active = await playground.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(active.state, 'active');
      assert.equal(active.notices.sent, 0);
      await extend(requestId, person.id, { byMs: 60_000 });
      await until(
        'the question',
        () => view(requestId),
        ({ waitsFor }) => waitsFor?.who.length === 1,
      );
      assert.equal(endsAt(await playground.approve(requestId)), endsAt(active) + 60_000);
      letThrough?.();
      await untilAsleep(requestId);
      assert.equal(endsAt(await view(requestId)), endsAt(active) + 60_000);
    } finally {
      letThrough?.();
      await playground.close();
      playground = shared;
    }
  });

  describe('whose end is to be moved', () => {
    it('moves at once where the policy asks nobody, and the same command counts once', async () => {
      const { requestId, person } = await inForce(LONG_MS);
      const first = endsAt(await view(requestId));
      await extend(requestId, person.id, { byMs: 60_000 }, 'x-1');
      const twice = await extend(requestId, person.id, { byMs: 60_000 }, 'x-1');
      assert.equal(endsAt(twice), first + 60_000);
      assert.deepEqual(
        twice.term?.extensions.map(({ extensionId, state, from }) => ({ extensionId, state, from: Date.parse(from) })),
        [{ extensionId: 'x-1', state: 'granted', from: first }],
      );
      await assert.rejects(extend(requestId, person.id, { byMs: 70_000 }, 'x-1'), { code: 'EXTENSION_DIFFERS' });
      const again = await extend(requestId, person.id, { untilMs: first + 100_000 });
      assert.equal(endsAt(again), first + 100_000);
      await assert.rejects(extend(requestId, person.id, { byMs: 1 }), { code: 'EXTENSIONS_USED_UP', kind: 'refused' });
    });

    const wrong: readonly { what: string; end: { byMs: number } | { untilMs: number }; by?: string; code: string }[] = [
      { what: 'backwards', end: { byMs: -1 }, code: 'EXTENSION_MALFORMED' },
      { what: 'to an instant that is earlier', end: { untilMs: 1 }, code: 'EXTENSION_MALFORMED' },
      { what: 'by nothing', end: { byMs: 0 }, code: 'EXTENSION_MALFORMED' },
      { what: 'by what is no number', end: { byMs: Number.NaN }, code: 'EXTENSION_MALFORMED' },
      { what: 'by more than the policy allows', end: { byMs: LONG_MS + 1 }, code: 'EXTENSION_TOO_LONG' },
      { what: 'by a stranger', end: { byMs: 1 }, by: PEOPLE.johanna.userPrincipalName, code: 'NOT_A_PARTY' },
    ];
    for (const { what, end, by, code } of wrong) {
      it(`is refused ${what}, and nothing changes`, async () => {
        const { requestId, person } = await inForce(LONG_MS);
        const before = await view(requestId);
        await assert.rejects(extend(requestId, by ?? person.id, end), { code, kind: 'refused' });
        assert.deepEqual(await view(requestId), before);
      });
    }

    it('is refused where the policy lets nobody move it, where there is no end, and before and after its time', async () => {
      underRule({ extension: null });
      const fixed = await inForce(SEEN_MS);
      await assert.rejects(extend(fixed.requestId, fixed.person.id, { byMs: 1 }), { code: 'NOT_EXTENDABLE' });
      await untilEnded(fixed.requestId);
      await assert.rejects(extend(fixed.requestId, fixed.person.id, { byMs: 1 }), { code: 'NOT_OPEN' });

      underRule({ maxMs: null }, [oneApproval]);
      const person = playground.hire();
      const endless = await playground.submitted(playground.wishOf(person));
      await assert.rejects(extend(endless, person.id, { byMs: 1 }), { code: 'NO_END' });
      const waiting = await playground.submitted(playground.wishOf(playground.hire(), { termMs: 1_000 }));
      await assert.rejects(extend(waiting, (await view(waiting)).subject?.id ?? '', { byMs: 1 }), {
        code: 'NOT_IN_FORCE',
      });
    });

    /** In force for long, under a policy that asks Megan about extensions; one is asked for. */
    async function asked(termMs = LONG_MS, approver?: string): Promise<Given & { readonly first: number }> {
      const stage = approver === undefined ? oneApproval : stageOf('own', [{ users: [approver] }]);
      underRule({ extension: { maxMs: LONG_MS, times: 1, approval: true } }, [stage]);
      const it = await given(termMs);
      await playground.approve(it.requestId, approver);
      await playground.untilState(it.requestId, 'active');
      const first = endsAt(await view(it.requestId));
      const answer = await extend(it.requestId, it.person.id, { byMs: 60_000 });
      assert.equal(endsAt(answer), first, 'not before it is approved');
      await until(
        'the question',
        () => view(it.requestId),
        ({ waitsFor }) => (waitsFor?.who.length ?? 0) > 0,
      );
      return { ...it, first };
    }

    it('waits for its approvers, who decide about exactly this extension', async () => {
      // Nobody else's: an inbox holds what waits for a person anywhere, also in other tests.
      const approver = playground.hire();
      const { requestId, person, first } = await asked(LONG_MS, approver.id);
      const waiting = await view(requestId);
      assert.equal(waiting.state, 'active', 'the licence runs on');
      assert.deepEqual(
        waiting.waitsFor?.who.map(({ id }) => id),
        [approver.id],
      );
      assert.notEqual(questionOf(waiting)?.digest, waiting.plan?.digest);
      const inbox = await until(
        'the inbox to show it',
        () => playground.licenseflow.inbox(approver.id, 50),
        (items) => items.some((item) => item.requestId === requestId),
      );
      const { extensionId, until: to } = waiting.term?.extensions[0] ?? assert.fail();
      const item = inbox.find((one) => one.requestId === requestId);
      assert.deepEqual(item?.extension, { extensionId, until: to });
      assert.ok(
        explanation(waiting).join('\n').includes(`Still needed: 1 of 1 approval, from ${approver.displayName}`),
      );
      await assert.rejects(playground.approve(requestId, person.id), { code: 'SELF_APPROVAL' });
      await assert.rejects(extend(requestId, person.id, { byMs: 5 }), { code: 'EXTENSION_ASKED' });
      const approved = await playground.approve(requestId, approver.id);
      assert.equal(endsAt(approved), first + 60_000);
      assert.equal(approved.extensionQuestion, null);
      assert.equal(approved.term?.extensions[0]?.state, 'granted');
      assert.equal(
        (await playground.approve(requestId, approver.id)).term?.extensions.length,
        1,
        'the first decision once more',
      );
    });

    it('needs attention while nobody can decide about its move', async () => {
      const approver = playground.hire();
      const stage = stageOf('own', [{ users: [approver.id] }]);
      underRule({ extension: { maxMs: LONG_MS, times: 1, approval: true } }, [stage]);
      const { requestId, person } = await given(LONG_MS, {});
      await playground.approve(requestId, approver.id);
      await playground.untilState(requestId, 'active');
      playground.tenant.updateUser(approver.id, { accountEnabled: false });
      await extend(requestId, person.id, { byMs: 60_000 });
      const attention = (seen: RequestView) => seen.needsAttention.join(' ');
      const short = await until(
        'it to need attention',
        () => view(requestId),
        (seen) => attention(seen) !== '',
      );
      assert.match(attention(short), /^Too few approvers are left: .*, or let the licence end as it was to end\.$/);
      playground.tenant.updateUser(approver.id, { accountEnabled: true });
      await until(
        'it to need none',
        () => view(requestId),
        (seen) => attention(seen) === '',
      );
    });

    it('is decided about where the policy says so, also if a rule had approved the licence itself', async () => {
      underRule({ extension: { maxMs: LONG_MS, times: 1, approval: true } }, [oneApproval]);
      const { skus } = playground.policy;
      const byRule = Object.entries(skus).map(([sku, rule]) => [sku, { ...rule, autoApprove: [{ freeSeats: 1 }] }]);
      playground.policy = { ...playground.policy, skus: Object.fromEntries(byRule) as typeof skus };
      const { requestId, person } = await inForce(LONG_MS, { licenses: [] });
      assert.equal((await view(requestId)).autoApproved.length, 1);
      const first = endsAt(await view(requestId));
      assert.equal(endsAt(await extend(requestId, person.id, { byMs: 60_000 })), first, 'not before it is approved');
      await until(
        'the question',
        () => view(requestId),
        ({ waitsFor }) => waitsFor?.who.length === 1,
      );
      assert.equal(endsAt(await playground.approve(requestId)), first + 60_000);
    });

    it('stays where it was once an approver denies', async () => {
      const { requestId, first } = await asked();
      const denied = await playground.deny(requestId, PEOPLE.megan.userPrincipalName, 'no budget');
      assert.equal(denied.state, 'active');
      assert.equal(endsAt(denied), first);
      assert.equal(denied.term?.extensions[0]?.state, 'denied');
    });

    it('is told the same twice by a decision that comes twice, and nothing by one that comes too late', async () => {
      const { requestId } = await asked();
      const question = questionOf(await view(requestId)) ?? { digest: '', stage: null };
      const decide = (verdict: 'approve' | 'deny') =>
        playground.licenseflow.requests.decide(requestId, { actor: actor(PEOPLE.megan.id), verdict, ...question });
      for (const time of ['once', 'twice'])
        assert.equal((await decide('deny')).term?.extensions[0]?.state, 'denied', time);
      // Megan approved the request itself; that says nothing of its extension.
      await assert.rejects(decide('approve'), { code: 'NOT_WAITING' });
    });

    it('comes as planned where nobody decides before it', async () => {
      const { requestId, person, before } = await asked(4_000);
      const question = questionOf(await view(requestId));
      const ended = await untilEnded(requestId);
      assert.equal(ended.term?.extensions[0]?.state, 'dropped');
      assert.deepEqual(playground.held(person.id), before);
      await assert.rejects(decided(requestId, question), { code: 'NOT_WAITING' });
    });
  });

  describe('that ends early', () => {
    it('by a withdrawal is what it was before, with the plans that were off', async () => {
      const { requestId, person, before } = await inForce(LONG_MS);
      await playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'not needed any more');
      const ended = await playground.untilState(requestId, 'withdrawn');
      assert.deepEqual(playground.held(person.id), before);
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        ['undone'],
      );
      assert.match(ended.timeline.at(-1)?.text ?? '', /Withdrawn by .*not needed any more/);
    });

    it('by a cancellation in Temporal is what it was before, too', async () => {
      const { requestId, person, before } = await inForce(LONG_MS);
      const run = await runOf(requestId);
      await run.cancel();
      await until(
        'it to end',
        () => run.describe(),
        ({ status }) => status.name === 'CANCELLED',
      );
      assert.deepEqual(playground.held(person.id), before);
      assert.equal((await view(requestId)).state, 'withdrawn');
    });

    it('drops an extension that its approvers are asked about', async () => {
      underRule({ extension: { maxMs: LONG_MS, times: 1, approval: true } }, [oneApproval]);
      const { requestId, person, before } = await given(LONG_MS);
      await playground.approve(requestId);
      await playground.untilState(requestId, 'active');
      await extend(requestId, person.id, { byMs: 60_000 });
      await playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'not needed any more');
      const ended = await playground.untilState(requestId, 'withdrawn');
      assert.equal(ended.term?.extensions[0]?.state, 'dropped');
      assert.deepEqual(playground.held(person.id), before);
    });

    it('is too late to end early once the former licences are being restored', async () => {
      const { requestId, person, before } = await inForce(SEEN_MS);
      playground.breakWrites(person.id, { kind: 'delay', ms: 3_000 }, 1);
      await playground.untilState(requestId, 'ending');
      const run = await runOf(requestId);
      await assert.rejects(playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'stop'), {
        code: 'TOO_LATE',
      });
      await run.cancel();
      const ended = await untilEnded(requestId);
      assert.deepEqual(playground.held(person.id), before);
      assert.equal(ended.withdrawal, null);
      await until(
        'the run to end',
        () => run.describe(),
        ({ status }) => status.name === 'COMPLETED',
      );
    });
  });

  describe('while the worker is away', () => {
    it('ends as soon as one is back, with no reminder of what is over', async () => {
      underRule({ noticesMs: [1_000] });
      const { requestId, person, before } = await inForce(6_000);
      const end = endsAt(await view(requestId));
      await playground.stopWorkers();
      await until(
        'the end to go by',
        () => Date.now(),
        (at) => at > end,
      );
      await playground.startWorkers();
      const ended = await untilEnded(requestId);
      assert.deepEqual(playground.held(person.id), before);
      assert.ok(!ended.timeline.some(({ text }) => text.startsWith('Reminder')));
    });

    it('in the middle of restoring goes on where it was', async () => {
      const { requestId, person, before } = await inForce(SEEN_MS);
      playground.breakWrites(person.id, { kind: 'lost-response' }, 1);
      await until(
        'the way back to be written',
        () => playground.effectiveWrites(person.id).length,
        (n) => n === 2,
      );
      await playground.stopWorkers();
      await playground.startWorkers();
      const ended = await untilEnded(requestId);
      assert.deepEqual(playground.held(person.id), before);
      assert.equal(playground.effectiveWrites(person.id).length, 2, 'written once');
      assert.deepEqual(ended.needsAttention, []);
    });
  });

  describe('that is asked for', () => {
    const refusals: readonly { what: string; wish: object; message: RegExp }[] = [
      { what: 'for less than nothing', wish: { termMs: -1 }, message: /not in the future/ },
      { what: 'for no time', wish: { termMs: 0 }, message: /not in the future/ },
      { what: 'until yesterday', wish: { endsAt: '2020-01-01T00:00:00.000Z' }, message: /not in the future/ },
      { what: 'until no day', wish: { endsAt: 'soon' }, message: /no instant/ },
      { what: 'for longer than the policy allows', wish: { termMs: LONG_MS + 1 }, message: /longer than the policy/ },
      { what: 'without an end where the policy wants one', wish: {}, message: /needs an end/ },
      { what: 'both ways', wish: { termMs: 5, endsAt: '2099-01-01T00:00:00.000Z' }, message: /both/ },
    ];
    for (const { what, wish, message } of refusals) {
      it(`${what} is refused`, async () => {
        const request = playground.request(playground.wishOf(playground.hire(), wish));
        const answer = await playground.licenseflow.requests.submit(request, actor(request.requester));
        assert.equal(answer.outcome, 'refused');
        assert.deepEqual(
          answer.problems.map(({ code }) => code),
          ['TERM_REFUSED'],
        );
        assert.match(answer.problems[0]?.message ?? '', message);
        assert.match(answer.problems[0]?.remedy ?? '', /Say for how long, .* at most: --term with a length/);
      });
    }

    it('for centuries is refused even where the policy sets no limit', async () => {
      underRule({ maxMs: null });
      const request = playground.request(playground.wishOf(playground.hire(), { termMs: 1e13 }));
      const answer = await playground.licenseflow.requests.submit(request, actor(request.requester));
      assert.equal(answer.outcome === 'refused' && answer.problems[0]?.code, 'TERM_REFUSED');
    });

    it('until an instant ends then, however long its approval took', async () => {
      underRule({}, [oneApproval]);
      const wantedEnd = new Date(Date.now() + 4_000).toISOString();
      const person = playground.hire();
      const requestId = await playground.submitted(playground.wishOf(person, { endsAt: wantedEnd }));
      await playground.approve(requestId);
      const active = await playground.untilState(requestId, 'active');
      assert.equal(active.term?.inForce?.until, wantedEnd);
      await untilEnded(requestId);
      assert.deepEqual(playground.held(person.id), {});
    });

    it('until an instant that passed during its approval expires, and nothing is written', async () => {
      underRule({}, [oneApproval]);
      const end = Date.now() + 1_500;
      const person = playground.hire();
      const requestId = await playground.submitted(playground.wishOf(person, { endsAt: new Date(end).toISOString() }));
      await until(
        'that instant',
        () => Date.now(),
        (at) => at > end,
      );
      await playground.approve(requestId);
      assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'expired');
      assert.deepEqual(playground.writes(person.id), []);
    });

    it('and is held already is neither given nor ended', async () => {
      const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
      const requestId = await playground.submitted(playground.wishOf(person, { termMs: 500 }));
      const done = await playground.licenseflow.requests.wait(requestId, 20_000);
      assert.equal(done.state, 'done');
      assert.equal(done.term, null);
      assert.deepEqual(Object.keys(playground.held(person.id)), [SKU.FLOW_FREE]);
    });
  });

  describe('at its end', () => {
    it('takes nothing away where no seat of what is given back becomes free, and tells the operators', async () => {
      underRule({}, [], 600);
      const { requestId, person } = await inForce(SEEN_MS);
      const noSeat = playground.breakWrites(person.id, { kind: 'graph-error', error: 'E5' });
      const ended = await untilEnded(requestId);
      playground.tenant.clearFaults(noSeat);
      assert.deepEqual(playground.held(person.id), { [SKU.POWER_BI_PRO]: [PLAN.BI_AZURE_P2] });
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        ['not-undone'],
      );
      assert.match(ended.needsAttention.join(), /No seat of ENTERPRISEPACK/);

      const rollback = { actor: actor(PEOPLE.johanna.id), reason: 'seats were bought', seatWaitMs: 5_000 };
      await playground.licenseflow.requests.rollback(requestId, rollback);
      const { state } = await playground.licenseflow.requests.waitForRollback(requestId, 20_000);
      assert.equal(state, 'restored');
    });

    it('keeps a usage location that came with it, except for who is left without any licence', async () => {
      for (const { from, licenses, then } of [
        { from: 'US', licenses: HELD, then: 'BG' },
        { from: null, licenses: [], then: null },
      ]) {
        const person = playground.hire({ usageLocation: from, licenses });
        const requestId = await playground.submitted(playground.wishOf(person, { usageLocation: 'BG', termMs: 1_500 }));
        await untilEnded(requestId);
        assert.equal(playground.tenant.user(person.id).usageLocation, then);
      }
    });

    it('leaves alone what someone else changed, and says so', async () => {
      const { requestId, person } = await inForce(SEEN_MS);
      const theirs = { skuId: SKU.POWER_BI_PRO, disabledPlans: [] };
      playground.tenant.changeLicenses(person.id, { addLicenses: [theirs] });
      const ended = await untilEnded(requestId);
      assert.deepEqual(playground.held(person.id), { [SKU.POWER_BI_PRO]: [] });
      assert.deepEqual(
        ended.undone.map(({ outcome }) => outcome),
        ['left-alone'],
      );
      assert.match(ended.needsAttention.join(), /Changed by someone else/);
    });

    it('steps down to the product that the policy names', async () => {
      underRule({ stepDownTo: { sku: 'FLOW_FREE' } });
      const { requestId, person } = await inForce(SEEN_MS);
      assert.match((await view(requestId)).waitsFor?.what ?? '', /FLOW_FREE takes the place of POWER_BI_PRO/);
      await untilEnded(requestId);
      assert.deepEqual(Object.keys(playground.held(person.id)), [SKU.FLOW_FREE]);
    });

    it('asks for no seat of what a group gives by then', async () => {
      const own = await Playground.open();
      try {
        own.policy = playground.policy;
        const person = own.hire({ licenses: HELD });
        const requestId = await own.submitted(
          own.wishOf(person, { remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'], termMs: SEEN_MS }),
        );
        await own.untilState(requestId, 'active');
        own.tenant.addMember(GROUPS.sales.id, person.id);
        await own.tenant.settled();
        own.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 0);
        const ended = await own.untilState(requestId, 'ended');
        assert.deepEqual(own.held(person.id), { [SKU.ENTERPRISEPACK]: HELD[0]?.disabledPlans.toSorted() });
        assert.deepEqual(
          ended.seats.map(({ skuId }) => skuId),
          [SKU.FLOW_FREE],
        );
      } finally {
        await own.close();
      }
    });

    it('stays until there is a seat of what is given back', async () => {
      const taken = await Playground.open();
      try {
        taken.policy = playground.policy;
        const person = taken.hire({ licenses: HELD });
        const before = taken.held(person.id);
        const requestId = await taken.submitted(
          taken.wishOf(person, {
            add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
            remove: ['ENTERPRISEPACK'],
            losing: ['ENTERPRISEPACK'],
            termMs: SEEN_MS,
          }),
        );
        await taken.untilState(requestId, 'active');
        taken.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 0);
        const waiting = await until(
          'the wait for a seat',
          () => taken.licenseflow.requests.view(requestId),
          ({ state }) => state === 'ending',
        );
        assert.match(waiting.waitsFor?.what ?? '', /seat|Graph/);
        assert.ok(SKU.FLOW_FREE in taken.held(person.id), 'nothing is taken away meanwhile');
        taken.tenant.setFreeSeats(SKU.ENTERPRISEPACK, 5);
        await taken.untilState(requestId, 'ended');
        assert.deepEqual(taken.held(person.id), before);
      } finally {
        await taken.close();
      }
    });
  });
});
