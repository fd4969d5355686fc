/** One request: what it does, why it is where it is, who can move it, and what whoever looks may do with it. */
import { randomUUID } from 'node:crypto';
import type { LeaseRow } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { RequestView } from '../../contracts/license-request.js';
import { isFinal, questionOf } from '../../contracts/license-request.js';
import { explanation, extensionsLeft, termText, wishText } from '../../contracts/request-story.js';
import { estimateText } from '../../contracts/seat-story.js';
import { openRequirements } from '../../domain/approval.js';
import type { StageProgress } from '../../domain/approval.js';
import { shortDigest } from '../../domain/digest.js';
import type { NewEnd } from '../../domain/term.js';
import { spanText } from '../../domain/term.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import {
  actorOf, may, mayDecide, mayExtend, mayRollBack, maySeeRequest, mayWithdraw,
} from '../../sign-in/access.js'; // prettier-ignore
import {
  areaField, badge, button, card, facts, form, heading, more, notice, problemNotice, textField, timeline,
} from '../parts.js'; // prettier-ignore
import { findPerson, personChoice } from '../person-field.js';
import type { Surroundings } from '../plan-view.js';
import { planView } from '../plan-view.js';
import { canExtend, canWithdraw, namesIn, requestBadge, waitingStage } from '../request-words.js';
import { orNull, surroundingsOf } from '../surroundings.js';
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';
import type { Names } from '../words.js';
import { at, capital, count, NOTHING, sentence } from '../words.js';
import { approveForm, inboxPage, questionFields } from './inbox.js';

const PATH = '/requests/:id';

export const requestRoute: PageRoute = { path: PATH, permission: 'look', page: requestPage };

/** @throws LicenseflowError `not-found`, also where somebody may not see it: that it exists is nobody's business. */
async function seen({ licenseflow, me, values }: Visit): Promise<RequestView> {
  const requestId = values.text('id');
  const view = await licenseflow.requests.view(requestId);
  if (maySeeRequest(view, me)) return view;
  throw noSuchRequest(requestId);
}

function noSuchRequest(requestId: string): LicenseflowError {
  return new LicenseflowError(
    'not-found',
    'NO_SUCH_REQUEST',
    `There is no request ${requestId}.`,
    'Check the id: licenseflow request list',
  );
}

async function requestPage(visit: Visit): Promise<Page> {
  const view = await seen(visit);
  const [around, leases, rollback] = await Promise.all([
    surroundingsOf(visit, view),
    leasesOf(visit, view),
    isFinal(view.state) ? orNull(visit.licenseflow.requests.rollbackView(view.requestId)) : null,
  ]);
  const names = namesIn(view, visit.me);
  const subject = view.subject?.displayName ?? view.request.subject;
  const decides = mayDecide(view, visit.me);
  return {
    title: `${wishText(view)} for ${subject}`,
    ...(isFinal(view.state) ? {} : { live: { every: 4 } }),
    version: [view.state, view.stage, view.revision, view.extensionQuestion?.extensionId, decides].join(),
    body: html`${heading({
        kind: 'Request',
        title: `${wishText(view)} for ${subject}`,
        badge: html`${requestBadge(view.state)}${view.needsAttention.length > 0 ? badge('bad', 'Needs attention') : null}`,
      })}
      ${problemNotice(visit.problem)} ${said(visit)}
      <div class="columns">
        <div>
          ${decides ? decideCard(visit, view, around) : null} ${nowCard(view, names, leases)}
          ${decides || view.plan === null ? null : card('What it changes', planView(view.plan, around))}
          ${view.problems.length === 0 ? null : problemsCard(view)} ${stagesCard(view, names)} ${termCard(view, names)}
          ${rollback === null ? null : card('Rollback', html`<p>${capital(rollback.state)}: ${sentence(rollback.reason, names)}</p>`)}
        </div>
        <div>
          ${card(
            'What happened',
            timeline(
              [...view.timeline].reverse().map(({ at: when, text }) => ({ at: when, text: sentence(text, names) })),
              at,
            ),
            { live: 'timeline' },
          )}
          ${detailsCard(view, names, visit)} ${actions(visit, view)}
        </div>
      </div>`,
  };
}

const SAID: Readonly<Record<string, readonly [title: string, text: string]>> = {
  sent: [
    'Your request is on its way.',
    'It was checked and is recorded. You can close this page: nothing depends on it.',
  ],
  recorded: ['Your request is recorded.', 'It is not checked yet, and goes on by itself.'],
  approved: ['Approved: your decision counts.', ''],
  denied: ['Denied: your decision counts.', ''],
  delegated: ['Handed on: somebody else decides in your place.', ''],
  withdrawn: ['It is being ended.', 'What was made is taken back.'],
  extended: ['The new end is noted.', ''],
  'rolled-back': ['The rollback is under way.', 'It restores exactly what was held before.'],
};

function said({ values, problem }: Visit): Markup {
  const words = SAID[values.text('said')];
  return words === undefined || problem !== null
    ? NOTHING
    : notice('good', words[0], words[1] === '' ? null : words[1]);
}

// --- what is shown ----------------------------------------------------------------------------------------------------

function decideCard(visit: Visit, view: RequestView, around: Surroundings): Markup {
  const { extensionQuestion, term, plan, request, requestId } = view;
  const extension = term?.extensions.find(({ extensionId }) => extensionId === extensionQuestion?.extensionId);
  return html`<section class="card decision">
    <h2>Your decision</h2>
    <blockquote class="why">${extension?.reason ?? request.justification}</blockquote>
    ${
      extension === undefined
        ? null
        : html`<p class="warning">
            Asked is to move the end of this licence from ${at(extension.from)} to
            <strong>${at(extension.until)}</strong>.
          </p>`
    }
    ${plan === null ? null : planView(plan, around)}
    <div class="decide">${approveForm(visit, view, visit.path)}</div>
    ${more(
      'Deny, with a reason',
      form(
        visit,
        {
          action: `/requests/${requestId}/decide`,
          from: pagePath(view),
          hidden: { verdict: 'deny', ...questionFields(view) },
        },
        html`${areaField({
          ...{ name: 'reason', label: 'Why not', required: true, value: visit.values.text('reason') },
          hint: 'Whoever asked reads this.',
        })}
        ${button('Deny', 'danger')}`,
      ),
      visit.problem !== null || visit.values.has('reason'),
    )}
    ${more(
      'Let somebody else decide',
      form(
        visit,
        {
          action: `/requests/${requestId}/delegate`,
          from: pagePath(view),
          hidden: { stage: questionFields(view)['stage'] ?? '' },
        },
        html`${personChoice(visit, { name: 'to', label: 'Who decides in your place' })}
        ${textField({ name: 'why', label: 'Why', required: true, value: visit.values.text('why') })}
        ${button('Hand it on', 'secondary')}`,
      ),
      visit.values.has('to'),
    )}
  </section>`;
}

function pagePath({ requestId }: RequestView): string {
  return `/requests/${requestId}`;
}

function nowCard(view: RequestView, names: Names, leases: readonly LeaseRow[]): Markup {
  const { waitsFor, state } = view;
  const seats = leases.map((lease) => seatLine(lease));
  const lines = explanation(view).slice(1);
  if (isFinal(state)) return card('How it ended', list(lines, names), { live: 'now' });
  return card(
    'What happens now',
    html`${
      waitsFor === null
        ? html`<p>It goes on by itself.</p>`
        : html`<p class="waits"><span>Waits for</span> ${sentence(capital(waitsFor.what), names)}</p>
            ${
              waitsFor.who.length === 0
                ? null
                : html`<p>
                    Who can act:
                    ${waitsFor.who.slice(0, 6).map(({ displayName }, i) => html`${i === 0 ? '' : ', '}<strong>${displayName}</strong>`)}${waitsFor.who.length > 6 ? ` and ${String(waitsFor.who.length - 6)} more` : ''}
                  </p>`
            }
            ${
              waitsFor.nextAt === null
                ? null
                : html`<p class="quiet">Next by itself: ${sentence(waitsFor.then, names)} (${at(waitsFor.nextAt)})</p>`
            }`
    }
    ${
      seats.length === 0
        ? null
        : html`<ul class="seat-lines">
            ${seats}
          </ul>`
    }
    ${more('Everything there is to say about it', list(lines, names))}`,
    { live: 'now' },
  );
}

function list(lines: readonly string[], names: Names): Markup {
  return html`<ul class="lines">
    ${lines.map((line) => html`<li>${sentence(line, names)}</li>`)}
  </ul>`;
}

function seatLine(lease: LeaseRow): Markup {
  const product = lease.product ?? 'this product';
  if (lease.state !== 'waiting') return html`<li>A seat of ${product} is promised until ${at(lease.until)}.</li>`;
  return html`<li>
    <strong>Place ${lease.position ?? '?'}</strong> in the
    wait-list${lease.product === null ? null : html` of ${lease.product}`}, ${sentence(estimateText(lease))}
  </li>`;
}

/** Its places and promises, asked of the pools only while there can be any. */
export async function leasesOf(
  { licenseflow }: Pick<Visit, 'licenseflow'>,
  view: RequestView,
): Promise<readonly LeaseRow[]> {
  if (!view.seats.some(({ state }) => state === 'asked' || state === 'held')) return [];
  const leases = await orNull(
    licenseflow.seats.leasesOf(
      view.requestId,
      view.seats.map(({ skuId }) => skuId),
    ),
  );
  const nameOf = (skuId: string) => view.seats.find((seat) => seat.skuId === skuId)?.name ?? null;
  return (leases ?? []).map((lease) => ({ ...lease, product: lease.product ?? nameOf(lease.skuId) }));
}

function problemsCard({ problems }: RequestView): Markup {
  return card(
    'Why it was refused',
    html`<ul class="lines">
      ${problems.map(({ message, remedy, code }) => html`<li>${message} ${remedy} <small class="code">${code}</small></li>`)}
    </ul>`,
  );
}

function stagesCard(view: RequestView, names: Names): Markup {
  const waiting = waitingStage(view);
  const stages = view.extensionQuestion?.stages ?? view.stages;
  if (stages.length === 0)
    return view.autoApproved.length === 0
      ? NOTHING
      : card(
          'Approval',
          html`<p>Nobody was asked.</p>
            ${list(view.autoApproved, names)}`,
        );
  return card(
    'Approval',
    html`<ol class="stages">
      ${stages.map((stage) => stageView(stage, stage === waiting, names))}
    </ol>`,
    { live: 'stages' },
  );
}

function stageView(stage: StageProgress, waits: boolean, names: Names): Markup {
  const { rule, decisions, delegations, escalation, times } = stage;
  const denied = decisions.some(({ verdict }) => verdict === 'deny');
  const open = openRequirements(stage);
  const state = denied
    ? badge('bad', 'Denied')
    : open.length === 0
      ? badge('good', 'Approved')
      : waits
        ? badge('wait', 'Waits now')
        : badge('quiet', 'Not asked yet');
  return html`<li>
    <p class="stage-name"><strong>${capital(rule.name)}</strong> ${state}</p>
    ${decisions.map(
      ({ by, verdict, at: when, reason, assurance }) =>
        html`<p>
          ${verdict === 'approve' ? 'Approved' : 'Denied'} by <strong>${by.displayName}</strong>,
          ${at(when)}${assurance === 'asserted' ? ' (as a terminal asserted)' : ''}${reason === null ? null : html`: ${reason}`}
        </p>`,
    )}
    ${
      !waits
        ? null
        : open.map(
            ({ missing, left }) =>
              html`<p>
                ${count(missing, 'approval')} still needed, from
                ${left.length === 0 ? 'nobody who can give it now' : left.map(({ displayName }) => displayName).join(' or ')}.
              </p>`,
          )
    }
    ${delegations.map(({ from, to, reason }) => html`<p class="quiet">${from.displayName} lets ${to.displayName} decide: ${reason}</p>`)}
    ${escalation === null ? null : html`<p class="quiet">Others were asked as well, ${at(escalation.at)}: ${sentence(escalation.because, names)}</p>`}
    ${
      !waits || times === null
        ? null
        : html`<p class="quiet">
            ${times.remindsAt === null ? null : html`Reminder ${at(times.remindsAt)}. `}${times.escalatesAt === null ? null : html`Others are asked ${at(times.escalatesAt)}. `}Ends
            undecided ${at(times.expiresAt)}.
          </p>`
    }
  </li>`;
}

function termCard(view: RequestView, names: Names): Markup {
  const lines = termText(view);
  return lines.length === 0 ? NOTHING : card('Until when', list(lines, names), { live: 'term' });
}

function detailsCard(view: RequestView, names: Names, { me }: Visit): Markup {
  const { requestId, request, requester, subject, plan, graphRequestIds, since } = view;
  const person = (ref: { id: string; displayName: string } | null, typed: string) =>
    ref === null
      ? typed
      : may(me, 'readAll')
        ? html`<a href="/people/${ref.id}">${ref.displayName}</a>`
        : ref.displayName;
  return card(
    'Details',
    facts([
      ['Number', html`<code>${requestId}</code>`],
      ['For', person(subject, names.get(request.subject) ?? request.subject)],
      ['Asked by', person(requester, names.get(request.requester) ?? request.requester)],
      ['Why', html`<span class="justification">${request.justification}</span>`],
      ['In this state since', at(since)],
      ['Audit trail', may(me, 'readAll') ? html`<a href="/audit?request=${requestId}">its entries</a>` : null],
      ['Plan', plan === null ? null : html`<code title="${plan.digest}">${shortDigest(plan.digest)}</code>`],
      [
        'Graph requests',
        graphRequestIds.length === 0 ? null : html`${graphRequestIds.map((id) => html`<code>${id}</code> `)}`,
      ],
    ]),
  );
}

// --- what may be done -------------------------------------------------------------------------------------------------

function actions(visit: Visit, view: RequestView): Markup {
  const { me, values } = visit;
  const forms = [
    ...(canExtend(view, me) ? [extendForm(visit, view)] : []),
    ...(canWithdraw(view, me) ? [withdrawForm(visit, view, values.text('leave'))] : []),
    ...(view.state === 'done' && view.wrote && mayRollBack(me) ? [rollbackForm(visit, view)] : []),
  ];
  return forms.length === 0 ? NOTHING : card('What you can do', html`${forms}`);
}

function withdrawForm(visit: Visit, { requestId }: RequestView, typed: string): Markup {
  return more(
    'End this request',
    form(
      visit,
      { action: `/requests/${requestId}/withdraw`, from: `/requests/${requestId}` },
      html`<p class="quiet">What was made is taken back. An approval that was given is gone.</p>
        ${textField({ name: 'leave', label: 'Why it is ended', required: true, value: typed })}
        ${button('End it', 'danger')}`,
    ),
    typed !== '',
  );
}

function extendForm(visit: Visit, view: RequestView): Markup {
  const { requestId, term } = view;
  const rule = term?.rule.extension ?? null;
  if (term === null || rule === null) return NOTHING;
  const { values } = visit;
  return more(
    'Move its end',
    form(
      visit,
      {
        action: `/requests/${requestId}/extend`,
        from: `/requests/${requestId}`,
        hidden: { extension_id: values.text('extension_id') || randomUUID() },
      },
      html`<p class="quiet">
          By at most ${spanText(rule.maxMs)} at a time, ${count(extensionsLeft(term), 'time')}
          more${rule.approval ? ', after approval' : ''}.
        </p>
        ${textField({ name: 'days', label: 'By how many days', required: true, value: values.text('days'), attributes: html`inputmode="decimal"` })}
        ${textField({ name: 'for_what', label: 'Why', required: true, value: values.text('for_what') })}
        ${button('Move the end', 'secondary')}`,
    ),
    values.has('for_what'),
  );
}

function rollbackForm(visit: Visit, { requestId }: RequestView): Markup {
  const { values } = visit;
  return more(
    'Take it back',
    form(
      visit,
      { action: `/requests/${requestId}/rollback`, from: `/requests/${requestId}` },
      html`<p class="quiet">
          Restores exactly what was held before, disabled services included. Whatever somebody else changed since is
          left alone.
        </p>
        ${textField({ name: 'back_why', label: 'Why', required: true, value: values.text('back_why') })}
        ${textField({ name: 'confirm', label: `Type ${requestId} to confirm`, required: true, attributes: html`autocomplete="off" spellcheck="false"` })}
        ${button('Take it back', 'danger')}`,
    ),
    values.has('back_why'),
  );
}

// --- forms ------------------------------------------------------------------------------------------------------------

export const REQUEST_ACTIONS: readonly ActionRoute[] = [
  { path: `${PATH}/decide`, permission: 'decide', act: decide, page: afterDecision },
  { path: `${PATH}/delegate`, permission: 'decide', act: delegate, page: requestPage },
  { path: `${PATH}/withdraw`, permission: 'request', act: withdraw, page: requestPage },
  { path: `${PATH}/extend`, permission: 'request', act: extend, page: requestPage },
  { path: `${PATH}/rollback`, permission: 'operate', act: rollBack, page: requestPage },
];

async function decide(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const view = await seen(visit);
  const isDenial = values.text('verdict') === 'deny';
  const reason = values.text('reason');
  if (isDenial && reason === '')
    throw lacks('A denial needs a reason.', 'Whoever asked should learn why. Nothing was decided.');
  await licenseflow.requests.decide(view.requestId, {
    actor: actorOf(me),
    verdict: isDenial ? 'deny' : 'approve',
    digest: values.text('digest') || (questionOf(view)?.digest ?? ''),
    stage: stageOf(values.text('stage')),
    ...(reason !== '' && { reason }),
  });
  const what = isDenial ? 'denied' : 'approved';
  return values.text('form') === '/inbox'
    ? `/inbox?said=${what}&about=${view.requestId}`
    : `${pagePath(view)}?said=${what}`;
}

/** What the request answered is shown where the decision was made, beside the truth of now. */
function afterDecision(visit: Visit): Promise<Page> {
  return visit.values.text('form') === '/inbox' ? inboxPage(visit) : requestPage(visit);
}

function stageOf(text: string): number | null {
  return /^\d{1,3}$/u.test(text) ? Number(text) : null;
}

async function delegate(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const view = await seen(visit);
  const to = await findPerson(visit, 'to');
  await licenseflow.requests.delegate(view.requestId, {
    actor: actorOf(me),
    to: to.id,
    stage: stageOf(values.text('stage')),
    reason: values.text('why'),
  });
  return `${pagePath(view)}?said=delegated`;
}

async function withdraw(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const view = await seen(visit);
  const reason = values.text('leave');
  if (!mayWithdraw(view, me)) throw notYours(view.requestId);
  if (reason === '') throw lacks('Say why it is ended.', 'It stays in the record of the request.');
  await licenseflow.requests.withdraw(view.requestId, actorOf(me), reason);
  return `${pagePath(view)}?said=withdrawn`;
}

const DAY_MS = 86_400_000;

async function extend(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const view = await seen(visit);
  if (!mayExtend(view, me)) throw notYours(view.requestId);
  const days = Number(values.text('days').replace(',', '.'));
  if (!(days > 0)) throw lacks('Say by how many days.', 'Write a number, such as 30.');
  const end: NewEnd = { byMs: Math.round(days * DAY_MS) };
  const extensionId = values.text('extension_id');
  await licenseflow.requests.extend(view.requestId, {
    ...{ actor: actorOf(me), end, reason: values.text('for_what') },
    ...(extensionId !== '' && { extensionId }),
  });
  return `${pagePath(view)}?said=extended`;
}

/** Nobody waits longer for a seat of what is given back. */
const SEAT_WAIT_MS = 7 * DAY_MS;

async function rollBack(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const { requestId } = await seen(visit);
  if (values.text('confirm') !== requestId)
    throw lacks(
      `What you typed is not ${requestId}.`,
      'Type the number of the request to confirm. Nothing was changed.',
    );
  await licenseflow.requests.rollback(requestId, {
    ...{ actor: actorOf(me), reason: values.text('back_why'), seatWaitMs: SEAT_WAIT_MS },
  });
  return `/requests/${requestId}?said=rolled-back`;
}

function lacks(message: string, remedy: string): LicenseflowError {
  return new LicenseflowError('invalid', 'INCOMPLETE', message, remedy);
}

function notYours(requestId: string): LicenseflowError {
  return new LicenseflowError(
    'refused',
    'NOT_YOURS',
    `Request ${requestId} is not yours to end or to move.`,
    'Whoever asked, whoever it is for, and operators can. Nothing was changed.',
  );
}
