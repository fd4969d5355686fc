import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { temporal } from '@temporalio/proto';
import { LICENSE_REQUEST, licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import {
  LICENSE_APPROVERS,
  LICENSE_DUE_AT,
  LICENSE_STATE,
  LIST_ATTRIBUTE_MAX,
  SEARCH_ATTRIBUTES,
} from '../../src/contracts/search-attributes.js';
import { explanation, storyOf } from '../../src/contracts/request-story.js';
import type { RequestFilter } from '../../src/client/index.js';
import { inboxOf as inboxOfRows } from '../../src/client/inbox.js';
import { createLicenseflow } from '../../src/client/index.js';
import { GROUPS } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { actor, Playground } from '../support/playground.js';
import { stageOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

describe('what an operator sees', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(() => playground.close());

  const stage = (quorum: number, ...approvers: UserRecord[]) =>
    stageOf('desk', [{ users: approvers.map(({ id }) => id) }], { quorum });

  /** Visibility follows within a second or so, hence the waiting. */
  const listed = (filter: Partial<RequestFilter>, ...expected: string[]) =>
    until(
      `the list by ${JSON.stringify(filter)} to be ${expected.join(', ')}`,
      () => playground.licenseflow.list({ limit: 50, ...filter }),
      (rows) => rows.map(({ requestId }) => requestId).join() === expected.join(),
    );

  it('lists requests by each filter, the newest first', async () => {
    const [approver, person, boss] = [playground.hire(), playground.hire(), playground.hire()];
    playground.askIn(stage(1, approver));
    const first = await playground.submitted(playground.wishOf(person));
    const second = await playground.submitted(
      playground.wishOf(person, { requester: boss.userPrincipalName, add: [{ sku: 'EMS', disabledPlans: [] }] }),
    );
    const subjectId = person.id;
    await listed({ subjectId }, second, first);
    await listed({ subjectId, limit: 1 }, second);
    await listed({ requesterId: boss.id.toUpperCase() }, second);
    await listed({ approverId: approver.id }, second, first);
    await listed({ subjectId, skuId: SKU.EMS }, second);
    await playground.deny(first, approver.id);
    await listed({ subjectId, state: 'denied' }, first);
    await listed({ subjectId, open: true }, second);
    await listed({ approverId: approver.id }, second);
    await listed({ subjectId, dueBefore: new Date(Date.now() + 3_600_000) }, second);
    await listed({ subjectId, dueBefore: new Date() });
    await listed({ subjectId, open: true, requesterId: boss.id, approverId: approver.id, skuId: SKU.EMS }, second);
    await listed({ subjectId, open: true, requesterId: boss.id, approverId: approver.id, skuId: SKU.FLOW_FREE });
    const [row] = await playground.licenseflow.list({ subjectId, state: 'denied', limit: 1 });
    assert.equal(row?.products, 'FLOW_FREE');
    assert.match(row.subject ?? '', /^Colleague \d+ <colleague\d+@contoso.com>$/);
    assert.ok(row.endedAt);
    assert.equal(row.dueAt, null);
  });

  it('lists what needs attention, for as long as it does', async () => {
    const person = playground.hire();
    playground.askIn();
    const fault = playground.breakWrites(person.id, { kind: 'graph-error', error: 'E17' });
    const requestId = await playground.submitted(playground.wishOf(person));
    await listed({ subjectId: person.id, needsAttention: true }, requestId);
    playground.tenant.clearFaults(fault);
    await listed({ subjectId: person.id, needsAttention: true });
  });

  it('lists a rollback that left everything alone, and what was ended by force, as needing attention', async () => {
    const person = playground.hire();
    playground.askIn();
    const filter = { subjectId: person.id, needsAttention: true };
    const requestId = await playground.submitted(playground.wishOf(person));
    const { requests } = playground.licenseflow;
    await requests.wait(requestId, 20_000);
    const [plan] = playground.tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE)?.servicePlans ?? [];
    const theirs = { skuId: SKU.FLOW_FREE, disabledPlans: [plan?.servicePlanId ?? ''] };
    playground.tenant.changeLicenses(person.id, { addLicenses: [theirs] });
    await requests.rollback(requestId, { actor: actor(person.userPrincipalName), reason: 'x', seatWaitMs: 0 });
    await requests.waitForRollback(requestId, 20_000);
    await listed(filter, requestId);
    const [row] = await playground.licenseflow.list({ ...filter, limit: 1 });
    const { kind, state, needsAttention, products, requester } = row ?? assert.fail();
    assert.deepEqual(
      { kind, state, needsAttention, products, requester },
      {
        ...{ kind: 'rollback', state: 'not-restored', needsAttention: true },
        ...{ products: 'FLOW_FREE', requester: person.userPrincipalName },
      },
    );
    assert.match(row?.subject ?? '', /^Colleague/);

    playground.askIn(stage(1, playground.hire()));
    const terminated = await playground.submitted(
      playground.wishOf(person, { add: [{ sku: 'EMS', disabledPlans: [] }] }),
    );
    const { client } = await testTemporal();
    await client.workflow.getHandle(licenseRequestWorkflowId(terminated)).terminate();
    await listed(filter, terminated, requestId);
    const [cut] = await playground.licenseflow.list({ ...filter, limit: 1 });
    assert.deepEqual([cut?.kind, cut?.state, cut?.needsAttention], ['request', 'terminated', true]);
    await listed({ subjectId: person.id }, terminated, requestId);
    await listed({ ...filter, open: true });
  });

  it('refuses an id that is none, so that nothing can be put into the query', async () => {
    for (const filter of [{ subjectId: "x' OR WorkflowType != '" }, { batchId: "x' OR '1' = '1" }])
      await assert.rejects(playground.licenseflow.list({ ...filter, limit: 1 }), {
        code: 'MALFORMED_ID',
        kind: 'invalid',
      });
  });

  describe('inbox', () => {
    const inboxOf = async (person: UserRecord, limit?: number) =>
      (await playground.licenseflow.inbox(person.userPrincipalName, limit)).map(({ requestId }) => requestId);
    const inboxIs = (person: UserRecord, ...expected: string[]) =>
      until(
        `the inbox to be ${expected.join(', ')}`,
        () => inboxOf(person),
        (ids) => ids.join() === expected.join(),
      );

    it('never lists what a person has decided, not even in the moment after', async () => {
      const [one, other] = [playground.hire(), playground.hire()];
      playground.askIn(stage(2, one, other));
      const sooner = await playground.submitted(playground.wishOf(playground.hire()));
      const later = await playground.submitted(playground.wishOf(playground.hire()));
      await inboxIs(one, sooner, later);
      await inboxIs(other, sooner, later);
      await playground.approve(sooner, one.id);
      assert.deepEqual(await inboxOf(one), [later]);
      assert.deepEqual(await inboxOf(other), [sooner, later]);
      await playground.deny(later, other.id);
      assert.deepEqual(await inboxOf(one), []);
      assert.deepEqual(await inboxOf(other), [sooner]);
      await assert.rejects(playground.licenseflow.inbox('nobody@contoso.com'), { code: 'USER_NOT_FOUND' });
    });

    it('drops what the visibility store still lists and the request itself knows better', async () => {
      const approver = playground.hire();
      playground.askIn(stage(2, approver, playground.hire()));
      const requestId = await playground.submitted(playground.wishOf(playground.hire()));
      await inboxIs(approver, requestId);
      const here = { client: (await testTemporal()).client, taskQueue: playground.taskQueue };
      const view = await playground.licenseflow.requests.view(requestId);
      const [by] = view.stages[0]?.asked[0] ?? assert.fail();
      assert.equal(by?.id, approver.id);
      const decision = {
        by,
        assurance: 'asserted',
        verdict: 'approve',
        meets: [0],
        reason: null,
        at: view.since,
      } as const;
      const newer = [
        { ...view, stages: view.stages.map((waiting) => ({ ...waiting, decisions: [decision] })) },
        { ...view, stages: view.stages.map((waiting) => ({ ...waiting, asked: [[]] })) },
        { ...view, stage: null },
      ];
      for (const known of newer)
        assert.deepEqual(await inboxOfRows(here, { view: () => Promise.resolve(known) }, approver.id, 5), []);
      assert.equal((await inboxOfRows(here, { view: () => Promise.resolve(view) }, approver.id, 5)).length, 1);
    });

    it('shows what very many people are asked to each of them, and to nobody else', async () => {
      const group = Array.from({ length: LIST_ATTRIBUTE_MAX + 5 }, () => playground.hire());
      for (const { id } of group) playground.tenant.addMember(GROUPS.sales.id, id);
      playground.askIn(stageOf('desk', [{ group: GROUPS.sales.id }]));
      const requestId = await playground.submitted(playground.wishOf(playground.hire()));
      const { stages } = await playground.licenseflow.requests.view(requestId);
      const asked = stages[0]?.asked[0] ?? [];
      assert.ok(asked.length >= group.length);
      const [first, last] = [asked[0] ?? assert.fail(), asked.at(-1) ?? assert.fail()];
      for (const { id } of [first, last]) await inboxIs(playground.tenant.user(id), requestId);
      assert.deepEqual(await inboxOf(playground.hire()), []);
      await playground.approve(requestId, last.id);
      for (const { id } of [first, last]) assert.deepEqual(await inboxOf(playground.tenant.user(id)), []);
    });

    it('lists the oldest deadline first, with its stage, and at most so many', async () => {
      const approver = playground.hire();
      const asking = (deadlineMs: number) => stageOf(`${deadlineMs} ms`, [{ users: [approver.id] }], { deadlineMs });
      const ids: string[] = [];
      for (const deadlineMs of [50_000, 40_000, 60_000]) {
        playground.askIn(asking(deadlineMs));
        ids.push(await playground.submitted(playground.wishOf(playground.hire())));
      }
      const [second = '', first = '', third = ''] = ids;
      await inboxIs(approver, first, second, third);
      assert.deepEqual(await inboxOf(approver, 2), [first, second]);
      const [item] = await playground.licenseflow.inbox(approver.id);
      assert.equal(item?.stage, '40000 ms');
      const { since, waitsFor } = await playground.licenseflow.requests.view(first);
      assert.deepEqual([item.since, item.dueAt], [since, waitsFor?.nextAt]);
      // What was dropped because it is out of date is made up for by the next ones.
      await playground.approve(first, approver.id);
      assert.deepEqual(await inboxOf(approver, 2), [second, third]);
    });

    it('finds the most urgent among very many, also where they are the oldest, and where none can be asked', async () => {
      const { client } = await testTemporal();
      const [approverId, run] = [randomUUID(), randomUUID().slice(0, 8)];
      // Nobody works on this queue, so that they cost no more than a row each.
      const taskQueue = `nobody-${run}`;
      const ids = Array.from({ length: 330 }, (_, i) => `${run}-${i}`);
      for (const [i, id] of ids.entries())
        await client.workflow.start(LICENSE_REQUEST, {
          workflowId: licenseRequestWorkflowId(id),
          taskQueue,
          typedSearchAttributes: [
            { key: LICENSE_STATE, value: 'waiting-for-approval' },
            { key: LICENSE_APPROVERS, value: [approverId] },
            { key: LICENSE_DUE_AT, value: new Date(Date.now() + (i + 1) * 3_600_000) },
          ],
        });
      await until(
        'all of them to be listed',
        () => createLicenseflow({ client, taskQueue }).list({ approverId, limit: 400 }),
        ({ length }) => length === ids.length,
      );
      const licenseflow = createLicenseflow({ client, taskQueue, answerWithinMs: 3_000 });
      const items = await licenseflow.inbox(approverId, 5);
      assert.deepEqual(
        items.map(({ requestId, stage }) => [requestId, stage]),
        ids.slice(0, 5).map((id) => [id, null]),
      );
    });
  });

  it('reads in Temporal what the explanation says', async () => {
    playground.askIn(stage(1, playground.hire()));
    const person = playground.hire();
    const requestId = await playground.submitted(playground.wishOf(person));
    const { client } = await testTemporal();
    const handle = client.workflow.getHandle(licenseRequestWorkflowId(requestId));
    const details = async () => {
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      return metadata.currentDetails ?? '';
    };
    const view = await playground.licenseflow.requests.view(requestId);
    assert.equal(await details(), storyOf(view));
    const lines = explanation(view);
    assert.match(
      lines.join('\n'),
      /Waits for: 1 approval .*\nWho can act: Colleague \d+ .*\nNext: at .* UTC, the request expires/,
    );
    for (const line of lines) assert.ok((await details()).includes(line), line);

    await playground.licenseflow.requests.withdraw(requestId, actor(person.id), 'x');
    const ended = await playground.licenseflow.requests.wait(requestId, 20_000);
    assert.equal(await details(), storyOf(ended));
  });

  it('finds no name and no address in attributes, ids and summaries', async () => {
    const [approver, person] = [playground.hire(), playground.hire({ usageLocation: null })];
    playground.askIn(stage(1, approver));
    playground.breakWrites(person.id, { kind: 'server-error', status: 502 }, 4);
    const requestId = await playground.submitted(playground.wishOf(person, { usageLocation: 'BG' }));
    await playground.approve(requestId, approver.userPrincipalName);
    await playground.licenseflow.requests.wait(requestId, 20_000);
    const { requests } = playground.licenseflow;
    await requests.rollback(requestId, { actor: actor(person.userPrincipalName), reason: 'x', seatWaitMs: 0 });
    await requests.waitForRollback(requestId, 20_000);

    const found = [];
    for (const workflowId of [licenseRequestWorkflowId(requestId), licenseRollbackWorkflowId(requestId)]) {
      const { client } = await testTemporal();
      const handle = client.workflow.getHandle(workflowId);
      const { events } = await handle.fetchHistory();
      const { typedSearchAttributes } = await handle.describe();
      const attributes = SEARCH_ATTRIBUTES.map((key) => JSON.stringify(typedSearchAttributes.get(key) ?? null));
      found.push(workflowId, ...attributes, ...(events ?? []).flatMap(openTexts));
    }
    assert.ok(
      found.some((text) => text.includes(`assignLicense for ${person.id}`)),
      'summaries were not found',
    );
    assert.ok(
      found.some((text) => text.includes(approver.id)),
      'attributes were not found',
    );
    assert.deepEqual(
      found.filter((text) => /@|Colleague|contoso/i.test(text)),
      [],
    );
  });
});

/** Everything of an event that no codec encrypts. */
function openTexts(event: temporal.api.history.v1.IHistoryEvent): string[] {
  const attributes = [
    event.workflowExecutionStartedEventAttributes?.searchAttributes,
    event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes,
  ].flatMap((given) => Object.values(given?.indexedFields ?? {}));
  const payloads = [...attributes, event.userMetadata?.summary, event.userMetadata?.details];
  const ids = [
    event.activityTaskScheduledEventAttributes?.activityId,
    event.timerStartedEventAttributes?.timerId,
    event.workflowExecutionUpdateAcceptedEventAttributes?.protocolInstanceId,
  ];
  return [
    ...payloads.map((payload) => Buffer.from(payload?.data ?? []).toString('utf8')),
    ...ids.filter((id) => id !== null && id !== undefined),
  ];
}
