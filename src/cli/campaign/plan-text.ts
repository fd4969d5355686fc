/** The plan of a campaign as people review it: dozens of rows, products and services by name. */
import type { CountedSignature } from '../../client/index.js';
import type {
  CampaignOptions, CampaignPlan, CampaignView, GroupFact, SeatForecast, SubscriptionFact,
} from '../../contracts/campaign.js'; // prettier-ignore
import { sourceText } from '../../contracts/campaign-story.js';
import type { BudgetLimit, WarningCode } from '../../domain/campaign.js';
import { shortDigest } from '../../domain/digest.js';
import type { TouchedState } from '../../domain/license.js';
import { spanText } from '../../domain/term.js';
import { number } from '../../report/charts.js';
import { TenantNames } from '../../report/tenant-names.js';
import { wishWords } from '../../report/wish-words.js';
import type { Invocation } from '../invocation.js';
import type { Cell, Column, Output } from '../output.js';
import { nextCampaignCommands } from './next-commands.js';

export interface PlanShown {
  /** Whether lists of services are told in full. */
  readonly all: boolean;
}

/** Prints the plan, with the details of its signatures, and the commands to go on with. */
export async function printPlan({ session, out }: Invocation, view: CampaignView, shown: PlanShown): Promise<void> {
  const { campaigns } = (await session()).licenseflow;
  const signatures = view.plan === null ? [] : await campaigns.signatures(view.campaignId);
  const next = nextCampaignCommands(view);
  await out.result('CampaignPlan', { ...view, signatures, next }, async () => {
    out.fields(headFields(view, out));
    if (view.plan !== null) await printTables(view.plan, signatures, shown, out);
  });
  for (const caution of view.plan?.cautions ?? []) out.warn(caution);
  if (view.state === 'planned') out.note('Nothing has been written to the tenant.');
  out.next(...next);
}

// --- head ---------------------------------------------------------------------------------------------------------------

function headFields(view: CampaignView, out: Output): readonly (readonly [string, Cell])[] {
  const { plan, options, wishes, source, needsSecond } = view;
  const blocked = Object.values(plan?.blocked ?? {}).reduce((sum, users) => sum + users, 0);
  return [
    ['Campaign', view.title === view.campaignId ? view.campaignId : `${view.campaignId}: ${view.title}`],
    ['Change', wishes.slice(0, 3).map((wish) => wishWords(wish, plan?.skus ?? [])).join('; ')], // prettier-ignore
    ['Change', wishes.length > 3 ? `and ${number(wishes.length - 3)} others, by row` : null],
    ['From', sourceText(source)],
    [
      'Users',
      plan === null
        ? 'not planned yet'
        : `${number(plan.users)}: ${number(plan.ready)} ready (no known blocker), ${number(plan.already)} already as wanted, ${number(blocked)} blocked`,
    ],
    ['Waves', plan === null ? null : wavesText(plan.waves)],
    ['Goes on', promotionText(options)],
    [
      'Stops',
      `when more than ${limitText(options.budget.perWave, 'of a wave')}, or ${limitText(options.budget.total, 'of all')}, fail`,
    ],
    ['Hours', hoursText(options, out)],
    ['Rollback', `possible for ${spanText(options.rollbackWindowMs)} after the end`],
    ['Second person', needsSecond ? 'has to confirm the start, because of the number of users' : null],
    [
      'Plan',
      plan === null ? null : `${out.verbose ? plan.digest : shortDigest(plan.digest)}, made ${out.time(plan.at)}`,
    ],
  ];
}

function wavesText(waves: readonly number[]): string {
  return waves.map((users, wave) => `${wave === 0 ? 'canary' : String(wave)}: ${number(users)}`).join(', ');
}

const PROMOTION: Readonly<Record<CampaignOptions['promote'], string>> = {
  'by-hand': 'a person lets each wave go',
  'canary-by-hand': 'a person lets the first wave go after the canary, the others go by themselves',
  'by-itself': 'each wave goes by itself',
};

function promotionText({ promote, soakMs }: CampaignOptions): string {
  return `${PROMOTION[promote]}${soakMs === 0 ? '' : `, ${spanText(soakMs)} after the one before`}`;
}

function limitText({ count, percent }: BudgetLimit, whose: string): string {
  const limits = [
    ...(count === null ? [] : [number(count)]),
    ...(percent === null ? [] : [`${String(percent)} % ${whose}`]),
  ];
  return limits.length === 0 ? `any number ${whose}` : limits.join(' or ');
}

const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function hoursText({ hours }: CampaignOptions, out: Output): string | null {
  if (hours === null) return null;
  const { timeZone, from, to, days, freezes } = hours;
  const when = days.length === 7 ? 'every day' : days.map((day) => DAY_NAMES[day - 1]).join(', ');
  const not = freezes.map((freeze) => `${out.time(freeze.from)} to ${out.time(freeze.until)}`);
  return `${when}, ${from} to ${to} in ${timeZone}${not.length === 0 ? '' : `; not from ${not.join(', nor from ')}`}`;
}

// --- tables -------------------------------------------------------------------------------------------------------------

async function printTables(
  plan: CampaignPlan,
  signatures: readonly CountedSignature[],
  shown: PlanShown,
  out: Output,
): Promise<void> {
  const names = new TenantNames(plan.skus);
  const ready = signatures.filter(({ outcome }) => outcome === 'ready');
  const blocked = signatures.filter(({ outcome }) => outcome === 'blocked');
  await section('What happens to whom', 'ready', readyColumns(names, shown, ready), ready, out);
  await section('Blocked: nothing is written for them', 'blocked', blockedColumns(names), blocked, out);
  const { furtherSignatures: further } = plan;
  if (further.signatures > 0)
    out.note(
      `${number(further.signatures)} more rows stand for ${number(further.users)} users; the export has all of them.`,
    );
  await section('Worth knowing, and no hindrance', 'warning', WARNING_COLUMNS, warningRows(plan), out);
  await section('Seats', 'seats', SEAT_COLUMNS, plan.seats, out);
  await section('Subscriptions', 'subscription', subscriptionColumns(names, out), plan.subscriptions, out);
  await section('Groups that give a product which is to be removed', 'group', groupColumns(names), plan.groups, out);
}

/** A table with a heading on a terminal; in a pipe each record says first what it is about. */
async function section<Row>(
  title: string,
  kind: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  out: Output,
): Promise<void> {
  if (rows.length === 0) return;
  if (!out.isPiped) out.line(`\n${out.colors.bold(title)}`);
  await out.table(out.isPiped ? [{ title: 'KIND', cell: () => kind }, ...columns] : columns, rows);
}

/** Names in one cell; the others are counted. */
const NAMES_SHOWN = 3;

function listed(items: readonly string[], all: boolean): string {
  const unique = [...new Set(items)];
  const rest = unique.length - NAMES_SHOWN;
  if (all || rest <= 1) return unique.join(', ');
  return `${unique.slice(0, NAMES_SHOWN).join(', ')} and ${number(rest)} more`;
}

/** What only some rows gain comes first, so that rows that differ look different although their lists are cut. */
function gainOf({ services }: CountedSignature, names: TenantNames, usual: ReadonlySet<string>): readonly string[] {
  if (services === null) return [];
  const gain = [
    ...services.gained.map(({ service }) => names.service(service)),
    ...services.tiersGained.map(({ service }) => `more ${names.service(service)}`),
  ];
  return [...gain.filter((name) => !usual.has(name)), ...gain.filter((name) => usual.has(name))];
}

function gainedByAll(rows: readonly CountedSignature[], names: TenantNames): ReadonlySet<string> {
  const [first = [], ...others] = rows.map((row) => new Set(gainOf(row, names, new Set())));
  return new Set([...first].filter((name) => others.every((gain) => gain.has(name))));
}

function readyColumns(
  names: TenantNames,
  { all }: PlanShown,
  rows: readonly CountedSignature[],
): readonly Column<CountedSignature>[] {
  const usual = gainedByAll(rows, names);
  const services =
    (pick: (services: NonNullable<CountedSignature['services']>) => readonly string[]) =>
    (signature: CountedSignature): string =>
      signature.services === null ? '' : pick(signature.services).join(', ');
  return [
    { title: 'USERS', cell: ({ users }) => number(users) },
    { title: 'HOLD NOW', cell: (signature) => heldText(signature, names) },
    { title: 'GET', cell: ({ target }) => productsText(target, names) },
    {
      title: 'LOSE',
      cell: services(({ lost, tiersLost }) => [
        ...lost.map(({ service }) => names.service(service)),
        ...tiersLost.map(({ service, to }) => `less ${names.service(service)} (${names.plan(to)})`),
      ]),
    },
    {
      title: 'KEEP OFF',
      cell: services(({ offById, offByFamily, offWithAnother }) => [
        ...new Set([...offById, ...offByFamily, ...offWithAnother].map(({ planId }) => names.plan(planId))),
      ]),
    },
    { title: 'GAIN', cell: (signature) => listed(gainOf(signature, names, usual), all) },
    { title: 'WERE OFF, NOTHING CORRESPONDS', cell: services(({ unmapped }) => unmapped.map((id) => names.plan(id))), wide: true }, // prettier-ignore
    { title: 'NOTE', cell: ({ warnings }) => warnings.join(', ') },
    { title: 'SIGNATURE', cell: ({ key }) => key, wide: true },
  ];
}

/** @example `Microsoft 365 E3 without SWAY; Visio Plan 2 through a group` */
function heldText({ paths }: CountedSignature, names: TenantNames): string {
  return paths
    .map(({ skuId, disabledPlans, group }) => {
      const off =
        disabledPlans.length === 0
          ? ''
          : ` without ${listed(
              disabledPlans.map((id) => names.plan(id)),
              false,
            )}`;
      return `${names.product(skuId)}${group === null ? '' : ' through a group'}${off}`;
    })
    .join('; ');
}

function productsText(target: TouchedState, names: TenantNames): string {
  return Object.entries(target)
    .flatMap(([skuId, state]) => (state === null ? [] : [names.product(skuId)]))
    .join(', ');
}

function blockedColumns(names: TenantNames): readonly Column<CountedSignature>[] {
  return [
    { title: 'USERS', cell: ({ users }) => number(users) },
    { title: 'CODE', cell: ({ blocks }) => blocks.map(({ code }) => code).join(', ') },
    { title: 'HOLD NOW', cell: (signature) => heldText(signature, names) },
    { title: 'WHY', cell: ({ blocks }) => blocks.map(({ meaning }) => meaning).join(' ') },
    { title: 'WHAT TO DO', cell: ({ blocks }) => blocks.map(({ remedy }) => remedy).join(' ') },
    { title: 'SIGNATURE', cell: ({ key }) => key, wide: true },
  ];
}

export const WARNING_TEXT: Readonly<Record<WarningCode, string>> = {
  GUEST: 'are guests',
  ACCOUNT_DISABLED: 'cannot sign in: their account is disabled',
  PERHAPS_SHARED_MAILBOX: 'look like shared mailboxes, which need no licence below their limits',
  LOSES_MAILBOX:
    'lose their mailbox service; the mailbox is disconnected, and its mail is kept for a limited time only',
  LOSES_PHONE_SYSTEM: 'lose Teams Phone; a phone number that is unassigned does not come back with a rollback',
  NOT_HELD: 'do not hold the product that is to be removed',
  STAYS_THROUGH_GROUP: 'keep a product through a group',
};

function warningRows({ warnings }: CampaignPlan): readonly (readonly [WarningCode, number])[] {
  return (Object.entries(warnings) as [WarningCode, number][]).filter(([, users]) => users > 0);
}

const WARNING_COLUMNS: readonly Column<readonly [WarningCode, number]>[] = [
  { title: 'USERS', cell: ([, users]) => number(users) },
  { title: 'CODE', cell: ([code]) => code },
  { title: 'THEY', cell: ([code]) => WARNING_TEXT[code] },
];

const SEAT_COLUMNS: readonly Column<SeatForecast>[] = [
  { title: 'PRODUCT', cell: ({ sku }) => sku.name },
  { title: 'FREE', cell: ({ free }) => number(free) },
  { title: 'NEEDED', cell: ({ needed }) => number(needed) },
  { title: 'ENOUGH', cell: enoughText },
  { title: 'BY WAVE', cell: ({ neededByWave }) => neededByWave.map(number).join(', ') },
  { title: 'TO ROLL BACK', cell: ({ neededToRestore }) => number(neededToRestore) },
  { title: 'SKU ID', cell: ({ sku }) => sku.skuId, wide: true },
];

/** The first wave for which the free seats do not suffice. */
function enoughText({ free, needed, neededByWave }: SeatForecast): string {
  if (needed <= free) return 'yes';
  let left = free;
  const short = neededByWave.findIndex((users) => (left -= users) < 0);
  return `${number(needed - free)} missing, from ${short <= 0 ? 'the canary' : `wave ${String(short)}`} on`;
}

function subscriptionColumns(names: TenantNames, out: Output): readonly Column<SubscriptionFact>[] {
  return [
    { title: 'PRODUCT', cell: ({ skuId }) => names.product(skuId) },
    { title: 'STATUS', cell: ({ status, isTrial }) => `${status}${isTrial ? ', trial' : ''}` },
    { title: 'LICENCES', cell: ({ totalLicenses }) => number(totalLicenses) },
    {
      title: 'RENEWS OR ENDS',
      cell: ({ nextLifecycleAt }) => (nextLifecycleAt === null ? 'not known' : out.time(nextLifecycleAt)),
    },
  ];
}

export function groupColumns(names: TenantNames): readonly Column<GroupFact>[] {
  return [
    { title: 'GROUP', cell: ({ name, groupId }) => name ?? groupId },
    {
      title: 'MEMBERS ARE KEPT',
      cell: ({ dynamic, synced }) => (dynamic ? 'by a rule' : synced ? 'on premises' : 'by hand'),
    },
    { title: 'GIVES', cell: ({ skuId }) => names.product(skuId) },
    { title: 'USERS', cell: ({ users }) => number(users) },
    { title: 'GROUP ID', cell: ({ groupId }) => groupId, wide: true },
  ];
}
