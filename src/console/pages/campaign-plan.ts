/** The plan of a campaign: what happens to whom, in dozens of rows instead of thousands of people. */
import type { CountedSignature } from '../../client/index.js';
import type {
  CampaignPlan, CampaignView, GroupFact, SeatForecast, SubscriptionFact,
} from '../../contracts/campaign.js'; // prettier-ignore
import type { WarningCode } from '../../domain/campaign.js';
import { number } from '../../report/charts.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { TenantNames } from '../../report/tenant-names.js';
import { may } from '../../sign-in/access.js';
import { campaignHead } from '../campaign-words.js';
import type { Column } from '../parts.js';
import { badge, empty, linkButton, more, notice, table } from '../parts.js';
import type { Page, PageRoute, Visit } from '../visit.js';
import { at, capital, count, NOTHING, sentence } from '../words.js';
import { waveName } from '../../contracts/campaign-story.js';

export const campaignPlanRoute: PageRoute = { path: '/campaigns/:id/plan', permission: 'readAll', page: planPage };

async function planPage(visit: Visit): Promise<Page> {
  const { licenseflow, values, me } = visit;
  const campaignId = values.text('id');
  const view = await licenseflow.campaigns.view(campaignId);
  const { plan, state } = view;
  const signatures = plan === null ? [] : await licenseflow.campaigns.signatures(campaignId);
  const start = state === 'planned' && may(me, 'operate') && plan !== null && plan.ready > 0;
  return {
    title: `Plan of ${view.title}`,
    live: { every: plan === null ? 2 : 15 },
    version: plan?.digest ?? 'none',
    body: html`${campaignHead(visit, view, start ? linkButton(`/campaigns/${campaignId}#commands`, 'Go on to start it') : null)}
    ${plan === null ? planning(view) : planBody(plan, signatures, state === 'planned')}`,
  };
}

function planning({ state, pages }: CampaignView): Markup {
  return state === 'refused' || state === 'abandoned'
    ? empty('There is no plan', 'See under “Progress” why.')
    : empty(
        'It is being planned',
        `${count(pages.planned, 'page')} of ${number(pages.sealed)} planned. Everybody is read; nothing is written.`,
      );
}

function planBody(plan: CampaignPlan, signatures: readonly CountedSignature[], isFresh: boolean): Markup {
  const names = new TenantNames(plan.skus);
  const ready = signatures.filter(({ outcome }) => outcome === 'ready');
  const blocked = signatures.filter(({ outcome }) => outcome === 'blocked');
  const blockedUsers = Object.values(plan.blocked).reduce((total, users) => total + users, 0);
  return html`${isFresh ? notice('open', 'Nothing has been written to the tenant.', html`Plan <code>${plan.digest.slice(0, 12)}</code>, made ${at(plan.at)}.`) : null}
    ${plan.cautions.map((caution) => html`<p class="warning">${sentence(caution)}</p>`)}
    <dl class="tiles">
      ${tile('Ready', plan.ready, 'no known blocker', 'good')}
      ${tile('Already as wanted', plan.already, 'nothing to do')}
      ${tile('Blocked', blockedUsers, 'nothing is written for them', blockedUsers > 0 ? 'bad' : '')}
      ${tile('People', plan.users, 'in this campaign')}
    </dl>
    ${section('Waves', wavesView(plan))} ${section('What happens to whom', signatureList(ready, names, plan))}
    ${blocked.length === 0 ? null : section('Blocked', table('Blocked people', blockedColumns(names), blocked))}
    ${warnings(plan)} ${plan.seats.length === 0 ? null : section('Seats', table('Seats', SEAT_COLUMNS, plan.seats))}
    ${
      plan.subscriptions.length === 0
        ? null
        : section('Subscriptions', table('Subscriptions', subscriptionColumns(names), plan.subscriptions))
    }
    ${
      plan.groups.length === 0
        ? null
        : section('Groups that give what is to be removed', table('Groups', groupColumns(names), plan.groups))
    }`;
}

function tile(label: string, figure: number, note: string, tone = ''): Markup {
  return html`<div class="tile ${tone}">
    <dt>${label}</dt>
    <dd>${number(figure)}<small>${note}</small></dd>
  </div>`;
}

function section(title: string, body: Markup): Markup {
  return html`<section class="card flush">
    <h2>${title}</h2>
    ${body}
  </section>`;
}

interface WaveRow {
  readonly wave: number;
  readonly users: number;
}

function wavesView({ waves }: CampaignPlan): Markup {
  const rows: readonly WaveRow[] = waves.map((users, wave) => ({ wave, users })).filter(({ users }) => users > 0);
  const columns: readonly Column<WaveRow>[] = [
    { title: 'Wave', cell: ({ wave }) => capital(waveName(wave)) },
    { title: 'Users', cell: ({ users }) => number(users), number: true },
    { title: 'Who', cell: ({ wave }) => (wave === 0 ? 'one of each row below' : 'in the order of the source') },
  ];
  return table('Waves', columns, rows);
}

function signatureList(ready: readonly CountedSignature[], names: TenantNames, plan: CampaignPlan): Markup {
  const { furtherSignatures: further } = plan;
  return html`${ready.length === 0 ? html`<p class="quiet">Nobody is ready.</p>` : table('What happens to whom', readyColumns(names), ready)}
  ${further.signatures === 0 ? null : html`<p class="quiet">${number(further.signatures)} more rows stand for ${count(further.users, 'person', 'people')}.</p>`}`;
}

function readyColumns(names: TenantNames): readonly Column<CountedSignature>[] {
  return [
    { title: 'They get', cell: (signature) => html`<strong>${productsOf(signature, names)}</strong>` },
    { title: 'Users', cell: ({ users }) => number(users), number: true },
    { title: 'They hold now', cell: (signature) => heldText(signature, names) },
    {
      title: 'They lose',
      cell: ({ services }) =>
        services === null
          ? null
          : chips('bad', [
              ...services.lost.map(({ service }) => names.service(service)),
              ...services.tiersLost.map(({ service }) => `less ${names.service(service)}`),
            ]),
    },
    {
      title: 'Kept off',
      cell: ({ services }) =>
        services === null
          ? null
          : chips(
              'quiet',
              [...services.offById, ...services.offByFamily, ...services.offWithAnother].map(({ planId }) =>
                names.plan(planId),
              ),
            ),
    },
    {
      title: 'They gain',
      cell: ({ services }) =>
        services === null
          ? null
          : chips('good', [
              ...services.gained.map(({ service }) => names.service(service)),
              ...services.tiersGained.map(({ service }) => `more ${names.service(service)}`),
            ]),
    },
    {
      title: 'Worth knowing',
      cell: ({ warnings: codes }) => (codes.length === 0 ? null : codes.map((code) => WARNINGS[code]).join('; ')),
    },
  ];
}

const SHOWN = 3;

function chips(tone: string, items: readonly string[]): Markup | null {
  const all = [...new Set(items)];
  if (all.length === 0) return null;
  const list = (some: readonly string[]) =>
    html`<ul class="chips ${tone}">
      ${some.map((item) => html`<li>${item}</li>`)}
    </ul>`;
  if (all.length <= SHOWN + 1) return list(all);
  return html`${list(all.slice(0, SHOWN))} ${more(`and ${all.length - SHOWN} more`, list(all.slice(SHOWN)))}`;
}

function productsOf({ target }: CountedSignature, names: TenantNames): string {
  const held = Object.entries(target).flatMap(([skuId, state]) => (state === null ? [] : [names.product(skuId)]));
  return held.length === 0 ? 'nothing' : held.join(', ');
}

/** @example `Office 365 E3 without 2 services; Visio Plan 2 through a group` */
function heldText({ paths }: CountedSignature, names: TenantNames): string {
  const told = paths.map(({ skuId, disabledPlans, group }) => {
    const off = disabledPlans.length === 0 ? '' : ` without ${count(disabledPlans.length, 'service')}`;
    return `${names.product(skuId)}${group === null ? '' : ' through a group'}${off}`;
  });
  return told.length === 0 ? 'none of it' : told.join('; ');
}

function blockedColumns(names: TenantNames): readonly Column<CountedSignature>[] {
  return [
    {
      title: 'Why',
      cell: ({ blocks }) =>
        html`<strong>${blocks.map(({ meaning }) => meaning).join(' ')}</strong>
          <small class="code">${blocks.map(({ code }) => code).join(', ')}</small>`,
    },
    { title: 'Users', cell: ({ users }) => number(users), number: true },
    { title: 'What to do', cell: ({ blocks }) => blocks.map(({ remedy }) => remedy).join(' ') },
    { title: 'They hold now', cell: (signature) => heldText(signature, names) },
  ];
}

const WARNINGS: Readonly<Record<WarningCode, string>> = {
  GUEST: 'guests',
  ACCOUNT_DISABLED: 'their account is disabled',
  PERHAPS_SHARED_MAILBOX: 'look like shared mailboxes, which need no licence below their limits',
  LOSES_MAILBOX: 'lose their mailbox service: mail is kept for a limited time only',
  LOSES_PHONE_SYSTEM: 'lose Teams Phone: a phone number does not come back with a rollback',
  NOT_HELD: 'do not hold what is to be removed',
  STAYS_THROUGH_GROUP: 'keep a product through a group',
};

function warnings({ warnings: counts }: CampaignPlan): Markup {
  const rows = (Object.entries(counts) as [WarningCode, number][]).filter(([, users]) => users > 0);
  if (rows.length === 0) return NOTHING;
  return section(
    'Worth knowing, and no hindrance',
    table<(typeof rows)[number]>(
      'Worth knowing',
      [
        { title: 'They', cell: ([code]) => capital(WARNINGS[code]) },
        { title: 'Users', cell: ([, users]) => number(users), number: true },
      ],
      rows,
    ),
  );
}

const SEAT_COLUMNS: readonly Column<SeatForecast>[] = [
  { title: 'Product', cell: ({ sku }) => html`<strong>${sku.name}</strong>` },
  { title: 'Free', cell: ({ free }) => number(free), number: true },
  { title: 'Needed', cell: ({ needed }) => number(needed), number: true },
  { title: 'Enough', cell: enough },
  { title: 'By wave', cell: ({ neededByWave }) => neededByWave.map(number).join(', ') },
  { title: 'To roll back', cell: ({ neededToRestore }) => number(neededToRestore), number: true },
];

/** The first wave for which the free seats do not suffice. */
function enough({ free, needed, neededByWave }: SeatForecast): Markup {
  if (needed <= free) return badge('good', 'Yes');
  let left = free;
  const short = neededByWave.findIndex((users) => (left -= users) < 0);
  return badge('bad', `${number(needed - free)} missing, from ${waveName(Math.max(0, short))} on`);
}

function subscriptionColumns(names: TenantNames): readonly Column<SubscriptionFact>[] {
  return [
    { title: 'Product', cell: ({ skuId }) => html`<strong>${names.product(skuId)}</strong>` },
    { title: 'Status', cell: ({ status, isTrial }) => `${status}${isTrial ? ', trial' : ''}` },
    { title: 'Licences', cell: ({ totalLicenses }) => number(totalLicenses), number: true },
    {
      title: 'Renews or ends',
      cell: ({ nextLifecycleAt }) => (nextLifecycleAt === null ? 'not known' : at(nextLifecycleAt)),
    },
  ];
}

function groupColumns(names: TenantNames): readonly Column<GroupFact>[] {
  return [
    { title: 'Group', cell: ({ name, groupId }) => html`<strong>${name ?? groupId}</strong>` },
    {
      title: 'Members are kept',
      cell: ({ dynamic, synced }) => (dynamic ? 'by a rule' : synced ? 'on premises' : 'by hand'),
    },
    { title: 'Gives', cell: ({ skuId }) => names.product(skuId) },
    { title: 'Users', cell: ({ users }) => number(users), number: true },
  ];
}
