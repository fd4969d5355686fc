/**
 * The typed library that an application uses. The command line goes through it too, so whatever one can do there, a
 * program can do as well.
 *
 * @example
 * ```ts
 * const licenseflow = createLicenseflow({ client, taskQueue: 'licenseflow' });
 * const answer = await licenseflow.requests.submit(request, { ref: 'adele@contoso.com', assurance: 'asserted' });
 * ```
 */
import type { Client } from '@temporalio/client';
import type { Pace } from '../contracts/pace.js';
import { DEFAULT_PACE } from '../contracts/pace.js';
import { DEFAULT_TASK_QUEUE } from '../contracts/task-queues.js';
import { LicenseRequests } from './license-requests.js';
import type { RequestFilter, RequestRow } from './request-list.js';
import { listRequests } from './request-list.js';
import { SeatPools } from './seat-pools.js';
import { TenantQuestions } from './tenant-questions.js';

export interface LicenseflowOptions {
  /** Connected client; its namespace is the one that is used. */
  readonly client: Client;
  /** @default 'licenseflow' */
  readonly taskQueue?: string;
  /** @default DEFAULT_PACE */
  readonly pace?: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. @default 15000 */
  readonly answerWithinMs?: number;
}

export interface Licenseflow {
  readonly requests: LicenseRequests;
  readonly tenant: TenantQuestions;
  readonly seats: SeatPools;
  list(filter: RequestFilter): Promise<readonly RequestRow[]>;
  /** What this person can decide now, the oldest deadline first. Never a decided one. */
  inbox(person: string, limit?: number): Promise<readonly RequestRow[]>;
}

export function createLicenseflow(options: LicenseflowOptions): Licenseflow {
  const { client, taskQueue = DEFAULT_TASK_QUEUE, pace = DEFAULT_PACE, answerWithinMs = 15_000 } = options;
  const tenant = new TenantQuestions({ client, taskQueue, pace, answerWithinMs });
  return {
    requests: new LicenseRequests({ client, taskQueue, pace, answerWithinMs, people: tenant }),
    tenant,
    seats: new SeatPools({ client, taskQueue, pace, answerWithinMs, tenant }),
    list: (filter) => listRequests(client, filter),
    async inbox(person, limit = 100) {
      const { id } = await tenant.person(person);
      const rows = await listRequests(client, { approverId: id, state: 'waiting-for-approval', open: true, limit });
      return [...rows].sort((a, b) => ((a.dueAt ?? '') < (b.dueAt ?? '') ? -1 : 1));
    },
  };
}

export type { DecideOptions, RollbackOptions, Submitted } from './license-requests.js';
export { LicenseRequests } from './license-requests.js';
export { LicenseflowError } from './licenseflow-error.js';
export type { LicenseflowErrorKind } from './licenseflow-error.js';
export type { RequestFilter, RequestRow, RollbackRowState } from './request-list.js';
export type { HoldOptions, LeaseRow, NamedPool, OperatorOptions } from './seat-pools.js';
export { SeatPools } from './seat-pools.js';
export { TenantQuestions } from './tenant-questions.js';
