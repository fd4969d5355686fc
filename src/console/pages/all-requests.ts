/** All requests, for those whose work it is to look at them. */
import type { RequestFilter } from '../../client/index.js';
import type { RequestState } from '../../contracts/license-request.js';
import { stateText } from '../../contracts/request-story.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { button, choice, cursorIn, empty, heading, paging, selectField } from '../parts.js';
import { requestTable } from '../request-list-view.js';
import { orNull } from '../surroundings.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { capital, count } from '../words.js';

const LISTED_MAX = 100;
const FILTER = ['state', 'product', 'attention', 'which'];

const STATES: readonly RequestState[] = [
  'checking', 'waiting-for-approval', 'preparing', 'waiting-for-seat', 'writing', 'verifying', 'assigned', 'active',
  'ending', 'undoing', 'done', 'ended', 'refused', 'denied', 'expired', 'withdrawn', 'failed', 'terminated',
]; // prettier-ignore

export const allRequestsRoute: PageRoute = { path: '/all-requests', permission: 'readAll', page: allRequests };

async function allRequests(visit: Visit): Promise<Page> {
  const { licenseflow, values, now } = visit;
  const [{ rows, next }, products] = await Promise.all([
    licenseflow.page(filterOf(visit), { size: LISTED_MAX, cursor: cursorIn(values) }),
    orNull(licenseflow.tenant.seats()),
  ]);
  const isFiltered = FILTER.some((name) => values.has(name));
  return {
    title: 'All requests',
    live: { every: 15 },
    body: html`${heading({ title: 'All requests', lead: 'The newest first.' })} ${filters(visit, products ?? [])}
      <section class="card flush" data-live="rows">
        <h2>${count(rows.length, 'request')}${next === null ? '' : ', and more'}</h2>
        ${
          rows.length === 0
            ? empty(
                isFiltered ? 'No request fits' : 'Nobody has asked for anything yet',
                isFiltered ? 'Loosen the filter to see more.' : 'Requests appear here as soon as they are made.',
              )
            : requestTable(
                rows.map((row) => ({ row, note: null })),
                { caption: 'Requests', now, people: true },
              )
        }
      </section>
      ${paging(visit, FILTER, next)}`,
  };
}

function filterOf({ values }: Visit): Omit<RequestFilter, 'limit'> {
  const state = STATES.find((known) => known === values.text('state'));
  const product = values.text('product');
  return {
    ...(state !== undefined && { state }),
    ...(product !== '' && { skuId: product }),
    ...(values.text('which') !== 'all' && state === undefined && { open: true }),
    ...(values.has('attention') && { needsAttention: true }),
  };
}

function filters({ values }: Visit, products: readonly { readonly skuId: string; readonly name: string }[]): Markup {
  return html`<form method="get" class="filters" role="search" aria-label="Filter">
    ${selectField({ name: 'which', label: 'Which', required: true, value: values.text('which') }, [
      ['', 'Under way'],
      ['all', 'Also ended'],
    ])}
    ${selectField({ name: 'state', label: 'State', required: true, value: values.text('state') }, [
      ['', 'Any'],
      ...STATES.map((state) => [state, capital(stateText(state))] as const),
    ])}
    ${selectField({ name: 'product', label: 'Product', required: true, value: values.text('product') }, [
      ['', 'Any'],
      ...products.map(({ skuId, name }) => [skuId, name] as const),
    ])}
    ${choice('checkbox', {
      ...{ name: 'attention', value: 'yes', words: 'Needs attention' },
      checked: values.has('attention'),
    })}
    ${button('Filter', 'secondary')}
  </form>`;
}
