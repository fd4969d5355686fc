/** The paths that a request or a rollback can take, each played on real parts as its golden history. */
import assert from 'node:assert/strict';
import type { NoticeChannel } from '../../src/activities/index.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import { batchRequestId, requestBatchWorkflowId } from '../../src/contracts/request-batch.js';
import type { RequestState } from '../../src/contracts/license-request.js';
import type { RollbackState } from '../../src/contracts/license-rollback.js';
import { seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import type { PlaygroundOptions, Playground } from '../support/playground.js';
import { actor, oneApproval } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { policyOf, skuPolicyOf, stageOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import type { PolicyStage, TermRule } from '../../src/domain/policy.js';
import { until } from '../support/until.js';
import { AUDIT_PATHS } from './audit-paths.js';
import { CAMPAIGN_PATHS } from './campaign-paths.js';
import { PAGE_PATHS } from './campaign-page-paths.js';

export interface GoldenPath {
  /** Name of the history's file, and the request id that is played under. */
  readonly name: string;
  readonly options?: PlaygroundOptions;
  /** Which run of a workflow that continues as new. @default 'last' */
  readonly run?: 'first' | 'last';
  /** Plays the path to its end under `requestId` and returns the id of the workflow whose history is golden. */
  readonly play: (playground: Playground, requestId: string) => Promise<string>;
}

const { requester, megan, johanna, freya } = {
  requester: PEOPLE.adele.userPrincipalName,
  megan: PEOPLE.megan.userPrincipalName,
  johanna: PEOPLE.johanna.userPrincipalName,
  freya: PEOPLE.freya.userPrincipalName,
};

export const GOLDEN_PATHS: readonly GoldenPath[] = [
  ...CAMPAIGN_PATHS,
  ...PAGE_PATHS,
  ...AUDIT_PATHS,
  {
    name: 'approved',
    async play(playground, requestId) {
      await playground.approved({ requestId });
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'approved-by-two-stages',
    options: {
      stages: [oneApproval, stageOf('it', [{ users: [johanna] }])],
    },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await playground.approve(requestId, megan);
      await until(
        'the second stage',
        () => playground.licenseflow.requests.view(requestId),
        ({ stage }) => stage === 1,
      );
      await playground.approve(requestId, johanna);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'delegated',
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await playground.licenseflow.requests.delegate(requestId, {
        ...{ actor: actor(megan), to: freya, stage: 0, reason: 'on leave' },
      });
      await playground.approve(requestId, freya);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'reminded-and-escalated',
    options: {
      stages: [
        stageOf('it', [{ users: [johanna] }], {
          ...{ remindEveryMs: 100, escalation: { afterMs: 250, to: [{ users: [freya] }] } },
        }),
      ],
    },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await asked(playground, requestId, freya);
      await playground.approve(requestId, freya);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'approvers-short',
    options: { stages: [stageOf('it', [{ users: [johanna, freya] }], { quorum: 2 })] },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      playground.tenant.updateUser(freya, { accountEnabled: false });
      await until(
        'the lack of approvers',
        () => playground.licenseflow.requests.view(requestId),
        ({ needsAttention }) => needsAttention.length > 0,
      );
      playground.tenant.updateUser(freya, { accountEnabled: true });
      await asked(playground, requestId, freya);
      await playground.approve(requestId, johanna);
      await playground.approve(requestId, freya);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'denied',
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await playground.deny(requestId, megan, 'not needed');
      return ended(playground, requestId, 'denied');
    },
  },
  {
    name: 'timed-out',
    options: { stages: [{ ...oneApproval, deadlineMs: 300 }] },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      return ended(playground, requestId, 'expired');
    },
  },
  {
    name: 'refused',
    async play(playground, requestId) {
      const request = playground.request({ requestId, add: [{ sku: 'NO_SUCH_PRODUCT', disabledPlans: [] }] });
      await playground.licenseflow.requests.submit(request, actor(requester));
      return ended(playground, requestId, 'refused');
    },
  },
  {
    name: 'withdrawn',
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await playground.licenseflow.requests.withdraw(requestId, actor(requester), 'changed my mind');
      return ended(playground, requestId, 'withdrawn');
    },
  },
  {
    name: 'withdrawn-while-writing',
    async play(playground, requestId) {
      const fault = writeFault(playground, { kind: 'delay', ms: 500, when: 'after-commit' });
      await playground.submitted({ requestId });
      await playground.approve(requestId);
      await happened(playground, fault);
      await playground.licenseflow.requests.withdraw(requestId, actor(requester), 'changed my mind');
      const id = await ended(playground, requestId, 'withdrawn');
      assert.deepEqual(playground.held(PEOPLE.adele.id), { [SKU.ENTERPRISEPACK]: [] });
      assert.equal(playground.tenant.effectiveWrites(PEOPLE.adele.id).length, 2, 'written and taken back');
      return id;
    },
  },
  {
    name: 'lost-response',
    async play(playground, requestId) {
      const fault = writeFault(playground, { kind: 'lost-response' });
      await playground.approved({ requestId });
      await happened(playground, fault);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'seen-late',
    async play(playground, requestId) {
      playground.tenant.setOptions({ readLagMs: 200 });
      await playground.approved({ requestId });
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'failed-and-compensated',
    async play(playground, requestId) {
      writeFault(playground, { kind: 'graph-error', error: 'E11' });
      const subject = PEOPLE.nadia.userPrincipalName;
      await playground.approved({ requestId, subject, requester: subject, usageLocation: 'BG' });
      const id = await ended(playground, requestId, 'failed');
      assert.equal(playground.tenant.user(subject).usageLocation, null, 'the location is taken back');
      return id;
    },
  },
  {
    name: 'waited-for-seat',
    async play(playground, requestId) {
      await playground.submitted({ requestId, add: [{ sku: 'VISIOCLIENT', disabledPlans: [] }] });
      await playground.approve(requestId);
      await playground.untilState(requestId, 'waiting-for-seat');
      playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'lost-its-seat',
    async play(playground, requestId) {
      writeFault(playground, { kind: 'graph-error', error: 'E5' });
      await playground.approved({ requestId });
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'asked-again',
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      playground.tenant.addPlan(SKU.POWER_BI_PRO, {
        servicePlanId: PLAN.SWAY,
        servicePlanName: 'SWAY',
        appliesTo: 'User',
      });
      await playground.approve(requestId);
      await until(
        'the second question',
        () => playground.licenseflow.requests.view(requestId),
        ({ state, revision }) => revision === 2 && state === 'waiting-for-approval',
      );
      await playground.approve(requestId);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'learned-dependency',
    async play(playground, requestId) {
      const off = [PLAN.EXCHANGE_S_ENTERPRISE];
      playground.tenant.changeLicenses(PEOPLE.adele.id, {
        addLicenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: off }],
      });
      const add = [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [], keepPlans: true }];
      await playground.submitted({ requestId, add, remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] });
      for (const revision of [1, 2, 3]) {
        await until(
          `question ${String(revision)}`,
          () => playground.licenseflow.requests.view(requestId),
          (view) => view.revision === revision && view.state === 'waiting-for-approval',
        );
        await playground.approve(requestId);
      }
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'rolled-back',
    async play(playground, requestId) {
      await playground.approved({ requestId, remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] });
      const id = await rolledBack(playground, requestId, 'restored');
      assert.deepEqual(playground.held(PEOPLE.adele.id), { [SKU.ENTERPRISEPACK]: [] });
      return id;
    },
  },
  {
    name: 'rollback-waited-for-seat',
    async play(playground, requestId) {
      await playground.approved({ requestId, remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'] });
      const fault = writeFault(playground, { kind: 'graph-error', error: 'E5' });
      const id = await rolledBack(playground, requestId, 'restored');
      await happened(playground, fault);
      return id;
    },
  },
  {
    name: 'held-its-seat-since-the-submit',
    options: {
      policy: { skus: { [SKU.POWER_BI_PRO]: skuPolicyOf({ stages: [oneApproval], holdSeat: 'at-submit' }) } },
    },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      await until(
        'the seat to be held',
        () => playground.licenseflow.requests.view(requestId),
        ({ seats }) => seats.some(({ state }) => state === 'held'),
      );
      await playground.approve(requestId);
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'seat-pool-with-a-wait',
    options: { pace: { seats: { ...FAST_PACE.seats, idleMs: 300 } } },
    async play(playground, requestId) {
      await playground.submitted({ requestId, add: [{ sku: 'VISIOCLIENT', disabledPlans: [] }] });
      await playground.approve(requestId);
      await playground.untilState(requestId, 'waiting-for-seat');
      playground.tenant.setFreeSeats(SKU.VISIOCLIENT, 1);
      await ended(playground, requestId, 'done');
      const { client } = await testTemporal();
      const pool = client.workflow.getHandle(seatPoolWorkflowId(playground.tenant.id, SKU.VISIOCLIENT));
      await pool.result();
      return pool.workflowId;
    },
  },
  {
    name: 'rollback-left-alone',
    async play(playground, requestId) {
      await playground.approved({ requestId });
      playground.tenant.changeLicenses(PEOPLE.adele.id, {
        addLicenses: [{ skuId: SKU.POWER_BI_PRO, disabledPlans: [PLAN.BI_AZURE_P2] }],
      });
      return rolledBack(playground, requestId, 'left-alone');
    },
  },
  {
    name: 'notices-given-up',
    options: { channels: () => [brokenChannel] },
    async play(playground, requestId) {
      const { notices } = await playground.approved({ requestId });
      assert.ok(notices.givenUp.length > 0, 'somebody was to be told');
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'ready-late',
    options: { ...under({}), tenant: { options: { provisioningMs: 300 } } },
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      return ended(playground, requestId, 'done');
    },
  },
  {
    name: 'term-begun',
    options: under({}),
    run: 'first',
    async play(playground, requestId) {
      await playground.submitted({ requestId, termMs: 60_000 });
      return inForce(playground, requestId);
    },
  },
  {
    name: 'term-ended',
    options: under({ noticesMs: [4_000], extension: { maxMs: 5_000, times: 1, approval: false } }),
    async play(playground, requestId) {
      await playground.submitted({ requestId, remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'], termMs: 6_000 });
      await inForce(playground, requestId);
      const end = { byMs: 1_500 };
      const reason = 'the project goes on';
      await playground.licenseflow.requests.extend(requestId, { actor: actor(requester), end, reason });
      const id = await reached(playground, requestId, 'ended');
      assert.deepEqual(playground.held(PEOPLE.adele.id), { [SKU.ENTERPRISEPACK]: [] });
      return id;
    },
  },
  {
    name: 'term-extended-after-approval',
    options: under({ extension: { maxMs: 5_000, times: 1, approval: true } }, [oneApproval]),
    async play(playground, requestId) {
      const { requests } = playground.licenseflow;
      await playground.submitted({ requestId, termMs: 10_000 });
      await playground.approve(requestId);
      await inForce(playground, requestId);
      const reason = 'the project goes on';
      await requests.extend(requestId, { actor: actor(requester), end: { byMs: 500 }, reason });
      await until(
        'the question',
        () => requests.view(requestId),
        ({ waitsFor }) => waitsFor?.who.length === 1,
      );
      await playground.approve(requestId);
      return reached(playground, requestId, 'ended');
    },
  },
  {
    name: 'term-stepped-down',
    options: under({ stepDownTo: { sku: 'FLOW_FREE' } }),
    async play(playground, requestId) {
      await playground.submitted({ requestId, termMs: 1_000 });
      return reached(playground, requestId, 'ended');
    },
  },
  {
    name: 'term-waited-for-seat',
    options: under({}),
    async play(playground, requestId) {
      await playground.submitted({ requestId, remove: ['ENTERPRISEPACK'], losing: ['ENTERPRISEPACK'], termMs: 5_000 });
      await inForce(playground, requestId);
      const fault = writeFault(playground, { kind: 'graph-error', error: 'E5' });
      const id = await reached(playground, requestId, 'ended');
      await happened(playground, fault);
      return id;
    },
  },
  {
    name: 'term-left-alone',
    options: under({}),
    async play(playground, requestId) {
      await playground.submitted({ requestId, termMs: 5_000 });
      await inForce(playground, requestId);
      playground.tenant.changeLicenses(PEOPLE.adele.id, {
        addLicenses: [{ skuId: SKU.POWER_BI_PRO, disabledPlans: [PLAN.BI_AZURE_P2] }],
      });
      return reached(playground, requestId, 'ended');
    },
  },
  {
    name: 'term-withdrawn',
    options: under({}),
    async play(playground, requestId) {
      await playground.submitted({ requestId, termMs: 60_000 });
      await inForce(playground, requestId);
      await playground.licenseflow.requests.withdraw(requestId, actor(requester), 'not needed any more');
      return reached(playground, requestId, 'withdrawn');
    },
  },
  {
    name: 'batch-partly-refused',
    async play(playground, batchId) {
      const outcomes = await submittedFor(playground, batchId, [requester, 'nobody@contoso.com']);
      assert.deepEqual(outcomes, ['accepted', 'refused']);
      const { client } = await testTemporal();
      const workflowId = requestBatchWorkflowId(batchId);
      await assert.rejects(client.workflow.getHandle(workflowId).result());
      return workflowId;
    },
  },
  {
    name: 'denied-in-a-batch',
    async play(playground, batchId) {
      await submittedFor(playground, batchId, [requester]);
      const requestId = batchRequestId(batchId, 1);
      await playground.deny(requestId, megan, 'not needed');
      return ended(playground, requestId, 'denied');
    },
  },
];

/** Everything can be asked for under this rule, and `stages` decide. */
function under(term: Partial<TermRule>, stages: readonly PolicyStage[] = []): PlaygroundOptions {
  const rule = skuPolicyOf({
    ...{ stages, seatWaitMs: 5_000 },
    term: { maxMs: null, noticesMs: [], extension: null, stepDownTo: 'previous', ...term },
  });
  return { policy: policyOf({ skus: Object.fromEntries(Object.values(SKU).map((skuId) => [skuId, rule])) }) };
}

async function reached({ licenseflow }: Playground, requestId: string, state: RequestState): Promise<string> {
  await until(
    `${requestId} to be ${state}`,
    () => licenseflow.requests.view(requestId),
    (view) => view.state === state,
  );
  return licenseRequestWorkflowId(requestId);
}

/** In force, and in the run of its own in which it sleeps. */
async function inForce(playground: Playground, requestId: string): Promise<string> {
  const workflowId = await reached(playground, requestId, 'active');
  const { client } = await testTemporal();
  await until(
    `${requestId} to sleep`,
    () => client.workflow.getHandle(workflowId).describe(),
    ({ runId, raw }) => runId !== raw.workflowExecutionInfo?.firstRunId,
  );
  return workflowId;
}

async function asked({ licenseflow }: Playground, requestId: string, person: string): Promise<void> {
  await until(
    `${person} to be asked`,
    () => licenseflow.requests.view(requestId),
    ({ waitsFor }) => (waitsFor?.who ?? []).some(({ userPrincipalName }) => userPrincipalName === person),
  );
}

/** One that is down for a moment, each time. */
const brokenChannel: NoticeChannel = {
  name: 'webhook',
  deliver: () => Promise.resolve({ reason: 'The receiver answered with status 503.', againAfterMs: 0 }),
  check: () => Promise.resolve([]),
};

/** Submits one wish for several people, and returns the outcome of each. */
async function submittedFor(
  { licenseflow }: Playground,
  batchId: string,
  subjects: readonly string[],
): Promise<readonly string[]> {
  const wish = { add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }], remove: [], justification: 'quarter report' };
  const { items } = await licenseflow.batches.submit(
    { batchId, subjects, requester: johanna, ...wish },
    actor(johanna),
  );
  return items.map(({ outcome }) => outcome);
}

/** A fault of the one licence write that comes next. */
function writeFault({ tenant }: Playground, fault: FaultRuleInput['fault']): string {
  return tenant.addFault({ match: { method: 'POST', path: '/users/*/assignLicense' }, times: 1, fault });
}

async function happened({ tenant }: Playground, fault: string): Promise<void> {
  await until(
    `${fault} to happen`,
    () => tenant.listFaults().find(({ id }) => id === fault)?.happened,
    (times) => times === 1,
  );
}

async function ended({ licenseflow }: Playground, requestId: string, state: RequestState): Promise<string> {
  assert.equal((await licenseflow.requests.wait(requestId, 20_000)).state, state);
  return licenseRequestWorkflowId(requestId);
}

async function rolledBack({ licenseflow }: Playground, requestId: string, state: RollbackState): Promise<string> {
  await licenseflow.requests.rollback(requestId, { actor: actor(johanna), reason: 'a mistake', seatWaitMs: 5_000 });
  assert.equal((await licenseflow.requests.waitForRollback(requestId, 20_000)).state, state);
  return licenseRollbackWorkflowId(requestId);
}
