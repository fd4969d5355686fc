import type { AuditPace } from '../../src/contracts/audit.js';
import { FAST_PACE } from '../support/pace.js';

/** Small batches, so that a short test has several of them. */
export const FAST_AUDIT: AuditPace = { startToCloseMs: 30_000, attempts: 1, retryMs: 10, batch: 5 };

export const AUDITED_PACE = { ...FAST_PACE, audit: FAST_AUDIT };
