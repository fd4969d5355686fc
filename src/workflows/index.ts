/** The workflow bundle: every workflow type that a worker hosts, under the name that the contracts give it. */
export { campaignPage } from './campaign-page.js';
export { campaign } from './campaign.js';
export { licenseRequest } from './license-request.js';
export { licenseRollback } from './license-rollback.js';
export { requestBatch } from './request-batch.js';
export { seatPool } from './seat-pool.js';
export {
  tenantAuditPage,
  tenantAuditVerify,
  tenantCatalog,
  tenantCheck,
  tenantId,
  tenantNoticeTest,
  tenantPerson,
  tenantRemainder,
  tenantSeats,
  tenantWho,
  tenantWritePace,
} from './tenant.js';
