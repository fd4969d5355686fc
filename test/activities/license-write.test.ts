import assert from 'node:assert/strict';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type {
  FailureDetails,
  SetUsageLocationInput,
  WriteLicensesInput,
  WriteLicensesResult,
} from '../../src/contracts/license-change.js';
import type { TouchedState } from '../../src/domain/license.js';
import { createLicenseWriteActivities } from '../../src/activities/license-write.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';

type Activities = ReturnType<typeof createLicenseWriteActivities>;

const NONE: TouchedState = { [SKU.EMS]: null, [SKU.FLOW_FREE]: null };
const BOTH: TouchedState = { [SKU.EMS]: [PLAN.INTUNE_A], [SKU.FLOW_FREE]: [] };

describe('licence write activity', () => {
  let playground: Playground;
  let activities: Activities;
  before(async () => {
    playground = await Playground.open({ idle: true });
    activities = createLicenseWriteActivities({ graph: await playground.gateway(), pacer: { pausedForMs: () => 0 } });
  });

  function personWith(state: TouchedState) {
    const licenses = Object.entries(state).flatMap(([skuId, disabledPlans]) =>
      disabledPlans === null ? [] : [{ skuId, disabledPlans }],
    );
    return playground.hire({ licenses });
  }
  const order = (userId: string, before: TouchedState, target: TouchedState): WriteLicensesInput => ({
    userId,
    before,
    target,
    priority: 'person',
  });
  const environment = (attempt = 1) =>
    new MockActivityEnvironment({ attempt, heartbeatTimeoutMs: 300 }, { logger: new DefaultLogger('ERROR') });
  const write = (env: MockActivityEnvironment, input: WriteLicensesInput, from: Activities = activities) =>
    env.run<[WriteLicensesInput], WriteLicensesResult, (input: WriteLicensesInput) => Promise<WriteLicensesResult>>(
      (given) => from.writeLicenses(given),
      input,
    );
  const locate = (input: SetUsageLocationInput, from: Activities = activities) =>
    environment().run((given: SetUsageLocationInput) => from.setUsageLocation(given), input);
  const sent = (userId: string) => playground.writes(userId).map(({ body }) => body);
  const slow = (userId: string, rule: Partial<FaultRuleInput>, ms: number) =>
    playground.tenant.addFault({ match: { userId, ...rule.match }, times: 1, fault: { kind: 'delay', ms } });
  const happened = (fault: string) =>
    until(
      'the call to arrive',
      () => playground.tenant.listFaults().find(({ id }) => id === fault)?.happened,
      (times) => times === 1,
    );

  const emsOnly: TouchedState = { ...NONE, [SKU.EMS]: [PLAN.INTUNE_A] };
  const flowOnly: TouchedState = { ...NONE, [SKU.FLOW_FREE]: [] };
  const others: TouchedState = { ...NONE, [SKU.EMS]: [PLAN.MFA_PREMIUM] };
  const rules: [what: string, now: TouchedState, before: TouchedState, target: TouchedState, body: object | null][] = [
    [
      'everything, where everything is as before',
      NONE,
      NONE,
      BOTH,
      {
        addLicenses: [
          { skuId: SKU.EMS, disabledPlans: [PLAN.INTUNE_A] },
          { skuId: SKU.FLOW_FREE, disabledPlans: [] },
        ],
        removeLicenses: [],
      },
    ],
    [
      'the rest, where a part is as wanted',
      emsOnly,
      NONE,
      BOTH,
      { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }], removeLicenses: [] },
    ],
    [
      'adds and removes in one call',
      emsOnly,
      emsOnly,
      flowOnly,
      { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }], removeLicenses: [SKU.EMS] },
    ],
    ['a removal alone, with both arrays', BOTH, BOTH, flowOnly, { addLicenses: [], removeLicenses: [SKU.EMS] }],
    ['nothing, where everything is as wanted', BOTH, NONE, BOTH, null],
  ];
  for (const [what, now, before, target, body] of rules) {
    it(`sends ${what}`, async () => {
      const { id } = personWith(now);
      const result = await write(environment(), order(id, before, target));
      assert.deepEqual(sent(id), body === null ? [] : [body]);
      assert.ok(result.outcome === 'done');
      assert.equal(result.wrote, body !== null);
      assert.deepEqual(result.current, target);
    });
  }

  it('sends nothing, and says drift, where a product is neither as before nor as wanted', async () => {
    const { id } = personWith(others);
    const { type, nonRetryable, message } = await failureOf(() => write(environment(), order(id, NONE, BOTH)));
    assert.equal(type, 'DRIFT');
    assert.equal(nonRetryable, true);
    assert.match(message, new RegExp(SKU.EMS));
    assert.deepEqual(sent(id), []);
  });

  it('counts what a later attempt finds made as its own', async () => {
    const { id } = personWith(BOTH);
    const result = await write(environment(2), order(id, NONE, BOTH));
    assert.ok(result.outcome === 'done' && result.wrote);
  });

  // Where reads go on showing what is gone, it is sent once more, and no third time.
  for (const [reads, outcome] of [
    [1, 'done'],
    [2, 'written'],
  ] as const) {
    it(`takes "not held" for made before, and is ${outcome} as the read after it says`, async () => {
      const { id } = personWith(emsOnly);
      await playground.knownTo(300, id);
      playground.tenant.changeLicenses(id, { removeLicenses: [SKU.EMS] });
      playground.tenant.addFault({
        match: { method: 'GET', userId: id },
        times: reads,
        fault: { kind: 'read-lag', ms: 250 },
      });
      const result = await write(environment(), order(id, emsOnly, NONE));
      assert.deepEqual(
        playground.writes(id).map(({ status }) => status),
        Array.from({ length: reads }, () => 400),
      );
      assert.equal(result.outcome, outcome);
      assert.equal(result.requestId, null);
    });
  }

  it('is "written", and no failure, where the read after an accepted call fails', async () => {
    const { id } = personWith(NONE);
    playground.tenant.addFault({
      match: { method: 'GET', userId: id },
      after: 1,
      fault: { kind: 'server-error', status: 503 },
    });
    const result = await write(environment(), order(id, NONE, BOTH));
    assert.equal(result.outcome, 'written');
    assert.ok(result.requestId);
  });

  describe('when it is cancelled', () => {
    it('before the call is sent, sends none', async () => {
      const { id } = personWith(NONE);
      const read = slow(id, { match: { method: 'GET' } }, 5_000);
      const env = environment();
      const run = write(env, order(id, NONE, BOTH));
      await happened(read);
      env.cancel();
      await assert.rejects(run, (error) => error instanceof CancelledFailure);
      assert.deepEqual(sent(id), []);
      assert.deepEqual(playground.held(id), {});
    });

    it('after the call is sent, waits for its outcome and reports it', async () => {
      const { id } = personWith(NONE);
      const call = slow(id, { match: { method: 'POST' } }, 300);
      const env = environment();
      const run = write(env, order(id, NONE, BOTH));
      await happened(call);
      env.cancel();
      const result = await run;
      assert.ok(result.outcome === 'done' && result.wrote);
      assert.deepEqual(playground.held(id), BOTH);
    });
  });

  it('heartbeats while Graph takes its time', async () => {
    const { id } = personWith(NONE);
    slow(id, { match: { method: 'POST' } }, 500);
    const env = environment();
    let beats = 0;
    env.on('heartbeat', () => beats++);
    await write(env, order(id, NONE, BOTH));
    assert.ok(beats > 0);
  });

  it('gives its turn back, with the time that is left, while writes are paused', async () => {
    const paused = createLicenseWriteActivities({
      graph: await playground.gateway(),
      pacer: { pausedForMs: () => 1_500 },
    });
    const { id } = personWith(NONE);
    const calls = () => playground.tenant.calls({ userId: id }).length;
    for (const run of [
      () => write(environment(), order(id, NONE, BOTH), paused),
      () => locate({ userId: id, from: 'US', to: 'DE' }, paused),
    ]) {
      const failure = await failureOf(run);
      assert.equal(failure.type, 'THROTTLED');
      assert.equal(failure.nextRetryDelay, 1_500);
      assert.equal(failure.nonRetryable, false);
    }
    assert.equal(calls(), 0);
  });

  const failures: [what: string, fault: FaultRuleInput['fault'], type: string, again: boolean, delay?: number][] = [
    ['no seat', { kind: 'graph-error', error: 'E5' }, 'NO_SEATS', false],
    ['an unknown error', { kind: 'graph-error', error: 'E10' }, 'UNCLASSIFIED', false],
    ['a refused token', { kind: 'graph-error', error: 'E17' }, 'UNAUTHENTICATED', false],
    ['throttling', { kind: 'throttle', retryAfterSeconds: 7 }, 'THROTTLED', true, 7_000],
    ['contention', { kind: 'graph-error', error: 'E15' }, 'CONTENTION', true],
    ['a lost answer', { kind: 'lost-response' }, 'OUTCOME_UNKNOWN', true],
  ];
  for (const [what, fault, type, again, delay] of failures) {
    it(`tells ${what} as ${type}, ${again ? 'to be tried again' : 'once and for all'}`, async () => {
      const { id } = personWith(NONE);
      playground.breakWrites(id, fault);
      const failure = await failureOf(() => write(environment(2), order(id, NONE, BOTH)));
      assert.equal(failure.type, type);
      assert.equal(failure.nonRetryable, !again);
      assert.equal(failure.nextRetryDelay, delay);
      const details = failure.details?.[0] as FailureDetails;
      assert.equal(details.attempt, 2);
      assert.equal(details.failure.code, type);
      assert.equal(playground.writes(id).length, 1, 'nothing but Temporal tries again');
    });
  }

  describe('of a usage location', () => {
    const locations: [what: string, now: string | null, from: string | null, to: string | null, patches: number][] = [
      ['is sent where it is as before', null, null, 'BG', 1],
      ['is emptied', 'BG', 'BG', null, 1],
      ['is not sent where it is there already', 'BG', null, 'BG', 0],
    ];
    for (const [what, now, from, to, patches] of locations) {
      it(what, async () => {
        const { id } = playground.hire({ usageLocation: now });
        await locate({ userId: id, from, to });
        assert.equal(playground.tenant.user(id).usageLocation, to);
        assert.equal(playground.tenant.calls({ method: 'PATCH', userId: id }).length, patches);
      });
    }

    it('says drift, and sends nothing, where someone else set another one', async () => {
      const { id } = playground.hire({ usageLocation: 'FR' });
      const { type } = await failureOf(() => locate({ userId: id, from: null, to: 'BG' }));
      assert.equal(type, 'DRIFT');
      assert.equal(playground.tenant.user(id).usageLocation, 'FR');
    });
  });
});

async function failureOf(run: () => Promise<unknown>): Promise<ApplicationFailure> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  return assert.fail('it did not fail');
}
