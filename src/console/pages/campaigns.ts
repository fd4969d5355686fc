/** The list of campaigns. */
import type { CampaignListRow } from '../../client/index.js';
import { html } from '../../report/html.js';
import { may } from '../../sign-in/access.js';
import { campaignBadge } from '../campaign-words.js';
import type { Column } from '../parts.js';
import { badge, empty, heading, linkButton, table } from '../parts.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { ago, NOTHING } from '../words.js';

const LISTED_MAX = 100;

export const campaignsRoute: PageRoute = { path: '/campaigns', permission: 'readAll', page: campaigns };

async function campaigns({ licenseflow, me, now }: Visit): Promise<Page> {
  const rows = await licenseflow.campaigns.list({ all: true, limit: LISTED_MAX });
  const plan = may(me, 'operate') ? linkButton('/new-campaign', 'Plan a campaign') : null;
  return {
    title: 'Campaigns',
    live: { every: 10 },
    version: rows.map(({ campaignId }) => campaignId).join(),
    body: html`${heading({
      title: 'Campaigns',
      lead: 'Many people moved from one product to another: planned first, in waves, with brakes and a way back.',
      action: rows.length === 0 ? null : plan,
    })}
    ${
      rows.length === 0
        ? empty(
            'No campaign yet',
            'A plan writes nothing. It shows what would happen to whom before anybody starts it.',
            plan ?? NOTHING,
          )
        : html`<section class="card flush" data-live="campaigns">
            <h2 class="unseen">All campaigns</h2>
            ${table('Campaigns', columns(now), rows)}
          </section>`
    }`,
  };
}

function columns(now: Date): readonly Column<CampaignListRow>[] {
  return [
    {
      title: 'Campaign',
      cell: ({ campaignId, title }) =>
        html`<a class="row-link" href="/campaigns/${campaignId}">${title === '' ? campaignId : title}</a>`,
    },
    {
      title: 'State',
      cell: ({ state, needsAttention }) =>
        html`${campaignBadge(state)}${needsAttention ? html` ${badge('bad', 'Needs attention')}` : null}`,
    },
    { title: 'Number', cell: ({ campaignId }) => html`<code>${campaignId}</code>` },
    { title: 'Planned', cell: ({ createdAt }) => ago(createdAt, now) },
    { title: 'Acts by itself', cell: ({ dueAt }) => (dueAt === null ? null : ago(dueAt, now)) },
  ];
}
