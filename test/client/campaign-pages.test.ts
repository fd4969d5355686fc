import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { campaignPages } from '../../src/client/campaign-pages.js';
import type { CampaignPageInput, CampaignRow } from '../../src/contracts/campaign-page.js';
import { pageDigest } from '../../src/contracts/campaign-page.js';
import type { Remainder, RemainderInput } from '../../src/contracts/campaign-reads.js';
import { CAMPAIGN_REFUSALS, DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import { TENANT_REMAINDER } from '../../src/contracts/tenant.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';

const WISHES = [{ add: [{ sku: 'FLOW_FREE', disabledPlans: [] }], remove: [] }];

describe('pages of campaigns', () => {
  let playground: Playground;
  let pages: ReturnType<typeof campaignPages>;
  before(async () => {
    playground = await Playground.open();
    pages = campaignPages({ client: (await testTemporal()).client, taskQueue: playground.taskQueue });
  });
  after(() => playground.close());

  function page(campaignId: string, users: readonly string[], number = 1): CampaignPageInput {
    const rows: readonly CampaignRow[] = users.map((user) => ({ user, wish: 0 }));
    return {
      ...{ campaignId, page: number, rows, wishes: WISHES, digest: pageDigest(rows, WISHES) },
      ...{ pace: FAST_PACE, campaignPace: DEFAULT_CAMPAIGN_PACE, carried: null },
    };
  }

  it('start once, say what they are, and refuse other people', async () => {
    const campaignId = `c-${randomUUID()}`;
    const input = page(campaignId, [PEOPLE.adele.id, PEOPLE.alex.userPrincipalName]);
    assert.equal(await pages.digestOf(campaignId, 1), null);
    await pages.start(input);
    await pages.start(input);
    assert.equal(await pages.digestOf(campaignId, 1), input.digest);
    const ids = [PEOPLE.adele.id, PEOPLE.alex.userPrincipalName.toLowerCase()];
    assert.deepEqual(
      await pages.usersOf(campaignId, 1),
      ids.map((id) => ({ id, upn: '', line: null })),
    );
    await assert.rejects(pages.start(page(campaignId, [PEOPLE.megan.id])), { type: CAMPAIGN_REFUSALS.otherCampaign });
  });

  it('leave a remainder, which is a question about the tenant', async () => {
    const campaignId = `c-${randomUUID()}`;
    const [first, second, ...others] = GROUPS.engineering.members.map((key) => PEOPLE[key].id).sort();
    await pages.start(page(campaignId, [first ?? '']));
    await pages.start(page(campaignId, [second ?? ''], 2));
    const { client } = await testTemporal();
    const source = { kind: 'group', group: GROUPS.engineering.id, except: [] } as const;
    const remainder = await client.workflow.execute<(input: RemainderInput) => Promise<Remainder>>(TENANT_REMAINDER, {
      workflowId: `remainder-${campaignId}`,
      taskQueue: playground.taskQueue,
      args: [{ campaignId, source, pages: 2, pace: FAST_PACE }],
    });
    assert.deepEqual(
      remainder.users.map(({ id }) => id),
      others,
    );
    assert.equal(remainder.more, 0);
  });
});
