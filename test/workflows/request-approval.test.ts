import assert from 'node:assert/strict';
import type { Actor, Verdict } from '../../src/domain/approval.js';
import type { PolicyStage } from '../../src/domain/policy.js';
import { approversOf } from '../../src/domain/approval.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { until } from '../support/until.js';

const desk = (quorum: number): PolicyStage =>
  stageOf('licence desk', [{ users: [PEOPLE.johanna.userPrincipalName, PEOPLE.patti.id] }], { quorum });

describe('approval of a request', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  beforeEach(() => playground.askIn(oneApproval));
  after(() => playground.close());

  async function decide(requestId: string, by: Actor, verdict: Verdict, digest?: string) {
    const { plan, stage } = await playground.licenseflow.requests.view(requestId);
    return playground.licenseflow.requests.decide(requestId, {
      actor: by,
      verdict,
      digest: digest ?? plan?.digest ?? '',
      stage,
    });
  }

  async function decisionsOf(requestId: string) {
    const { stages } = await playground.licenseflow.requests.view(requestId);
    return stages.map(({ decisions }) => decisions.map(({ by, verdict }) => [by.id, verdict]));
  }

  const asks = (person: UserRecord) => playground.submitted(playground.wishOf(person));
  const end = (requestId: string) => playground.licenseflow.requests.wait(requestId, 20_000);

  describe('ends the request', () => {
    it('denied by one denial, with its reason, and nothing written', async () => {
      const person = playground.hire();
      playground.askIn(desk(2));
      const requestId = await asks(person);
      await playground.approve(requestId, PEOPLE.patti.id);
      await playground.deny(requestId, PEOPLE.johanna.userPrincipalName, 'no budget');
      const denied = await end(requestId);
      assert.equal(denied.state, 'denied');
      assert.deepEqual(
        denied.stages[0]?.decisions.map(({ reason }) => reason),
        [null, 'no budget'],
      );
      assert.deepEqual(playground.writes(person.id), []);
    });

    it('expired when nobody decides in time, and nothing written', async () => {
      const person = playground.hire();
      playground.askIn({ ...oneApproval, deadlineMs: 150 });
      const expired = await end(await asks(person));
      assert.equal(expired.state, 'expired');
      assert.match(expired.timeline.at(-1)?.text ?? '', /"manager".*counts as a denial/);
      assert.deepEqual(playground.writes(person.id), []);
    });

    it('done without asking anybody where the policy has no stage', async () => {
      const person = playground.hire();
      playground.askIn();
      const done = await end(await asks(person));
      assert.equal(done.state, 'done');
      assert.deepEqual(done.stages, []);
      assert.equal(playground.effectiveWrites(person.id).length, 1);
    });

    it('done without asking and without writing where everything is held already', async () => {
      const person = playground.hire({ licenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] });
      const done = await end(await asks(person));
      assert.equal(done.state, 'done');
      assert.equal(done.wrote, false);
      assert.deepEqual(await decisionsOf(done.requestId), [[]]);
      assert.deepEqual(playground.writes(person.id), []);
    });
  });

  describe('asks', () => {
    it('one stage after the other, each until its quorum', async () => {
      const person = playground.hire();
      playground.askIn(oneApproval, desk(2));
      const requestId = await asks(person);
      const atManager = await playground.licenseflow.requests.view(requestId);
      assert.deepEqual(
        atManager.waitsFor?.who.map(({ id }) => id),
        [PEOPLE.megan.id],
      );
      await assert.rejects(decide(requestId, actor(PEOPLE.patti.id), 'approve'), { code: 'NOT_ELIGIBLE' });

      await playground.approve(requestId);
      const atDesk = await playground.untilState(requestId, 'waiting-for-approval');
      assert.equal(atDesk.stage, 1);
      await playground.approve(requestId, PEOPLE.patti.id);
      const half = await playground.licenseflow.requests.view(requestId);
      assert.equal(half.state, 'waiting-for-approval');
      assert.deepEqual(
        half.waitsFor?.who.map(({ id }) => id),
        [PEOPLE.johanna.id],
      );
      assert.deepEqual(playground.writes(person.id), []);

      await playground.approve(requestId, PEOPLE.johanna.id);
      assert.equal((await end(requestId)).state, 'done');
      assert.deepEqual(await decisionsOf(requestId), [
        [[PEOPLE.megan.id, 'approve']],
        [
          [PEOPLE.patti.id, 'approve'],
          [PEOPLE.johanna.id, 'approve'],
        ],
      ]);
    });

    it('the next stage before whoever completed the one before it gets an answer', async () => {
      playground.askIn(oneApproval, desk(1));
      const requestId = await asks(playground.hire());
      const answer = await playground.approve(requestId);
      assert.equal(answer.state, 'waiting-for-approval');
      assert.equal(answer.stage, 1);
      assert.match(answer.waitsFor?.what ?? '', /in stage "licence desk"/);
      assert.deepEqual(
        answer.waitsFor?.who.map(({ id }) => id),
        [PEOPLE.johanna.id, PEOPLE.patti.id],
      );
    });

    describe('a stage whose people are still being looked up when they decide', () => {
      const afterwards: PolicyStage = stageOf('engineering', [{ users: [PEOPLE.lee.id] }]);

      /** Megan's approval opens the second stage; Johanna approves there while the directory is asked for its people. */
      async function decidedEarly(person: UserRecord): Promise<string> {
        const requestId = await asks(person);
        const slow = playground.tenant.addFault({
          match: { method: 'GET', userId: PEOPLE.patti.id },
          times: 1,
          fault: { kind: 'delay', ms: 3_000 },
        });
        const byManager = playground.approve(requestId);
        await until(
          'the people of the second stage to be looked up',
          () => playground.tenant.listFaults().find(({ id }) => id === slow)?.happened,
          (happened) => happened === 1,
        );
        const byDesk = playground.approve(requestId, PEOPLE.johanna.id);
        await until(
          'the decision to count',
          () => decisionsOf(requestId),
          (stages) => stages[1]?.length === 1,
        );
        await Promise.all([byManager, byDesk]);
        return requestId;
      }

      it('is over, and the request done, where it is the last one', async () => {
        playground.askIn(oneApproval, desk(1));
        const person = playground.hire();
        const done = await end(await decidedEarly(person));
        assert.equal(done.state, 'done');
        assert.equal(playground.effectiveWrites(person.id).length, 1);
      });

      it('is over, and the next one asks its own people', async () => {
        playground.askIn(oneApproval, desk(1), afterwards);
        const person = playground.hire();
        const requestId = await decidedEarly(person);
        const asked = await until(
          'the third stage to be asked',
          () => playground.licenseflow.requests.view(requestId),
          ({ waitsFor }) => /"engineering"/.test(waitsFor?.what ?? ''),
        );
        assert.deepEqual(
          asked.waitsFor?.who.map(({ id }) => id),
          [PEOPLE.lee.id],
        );
        assert.deepEqual(
          asked.stages.map((stage) => approversOf(stage).map(({ id }) => id)),
          [[PEOPLE.megan.id], [PEOPLE.johanna.id, PEOPLE.patti.id], [PEOPLE.lee.id]],
        );
        await assert.rejects(decide(requestId, actor(PEOPLE.patti.id), 'approve'), { code: 'NOT_ELIGIBLE' });
        await playground.approve(requestId, PEOPLE.lee.id);
        assert.equal((await end(requestId)).state, 'done');
      });
    });

    const managers: [what: string, managerId: string | null, requester: string | null, level: number, asked: string][] =
      [
        ['the manager', PEOPLE.lee.id, null, 1, PEOPLE.lee.id],
        ["the manager's manager", PEOPLE.megan.id, null, 2, PEOPLE.miriam.id],
        ['the fallback where no manager is known', null, null, 1, PEOPLE.johanna.id],
        ['the fallback where the chain of managers ends early', PEOPLE.patti.id, null, 2, PEOPLE.johanna.id],
        ['the fallback where the manager has left', PEOPLE.nestor.id, null, 1, PEOPLE.johanna.id],
        ['the fallback where the manager is a guest', PEOPLE.priya.id, null, 1, PEOPLE.johanna.id],
        ['the fallback where the manager is who asks', PEOPLE.lee.id, PEOPLE.lee.id, 1, PEOPLE.johanna.id],
      ];
    for (const [what, managerId, requester, level, asked] of managers) {
      it(what, async () => {
        const person = playground.hire({ managerId });
        playground.askIn(
          stageOf('manager', [{ manager: { level, upTo: level, fallback: [PEOPLE.johanna.userPrincipalName] } }]),
        );
        const requestId = await playground.submitted(
          playground.wishOf(person, { requester: requester ?? person.userPrincipalName }),
        );
        const { waitsFor } = await playground.licenseflow.requests.view(requestId);
        assert.deepEqual(
          waitsFor?.who.map(({ id }) => id),
          [asked],
        );
      });
    }

    it('nobody, and refuses the request, where nobody could decide', async () => {
      const person = playground.hire();
      playground.askIn(stageOf('manager', [{ users: [person.id, PEOPLE.nestor.id, PEOPLE.priya.id] }]));
      const request = playground.request(playground.wishOf(person));
      const answer = await playground.licenseflow.requests.submit(request, actor(person.id));
      assert.equal(answer.outcome, 'refused');
      assert.deepEqual(
        answer.problems.map(({ code }) => code),
        ['NO_ELIGIBLE_APPROVER'],
      );
    });
  });

  describe('refuses the decision', () => {
    const selves: [what: string, requester: 'subject' | 'manager', ref: (who: UserRecord) => string][] = [
      ['of who asks, by object id', 'subject', ({ id }) => id],
      ['of who asks, by object id in capitals', 'subject', ({ id }) => id.toUpperCase()],
      ['of who asks, by name', 'subject', ({ userPrincipalName }) => userPrincipalName],
      [
        'of who asks, by name in capitals and with blanks',
        'subject',
        (who) => ` ${who.userPrincipalName.toUpperCase()} `,
      ],
      ['of the manager who asks for somebody else', 'manager', () => PEOPLE.megan.userPrincipalName],
      ['of the person licensed where the manager asks', 'manager', ({ id }) => id],
    ];
    for (const [what, requester, ref] of selves) {
      it(`${what}, although the policy names both`, async () => {
        const person = playground.hire();
        playground.askIn(stageOf('licence desk', [{ users: [person.id, PEOPLE.megan.id, PEOPLE.johanna.id] }]));
        const asking = requester === 'manager' ? PEOPLE.megan.userPrincipalName : person.userPrincipalName;
        const requestId = await playground.submitted(playground.wishOf(person, { requester: asking }));
        for (const assurance of ['asserted', 'signed-in'] as const)
          await assert.rejects(decide(requestId, { ref: ref(person), assurance }, 'approve'), {
            code: 'SELF_APPROVAL',
          });
        assert.deepEqual(await decisionsOf(requestId), [[]]);
        assert.deepEqual(playground.writes(person.id), []);
      });
    }

    it('of somebody whose account was disabled after the submit, and counts nothing', async () => {
      const person = playground.hire();
      const approver = playground.hire();
      playground.askIn(stageOf('licence desk', [{ users: [approver.id, PEOPLE.johanna.id] }]));
      const requestId = await asks(person);
      playground.tenant.updateUser(approver.id, { accountEnabled: false });
      await assert.rejects(decide(requestId, actor(approver.id), 'approve'), {
        code: 'NOT_ELIGIBLE',
        message: /disabled/,
      });
      assert.deepEqual(await decisionsOf(requestId), [[]]);
      assert.equal((await playground.licenseflow.requests.view(requestId)).state, 'waiting-for-approval');
    });

    it('of a manager who is no longer one', async () => {
      const person = playground.hire();
      const requestId = await asks(person);
      playground.tenant.setManager(person.id, PEOPLE.lee.id);
      await assert.rejects(decide(requestId, actor(PEOPLE.megan.id), 'approve'), { code: 'NOT_ELIGIBLE' });
      assert.deepEqual(await decisionsOf(requestId), [[]]);
    });

    it('about a plan that is not the one up for approval', async () => {
      const requestId = await asks(playground.hire());
      await assert.rejects(decide(requestId, actor(PEOPLE.megan.id), 'approve', 'f'.repeat(64)), {
        code: 'PLAN_CHANGED',
        kind: 'conflict',
      });
      assert.deepEqual(await decisionsOf(requestId), [[]]);
    });

    it('that is only asserted, where the policy wants people to sign in', async () => {
      const before = playground.policy;
      playground.policy = { ...before, assertedDecisions: 'refuse' };
      const requestId = await asks(playground.hire());
      playground.policy = before;
      const { megan } = PEOPLE;
      await assert.rejects(decide(requestId, actor(megan.id), 'approve'), { code: 'ASSERTED_REFUSED' });
      await decide(requestId, { ref: megan.id, assurance: 'signed-in' }, 'approve');
      assert.equal((await end(requestId)).state, 'done');
    });

    it('that the directory cannot confirm, without recording it', async () => {
      const person = playground.hire();
      const requestId = await asks(person);
      const fault = playground.tenant.addFault({
        match: { path: '/users/*/manager', userId: person.id },
        fault: { kind: 'server-error', status: 503 },
      });
      await assert.rejects(decide(requestId, actor(PEOPLE.megan.id), 'approve'), {
        code: 'NOT_CHECKED',
        kind: 'failed',
      });
      playground.tenant.clearFaults(fault);
      assert.deepEqual(await decisionsOf(requestId), [[]]);
      await playground.approve(requestId);
      assert.equal((await end(requestId)).state, 'done');
    });
  });

  describe('counts the first decision of a person', () => {
    it('once: the same again changes nothing, another one is refused', async () => {
      playground.askIn(desk(2));
      const requestId = await asks(playground.hire());
      await playground.approve(requestId, PEOPLE.patti.id);
      await playground.approve(requestId, PEOPLE.patti.userPrincipalName.toUpperCase());
      await assert.rejects(decide(requestId, actor(PEOPLE.patti.id), 'deny'), { code: 'ALREADY_DECIDED' });
      assert.deepEqual(await decisionsOf(requestId), [[[PEOPLE.patti.id, 'approve']]]);

      await playground.approve(requestId, PEOPLE.johanna.id);
      assert.equal((await end(requestId)).state, 'done');
      assert.equal((await playground.approve(requestId, PEOPLE.johanna.id)).state, 'done', 'also after the end');
      await assert.rejects(decide(requestId, actor(PEOPLE.johanna.id), 'deny'), { code: 'NOT_WAITING' });
      assert.equal((await decisionsOf(requestId))[0]?.length, 2);
    });

    it('once, however many come in the same moment', async () => {
      playground.askIn(desk(2));
      const requestId = await asks(playground.hire());
      await Promise.all(Array.from({ length: 20 }, () => playground.approve(requestId, PEOPLE.patti.id)));
      assert.deepEqual(await decisionsOf(requestId), [[[PEOPLE.patti.id, 'approve']]]);
    });

    it('in the stage that was looked at, although the click comes twice and the next stage asks the same person', async () => {
      playground.askIn(desk(1), { ...desk(1), name: 'once more' });
      const requestId = await asks(playground.hire());
      const { plan, stage } = await playground.licenseflow.requests.view(requestId);
      const click = () =>
        playground.licenseflow.requests.decide(requestId, {
          actor: actor(PEOPLE.patti.id),
          verdict: 'approve',
          digest: plan?.digest ?? '',
          stage: stage ?? -1,
        });
      await Promise.all(Array.from({ length: 5 }, click));
      await click();
      assert.deepEqual(await decisionsOf(requestId), [[[PEOPLE.patti.id, 'approve']], []]);
      await playground.approve(requestId, PEOPLE.patti.id);
      assert.equal((await end(requestId)).state, 'done', 'one person may decide in two stages, by looking twice');
    });

    it('as the one outcome, where two people decide differently in the same moment', async () => {
      for (let round = 0; round < 3; round++) {
        playground.askIn(desk(1));
        const person = playground.hire();
        const requestId = await asks(person);
        const answers = await Promise.allSettled([
          playground.approve(requestId, PEOPLE.patti.id),
          playground.deny(requestId, PEOPLE.johanna.id),
        ]);
        const { state } = await end(requestId);
        const [counted = []] = await decisionsOf(requestId);
        assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
        assert.equal(counted.length, 1);
        assert.equal(state, counted[0]?.[1] === 'approve' ? 'done' : 'denied');
        assert.equal(playground.writes(person.id).length, state === 'done' ? 1 : 0);
      }
    });
  });
});
