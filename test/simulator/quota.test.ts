import assert from 'node:assert/strict';
import fc from 'fast-check';
import { GraphError } from '../../src/simulator/graph-error.js';
import {
  APPLICATION_WRITES,
  applicationResourceUnits,
  Quota,
  TENANT_WRITES,
  TokenBucket,
  type Charge,
} from '../../src/simulator/quota.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { withSimulator } from './graph-session.js';

const TENANT = '578c0515-ca75-444a-ad7f-c2b29a8675cd';
const write: Charge = { appId: 'app', resourceUnits: 1, write: true, priority: 'Normal' };

function quotaAt(clock: { now: number }, userCount = 10) {
  const options = { lowPriorityShedAt: 0.9, throttledWithRetryAfter: true };
  return new Quota({ tenantId: TENANT, userCount: () => userCount, options: () => options, now: () => clock.now });
}

/** Admits until the quota refuses; how many were admitted, and the refusal. */
function drain(quota: Quota, charge: Charge): { admitted: number; refusal: GraphError } {
  for (let admitted = 0; admitted < 100_000; admitted++) {
    try {
      quota.admit(charge);
    } catch (error) {
      assert.ok(error instanceof GraphError);
      return { admitted, refusal: error };
    }
  }
  return assert.fail('The quota has no end.');
}

describe('The quota of a simulated tenant', () => {
  it('admits 3,000 writes of one application at once', () => {
    const { admitted, refusal } = drain(quotaAt({ now: 0 }), write);
    assert.equal(admitted, 3_000);
    assert.equal(refusal.status, 429);
    assert.equal(refusal.headers['x-ms-throttle-information'], 'WriteLimitExceeded');
    assert.equal(refusal.headers['x-ms-throttle-scope'], `Tenant_Application/ReadWrite/app/${TENANT}`);
    assert.equal(refusal.headers['retry-after'], '1');
  });

  it('admits 18,000 writes of all applications at once', () => {
    const quota = quotaAt({ now: 0 });
    const admitted = Array.from({ length: 7 }, (_, n) => drain(quota, { ...write, appId: `app-${n}` }).admitted);
    // A refused call takes its write from the tenant too, so each of the first five applications costs one.
    assert.equal(
      admitted.reduce((sum, count) => sum + count, 0),
      18_000 - 5,
    );
  });

  for (const [users, units] of [
    [49, 3_500],
    [50, 5_000],
    [500, 5_000],
    [501, 8_000],
  ] as const) {
    it(`has ${units} resource units for ${users} users`, () => {
      const read = { ...write, write: false, resourceUnits: 5 };
      const { admitted, refusal } = drain(quotaAt({ now: 0 }, users), read);
      assert.equal(admitted, units / 5);
      assert.equal(refusal.headers['x-ms-throttle-information'], 'ResourceUnitLimitExceeded');
    });
  }

  it('refuses low priority first', () => {
    const quota = quotaAt({ now: 0 });
    assert.equal(drain(quota, { ...write, priority: 'Low' }).admitted, 2_700);
    assert.equal(drain(quota, { ...write, priority: 'High' }).admitted, 299, 'one went with the refused call');
  });

  it('warns from four fifths on, and not before', () => {
    const quota = quotaAt({ now: 0 });
    const headers = Array.from({ length: 3_000 }, () => quota.admit(write).headers['x-ms-throttle-limit-percentage']);
    assert.equal(
      headers.findIndex((value) => value !== undefined),
      0.8 * 3_000 - 1,
    );
    assert.equal(headers.at(-1), '1.00');
  });

  it('admits again after the time that it named, and counts refused calls until then', () => {
    const clock = { now: 0 };
    const quota = quotaAt(clock);
    drain(quota, write);
    const hammered = Array.from({ length: 100 }, () => drain(quota, write).refusal.headers['retry-after']);
    assert.equal(hammered.at(-1), '6', '101 refused calls and this one at 20 a second');
    clock.now += 6_000;
    assert.doesNotThrow(() => quota.admit(write));
  });

  it('names no time when told so', () => {
    const options = { lowPriorityShedAt: 0.9, throttledWithRetryAfter: false };
    const quota = new Quota({ tenantId: TENANT, userCount: () => 1, options: () => options, now: () => 0 });
    assert.equal(drain(quota, write).refusal.headers['retry-after'], undefined);
  });

  it('never admits more in any window than one full bucket and what flowed in', () => {
    const limit = { units: 100, windowMs: 10_000 };
    const calls = fc.array(fc.record({ waitMs: fc.nat(500), units: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(calls, (sequence) => {
        const bucket = new TokenBucket(limit, 0);
        const admitted: { at: number; units: number }[] = [];
        let now = 0;
        for (const { waitMs, units } of sequence) {
          now += waitMs;
          if (bucket.take(units, now) <= 1) admitted.push({ at: now, units });
        }
        for (const { at: start } of admitted) {
          const inWindow = admitted.filter(({ at }) => at >= start && at <= start + limit.windowMs);
          const taken = inWindow.reduce((sum, { units }) => sum + units, 0);
          assert.ok(taken <= 2 * limit.units + 1e-6, `${taken} units in a window of ${limit.units}`);
        }
      }),
    );
  });

  it('has enough after the seconds that it named, whatever was taken before', () => {
    const take = fc.record({ waitMs: fc.nat(5_000), units: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(take, { maxLength: 50 }), fc.integer({ min: 1, max: 50 }), (before, units) => {
        const bucket = new TokenBucket({ units: 100, windowMs: 10_000 }, 0);
        let now = 0;
        for (const step of before) bucket.take(step.units, (now += step.waitMs));
        const seconds = bucket.secondsUntil(units, 1, now);
        assert.ok(seconds >= 1);
        assert.ok(bucket.take(units, now + seconds * 1_000) <= 1 + 1e-9);
      }),
    );
  });

  it('has the documented limits', () => {
    assert.deepEqual(APPLICATION_WRITES, { units: 3_000, windowMs: 150_000 });
    assert.deepEqual(TENANT_WRITES, { units: 18_000, windowMs: 300_000 });
    assert.equal(applicationResourceUnits(10).windowMs, 10_000);
  });
});

describe('The bill of a call', () => {
  const open = withSimulator();

  for (const [path, units] of [
    [`/users`, 2],
    [`/users?$top=5`, 1],
    [`/users?$select=id`, 1],
    [`/users?$select=id&$top=5`, 1],
    [`/users?$expand=manager`, 3],
    [`/users/${PEOPLE.adele.id}`, 1],
    [`/users/${PEOPLE.adele.id}?$select=id`, 1],
    [`/users/${PEOPLE.adele.id}/licenseDetails`, 2],
    [`/subscribedSkus`, 3],
    [`/subscribedSkus?$select=skuId`, 2],
  ] as const) {
    it(`is ${units} for ${path.replace(PEOPLE.adele.id, '{id}')}`, async () => {
      const session = await open();
      assert.equal((await session.get(path)).headers['x-ms-resource-unit'], String(units));
    });
  }

  it('carries the headers of a refusal over the wire', async () => {
    const session = await open();
    const appId = session.tenant.applications()[0]?.appId ?? '';
    const writes = { ...write, appId, resourceUnits: 0 };
    drain(session.tenant.quota, writes);
    // Refused calls count, so the bucket stays overdrawn for longer than this test takes.
    for (let n = 0; n < 1_200; n++) assert.throws(() => session.tenant.quota.admit(writes));
    const answer = await session.assign(PEOPLE.adele.id, [], []);
    assert.equal(answer.status, 429);
    assert.equal(answer.headers['x-ms-throttle-information'], 'WriteLimitExceeded');
    assert.match(String(answer.headers['retry-after']), /^\d+$/);
    assert.ok(Number(answer.headers['x-ms-throttle-limit-percentage']) >= 1);
    assert.equal((await session.get(`/users/${PEOPLE.adele.id}`)).status, 200, 'reads have a quota of their own');
    session.tenant.setOptions({ quota: 'off' });
    assert.equal((await session.assign(PEOPLE.adele.id, [], [])).status, 200);
  });
});
