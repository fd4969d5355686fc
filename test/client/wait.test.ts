import assert from 'node:assert/strict';
import { Client } from '@temporalio/client';
import type { NoticeChannel } from '../../src/activities/index.js';
import { createLicenseflow } from '../../src/client/index.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';

describe('whoever looks at a request', () => {
  let playground: Playground;
  afterEach(() => playground.close());

  it('is told the end while a channel that is down still holds its notices', async () => {
    const down: NoticeChannel = {
      name: 'webhook',
      deliver: () => Promise.resolve({ reason: 'It is down.', againAfterMs: 0 }),
      check: () => Promise.resolve([]),
    };
    const notices = { ...FAST_PACE.notices, attempts: 4, retryMs: 30_000 };
    playground = await Playground.open({ channels: () => [down], pace: { notices } });
    const ended = await playground.approved(playground.wishOf(playground.hire()));
    assert.equal(ended.state, 'done');
    assert.deepEqual(
      ended.seats.map(({ state }) => state),
      ['used'],
    );
    const { client } = await testTemporal();
    const { status } = await client.workflow.getHandle(licenseRequestWorkflowId(ended.requestId)).describe();
    assert.equal(status.name, 'RUNNING', 'it tries on');
  });

  it('gets an answer although the first question got lost', async () => {
    playground = await Playground.open();
    const { client } = await testTemporal();
    let asked = 0;
    const losing = new Client({
      connection: client.connection,
      namespace: client.options.namespace,
      interceptors: {
        workflow: [
          {
            query: (input, next) =>
              ++asked > 1 ? next(input) : client.withDeadline(Date.now() - 1, () => next(input)),
          },
        ],
      },
    });
    const { taskQueue } = playground;
    const { requests } = createLicenseflow({ client: losing, taskQueue, pace: FAST_PACE, answerWithinMs: 20_000 });
    const requestId = await playground.submitted(playground.wishOf(playground.hire()));
    assert.equal((await requests.view(requestId)).state, 'waiting-for-approval');
    assert.equal(asked, 2);
  });
});
