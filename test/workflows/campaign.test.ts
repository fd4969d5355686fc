/** Campaigns on a real server, with their pages, against the simulator. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { PageContent } from '../../src/contracts/campaign-page.js';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';
import type { CampaignOptions } from '../../src/contracts/campaign.js';
import { campaignStory } from '../../src/contracts/campaign-story.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { PLAN, SKU } from '../../src/simulator/seed/sku-ids.js';
import type { CampaignSetup } from '../support/campaign.js';
import { DrivenCampaign } from '../support/campaign.js';
import { rowsOf } from '../support/campaign-page.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';

const E3 = SKU.ENTERPRISEPACK;
const E5 = SKU.ENTERPRISEPREMIUM;

const NO_LIMIT = { count: null, percent: null };
/** One wave for everybody, which goes by itself. */
const AT_ONCE: Partial<CampaignOptions> = {
  waves: { canary: false, sizes: ['rest'] },
  promote: 'by-itself',
  budget: { perWave: NO_LIMIT, total: NO_LIMIT },
};

describe('campaign', () => {
  let playground: Playground;

  before(async () => {
    playground = await Playground.open();
    for (const skuId of [E3, E5]) playground.tenant.setFreeSeats(skuId, 500);
  });
  after(() => playground.close());

  const hire = (count: number, disabledPlans: readonly string[] = []): UserRecord[] =>
    Array.from({ length: count }, () =>
      playground.hire({ licenses: [{ skuId: E3, disabledPlans: [...disabledPlans] }] }),
    );
  const open = (people: readonly UserRecord[], setup: Partial<CampaignSetup> = {}) =>
    DrivenCampaign.open(playground, { rows: rowsOf(people), ...setup });
  const breakFor = (people: readonly UserRecord[], times?: number) =>
    people.map(({ id }) => playground.breakWrites(id, { kind: 'graph-error', error: 'E10' }, times));
  const holdersOf = (people: readonly UserRecord[], skuId: string) =>
    people.filter(({ id }) => playground.held(id)[skuId] !== undefined).length;
  const writesTo = (people: readonly UserRecord[]) =>
    people.reduce((sum, { id }) => sum + playground.writes(id).length, 0);

  async function refusedAs(type: string, says: RegExp, command: Promise<unknown>): Promise<void> {
    await assert.rejects(command, (error: unknown) => {
      assert.ok(error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure, String(error));
      assert.equal(error.cause.type, type);
      assert.match(error.cause.message, says);
      return true;
    });
  }

  it('plans without a write, starts with the digest, runs the canary, is promoted, and finishes', async () => {
    const people = [...hire(6), ...hire(3, [PLAN.SWAY])];
    const campaign = await open(people, {
      campaignPace: { pageRows: 4 },
      options: { waves: { canary: true, sizes: [{ count: 3 }, 'rest'] } },
    });
    const { plan, waves } = await campaign.until('planned');
    assert.equal(writesTo(people), 0);
    assert.deepEqual([plan?.ready, plan?.waves, plan?.signatures.length], [9, [2, 3, 4], 2]);
    assert.deepEqual(
      waves.map(({ wave, users }) => [wave, users]),
      [0, 1, 2].map((wave, i) => [wave, { ready: i + 2 }]),
    );
    assert.deepEqual(plan?.seats.map(({ needed, neededByWave }) => [needed, neededByWave]).at(-1), [9, [2, 3, 4]]);
    await refusedAs('OTHER_PLAN', /The plan in force is/, campaign.start({ plan: 'f'.repeat(64) }));
    await campaign.start({ plan: plan?.digest ?? '' });
    await campaign.untilView(
      'both canaries to be done',
      ({ state, users }) => state === 'awaiting-promotion' && users.done === 2,
    );
    assert.equal(holdersOf(people, E5), 2);
    await campaign.promote({});
    const finished = await campaign.until('finished');
    assert.deepEqual(finished.users, { done: 9 });
    assert.deepEqual(
      finished.waves.map(({ state }) => state),
      ['over', 'over', 'over'],
    );
    assert.equal(holdersOf(people, E5), 9);
    for (const { id } of people) assert.equal(playground.effectiveWrites(id).length, 1);
    assert.match(campaignStory(finished), /Campaign Test: finished, can be rolled back, wave 2/);
    await refusedAs('WRONG_STATE', /not possible while the campaign is finished/, campaign.pause({}));
  });

  it('stops when the failure budget is spent, says why, and forgives when somebody resumes all the same', async () => {
    const people = hire(12);
    breakFor(people.slice(0, 2));
    const campaign = await open(people, {
      campaignPace: { pageRows: 4 },
      options: { ...AT_ONCE, concurrency: 1, budget: { perWave: NO_LIMIT, total: { count: 1, percent: null } } },
    });
    await campaign.started();
    const paused = await campaign.until('paused');
    assert.ok(paused.pause?.kind === 'budget');
    assert.deepEqual(
      { ...paused.pause.spent, failed: 0 },
      { scope: 'total', wave: null, by: 'count', failed: 0, users: 12, limit: 1 },
    );
    assert.ok(paused.needsAttention.length > 0);
    const writes = writesTo(people);
    assert.ok(writes < 12, `${String(writes)} writes`);
    await pause(500);
    assert.equal(writesTo(people), writes, 'nothing is written after "paused"');
    await campaign.resume({});
    const finished = await campaign.until('finished');
    assert.deepEqual([finished.users.done, finished.users.failed], [10, 2]);
  });

  it('tries failed users again, in the end too', async () => {
    const people = hire(5);
    const [fault] = breakFor(people.slice(0, 1));
    const campaign = await open(people, { options: AT_ONCE });
    await campaign.started();
    assert.deepEqual((await campaign.until('finished')).users, { done: 4, failed: 1 });
    playground.tenant.clearFaults(fault);
    await campaign.retry({ codes: ['USAGE_LOCATION'] });
    assert.deepEqual((await campaign.until('finished')).users, { done: 4, failed: 1 });
    await campaign.retry({ codes: null });
    const { users, commands } = await campaign.untilView(
      'all to be done',
      ({ state, users }) => state === 'finished' && users.done === 5,
    );
    assert.deepEqual(users, { done: 5 });
    assert.deepEqual(
      commands.map(({ kind, state }) => `${kind} ${state}`),
      ['start done', 'retry done', 'retry done'],
    );
  });

  it('is paused, tuned, resumed and cancelled, each command once', async () => {
    const people = hire(30);
    for (const { id } of people) playground.breakWrites(id, { kind: 'delay', ms: 100 });
    const campaign = await open(people, { campaignPace: { pageRows: 10 }, options: { ...AT_ONCE, concurrency: 2 } });
    await campaign.started();
    await campaign.untilView('the first to be done', ({ users }) => (users.done ?? 0) > 0);
    const first = await campaign.pause({ commandId: 'p1', reason: 'lunch' });
    assert.equal(first.state, 'draining');
    assert.deepEqual(
      { ...(await campaign.pause({ commandId: 'p1' })), state: '', doneAt: null },
      { ...first, state: '', doneAt: null },
    );
    await refusedAs('INVALID_COMMAND', /stands for "pause" already/, campaign.cancel({ commandId: 'p1' }));
    const paused = await campaign.until('paused');
    assert.deepEqual(paused.pause, { kind: 'by-command', by: PEOPLE.megan.userPrincipalName, reason: 'lunch' });
    assert.deepEqual([paused.users.writing ?? 0, paused.pages.active], [0, 0]);
    const writes = writesTo(people);
    await refusedAs('INVALID_COMMAND', /above 0/, campaign.tune({ tuning: { perSecond: 0 } }));
    await campaign.tune({ tuning: { concurrency: 4, perSecond: 4 } });
    assert.equal(writesTo(people), writes);
    await campaign.resume({});
    await campaign.untilView('more to be done', ({ users }) => (users.done ?? 0) > (paused.users.done ?? 0));
    await campaign.cancel({ reason: 'enough' });
    const finished = await campaign.until('finished');
    assert.equal((finished.users.done ?? 0) + (finished.users.skipped ?? 0), 30);
    assert.equal(finished.users.done, holdersOf(people, E5));
    assert.ok((finished.users.skipped ?? 0) > 0);
  });

  it('takes one wave back, then everything, and leaves alone whom somebody else changed', async () => {
    const people = hire(6);
    const campaign = await open(people, {
      campaignPace: { pageRows: 4 },
      options: { ...AT_ONCE, waves: { canary: false, sizes: [{ count: 2 }, 'rest'] } },
    });
    await campaign.started();
    await campaign.until('finished');
    await refusedAs(
      'INVALID_COMMAND',
      /wave 7: it did not run/,
      campaign.rollBack({ scope: { kind: 'wave', wave: 7 } }),
    );
    const { campaigns } = playground.licenseflow;
    await assert.rejects(campaigns.previewRollback(campaign.campaignId, { kind: 'wave', wave: 7 }), /it did not run/);
    await assert.rejects(
      campaigns.previewRollback(campaign.campaignId, { kind: 'page', page: 9 }),
      /no page 9; the campaign has 2/,
    );
    await campaign.rollBack({ scope: { kind: 'wave', wave: 1 } });
    const back = await campaign.untilView(
      'wave 1 to be back',
      ({ state, users }) => state === 'finished' && users.restored === 2,
    );
    assert.deepEqual(back.users, { restored: 2, done: 4 });
    assert.equal(holdersOf(people, E3), 2);
    const changed = people[5]?.id ?? '';
    playground.tenant.changeLicenses(changed, { addLicenses: [{ skuId: E5, disabledPlans: [PLAN.SWAY] }] });
    await campaign.rollBack({ scope: { kind: 'all' } });
    const all = await campaign.untilView(
      'all to be back',
      ({ state, users }) => state === 'finished' && users.done === undefined,
    );
    assert.deepEqual(all.users, { restored: 5, 'left-alone': 1 });
    assert.deepEqual(playground.held(changed), { [E5]: [PLAN.SWAY] });
    for (const { id } of people.slice(0, 5)) assert.deepEqual(playground.held(id), { [E3]: [] });
  });

  it('takes the canary back while it is paused, and goes on with the others', async () => {
    const people = hire(5);
    const campaign = await open(people, { options: { promote: 'by-hand' } });
    await campaign.started();
    await campaign.until('awaiting-promotion');
    await refusedAs('WRONG_STATE', /Pause it first/, campaign.rollBack({ scope: { kind: 'all' } }));
    await campaign.pause({});
    await campaign.until('paused');
    await campaign.rollBack({ scope: { kind: 'wave', wave: 0 } });
    await campaign.untilView('the canary to be back', ({ state, users }) => state === 'paused' && users.restored === 1);
    await campaign.resume({});
    await campaign.until('awaiting-promotion');
    await campaign.promote({});
    assert.deepEqual((await campaign.until('finished')).users, { restored: 1, done: 4 });
  });

  it('asks a second person where the policy wants one, however the first one is named', async () => {
    playground.policy = { ...playground.policy, campaigns: { secondPersonAbove: 1 } };
    const campaign = await open(hire(2), { options: AT_ONCE });
    const plan = (await campaign.until('planned')).plan?.digest ?? '';
    playground.policy = { ...playground.policy, campaigns: { secondPersonAbove: null } };
    await campaign.start({ plan });
    await campaign.until('awaiting-second');
    await refusedAs(
      'SAME_PERSON',
      /another person has to agree/,
      campaign.confirm({ plan, actor: actor(PEOPLE.megan.id) }),
    );
    await refusedAs(
      'INVALID_COMMAND',
      /Nobody in the directory/,
      campaign.confirm({ plan, actor: actor('nobody@contoso.com') }),
    );
    await campaign.confirm({ plan, actor: actor(PEOPLE.johanna.userPrincipalName) });
    assert.deepEqual((await campaign.until('finished')).users, { done: 2 });
  });

  it('stands still when a product changes, and goes on with the digest of a new plan', async () => {
    const people = hire(4);
    const campaign = await open(people, { options: { promote: 'by-hand' } });
    await campaign.started();
    await campaign.until('awaiting-promotion');
    const plan = {
      servicePlanId: '11111111-2222-4333-8444-555555555555',
      servicePlanName: 'NEW_PLAN',
      appliesTo: 'User',
    } as const;
    playground.tenant.addPlan(E5, plan);
    try {
      await campaign.promote({});
      const paused = await campaign.until('paused');
      assert.equal(paused.pause?.kind, 'product-changed');
      assert.equal(holdersOf(people, E5), 1);
      await refusedAs('WRONG_STATE', /Plan again/, campaign.resume({}));
      await campaign.replan({});
      const again = await campaign.untilView(
        'a new plan',
        ({ state, plan }) => state === 'paused' && plan?.digest !== paused.plan?.digest,
      );
      await refusedAs('OTHER_PLAN', /no plan was named/, campaign.resume({}));
      await campaign.resume({ plan: again.plan?.digest ?? '' });
      assert.deepEqual((await campaign.until('finished')).users, { done: 4 });
    } finally {
      playground.tenant.removePlan(E5, plan.servicePlanId);
    }
  });

  it('writes only in allowed hours', async () => {
    const people = hire(3);
    const opensAt = Date.now() + 8_000;
    const freeze = { from: new Date(Date.now() - 60_000).toISOString(), until: new Date(opensAt).toISOString() };
    const hours = { timeZone: 'UTC', from: '00:00', to: '00:00', days: [1, 2, 3, 4, 5, 6, 7], freezes: [freeze] };
    const campaign = await open(people, { options: { ...AT_ONCE, hours } });
    await campaign.started();
    const waiting = await campaign.until('outside-hours', 'finished');
    if (waiting.state === 'outside-hours') assert.equal(writesTo(people), 0);
    const finished = await campaign.until('finished');
    assert.deepEqual(finished.users, { done: 3 });
    const first = Math.min(...people.flatMap(({ id }) => playground.writes(id).map(({ at }) => at)));
    assert.ok(first >= opensAt, `${String(opensAt - first)} ms too early`);
  });

  it('goes on in new runs, with everything that it knows', async () => {
    const people = hire(24);
    const campaign = await open(people, {
      campaignPace: { pageRows: 4, planPages: 2, runPages: 2, statusEvery: 1, eventsMax: 40 },
      options: { ...AT_ONCE, concurrency: 4 },
    });
    const { runId } = await campaign.handle.describe();
    await campaign.started();
    const finished = await campaign.until('finished');
    assert.deepEqual(finished.users, { done: 24 });
    assert.notEqual((await campaign.handle.describe()).runId, runId);
    for (const { id } of people) assert.equal(playground.effectiveWrites(id).length, 1);
  });

  it('finishes without a page that was ended from outside, and says so', async () => {
    const people = hire(6);
    const campaign = await open(people, { campaignPace: { pageRows: 3, silentMs: 500 }, options: { ...AT_ONCE } });
    await campaign.until('planned');
    const { client } = await testTemporal();
    await client.workflow.getHandle(campaignPageWorkflowId(campaign.campaignId, 2)).terminate('test');
    await campaign.started();
    const finished = await campaign.until('finished');
    assert.deepEqual(finished.users, { done: 3, skipped: 3 });
    assert.match(finished.needsAttention.join(), /Pages that were ended from outside .*: 2\./);
  });

  it('is closed when the rollback window is over, and its pages with it', async () => {
    const people = hire(2);
    const campaign = await open(people, {
      options: { ...AT_ONCE, rollbackWindowMs: 100 },
      campaignPace: { silentMs: 500 },
    });
    await campaign.started();
    await campaign.until('closed');
    const { client } = await testTemporal();
    const page = client.workflow.getHandle<() => Promise<PageContent>>(campaignPageWorkflowId(campaign.campaignId, 1));
    assert.equal((await page.result()).users.length, 2);
  });

  it('is abandoned where it is never sealed, never started, or cancelled before', async () => {
    const setup = { rows: rowsOf(hire(1)) };
    const unsealed = await DrivenCampaign.unsealed(playground, { ...setup, campaignPace: { intakeMs: 200 } });
    const unstarted = await open(hire(1), { campaignPace: { startWithinMs: 100 } });
    const cancelled = await open(hire(1));
    await cancelled.until('planned');
    await cancelled.cancel({});
    for (const campaign of [unsealed, unstarted, cancelled]) await campaign.until('abandoned');
    await assert.rejects(unsealed.seal());
  });

  it('is refused where somebody is named twice, by name in one page and by id in another one', async () => {
    const people = hire(4);
    const [first] = people;
    const rows = [...rowsOf(people), { user: first?.id ?? '', wish: 0 }];
    const campaign = await open([], {
      rows: rows.map((row, i) => ({ ...row, line: i + 2 })),
      campaignPace: { pageRows: 2 },
    });
    const { plan, needsAttention } = await campaign.until('planned', 'refused');
    assert.equal(plan, null);
    assert.match(needsAttention.join(), /more than once, by name and by id: (.*) \(lines 2 and 6\)\. Nothing was/);
    assert.ok(needsAttention.join().includes(first?.userPrincipalName ?? '-'));
    assert.equal(writesTo(people), 0);
  });

  it('is refused where its waves do not add up, and takes no other pages than those that sealed it', async () => {
    const setup = { rows: rowsOf(hire(1)) };
    const waves = { canary: true, sizes: [{ percent: 40 }] };
    const wrong = await DrivenCampaign.unsealed(playground, { ...setup, options: { waves } });
    assert.match((await wrong.until('refused')).needsAttention.join(), /add up to 40, not to 100/);
    const campaign = await open(hire(1));
    await campaign.seal();
    await refusedAs('CAMPAIGN_DIFFERS', /sealed with other pages/, campaign.seal({ rows: [1], digests: ['x'] }));
    await campaign.cancel({});
  });
});
