import type { Command } from 'commander';
import type { RequestRow } from '../client/request-list.js';
import type { PersonInCampaign } from '../client/campaigns-of-person.js';
import type { Who } from '../client/who.js';
import { campaignStateText, userStateText, waveName } from '../contracts/campaign-story.js';
import { stateText } from '../contracts/request-story.js';
import type { HeldProduct, HeldService, ProductPath } from '../contracts/tenant.js';
import { nameOf } from '../domain/person.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { parseName } from './option-values.js';
import type { Cell, Column, Output } from './output.js';

type Field = readonly [label: string, value: Cell];

/** `licenseflow who`: a person's services, the path of each, what is wrong, their requests and campaigns. */
export function registerWho(program: Command, bind: Bind): void {
  const command = program
    .command('who')
    .description("a person's licences by path, what is wrong with them and what to do, their requests and campaigns")
    .argument('<user>', 'user principal name, object id, or the beginning of a name', parseName)
    .option('--services', 'every service instead, and which path switches it on or off');
  withExamples(command, [
    'licenseflow who AdeleV@contoso.com',
    'licenseflow who "Adele V"',
    'licenseflow who AdeleV@contoso.com --services',
  ]);
  bind(command, async () => showWho);
}

const showWho: Handler<{ readonly services?: true }, [string]> = async ({ session, out }, { services }, ref) => {
  const who = await (await session()).licenseflow.who(ref);
  await out.result('Person', who, async () => {
    if (services) await out.table(SERVICE_COLUMNS, who.products.flatMap(serviceRows));
    else out.fields(fieldsOf(who, out));
  });
  const unasked = notAskedText(who);
  if (unasked !== null && !services) out.note(unasked);
  const name = who.person.userPrincipalName;
  const [open] = who.requests.open;
  out.next(
    ...(open === undefined ? [] : [`licenseflow explain ${open.requestId}`]),
    services ? `licenseflow who ${name}` : `licenseflow who ${name} --services`,
    open === undefined ? 'licenseflow catalog' : `licenseflow request list --for ${name}`,
  );
  return EXIT.ok;
};

function fieldsOf(who: Who, out: Output): readonly Field[] {
  const { person, accountEnabled, userType, usageLocation, department, jobTitle, products, findings } = who;
  const { requests, campaigns } = who;
  return [
    ['Person', [nameOf(person), jobTitle, department].filter((part) => part !== null).join(', ')],
    ['Object id', out.verbose ? person.id : null],
    [
      'Account',
      `${accountEnabled ? 'enabled' : 'DISABLED'}, ${userType.toLowerCase()}, usage location ${usageLocation ?? 'none'}`,
    ],
    ...products.map((product): Field => ['Product', productText(product)]),
    ...findings.flatMap(({ text, remedy }): Field[] => [
      ['Wrong', text],
      ...(remedy === null ? [] : [['Wrong', `-> ${remedy}`] as const]),
    ]),
    ...requests.open.map((row): Field => ['Open', requestText(row, out)]),
    ...requests.past.map((row): Field => ['Past', requestText(row, out)]),
    ...campaigns.open.flatMap((campaign): Field[] => [
      ['Campaign', campaignText(campaign)],
      ...(campaign.user.remedy === null ? [] : [['Campaign', `-> ${campaign.user.remedy}`] as const]),
    ]),
  ];
}

/** Services that are off, named where they are few. */
const OFF_NAMED_MAX = 5;

function productText({ name, skuPartNumber, paths, services }: HeldProduct): string {
  const ours = services.filter(({ appliesTo }) => appliesTo === 'User');
  const off = ours.filter(({ effective }) => !effective);
  const named =
    off.length > 0 && off.length <= OFF_NAMED_MAX ? ` (off: ${off.map(({ title }) => title).join(', ')})` : '';
  const on = ours.length === 0 ? '' : `; ${ours.length - off.length} of ${ours.length} services on${named}`;
  return `${name} (${skuPartNumber}): ${paths.map(pathText).join(', and ')}${on}`;
}

function pathText(path: ProductPath): string {
  const { state, inForce, error } = path;
  const wrong = error === null ? (inForce ? '' : ` [${state}]`) : ` [${state}: ${error.error}]`;
  return `${wayOf(path)}${wrong}`;
}

function wayOf({ group }: ProductPath): string {
  if (group === null) return 'directly';
  const kinds = [group.dynamic ? 'dynamic' : null, group.synced ? 'mastered on premises' : null];
  const kind = kinds.filter((word) => word !== null).join(', ');
  return `through group "${group.name ?? group.id}"${kind === '' ? '' : ` (${kind})`}`;
}

function requestText(row: RequestRow, out: Output): string {
  const { requestId, products, requester, dueAt, endedAt, needsAttention } = row;
  const state = row.kind === 'request' ? stateText(row.state) : `rollback ${row.state}`;
  const when = endedAt === null ? (dueAt === null ? '' : `, due ${out.time(dueAt)}`) : `, ${out.time(endedAt)}`;
  const attention = needsAttention ? ', needs attention' : '';
  return `${requestId}  ${products ?? 'not checked yet'}: ${state}${when}, asked by ${requester ?? 'unknown'}${attention}`;
}

function campaignText({ campaignId, title, state, user }: PersonInCampaign): string {
  const named = title === '' || title === campaignId ? campaignId : `${campaignId}  ${title}`;
  const wave = user.wave === null ? '' : ` in ${waveName(user.wave)}`;
  const why = user.code === null ? '' : ` (${user.code}: ${user.message ?? ''})`;
  return `${named}, ${campaignStateText(state)}: ${userStateText(user.state)}${wave}${why}`;
}

/** What was not looked at is said, or a person would seem to be in no campaign. */
function notAskedText({ campaigns: { notAsked, olderNotAsked } }: Who): string | null {
  if (notAsked.length === 0 && !olderNotAsked) return null;
  const which = [...notAsked, ...(olderNotAsked ? ['older ones'] : [])].join(', ');
  return `Not every open campaign was asked, or answered, and the person may be in one: ${which}. See each: licenseflow campaign users ID`;
}

interface ServiceRow {
  readonly product: HeldProduct;
  readonly service: HeldService;
}

function serviceRows(product: HeldProduct): readonly ServiceRow[] {
  return product.services.map((service) => ({ product, service }));
}

const SERVICE_COLUMNS: readonly Column<ServiceRow>[] = [
  { title: 'PRODUCT', cell: ({ product }) => product.name },
  { title: 'SERVICE', cell: ({ service }) => service.title },
  { title: 'PLAN', cell: ({ service }) => service.name },
  { title: 'PATHS', cell: pathsOfService },
  { title: 'IN EFFECT', cell: ({ service }) => (service.effective ? 'on' : 'off') },
  { title: 'PROVISIONING', cell: ({ service }) => service.provisioning },
  { title: 'FOR', cell: ({ service }) => service.appliesTo, wide: true },
  { title: 'PLAN ID', cell: ({ service }) => service.id, wide: true },
];

function pathsOfService({ product, service }: ServiceRow): string {
  return product.paths.map((path, i) => `${wayOf(path)}: ${service.onBy[i] === true ? 'on' : 'off'}`).join('; ');
}
