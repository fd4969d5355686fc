/** `licenseflow seats` and `licenseflow waitlist`: what is left of the products, who holds a seat, who waits for one. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { parseDuration } from './duration.js';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';
import { parseCount, parseLeaseId, parsePerson, parseReason, parseRequestId, parseSku } from './option-values.js';

const PRIORITIES = ['high', 'normal', 'low'];

export function registerSeats(program: Command, bind: Bind): void {
  const seats = program.command('seats').description('seats of the products: free, promised, kept back');
  withExamples(seats, ['licenseflow seats', 'licenseflow seats show SPE_E5', 'licenseflow seats --plans SPE_E3']);
  registerList(seats, bind);
  registerShow(seats, bind);
  registerHold(seats, bind);
  registerRelease(seats, bind);
  registerBump(seats, bind);
}

export function registerWaitlist(program: Command, bind: Bind): void {
  const command = program
    .command('waitlist')
    .description('who waits for a seat: place, since when, until when, when it probably comes')
    .option('--sku <sku>', 'only for this product', parseSku)
    .option('--limit <n>', 'at most so many of each product', parseCount, 30);
  withExamples(command, ['licenseflow waitlist', 'licenseflow waitlist --sku SPE_E5 --json']);
  bind(command, async () => (await import('./seats/waitlist.js')).waitlist);
}

function registerList(seats: Command, bind: Bind): void {
  const command = seats
    .command('list', { isDefault: true })
    .description('products of the tenant with their seats; what `licenseflow seats` alone does')
    .option('--plans <sku>', 'the service plans of one product instead', parseSku)
    .option('--all', 'also products that nobody can be given');
  withExamples(command, [
    'licenseflow seats list',
    'licenseflow seats --plans SPE_E3',
    'licenseflow seats --all --json',
  ]);
  bind(command, async () => (await import('./seats/list.js')).list);
}

function registerShow(seats: Command, bind: Bind): void {
  const command = seats
    .command('show')
    .description('one product: count, what is promised and kept back, wait-list, acts of operators')
    .argument('<sku>', 'part number or skuId', parseSku)
    .option('--limit <n>', 'at most so many leases and places', parseCount, 30);
  withExamples(command, ['licenseflow seats show SPE_E5', 'licenseflow seats show SPE_E5 --json']);
  bind(command, async () => (await import('./seats/show.js')).show);
}

function registerHold(seats: Command, bind: Bind): void {
  const command = seats
    .command('hold')
    .description('keep seats of a product back; while fewer are free, the hold waits in line')
    .argument('<sku>', 'part number or skuId', parseSku)
    .argument('<n>', 'how many: all of them or none', parseCount)
    .requiredOption('--for <duration>', 'how long; then they are free again', parseDuration)
    .requiredOption('--as <user>', 'who keeps them back', parsePerson)
    .requiredOption('--reason <text>', 'why', parseReason)
    .addOption(priorityOption('its place while it waits').default('high'));
  withExamples(command, [
    'licenseflow seats hold SPE_E5 10 --for 3d --as MeganB@contoso.com --reason "New team on Monday"',
  ]);
  bind(command, async () => (await import('./seats/hold.js')).hold);
}

function registerRelease(seats: Command, bind: Bind): void {
  const command = seats
    .command('release')
    .description('give back seats that were kept back, or those of a request that was ended by force')
    .argument('<lease>', 'lease id, as `seats show` has it', parseLeaseId)
    .requiredOption('--as <user>', 'who gives them back', parsePerson)
    .requiredOption('--reason <text>', 'why', parseReason);
  withExamples(command, [
    'licenseflow seats release hold-1f3a9c2b --as MeganB@contoso.com --reason "Team comes later"',
  ]);
  bind(command, async () => (await import('./seats/release.js')).release);
}

function registerBump(seats: Command, bind: Bind): void {
  const command = seats
    .command('bump')
    .description('put a request that waits for a seat to the head of the line, or give it another priority')
    .argument('<id>', 'request id', parseRequestId)
    .addOption(priorityOption('into the line of this priority, instead of to the head'))
    .requiredOption('--as <user>', 'who does it', parsePerson)
    .requiredOption('--reason <text>', 'why', parseReason);
  withExamples(command, [
    'licenseflow seats bump lr-20260301-k7m3q9 --as MeganB@contoso.com --reason "Starts today"',
    'licenseflow seats bump lr-20260301-k7m3q9 --priority low --as MeganB@contoso.com --reason "Can wait"',
  ]);
  bind(command, async () => (await import('./seats/bump.js')).bump);
}

function priorityOption(text: string): Option {
  return new Option('--priority <priority>', text).choices(PRIORITIES);
}
