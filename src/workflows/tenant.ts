/** Short questions about the tenant. They run on a worker because only workers hold credentials for Graph. */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { AuditPageAnswer, AuditPageInput, AuditVerifyAnswer, AuditVerifyInput } from '../contracts/audit.js';
import type { Remainder, RemainderInput } from '../contracts/campaign-reads.js';
import type {
  Catalog,
  FindPersonInput,
  Finding,
  FoundPerson,
  NoticeTestInput,
  NoticeTestOutcome,
  SkuSeats,
  TenantQuestion,
  WhoAnswer,
  WritePace,
} from '../contracts/tenant.js';
import { reading, surveying, telling } from './activity-proxies.js';

export async function tenantSeats({ pace }: TenantQuestion): Promise<readonly SkuSeats[]> {
  return reading(pace, 'seats of all products').readSeats();
}

export async function tenantId({ pace }: TenantQuestion): Promise<string> {
  return reading(pace, 'id of the tenant').readTenantId();
}

export async function tenantPerson({ pace, ref }: FindPersonInput): Promise<FoundPerson> {
  return reading(pace, 'find a person').findPerson(ref);
}

export async function tenantCheck({ pace }: TenantQuestion): Promise<readonly Finding[]> {
  return reading(pace, 'check the tenant').checkTenant();
}

export async function tenantWritePace({ pace }: TenantQuestion): Promise<WritePace> {
  return reading(pace, 'how a worker uses the write quota').readWritePace();
}

/** One attempt through every channel: whoever tests wants to see what fails. */
export async function tenantNoticeTest({ pace, to, command }: NoticeTestInput): Promise<NoticeTestOutcome> {
  const outcome = await telling(pace.notices, 'test of notices').sendNotice({
    key: workflowInfo().workflowId,
    kind: 'test',
    to: [to],
    facts: { about: 'test', command },
    urgent: true,
  });
  if (outcome.outcome === 'sent') return outcome;
  throw ApplicationFailure.nonRetryable('A notice that is urgent does not wait for quiet hours.');
}

export async function tenantWho({ pace, ref }: FindPersonInput): Promise<WhoAnswer> {
  return reading(pace, 'a person with all licences').whoIs(ref);
}

export async function tenantCatalog({ pace }: TenantQuestion): Promise<Catalog> {
  return reading(pace, 'what can be asked for').readCatalog();
}

export async function tenantRemainder(input: RemainderInput): Promise<Remainder> {
  return surveying(input.pace, 'who joined the source of a campaign').findRemainder(input);
}

export async function tenantAuditPage(input: AuditPageInput): Promise<AuditPageAnswer> {
  return reading(input.pace, 'entries of the audit trail').readAudit(input);
}

export async function tenantAuditVerify(input: AuditVerifyInput): Promise<AuditVerifyAnswer> {
  return surveying(input.pace, 'whether the audit trail is whole').verifyAudit(input);
}
