/**
 * A seat pool among random mishaps: requests that are ended by force, withdrawn or run out of time, answers that are lost,
 * workers that stop, others who take seats, seats that are withdrawn and bought.
 */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { RequestView } from '../../src/contracts/license-request.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { seatPoolView, seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { LicenseflowError } from '../../src/client/index.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { actor, Playground } from '../support/playground.js';
import { FAST_PACE } from '../support/pace.js';
import { skuPolicyOf } from '../support/policy.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { inParallel } from './in-parallel.js';
import { testSeed } from './seed.js';
import { testSize } from './size.js';

const PEOPLE = 100;
const SEATS = 30;
const LAG_MS = 700;
const PATIENCE_MS = 300_000;

type Mishap =
  | { readonly kind: 'terminate' | 'withdraw'; readonly whom: number }
  | { readonly kind: 'lost-response' | 'lost-request' | 'server-error'; readonly times: number }
  | { readonly kind: 'others-take' | 'others-give-back' | 'withdrawn' | 'bought'; readonly units: number }
  | { readonly kind: 'restart' };

const some = fc.integer({ min: 1, max: 2 });
const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constantFrom('terminate', 'withdraw'), whom: fc.nat(PEOPLE - 1) }), weight: 10 },
  {
    arbitrary: fc.record({ kind: fc.constantFrom('lost-response', 'lost-request', 'server-error'), times: some }),
    weight: 10,
  },
  {
    arbitrary: fc.record({
      kind: fc.constantFrom('others-take', 'others-give-back', 'withdrawn', 'bought'),
      units: some,
    }),
    weight: 10,
  },
  { arbitrary: fc.constant({ kind: 'restart' as const }), weight: 1 },
);

describe('a seat pool among random mishaps', function () {
  this.timeout(900_000);

  it('loses no seat, promises none twice, and forgets nobody', async () => {
    const count = testSize('mishaps', 150, 300);
    const seed = testSeed('test/integration/seat-faults.test.ts');
    const mishaps = fc.sample(mishap, { seed, numRuns: count });
    const playground = await Playground.open({
      tenant: { options: { consumedUnitsLagMs: LAG_MS - 200 } },
      stages: [],
      timeoutMs: 3_000,
      pace: {
        again: { ...FAST_PACE.again, deadlineMs: PATIENCE_MS },
        write: { ...FAST_PACE.write, startToCloseMs: 5_000, heartbeatMs: 3_000, scheduleToCloseMs: 60_000 },
        seats: { ...FAST_PACE.seats, pollMs: 250, freshMs: 50, lagMs: LAG_MS, messagesMax: 60 },
      },
      answerWithinMs: 120_000,
    });
    try {
      const { tenant, licenseflow } = playground;
      // Every fifth one has little patience.
      const patient = skuPolicyOf({ seatWaitMs: PATIENCE_MS });
      const impatient = skuPolicyOf({ seatWaitMs: 3_000 });
      tenant.setFreeSeats(SKU.FLOW_FREE, SEATS);
      const others = Array.from({ length: SEATS }, () => playground.hire());
      const people = Array.from({ length: PEOPLE }, () => playground.hire());
      const requests = people.map((person) => playground.request(playground.wishOf(person)));
      const withdrawals: Promise<unknown>[] = [];
      const { client } = await testTemporal();
      const submitting = inParallel(requests, 8, async (request) => {
        playground.policy = {
          ...playground.policy,
          skus: { [SKU.FLOW_FREE]: requests.indexOf(request) % 5 === 0 ? impatient : patient },
        };
        await licenseflow.requests.submit(request, actor(request.requester)).catch(orLost);
      });

      for (const given of mishaps) {
        await happen(given);
        await pause(20);
      }
      await submitting;
      tenant.clearFaults();

      // Quiet again: units for everybody who still waits.
      tenant.setFreeSeats(SKU.FLOW_FREE, PEOPLE);
      await Promise.all(withdrawals);
      const ends = await Promise.all(requests.map(({ requestId }) => endOf(requestId)));
      const states = ends.map((view) => view?.state ?? 'ended by force');
      console.log(
        `      ${JSON.stringify(Object.fromEntries([...new Set(states)].map((s) => [s, states.filter((t) => t === s).length])))}`,
      );
      // Every request has an end of its own, and says what is so.
      for (const [i, { requestId }] of requests.entries()) {
        const view = ends[i];
        const holds = SKU.FLOW_FREE in playground.held(people[i]?.id ?? '');
        if (view?.state === 'done') assert.ok(holds, `${requestId} is done and holds nothing`);
        if (view?.state === 'withdrawn' && view.needsAttention.length === 0)
          assert.ok(!holds, `${requestId} holds a seat`);
      }

      // The books are those of the tenant again, to the seat.
      const last = playground.request(playground.wishOf(playground.hire()));
      await licenseflow.requests.submit(last, actor(last.requester));
      assert.equal((await licenseflow.requests.wait(last.requestId, PATIENCE_MS)).state, 'done');
      const real = tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE);
      const blocker = await licenseflow.seats.hold({
        ...{ skuId: SKU.FLOW_FREE, units: real?.freeUnits ?? 0, forMs: PATIENCE_MS, priority: 'low' },
        ...{ actor: actor(last.requester), reason: 'all that is left' },
      });
      const pool = client.workflow.getHandle(seatPoolWorkflowId(tenant.id, SKU.FLOW_FREE));
      await until(
        'every free seat to be found, and no other one',
        () => pool.query(seatPoolView, 10),
        ({ held, free, settling, waiting }) => held === real?.freeUnits && free === 0 && waiting === 0 && settling <= 1,
        60_000,
      );
      assert.equal(blocker.units, real?.freeUnits);

      /** `null` where it was ended by force, or never recorded. */
      async function endOf(requestId: string): Promise<RequestView | null> {
        try {
          return await licenseflow.requests.wait(requestId, PATIENCE_MS);
        } catch (error) {
          const isGone = error instanceof LicenseflowError && ['ENDED_OUTSIDE', 'NO_SUCH_REQUEST'].includes(error.code);
          if (isGone) return null;
          throw error;
        }
      }

      async function happen(given: Mishap): Promise<void> {
        switch (given.kind) {
          case 'terminate':
            await client.workflow
              .getHandle(licenseRequestWorkflowId(requests[given.whom]?.requestId ?? ''))
              .terminate('chance')
              .catch(() => undefined);
            break;
          case 'withdraw': {
            const { requestId = '', requester = '' } = requests[given.whom] ?? {};
            withdrawals.push(licenseflow.requests.withdraw(requestId, actor(requester), 'chance').catch(orLost));
            break;
          }
          case 'lost-response':
          case 'lost-request':
          case 'server-error':
            tenant.addFault({
              match: { method: 'POST', path: '/users/*/assignLicense' },
              fault: { kind: given.kind },
              times: given.times,
            });
            break;
          case 'others-take':
          case 'others-give-back': {
            const takes = given.kind === 'others-take';
            const free = tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE)?.freeUnits ?? 0;
            const willing = others.filter(({ id }) => SKU.FLOW_FREE in playground.held(id) !== takes);
            for (const { id } of willing.slice(0, takes ? Math.min(Math.max(0, free), given.units) : given.units))
              tenant.changeLicenses(
                id,
                takes
                  ? { addLicenses: [{ skuId: SKU.FLOW_FREE, disabledPlans: [] }] }
                  : { removeLicenses: [SKU.FLOW_FREE] },
              );
            break;
          }
          case 'withdrawn':
          case 'bought': {
            const sku = tenant.skus().find(({ skuId }) => skuId === SKU.FLOW_FREE);
            const change = given.kind === 'bought' ? given.units : -given.units;
            tenant.setSeats(SKU.FLOW_FREE, { enabled: Math.max(0, (sku?.prepaidUnits.enabled ?? 0) + change) });
            break;
          }
          case 'restart':
            await playground.stopWorkers();
            await playground.startWorkers();
        }
      }
    } finally {
      await playground.close();
    }
  });
});

/** A command that met a worker that stopped, or a request that had ended; what came of it is seen later. */
function orLost(error: unknown): void {
  if (!(error instanceof Error)) throw error;
}
