/** What somebody asked for, and what was asked for them. */
import type { RequestRow } from '../../client/index.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { empty, heading, linkButton } from '../parts.js';
import type { ListedRequest } from '../request-list-view.js';
import { requestTable } from '../request-list-view.js';
import { orNull } from '../surroundings.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { count, sentence } from '../words.js';
import { leasesOf } from './request.js';

const LISTED_MAX = 60;
/** Open requests of which more is told than lists know. */
const ASKED_MAX = 12;

export const myRequestsRoute: PageRoute = { path: '/requests', permission: 'request', page: myRequests };

async function myRequests(visit: Visit): Promise<Page> {
  const { licenseflow, me, now } = visit;
  const [asked, forMe] = await Promise.all([
    licenseflow.list({ requesterId: me.id, limit: LISTED_MAX }),
    licenseflow.list({ subjectId: me.id, limit: LISTED_MAX }),
  ]);
  const rows = [...new Map([...asked, ...forMe].map((row) => [row.requestId, row])).values()].sort(newestFirst);
  const open = rows.filter(({ endedAt }) => endedAt === null);
  const past = rows.filter(({ endedAt }) => endedAt !== null);
  const listed = await Promise.all(
    open.map((row, i) => (i < ASKED_MAX ? withNote(visit, row) : Promise.resolve({ row, note: null }))),
  );
  const ask = linkButton('/new-request', 'Ask for a licence');
  return {
    title: 'My requests',
    live: { every: 10 },
    version: open.map(({ requestId }) => requestId).join(),
    body: html`${heading({
      title: 'My requests',
      lead: open.length === 0 ? null : `${count(open.length, 'request')} under way.`,
      action: rows.length === 0 ? null : ask,
    })}
    ${
      rows.length === 0
        ? empty('You have not asked for anything yet', 'Find what you need, say why, and follow it from here.', ask)
        : null
    }
    ${open.length === 0 ? null : section('Under way', requestTable(listed, { caption: 'Requests under way', now, people: false }), 'open')}
    ${
      past.length === 0
        ? null
        : section(
            'Before',
            requestTable(
              past.map((row) => ({ row, note: null })),
              { caption: 'Requests that have ended', now, people: false },
            ),
          )
    }`,
  };
}

function section(title: string, body: Markup, live?: string): Markup {
  return html`<section class="card flush" ${live === undefined ? null : html`data-live="${live}"`}>
    <h2>${title}</h2>
    ${body}
  </section>`;
}

function newestFirst(a: RequestRow, b: RequestRow): number {
  return a.createdAt < b.createdAt ? 1 : -1;
}

async function withNote(visit: Visit, row: RequestRow): Promise<ListedRequest> {
  const view = row.kind === 'request' ? await orNull(visit.licenseflow.requests.view(row.requestId)) : null;
  if (view === null) return { row, note: null };
  // The store of lists follows within a second or so; the request itself knows.
  const now = { ...row, state: view.state } as RequestRow;
  const place = (await leasesOf(visit, view)).find(({ position }) => position !== null);
  if (place !== undefined)
    return {
      row: now,
      note: html`<strong>Place ${place.position ?? 0}</strong> in the wait-list of ${place.product ?? 'the product'}`,
    };
  const people = view.waitsFor?.who ?? [];
  if (people.length > 0)
    return {
      row: now,
      note: html`with
      ${people
        .slice(0, 3)
        .map(({ displayName }) => displayName)
        .join(' or ')}${people.length > 3 ? ` or ${String(people.length - 3)} more` : ''}`,
    };
  return { row: now, note: view.waitsFor === null ? null : sentence(view.waitsFor.what) };
}
