/** One campaign while it runs: how far it is, what it waits for, and what can be commanded. */
import { randomUUID } from 'node:crypto';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { CampaignView, CommandKind, CommandView, WaveView } from '../../contracts/campaign.js';
import { campaignExplanation, pauseText, sourceText, waveName } from '../../contracts/campaign-story.js';
import { actorName } from '../../domain/approval.js';
import { commandsIn } from '../../domain/campaign-commands.js';
import { isFinalCampaign, openIn, usersIn } from '../../domain/campaign.js';
import { shortDigest } from '../../domain/digest.js';
import { number, percent } from '../../report/charts.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { outcomesOf, sum, TROUBLE } from '../../report/outcomes.js';
import { wishWords } from '../../report/wish-words.js';
import { actorOf, may } from '../../sign-in/access.js';
import { campaignHead, COMMAND_WORDS, commandSteps } from '../campaign-words.js';
import { outcomeBar, outcomeLegend } from '../charts.js';
import type { Column } from '../parts.js';
import {
  button, card, facts, form, linkButton, more, notice, table, textField, timeline,
} from '../parts.js'; // prettier-ignore
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';
import type { Names } from '../words.js';
import { at, capital, count, namesFrom, NOTHING, sentence } from '../words.js';

const PATH = '/campaigns/:id';

export const campaignRoute: PageRoute = { path: PATH, permission: 'readAll', page: campaignPage };

export async function campaignPage(visit: Visit): Promise<Page> {
  const { licenseflow, values, me } = visit;
  const view = await licenseflow.campaigns.view(values.text('id'));
  const operates = may(me, 'operate');
  // A brake is pulled before anybody is looked up, so it may know its author by the id alone.
  const names = namesFrom([me]);
  return {
    title: view.title === '' ? view.campaignId : view.title,
    ...(isFinalCampaign(view.state) ? {} : { live: { events: `/api/v1/campaigns/${view.campaignId}/events` } }),
    version: [view.state, view.plan?.digest, view.wave].join(),
    body: html`${campaignHead(visit, view)} ${said(visit)} ${standstill(view)}
      <div data-live="tiles">${tiles(view)}</div>
      <div class="columns">
        <div>
          ${progressCard(view)} ${nowCard(view)} ${operates ? commandCard(visit, view) : null}
          ${commandsCard(view, names)}
        </div>
        <div>
          ${aboutCard(view)}
          ${card(
            'What happened',
            timeline(
              [...view.timeline].reverse().map(({ at: when, text }) => ({ at: when, text: sentence(text, names) })),
              at,
            ),
            { live: 'timeline' },
          )}
        </div>
      </div>`,
  };
}

function said({ values, problem }: Visit): Markup {
  const kind = Object.entries(COMMAND_WORDS).find(([known]) => known === values.text('said'));
  if (kind === undefined || problem !== null) return NOTHING;
  return notice('good', `“${kind[1]}” was taken.`, 'Below it shows how far it is: what is in flight ends first.');
}

function standstill({ pause }: CampaignView): Markup {
  return pause === null
    ? NOTHING
    : notice('wait', 'The campaign stands still.', sentence(capital(pauseText(pause).replaceAll('`', ''))));
}

// --- figures ----------------------------------------------------------------------------------------------------------

function tiles(view: CampaignView): Markup {
  const counts = outcomesOf(view.users);
  const trouble = sum(TROUBLE.map((outcome) => counts[outcome]));
  const planned = view.plan?.ready ?? usersIn(view.users);
  const tile = (label: string, figure: string, note: string, tone = '') =>
    html`<div class="tile ${tone}">
      <dt>${label}</dt>
      <dd>${figure}<small>${note}</small></dd>
    </div>`;
  return html`<dl class="tiles">
    ${tile('Changed and verified', number(counts.done), `${percent(counts.done, planned)} of ${number(planned)}`, 'good')}
    ${tile('Still to come', number(counts.open + counts.seat), view.eta === null ? 'in this campaign' : 'at the pace of now')}
    ${tile('Somebody has to look', number(trouble), trouble === 0 ? 'nothing went wrong' : 'see the errors', trouble === 0 ? '' : 'bad')}
    ${
      counts.restored > 0
        ? tile('Taken back', number(counts.restored), 'exactly as before')
        : tile('Not attempted', number(counts.blocked + counts.skipped), 'nothing is changed for them')
    }
    ${view.usersPerSecond === null ? null : tile('Pace', view.usersPerSecond.toFixed(1), 'users a second')}
  </dl>`;
}

function progressCard(view: CampaignView): Markup {
  return card(
    'Progress',
    html`${outcomeBar(view.users, 'All users', true)} ${outcomeLegend(view.users)}
    ${view.eta === null ? null : html`<p class="quiet">Done around ${at(view.eta)} at this pace.</p>`}
    ${view.waves.length < 2 ? null : html`<div>${view.waves.map(waveBar)}</div>`}`,
    { live: 'progress' },
  );
}

const WAVE_STATE: Readonly<Record<WaveView['state'], string>> = {
  open: 'not started',
  running: 'runs now',
  over: 'over',
};

function waveBar({ wave, users, state }: WaveView): Markup {
  const all = usersIn(users);
  const name = capital(waveName(wave));
  return html`<div class="wave">
    <p class="wave-head">
      <strong>${name}</strong>
      <span class="quiet"
        >${state === 'running' ? `${number(all - openIn(users))} of ${number(all)}, ` : `${count(all, 'user')}, `}${WAVE_STATE[state]}</span
      >
    </p>
    ${outcomeBar(users, name)}
  </div>`;
}

function nowCard(view: CampaignView): Markup {
  const { waitsFor } = view;
  const lines = campaignExplanation(view).slice(1);
  return card(
    isFinalCampaign(view.state) ? 'How it ended' : 'What happens now',
    html`${
      waitsFor === null
        ? html`<p>It goes on by itself.</p>`
        : html`<p class="waits"><span>Waits for</span> ${sentence(capital(waitsFor.what.replaceAll('`', '')))}</p>
            ${waitsFor.nextAt === null ? null : html`<p class="quiet">Next by itself: ${sentence(waitsFor.then)} (${at(waitsFor.nextAt)})</p>`}`
    }
    ${view.needsAttention.map((reason) => html`<p class="warning">${sentence(reason)}</p>`)}
    ${more(
      'Everything there is to say about it',
      html`<ul class="lines">
        ${lines.map((line) => html`<li>${sentence(line)}</li>`)}
      </ul>`,
    )}`,
    { live: 'now' },
  );
}

function aboutCard(view: CampaignView): Markup {
  const { campaignId, plan, wishes, source, plannedBy, startedBy, confirmedBy, rollbackUntil } = view;
  return card(
    'Details',
    facts([
      ['Number', html`<code>${campaignId}</code>`],
      [
        'Change',
        wishes
          .slice(0, 3)
          .map((wish) => wishWords(wish, plan?.skus ?? []))
          .join('; '),
      ],
      ['From', sourceText(source)],
      ['Planned by', actorName(plannedBy)],
      ['Started by', startedBy && actorName(startedBy)],
      ['Agreed by', confirmedBy?.ref ?? null],
      ['Plan', plan === null ? null : html`<code title="${plan.digest}">${shortDigest(plan.digest)}</code>`],
      ['Can be rolled back until', rollbackUntil === null ? null : at(rollbackUntil)],
    ]),
  );
}

// --- commands ---------------------------------------------------------------------------------------------------------

function commandsCard({ commands }: CampaignView, names: Names): Markup {
  if (commands.length === 0) return NOTHING;
  const columns: readonly Column<CommandView>[] = [
    {
      title: 'Command',
      cell: ({ kind, about }) =>
        html`<strong>${COMMAND_WORDS[kind]}</strong>${about === null ? null : html` <small>${about}</small>`}`,
    },
    { title: 'How far', cell: commandSteps },
    {
      title: 'By',
      cell: ({ by, reason }) =>
        html`${sentence(by, names)}${reason === null ? null : html`<small class="note">${reason}</small>`}`,
    },
    { title: 'When', cell: ({ at: when }) => at(when) },
  ];
  return html`<section class="card flush" data-live="commands">
    <h2>Commands</h2>
    ${table('Commands given to this campaign', columns, [...commands].reverse())}
  </section>`;
}

/** The one thing that is most likely wanted now comes first. */
function commandCard(visit: Visit, view: CampaignView): Markup {
  const possible = commandsIn(view.state);
  if (possible.length === 0) return NOTHING;
  const [first, ...rest] = ORDER.filter((kind) => possible.includes(kind));
  return card(
    'What you can do',
    html`${first === undefined ? null : commandForm(visit, view, first, true)}
    ${rest.map((kind) => more(COMMAND_WORDS[kind], commandForm(visit, view, kind, false), visit.values.text('kind') === kind))}`,
    { id: 'commands' },
  );
}

const ORDER: readonly CommandKind[] = [
  'start', 'confirm', 'promote', 'resume', 'pause', 'retry', 'replan', 'tune', 'roll-back', 'cancel',
]; // prettier-ignore

function commandForm(visit: Visit, view: CampaignView, kind: CommandKind, primary: boolean): Markup {
  const { campaignId, plan, pause } = view;
  if (kind === 'roll-back')
    return html`<p class="quiet">Puts people back to exactly what they held before. You see first whom it concerns.</p>
      <p>
        ${linkButton(`/campaigns/${campaignId}/rollback`, 'Look at the rollback', primary ? 'primary' : 'secondary')}
      </p>`;
  const named = kind === 'start' || kind === 'confirm' || (kind === 'resume' && pause?.kind === 'product-changed');
  return form(
    visit,
    {
      action: `/campaigns/${campaignId}/commands`,
      from: `/campaigns/${campaignId}`,
      hidden: {
        kind,
        command_id: visit.values.text('kind') === kind ? visit.values.text('command_id') || randomUUID() : randomUUID(),
        ...(named && plan !== null && { plan: plan.digest }),
      },
    },
    html`<p class="quiet">${HINTS[kind]}</p>
      ${kind === 'tune' ? tuneFields(visit, view) : null}
      ${DANGEROUS.includes(kind) ? confirmField(campaignId, kind) : null}
      ${WITH_REASON.includes(kind) ? textField({ name: 'reason', id: `reason-${kind}`, label: 'Why', value: visit.values.text('kind') === kind ? visit.values.text('reason') : '' }) : null}
      <div class="command-row">
        ${button(COMMAND_WORDS[kind], kind === 'cancel' ? 'danger' : primary ? 'primary' : 'secondary')}
      </div>`,
  );
}

const HINTS: Readonly<Record<CommandKind, string>> = {
  start: 'From now on people are changed. You start exactly the plan that you see under “Plan”.',
  confirm: 'Because of the number of users, a second person has to agree to the plan.',
  pause: 'Stops all changes that are not under way. What is in flight ends first, so nobody is left half-changed.',
  resume: 'Goes on where it stands.',
  promote: 'The next wave begins at once.',
  tune: 'Counts from now on.',
  retry: 'Whoever failed gets one more try.',
  cancel: 'Whose turn has not come is skipped. What was done stays.',
  'roll-back': '',
  replan: 'People who were not changed are planned once more, as they are now. Nothing is written.',
};

const DANGEROUS: readonly CommandKind[] = ['start', 'cancel'];
const WITH_REASON: readonly CommandKind[] = ['pause', 'cancel', 'retry'];

/** What cannot be undone by a click is typed. */
export function confirmField(campaignId: string, kind: string): Markup {
  return textField({
    ...{ name: 'confirm', id: `confirm-${kind}`, required: true },
    label: `Type ${campaignId} to confirm`,
    attributes: html`autocomplete="off" spellcheck="false" autocapitalize="off"`,
  });
}

function tuneFields({ values }: Visit, { options }: CampaignView): Markup {
  return html`${textField({
    ...{
      name: 'rate',
      label: 'Users a second',
      value: values.text('rate') || (options.perSecond === null ? '' : String(options.perSecond)),
    },
    hint: 'Empty for the pace of the workers alone.',
    attributes: html`inputmode="decimal"`,
  })}
  ${textField({
    ...{ name: 'concurrency', label: 'Changes at a time', required: true },
    value: values.text('concurrency') || String(options.concurrency),
    attributes: html`inputmode="numeric"`,
  })}`;
}

export const CAMPAIGN_ACTION: ActionRoute = {
  path: `${PATH}/commands`,
  permission: 'operate',
  act: command,
  page: campaignPage,
};

async function command(visit: Visit): Promise<string> {
  const { values, licenseflow } = visit;
  const { campaigns } = licenseflow;
  const campaignId = values.text('id');
  const kind = ORDER.find((known) => known === values.text('kind'));
  if (kind !== undefined && DANGEROUS.includes(kind)) confirmed(visit, campaignId);
  const options = commandOptions(visit);
  const plan = values.text('plan');
  switch (kind) {
    case 'start':
      await campaigns.start(campaignId, { ...options, plan });
      break;
    case 'confirm':
      await campaigns.confirm(campaignId, { ...options, plan });
      break;
    case 'pause':
      await campaigns.pause(campaignId, options);
      break;
    case 'resume':
      await campaigns.resume(campaignId, { ...options, ...(plan !== '' && { plan }) });
      break;
    case 'promote':
      await campaigns.promote(campaignId, options);
      break;
    case 'tune':
      await campaigns.tune(campaignId, { ...options, tuning: tuningOf(visit) });
      break;
    case 'retry':
      await campaigns.retry(campaignId, options);
      break;
    case 'cancel':
      await campaigns.cancel(campaignId, options);
      break;
    case 'replan':
      await campaigns.replan(campaignId, options);
      break;
    case 'roll-back':
    case undefined:
      throw new LicenseflowError('invalid', 'NO_COMMAND', 'There is no such command.', 'Nothing was changed.');
  }
  return `/campaigns/${campaignId}?said=${kind}`;
}

export function commandOptions({ me, values }: Visit) {
  const reason = values.text('reason');
  const commandId = values.text('command_id');
  return { actor: actorOf(me), ...(reason !== '' && { reason }), ...(commandId !== '' && { commandId }) };
}

/** @throws LicenseflowError `invalid` where something else was typed. */
export function confirmed({ values }: Visit, campaignId: string): void {
  if (values.text('confirm') === campaignId) return;
  throw new LicenseflowError(
    'invalid',
    'NOT_CONFIRMED',
    `What you typed is not ${campaignId}.`,
    'Type the number of the campaign to confirm. Nothing was changed.',
  );
}

function tuningOf({ values }: Visit) {
  const rate = values.text('rate').replace(',', '.');
  return { perSecond: rate === '' ? null : Number(rate), concurrency: Number(values.text('concurrency')) };
}
