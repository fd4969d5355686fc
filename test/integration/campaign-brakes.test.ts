/**
 * Brakes of campaigns against what really reached the tenant: when a campaign says that it is paused, nothing is under
 * way and nothing comes later; and people do not wait behind a campaign.
 */
import assert from 'node:assert/strict';
import type { temporal } from '@temporalio/proto';
import type { CampaignOptions, CampaignView } from '../../src/contracts/campaign.js';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';
import { writeQueueOf } from '../../src/contracts/task-queues.js';
import { countOf, usersIn } from '../../src/domain/campaign.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import {
  holdsDirectly, moveOf, ONE_WAVE, OPERATOR, started, storyOf, untilCampaign,
} from '../support/campaigns.js'; // prettier-ignore
import { Playground, type PlaygroundOptions } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const PAGES = 8;
const PAGE_ROWS = 25;
const USERS = PAGES * PAGE_ROWS;
/** Writes that a worker has in its hands; all others of a full window wait at the server. */
const AT_WORK = 4;
/** Of the campaigns: more than are at work, so that the queue is full. */
const QUEUED = 120;

/** Writes take a while, and only a few are made at a time. */
const SLOW: PlaygroundOptions = {
  tenant: { users: 400, options: { writeMs: 150 } },
  writes: { inFlightMax: AT_WORK, inFlightAtStart: AT_WORK },
  cachedWorkflows: 100,
};
const FULL_WINDOW: CampaignOptions = { ...ONE_WAVE, concurrency: QUEUED };

describe('the brakes of a campaign', function () {
  this.timeout(600_000);

  it('complete only writes that a worker has in its hands, of a full queue of 8 pages, when the budget is spent', async () => {
    const playground = await Playground.open(SLOW);
    try {
      const { tenant, licenseflow } = playground;
      const users = movable(playground, USERS + 5);
      // A third of them is refused for good.
      for (const user of users.slice(0, USERS).filter((_, i) => i % 3 === 0))
        playground.breakWrites(user, { kind: 'graph-error', error: 'E11' });
      const campaign = moveOf(users.slice(0, USERS), {
        options: {
          ...FULL_WINDOW,
          budget: { perWave: { count: 5, percent: null }, total: { count: null, percent: null } },
        },
      });
      await started(licenseflow, campaign);
      const view = await untilCampaign(licenseflow, campaign.campaignId, 'paused');

      assert.equal(view.pause?.kind, 'budget', storyOf(view));
      assert.equal(view.pages.sealed, PAGES);
      assert.equal(countOf(view.users, 'writing'), 0, JSON.stringify(view.users));
      const stoppedAt = await stopOf(playground, campaign.campaignId);
      const after = playground.effectiveWrites().filter(({ at }) => at > stoppedAt);
      assert.ok(after.length <= AT_WORK, `${String(after.length)} writes after all pages were stopped`);
      await assertQuietSince(playground, view, users.slice(USERS));
      // What it says is what happened, once those that are read have been seen.
      const { users: seen } = await untilCampaign(
        licenseflow,
        campaign.campaignId,
        (now) => countOf(now.users, 'verifying') === 0,
      );
      const changed = users.slice(0, USERS).filter((user) => tenant.effectiveWrites(user).length > 0);
      assert.equal(changed.length, seen.done, JSON.stringify(seen));
      assert.ok(countOf(seen, 'waiting', 'ready') > USERS / 2, JSON.stringify(seen));
    } finally {
      await playground.close();
    }
  });

  it('say "paused" when nothing is under way any more, and let go on from there', async () => {
    // Some ten seconds of writing, so that the pause comes in the middle.
    const playground = await Playground.open({ ...SLOW, writes: { inFlightMax: 2, inFlightAtStart: 2 } });
    try {
      const { licenseflow, tenant } = playground;
      const { campaigns } = licenseflow;
      const users = movable(playground, 105);
      const campaign = moveOf(users.slice(0, 100), { options: FULL_WINDOW });
      const { campaignId } = campaign;
      await started(licenseflow, campaign);
      await until(
        'some writes',
        () => playground.effectiveWrites().length,
        (count) => count >= 10,
      );

      const answer = await campaigns.pause(campaignId, { actor: OPERATOR, reason: 'lunch', commandId: 'pause-1' });
      assert.ok(answer.state === 'draining' || answer.state === 'done', answer.state);
      const again = await campaigns.pause(campaignId, { actor: OPERATOR, reason: 'lunch', commandId: 'pause-1' });
      assert.equal(again.commandId, answer.commandId);
      const view = await untilCampaign(licenseflow, campaignId, 'paused');
      assert.deepEqual(
        view.commands.filter(({ kind }) => kind === 'pause').map(({ state, reason }) => [state, reason]),
        [['done', 'lunch']],
      );
      const written = playground.effectiveWrites().length;
      assert.ok(written < 100, `${String(written)} writes`);
      await assertQuietSince(playground, view, users.slice(100));
      const certain = await untilCampaign(licenseflow, campaignId, (now) => countOf(now.users, 'verifying') === 0);
      assert.equal(certain.state, 'paused');
      assert.equal(certain.users.waiting, 100 - written, JSON.stringify(certain.users));

      await campaigns.resume(campaignId, { actor: OPERATOR });
      const end = await untilCampaign(licenseflow, campaignId, 'finished');
      assert.equal(end.users.done, 100, `${JSON.stringify(end.users)} ${storyOf(end)}`);
      for (const user of users.slice(0, 100)) assert.equal(tenant.effectiveWrites(user).length, 1, user);
    } finally {
      await playground.close();
    }
  });

  it('are not needed for people: an approved request overtakes a campaign that has most of its users before it', async () => {
    const playground = await Playground.open({
      tenant: { users: 200 },
      answerWithinMs: 120_000,
      // Four writes a second.
      writes: { quota: { writes: 40, windowMs: 10_000 } },
    });
    try {
      const { licenseflow, tenant } = playground;
      const users = movable(playground, 100);
      const campaign = moveOf(users, { options: FULL_WINDOW });
      await started(licenseflow, campaign);
      await until(
        'some writes',
        () => playground.effectiveWrites().length,
        (count) => count >= 5,
      );

      const colleague = playground.hire();
      const view = await playground.approved(playground.wishOf(colleague));
      assert.equal(view.state, 'done');
      const { users: counts } = await licenseflow.campaigns.view(campaign.campaignId);
      const open = countOf(counts, 'waiting', 'writing', 'ready');
      assert.ok(open > usersIn(counts) / 2, `it waited for the campaign: ${JSON.stringify(counts)}`);
      assert.equal(tenant.effectiveWrites(colleague.id).length, 1);
      await licenseflow.campaigns.cancel(campaign.campaignId, { actor: OPERATOR });
      const end = await untilCampaign(licenseflow, campaign.campaignId, 'finished');
      const changed = users.filter((user) => tenant.effectiveWrites(user).length > 0);
      assert.equal(end.users.done, changed.length, JSON.stringify(end.users));
      assert.equal(countOf(end.users, 'done', 'skipped'), users.length, JSON.stringify(end.users));
    } finally {
      await playground.close();
    }
  });
});

/** Object ids of so many people who hold Office 365 E3 directly. */
function movable({ tenant }: Playground, count: number): readonly string[] {
  const users = tenant
    .users()
    .filter((user) => user.accountEnabled && !user.restrictedManagement && holdsDirectly(user, SKU.ENTERPRISEPACK))
    // The named people have parts to play in other tests.
    .slice(-count);
  assert.equal(users.length, count, 'the tenant is too small');
  return users.map(({ id }) => id);
}

function instantOf(view: CampaignView, text: RegExp): number {
  const entry = view.timeline.find((line) => text.test(line.text));
  assert.ok(entry, storyOf(view));
  return Date.parse(entry.at);
}

/**
 * When the last page was stopped, as the histories of the pages say. None of them started a write on a worker after its
 * own stop: what waited in the queue was called back.
 */
async function stopOf({ taskQueue }: Playground, campaignId: string): Promise<number> {
  const { client } = await testTemporal();
  const stops: number[] = [];
  for (let page = 1; page <= PAGES; page++) {
    const { events } = await client.workflow.getHandle(campaignPageWorkflowId(campaignId, page)).fetchHistory();
    const all = (events ?? []).map((event) => ({ ...event, at: millisOf(event) }));
    const writes = new Set(
      all
        .filter(({ activityTaskScheduledEventAttributes: task }) => task?.taskQueue?.name === writeQueueOf(taskQueue))
        .map(({ eventId }) => String(eventId)),
    );
    const stop = all.find((event) => Boolean(event.activityTaskCancelRequestedEventAttributes));
    assert.ok(stop, `page ${String(page)} had nothing to call back`);
    for (const { at, activityTaskStartedEventAttributes: start } of all)
      if (start && writes.has(String(start.scheduledEventId)))
        assert.ok(at <= stop.at, `page ${String(page)} started a write ${String(at - stop.at)} ms after its stop`);
    stops.push(stop.at);
  }
  return Math.max(...stops);
}

function millisOf({ eventTime }: temporal.api.history.v1.IHistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1_000_000;
}

/**
 * No write began after the campaign had said that it is paused. A second campaign goes through the same queue behind
 * whatever the first one may have left there, so that it would have come by then.
 */
async function assertQuietSince(playground: Playground, view: CampaignView, others: readonly string[]): Promise<void> {
  const pausedAt = instantOf(view, /^Paused/);
  const behind = moveOf(others);
  await started(playground.licenseflow, behind);
  await untilCampaign(playground.licenseflow, behind.campaignId, 'finished');
  const late = playground
    .writes()
    .filter(({ userId, endedAt }) => endedAt > pausedAt && !others.includes(userId ?? ''));
  assert.deepEqual(
    late.map(({ userId, at, effective }) => ({ userId, at: at - pausedAt, effective })),
    [],
  );
}
