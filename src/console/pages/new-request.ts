/** Asking for a licence: first what, then for whom, for how long and why. */
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { newRequestId } from '../../client/request-id.js';
import type { LicenseRequest } from '../../contracts/license-request.js';
import { REQUEST_DIFFERS } from '../../contracts/license-request.js';
import type { CatalogEntry, PersonLicenses } from '../../contracts/tenant.js';
import { monthlyText } from '../../domain/price.js';
import { spanText } from '../../domain/term.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { actorOf } from '../../sign-in/access.js';
import {
  areaField, badge, button, choice, empty, form, heading, linkButton, more, problemNotice, selectField, textField,
} from '../parts.js'; // prettier-ignore
import { findPerson, personChoice } from '../person-field.js';
import { orNull } from '../surroundings.js';
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';
import { capital, count, NOTHING } from '../words.js';

export const newRequestRoute: PageRoute = { path: '/new-request', permission: 'request', page: newRequest };

export const NEW_REQUEST_ACTION: ActionRoute = {
  path: '/requests',
  permission: 'request',
  act: submit,
  page: newRequest,
};

async function newRequest(visit: Visit): Promise<Page> {
  const { licenseflow, me, values } = visit;
  const catalog = await licenseflow.tenant.catalog();
  const chosen = catalog.find(({ skuId }) => skuId === values.text('sku'));
  if (chosen === undefined) return catalogPage(visit, catalog);
  const held = await orNull(licenseflow.tenant.licensesOf(me.id));
  return detailsPage(visit, chosen, held);
}

// --- what -------------------------------------------------------------------------------------------------------------

function catalogPage({ values }: Visit, catalog: readonly CatalogEntry[]): Page {
  const query = values.text('q');
  const found = catalog.filter((entry) => fits(entry, query));
  const title = 'Ask for a licence';
  return {
    title,
    body: html`${heading({ title, lead: 'What do you need? Say it in your own words, or by the name of a product.' })}
      <form method="get" class="search" role="search" aria-label="Products">
        <label for="q" class="unseen">What you need</label>
        <input
          type="search"
          id="q"
          name="q"
          value="${query}"
          placeholder="Reports, diagrams, E5 …"
          data-filter="products"
        />
        ${button('Search', 'secondary')}
      </form>
      ${
        found.length === 0
          ? empty(
              catalog.length === 0 ? 'Nothing can be asked for yet' : 'No product fits',
              catalog.length === 0 ? 'The policy of your organisation offers no product.' : 'Try fewer or other words.',
              catalog.length === 0 ? NOTHING : linkButton('/new-request', 'Show all products', 'secondary'),
            )
          : html`<ul class="catalog" id="products">
              ${found.map(entryView)}
            </ul>`
      }`,
  };
}

function fits({ name, skuPartNumber, need }: CatalogEntry, query: string): boolean {
  const text = `${name} ${skuPartNumber} ${need ?? ''}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => text.includes(word));
}

function entryView(entry: CatalogEntry): Markup {
  const { skuId, name, need, decides, autoApproved, term } = entry;
  return html`<li class="card entry" data-text="${`${name} ${entry.skuPartNumber} ${need ?? ''}`.toLowerCase()}">
    <h2><a class="row-link" href="/new-request?sku=${skuId}">${need ?? name}</a></h2>
    ${need === null ? null : html`<p class="entry-name">${name}</p>`}
    <p class="states">
      ${seatsBadge(entry)}${entry.monthlyPrice === null ? null : html` <span class="quiet">${monthlyText(entry.monthlyPrice)}</span>`}
    </p>
    <p class="quiet">
      ${decidesText(decides)}${autoApproved.length === 0 ? '' : ` Nobody is asked when ${autoApproved.join(', or when ')}.`}${term === null ? '' : ` ${capital(term)}.`}
    </p>
  </li>`;
}

function seatsBadge({ free, seatWaitMs }: CatalogEntry): Markup {
  return free > 0
    ? badge('good', `${count(free, 'seat')} left`)
    : badge('wait', `No seat left; you wait up to ${spanText(seatWaitMs)}`);
}

function decidesText(decides: readonly string[]): string {
  return decides.length === 0 ? 'Nobody has to approve it.' : `Approved by ${decides.join(', then ')}.`;
}

// --- for whom, how long, why ------------------------------------------------------------------------------------------

function detailsPage(visit: Visit, entry: CatalogEntry, held: PersonLicenses | null): Page {
  const { values, problem } = visit;
  // The form carries it, so that the same form sent twice is one request.
  const requestId =
    problem?.code === REQUEST_DIFFERS || !values.has('request_id')
      ? newRequestId(visit.now)
      : values.text('request_id');
  const title = `Ask for ${entry.name}`;
  const isForOther = values.text('whom') === 'other';
  return {
    title,
    body: html`${heading({ title, lead: entry.need, badge: seatsBadge(entry) })} ${problemNotice(problem)}
      <p class="quiet">${decidesText(entry.decides)} <a href="/new-request">Choose another product</a></p>
      ${form(
        visit,
        { action: '/requests', from: '/new-request', hidden: { request_id: requestId, sku: entry.skuId } },
        html`<fieldset>
            <legend>For whom?</legend>
            ${choice('radio', { name: 'whom', value: 'me', words: 'For me', checked: !isForOther })}
            ${choice('radio', { name: 'whom', value: 'other', words: 'For somebody else', checked: isForOther })}
            <div class="depends">${otherPerson(visit)}</div>
          </fieldset>
          ${areaField({
            ...{
              name: 'justification',
              label: 'Why is it needed?',
              required: true,
              value: values.text('justification'),
            },
            hint: 'Whoever decides reads this.',
            attributes: html`maxlength="2000"`,
          })}
          ${termField(visit, entry)} ${swapField(visit, held, entry)}
          ${more(
            'More choices',
            html`${textField({
              ...{ name: 'losing', label: 'Services that may be lost', value: values.text('losing') },
              hint: 'Only where a product is given back, and the check says that a service would go. Names, separated by commas.',
            })}
            ${textField({
              ...{ name: 'usage_location', label: 'Set the usage location', value: values.text('usage_location') },
              hint: 'Two letters of a country, where the directory has none.',
              attributes: html`maxlength="2" class="short"`,
            })}`,
            values.has('losing') || values.has('usage_location') || problem !== null,
          )}
          <p class="submit">
            ${button('Send the request')}
            <span class="quiet">It is checked at once. Nothing changes before it is approved.</span>
          </p>`,
      )}`,
  };
}

/** Not required by the browser: it would ask for it also where the licence is for oneself. */
function otherPerson(visit: Visit): Markup {
  return personChoice(visit, { name: 'person', label: 'Who?', optional: true });
}

const TERMS = [
  ['', 'Without an end'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['180', '180 days'],
  ['365', 'One year'],
] as const;

function termField({ values }: Visit, { term }: CatalogEntry): Markup {
  const options = term === null ? TERMS : TERMS.slice(1);
  return selectField(
    {
      ...{ name: 'days', label: 'For how long?', required: true, value: values.text('days') },
      ...(term !== null && { hint: `${capital(term)}.` }),
    },
    options,
  );
}

/** What one holds oneself can be given back in the same change; for others the approvers would have to know. */
function swapField({ values }: Visit, held: PersonLicenses | null, entry: CatalogEntry): Markup {
  const direct = (held?.products ?? []).filter(
    ({ skuId, paths }) => skuId !== entry.skuId && paths.some(({ group }) => group === null),
  );
  if (direct.length === 0) return NOTHING;
  const chosen = values.all('instead_of');
  return html`<fieldset>
    <legend>In place of something you hold? <span class="optional">optional</span></legend>
    <p class="hint">Both happen in one change. Services that you have switched off stay off.</p>
    ${direct.map(({ skuId, name }) =>
      choice('checkbox', { name: 'instead_of', value: skuId, words: name, checked: chosen.includes(skuId) }),
    )}
  </fieldset>`;
}

// --- sending ----------------------------------------------------------------------------------------------------------

const DAY_MS = 86_400_000;

async function submit(visit: Visit): Promise<string> {
  const { licenseflow, me } = visit;
  const request = await requestOf(visit);
  const submitted = await licenseflow.requests.submit(request, actorOf(me));
  if (submitted.outcome === 'refused') throw refusal(submitted.problems);
  return `/requests/${request.requestId}?said=${submitted.outcome === 'recorded' ? 'recorded' : 'sent'}`;
}

async function requestOf(visit: Visit): Promise<LicenseRequest> {
  const { me, values } = visit;
  const isForOther = values.text('whom') === 'other';
  const subject = isForOther ? (await findPerson(visit, 'person')).id : me.id;
  const justification = values.text('justification');
  if (justification === '')
    throw new LicenseflowError(
      'invalid',
      'INCOMPLETE',
      'Say why it is needed.',
      'Whoever decides reads it. Nothing was sent.',
    );
  const remove = isForOther ? [] : values.all('instead_of');
  const losing = values
    .text('losing')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const days = Number(values.text('days'));
  return {
    ...{ requestId: values.text('request_id') || newRequestId(visit.now), requester: me.id, subject, justification },
    add: [{ sku: values.text('sku'), disabledPlans: [], ...(remove.length > 0 && { keepPlans: true }) }],
    remove,
    ...(losing.length > 0 && remove.length > 0 && { losing }),
    ...(days > 0 && { termMs: days * DAY_MS }),
    ...(values.has('usage_location') && { usageLocation: values.text('usage_location').toUpperCase() }),
  };
}

function refusal(problems: readonly { readonly message: string; readonly remedy: string; readonly code: string }[]) {
  const [first] = problems;
  const lines = problems.map(({ message, remedy }) => `${message} ${remedy}`);
  return new LicenseflowError(
    'refused',
    first?.code ?? 'REFUSED',
    ['The check found a reason against it:', ...lines].join('\n'),
    'Nothing was changed. Correct it here and send it again.',
  );
}
