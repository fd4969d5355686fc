import type { PlanRules } from '../plan-rules.js';
import { PLAN } from './sku-ids.js';

/**
 * Rules between service plans. Documented: different Exchange and SharePoint plans exclude each other, Project Online
 * needs SharePoint Plan 2 and Teams excludes its free edition (the examples of Microsoft's page on licensing problems).
 * The other dependencies are what administrators report. The real set is larger and not published; clients are to learn
 * a rule from the answer that names it.
 */
export const PLAN_RULES: PlanRules = {
  dependencies: {
    [PLAN.SHAREPOINT_PROJECT]: [PLAN.SHAREPOINTENTERPRISE],
    [PLAN.EXCHANGE_S_ARCHIVE_ADDON]: [PLAN.EXCHANGE_S_STANDARD, PLAN.EXCHANGE_S_ENTERPRISE],
    [PLAN.MCOEV]: [PLAN.MCOSTANDARD, PLAN.TEAMS1],
    [PLAN.MCOMEETADV]: [PLAN.MCOSTANDARD, PLAN.TEAMS1],
    [PLAN.AAD_PREMIUM_P2]: [PLAN.AAD_PREMIUM],
    // Inferred: Defender for Office 365 works on mailboxes, and its Plan 2 extends its Plan 1.
    [PLAN.ATP_ENTERPRISE]: [PLAN.EXCHANGE_S_DESKLESS, PLAN.EXCHANGE_S_STANDARD, PLAN.EXCHANGE_S_ENTERPRISE],
    [PLAN.THREAT_INTELLIGENCE]: [PLAN.ATP_ENTERPRISE],
  },
  exclusive: [
    [PLAN.EXCHANGE_S_DESKLESS, PLAN.EXCHANGE_S_STANDARD, PLAN.EXCHANGE_S_ENTERPRISE],
    [PLAN.SHAREPOINTDESKLESS, PLAN.SHAREPOINTSTANDARD, PLAN.SHAREPOINTENTERPRISE],
    [PLAN.MCOIMP, PLAN.MCOSTANDARD],
    [PLAN.TEAMS_FREE, PLAN.TEAMS1],
  ],
  prohibited: {
    // Phone system is not offered everywhere; China stands for all such places.
    [PLAN.MCOEV]: ['CN'],
    [PLAN.MCOMEETADV]: ['CN'],
  },
};
