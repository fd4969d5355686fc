import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { DateTime } from 'luxon';
import { Webhook } from 'standardwebhooks';
import type { NoticeChannel } from '../../src/activities/index.js';
import type { RequestView } from '../../src/contracts/license-request.js';
import { mailChannel } from '../../src/notices/mail.js';
import type { WebhookBody } from '../../src/notices/webhook.js';
import { webhookChannel } from '../../src/notices/webhook.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { ADELE, MEGAN, personOf } from '../support/notice.js';
import { FAST_PACE } from '../support/pace.js';
import { actor, Playground, type PlaygroundOptions } from '../support/playground.js';
import { policyOf, stageOf } from '../support/policy.js';
import { type Answer, type Receiver, startReceiver } from '../support/receiver.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import type { noticeStory, Step, StoryInput } from './notice-story.js';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const JOHANNA = personOf(PEOPLE.johanna);

/** Quiet hours for the next hour, whenever the test runs. */
const quietHours = () => ({
  timeZone: 'UTC',
  from: DateTime.utc().minus({ hours: 1 }).toFormat('HH:mm'),
  to: DateTime.utc().plus({ hours: 1 }).toFormat('HH:mm'),
  weekends: false,
});

describe('notices of a request', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  let receiver: Receiver;
  let playground: Playground;

  before(async () => {
    const workflowsPath = fileURLToPath(new URL('./notice-story.ts', import.meta.url));
    workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  });
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    // First, so that no post is in flight that a worker would wait for.
    await receiver.close();
    await playground.close();
  });

  const inputs: StoryInput[] = [];
  const webhook = (): NoticeChannel => webhookChannel({ url: receiver.url, secret: SECRET });
  const bodies = () =>
    receiver.received.map(({ body, headers }) => new Webhook(SECRET).verify(body, headers) as WebhookBody);
  const kinds = () => bodies().map(({ type }) => type.replace('licenseflow.', ''));
  const mails = () => playground.tenant.mails.map(({ message }) => (message as { subject: string }).subject);
  const arrived = (count: number) =>
    until(
      `${count} posts`,
      () => receiver.received.length,
      (length) => length >= count,
    );

  async function started(options: PlaygroundOptions = {}) {
    playground = await Playground.open({
      workflowCode: { workflowBundle },
      channels: (graph) => [mailChannel(PEOPLE.information.id, graph), webhook()],
      ...options,
    });
    const { client } = await testTemporal();
    const requestId = `t-${randomUUID()}`;
    const request = playground.request({ requestId });
    const input: StoryInput = {
      request: { request, digest: '', submittedBy: actor(ADELE.id), pace: { ...FAST_PACE, ...options.pace } },
      person: ADELE,
      stage: { rule: stageOf('manager', []), asked: [[MEGAN]] },
    };
    inputs.push(input);
    const handle: WorkflowHandle<typeof noticeStory> = await client.workflow.start<typeof noticeStory>('noticeStory', {
      workflowId: `notice-story/${requestId}`,
      taskQueue: playground.taskQueue,
      args: [input],
    });
    const look = () => handle.query<RequestView>('view');
    return {
      requestId,
      handle,
      step: (next: Step) => handle.signal('step', next),
      look,
      waiting: (...expected: string[]) =>
        until('waiting notices', look, ({ notices }) => JSON.stringify(notices.waiting) === JSON.stringify(expected)),
      end: async () => {
        await handle.signal('step', 'end');
        return handle.result();
      },
    };
  }

  it('go to everybody once, on every channel, with what the request says', async () => {
    const { requestId, step, end } = await started();
    await step({ tell: 'approval-asked', to: [MEGAN, MEGAN, JOHANNA], occasion: '0' });
    await step({ tell: 'denied', to: [ADELE, ADELE], reason: 'E3 is enough.' });
    const view = await end();
    assert.deepEqual(view.notices, { sent: 2, waiting: [], givenUp: [] });
    assert.deepEqual(mails().sort(), [
      'Denied: POWER_BI_PRO for Adele Vance',
      'Please decide: POWER_BI_PRO for Adele Vance',
    ]);
    const asked = bodies().find(({ type }) => type === 'licenseflow.approval-asked')?.data;
    assert.ok(asked?.facts.about === 'request');
    assert.match(asked.key, new RegExp(`^${requestId}/[0-9a-f-]{13}/approval-asked/0$`));
    assert.deepEqual(asked.to, [MEGAN, JOHANNA]);
    assert.deepEqual(
      [asked.facts.justification, asked.facts.stage, asked.facts.reason],
      ['quarter report', 'manager', null],
    );
    assert.match(asked.facts.command, new RegExp(`^licenseflow request approve ${requestId} --as `));
    const denied = bodies().find(({ type }) => type === 'licenseflow.denied')?.data;
    assert.ok(denied?.facts.about === 'request');
    assert.deepEqual([denied.to, denied.facts.reason], [[ADELE], 'E3 is enough.']);
  });

  it('of the same kind and occasion are told once, and nobody is told nothing', async () => {
    const { step, end } = await started();
    for (const occasion of ['0', '0', '1']) await step({ tell: 'approval-asked', to: [MEGAN], occasion });
    await step({ tell: 'assigned', to: [] });
    assert.equal((await end()).notices.sent, 2);
    assert.deepEqual(kinds(), ['approval-asked', 'approval-asked']);
    assert.equal(mails().length, 2);
  });

  it('that one channel does not take are not sent a second time by the others', async () => {
    const { step, end } = await started();
    receiver.answer({ status: 503 }, 'hang-up', { status: 200 });
    await step({ tell: 'assigned', to: [ADELE] });
    assert.deepEqual((await end()).notices, { sent: 1, waiting: [], givenUp: [] });
    assert.equal(receiver.received.length, 3);
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1, 'one id');
    assert.equal(mails().length, 1);
  });

  it('are given up, noted and listed, while the request goes on to its end', async () => {
    const { step, end, look } = await started();
    receiver.answer({ status: 503 });
    await step({ tell: 'approval-asked', to: [MEGAN] });
    await step({ enter: 'preparing' });
    await step({ enter: 'done' });
    await until('done', look, ({ state }) => state === 'done');
    const view = await end();
    assert.equal(view.state, 'done');
    const [given] = view.notices.givenUp;
    assert.deepEqual([view.notices.sent, view.notices.givenUp.length], [0, 1]);
    assert.deepEqual(
      [given?.kind, given?.channel, given?.reason],
      ['approval-asked', 'webhook', 'The receiver answered with status 503.'],
    );
    assert.ok(view.timeline.some(({ text }) => text.includes('"approval-asked" was not delivered by webhook')));
    assert.equal(receiver.received.length, FAST_PACE.notices.attempts);
    assert.equal(mails().length, 1, 'the other channel took it');
  });

  it('are given up at once where the receiver refuses for good', async () => {
    const { step, end } = await started();
    receiver.answer({ status: 403 });
    await step({ tell: 'assigned', to: [ADELE] });
    assert.equal((await end()).notices.givenUp.length, 1);
    assert.equal(receiver.received.length, 1);
  });

  it('are kept for as long as the receiver asks, but not beyond the end of the request', async () => {
    const later = { status: 429, headers: { 'retry-after': '3600' } };
    const pausing = async (...answers: readonly Answer[]) => {
      const story = await started();
      receiver.answer(...answers);
      await story.step({ tell: 'approval-asked', to: [MEGAN] });
      await until(
        'the pause',
        async () => (await story.handle.fetchHistory()).events ?? [],
        (events) => events.some(({ timerStartedEventAttributes: timer }) => Boolean(timer)),
      );
      return story;
    };
    const { end } = await pausing(later, { status: 200 });
    assert.deepEqual((await end()).notices, { sent: 1, waiting: [], givenUp: [] }, 'tried once more at the end');
    assert.equal(receiver.received.length, 2);
    await playground.close();

    const other = await pausing(later);
    assert.equal((await other.end()).notices.givenUp.length, 1);
    assert.equal(receiver.received.length, 4);
  });

  it('are told again in another run under the same id, and the receiver can tell the two apart', async () => {
    const { handle, step, end } = await started();
    await step({ tell: 'failed', to: [ADELE] });
    await end();
    const { client } = await testTemporal();
    const { taskQueue } = playground;
    const [input] = inputs.slice(-1);
    assert.ok(input !== undefined);
    const { workflowId } = handle;
    const again = await client.workflow.start<typeof noticeStory>('noticeStory', {
      workflowId,
      taskQueue,
      args: [input],
    });
    await again.signal('step', { tell: 'failed', to: [ADELE] });
    await again.signal('step', 'end');
    await again.result();
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 2);
  });

  it('survive the cancellation of the request', async () => {
    const { handle, step, look } = await started();
    receiver.answer({ status: 503 }, { status: 200 });
    await step({ tell: 'withdrawn', to: [ADELE] });
    await arrived(1);
    await handle.cancel();
    const view = await handle.result();
    assert.deepEqual(view.notices, { sent: 1, waiting: [], givenUp: [] });
    assert.equal((await look()).notices.sent, 1);
  });

  it('wait for the worker that comes after one that was stopped', async () => {
    const { step, end } = await started({ pace: { notices: { ...FAST_PACE.notices, attempts: 12 } } });
    receiver.answer({ status: 503 });
    await step({ tell: 'assigned', to: [ADELE] });
    await arrived(1);
    await playground.stopWorkers();
    receiver.answer({ status: 200 });
    await playground.startWorkers();
    assert.equal((await end()).notices.sent, 1);
    assert.equal(mails().length, 1, 'what was sent before is not sent again');
  });

  it('whose attempt nobody answered for go again to the webhook, under the same id, and to no mailbox', async () => {
    const stuck: NoticeChannel = {
      ...webhook(),
      deliver: (notice) => webhook().deliver(notice, new AbortController().signal),
    };
    const { step, end } = await started({
      pace: { notices: { ...FAST_PACE.notices, startToCloseMs: 1_000 } },
      channels: (graph) => [mailChannel(PEOPLE.information.id, graph), stuck],
    });
    receiver.answer('never', { status: 200 });
    await step({ tell: 'assigned', to: [ADELE] });
    const { notices } = await end();
    assert.deepEqual(
      notices.givenUp.map(({ channel }) => channel),
      ['mail'],
    );
    assert.equal(mails().length, 1, 'it did arrive');
    assert.equal(receiver.received.length, 2);
    assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
  });

  describe('in quiet hours', () => {
    const quiet = () => ({ policy: policyOf({ quietHours: quietHours() }) });

    it('are sent where somebody waits for them, and put off where not', async () => {
      const { step, waiting } = await started(quiet());
      await step({ tell: 'approval-reminder', to: [MEGAN], occasion: '1' });
      await step({ tell: 'approval-asked', to: [MEGAN] });
      await waiting('approval-reminder');
      await arrived(1);
      assert.deepEqual(kinds(), ['approval-asked']);
    });

    it('are dropped where they are out of date by then, and sent where not, once the request ends', async () => {
      const { step, waiting, end } = await started(quiet());
      await step({ tell: 'approval-reminder', to: [MEGAN], occasion: '1' });
      await waiting('approval-reminder');
      await step({ tell: 'ready', to: [ADELE] });
      await waiting('approval-reminder', 'ready');
      await step({ enter: 'done' });
      const view = await end();
      assert.deepEqual(view.notices, { sent: 1, waiting: [], givenUp: [] });
      assert.deepEqual(kinds(), ['ready']);
    });

    it('are replaced by the next of their kind', async () => {
      const { step, waiting, end } = await started(quiet());
      await step({ tell: 'approval-reminder', to: [MEGAN], occasion: '1' });
      await waiting('approval-reminder');
      await step({ tell: 'approval-reminder', to: [MEGAN], occasion: '2' });
      await waiting('approval-reminder');
      await end();
      assert.deepEqual(
        bodies().map(({ data }) => data.key.split('/').at(-1)),
        ['2'],
      );
    });

    it('remind only those who have not decided by then', async () => {
      const { step, waiting, end } = await started(quiet());
      await step({ tell: 'approval-reminder', to: [MEGAN, JOHANNA], occasion: '1' });
      await waiting('approval-reminder');
      await end();
      assert.deepEqual(
        bodies().map(({ data }) => data.to),
        [[MEGAN]],
      );
    });

    it('an extension makes the warning of the end pointless', async () => {
      const { step, waiting, end } = await started(quiet());
      await step({ enter: 'active' });
      await step({ tell: 'ending-soon', to: [ADELE], occasion: '1' });
      await waiting('ending-soon');
      await step({ tell: 'extended', to: [ADELE], occasion: '1' });
      await waiting();
      await end();
      assert.deepEqual(kinds(), ['extended']);
    });

    it('are sent when they are over', async () => {
      const { requestId, handle, step, waiting, end } = await started(quiet());
      await step({ tell: 'ready', to: [ADELE] });
      await waiting('ready');
      playground.policy = policyOf();
      // The next run is told of an end of quiet hours that is near.
      await step({ 'continue-with-wait-ms': 300 });
      await until('the post', kinds, (seen) => seen.length === 1);
      assert.ok(bodies()[0]?.data.key.startsWith(`${requestId}/`));
      await waiting();
      assert.equal((await handle.query<RequestView>('view')).notices.sent, 1);
      await end();
    });

    it('are carried to the run that continues the request, and so is what was told', async () => {
      const { handle, step, waiting, end } = await started(quiet());
      await step({ tell: 'assigned', to: [ADELE] });
      await step({ tell: 'ready', to: [ADELE] });
      await waiting('ready');
      const { runId } = await handle.describe();
      await step({ 'continue-with-wait-ms': null });
      await until(
        'the next run',
        async () => (await handle.describe()).runId,
        (id) => id !== runId,
      );
      await waiting('ready');
      await step({ tell: 'assigned', to: [ADELE] });
      await step({ tell: 'ready', to: [ADELE] });
      assert.deepEqual((await end()).notices, { sent: 2, waiting: [], givenUp: [] });
      assert.deepEqual(kinds().sort(), ['assigned', 'ready']);
    });
  });
});
