/** The paths that a request or a rollback can take, each played on real parts as its golden history. */
import assert from 'node:assert/strict';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import type { RequestState } from '../../src/contracts/license-request.js';
import type { RollbackState } from '../../src/contracts/license-rollback.js';
import { seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import type { PlaygroundOptions, Playground } from '../support/playground.js';
import { actor, oneApproval } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { skuPolicyOf, stageOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

export interface GoldenPath {
  /** Name of the history's file, and the request id that is played under. */
  readonly name: string;
  readonly options?: PlaygroundOptions;
  /** Plays the path to its end under `requestId` and returns the id of the workflow whose history is golden. */
  readonly play: (playground: Playground, requestId: string) => Promise<string>;
}

const { requester, megan, johanna } = {
  requester: PEOPLE.adele.userPrincipalName,
  megan: PEOPLE.megan.userPrincipalName,
  johanna: PEOPLE.johanna.userPrincipalName,
};

export const GOLDEN_PATHS: readonly GoldenPath[] = [
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
    name: 'rolled-back',
    async play(playground, requestId) {
      await playground.approved({ requestId, remove: ['ENTERPRISEPACK'] });
      const id = await rolledBack(playground, requestId, 'restored');
      assert.deepEqual(playground.held(PEOPLE.adele.id), { [SKU.ENTERPRISEPACK]: [] });
      return id;
    },
  },
  {
    name: 'rollback-waited-for-seat',
    async play(playground, requestId) {
      await playground.approved({ requestId, remove: ['ENTERPRISEPACK'] });
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
];

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
