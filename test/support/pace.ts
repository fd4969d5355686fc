import type { Pace } from '../../src/contracts/pace.js';

/** Every wait in milliseconds, so that a test of days runs in an instant. */
export const FAST_PACE: Pace = {
  read: { startToCloseMs: 10_000, attempts: 3, retryMs: 10 },
  write: {
    startToCloseMs: 10_000,
    heartbeatMs: 5_000,
    attempts: 3,
    retryMs: 10,
    scheduleToCloseMs: 30_000,
    rounds: 3,
  },
  verify: { firstMs: 20, factor: 2, maxMs: 100, deadlineMs: 1_000 },
  again: { firstMs: 20, factor: 2, maxMs: 200, deadlineMs: 20_000 },
  seats: {
    ...{ pollMs: 150, freshMs: 0, lagMs: 300, ageingMs: 60_000, idleMs: 2_000 },
    ...{ askAgainMs: 5_000, messagesMax: 100, waitingMax: 2_000 },
  },
  // Every request that a test leaves waiting would go on asking; tests of approvers who come and go ask more often.
  approvers: { lookAgainMs: 60_000 },
  ready: { firstMs: 20, factor: 2, maxMs: 100, deadlineMs: 2_000 },
  notices: { startToCloseMs: 5_000, attempts: 3, retryMs: 20 },
  settleMs: 300,
};
