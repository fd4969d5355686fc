/**
 * A campaign among faults of every kind, while its worker processes are killed one after the other, and the way back for
 * all of it. In full it has the size of a company.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CampaignUser, Licenseflow } from '../../src/client/index.js';
import { createLicenseflow } from '../../src/client/index.js';
import type { CampaignState } from '../../src/domain/campaign.js';
import type { CampaignView } from '../../src/contracts/campaign.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import { pick, seededRandom, type Random } from '../../src/simulator/random.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import {
  agreed,
  FAST_CAMPAIGN_PACE,
  holdsDirectly,
  moveOf,
  ONE_WAVE,
  OPERATOR,
  storyOf,
} from '../support/campaigns.js';
import { FAST_PACE } from '../support/pace.js';
import { testSimulator } from '../support/simulator.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { answered } from './answered.js';
import { brokenByRollback, brokenByRun, everWithout, meddle, snapshotOf } from './campaign-truth.js';
import { KillableWorker } from './killable-worker.js';
import { testSeed } from './seed.js';
import { testSize } from './size.js';

const USERS = testSize('users of a campaign', 80, 5_000);
const PAGE_ROWS = USERS > 1_000 ? 250 : 20;
const PATIENCE_MS = 600_000 + USERS * 1_000;
const WORKERS = 2;
const LAG_MS = 200;
const LATE_MS = 400;

const WRITE = { method: 'POST', path: '/users/*/assignLicense' } as const;
const READ = { method: 'GET', path: '/users/**' } as const;
const BATCH = { method: 'POST', path: '/$batch' } as const;

const FAULTS: readonly FaultRuleInput[] = [
  { match: WRITE, probability: 0.04, fault: { kind: 'lost-response' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'lost-request' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'delay', ms: LATE_MS, when: 'before-commit' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'delay', ms: LATE_MS, when: 'after-commit' } },
  { match: WRITE, probability: 0.01, fault: { kind: 'throttle', retryAfterSeconds: 1 } },
  { match: WRITE, probability: 0.01, fault: { kind: 'throttle', code: 'UnknownError' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'server-error', status: 503, body: 'html' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'server-error', status: 504, applied: true } },
  { match: WRITE, probability: 0.03, fault: { kind: 'applied-nothing' } },
  { match: WRITE, probability: 0.02, fault: { kind: 'graph-error', error: 'E15' } },
  { match: READ, probability: 0.01, fault: { kind: 'server-error', status: 500 } },
  { match: READ, probability: 0.01, fault: { kind: 'lost-response' } },
  { match: BATCH, probability: 0.02, fault: { kind: 'server-error', status: 502, body: 'html' } },
];

describe(`a campaign of ${String(USERS)} users among faults, while its workers are killed`, function () {
  this.timeout(2 * PATIENCE_MS + 120_000);

  it('gives everybody one true outcome by one effective write, and is taken back to the last plan', async () => {
    const random = seededRandom(`campaign ${String(testSeed('test/integration/campaign.test.ts'))}`);
    const world = await World.open(random);
    try {
      const { tenant, campaignId, users, before } = world;
      const view = await world.while(async () => {
        await world.planAndStart();
        return world.until('finished');
      });
      // A campaign in which nothing went wrong would prove nothing.
      assert.ok(world.kills > 0, 'no worker was killed');
      assert.ok((view.users.done ?? 0) > users.length * 0.8, JSON.stringify(view.users));
      assert.ok((view.users.failed ?? 0) > 0 && (view.users.drifted ?? 0) > 0, JSON.stringify(view.users));
      const outcomes = await world.outcomes();
      assert.deepEqual([...outcomes.keys()].sort(), [...users].sort());
      assert.deepEqual(countsOf(outcomes), withoutZeros(view.users));
      assert.deepEqual(
        users.flatMap((id) => brokenByRun(tenant, outcomeOf(outcomes, id), heldBefore(before, id))),
        [],
        storyOf(view),
      );

      const forward = world.kills;
      world.meddleWithSome(13);
      const back = await world.while(async () => {
        await answered(() =>
          world.licenseflow.campaigns.rollBack(campaignId, {
            ...{ actor: OPERATOR, reason: 'all of it', commandId: 'back', of: { kind: 'all' } },
          }),
        );
        return world.until('finished', ({ commands }) =>
          commands.some(({ kind, state }) => kind === 'roll-back' && state === 'done'),
        );
      });
      assert.ok(world.kills > forward, 'no worker was killed on the way back');
      const restored = await world.outcomes();
      assert.deepEqual(countsOf(restored), withoutZeros(back.users));
      assert.ok((back.users['left-alone'] ?? 0) > 0, JSON.stringify(back.users));
      assert.deepEqual(
        users.flatMap((id) => brokenByRollback(tenant, outcomeOf(restored, id), heldBefore(before, id))),
        [],
        storyOf(back),
      );
      const touchedByUsOnly = users.filter((id) => !world.meddledWith.has(id));
      assert.deepEqual(everWithout(tenant, touchedByUsOnly), []);
      console.log(
        `      ${JSON.stringify(view.users)} and back ${JSON.stringify(back.users)}, ${String(world.kills)} workers killed`,
      );
    } finally {
      await world.close();
    }
  });
});

/** A tenant with its weather, workers that die, and one campaign. */
class World {
  readonly campaignId = `kill-${randomUUID()}`;
  readonly meddledWith = new Set<string>();
  #kills = 0;
  /** Whoever is changed before the plan is planned as changed, and nothing is learned from that. */
  #isPlanned = false;

  private constructor(
    readonly tenant: Tenant,
    readonly licenseflow: Licenseflow,
    readonly users: readonly string[],
    readonly before: ReturnType<typeof snapshotOf>,
    private readonly workers: readonly KillableWorker[],
    private readonly folder: string,
    private readonly random: Random,
  ) {}

  static async open(random: Random): Promise<World> {
    const simulator = await testSimulator();
    const tenant = await simulator.createTenant({
      users: Math.ceil(USERS * 1.4) + 20,
      options: { quota: 'off', writeMs: 10, readLagMs: LAG_MS, consumedUnitsLagMs: LAG_MS },
    });
    const users = tenant
      .users()
      .filter((user) => user.accountEnabled && holdsDirectly(user, SKU.ENTERPRISEPACK))
      .slice(-USERS)
      .map(({ id }) => id);
    assert.equal(users.length, USERS, 'the tenant is too small');
    // Two in a hundred are refused for good, and everybody else meets the weather.
    for (const [i, userId] of users.entries())
      if (i % 50 === 7) tenant.addFault({ match: { ...WRITE, userId }, fault: { kind: 'graph-error', error: 'E11' } });
    for (const fault of FAULTS) tenant.addFault(fault);
    const { server, client } = await testTemporal();
    const taskQueue = `campaign-${randomUUID()}`;
    const folder = await mkdtemp(path.join(tmpdir(), 'campaign-'));
    const workers = Array.from(
      { length: WORKERS },
      () =>
        new KillableWorker({
          ...{ folder, temporal: server, taskQueue, tenantId: tenant.id },
          env: { LICENSEFLOW_WORKER_WRITES_PER_SECOND: '1000', LICENSEFLOW_GRAPH_TIMEOUT: '5 s' },
        }),
    );
    const licenseflow = createLicenseflow({
      ...{ client, taskQueue, answerWithinMs: 20_000 },
      pace: {
        ...FAST_PACE,
        // What a killed worker had in its hands is given to the next one soon.
        read: { startToCloseMs: 8_000, attempts: 3, retryMs: 50 },
        write: {
          ...{ startToCloseMs: 15_000, heartbeatMs: 3_000, attempts: 3, retryMs: 50 },
          ...{ scheduleToCloseMs: PATIENCE_MS, rounds: 10 },
        },
        verify: { firstMs: 100, factor: 2, maxMs: 1_000, deadlineMs: 10_000 },
        again: { firstMs: 100, factor: 2, maxMs: 2_000, deadlineMs: PATIENCE_MS },
        seats: { ...FAST_PACE.seats, lagMs: LAG_MS + 300 },
        // Longer than any write may be on its way and any read behind.
        settleMs: LAG_MS + LATE_MS + 2_000,
      },
    });
    await Promise.all(workers.map((worker) => worker.start()));
    return new World(tenant, licenseflow, users, snapshotOf(tenant, users), workers, folder, random);
  }

  get kills(): number {
    return this.#kills;
  }

  async planAndStart(): Promise<void> {
    const { campaigns } = this.licenseflow;
    const campaign = moveOf(this.users, {
      campaignId: this.campaignId,
      options: { ...ONE_WAVE, waves: { canary: true, sizes: [{ percent: 30 }, 'rest'] } },
      campaignPace: { ...FAST_CAMPAIGN_PACE, pageRows: PAGE_ROWS, statusEvery: 25, statusMs: 200, eventsMax: 1_000 },
    });
    await answered(() => campaigns.plan(campaign, OPERATOR));
    const view = await this.until('planned');
    this.#isPlanned = true;
    // Between the plan and the turn of these, somebody else changes them.
    this.meddleWithSome(3);
    await answered(() => agreed(this.licenseflow, view));
  }

  /** While the work goes on, workers are killed one after the other, writes meet a lock now and then, people are changed. */
  async while<T>(work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const wreaking = this.#wreak(() => isOver);
    try {
      return await work();
    } finally {
      isOver = true;
      await wreaking;
      this.tenant.setOptions({ writeLock: 'off' });
    }
  }

  async #wreak(isOver: () => boolean): Promise<void> {
    await this.#untilWriting(isOver);
    for (let turn = 0; !isOver(); turn++) {
      this.tenant.setOptions({ writeLock: turn % 4 === 1 ? '409' : 'off' });
      if (turn % 2 === 0) this.#meddle(pick(this.users, this.random));
      // Now and then nobody is left for a moment.
      const victims = turn % 4 === 3 ? this.workers : this.workers.filter((_, i) => i === turn % WORKERS);
      await Promise.all(victims.map((worker) => worker.kill()));
      this.#kills += victims.length;
      await Promise.all(victims.map((worker) => worker.start()));
      // Long enough for a worker that was started to get something done.
      await pause(3_000 + this.random() * 4_000);
    }
  }

  /** A fast machine may need less than the time between two kills, so that the first one comes with the first writes. */
  async #untilWriting(isOver: () => boolean): Promise<void> {
    const since = Date.now();
    await until(
      'the first write',
      () => isOver() || this.tenant.calls({ method: 'POST', effective: true, since }).length > 0,
      Boolean,
      PATIENCE_MS,
    );
  }

  /** Somebody else changes one in thirty, from this one on. */
  meddleWithSome(first: number): void {
    this.users.filter((_, i) => i % 30 === first).forEach((userId) => this.#meddle(userId));
  }

  /** Once each, so that nobody comes back to the former state by chance. */
  #meddle(userId: string): void {
    if (!this.#isPlanned || this.meddledWith.has(userId)) return;
    if (meddle(this.tenant, userId, PLAN.SWAY)) this.meddledWith.add(userId);
  }

  async until(state: CampaignState, isThere: (view: CampaignView) => boolean = () => true): Promise<CampaignView> {
    return until(
      `the campaign to be ${state}`,
      () => answered(() => this.licenseflow.campaigns.view(this.campaignId)),
      (view) => view.state === state && isThere(view),
      PATIENCE_MS,
    );
  }

  /** Of each user, by object id. */
  async outcomes(): Promise<ReadonlyMap<string, CampaignUser>> {
    return answered(async () => {
      const outcomes = new Map<string, CampaignUser>();
      for await (const user of this.licenseflow.campaigns.users(this.campaignId))
        outcomes.set(user.id ?? user.user, user);
      return outcomes;
    });
  }

  async close(): Promise<void> {
    for (const worker of this.workers) {
      for (const death of worker.deaths) console.log(`      a worker ended by itself: ${death.slice(0, 300)}`);
      await worker.stop();
    }
    await rm(this.folder, { recursive: true });
  }
}

function outcomeOf(outcomes: ReadonlyMap<string, CampaignUser>, id: string): CampaignUser {
  const outcome = outcomes.get(id);
  assert.ok(outcome, `${id} has no outcome`);
  return outcome;
}

function heldBefore(before: ReturnType<typeof snapshotOf>, id: string) {
  const holding = before.get(id);
  assert.ok(holding);
  return holding;
}

function countsOf(outcomes: ReadonlyMap<string, CampaignUser>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of outcomes.values()) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, users]) => users > 0));
}
