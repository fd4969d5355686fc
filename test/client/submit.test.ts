import assert from 'node:assert/strict';
import type { LicenseRequests } from '../../src/client/index.js';
import { createLicenseflow } from '../../src/client/index.js';
import type { LicenseRequest, Problem } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const flow = { sku: 'FLOW_FREE', disabledPlans: [] };

describe('submit', () => {
  describe('refuses before anything is written', () => {
    let playground: Playground;
    before(async () => {
      playground = await Playground.open();
      const { [SKU.EMS]: _closed, ...skus } = playground.policy.skus;
      playground.policy = { ...playground.policy, skus };
    });
    afterEach(() => assert.deepEqual(playground.writes(), []));
    after(() => playground.close());

    async function problemsOf(wish: Partial<LicenseRequest>): Promise<readonly Problem[]> {
      const answer = await playground.licenseflow.requests.submit(playground.request(wish), actor(PEOPLE.adele.id));
      assert.equal(answer.outcome, 'refused');
      assert.equal((await playground.licenseflow.requests.wait(answer.requestId, 20_000)).state, 'refused');
      return answer.problems;
    }

    const bad: [what: string, wish: Partial<LicenseRequest>, code: string, names: RegExp][] = [
      ['an unknown person', { subject: 'nobody@contoso.com' }, 'USER_NOT_FOUND', /licensed, "nobody@contoso.com"/],
      ['an unknown requester', { requester: 'ghost@contoso.com' }, 'USER_NOT_FOUND', /requester, "ghost@contoso.com"/],
      ['no person at all', { subject: '' }, 'USER_NOT_FOUND', /licensed, ""/],
      ['an unknown product', { add: [{ sku: 'POWER_BI_PRA', disabledPlans: [] }] }, 'UNKNOWN_SKU', /"POWER_BI_PRA"/],
      [
        'a line of a CSV for a product',
        { add: [{ sku: 'FLOW_FREE;EMS,"x"', disabledPlans: [] }] },
        'UNKNOWN_SKU',
        /;EMS/,
      ],
      ['a damaged GUID', { add: [{ sku: `${SKU.FLOW_FREE}0`, disabledPlans: [] }] }, 'MALFORMED_REQUEST', /f30db892/],
      ['an unknown plan', { add: [{ ...flow, disabledPlans: ['NO_SUCH'] }] }, 'UNKNOWN_PLAN', /FLOW_FREE .*"NO_SUCH"/],
      [
        'a plan of another product',
        { add: [{ ...flow, disabledPlans: [PLAN.TEAMS1] }] },
        'UNKNOWN_PLAN',
        /FLOW_FREE .*57ff2da0/,
      ],
      [
        'a product both added and removed',
        { add: [flow], remove: [SKU.FLOW_FREE] },
        'SAME_SKU_ADDED_AND_REMOVED',
        /FLOW_FREE/,
      ],
      [
        'a product named twice',
        { add: [flow, { ...flow, sku: SKU.FLOW_FREE }] },
        'SAME_SKU_ADDED_AND_REMOVED',
        /FLOW_FREE/,
      ],
      ['nothing to do', { add: [], remove: [] }, 'EMPTY_REQUEST', /neither adds nor removes/],
      [
        'a product of the company',
        { add: [{ sku: 'SHAREPOINTSTORAGE', disabledPlans: [] }] },
        'SKU_NOT_ASSIGNABLE',
        /SHAREPOINTSTORAGE/,
      ],
      ['a product outside the policy', { add: [{ sku: 'EMS', disabledPlans: [] }] }, 'NOT_REQUESTABLE', /EMS/],
      ['a country of three letters', { usageLocation: 'DEU' }, 'USAGE_LOCATION', /"DEU"/],
      ['somebody without usage location', { subject: PEOPLE.nadia.id }, 'USAGE_LOCATION', /Nadia Petrova/],
      ['a closed account', { subject: PEOPLE.leo.id, add: [flow] }, 'ACCOUNT_DISABLED', /Leo Martin/],
      [
        'a removal of what a group gives',
        { subject: PEOPLE.isaiah.id, add: [], remove: ['ENTERPRISEPACK'] },
        'INHERITED_FROM_GROUP',
        /Isaiah Langer .*ENTERPRISEPACK only through the group "Sales"/,
      ],
      [
        'a removal of what a dynamic group gives',
        { subject: PEOPLE.irvin.id, add: [], remove: ['SPE_F1'] },
        'INHERITED_FROM_GROUP',
        /the dynamic group "Frontline workers"/,
      ],
    ];
    for (const [what, wish, code, names] of bad) {
      it(`${what}: ${code}`, async () => {
        const problems = await problemsOf(wish);
        assert.deepEqual(
          problems.map((problem) => problem.code),
          [code],
        );
        assert.match(problems[0]?.message ?? '', names);
        assert.match(problems[0]?.remedy ?? '', /^[A-Z].+\.$/, 'the remedy is a sentence');
      });
    }

    it('with everything that is wrong, in one answer', async () => {
      const problems = await problemsOf({
        requester: 'ghost@contoso.com',
        subject: PEOPLE.leo.id,
        add: [
          { sku: 'NO_SUCH_SKU', disabledPlans: [] },
          { sku: 'EMS', disabledPlans: ['NO_SUCH_PLAN'] },
          { sku: 'SHAREPOINTSTORAGE', disabledPlans: [] },
        ],
      });
      assert.deepEqual(problems.map(({ code }) => code).sort(), [
        'ACCOUNT_DISABLED',
        'NOT_REQUESTABLE',
        'SKU_NOT_ASSIGNABLE',
        'UNKNOWN_PLAN',
        'UNKNOWN_SKU',
        'USER_NOT_FOUND',
      ]);
    });

    it('an id that could hold a mail address, and records nothing', async () => {
      for (const requestId of ['adele@contoso.com', '', 'two words', 'a/b', 'x'.repeat(65)]) {
        const request = playground.request({ requestId });
        await assert.rejects(playground.licenseflow.requests.submit(request, actor(PEOPLE.adele.id)), {
          code: 'MALFORMED_ID',
          kind: 'invalid',
        });
      }
    });

    const locked: [what: string, application: object, code: string][] = [
      ['with the wrong secret', { secrets: ['another'] }, 'UNAUTHENTICATED'],
      ['without any permission', { roles: [] }, 'FORBIDDEN'],
      ['that may read only', { roles: ['User.Read.All', 'LicenseAssignment.Read.All'] }, 'FORBIDDEN'],
    ];
    for (const [what, application, code] of locked) {
      it(`everything for an application ${what}: ${code}`, async () => {
        const outside = await Playground.open();
        try {
          outside.tenant.putApplication({ ...SEED_APPLICATION, ...application });
          const answer = await outside.licenseflow.requests.submit(outside.request(), actor(PEOPLE.adele.id));
          assert.ok(answer.outcome === 'refused');
          assert.deepEqual(
            answer.problems.map((problem) => problem.code),
            [code],
          );
          assert.match(answer.problems[0]?.remedy ?? '', /^(Check|Grant) .+\.$/);
          assert.deepEqual(outside.writes(), []);
        } finally {
          await outside.close();
        }
      });
    }
  });

  describe('takes an act only from somebody whom the directory knows', () => {
    let playground: Playground;
    before(async () => {
      playground = await Playground.open();
    });
    after(() => playground.close());
    const stranger = actor('nobody@contoso.com');

    it('when a request is ended', async () => {
      const requestId = await playground.submitted({ add: [{ sku: 'EMS', disabledPlans: [] }] });
      await assert.rejects(playground.licenseflow.requests.withdraw(requestId, stranger, 'why not'), {
        code: 'USER_NOT_FOUND',
        kind: 'not-found',
      });
      assert.equal((await playground.licenseflow.requests.view(requestId)).state, 'waiting-for-approval');
    });

    it('when a request is taken back', async () => {
      const { requestId, state } = await playground.approved({ add: [{ sku: 'EMS', disabledPlans: [] }] });
      assert.equal(state, 'done');
      const order = { reason: 'why not', seatWaitMs: 1_000 };
      const { requests } = playground.licenseflow;
      await assert.rejects(requests.rollback(requestId, { ...order, actor: stranger }), { code: 'USER_NOT_FOUND' });
      assert.equal(await requests.rollbackView(requestId), null);
    });

    it('who is signed in, where the policy says so', async () => {
      const strict = await Playground.open({ policy: { assertedDecisions: 'refuse' }, stages: [] });
      try {
        const requestId = await strict.submitted();
        const { requests } = strict.licenseflow;
        assert.equal((await requests.wait(requestId, 20_000)).state, 'done');
        const order = { reason: 'why not', seatWaitMs: 1_000, actor: actor(PEOPLE.freya.id) };
        await assert.rejects(requests.rollback(requestId, order), { code: 'ASSERTED_REFUSED', kind: 'refused' });
        assert.equal(await requests.rollbackView(requestId), null);
      } finally {
        await strict.close();
      }
    });
  });

  describe('keeps one request for one id', () => {
    let playground: Playground;
    before(async () => {
      playground = await Playground.open();
    });
    beforeEach(() => playground.askIn(oneApproval));
    after(() => playground.close());

    const submit = (request: LicenseRequest) =>
      playground.licenseflow.requests.submit(request, actor(request.requester));
    const newRequest = () => playground.request(playground.wishOf(playground.hire()));

    it('that may be corrected after it was refused', async () => {
      const request = newRequest();
      const wrong = { ...request, add: [{ sku: 'FLOW_FREEE', disabledPlans: [] }] };
      assert.equal((await submit(wrong)).outcome, 'refused');
      assert.equal((await submit(request)).outcome, 'accepted');
      await playground.approve(request.requestId);
      assert.equal((await playground.licenseflow.requests.wait(request.requestId, 20_000)).state, 'done');
    });

    it('that is checked anew where the directory, and not the request, was corrected', async () => {
      const person = playground.hire({ usageLocation: null });
      const request = playground.request(playground.wishOf(person));
      assert.equal((await submit(request)).outcome, 'refused');
      playground.tenant.updateUser(person.id, { usageLocation: 'BG' });
      assert.equal((await submit(request)).outcome, 'accepted');
      assert.equal((await playground.licenseflow.requests.view(request.requestId)).state, 'waiting-for-approval');
    });

    it('that is tried again after it failed', async () => {
      const request = newRequest();
      const { id } = playground.tenant.user(request.subject);
      await submit(request);
      playground.breakWrites(id, { kind: 'graph-error', error: 'E11' }, 1);
      await playground.approve(request.requestId);
      assert.equal((await playground.licenseflow.requests.wait(request.requestId, 20_000)).state, 'failed');
      // Its run stays open until its notices are sent, and is joined as long.
      await until(
        'the run that failed to be over',
        () => submit(request),
        (again) => again.outcome === 'accepted' && again.state === 'waiting-for-approval',
      );
      await playground.approve(request.requestId);
      assert.equal((await playground.licenseflow.requests.wait(request.requestId, 20_000)).state, 'done');
    });

    it('that is tried again after it was terminated', async () => {
      const request = newRequest();
      await submit(request);
      const { client } = await testTemporal();
      await client.workflow.getHandle(licenseRequestWorkflowId(request.requestId)).terminate();
      await assert.rejects(playground.licenseflow.requests.wait(request.requestId, 20_000), {
        code: 'ENDED_OUTSIDE',
        message: /terminated in Temporal; nothing was taken back/,
      });
      const { state, waitsFor, needsAttention } = await playground.licenseflow.requests.view(request.requestId);
      assert.deepEqual({ state, waitsFor }, { state: 'terminated', waitsFor: null });
      assert.match(needsAttention.join(), /while it was "waiting for approval", and nothing was taken back/);
      await until(
        'the list to show it as terminated',
        () => playground.licenseflow.list({ state: 'terminated', limit: 1_000 }),
        (rows) => rows.some(({ requestId }) => requestId === request.requestId),
      );
      assert.equal((await submit(request)).outcome, 'accepted');
      await playground.approve(request.requestId);
      assert.equal((await playground.licenseflow.requests.wait(request.requestId, 20_000)).state, 'done');
    });

    it('that is joined by the same content while it is open, and is another one with other content', async () => {
      const request = newRequest();
      const first = await submit(request);
      const again = await submit({ ...request, add: [{ sku: SKU.FLOW_FREE.toUpperCase(), disabledPlans: [] }] });
      assert.deepEqual(again, first);
      await assert.rejects(submit({ ...request, remove: ['EMS'] }), { code: 'REQUEST_DIFFERS', kind: 'conflict' });
      assert.equal((await playground.licenseflow.requests.view(request.requestId)).state, 'waiting-for-approval');
    });

    for (const end of ['done', 'denied', 'withdrawn'] as const) {
      it(`that is joined by the same content after it was ${end}, and is another one with other content`, async () => {
        const request = newRequest();
        await submit(request);
        if (end === 'done') await playground.approve(request.requestId);
        if (end === 'denied') await playground.deny(request.requestId);
        if (end === 'withdrawn')
          await playground.licenseflow.requests.withdraw(request.requestId, actor(request.requester), 'not needed');
        await playground.licenseflow.requests.wait(request.requestId, 20_000);
        const written = playground.writes(playground.tenant.user(request.subject).id).length;

        const again = await submit(request);
        assert.ok(again.outcome === 'accepted');
        assert.equal(again.state, end);
        await assert.rejects(submit({ ...request, justification: 'another one' }), { code: 'REQUEST_DIFFERS' });
        assert.equal(playground.writes(playground.tenant.user(request.subject).id).length, written);
      });
    }

    it('that is checked once and written once, however many submit it in the same moment', async () => {
      const request = newRequest();
      const answers = await Promise.all(Array.from({ length: 100 }, () => submit(request)));
      assert.deepEqual(new Set(answers.map((answer) => answer.outcome)), new Set(['accepted']));
      await playground.approve(request.requestId);
      await playground.licenseflow.requests.wait(request.requestId, 20_000);

      const { client } = await testTemporal();
      const { events } = await client.workflow.getHandle(licenseRequestWorkflowId(request.requestId)).fetchHistory();
      const scheduled = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
      assert.equal(scheduled.filter((name) => name === 'prepareRequest').length, 1);
      assert.equal(playground.writes(playground.tenant.user(request.subject).id).length, 1);
    });
  });

  it('says "recorded" where no worker answers, and the request goes on once one starts', async () => {
    const playground = await Playground.open({ idle: true, answerWithinMs: 500 });
    try {
      const request = playground.request(playground.wishOf(playground.hire()));
      const answer = await playground.licenseflow.requests.submit(request, actor(request.requester));
      assert.deepEqual(answer, { outcome: 'recorded', requestId: request.requestId });
      await assert.rejects(playground.licenseflow.requests.view(request.requestId), {
        code: 'NO_ANSWER',
        kind: 'unanswered',
      });
      await playground.startWorkers();
      await until(
        'the request to be accepted',
        () => playground.licenseflow.requests.view(request.requestId).catch(() => null),
        (view) => view?.state === 'waiting-for-approval',
      );
    } finally {
      await playground.close();
    }
  });

  it('says "recorded" of nothing that is lost: another content under the same id', async () => {
    const playground = await Playground.open({ idle: true, answerWithinMs: 500 });
    try {
      const request = playground.request(playground.wishOf(playground.hire()));
      const submit = (justification: string) =>
        playground.licenseflow.requests.submit({ ...request, justification }, actor(request.requester));
      assert.equal((await submit('the first')).outcome, 'recorded');
      await assert.rejects(submit('the second'), { code: 'REQUEST_DIFFERS', kind: 'conflict' });
      assert.equal((await submit('the first')).outcome, 'recorded');
    } finally {
      await playground.close();
    }
  });

  it('says "recorded" of no run that has ended, and which causes a missing answer has', async () => {
    const playground = await Playground.open({ answerWithinMs: 5_000 });
    try {
      const request = playground.request({ subject: 'nobody@contoso.com' });
      const submit = (requests: LicenseRequests) => requests.submit(request, actor(request.requester));
      assert.equal((await submit(playground.licenseflow.requests)).outcome, 'refused');
      await playground.licenseflow.requests.wait(request.requestId, 20_000);
      const { client } = await testTemporal();
      const { taskQueue } = playground;
      // Too short for the server to start anything: the call is over before it is sent.
      const hasty = createLicenseflow({ client, taskQueue, pace: FAST_PACE, answerWithinMs: -1 });
      await assert.rejects(submit(hasty.requests), {
        code: 'NO_ANSWER',
        kind: 'unanswered',
        message: `No answer in time. Request ${request.requestId} is not recorded.`,
        remedy: /no worker runs.*licenseflow worker.*still being worked on/,
      });
    } finally {
      await playground.close();
    }
  });

  it('is answered with "no such request" for what was never submitted', async () => {
    const playground = await Playground.open({ idle: true, answerWithinMs: 2_000 });
    const { requests } = playground.licenseflow;
    const missing = { code: 'NO_SUCH_REQUEST', kind: 'not-found' };
    await assert.rejects(requests.view('never'), missing);
    await assert.rejects(requests.withdraw('never', actor(PEOPLE.adele.id), 'x'), missing);
    await assert.rejects(
      requests.decide('never', { actor: actor(PEOPLE.megan.id), verdict: 'deny', digest: '', stage: null }),
      missing,
    );
    await assert.rejects(requests.wait('never', 2_000), missing);
    await assert.rejects(
      requests.rollback('never', { actor: actor(PEOPLE.adele.id), reason: 'x', seatWaitMs: 0 }),
      missing,
    );
    assert.equal(await requests.rollbackView('never'), null);
  });
});
