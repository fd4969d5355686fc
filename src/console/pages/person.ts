/** One person as a service desk asks about them: licences on every path, what is wrong, requests and campaigns. */
import type { Who } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { userStateText } from '../../contracts/campaign-story.js';
import type { Finding, HeldProduct, HeldService } from '../../contracts/tenant.js';
import { GUID } from '../../domain/license.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { may, maySeePerson } from '../../sign-in/access.js';
import { campaignBadge } from '../campaign-words.js';
import type { Tone } from '../parts.js';
import { badge, card, empty, facts, heading, linkButton, more } from '../parts.js';
import { requestTable } from '../request-list-view.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { capital, count, NOTHING, remedy, sentence } from '../words.js';

export const personRoute: PageRoute = { path: '/people/:person', permission: 'look', page: personPage };
export const myLicencesRoute: PageRoute = {
  path: '/my-licences',
  permission: 'look',
  page: (visit) => personPage({ ...visit, values: visit.values.with({ person: visit.me.id }) }),
};

async function personPage(visit: Visit): Promise<Page> {
  const { licenseflow, me, values } = visit;
  const personId = values.text('person').toLowerCase();
  // Only ids: an address in a path would end up in logs.
  if (!GUID.test(personId) || !maySeePerson(personId, me)) throw nobody();
  const who = await licenseflow.who(personId);
  const { person, jobTitle, department, accountEnabled, userType } = who;
  const isMe = person.id === me.id;
  return {
    title: isMe ? 'My licences' : person.displayName,
    body: html`${heading({
        ...(isMe ? {} : { kind: 'Person' }),
        title: isMe ? 'My licences' : person.displayName,
        lead: [jobTitle, department].filter((text) => text !== null).join(', '),
        badge: html`${badge(accountEnabled ? 'good' : 'bad', accountEnabled ? 'Can sign in' : 'Account disabled')}${userType === 'Guest' ? badge('wait', 'Guest') : null}`,
        action: isMe && may(me, 'request') ? linkButton('/new-request', 'Ask for a licence') : null,
      })}
      ${findings(who.findings)}
      <div class="columns">
        <div>${productsCard(who)} ${requestsCard(visit, who)}</div>
        <div>
          ${card(
            'Details',
            facts([
              ['Address', person.userPrincipalName],
              ['Usage location', who.usageLocation ?? 'none'],
              ['Object id', html`<code>${person.id}</code>`],
            ]),
          )}
          ${may(me, 'readAll') ? campaignsCard(who) : null}
        </div>
      </div>
      ${requestsCard(visit, who)}`,
  };
}

function nobody(): LicenseflowError {
  return new LicenseflowError(
    'not-found',
    'USER_NOT_FOUND',
    'There is no such person.',
    'Look for the name under Search.',
  );
}

const FINDING_TONES: Readonly<Record<Finding['verdict'], Tone>> = { failed: 'bad', warning: 'wait', ok: 'good' };

function findings(found: readonly Finding[]): Markup {
  if (found.length === 0) return NOTHING;
  return html`<div class="findings">
    ${found.map(
      ({ check, verdict, text, remedy: what }) =>
        html`<div class="notice ${FINDING_TONES[verdict]}">
          <p class="notice-title">${check}: ${sentence(text)}</p>
          ${what === null ? null : html`<p>${remedy(what)}</p>`}
        </div>`,
    )}
  </div>`;
}

function productsCard({ products }: Who): Markup {
  return card(
    'Licences',
    products.length === 0
      ? html`<p class="quiet">No product is held on any path.</p>`
      : html`${products.map(productView)}`,
  );
}

function productView(product: HeldProduct): Markup {
  const { name, skuPartNumber, paths, services } = product;
  const forUsers = services.filter(({ appliesTo }) => appliesTo === 'User');
  const on = forUsers.filter(({ effective }) => effective);
  const off = forUsers.filter(({ effective }) => !effective);
  return html`<div class="held-product">
    <h3>${name}</h3>
    <p class="quiet">${skuPartNumber}</p>
    <ul class="lines">
      ${paths.map(
        ({ group, inForce, error }) =>
          html`<li>
            ${group === null ? 'Assigned directly' : html`Through the group “${group.name ?? group.id}”`}${inForce ? null : html` ${badge('bad', 'Gives nothing')}`}${error === null ? null : html`: ${error.meaning} ${remedy(error.remedy)}`}
          </li>`,
      )}
    </ul>
    ${more(
      `${count(on.length, 'service')} on${off.length === 0 ? '' : `, ${String(off.length)} off`}`,
      html`${serviceList('On', 'good', on)}${serviceList('Off', 'quiet', off)}`,
    )}
  </div>`;
}

function serviceList(title: string, tone: Tone, services: readonly HeldService[]): Markup | null {
  if (services.length === 0) return null;
  return html`<p class="quiet">${title}</p>
    <ul class="chips ${tone}">
      ${services.map(({ title: name }) => html`<li>${name}</li>`)}
    </ul>`;
}

function requestsCard({ now }: Visit, { requests }: Who): Markup {
  const rows = [...requests.open, ...requests.past];
  return html`<section class="card flush">
    <h2>Requests</h2>
    ${
      rows.length === 0
        ? empty('No request yet', 'Nothing was asked for this person.')
        : requestTable(
            rows.map((row) => ({ row, note: null })),
            { caption: 'Requests for this person', now, people: true },
          )
    }
  </section>`;
}

function campaignsCard({ campaigns }: Who): Markup {
  const { open, notAsked, olderNotAsked } = campaigns;
  return card(
    'Campaigns',
    html`${
      open.length === 0
        ? html`<p class="quiet">In no open campaign.</p>`
        : html`<ul class="lines">
            ${open.map(
              ({ campaignId, title, state, user }) =>
                html`<li>
                  <a href="/campaigns/${campaignId}">${title}</a> ${campaignBadge(state)}
                  <small class="note"
                    >${capital(userStateText(user.state))}${user.message === null ? '' : `: ${user.message}`}</small
                  >
                </li>`,
            )}
          </ul>`
    }
    ${
      notAsked.length === 0 && !olderNotAsked
        ? null
        : html`<p class="quiet">
            Not asked in time: ${[...notAsked, ...(olderNotAsked ? ['older campaigns'] : [])].join(', ')}.
          </p>`
    }`,
  );
}
