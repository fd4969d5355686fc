/** The audit trail: searched, told for one person, and checked. */
import type { AuditListPage } from '../../client/audit.js';
import { stateText } from '../../client/audit-file.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { AuditFilter, AuditVerdict } from '../../contracts/audit.js';
import type { AuditActor, AuditEntry, AuditKind, AuditPerson } from '../../domain/audit.js';
import { AUDIT_KINDS } from '../../domain/audit.js';
import { shortDigest } from '../../domain/digest.js';
import { number } from '../../report/charts.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import type { Column } from '../parts.js';
import {
  button, card, cursorIn, empty, facts, heading, linkButton, more, notice, paging, problemNotice, selectField, table,
  textField,
} from '../parts.js'; // prettier-ignore
import type { Page, PageRoute, Visit } from '../visit.js';
import { at, capital, count } from '../words.js';

export const auditRoute: PageRoute = { path: '/audit', permission: 'readAll', page: auditPage };

const SHOWN_MAX = 100;
const FILTER = ['person', 'actor', 'request', 'campaign', 'kind', 'since', 'until'];

async function auditPage(visit: Visit): Promise<Page> {
  const { licenseflow, values } = visit;
  const [found, verdict] = await Promise.all([
    orProblem(licenseflow.audit.page(filterOf(visit), { size: SHOWN_MAX, cursor: cursorIn(values) })),
    values.has('check') ? orProblem(licenseflow.audit.verify()) : null,
  ]);
  return {
    title: 'Audit trail',
    body: html`${heading({
      title: 'Audit trail',
      lead: 'Who asked, who decided, and what was changed. The newest first.',
      action: linkButton('?check=yes', 'Check that it is whole', 'secondary'),
    })}
    ${verdict === null ? null : verdictView(verdict)} ${filters(visit)}
    ${found instanceof LicenseflowError ? problemNotice(found) : entriesView(visit, found)}`,
  };
}

/** Without a trail, or without its store, the page says so itself. */
/** A trail that does not answer is said in its place; a question that makes no sense is refused as a whole. */
function orProblem<T>(answer: Promise<T>): Promise<T | LicenseflowError> {
  return answer.catch((error: unknown) => {
    if (error instanceof LicenseflowError && error.kind !== 'invalid') return error;
    throw error;
  });
}

// --- whether it is whole ----------------------------------------------------------------------------------------------

function verdictView(verdict: AuditVerdict | LicenseflowError): Markup {
  if (verdict instanceof LicenseflowError) return problemNotice(verdict);
  const { head, problems } = verdict;
  const kept = html`Its head: <code>${head.entries}:${head.hash}</code>. Kept where nobody can write it anew, it shows
    later what was cut off or made anew.`;
  if (problems.length === 0)
    return notice('good', `The trail is whole: ${count(head.entries, 'entry', 'entries')}.`, kept);
  return html`${notice('bad', `The trail is not whole: ${count(problems.length, 'problem')}.`, kept)}
  ${card(
    'What is wrong with it',
    html`<ul class="lines">
      ${problems.slice(0, SHOWN_MAX).map(({ number: entry, text }) => html`<li>Entry ${number(entry)}: ${text}</li>`)}
    </ul>`,
  )}`;
}

// --- entries ----------------------------------------------------------------------------------------------------------

function entriesView(visit: Visit, { rows, next, head }: AuditListPage): Markup {
  const isFiltered = FILTER.some((name) => visit.values.has(name));
  return html`<section class="card flush">
      <h2>
        ${isFiltered ? count(rows.length, 'entry', 'entries') : `${count(head.entries, 'entry', 'entries')} in all`}
      </h2>
      ${
        rows.length === 0
          ? empty(
              isFiltered ? 'No entry fits' : 'Nothing has happened yet',
              isFiltered ? 'Loosen the filter to see more.' : 'Requests and campaigns appear here once they act.',
            )
          : table('Entries', COLUMNS, rows)
      }
    </section>
    ${paging(visit, FILTER, next)}
    <p class="quiet">
      All of it as a file that can be checked by itself:
      <a href="/api/v1/audit/export?format=ndjson" download>NDJSON</a>,
      <a href="/api/v1/audit/export?format=csv" download>CSV</a>.
    </p>`;
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'Entry', cell: ({ number: place }) => number(place), number: true },
  { title: 'When', cell: ({ at: when }) => at(when) },
  {
    title: 'What',
    cell: (entry) =>
      html`<strong>${kindText(entry.kind)}</strong
        >${entry.outcome === null ? null : html`: ${entry.outcome.replaceAll('-', ' ')}`}
        <small class="note">${sourceLink(entry.source)}</small>`,
  },
  { title: 'For', cell: ({ subject }) => subject && personLink(subject) },
  { title: 'By', cell: ({ actor }) => actor && actorView(actor) },
  { title: 'Why', cell: ({ reason }) => reason },
  { title: 'More', cell: (entry) => more('Details', detailsOf(entry)) },
];

function kindText(kind: AuditKind): string {
  const [process = '', what = ''] = kind.split('.');
  return capital(`${process} ${what.replaceAll('-', ' ')}`);
}

function sourceLink(source: string): Markup {
  const [, process, id = ''] = /^license-(request|rollback)\/([^/]+)/u.exec(source) ?? [];
  const [, campaign] = /^campaign(?:-page)?\/([^/]+)/u.exec(source) ?? [];
  if (process !== undefined) return html`<a href="/requests/${id}">${id}</a>`;
  if (campaign !== undefined) return html`<a href="/campaigns/${campaign}">${campaign}</a>`;
  return html`${source}`;
}

function personLink({ id, upn, name }: AuditPerson): Markup {
  return id === null ? html`${name ?? upn}` : html`<a href="/people/${id}">${name ?? upn}</a>`;
}

function actorView(actor: AuditActor): Markup {
  return html`${personLink(actor)}${actor.assurance === 'asserted' ? html` <small class="note">as a terminal asserted</small>` : null}`;
}

function detailsOf({ before, after, digest, graphRequestIds, recordedAt, hash, details }: AuditEntry): Markup {
  const code = (text: string) => html`<code>${text}</code>`;
  const names = (details['products'] ?? {}) as Readonly<Record<string, string>>;
  return html`${facts([
    ['Before', before && stateText(before, names)],
    ['After', after && stateText(after, names)],
    ['Digest', digest && code(shortDigest(digest))],
    ['Graph requests', graphRequestIds.length === 0 ? null : html`${graphRequestIds.map((id) => html`${code(id)} `)}`],
    ['Recorded', at(recordedAt)],
    ['Hash', code(hash)],
  ])}
  ${Object.keys(details).length === 0 ? null : html`<pre>${JSON.stringify(details, null, 2)}</pre>`}`;
}

// --- filter -----------------------------------------------------------------------------------------------------------

const DAY = /^\d{4}-\d{2}-\d{2}$/u;

function filterOf({ values }: Visit): AuditFilter {
  const kind = AUDIT_KINDS.find((known) => known === values.text('kind'));
  const day = (name: string, days: number) => {
    const written = values.text(name);
    const ms = DAY.test(written) ? Date.parse(written) : NaN;
    return Number.isNaN(ms) ? null : new Date(ms + days * 86_400_000).toISOString();
  };
  const since = day('since', 0);
  const until = day('until', 1);
  return {
    ...(values.has('person') && { person: values.text('person') }),
    ...(values.has('actor') && { actor: values.text('actor') }),
    ...(values.has('request') && { requestId: values.text('request') }),
    ...(values.has('campaign') && { campaignId: values.text('campaign') }),
    ...(kind !== undefined && { kinds: [kind] }),
    ...(since !== null && { since }),
    ...(until !== null && { until }),
  };
}

function filters({ values }: Visit): Markup {
  const field = (name: string, label: string) => textField({ name, label, required: true, value: values.text(name) });
  const dayField = (name: string, label: string) =>
    html`<div class="field">
      <label for="${name}">${label}</label
      ><input type="date" id="${name}" name="${name}" value="${values.text(name)}" />
    </div>`;
  return html`<form method="get" class="filters" role="search" aria-label="Filter">
    ${field('person', 'Whose licences')} ${field('actor', 'Who acted')} ${field('request', 'Request')}
    ${field('campaign', 'Campaign')}
    ${selectField({ name: 'kind', label: 'What', required: true, value: values.text('kind') }, [
      ['', 'Anything'],
      ...AUDIT_KINDS.map((kind) => [kind, kindText(kind)] as const),
    ])}
    ${dayField('since', 'From (UTC)')} ${dayField('until', 'To (UTC)')} ${button('Filter', 'secondary')}
  </form>`;
}
