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
  manySeatMessages,
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

/** Messages that go in one signal: some 300 bytes each. */
const TOGETHER_MAX = 200;

interface PoolOf {
  readonly tenantId: string;
  readonly skuId: SkuId;
}

type SeatPoolWorkflow = (input: SeatPoolInput) => Promise<void>;

export function seatPoolMessages({ client, taskQueue }: SeatPoolMessagesOptions) {
  const mail = new Map<string, PoolMail>();

  function mailTo(pool: PoolOf): PoolMail {
    const workflowId = seatPoolWorkflowId(pool.tenantId, pool.skuId);
    const known = mail.get(workflowId);
    if (known !== undefined) return known;
    const opened = new PoolMail((messages, pace) =>
      client.workflow.signalWithStart<SeatPoolWorkflow, unknown[]>(SEAT_POOL, {
        ...poolStart(pool, taskQueue, pace),
        ...signalOf(messages),
      }),
    );
    mail.set(workflowId, opened);
    return opened;
  }

  return {
    /** Ends when Temporal has the message. */
    tell: (pool: PoolOf, message: SeatMessage, pace: Pace): Promise<void> => mailTo(pool).send(message, pace),

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

interface Letter {
  readonly message: SeatMessage;
  readonly pace: Pace;
  readonly arrived: () => void;
  readonly lost: (error: unknown) => void;
}

/**
 * Sends one signal at a time to a pool; what comes meanwhile goes together in the next one. However many ask at once, a
 * pool then gets no more signals than it can work off: the server cuts a task off that more than 100 of them arrive in,
 * and the pool would begin anew with yet more.
 */
class PoolMail {
  readonly #signal: (messages: readonly SeatMessage[], pace: Pace) => Promise<unknown>;
  #letters: readonly Letter[] = [];
  #isSending = false;

  constructor(signal: (messages: readonly SeatMessage[], pace: Pace) => Promise<unknown>) {
    this.#signal = signal;
  }

  send(message: SeatMessage, pace: Pace): Promise<void> {
    return new Promise((arrived, lost) => {
      this.#letters = [...this.#letters, { message, pace, arrived, lost }];
      if (!this.#isSending) void this.#sendAll();
    });
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let [first] = this.#letters; first !== undefined; [first] = this.#letters) {
      const together = this.#letters.slice(0, TOGETHER_MAX);
      this.#letters = this.#letters.slice(TOGETHER_MAX);
      try {
        await this.#signal(
          together.map(({ message }) => message),
          first.pace,
        );
        for (const { arrived } of together) arrived();
      } catch (error) {
        for (const { lost } of together) lost(error);
      }
    }
    this.#isSending = false;
  }
}

function signalOf(messages: readonly SeatMessage[]): { readonly signal: string; readonly signalArgs: unknown[] } {
  const [message] = messages;
  if (message === undefined || messages.length > 1) return { signal: manySeatMessages.name, signalArgs: [messages] };
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
