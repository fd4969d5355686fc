/** Every page and every form of the console. */
import type { ActionRoute, PageRoute } from '../visit.js';
import { allRequestsRoute } from './all-requests.js';
import { auditRoute } from './audit.js';
import { CAMPAIGN_ACTION, campaignRoute } from './campaign.js';
import { campaignErrorsRoute, campaignUsersRoute } from './campaign-people.js';
import { campaignPlanRoute } from './campaign-plan.js';
import { CAMPAIGN_ROLLBACK_ACTION, campaignRollbackRoute } from './campaign-rollback.js';
import { campaignsRoute } from './campaigns.js';
import { inboxRoute } from './inbox.js';
import { myRequestsRoute } from './my-requests.js';
import { NEW_CAMPAIGN_ACTION, newCampaignRoute } from './new-campaign.js';
import { NEW_REQUEST_ACTION, newRequestRoute } from './new-request.js';
import { myLicencesRoute, personRoute } from './person.js';
import { REQUEST_ACTIONS, requestRoute } from './request.js';
import { searchRoute } from './search.js';
import { poolRoute, SEAT_ACTIONS, seatsRoute } from './seats.js';

export const PAGES: readonly PageRoute[] = [
  inboxRoute,
  myRequestsRoute,
  newRequestRoute,
  requestRoute,
  allRequestsRoute,
  campaignsRoute,
  newCampaignRoute,
  campaignRoute,
  campaignPlanRoute,
  campaignErrorsRoute,
  campaignUsersRoute,
  campaignRollbackRoute,
  seatsRoute,
  poolRoute,
  auditRoute,
  personRoute,
  myLicencesRoute,
  searchRoute,
];

export const ACTIONS: readonly ActionRoute[] = [
  NEW_REQUEST_ACTION,
  ...REQUEST_ACTIONS,
  NEW_CAMPAIGN_ACTION,
  CAMPAIGN_ACTION,
  CAMPAIGN_ROLLBACK_ACTION,
  ...SEAT_ACTIONS,
];
