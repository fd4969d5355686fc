import type { AuditPace } from './audit.js';

/**
 * How long things may take and how often they are tried again. Part of every workflow's input, so that no duration is a
 * constant in workflow code; tests run the same code in milliseconds.
 *
 * All values are milliseconds unless the name says otherwise.
 */
export interface Pace {
  /** Activities that read the directory. */
  readonly read: {
    readonly startToCloseMs: number;
    /** Server-side attempts before the workflow takes over and shows the reason. */
    readonly attempts: number;
    readonly retryMs: number;
  };
  /** The licence write, with its reads before and after. */
  readonly write: {
    readonly startToCloseMs: number;
    readonly heartbeatMs: number;
    readonly attempts: number;
    readonly retryMs: number;
    /** Longest time from scheduling to end, waiting for the pace of writes included. */
    readonly scheduleToCloseMs: number;
    /** Writes that Graph accepted and no read ever showed, before a person has to look. */
    readonly rounds: number;
  };
  /** Reads after a write that was not visible at once. */
  readonly verify: {
    readonly firstMs: number;
    readonly factor: number;
    readonly maxMs: number;
    readonly deadlineMs: number;
  };
  /** The workflow's own repetition of work that failed for a passing reason. */
  readonly again: {
    readonly firstMs: number;
    readonly factor: number;
    readonly maxMs: number;
    readonly deadlineMs: number;
  };
  /** Seats and their pools. */
  readonly seats: {
    /** From one count to the next while somebody waits. */
    readonly pollMs: number;
    /** A count that is older is taken anew before a seat is promised. */
    readonly freshMs: number;
    /** Longest time by which `consumedUnits` is behind the writes. */
    readonly lagMs: number;
    /** One step of priority is worth so much waiting, so that nobody starves. */
    readonly ageingMs: number;
    /** Longest time for which a pool with nobody waiting and nothing held stays open. */
    readonly idleMs: number;
    /** Who waits asks again after so long, then after growing times: a pool that was ended by force is filled anew. */
    readonly askAgainMs: number;
    /** Messages after which a pool goes on in a new run, so that its history stays small. */
    readonly messagesMax: number;
    /** Longest wait-list of one product; what a run hands to the next has to fit into one payload of 2 MB. */
    readonly waitingMax: number;
  };
  /** While a stage waits: how often the directory is asked whether its approvers still can decide. */
  readonly approvers: { readonly lookAgainMs: number };
  /** Reads after the assignment, until the services report that they are ready. */
  readonly ready: {
    readonly firstMs: number;
    readonly factor: number;
    readonly maxMs: number;
    readonly deadlineMs: number;
  };
  /** Notices: a channel that cannot be reached is tried again for so long, then the notice is given up and listed. */
  readonly notices: {
    readonly startToCloseMs: number;
    readonly attempts: number;
    readonly retryMs: number;
  };
  /** How workflows hand over what belongs into the audit trail; missing where they tell it nothing. */
  readonly audit?: AuditPace;
  /**
   * How long a read may show the state before a write that did happen. A write of unknown outcome counts as "not made"
   * only after the user has looked unchanged for this long.
   */
  readonly settleMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const DEFAULT_PACE: Pace = {
  read: { startToCloseMs: 30 * SECOND, attempts: 3, retryMs: SECOND },
  write: {
    startToCloseMs: 90 * SECOND,
    heartbeatMs: 30 * SECOND,
    attempts: 3,
    retryMs: 2 * SECOND,
    scheduleToCloseMs: 30 * MINUTE,
    rounds: 3,
  },
  // Operators of real tenants see licence changes after up to five minutes.
  verify: { firstMs: 2 * SECOND, factor: 2, maxMs: MINUTE, deadlineMs: 15 * MINUTE },
  again: { firstMs: 5 * SECOND, factor: 2, maxMs: 15 * MINUTE, deadlineMs: 24 * HOUR },
  seats: {
    pollMs: MINUTE,
    freshMs: 10 * SECOND,
    lagMs: 5 * MINUTE,
    ageingMs: 7 * 24 * HOUR,
    idleMs: HOUR,
    askAgainMs: HOUR,
    messagesMax: 2_000,
    waitingMax: 12_000,
  },
  approvers: { lookAgainMs: 6 * HOUR },
  // Most services are there within minutes; Exchange and Teams may take a day.
  ready: { firstMs: 5 * SECOND, factor: 3, maxMs: HOUR, deadlineMs: 24 * HOUR },
  notices: { startToCloseMs: 30 * SECOND, attempts: 5, retryMs: 5 * SECOND },
  // In a stack of one process the store is within the worker, and its first use takes a while.
  audit: { startToCloseMs: MINUTE, attempts: 3, retryMs: SECOND, batch: 50 },
  settleMs: 5 * MINUTE,
};

/** Waits that grow from `firstMs` by `factor` up to `maxMs`: the n-th wait (from 0). */
export function backoffMs(growth: { firstMs: number; factor: number; maxMs: number }, n: number): number {
  return Math.min(growth.maxMs, growth.firstMs * growth.factor ** n);
}
