/** The paths of workflows that tell the audit trail, each played on real parts as its golden history. */
import assert from 'node:assert/strict';
import { embeddedPostgres } from '../../src/audit/embedded.js';
import { createAuditStore } from '../../src/audit/store.js';
import { licenseRequestWorkflowId } from '../../src/contracts/license-request.js';
import { licenseRollbackWorkflowId } from '../../src/contracts/license-rollback.js';
import { campaignPageWorkflowId } from '../../src/contracts/campaign-page.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { AUDITED_PACE } from '../audit/audit-pace.js';
import { FragileStore } from '../audit/fragile-store.js';
import { DrivenCampaign } from '../support/campaign.js';
import { rowsOf } from '../support/campaign-page.js';
import type { Playground, PlaygroundOptions } from '../support/playground.js';
import { actor } from '../support/playground.js';
import { policyOf, skuPolicyOf } from '../support/policy.js';
import { until } from '../support/until.js';
import type { GoldenPath } from './paths.js';

/** One for all paths, each in a tenant of its own: a new one takes long. Nothing is opened before a path is played. */
const store = createAuditStore(embeddedPostgres(null));

function audited(options: PlaygroundOptions = {}): PlaygroundOptions & { readonly audit: FragileStore } {
  return { ...options, pace: AUDITED_PACE, audit: new FragileStore(store) };
}

const away = audited();

async function ended({ licenseflow }: Playground, requestId: string): Promise<string> {
  await licenseflow.requests.wait(requestId, 60_000);
  const view = await until(
    'its last entry to be recorded',
    () => licenseflow.requests.view(requestId),
    ({ audit }) => audit?.waiting === 0,
  );
  assert.ok(['done', 'ended'].includes(view.state), view.state);
  return licenseRequestWorkflowId(requestId);
}

/** A campaign of two pages that was carried out, taken back, and closed. */
async function campaignOver(playground: Playground, campaignId: string): Promise<string> {
  playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 50);
  const people = Array.from({ length: 4 }, () =>
    playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
  );
  const campaign = await DrivenCampaign.open(playground, {
    ...{ rows: rowsOf(people), campaignId, pace: AUDITED_PACE },
    campaignPace: { pageRows: 2, silentMs: 1_000, intakeMs: 120_000 },
    options: { waves: { canary: false, sizes: ['rest'] }, promote: 'by-itself', rollbackWindowMs: 4_000 },
  });
  await campaign.started();
  await campaign.until('finished');
  await campaign.rollBack({ scope: { kind: 'all' } });
  await campaign.untilView('campaign to be closed', ({ state }) => state === 'closed', 120_000);
  await campaign.handle.result();
  return campaign.handle.workflowId;
}

const PATHS: readonly GoldenPath[] = [
  {
    name: 'audited',
    options: audited(),
    async play(playground, requestId) {
      await playground.approved({ requestId });
      return ended(playground, requestId);
    },
  },
  {
    name: 'audited-without-its-store-for-a-while',
    options: away,
    async play(playground, requestId) {
      await playground.submitted({ requestId });
      away.audit.isUp = false;
      await playground.approve(requestId);
      await until(
        'the store to be asked',
        () => away.audit.refused,
        (refused) => refused > 2,
      );
      away.audit.isUp = true;
      return ended(playground, requestId);
    },
  },
  {
    name: 'audited-rollback',
    options: audited(),
    async play(playground, requestId) {
      await playground.approved({ requestId });
      await playground.licenseflow.requests.rollback(requestId, {
        ...{ actor: actor(PEOPLE.johanna.userPrincipalName), reason: 'a mistake', seatWaitMs: 5_000 },
      });
      await playground.licenseflow.requests.waitForRollback(requestId, 60_000);
      return licenseRollbackWorkflowId(requestId);
    },
  },
  {
    name: 'audited-term-ended',
    options: audited({
      policy: policyOf({
        skus: {
          [SKU.POWER_BI_PRO]: skuPolicyOf({
            term: { maxMs: 60_000, noticesMs: [], extension: null, stepDownTo: 'previous' },
          }),
        },
      }),
    }),
    async play(playground, requestId) {
      await playground.submitted({ requestId, termMs: 4_000 });
      await until(
        'the licence to end',
        () => playground.licenseflow.requests.view(requestId),
        ({ state }) => state === 'ended',
      );
      return ended(playground, requestId);
    },
  },
  { name: 'audited-campaign', options: audited(), play: campaignOver },
  {
    name: 'audited-page',
    options: audited(),
    async play(playground, campaignId) {
      await campaignOver(playground, campaignId);
      return campaignPageWorkflowId(campaignId, 1);
    },
  },
];

export const AUDIT_PATHS: readonly GoldenPath[] = PATHS.map((path) => ({
  ...path,
  async play(playground, requestId) {
    await store.head('');
    return path.play(playground, requestId);
  },
}));
