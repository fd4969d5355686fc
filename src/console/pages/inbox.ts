/** What waits for the decision of whoever looks: with everything that is approved, and a decision in one click. */
import type { InboxItem } from '../../client/index.js';
import type { RequestView } from '../../contracts/license-request.js';
import { questionOf } from '../../contracts/license-request.js';
import { termText, wishText } from '../../contracts/request-story.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { mayDecide } from '../../sign-in/access.js';
import { button, empty, form, heading, linkButton, notice, problemNotice } from '../parts.js';
import type { Surroundings } from '../plan-view.js';
import { planView } from '../plan-view.js';
import { orNull } from '../surroundings.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { at, ago, count, NOTHING, sentence } from '../words.js';
import { shortName } from '../request-words.js';

/** Requests that are shown with all that they do; who has more decides about these first. */
const SHOWN_MAX = 12;

export const inboxRoute: PageRoute = { path: '/inbox', permission: 'decide', page: inboxPage };

export async function inboxPage(visit: Visit): Promise<Page> {
  const { licenseflow, me } = visit;
  const items = await licenseflow.inbox(me.id, SHOWN_MAX + 1);
  const shown = items.slice(0, SHOWN_MAX);
  const [views, seats] = await Promise.all([
    Promise.all(shown.map(({ requestId }) => orNull(licenseflow.requests.view(requestId)))),
    shown.length === 0 ? null : orNull(licenseflow.tenant.seats()),
  ]);
  const around = { seats, held: null };
  const isMore = items.length > SHOWN_MAX;
  return {
    title: 'Inbox',
    live: { every: 15 },
    version: items.map(({ requestId, stage }) => `${requestId} ${stage ?? ''}`).join(),
    body: html`${heading({ title: 'Inbox', lead: leadText(items.length, isMore) })} ${problemNotice(visit.problem)}
    ${said(visit)}
    ${
      items.length === 0
        ? empty('Nothing waits for you', 'When somebody asks for a licence that you decide about, it appears here.')
        : html`<ul class="cards">
            ${shown.map((item, i) => itemView(visit, item, views[i] ?? null, around))}
          </ul>`
    }
    ${isMore ? html`<p class="quiet">More will follow when these are decided. The most urgent are shown first.</p>` : null}`,
  };
}

function leadText(items: number, isMore: boolean): string | null {
  if (items === 0) return null;
  return isMore
    ? `More than ${SHOWN_MAX} requests wait for your decision.`
    : `${count(items, 'request')} ${items === 1 ? 'waits' : 'wait'} for your decision.`;
}

const VERDICTS: Readonly<Record<string, string>> = { approved: 'Approved', denied: 'Denied' };

function said({ values }: Visit): Markup {
  const verdict = VERDICTS[values.text('said')];
  const requestId = values.text('about');
  if (verdict === undefined || !/^[\w.-]{1,64}$/u.test(requestId)) return NOTHING;
  return notice(
    'good',
    `${verdict}: your decision counts.`,
    html`<a href="/requests/${requestId}">See request ${requestId}</a>`,
  );
}

function itemView(visit: Visit, item: InboxItem, view: RequestView | null, around: Surroundings): Markup {
  const { requestId, subject, requester, products, since, dueAt, stage, extension } = item;
  const asksFor =
    requester !== subject && requester !== null ? html`Asked by ${shortName(requester)}` : 'Asked for themselves';
  const title = view === null ? (products ?? requestId) : wishText(view);
  return html`<li class="card item">
    <div class="item-head">
      <h2><a href="/requests/${requestId}">${title}</a></h2>
      <p>
        for <strong>${shortName(subject)}</strong> ·
        ${asksFor}${since === null ? null : html`, ${ago(since, visit.now)}`}
      </p>
    </div>
    ${extension === null ? null : html`<p class="warning">Asked is to move the end of this licence to ${at(extension.until)}.</p>`}
    ${view === null ? null : html`<blockquote class="why">${view.request.justification}</blockquote>`}
    ${view === null ? null : termText(view).map((line) => html`<p class="quiet">${sentence(line)}</p>`)}
    ${view === null || view.plan === null || extension !== null ? null : planView(view.plan, around, 'at-a-glance')}
    <div class="decide">
      ${view !== null && mayDecide(view, visit.me) ? approveForm(visit, view, '/inbox') : null}
      ${linkButton(`/requests/${requestId}`, 'Look closer, or deny', 'secondary')}
      <p class="quiet">
        ${stage === null ? 'Could not be asked just now' : `Stage “${stage}”`}${dueAt === null ? null : html` · ends ${ago(dueAt, visit.now)}`}
      </p>
    </div>
  </li>`;
}

/** One click. It names the plan and the stage that were looked at, so that it counts for nothing else. */
export function approveForm(visit: Visit, view: RequestView, from: string): Markup {
  return form(
    visit,
    {
      action: `/requests/${view.requestId}/decide`,
      from,
      className: 'inline',
      hidden: { verdict: 'approve', ...questionFields(view) },
    },
    button('Approve'),
  );
}

export function questionFields(view: RequestView): Readonly<Record<string, string>> {
  const { digest, stage } = questionOf(view) ?? { digest: '', stage: null };
  return { digest, stage: stage === null ? '' : String(stage) };
}
