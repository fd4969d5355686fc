/** `licenseflow request`: ask, look, wait, decide, end, take back. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { RequestState } from '../contracts/license-request.js';
import { parseDuration, parseRetention, parseTerm } from './duration.js';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';
import {
  collect,
  parseCount,
  parseDigest,
  parsePerson,
  parseReason,
  parseRequestId,
  parseSku,
  parseUsageLocation,
} from './option-values.js';
import { wishOptions } from './wish-options.js';

const STATES = {
  ...{ checking: true, 'waiting-for-approval': true, preparing: true, 'waiting-for-seat': true },
  ...{ writing: true, verifying: true, assigned: true, active: true, ending: true, undoing: true },
  ...{
    done: true,
    ended: true,
    refused: true,
    denied: true,
    expired: true,
    withdrawn: true,
    failed: true,
    terminated: true,
  },
} satisfies Record<RequestState, true>;

export function registerRequest(program: Command, bind: Bind): void {
  const request = program.command('request').description('ask for licences, and follow what was asked');
  withExamples(request, [
    'licenseflow request submit --for AdeleV@contoso.com --add SPE_E3 --reason "New laptop"',
    'licenseflow request list --open',
    'licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com',
    'licenseflow request extend lr-20260301-k7m3q9 --as AdeleV@contoso.com --by 30d --reason "Project goes on"',
  ]);
  registerSubmit(request, bind);
  registerList(request, bind);
  registerShow(request, bind);
  registerWait(request, bind);
  registerApprove(request, bind);
  registerDeny(request, bind);
  registerDelegate(request, bind);
  registerExtend(request, bind);
  registerWithdraw(request, bind);
  registerRollback(request, bind);
}

function registerSubmit(request: Command, bind: Bind): void {
  const command = request
    .command('submit')
    .description('ask for licences')
    .option(
      '--for <user>',
      'who shall hold them: user principal name or object id; repeatable, each is answered alone',
      collect(parsePerson),
    )
    .option('--for-file <file>', 'a list of users, one a line, or a CSV with a column "user"; - is stdin')
    .option('--as <user>', 'who asks (default: the same person)', parsePerson);
  wishOptions(command);
  command
    .addOption(
      new Option('--body <file>', "the change as the JSON body of Graph's assignLicense; - is stdin").conflicts([
        ...['add', 'disablePlan', 'enablePlan', 'remove', 'swap', 'keepPlans'],
      ]),
    )
    .option('--term <duration>', 'for how long, from the moment in which it is assigned (90d)', parseTerm)
    .addOption(new Option('--until <date>', 'until this day (2027-02-28) or instant').conflicts('term'))
    .option('--usage-location <cc>', 'set this usage location first (two letters)', parseUsageLocation)
    .requiredOption('--reason <text>', 'why; approvers read it', parseReason)
    .option('--id <id>', 'request id; the same command with the same id asks once (default: a new one)', parseRequestId)
    .option(
      '--wait [duration]',
      'wait until it is done, or in force until its end, for at most so long (24h)',
      parseDuration,
    )
    .option('--assigned', 'with --wait: only until the directory shows it, ready or not')
    .addOption(new Option('--nowait', 'answer once the request is checked (the default)').conflicts('wait'));
  withExamples(command, [
    'licenseflow request submit --for AdeleV@contoso.com --add SPE_E3 --reason "New laptop"',
    'licenseflow request submit --for AdeleV@contoso.com --as MeganB@contoso.com --swap SPE_E3:SPE_E5 --reason "Joins security"',
    'licenseflow request submit --for AdeleV@contoso.com --swap SPE_E3+EMS:SPE_E5 --losing SWAY --reason "Joins security"',
    'licenseflow request submit --for AdeleV@contoso.com --add SPE_E3 --disable-plan SPE_E3:TEAMS1,SWAY --reason "No Teams" --wait 1h',
    'licenseflow request submit --for AdeleV@contoso.com --add VISIOCLIENT --term 90d --reason "Floor plans"',
    'licenseflow request submit --for AdeleV@contoso.com --body change.json --reason "As on the ticket" --id ticket-4711',
    'licenseflow request submit --for-file team.csv --as MeganB@contoso.com --add POWER_BI_PRO --reason "Quarter report"',
  ]);
  bind(command, async () => (await import('./request/submit.js')).submit);
}

function registerList(request: Command, bind: Bind): void {
  const command = request
    .command('list')
    .description('requests, the newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(Object.keys(STATES)))
    .option('--open', 'only those that have not ended')
    .option('--for <user>', 'only those that license this person', parsePerson)
    .option('--by <user>', 'only those that this person asked for', parsePerson)
    .option('--approver <user>', 'only those that wait for this person', parsePerson)
    .option('--sku <sku>', 'only those that touch this product', parseSku)
    .option('--batch <id>', 'only those that were submitted together under this id', parseRequestId)
    .option(
      '--due-before <when>',
      'only those whose wait ends before: in so long (2h), or at a date or time (2026-03-31)',
    )
    .option('--needs-attention', 'only those where a person has to look')
    .option('--limit <n>', 'at most so many', parseCount, 30);
  withExamples(command, [
    'licenseflow request list --open',
    'licenseflow request list --state waiting-for-seat --sku SPE_E5',
    'licenseflow request list --approver MeganB@contoso.com --due-before 24h',
    'licenseflow request list --needs-attention --json',
  ]);
  bind(command, async () => (await import('./request/list.js')).list);
}

function registerShow(request: Command, bind: Bind): void {
  const command = request
    .command('show')
    .description('everything about one request: plan, decisions, failures, rollback, timeline')
    .argument('<id>', 'request id', parseRequestId);
  withExamples(command, [
    'licenseflow request show lr-20260301-k7m3q9',
    'licenseflow request show lr-20260301-k7m3q9 --json',
  ]);
  bind(command, async () => (await import('./request/show.js')).show);
}

function registerWait(request: Command, bind: Bind): void {
  const command = request
    .command('wait')
    .description('wait until a request is done, in force until its end, or ended; Ctrl-C ends only the waiting')
    .argument('<id>', 'request id', parseRequestId)
    .option('--assigned', 'only until the directory shows the licence, ready or not');
  withExamples(command, [
    'licenseflow request wait lr-20260301-k7m3q9',
    'licenseflow request wait lr-20260301-k7m3q9 --timeout 10m || echo "not done: $?"',
  ]);
  bind(command, async () => (await import('./request/wait.js')).wait);
}

function registerApprove(request: Command, bind: Bind): void {
  const command = request
    .command('approve')
    .description('approve the plan of a request, which is shown')
    .argument('<id>', 'request id', parseRequestId)
    .requiredOption('--as <user>', 'who decides', parsePerson)
    .option('--plan <digest>', 'approve this plan only; its first digits are enough', parseDigest)
    .option('--reason <text>', 'why', parseReason);
  withExamples(command, [
    'licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com',
    'licenseflow request approve lr-20260301-k7m3q9 --as MeganB@contoso.com --plan 5f1c09ab44d2',
  ]);
  bind(command, async () => (await import('./request/decide.js')).approve);
}

function registerDeny(request: Command, bind: Bind): void {
  const command = request
    .command('deny')
    .description('deny a request; one denial ends it')
    .argument('<id>', 'request id', parseRequestId)
    .requiredOption('--as <user>', 'who decides', parsePerson)
    .requiredOption('--reason <text>', 'why; the requester reads it', parseReason);
  withExamples(command, [
    'licenseflow request deny lr-20260301-k7m3q9 --as MeganB@contoso.com --reason "E3 is enough for this role"',
  ]);
  bind(command, async () => (await import('./request/decide.js')).deny);
}

function registerDelegate(request: Command, bind: Bind): void {
  const command = request
    .command('delegate')
    .description('let somebody else decide in your place, in the stage that waits')
    .argument('<id>', 'request id', parseRequestId)
    .requiredOption('--as <user>', 'who gives the decision away', parsePerson)
    .requiredOption('--to <user>', 'who decides instead: user principal name or object id', parsePerson)
    .requiredOption('--reason <text>', 'why; it is kept with the request', parseReason);
  withExamples(command, [
    'licenseflow request delegate lr-20260301-k7m3q9 --as MeganB@contoso.com --to FreyaL@contoso.com --reason "On leave until Monday"',
  ]);
  bind(command, async () => (await import('./request/delegate.js')).delegate);
}

function registerExtend(request: Command, bind: Bind): void {
  const command = request
    .command('extend')
    .description('move the end of a licence that is in force, or ask its approvers to')
    .argument('<id>', 'request id', parseRequestId)
    .requiredOption('--as <user>', 'who asks for it: who asked for the licence, or who holds it', parsePerson)
    .option('--by <duration>', 'by so long (30d)', parseTerm)
    .addOption(new Option('--until <date>', 'until this day (2027-02-28) or instant').conflicts('by'))
    .requiredOption('--reason <text>', 'why; approvers read it', parseReason)
    .option('--id <id>', 'id of the extension; the same command with the same id counts once', parseRequestId);
  withExamples(command, [
    'licenseflow request extend lr-20260301-k7m3q9 --as AdeleV@contoso.com --by 30d --reason "Project goes on"',
    'licenseflow request extend lr-20260301-k7m3q9 --as AdeleV@contoso.com --until 2027-02-28 --reason "Until the audit"',
  ]);
  bind(command, async () => (await import('./request/extend.js')).extend);
}

function registerWithdraw(request: Command, bind: Bind): void {
  const command = request
    .command('withdraw')
    .description(
      'end an open request, a licence before its end, or all of a batch; what they have changed is taken back',
    )
    .argument('[id]', 'request id', parseRequestId)
    .option('--batch <id>', 'all open requests that were submitted together under this id', parseRequestId)
    .requiredOption('--as <user>', 'who withdraws it', parsePerson)
    .requiredOption('--reason <text>', 'why', parseReason);
  withExamples(command, [
    'licenseflow request withdraw lr-20260301-k7m3q9 --as AdeleV@contoso.com --reason "Not needed any more"',
    'licenseflow request withdraw --batch lr-20260301-k7m3q9 --as MeganB@contoso.com --reason "Wrong list"',
  ]);
  bind(command, async () => (await import('./request/withdraw.js')).withdraw);
}

function registerRollback(request: Command, bind: Bind): void {
  const command = request
    .command('rollback')
    .description('put the licences of a finished request back to what they were before it')
    .argument('<id>', 'request id', parseRequestId)
    .option('--as <user>', 'who takes it back', parsePerson)
    .option('--reason <text>', 'why', parseReason)
    .option('--dry-run', 'only show what would be restored')
    .option('--yes', 'do not ask on a terminal')
    .option(
      '--confirm <id>',
      'the request id once more, instead of a question; needed without a terminal',
      parseRequestId,
    )
    .option('--wait [duration]', 'wait for the end, for at most so long (24h)', parseDuration)
    .option(
      '--seat-wait <duration>',
      'how long to wait for a seat of a product that is given back (7d)',
      parseRetention,
    );
  withExamples(command, [
    'licenseflow request rollback lr-20260301-k7m3q9 --dry-run',
    'licenseflow request rollback lr-20260301-k7m3q9 --as MeganB@contoso.com --reason "Wrong person" --wait',
    'licenseflow request rollback lr-20260301-k7m3q9 --as MeganB@contoso.com --reason "Wrong person" --confirm lr-20260301-k7m3q9',
  ]);
  bind(command, async () => (await import('./request/rollback.js')).rollback);
}
