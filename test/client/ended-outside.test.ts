/** What is said of requests and rollbacks that were ended in Temporal. */
import assert from 'node:assert/strict';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

describe('ended from outside', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open({ answerWithinMs: 5_000 });
  });
  beforeEach(() => playground.askIn());
  after(() => playground.close());

  const handleOf = async (workflowId: string) => (await testTemporal()).client.workflow.getHandle(workflowId);
  const rollback = (requestId: string) =>
    playground.licenseflow.requests.rollback(requestId, { actor: actor(PEOPLE.freya.id), reason: 'x', seatWaitMs: 0 });

  /** A request whose write was made and whose answer is still on its way. */
  async function writing(person: UserRecord): Promise<string> {
    const held = playground.breakWrites(person.id, { kind: 'delay', ms: 2_000, when: 'after-commit' }, 1);
    const requestId = await playground.submitted(playground.wishOf(person));
    await until('the change to be made', () => SKU.FLOW_FREE in playground.held(person.id), Boolean);
    playground.tenant.clearFaults(held);
    return requestId;
  }

  it('a cancelled request says what it could not take back, and is no candidate for a rollback', async () => {
    const person = playground.hire();
    const requestId = await writing(person);
    playground.breakWrites(person.id, { kind: 'graph-error', error: 'E11' });
    await (await handleOf(licenseRequestWorkflowId(requestId))).cancel();
    await assert.rejects(playground.licenseflow.requests.wait(requestId, 20_000), {
      code: 'ENDED_OUTSIDE',
      message: /was cancelled in Temporal; not all that it had made was taken back: licences: /,
    });
    assert.ok(SKU.FLOW_FREE in playground.held(person.id));
    await assert.rejects(rollback(requestId), {
      code: 'NOT_DONE',
      message: /not all of it was taken back: licences: /,
      remedy: /Compare what the person holds.*submit a request that sets it right/,
    });
  });

  it('a cancelled request says what it took back, and does not guess where nobody can be asked', async () => {
    const person = playground.hire();
    const requestId = await writing(person);
    await (await handleOf(licenseRequestWorkflowId(requestId))).cancel();
    const { requests } = playground.licenseflow;
    const said = (message: RegExp) =>
      assert.rejects(requests.wait(requestId, 20_000), { code: 'ENDED_OUTSIDE', message });
    await said(/was cancelled in Temporal; what it had made was taken back\.$/);
    await assert.rejects(rollback(requestId), { remedy: 'What it had made was taken back when it ended.' });
    await playground.stopWorkers();
    try {
      await said(/was cancelled in Temporal; whether what it had made was taken back could not be asked\.$/);
    } finally {
      await playground.startWorkers();
    }
  });

  it('a terminated request may have assigned something, so nobody is told that there is nothing to take back', async () => {
    const person = playground.hire();
    const requestId = await writing(person);
    await (await handleOf(licenseRequestWorkflowId(requestId))).terminate();
    await assert.rejects(rollback(requestId), {
      code: 'NOT_DONE',
      message: /ended by force in Temporal: what it changed by then, if anything, is not known/,
      remedy: /Compare what the person holds/,
    });
    assert.ok(SKU.FLOW_FREE in playground.held(person.id));
  });

  for (const end of ['terminate', 'cancel'] as const)
    it(`a rollback shows that it has ended, says so of itself, and can be started again: ${end}`, async () => {
      const person = playground.hire();
      const requestId = await playground.submitted(playground.wishOf(person));
      const { requests } = playground.licenseflow;
      await requests.wait(requestId, 20_000);
      // Before the write is made, and again and again: nothing but its end from outside ends it in this test.
      const fault = playground.breakWrites(person.id, { kind: 'graph-error', error: 'E17' });
      await rollback(requestId);
      await until(
        'the rollback to wait for its permission',
        () => requests.rollbackView(requestId),
        (view) => view?.lastFailure !== null && view?.waitsFor !== null,
      );
      const handle = await handleOf(licenseRollbackWorkflowId(requestId));
      await handle[end]();
      const how = end === 'terminate' ? 'terminated' : 'cancelled';
      await assert.rejects(requests.waitForRollback(requestId, 20_000), {
        code: 'ENDED_OUTSIDE',
        message: new RegExp(`^Rollback of request ${requestId} was ${how} in Temporal; `),
        remedy: new RegExp(`licenseflow request show ${requestId}`),
      });
      const view = await requests.rollbackView(requestId);
      assert.equal(view?.state, 'failed');
      assert.equal(view.waitsFor, null);
      assert.notDeepEqual(view.needsAttention, []);
      if (end === 'terminate') assert.match(view.needsAttention.join(), /ended by force in Temporal/);
      await until(
        'the list to show the rollback',
        () => playground.licenseflow.list({ needsAttention: true, subjectId: person.id, limit: 10 }),
        (rows) => rows.some((row) => row.kind === 'rollback' && row.state === 'not-restored' && row.needsAttention),
      );
      playground.tenant.clearFaults(fault);
      await rollback(requestId);
      assert.equal((await requests.waitForRollback(requestId, 20_000)).state, 'restored');
    });
});
