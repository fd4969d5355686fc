/** The people of a campaign: what went wrong and what to do about it, and everybody one by one. */
import type { CampaignUser, CampaignUserFilter, ErrorGroup } from '../../client/index.js';
import { campaignStateText, userStateText, waveName } from '../../contracts/campaign-story.js';
import type { UserState } from '../../domain/campaign.js';
import { USER_STATES } from '../../domain/campaign.js';
import { number } from '../../report/charts.js';
import { outcomeOf } from '../../report/outcomes.js';
import type { Outcome } from '../../report/outcomes.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { campaignHead } from '../campaign-words.js';
import type { Column, Tone } from '../parts.js';
import { badge, button, cursorIn, empty, paging, selectField, table } from '../parts.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { at, capital, count, NOTHING, remedy } from '../words.js';

export const campaignErrorsRoute: PageRoute = {
  path: '/campaigns/:id/errors',
  permission: 'readAll',
  page: errorsPage,
};
export const campaignUsersRoute: PageRoute = { path: '/campaigns/:id/users', permission: 'readAll', page: usersPage };

async function errorsPage(visit: Visit): Promise<Page> {
  const { licenseflow, values } = visit;
  const campaignId = values.text('id');
  const view = await licenseflow.campaigns.view(campaignId);
  const groups = await licenseflow.campaigns.errors(campaignId);
  return {
    title: `Errors of ${view.title}`,
    live: { every: 10 },
    version: groups.map(({ code }) => code).join(),
    body: html`${campaignHead(visit, view)}
    ${
      groups.length === 0
        ? empty('Nothing went wrong', `The campaign is ${campaignStateText(view.state)}, and nobody failed.`)
        : html`<div class="cards" data-live="errors">${groups.map((group) => errorGroup(campaignId, group))}</div>`
    }`,
  };
}

function errorGroup(campaignId: string, { code, meaning, remedy: what, users, states, examples }: ErrorGroup): Markup {
  const told = (Object.entries(states) as [UserState, number][]).map(
    ([state, how]) => `${number(how)} ${userStateText(state)}`,
  );
  return html`<section class="card">
    <h2>${meaning}</h2>
    <p class="states">${badge('bad', count(users, 'person', 'people'))}<span class="quiet">${told.join(', ')}</span></p>
    <p><strong>What to do:</strong> ${remedy(what)} <small class="code">${code}</small></p>
    <p class="quiet">
      For instance
      ${examples.map(({ id, user, name }, i) => html`${i === 0 ? '' : ', '}${id === null ? user : html`<a href="/people/${id}">${name === '' ? user : name}</a>`}`)}.
      <a href="/campaigns/${campaignId}/users?code=${code}">All of them</a>
    </p>
  </section>`;
}

const SHOWN_MAX = 200;
const FILTER = ['state', 'wave', 'code'];

async function usersPage(visit: Visit): Promise<Page> {
  const { licenseflow, values } = visit;
  const campaignId = values.text('id');
  const view = await licenseflow.campaigns.view(campaignId);
  const page = { size: SHOWN_MAX, cursor: cursorIn(values) };
  const { rows: users, next } = await licenseflow.campaigns.usersPage(campaignId, filterOf(visit), page);
  const isFiltered = FILTER.some((name) => values.has(name));
  return {
    title: `Users of ${view.title}`,
    body: html`${campaignHead(visit, view)}
      ${filters(visit, view.waves.length > 0 ? view.waves.map(({ wave }) => wave) : [...(view.plan?.waves ?? []).keys()])}
      <section class="card flush">
        <h2>${count(users.length, 'user')}${next === null ? '' : ', and more'}</h2>
        ${
          users.length === 0
            ? empty('Nobody fits', isFiltered ? 'Loosen the filter to see more.' : 'Nobody is planned yet.')
            : table('Users', COLUMNS, users)
        }
      </section>
      ${paging(visit, FILTER, next)}`,
  };
}

function filterOf({ values }: Visit): CampaignUserFilter {
  const state = USER_STATES.find((known) => known === values.text('state'));
  const wave = values.text('wave');
  return {
    ...(state !== undefined && { states: [state] }),
    ...(/^\d{1,3}$/u.test(wave) && { waves: [Number(wave)] }),
    ...(values.has('code') && { codes: [values.text('code').toUpperCase()] }),
  };
}

function filters({ values }: Visit, waves: readonly number[]): Markup {
  const code = values.text('code');
  return html`<form method="get" class="filters" role="search" aria-label="Filter">
    ${selectField({ name: 'state', label: 'State', required: true, value: values.text('state') }, [
      ['', 'Any'],
      ...USER_STATES.map((state) => [state, capital(userStateText(state))] as const),
    ])}
    ${selectField({ name: 'wave', label: 'Wave', required: true, value: values.text('wave') }, [
      ['', 'Any'],
      ...waves.map((wave) => [String(wave), capital(waveName(wave))] as const),
    ])}
    ${code === '' ? NOTHING : html`<input type="hidden" name="code" value="${code}" />`}
    ${button('Filter', 'secondary')} ${code === '' ? NOTHING : html`<a href="?">Without ${code}</a>`}
  </form>`;
}

const TONES: Readonly<Record<Outcome, Tone>> = {
  done: 'good',
  already: 'good',
  restored: 'quiet',
  failed: 'bad',
  unknown: 'bad',
  drifted: 'wait',
  blocked: 'quiet',
  skipped: 'quiet',
  seat: 'wait',
  open: 'open',
};

const COLUMNS: readonly Column<CampaignUser>[] = [
  {
    title: 'Who',
    cell: ({ id, user, name }) =>
      html`${id === null ? html`<strong>${user}</strong>` : html`<a class="row-link" href="/people/${id}">${name === '' ? user : name}</a>`}
        <small class="note">${user}</small>`,
  },
  { title: 'State', cell: ({ state }) => badge(TONES[outcomeOf(state)], capital(userStateText(state))) },
  { title: 'Wave', cell: ({ wave }) => (wave === null ? null : capital(waveName(wave))) },
  {
    title: 'Why',
    cell: ({ code, message, remedy: what }) =>
      code === null
        ? null
        : html`${message} ${what === null ? null : remedy(what)} <small class="code">${code}</small>`,
  },
  { title: 'When', cell: ({ endedAt }) => (endedAt === null ? null : at(endedAt)) },
];
