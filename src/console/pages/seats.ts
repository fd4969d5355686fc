/** Seats of all products, and of one with its wait-list and what operators may do about it. */
import type { LeaseRow, NamedPool } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { estimateText, poolExplanation } from '../../contracts/seat-story.js';
import type { SeatPoolView } from '../../contracts/seat-pool.js';
import type { SkuSeats } from '../../contracts/tenant.js';
import type { SeatPriority } from '../../domain/policy.js';
import { moneyText } from '../../domain/price.js';
import { number } from '../../report/charts.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { actorOf, may } from '../../sign-in/access.js';
import type { Column } from '../parts.js';
import {
  badge, button, card, empty, form, heading, more, notice, problemNotice, selectField, table, textField, timeline,
} from '../parts.js'; // prettier-ignore
import { shortName } from '../request-words.js';
import { orNull } from '../surroundings.js';
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';
import { ago, at, capital, count, NOTHING, sentence } from '../words.js';

export const seatsRoute: PageRoute = { path: '/seats', permission: 'readAll', page: seatsPage };
export const poolRoute: PageRoute = { path: '/seats/:sku', permission: 'readAll', page: poolPage };

// --- all products -----------------------------------------------------------------------------------------------------

interface ProductRow {
  readonly product: SkuSeats;
  readonly pool: SeatPoolView | null;
}

async function seatsPage(visit: Visit): Promise<Page> {
  const { tenant, seats } = visit.licenseflow;
  const [products, pools] = await Promise.all([tenant.seats(), orNull(seats.pools())]);
  const rows = products
    .filter(({ appliesTo }) => appliesTo === 'User')
    .map((product) => ({ product, pool: pools?.find(({ skuId }) => skuId === product.skuId) ?? null }))
    .sort(
      (a, b) => (b.pool?.waiting ?? 0) - (a.pool?.waiting ?? 0) || a.product.name.localeCompare(b.product.name, 'en'),
    );
  const waiting = rows.reduce((sum, { pool }) => sum + (pool?.waiting ?? 0), 0);
  return {
    title: 'Seats',
    live: { every: 15 },
    body: html`${heading({
      title: 'Seats',
      lead:
        waiting === 0 ? 'Nobody waits for a seat.' : `${count(waiting, 'request waits', 'requests wait')} for a seat.`,
    })}
    ${
      rows.length === 0
        ? empty('The tenant owns no product', 'Products appear here when the tenant has a subscription.')
        : html`<section class="card flush" data-live="seats">
            <h2 class="unseen">Products</h2>
            ${table('Seats by product', COLUMNS, rows)}
          </section>`
    }`,
  };
}

const COLUMNS: readonly Column<ProductRow>[] = [
  {
    title: 'Product',
    cell: ({ product: { skuId, name, skuPartNumber } }) =>
      html`<a class="row-link" href="/seats/${skuId}">${name}</a> <small class="note">${skuPartNumber}</small>`,
  },
  {
    title: 'Left',
    cell: ({ product: { free } }) => badge(free > 0 ? 'good' : 'wait', free > 0 ? `${number(free)} left` : 'None left'),
  },
  { title: 'In use', cell: ({ product: { consumed } }) => number(consumed), number: true },
  { title: 'Owned', cell: ({ product: { enabled } }) => number(enabled), number: true },
  {
    title: 'Waiting',
    cell: ({ pool }) => (pool === null || pool.waiting === 0 ? null : number(pool.waiting)),
    number: true,
  },
  {
    title: 'A month',
    cell: ({ product: { monthlyPrice } }) => monthlyPrice && moneyText(monthlyPrice),
    number: true,
  },
  { title: 'Subscription', cell: ({ product: { capabilityStatus } }) => capabilityStatus },
  { title: 'Can be asked for', cell: ({ product: { requestable } }) => (requestable ? 'yes' : 'no') },
];

// --- one product ------------------------------------------------------------------------------------------------------

const LEASES_MAX = 200;

async function poolPage(visit: Visit): Promise<Page> {
  const { licenseflow, values, me } = visit;
  const { tenant, seats } = licenseflow;
  const skuId = values.text('sku').toLowerCase();
  const [products, pool] = await Promise.all([tenant.seats(), seats.pool(skuId, LEASES_MAX)]);
  const product = products.find((known) => known.skuId === skuId);
  if (product === undefined) throw noSuchProduct(skuId);
  const { name, free, consumed, enabled } = product;
  const operates = may(me, 'operate');
  return {
    title: `Seats of ${name}`,
    live: { every: 10 },
    version: [pool === null, operates].join(),
    body: html`${heading({
        kind: 'Seats',
        title: name,
        badge: badge(free > 0 ? 'good' : 'wait', free > 0 ? `${count(free, 'seat')} left` : 'No seat left'),
        lead: `${number(consumed)} of ${number(enabled)} in use.`,
      })}
      ${problemNotice(visit.problem)} ${said(visit)} ${waitList(visit, pool, operates)} ${leases(visit, pool, operates)}
      <div class="columns">
        <div>${pool === null ? null : booksCard(pool)}</div>
        <div>${operates ? holdCard(visit, skuId) : null}</div>
      </div>`,
  };
}

const SAID: Readonly<Record<string, string>> = {
  held: 'The seats are asked for. They are kept back as soon as all of them are free.',
  released: 'The seats are given back.',
  ranked: 'The place in the wait-list is changed.',
};

function said({ values, problem }: Visit): Markup {
  const words = SAID[values.text('said')];
  return words === undefined || problem !== null ? NOTHING : notice('good', words);
}

function noSuchProduct(skuId: string): LicenseflowError {
  return new LicenseflowError(
    'not-found',
    'UNKNOWN_SKU',
    `The tenant has no product ${skuId}.`,
    'See the licenseflow seats.',
  );
}

function waitList(visit: Visit, pool: NamedPool | null, operates: boolean): Markup {
  const rows = pool?.waitList ?? [];
  const columns: readonly Column<LeaseRow>[] = [
    { title: 'Place', cell: ({ position }) => html`<strong>${position ?? '?'}</strong>`, number: true },
    { title: 'For', cell: holderCell },
    { title: 'Priority', cell: ({ priority }) => capital(priority) },
    { title: 'Waits since', cell: ({ since }) => ago(since, visit.now) },
    { title: 'Served', cell: (lease) => sentence(estimateText(lease)) },
    { title: 'Gives up', cell: ({ until }) => ago(until, visit.now) },
    ...(operates ? [{ title: 'Change', cell: (lease: LeaseRow) => rankForm(visit, lease) }] : []),
  ];
  return html`<section class="card flush" data-live="waitlist">
    <h2>Wait-list</h2>
    ${rows.length === 0 ? html`<p class="quiet">Nobody waits for a seat of this product.</p>` : table('Wait-list', columns, rows)}
  </section>`;
}

function holderCell({ requestId, who, leaseId, units, note }: LeaseRow): Markup {
  const name = shortName(who ?? leaseId);
  return html`${requestId === null ? html`<strong>${name}</strong>` : html`<a class="row-link" href="/requests/${requestId}">${name}</a>`}${units === 1 ? null : html` · ${count(units, 'seat')}`}${note === null ? null : html`<small class="note">${note.reason}</small>`}`;
}

function rankForm(visit: Visit, { requestId, skuId, position }: LeaseRow): Markup | null {
  if (requestId === null || position === 1) return null;
  return more(
    'Move to the head',
    form(
      visit,
      { action: `/seats/${skuId}/rank`, from: `/seats/${skuId}`, hidden: { request_id: requestId } },
      html`${textField({ name: 'reason', id: `rank-${requestId}`, label: 'Why', required: true })}
      ${button('Move it', 'secondary')}`,
    ),
  );
}

function leases(visit: Visit, pool: NamedPool | null, operates: boolean): Markup {
  const rows = pool?.leases ?? [];
  if (rows.length === 0) return NOTHING;
  const columns: readonly Column<LeaseRow>[] = [
    { title: 'For', cell: holderCell },
    {
      title: 'State',
      cell: ({ state }) => (state === 'settling' ? badge('quiet', 'Used, not counted yet') : badge('open', 'Promised')),
    },
    { title: 'Since', cell: ({ since }) => ago(since, visit.now) },
    { title: 'Ends', cell: ({ until }) => ago(until, visit.now) },
    ...(operates ? [{ title: 'Change', cell: (lease: LeaseRow) => releaseForm(visit, lease) }] : []),
  ];
  return html`<section class="card flush" data-live="leases">
    <h2>Promised seats</h2>
    ${table('Promised seats', columns, rows)}
  </section>`;
}

function releaseForm(visit: Visit, { leaseId, skuId, kind }: LeaseRow): Markup | null {
  if (kind !== 'operator') return null;
  return more(
    'Give back',
    form(
      visit,
      { action: `/seats/${skuId}/release`, from: `/seats/${skuId}`, hidden: { lease_id: leaseId } },
      html`${textField({ name: 'reason', id: `release-${leaseId}`, label: 'Why', required: true })}
      ${button('Give them back', 'secondary')}`,
    ),
  );
}

const PRIORITIES: readonly (readonly [SeatPriority, string])[] = [
  ['normal', 'Normal'],
  ['high', 'High'],
  ['low', 'Low'],
];

function holdCard(visit: Visit, skuId: string): Markup {
  const { values } = visit;
  return card(
    'Keep seats back',
    form(
      visit,
      { action: `/seats/${skuId}/hold`, from: `/seats/${skuId}` },
      html`${textField({ name: 'units', label: 'How many seats', required: true, value: values.text('units') || '1', attributes: html`inputmode="numeric" class="short"` })}
        ${textField({ name: 'hold_days', label: 'For how many days', required: true, value: values.text('hold_days') || '7', attributes: html`inputmode="decimal" class="short"` })}
        ${selectField({ name: 'priority', label: 'Priority', required: true, value: values.text('priority') }, PRIORITIES)}
        ${textField({ name: 'hold_reason', label: 'Why', required: true, value: values.text('hold_reason') })}
        ${button('Keep them back', 'secondary')}
        <p class="quiet">All of them or none: while fewer are free, it waits like everybody else.</p>`,
    ),
  );
}

function booksCard(pool: NamedPool): Markup {
  return card(
    'The books',
    html`<ul class="lines">
        ${poolExplanation(pool).map((line) => html`<li>${sentence(line)}</li>`)}
      </ul>
      ${
        pool.acts.length === 0
          ? null
          : timeline(
              [...pool.acts].reverse().map(({ at: when, text }) => ({ at: when, text: sentence(text) })),
              at,
            )
      }`,
    { live: 'books' },
  );
}

// --- forms ------------------------------------------------------------------------------------------------------------

export const SEAT_ACTIONS: readonly ActionRoute[] = [
  { path: '/seats/:sku/hold', permission: 'operate', act: hold, page: poolPage },
  { path: '/seats/:sku/release', permission: 'operate', act: release, page: poolPage },
  { path: '/seats/:sku/rank', permission: 'operate', act: rank, page: poolPage },
];

const DAY_MS = 86_400_000;
const UNITS_MAX = 100_000;
const DAYS_MAX = 365;

async function hold({ licenseflow, me, values }: Visit): Promise<string> {
  const skuId = values.text('sku');
  const units = Number(values.text('units'));
  const days = Number(values.text('hold_days').replace(',', '.'));
  const priority = PRIORITIES.find(([known]) => known === values.text('priority'))?.[0] ?? 'normal';
  if (!(Number.isInteger(units) && units >= 1 && units <= UNITS_MAX))
    throw lacks('The number of seats has to be a whole number from 1.');
  if (!(days > 0 && days <= DAYS_MAX)) throw lacks('The number of days has to be above 0 and at most 365.');
  const reason = reasonIn(values.text('hold_reason'));
  await licenseflow.seats.hold({ skuId, units, forMs: days * DAY_MS, priority, actor: actorOf(me), reason });
  return `/seats/${skuId}?said=held`;
}

async function release({ licenseflow, me, values }: Visit): Promise<string> {
  const reason = reasonIn(values.text('reason'));
  await licenseflow.seats.release(values.text('lease_id'), { actor: actorOf(me), reason });
  return `/seats/${values.text('sku')}?said=released`;
}

async function rank({ licenseflow, me, values }: Visit): Promise<string> {
  const reason = reasonIn(values.text('reason'));
  await licenseflow.seats.rank(values.text('request_id'), 'head', { actor: actorOf(me), reason });
  return `/seats/${values.text('sku')}?said=ranked`;
}

function reasonIn(text: string): string {
  if (text !== '') return text;
  throw lacks('Say why.');
}

function lacks(message: string): LicenseflowError {
  return new LicenseflowError('invalid', 'INCOMPLETE', message, 'Nothing was changed.');
}
