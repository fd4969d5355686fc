/** The audit trail: what workflows hand over, and what people ask of it. */
import { activityInfo, log } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type {
  AuditPageAnswer,
  AuditPageInput,
  AuditVerifyAnswer,
  AuditVerifyInput,
  RecordAuditInput,
  RecordedAudit,
} from '../contracts/audit.js';
import type { FailureDetails } from '../contracts/license-change.js';
import type { Finding } from '../contracts/tenant.js';
import type { Failure } from '../domain/failures.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import type { ActivityDependencies, AuditStore } from './dependencies.js';
import { whileHeartbeating } from './heartbeat.js';

export function createAuditActivities({ audit, tenantId }: Pick<ActivityDependencies, 'audit' | 'tenantId'>) {
  return {
    /** Adds what the trail does not have yet. Told twice is told once. */
    async recordAudit({ events }: RecordAuditInput): Promise<RecordedAudit> {
      if (audit === null) return { outcome: 'not-kept' };
      const { head } = await stored(audit, async (store) => store.append(await tenantId(), events));
      return { outcome: 'kept', head };
    },

    async readAudit({ pace: _pace, ...search }: AuditPageInput): Promise<AuditPageAnswer> {
      if (audit === null) return { outcome: 'not-kept' };
      return { outcome: 'found', ...(await stored(audit, async (store) => store.page(await tenantId(), search))) };
    },

    async verifyAudit({ kept }: AuditVerifyInput): Promise<AuditVerifyAnswer> {
      if (audit === null) return { outcome: 'not-kept' };
      const verdict = await stored(audit, async (store) => {
        const tenant = await tenantId();
        return whileHeartbeating(() => store.verify(tenant, kept));
      });
      return { outcome: 'verified', ...verdict };
    },
  };
}

/** What `doctor` says of the store. */
export async function auditFinding({
  audit,
  tenantId,
}: Pick<ActivityDependencies, 'audit' | 'tenantId'>): Promise<Finding> {
  const check = 'Audit trail';
  if (audit === null)
    return {
      ...{ check, verdict: 'warning', text: 'No audit trail is kept.' },
      remedy: 'Configure audit.url (PostgreSQL), or audit.folder where there is one worker only.',
    };
  const tenant = await tenantId();
  try {
    const { entries } = await audit.head(tenant);
    return { check, verdict: 'ok', text: `The store answers; the trail has ${entries} entries.`, remedy: null };
  } catch (error) {
    const failure = failureOfStore(error);
    return { check, verdict: 'failed', text: describeFailure(failure), remedy: meaningOf(failure.code).remedy };
  }
}

/** What the store does not do now, it does later: it is tried again, and whoever waits is shown why. */
async function stored<T>(store: AuditStore, work: (store: AuditStore) => Promise<T>): Promise<T> {
  return atBoundary(async () => {
    try {
      return await work(store);
    } catch (error) {
      if (error instanceof GraphFailure) throw error;
      const failure = failureOfStore(error);
      log.warn('The audit store did not answer.', { reason: failure.message });
      const details: FailureDetails = { failure, attempt: activityInfo().attempt };
      throw ApplicationFailure.create({
        ...{ type: failure.code, message: describeFailure(failure), details: [details] },
        cause: error instanceof Error ? error : new Error(String(error)),
      });
    }
  });
}

const REASON_LENGTH_MAX = 300;

/** A refused connection has several causes in it, one an address, and no words of its own. */
function failureOfStore(error: unknown): Failure {
  const { message, code } = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const reason = message || code || String(error);
  return { code: 'AUDIT_UNREACHABLE', message: reason.slice(0, REASON_LENGTH_MAX) };
}
