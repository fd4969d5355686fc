/** Activities by the queue that runs them. */
import type { ActivityDependencies } from './dependencies.js';
import { createAuditActivities } from './audit.js';
import { createCampaignFactsActivities } from './campaign-facts.js';
import { createCampaignPlanActivities } from './campaign-plan.js';
import { createCampaignSourceActivities } from './campaign-source.js';
import { createLicenseRequestActivities } from './license-request.js';
import { createLicenseReadActivities, createLicenseWriteActivities } from './license-write.js';
import { createNoticeActivities } from './notices.js';
import { createSeatPoolActivities } from './seat-pool.js';
import { createTenantActivities } from './tenant.js';
import { createTenantCatalogActivities } from './tenant-catalog.js';
import { createTenantWhoActivities } from './tenant-who.js';

/** Activities of the main task queue: they read, and may run as many at once as the worker likes. */
export function createReadActivities(deps: ActivityDependencies) {
  return {
    ...createAuditActivities(deps),
    ...createCampaignFactsActivities(deps),
    ...createCampaignPlanActivities(deps),
    ...createCampaignSourceActivities(deps),
    ...createLicenseRequestActivities(deps),
    ...createLicenseReadActivities(deps),
    ...createNoticeActivities(deps),
    ...createSeatPoolActivities(deps),
    ...createTenantActivities(deps),
    ...createTenantCatalogActivities(deps),
    ...createTenantWhoActivities(deps),
  };
}

/** Activities of the write queue: each of them may write to Graph once, at the pace of the tenant's quota. */
export function createWriteActivities(deps: Parameters<typeof createLicenseWriteActivities>[0]) {
  return createLicenseWriteActivities(deps);
}

export type ReadActivities = ReturnType<typeof createReadActivities>;
export type WriteActivities = ReturnType<typeof createWriteActivities>;
export type {
  ActivityDependencies,
  AuditAppended,
  AuditStore,
  CampaignPages,
  ChannelAnswer,
  NoticeChannel,
  NoticeForChannel,
  ProductNames,
  SeatPoolMessages,
  WritePause,
} from './dependencies.js';
export { PolicyError } from './dependencies.js';
