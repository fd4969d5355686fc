import assert from 'node:assert/strict';
import type { RequestView } from '../../src/contracts/license-request.js';
import type { PolicyStage } from '../../src/domain/policy.js';
import { approversOf } from '../../src/domain/approval.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, oneApproval, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { until } from '../support/until.js';

const { megan, freya, johanna, patti, amani, nestor, priya } = PEOPLE;
const bothOfDesk: PolicyStage = stageOf('licence desk', [{ users: [johanna.id, patti.id] }], { quorum: 2 });

describe('delegation of a decision', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ pace: { approvers: { lookAgainMs: 2_000 } } });
  });
  beforeEach(() => playground.askIn(oneApproval));
  after(() => playground.close());

  const asks = (person: UserRecord) => playground.submitted(playground.wishOf(person));
  const view = (requestId: string) => playground.licenseflow.requests.view(requestId);
  const end = (requestId: string) => playground.licenseflow.requests.wait(requestId, 20_000);

  async function delegates(requestId: string, from: string, to: string, stage?: number): Promise<RequestView> {
    const options = { actor: actor(from), to, reason: 'on leave', stage: stage ?? (await view(requestId)).stage };
    return playground.licenseflow.requests.delegate(requestId, options);
  }

  async function delegationsOf(requestId: string) {
    const { stages } = await view(requestId);
    return stages.map(({ delegations }) => delegations.map(({ from, to }) => [from.id, to.id]));
  }

  it('lets the other decide, and the one who gave it away no more', async () => {
    const requestId = await asks(playground.hire());
    const given = await delegates(requestId, megan.id, freya.userPrincipalName);
    assert.deepEqual(
      given.waitsFor?.who.map(({ id }) => id),
      [freya.id],
    );
    await until(
      'the request to be in the inbox of the other',
      () => playground.licenseflow.inbox(freya.id),
      (rows) => rows.some((row) => row.requestId === requestId),
    );
    await assert.rejects(playground.approve(requestId, megan.id), {
      code: 'NOT_ELIGIBLE',
      message: /gave this decision to Freya Lindgren.*it waits for Freya Lindgren/,
    });
    await playground.approve(requestId, freya.id);
    const done = await end(requestId);
    assert.equal(done.state, 'done');
    assert.deepEqual(
      done.stages[0]?.decisions.map(({ by, meets }) => [by.id, meets]),
      [[freya.id, [0]]],
    );
    assert.ok(done.timeline.some(({ text }) => /Megan Bowen.*lets Freya Lindgren.*decide: on leave/.test(text)));
  });

  it('is the same once, twice, or after the end', async () => {
    const requestId = await asks(playground.hire());
    await Promise.all(Array.from({ length: 10 }, () => delegates(requestId, megan.id, freya.id, 0)));
    await delegates(requestId, megan.userPrincipalName.toUpperCase(), freya.userPrincipalName, 0);
    assert.deepEqual(await delegationsOf(requestId), [[[megan.id, freya.id]]]);
    await playground.approve(requestId, freya.id);
    await end(requestId);
    assert.equal((await delegates(requestId, megan.id, freya.id, 0)).state, 'done');
    await assert.rejects(delegates(requestId, freya.id, johanna.id, 0), { code: 'NOT_WAITING' });
  });

  it('can be handed on again, and counts in the place of the first', async () => {
    playground.askIn(bothOfDesk);
    const requestId = await asks(playground.hire());
    await delegates(requestId, johanna.id, freya.id);
    await delegates(requestId, freya.id, amani.id);
    await assert.rejects(playground.approve(requestId, freya.id), { code: 'NOT_ELIGIBLE' });
    await playground.approve(requestId, amani.id);
    await playground.approve(requestId, patti.id);
    assert.equal((await end(requestId)).state, 'done');
  });

  describe('is refused, and nothing changes', () => {
    type Refusal = [what: string, from: string, to: (who: UserRecord) => string, code: string, message: RegExp];
    const refusals: Refusal[] = [
      ['to who asks', johanna.id, ({ id }) => id, 'SELF_APPROVAL', /own request/],
      [
        'to who asks, by name in capitals',
        johanna.id,
        (who) => who.userPrincipalName.toUpperCase(),
        'SELF_APPROVAL',
        /own/,
      ],
      ['to oneself', johanna.id, () => johanna.userPrincipalName, 'DELEGATE_REFUSED', /have this decision already/],
      ['to somebody who is asked beside', johanna.id, () => patti.id, 'DELEGATE_REFUSED', /one vote would be lost/],
      [
        'to somebody unknown',
        johanna.id,
        () => 'nobody@contoso.com',
        'DELEGATE_REFUSED',
        /no user "nobody@contoso\.com"/,
      ],
      ['to somebody who has left', johanna.id, () => nestor.id, 'DELEGATE_REFUSED', /Nestor Wilke.* is disabled/],
      ['to a guest', johanna.id, () => priya.id, 'DELEGATE_REFUSED', /is a guest/],
      ['by a stranger', freya.id, () => amani.id, 'NOT_ELIGIBLE', /waits for Johanna Lorenz.* or Patti/],
      ['by who asks', 'self', () => amani.id, 'NOT_ELIGIBLE', /not among the approvers/],
    ];
    for (const [what, from, to, code, message] of refusals)
      it(what, async () => {
        playground.askIn(bothOfDesk);
        const person = playground.hire();
        const requestId = await asks(person);
        const before = await view(requestId);
        await assert.rejects(delegates(requestId, from === 'self' ? person.id : from, to(person)), { code, message });
        assert.deepEqual((await view(requestId)).stages, before.stages);
      });

    it('to the person licensed, where somebody else asks', async () => {
      const person = playground.hire();
      playground.askIn(bothOfDesk);
      const requestId = await playground.submitted(playground.wishOf(person, { requester: megan.id }));
      await assert.rejects(delegates(requestId, johanna.id, person.userPrincipalName), { code: 'SELF_APPROVAL' });
      await assert.rejects(delegates(requestId, johanna.id, megan.userPrincipalName), { code: 'SELF_APPROVAL' });
    });

    it('in a circle', async () => {
      playground.askIn(bothOfDesk);
      const requestId = await asks(playground.hire());
      await delegates(requestId, johanna.id, freya.id);
      await delegates(requestId, freya.id, amani.id);
      for (const back of [johanna.id, freya.id])
        await assert.rejects(delegates(requestId, amani.id, back), {
          code: 'DELEGATE_REFUSED',
          message: /gave a decision of this stage away/,
        });
      assert.deepEqual(await delegationsOf(requestId), [
        [
          [johanna.id, freya.id],
          [freya.id, amani.id],
        ],
      ]);
    });

    it('to a second one, by somebody who has decided, and for a former stage', async () => {
      playground.askIn(oneApproval, bothOfDesk);
      const requestId = await asks(playground.hire());
      await delegates(requestId, megan.id, freya.id);
      await assert.rejects(delegates(requestId, megan.id, amani.id), { code: 'ALREADY_DELEGATED' });
      await playground.approve(requestId, freya.id);
      await assert.rejects(delegates(requestId, freya.id, amani.id, 0), { code: 'NOT_WAITING', message: /Johanna/ });
      await playground.approve(requestId, johanna.id);
      await assert.rejects(delegates(requestId, johanna.id, amani.id), { code: 'ALREADY_DECIDED' });
    });

    it('that is only asserted, where the policy wants people to sign in', async () => {
      const before = playground.policy;
      playground.policy = { ...before, assertedDecisions: 'refuse' };
      const requestId = await asks(playground.hire());
      playground.policy = before;
      await assert.rejects(delegates(requestId, megan.id, freya.id), { code: 'ASSERTED_REFUSED' });
    });
  });

  it('has one outcome where the decision and its delegation meet', async () => {
    for (let round = 0; round < 3; round++) {
      const requestId = await asks(playground.hire());
      const [decided, given] = await Promise.allSettled([
        playground.approve(requestId, megan.id),
        delegates(requestId, megan.id, freya.id, 0),
      ]);
      if (decided.status === 'fulfilled') assert.equal(given.status, 'rejected');
      else await playground.approve(requestId, freya.id);
      const { stages } = await end(requestId);
      const by = decided.status === 'fulfilled' ? megan.id : freya.id;
      assert.deepEqual(
        stages[0]?.decisions.map((decision) => decision.by.id),
        [by],
      );
    }
  });

  it('counts only while the policy selects who gave it', async () => {
    const person = playground.hire();
    const requestId = await asks(person);
    await delegates(requestId, megan.id, freya.id);
    playground.tenant.setManager(person.id, PEOPLE.lee.id);
    await assert.rejects(playground.approve(requestId, freya.id), { code: 'NOT_ELIGIBLE' });
    const asked = await until(
      'the new manager to be asked',
      () => view(requestId),
      ({ waitsFor }) => waitsFor?.who[0]?.id === PEOPLE.lee.id,
    );
    assert.deepEqual(asked.needsAttention, []);
  });

  it('falls back to who gave it when the other leaves', async () => {
    const requestId = await asks(playground.hire());
    const helper = playground.hire();
    await delegates(requestId, megan.id, helper.id);
    playground.tenant.updateUser(helper.id, { accountEnabled: false });
    const back = await until(
      'the manager to be asked again',
      () => view(requestId),
      ({ waitsFor }) => waitsFor?.who[0]?.id === megan.id,
    );
    assert.ok(back.timeline.some(({ text }) => /can decide no more, so it is with Megan Bowen/.test(text)));
    await playground.approve(requestId, megan.id);
    assert.equal((await end(requestId)).state, 'done');
  });

  it('outlives the workers', async () => {
    const requestId = await asks(playground.hire());
    await delegates(requestId, megan.id, freya.id);
    await playground.stopWorkers();
    await playground.startWorkers();
    await playground.approve(requestId, freya.id);
    assert.equal((await end(requestId)).state, 'done');
  });

  it('takes every place of the one who gave it, and counts in all requirements that select the other', async () => {
    playground.askIn({
      ...stageOf('all', []),
      requirements: [
        { anyOf: [{ manager: { level: 1, upTo: 1, fallback: [] } }], quorum: 1 },
        { anyOf: [{ group: GROUPS.approvers.id }], quorum: 2 },
      ],
    });
    const requestId = await asks(playground.hire());
    const given = await delegates(requestId, megan.id, freya.id);
    const [stage] = given.stages;
    assert.deepEqual(
      new Set(stage && approversOf(stage).map(({ id }) => id)),
      new Set([freya.id, patti.id, johanna.id]),
    );
    await playground.approve(requestId, freya.id);
    const half = await playground.approve(requestId, patti.id);
    assert.notEqual(half.state, 'waiting-for-approval');
    const done = await end(requestId);
    assert.deepEqual(
      done.stages[0]?.decisions.map(({ meets }) => meets),
      [[0, 1], [1]],
    );
  });
});
