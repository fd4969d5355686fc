import assert from 'node:assert/strict';
import type { NoticeForChannel } from '../../src/activities/index.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { until } from '../support/until.js';

describe('what a request tells people', () => {
  let playground: Playground;
  let told: NoticeForChannel[];
  beforeEach(async () => {
    told = [];
    const deliver = (notice: NoticeForChannel) => {
      told.push(notice);
      return Promise.resolve('taken' as const);
    };
    playground = await Playground.open({
      channels: () => [{ name: 'webhook', deliver, check: () => Promise.resolve([]) }],
      pace: { seats: { ...FAST_PACE.seats, askAgainMs: 200 } },
    });
  });
  afterEach(() => playground.close());

  const reasonsOf = (kind: string) =>
    told.flatMap((notice) => (notice.kind === kind && notice.facts.about === 'request' ? [notice.facts.reason] : []));

  it('of a denial is who denied it and why', async () => {
    const requestId = await playground.submitted(playground.wishOf(playground.hire()));
    const { stages } = await playground.deny(requestId, undefined, 'E3 is enough.');
    assert.equal(stages[0]?.decisions[0]?.reason, 'E3 is enough.');
    await until(
      'the notice',
      () => reasonsOf('denied'),
      ({ length }) => length > 0,
    );
    assert.match(
      reasonsOf('denied')[0] ?? '',
      /^Denied in stage "manager" by Megan Bowen <MeganB@contoso\.com>: E3 is enough\.$/,
    );
  });

  it('is that it waits for a seat, once, where that takes long', async () => {
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
    const requestId = await playground.submitted(playground.wishOf(playground.hire()));
    await playground.approve(requestId);
    await until(
      'the notice',
      () => reasonsOf('waiting-for-seat'),
      ({ length }) => length > 0,
    );
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 1);
    assert.equal((await playground.licenseflow.requests.wait(requestId, 20_000)).state, 'done');
    assert.equal(reasonsOf('waiting-for-seat').length, 1);
  });
});
