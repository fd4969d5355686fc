/** One field for everything: people, requests, campaigns, products. */
import { CAMPAIGN_ID } from '../../contracts/campaign.js';
import { REQUEST_ID } from '../../contracts/license-request.js';
import { wishText } from '../../contracts/request-story.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { campaignBadge } from '../campaign-words.js';
import { button, card, empty, heading } from '../parts.js';
import { requestBadge } from '../request-words.js';
import { orNull } from '../surroundings.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { NOTHING } from '../words.js';

export const searchRoute: PageRoute = { path: '/search', permission: 'readAll', page: search };

async function search(visit: Visit): Promise<Page> {
  const query = visit.values.text('q').slice(0, 100);
  const found = query === '' ? [] : (await findings(visit, query)).filter((part) => part !== null);
  return {
    title: 'Search',
    body: html`${heading({ title: 'Search' })}
      <form method="get" class="search" role="search" aria-label="Everything">
        <label for="q" class="unseen">Name, address, number of a request or campaign, product</label>
        <input
          type="search"
          id="q"
          name="q"
          value="${query}"
          autocomplete="off"
          placeholder="Adele, lr-20270301-k7m3q9, Visio …"
        />
        ${button('Search')}
      </form>
      ${
        query === ''
          ? html`<p class="quiet">
              Find a person by name or address, a request or campaign by its number, or a product.
            </p>`
          : found.length === 0
            ? empty(`Nothing is found by “${query}”`, 'Check the spelling, or try the beginning of a name.')
            : html`${found}`
      }`,
  };
}

async function findings({ licenseflow }: Visit, query: string): Promise<readonly (Markup | null)[]> {
  const { tenant, requests, campaigns } = licenseflow;
  const words = query.toLowerCase();
  const [people, products, request, campaign, listed] = await Promise.all([
    orNull(tenant.people(query)),
    orNull(tenant.seats()),
    REQUEST_ID.test(query) ? orNull(requests.view(query)) : null,
    CAMPAIGN_ID.test(query) ? orNull(campaigns.view(query)) : null,
    orNull(campaigns.list({ all: true })),
  ]);
  const named = (products ?? []).filter(({ name, skuPartNumber }) =>
    `${name} ${skuPartNumber}`.toLowerCase().includes(words),
  );
  const alike = (listed ?? []).filter(
    ({ campaignId, title }) =>
      campaignId !== campaign?.campaignId && `${campaignId} ${title}`.toLowerCase().includes(words),
  );
  return [
    request === null
      ? null
      : list('Request', [
          entry(
            `/requests/${request.requestId}`,
            wishText(request),
            request.subject?.displayName ?? '',
            requestBadge(request.state),
          ),
        ]),
    list(
      'People',
      (people ?? []).map(({ id, displayName, userPrincipalName }) =>
        entry(`/people/${id}`, displayName, userPrincipalName),
      ),
    ),
    list('Campaigns', [
      ...(campaign === null
        ? []
        : [
            entry(
              `/campaigns/${campaign.campaignId}`,
              campaign.title,
              campaign.campaignId,
              campaignBadge(campaign.state),
            ),
          ]),
      ...alike.map(({ campaignId, title, state }) =>
        entry(`/campaigns/${campaignId}`, title, campaignId, campaignBadge(state)),
      ),
    ]),
    list(
      'Products',
      named.map(({ skuId, name, skuPartNumber }) => entry(`/seats/${skuId}`, name, skuPartNumber)),
    ),
  ];
}

function list(title: string, entries: readonly Markup[]): Markup | null {
  return entries.length === 0
    ? null
    : card(
        title,
        html`<ul class="lines">
          ${entries}
        </ul>`,
      );
}

function entry(href: string, title: string, note: string, state: Markup = NOTHING): Markup {
  return html`<li><a class="row-link" href="${href}">${title}</a> ${state} <small class="note">${note}</small></li>`;
}
