import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SubjectSubmitted } from '../../src/client/index.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import type { LicenseRequestBatch } from '../../src/contracts/request-batch.js';
import { BATCH_SUBJECTS_MAX, requestBatchWorkflowId } from '../../src/contracts/request-batch.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const requester = PEOPLE.miriam.userPrincipalName;
const miriam = actor(requester);
const outcomes = (items: readonly SubjectSubmitted[]) => items.map(({ outcome }) => outcome);

describe('a batch', () => {
  let playground: Playground;
  before(async () => {
    playground = await Playground.open();
  });
  after(() => playground.close());

  function batchFor(subjects: readonly string[], wish: Partial<LicenseRequestBatch> = {}): LicenseRequestBatch {
    return {
      batchId: `b-${randomUUID().slice(0, 8)}`,
      requester,
      subjects,
      add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
      remove: [],
      justification: 'quarter report',
      ...wish,
    };
  }

  const submit = (batch: LicenseRequestBatch) => playground.licenseflow.batches.submit(batch, miriam);
  const colleagues = (count: number) => Array.from({ length: count }, () => playground.hire().userPrincipalName);

  it('asks for everybody, and says of each what it waits for', async () => {
    const subjects = colleagues(3);
    const batch = batchFor(subjects);
    const { batchId, items } = await submit(batch);
    assert.deepEqual(
      items.map(({ subject, requestId, outcome }) => ({ subject, requestId, outcome })),
      subjects.map((subject, i) => ({ subject, requestId: `${batchId}.${i + 1}`, outcome: 'accepted' })),
    );
    for (const item of items) assert.equal('state' in item && item.state, 'waiting-for-approval');

    await playground.approve(`${batchId}.2`);
    const done = await playground.licenseflow.requests.wait(`${batchId}.2`, 20_000);
    assert.equal(done.state, 'done');
    assert.equal(playground.writes(subjects[0]).length + playground.writes(subjects[2]).length, 0);
  });

  it('refuses some with their problems and asks for the others all the same', async () => {
    const [one = '', other = ''] = colleagues(2);
    const { batchId, items } = await submit(batchFor([one, 'nobody@contoso.com', other, PEOPLE.leo.userPrincipalName]));
    assert.deepEqual(outcomes(items), ['accepted', 'refused', 'accepted', 'refused']);
    const problems = items.map((item) => ('problems' in item ? item.problems.map(({ code }) => code) : []));
    assert.deepEqual(problems, [[], ['USER_NOT_FOUND'], [], ['ACCOUNT_DISABLED']]);
    assert.equal((await playground.licenseflow.requests.view(`${batchId}.3`)).state, 'waiting-for-approval');
  });

  it('asks again, under the same id, for those who were refused; the others keep their request', async () => {
    const [one = '', other = ''] = colleagues(2);
    const first = batchFor([one, 'nobdy@contoso.com']);
    assert.deepEqual(outcomes((await submit(first)).items), ['accepted', 'refused']);
    const { client } = await testTemporal();
    const runOf = async (n: number) =>
      (await client.workflow.getHandle(licenseRequestWorkflowId(`${first.batchId}.${n}`)).describe()).runId;
    const runs = [await runOf(1), await runOf(2)];
    const { items } = await submit({ ...first, subjects: [one, other] });
    assert.deepEqual(outcomes(items), ['accepted', 'accepted']);
    assert.equal(await runOf(1), runs[0]);
    assert.notEqual(await runOf(2), runs[1]);
  });

  it('counts once, however often it is sent at a time', async () => {
    const batch = batchFor(colleagues(2));
    const sent = await Promise.all(Array.from({ length: 8 }, () => submit(batch)));
    for (const { items } of sent) assert.deepEqual(items, sent[0]?.items);
    const rows = await until(
      'both requests in the list of the batch',
      () => playground.licenseflow.list({ batchId: batch.batchId, limit: 9 }),
      ({ length }) => length >= 2,
    );
    assert.deepEqual(rows.map(({ requestId }) => requestId).sort(), [`${batch.batchId}.1`, `${batch.batchId}.2`]);
  });

  it('refuses another content under its id, and leaves a request alone that has the id of one of its own', async () => {
    const [one = '', other = ''] = colleagues(2);
    const batch = batchFor([one, other]);
    await playground.submitted({ requestId: `${batch.batchId}.2`, subject: other });
    const { items } = await submit(batch);
    assert.deepEqual(outcomes(items), ['accepted', 'conflict']);
    await assert.rejects(submit({ ...batch, justification: 'something else' }), {
      kind: 'conflict',
      code: 'REQUEST_DIFFERS',
    });
    // The one that is the same is joined, as a request that is submitted alone would be.
    const same = { ...batch, batchId: `${batch.batchId}.x` };
    await playground.licenseflow.requests.submit(
      playground.request({ requestId: `${same.batchId}.1`, requester, subject: one }),
      miriam,
    );
    assert.deepEqual(outcomes((await submit(same)).items), ['accepted', 'accepted']);
  });

  it('says at once what is wrong with it as a whole', async () => {
    const wrong: [wish: Partial<LicenseRequestBatch>, code: string][] = [
      [{ batchId: 'no id' }, 'MALFORMED_ID'],
      [{ batchId: 'x'.repeat(60) }, 'MALFORMED_ID'],
      [{ subjects: [] }, 'NO_SUBJECTS'],
      [
        { subjects: Array.from({ length: BATCH_SUBJECTS_MAX + 1 }, (_, i) => `p${i}@contoso.com`) },
        'TOO_MANY_SUBJECTS',
      ],
    ];
    for (const [wish, code] of wrong)
      await assert.rejects(submit(batchFor([requester], wish)), { kind: 'invalid', code });
  });

  it('ends every open request when it is withdrawn, and says what became of each', async () => {
    const subjects = [...colleagues(3), 'nobody@contoso.com'];
    const { batchId } = await submit(batchFor(subjects));
    await playground.deny(`${batchId}.1`);
    await playground.licenseflow.requests.wait(`${batchId}.1`, 20_000);
    const { batches, requests } = playground.licenseflow;
    await assert.rejects(batches.withdraw(batchId, actor('ghost@contoso.com'), 'x'), { code: 'USER_NOT_FOUND' });
    const withdrawn = await batches.withdraw(batchId, miriam, 'not needed');
    assert.deepEqual(
      withdrawn.map(({ outcome, ...more }) => [outcome, 'state' in more ? more.state : null]),
      [
        ['ended-before', 'denied'],
        ['withdrawn', null],
        ['withdrawn', null],
        ['ended-before', 'refused'],
      ],
    );
    for (const n of [2, 3]) assert.equal((await requests.wait(`${batchId}.${n}`, 20_000)).state, 'withdrawn');
    const again = await batches.withdraw(batchId, miriam, 'not needed');
    assert.deepEqual(
      again.map(({ outcome }) => outcome),
      withdrawn.map(({ outcome }) => outcome),
    );
    await assert.rejects(batches.withdraw('no-such-batch', miriam, 'x'), { kind: 'not-found', code: 'NO_SUCH_BATCH' });
  });

  it('leaves alone what stands under the id of one of its requests and is not of it', async () => {
    const [stranger = '', ...subjects] = colleagues(3);
    const batch = batchFor(subjects);
    const { licenseflow } = playground;
    const requestId = await playground.submitted({ requestId: `${batch.batchId}.1`, subject: stranger });
    assert.deepEqual(outcomes((await submit(batch)).items), ['conflict', 'accepted']);
    const withdrawn = await licenseflow.batches.withdraw(batch.batchId, miriam, 'not needed');
    assert.deepEqual(
      withdrawn.map(({ outcome }) => outcome),
      ['not-started', 'withdrawn'],
    );
    assert.equal((await licenseflow.requests.view(requestId)).state, 'waiting-for-approval');
  });

  it('goes through many in windows', async () => {
    const subjects = colleagues(60);
    const { batchId, items } = await submit(batchFor(subjects, { add: [{ sku: 'FLOW_FREE', disabledPlans: [] }] }));
    assert.deepEqual(new Set(outcomes(items)), new Set(['accepted']));
    const { client } = await testTemporal();
    const handle = client.workflow.getHandle(requestBatchWorkflowId(batchId));
    assert.equal(((await handle.result()) as unknown[]).length, 60);
    const { events = [] } = await handle.fetchHistory();
    assert.ok((events?.length ?? 0) < 60 * 12, `${events?.length} events`);
  });
});

describe('a batch without a worker', () => {
  let playground: Playground;
  afterEach(() => playground.close());

  it('is recorded, starts nothing twice when the workers come, and is answered when it is sent again', async () => {
    playground = await Playground.open({ idle: true });
    const subjects = [playground.hire().userPrincipalName, playground.hire().userPrincipalName];
    const batch = {
      ...{ batchId: `b-${randomUUID().slice(0, 8)}`, requester, subjects, remove: [], justification: 'x' },
      add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
    };
    const impatient = await playground.impatient(3_000);
    const { items } = await impatient.batches.submit(batch, miriam);
    assert.deepEqual(outcomes(items), ['recorded', 'recorded']);
    await playground.startWorkers();
    const answered = await until(
      'everybody to be answered',
      () => playground.licenseflow.batches.submit(batch, miriam),
      (sent) => sent.items.every(({ outcome }) => outcome === 'accepted'),
    );
    assert.equal(answered.items.length, 2);
  });

  it('asks for nobody whose turn had not come when it was withdrawn', async () => {
    playground = await Playground.open();
    // No check comes to its end, so that no window moves on.
    playground.tenant.addFault({
      match: { method: 'GET', path: '/subscribedSkus' },
      fault: { kind: 'server-error', status: 503 },
    });
    const subjects = Array.from({ length: 40 }, () => playground.hire().userPrincipalName);
    const batch = {
      ...{ batchId: `b-${randomUUID().slice(0, 8)}`, requester, subjects, remove: [], justification: 'x' },
      add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
    };
    const impatient = await playground.impatient(3_000);
    const { items } = await impatient.batches.submit(batch, miriam);
    assert.deepEqual(new Set(outcomes(items)), new Set(['recorded']));
    const withdrawn = await playground.licenseflow.batches.withdraw(batch.batchId, miriam, 'wrong list');
    const count = (wanted: string) => withdrawn.filter(({ outcome }) => outcome === wanted).length;
    assert.deepEqual([count('withdrawn'), count('not-started')], [25, 15]);
  });
});
