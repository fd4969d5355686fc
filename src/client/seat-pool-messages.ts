/** Messages to seat pools, and who among their holders is still there. What a worker uses; people use `SeatPools`. */
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { SkuId } from '../domain/license.js';
import { holderOf } from '../domain/seat-ledger.js';
import type { Pace } from '../contracts/pace.js';
import { LICENSE_SKUS, NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import type { SeatMessage, SeatPoolInput } from '../contracts/seat-pool.js';
import {
  askSeat,
  releaseSeat,
  SEAT_POOL,
  seatPoolWorkflowId,
  seatRefused,
  settleSeat,
} from '../contracts/seat-pool.js';
import { PRIORITY } from '../contracts/task-queues.js';

interface SeatPoolMessagesOptions {
  readonly client: Client;
  readonly taskQueue: string;
}

interface PoolOf {
  readonly tenantId: string;
  readonly skuId: SkuId;
}

type SeatPoolWorkflow = (input: SeatPoolInput) => Promise<void>;

export function seatPoolMessages({ client, taskQueue }: SeatPoolMessagesOptions) {
  return {
    async tell(pool: PoolOf, message: SeatMessage, pace: Pace): Promise<void> {
      await client.workflow.signalWithStart<SeatPoolWorkflow, unknown[]>(SEAT_POOL, {
        ...poolStart(pool, taskQueue, pace),
        ...signalOf(message),
      });
    },

    async ended(leaseIds: readonly string[]): Promise<readonly string[]> {
      const ended = await Promise.all(leaseIds.map((leaseId) => hasEnded(client, leaseId)));
      return leaseIds.filter((_, i) => ended[i]);
    },
  };
}

/** How a pool is started. */
export function poolStart({ tenantId, skuId }: PoolOf, taskQueue: string, pace: Pace) {
  return {
    workflowId: seatPoolWorkflowId(tenantId, skuId),
    taskQueue,
    args: [{ tenantId, skuId, pace, carried: null }] as [SeatPoolInput],
    typedSearchAttributes: [
      { key: LICENSE_SKUS, value: [skuId] },
      { key: NEEDS_ATTENTION, value: false },
    ],
    staticSummary: 'Seats of a product',
    priority: { priorityKey: PRIORITY.person },
  };
}

function signalOf(message: SeatMessage): { readonly signal: string; readonly signalArgs: unknown[] } {
  switch (message.kind) {
    case 'ask':
      return { signal: askSeat.name, signalArgs: [message.ask] };
    case 'settle':
      return { signal: settleSeat.name, signalArgs: [message.leaseId, message.used] };
    case 'release':
      return { signal: releaseSeat.name, signalArgs: [message.leaseId] };
    case 'refused':
      return { signal: seatRefused.name, signalArgs: [message.leaseId] };
  }
}

/** Its holder does not run, or another run has its id by now. */
export async function hasEnded(client: Client, leaseId: string): Promise<boolean> {
  const holder = holderOf(leaseId);
  if (holder === null) return false;
  try {
    const { status, raw } = await client.workflow.getHandle(holder.workflowId).describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? '';
    return status.name !== 'RUNNING' || !firstRunId.startsWith(holder.firstRunIdStart);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
