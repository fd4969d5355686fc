import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import { seatPoolMessages } from '../../src/client/seat-pool-messages.js';
import type { SeatMessage } from '../../src/contracts/seat-pool.js';
import { seatPoolView, seatPoolWorkflowId } from '../../src/contracts/seat-pool.js';
import { leaseIdOf } from '../../src/domain/seat-ledger.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

describe('messages to a seat pool', () => {
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.open({ idle: true });
    playground.tenant.setFreeSeats(SKU.FLOW_FREE, 0);
  });
  afterEach(() => playground.close());

  const pool = () => ({ tenantId: playground.tenant.id, skuId: SKU.FLOW_FREE });
  const handle = async () =>
    (await testTemporal()).client.workflow.getHandle(seatPoolWorkflowId(playground.tenant.id, SKU.FLOW_FREE));

  function asks(n: number): SeatMessage {
    const at = Date.now();
    const leaseId = leaseIdOf(`license-request/nobody-${String(n)}`, '12345678', '1');
    return {
      kind: 'ask',
      ask: {
        ...{ leaseId, units: 1, atLeast: 1, priority: 'normal', askedAt: at + n },
        ...{ waitUntil: at + 60_000, heldUntil: at + 60_000 },
      },
    };
  }

  it('that come at one time go together in few signals, and none is lost', async () => {
    const { client } = await testTemporal();
    const { tell } = seatPoolMessages({ client, taskQueue: playground.taskQueue });
    await Promise.all(Array.from({ length: 300 }, (_, n) => tell(pool(), asks(n), FAST_PACE)));

    const { events } = await (await handle()).fetchHistory();
    const signals = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => signal ?? []);
    assert.deepEqual(
      signals.map(({ signalName, input }) => {
        const [payload] = input?.payloads ?? [];
        const said = payload && defaultPayloadConverter.fromPayload<unknown>(payload);
        return [signalName, Array.isArray(said) ? said.length : 1];
      }),
      [
        ['askSeat', 1],
        ['manySeatMessages', 200],
        ['manySeatMessages', 99],
      ],
    );
    await playground.startWorkers();
    const { waitList } = await until(
      'all to wait',
      async () => (await handle()).query(seatPoolView, 300),
      ({ waiting }) => waiting === 300,
    );
    assert.deepEqual(
      waitList.map(({ holder }) => holder),
      Array.from({ length: 300 }, (_, n) => `license-request/nobody-${String(n)}`),
    );
  });

  it('that Temporal does not take are said to be lost, each of them, and later ones arrive', async () => {
    const { client } = await testTemporal();
    const { tell } = seatPoolMessages({ client, taskQueue: playground.taskQueue });
    const tooLong = { ...pool(), skuId: 'x'.repeat(2_000) };
    const lost = await Promise.allSettled([0, 1, 2].map((n) => tell(tooLong, asks(n), FAST_PACE)));
    assert.deepEqual(
      lost.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    await tell(pool(), asks(3), FAST_PACE);
    assert.equal((await (await handle()).describe()).status.name, 'RUNNING');
  });
});
