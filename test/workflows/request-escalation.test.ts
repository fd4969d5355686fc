import assert from 'node:assert/strict';
import type { RequestView } from '../../src/contracts/license-request.js';
import type { PolicyStage } from '../../src/domain/policy.js';
import { approversOf } from '../../src/domain/approval.js';
import { explanation } from '../../src/contracts/request-story.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { until } from '../support/until.js';

const { megan, miriam, freya, johanna, patti, lee, nestor } = PEOPLE;
const HOUR_MS = 3_600_000;

/** Asks these people; Freya as well, so long after. */
function escalating(afterMs: number, users: readonly string[], quorum = 1): PolicyStage {
  return stageOf('desk', [{ users }], { quorum, escalation: { afterMs, to: [{ users: [freya.id] }] } });
}

describe('a stage that waits', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ pace: { approvers: { lookAgainMs: 200 } } });
  });
  after(() => playground.close());

  const asks = (person: UserRecord) => playground.submitted(playground.wishOf(person));
  const view = (requestId: string) => playground.licenseflow.requests.view(requestId);
  const end = (requestId: string) => playground.licenseflow.requests.wait(requestId, 20_000);
  const seen = (requestId: string, what: string, good: (seen: RequestView) => boolean) =>
    until(what, () => view(requestId), good);
  const who = ({ waitsFor }: RequestView) => (waitsFor?.who ?? []).map(({ id }) => id);
  const leaves = (person: UserRecord) => playground.tenant.updateUser(person.id, { accountEnabled: false });

  describe('escalates', () => {
    it('after its time, and lets the others decide as well', async () => {
      playground.askIn(escalating(100, [johanna.id]));
      const requestId = await asks(playground.hire());
      const escalated = await seen(requestId, 'the escalation', (request) => who(request).length === 2);
      assert.deepEqual(who(escalated), [johanna.id, freya.id]);
      assert.match(escalated.stages[0]?.escalation?.because ?? '', /Time is running out/);
      assert.deepEqual(escalated.needsAttention, []);
      await playground.approve(requestId, freya.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('not to who asks, nor to the person licensed', async () => {
      const person = playground.hire();
      const others = [{ users: [person.id, megan.id, freya.id] }];
      playground.askIn(stageOf('desk', [{ users: [johanna.id] }], { escalation: { afterMs: 50, to: others } }));
      const requestId = await playground.submitted(playground.wishOf(person, { requester: megan.id }));
      const escalated = await seen(requestId, 'the escalation', (request) => who(request).length > 1);
      assert.deepEqual(who(escalated), [johanna.id, freya.id]);
      for (const self of [person.id, megan.id])
        await assert.rejects(playground.approve(requestId, self), { code: 'SELF_APPROVAL' });
    });

    it('at once, where too few can decide from the start', async () => {
      playground.askIn(escalating(HOUR_MS, [nestor.id]));
      const requestId = await asks(playground.hire());
      const escalated = await seen(requestId, 'the escalation', (request) => who(request).length > 0);
      assert.deepEqual(who(escalated), [freya.id]);
      assert.match(escalated.stages[0]?.escalation?.because ?? '', /Too few of those asked/);
      await playground.approve(requestId, freya.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('at once, where those who are left become too few', async () => {
      const approver = playground.hire();
      playground.askIn(escalating(HOUR_MS, [approver.id, johanna.id], 2));
      const requestId = await asks(playground.hire());
      await playground.approve(requestId, johanna.id);
      leaves(approver);
      const escalated = await seen(requestId, 'the escalation', (request) => who(request).includes(freya.id));
      assert.deepEqual(who(escalated), [freya.id]);
      assert.deepEqual(escalated.needsAttention, []);
      assert.equal(escalated.stages[0]?.decisions.length, 1, 'what was decided stays');
      await playground.approve(requestId, freya.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('and is refused where also the escalation cannot help', async () => {
      playground.askIn(
        stageOf('desk', [{ users: [nestor.id] }], { escalation: { afterMs: 50, to: [{ users: [PEOPLE.priya.id] }] } }),
      );
      const person = playground.hire();
      const request = playground.request(playground.wishOf(person));
      const answer = await playground.licenseflow.requests.submit(request, actor(person.id));
      assert.deepEqual(answer.outcome === 'recorded' ? [] : answer.problems.map(({ code }) => code), [
        'NO_ELIGIBLE_APPROVER',
      ]);
    });
  });

  describe('whose approvers are too few', () => {
    it('says so at once, needs attention, and goes on when the directory is mended', async () => {
      const approver = playground.hire();
      playground.askIn(stageOf('desk', [{ users: [approver.id, johanna.id] }], { quorum: 2 }));
      const requestId = await asks(playground.hire());
      leaves(approver);
      const short = await seen(requestId, 'the lack', ({ needsAttention }) => needsAttention.length > 0);
      assert.match(short.waitsFor?.what ?? '', /Too few people are left who can decide/);
      assert.ok(explanation(short).some((line) => /Still needed: 2 of 2 approvals, from Johanna.*too few/.test(line)));
      assert.ok(short.timeline.some(({ text }) => /still needs 2 approvals, and only Johanna/.test(text)));
      const listed = await until(
        'the list of what needs attention',
        () => playground.licenseflow.list({ needsAttention: true, limit: 100 }),
        (rows) => rows.some((row) => row.requestId === requestId),
      );
      assert.ok(listed.length > 0);

      playground.tenant.updateUser(approver.id, { accountEnabled: true });
      await seen(requestId, 'the approvers to be enough', ({ needsAttention }) => needsAttention.length === 0);
      await playground.approve(requestId, approver.id);
      await playground.approve(requestId, johanna.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('says so as soon as one of them cannot decide, long before it would look by itself', async () => {
      const patient = await Playground.open({ pace: { approvers: { lookAgainMs: HOUR_MS } } });
      try {
        const approver = patient.hire();
        patient.askIn(stageOf('desk', [{ users: [approver.id] }]));
        const requestId = await patient.submitted(patient.wishOf(patient.hire()));
        patient.tenant.updateUser(approver.id, { accountEnabled: false });
        await assert.rejects(patient.approve(requestId, approver.id), { code: 'NOT_ELIGIBLE' });
        const short = await until(
          'the lack',
          () => patient.licenseflow.requests.view(requestId),
          ({ needsAttention }) => needsAttention.length > 0,
        );
        assert.deepEqual(who(short), []);
      } finally {
        await patient.close();
      }
    });

    it('expires all the same', async () => {
      const approver = playground.hire();
      playground.askIn(stageOf('desk', [{ users: [approver.id] }], { deadlineMs: 600 }));
      const person = playground.hire();
      const requestId = await asks(person);
      leaves(approver);
      const expired = await end(requestId);
      assert.equal(expired.state, 'expired');
      assert.deepEqual(expired.needsAttention, []);
      assert.deepEqual(playground.writes(person.id), []);
      await assert.rejects(playground.approve(requestId, johanna.id), { code: 'NOT_WAITING' });
    });
  });

  describe('asks', () => {
    const upwards = (fallback: readonly string[] = []) =>
      stageOf('manager', [{ manager: { level: 1, upTo: 3, fallback } }]);

    it('the next manager up where the first one leaves meanwhile', async () => {
      const manager = playground.hire({ managerId: miriam.id });
      playground.askIn(upwards());
      const requestId = await asks(playground.hire({ managerId: manager.id }));
      assert.deepEqual(who(await view(requestId)), [manager.id]);
      leaves(manager);
      await seen(requestId, 'the manager above', (request) => who(request)[0] === miriam.id);
      await playground.approve(requestId, miriam.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('the next manager up who is not the one who asks, and the fallback where the way ends', async () => {
      playground.askIn(upwards([johanna.id]));
      const asked = await playground.submitted(
        playground.wishOf(playground.hire({ managerId: megan.id }), { requester: megan.id }),
      );
      assert.deepEqual(who(await view(asked)), [miriam.id]);
      const onTop = await asks(playground.hire({ managerId: null }));
      assert.deepEqual(who(await view(onTop)), [johanna.id]);
    });

    it('members of a group, but never one who asks or is licensed', async () => {
      playground.askIn(stageOf('group', [{ group: GROUPS.approvers.id }]));
      const forOther = await playground.submitted(playground.wishOf(playground.hire(), { requester: megan.id }));
      assert.deepEqual(new Set(who(await view(forOther))), new Set([johanna.id, patti.id]));
      await assert.rejects(playground.approve(forOther, megan.id), { code: 'SELF_APPROVAL' });
      const member = playground.hire();
      playground.tenant.addMember(GROUPS.engineering.id, member.id);
      playground.askIn(stageOf('group', [{ group: GROUPS.engineering.id }]));
      const own = await asks(member);
      assert.ok(!who(await view(own)).includes(member.id));
      await assert.rejects(playground.approve(own, member.id), { code: 'SELF_APPROVAL' });
    });

    it('people who join a group while it waits, and no more those who leave it', async () => {
      const newcomer = playground.hire();
      playground.askIn(stageOf('group', [{ group: GROUPS.engineering.id }]));
      const requestId = await asks(playground.hire());
      playground.tenant.addMember(GROUPS.engineering.id, newcomer.id);
      playground.tenant.removeMember(GROUPS.engineering.id, lee.id);
      await seen(requestId, 'the change', (request) => {
        const asked = who(request);
        return asked.includes(newcomer.id) && !asked.includes(lee.id);
      });
      await assert.rejects(playground.approve(requestId, lee.id), { code: 'NOT_ELIGIBLE' });
      await playground.approve(requestId, newcomer.id);
      assert.equal((await end(requestId)).state, 'done');
    });

    it('nobody of a group that does not exist, and refuses the request', async () => {
      playground.askIn(stageOf('group', [{ group: '00000000-0000-4000-8000-000000000000' }]));
      const person = playground.hire();
      const answer = await playground.licenseflow.requests.submit(
        playground.request(playground.wishOf(person)),
        actor(person.id),
      );
      assert.deepEqual(answer.outcome === 'recorded' ? [] : answer.problems.map(({ code }) => code), [
        'NO_ELIGIBLE_APPROVER',
      ]);
    });

    it('each requirement for a quorum of its own, and says what is missing of whom', async () => {
      playground.askIn({
        ...stageOf('both', []),
        requirements: [
          { anyOf: [{ users: [megan.id] }], quorum: 1 },
          { anyOf: [{ owners: [johanna.id, patti.id] }], quorum: 2 },
        ],
      });
      const requestId = await asks(playground.hire());
      await playground.approve(requestId, johanna.id);
      const half = await playground.approve(requestId, megan.id);
      assert.equal(half.state, 'waiting-for-approval');
      assert.deepEqual(who(half), [patti.id]);
      assert.ok(explanation(half).some((line) => /Still needed: 1 of 2 approvals, from Patti/.test(line)));
      await playground.approve(requestId, patti.id);
      assert.equal((await end(requestId)).state, 'done');
    });
  });

  it('keeps whom it knows while the directory cannot be asked, and asks it again', async () => {
    const manager = playground.hire({ managerId: miriam.id });
    const person = playground.hire({ managerId: manager.id });
    playground.askIn(stageOf('manager', [{ manager: { level: 1, upTo: 2, fallback: [] } }]));
    const requestId = await asks(person);
    const fault = playground.tenant.addFault({
      match: { path: '/users/*/manager', userId: person.id },
      fault: { kind: 'server-error', status: 503 },
    });
    leaves(manager);
    await seen(requestId, 'a look that fails', ({ timeline }) =>
      timeline.some(({ text }) => /could not be looked up again/.test(text)),
    );
    assert.deepEqual(who(await view(requestId)), [manager.id]);
    playground.tenant.clearFaults(fault);
    await seen(requestId, 'the manager above', (request) => who(request)[0] === miriam.id);
  });

  it('reminds again and again, and says when', async () => {
    playground.askIn(stageOf('desk', [{ users: [johanna.id] }], { remindEveryMs: 150 }));
    const requestId = await asks(playground.hire());
    const times = new Set<string>();
    await seen(requestId, 'a third reminder', ({ stages }) => {
      const at = stages[0]?.times?.remindsAt;
      if (at) times.add(at);
      return times.size >= 3;
    });
    const { stages, waitsFor } = await view(requestId);
    assert.equal(waitsFor?.nextAt, stages[0]?.times?.expiresAt, 'the deadline stays what it was');
  });

  it('goes on with everything it had planned after its workers were away', async () => {
    playground.askIn({ ...escalating(2_000, [johanna.id]), remindEveryMs: 100, deadlineMs: 60_000 });
    const requestId = await asks(playground.hire());
    const { stages } = await view(requestId);
    await playground.stopWorkers();
    await until(
      'the time of the escalation to go by',
      () => Date.now(),
      (nowMs) => nowMs > Date.parse(stages[0]?.times?.escalatesAt ?? ''),
    );
    await playground.startWorkers();
    await seen(requestId, 'the escalation', (request) => who(request).includes(freya.id));
    await playground.approve(requestId, freya.id);
    const done = await end(requestId);
    assert.equal(done.state, 'done');
    assert.deepEqual(
      done.stages.flatMap((stage) => approversOf(stage).map(({ id }) => id)),
      [johanna.id, freya.id],
    );
  });
});
