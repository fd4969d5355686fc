/** `licenseflow sim`: plays fate in the simulated tenant of a running stack. */
import type { Command } from 'commander';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';
import { collect, parseCount, parsePerson, parseSku } from './option-values.js';

const FAULTS = [
  ...['lost-response', 'lost-request', 'delay', 'throttle', 'server-error', 'graph-error', 'applied-nothing'],
  ...['read-lag', 'consumed-units-lag', 'token-error'],
];

export function registerSim(program: Command, bind: Bind): void {
  const sim = program.command('sim').description('play fate in the simulated tenant: seats, faults, people, log');
  withExamples(sim, [
    'licenseflow sim seats set SPE_E5 0',
    'licenseflow sim fault add throttle --path "/users/*/assignLicense" --times 1',
    'licenseflow sim log --writes',
  ]);
  registerState(sim, bind);
  registerSeatsSet(sim, bind);
  registerFaults(sim, bind);
  registerUsers(sim, bind);
  registerLog(sim, bind);
  registerMails(sim, bind);
  registerTimeline(sim, bind);
  registerReset(sim, bind);
}

/** A command of the simulator: all of them can be told where it is, and which tenant is meant. */
function simCommand(parent: Command, name: string, description: string, examples: readonly string[]): Command {
  const command = parent
    .command(name)
    .description(description)
    .option('--control <url>', 'control surface of the simulator (default: of the stack that runs here)')
    .option('--tenant <id>', 'tenant by id or domain (default: the first)');
  return withExamples(command, examples);
}

function registerState(sim: Command, bind: Bind): void {
  const command = simCommand(sim, 'state', 'what the tenant is, and how much is in it', [
    'licenseflow sim state',
    'licenseflow sim state --full --json > tenant.json',
  ]).option('--full', 'with --json: the whole tenant');
  bind(command, async () => (await import('./sim/state.js')).showState);
}

function registerSeatsSet(sim: Command, bind: Bind): void {
  const seats = withExamples(sim.command('seats').description('seats of the simulated products'), [
    'licenseflow sim seats set SPE_E5 3',
  ]);
  const command = simCommand(seats, 'set', 'leave exactly so many seats of a product free', [
    'licenseflow sim seats set SPE_E5 0',
    'licenseflow sim seats set SPE_E5 3',
  ])
    .argument('<sku>', 'part number or skuId', parseSku)
    .argument('<free>', 'seats that are left free', parseFree);
  bind(command, async () => (await import('./sim/seats.js')).setFreeSeats);
}

function registerFaults(sim: Command, bind: Bind): void {
  const fault = withExamples(sim.command('fault').description('faults that calls to Graph meet'), [
    'licenseflow sim fault add lost-response --path "/users/*/assignLicense" --times 1',
    'licenseflow sim fault list',
    'licenseflow sim fault clear',
  ]);
  const add = simCommand(fault, 'add', 'let calls go wrong', [
    'licenseflow sim fault add lost-response --path "/users/*/assignLicense" --times 1',
    'licenseflow sim fault add throttle --set retryAfterSeconds=10 --times 3',
    'licenseflow sim fault add server-error --set status=503 --set body=html --probability 0.2',
    'licenseflow sim fault add graph-error --set error=E5 --user AdeleV@contoso.com',
    'licenseflow sim fault add token-error --set error=invalid_client --path "/**/token"',
  ])
    .addArgument(new Argument('<kind>', 'what goes wrong').choices(FAULTS))
    .option('--set <key=value>', 'detail of the fault; repeatable', collect(parseDetail))
    .addOption(new Option('--method <method>', 'only calls of this method').choices(['GET', 'POST', 'PATCH', 'DELETE']))
    .option('--path <pattern>', 'only calls of this path; * is one segment, ** any rest')
    .option('--user <user>', 'only calls about this user', parsePerson)
    .option('--after <n>', 'let so many matching calls pass first', parseCount)
    .option('--times <n>', 'only so often (default: always)', parseCount)
    .option('--probability <p>', 'chance for each matching call, 0 to 1', parseProbability);
  bind(add, async () => (await import('./sim/faults.js')).addFault);
  const list = simCommand(fault, 'list', 'the faults, and how often they happened', ['licenseflow sim fault list']);
  bind(list, async () => (await import('./sim/faults.js')).listFaults);
  const clear = simCommand(fault, 'clear', 'take one fault away, or all', [
    'licenseflow sim fault clear',
    'licenseflow sim fault clear fault-1',
  ]).argument('[id]', 'id of the fault (default: all)');
  bind(clear, async () => (await import('./sim/faults.js')).clearFaults);
}

function registerUsers(sim: Command, bind: Bind): void {
  const user = withExamples(sim.command('user').description('people of the simulated tenant'), [
    'licenseflow sim user show AdeleV@contoso.com',
  ]);
  const show = simCommand(user, 'show', 'a person, and what they hold', [
    'licenseflow sim user show AdeleV@contoso.com',
    'licenseflow sim user show AdeleV@contoso.com --json',
  ]).argument('<user>', 'user principal name or object id', parsePerson);
  bind(show, async () => (await import('./sim/users.js')).showUser);
  const patch = simCommand(user, 'patch', 'change properties of a person, as someone else would', [
    'licenseflow sim user patch MeganB@contoso.com accountEnabled=false',
    'licenseflow sim user patch AdeleV@contoso.com usageLocation=null',
  ])
    .argument('<user>', 'user principal name or object id', parsePerson)
    .addArgument(new Argument('<key=value...>', 'property and JSON value (or text)').argParser(collect(parseDetail)));
  bind(patch, async () => (await import('./sim/users.js')).patchUser);
}

function registerLog(sim: Command, bind: Bind): void {
  const command = simCommand(sim, 'log', 'calls to Graph, the latest last', [
    'licenseflow sim log --writes',
    'licenseflow sim log --user AdeleV@contoso.com --json',
  ])
    .option('--writes', 'only calls that changed something')
    .option('--user <user>', 'only calls about this user', parsePerson)
    .option('--limit <n>', 'only the latest', parseCount, 50);
  bind(command, async () => (await import('./sim/log.js')).showLog);
}

function registerMails(sim: Command, bind: Bind): void {
  const command = simCommand(sim, 'mails', 'mails that were sent, the latest last', [
    'licenseflow sim mails',
    'licenseflow sim mails --user MeganB@contoso.com --full',
  ])
    .option('--user <user>', 'only mails to this user', parsePerson)
    .option('--limit <n>', 'only the latest', parseCount, 20)
    .option('--full', 'what they say, instead of a list');
  bind(command, async () => (await import('./sim/mails.js')).showMails);
}

function registerTimeline(sim: Command, bind: Bind): void {
  const command = simCommand(sim, 'timeline', 'every state that a person was in, and what caused it', [
    'licenseflow sim timeline AdeleV@contoso.com',
  ]).argument('<user>', 'user principal name or object id', parsePerson);
  bind(command, async () => (await import('./sim/timeline.js')).showTimeline);
}

function registerReset(sim: Command, bind: Bind): void {
  const command = simCommand(sim, 'reset', 'make the tenant anew, as it was at first', [
    'licenseflow sim reset',
    'licenseflow sim reset --yes',
  ]).option('--yes', 'do not ask');
  bind(command, async () => (await import('./sim/reset.js')).resetTenant);
}

/** `key=value`; the value is JSON where it can be read as such, else text. */
function parseDetail(text: string): readonly [key: string, value: unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Write it as key=value.');
  const value = text.slice(equals + 1);
  try {
    return [text.slice(0, equals), JSON.parse(value)];
  } catch {
    return [text.slice(0, equals), value];
  }
}

function parseFree(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number, 0 or more.');
}

function parseProbability(text: string): number {
  const chance = Number(text);
  if (text.trim() !== '' && chance >= 0 && chance <= 1) return chance;
  throw new InvalidArgumentError('Give a number from 0 to 1.');
}
