/** `licenseflow campaign`: plan, start, follow, steer, take back, report. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { CAMPAIGN_STATES } from '../domain/campaign.js';
import {
  parseBudget,
  parseCampaignId,
  parseCode,
  parseRate,
  parseUserState,
  parseWave,
  parseWaveSize,
} from './campaign/option-values.js';
import { parseDuration, parseRetention } from './duration.js';
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
} from './option-values.js';
import { wishOptions } from './wish-options.js';

export function registerCampaign(program: Command, bind: Bind): void {
  const campaign = program
    .command('campaign')
    .description('change the licences of many people in waves, with brakes and a way back');
  withExamples(campaign, [
    'licenseflow campaign plan e3-to-e5 --from users.csv --swap SPE_E3:SPE_E5 --as MeganB@contoso.com',
    'licenseflow campaign start e3-to-e5 --plan 5f1c09ab44d2 --as MeganB@contoso.com',
    'licenseflow campaign watch e3-to-e5',
    'licenseflow campaign pause e3-to-e5 --as MeganB@contoso.com --reason "Calls at the service desk"',
    'licenseflow campaign rollback e3-to-e5 --wave 2 --dry-run',
  ]);
  registerPlan(campaign, bind);
  registerLooking(campaign, bind);
  registerBegin(campaign, bind);
  registerSteering(campaign, bind);
  registerRollback(campaign, bind);
  registerPeople(campaign, bind);
  registerReport(campaign, bind);
}

function registerPlan(campaign: Command, bind: Bind): void {
  const command = named(campaign, 'plan', 'read everybody, say what would happen to whom, and write nothing')
    .requiredOption('--as <user>', 'who plans it', parsePerson)
    .option('--title <text>', 'what people call it (default: its id)')
    .option('--from <file>', 'the users: a CSV with a column "user", and others where wanted; - is stdin')
    .option('--holders-of <sku>', 'the users: everybody who holds this product', parseSku)
    .option('--group <id>', 'the users: members of this group (object id), also through other groups')
    .option('--except <file>', 'leave these users out: one a line, or a CSV with a column "user"; - is stdin');
  wishOptions(command);
  command
    .option('--wave-size <size>', 'next wave: users (100), a share (10%), or rest; repeatable', collect(parseWaveSize))
    .option('--waves-from-file', 'each row names its wave in a column "wave"')
    .option('--no-canary', 'no first wave with one user of each signature')
    .option('--soak <duration>', 'how long to wait after a wave to see what comes of it (1h)', parseDuration)
    .addOption(
      new Option('--promote <how>', 'who lets the next wave go (default: canary-by-hand)').choices([
        ...['by-hand', 'canary-by-hand', 'by-itself'],
      ]),
    )
    .option('--hours <from-to>', 'write only between these times of the day (08:00-18:00)')
    .option('--days <days>', 'write only on these days (mon-fri)')
    .option('--time-zone <name>', 'zone of --hours, --days and --freeze (default: of this machine)')
    .option('--freeze <from..until>', 'write nothing in between (2026-12-20..2027-01-03); repeatable', collect(String));
  paceOptions(command);
  command
    .option('--rollback-window <duration>', 'how long after its end it can be taken back (14d)', parseRetention)
    .option('--seat-wait <duration>', 'how long a user waits for a seat (7d)', parseRetention);
  withExamples(command, [
    'licenseflow campaign plan e3-to-e5 --from users.csv --swap SPE_E3:SPE_E5 --as MeganB@contoso.com',
    'licenseflow campaign plan e3-to-e5 --holders-of SPE_E3 --except keep.csv --swap SPE_E3:SPE_E5 --wave-size 100 --wave-size 10% --wave-size rest --soak 1h --as MeganB@contoso.com',
    'licenseflow campaign plan visio-off --group c5d9f0ac-3a5f-4f6b-8a51-0f6a3f3f8f10 --remove VISIOCLIENT --as MeganB@contoso.com',
    'licenseflow campaign plan moves --from moves.csv --waves-from-file --hours 20:00-06:00 --days mon-thu --time-zone Europe/Berlin --as MeganB@contoso.com',
    'licenseflow campaign plan again --from failed.csv --swap SPE_E3:SPE_E5 --budget-wave 20,5% --no-canary --as MeganB@contoso.com',
  ]);
  bind(command, async () => (await import('./campaign/plan.js')).plan);
}

function paceOptions(command: Command): void {
  command
    .option('--budget-wave <limit>', 'stop when more users of a wave fail: 2%, 20, both (20,2%) or none', parseBudget)
    .option('--budget-total <limit>', 'stop when more users of all fail: 1%, 50, both (50,1%) or none', parseBudget)
    .option('--rate <n>', 'at most so many users a second, or none for what the workers allow', parseRate)
    .option('--concurrency <n>', 'writes that are on their way at a time (40)', parseCount);
}

function registerLooking(campaign: Command, bind: Bind): void {
  const show = named(
    campaign,
    'show',
    'the plan: what happens to whom, who is blocked and why, seats, subscriptions',
  ).option('--all', 'name all services that are gained');
  withExamples(show, ['licenseflow campaign show e3-to-e5', 'licenseflow campaign show e3-to-e5 --all']);
  bind(show, async () => (await import('./campaign/show.js')).show);

  const status = named(campaign, 'status', 'where it is, how fast, what is wrong, what was commanded, what next');
  withExamples(status, ['licenseflow campaign status e3-to-e5', 'licenseflow campaign status e3-to-e5 --json']);
  bind(status, async () => (await import('./campaign/status.js')).status);

  const watch = named(campaign, 'watch', 'follow it to its end; in a pipe, one JSON document for each change').option(
    '--every <duration>',
    'how often to look (1s)',
    parseDuration,
  );
  withExamples(watch, [
    'licenseflow campaign watch e3-to-e5',
    'licenseflow campaign watch e3-to-e5 --json --timeout 2h',
  ]);
  bind(watch, async () => (await import('./campaign/watch.js')).watch);

  const list = campaign
    .command('list')
    .description('campaigns, the newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(CAMPAIGN_STATES))
    .option('--all', 'also those that are over')
    .option('--limit <n>', 'at most so many', parseCount, 30);
  withExamples(list, [
    'licenseflow campaign list',
    'licenseflow campaign list --all',
    'licenseflow campaign list --state paused',
  ]);
  bind(list, async () => (await import('./campaign/list.js')).list);
}

function registerBegin(campaign: Command, bind: Bind): void {
  const start = withPlanAndConfirm(acting(named(campaign, 'start', 'start the plan that was looked at')), 'start');
  withExamples(start, [
    'licenseflow campaign start e3-to-e5 --plan 5f1c09ab44d2 --as MeganB@contoso.com',
    'licenseflow campaign start e3-to-e5 --plan 5f1c09ab44d2 --as MeganB@contoso.com --confirm e3-to-e5',
  ]);
  bind(start, async () => (await import('./campaign/start.js')).start);

  const confirm = withPlanAndConfirm(
    acting(named(campaign, 'confirm', 'agree to the start as the second person that the policy wants')),
    'confirm',
  );
  withExamples(confirm, [
    'licenseflow campaign confirm e3-to-e5 --plan 5f1c09ab44d2 --as FreyaL@contoso.com --confirm e3-to-e5',
  ]);
  bind(confirm, async () => (await import('./campaign/start.js')).confirm);
}

function withPlanAndConfirm(command: Command, what: string): Command {
  return command
    .requiredOption('--plan <digest>', `${what} this plan only; its first digits are enough`, parseDigest)
    .option('--confirm <id>', 'the campaign id once more, instead of a question', parseCampaignId);
}

function registerSteering(campaign: Command, bind: Bind): void {
  const pause = acting(named(campaign, 'pause', 'start no further write; what is in flight ends'));
  withExamples(pause, [
    'licenseflow campaign pause e3-to-e5 --as MeganB@contoso.com',
    'licenseflow campaign pause e3-to-e5 --as MeganB@contoso.com --reason "Calls at the service desk" --wait 1m',
  ]);
  bind(pause, async () => (await import('./campaign/steer.js')).pause);

  const resume = acting(named(campaign, 'resume', 'go on after a pause')).option(
    '--plan <digest>',
    'the plan that was looked at, where users were planned again',
    parseDigest,
  );
  withExamples(resume, [
    'licenseflow campaign resume e3-to-e5 --as MeganB@contoso.com',
    'licenseflow campaign resume e3-to-e5 --plan 9be2c1405f7a --as MeganB@contoso.com',
  ]);
  bind(resume, async () => (await import('./campaign/resume.js')).resume);

  const promote = acting(named(campaign, 'promote', 'let the next wave go, or end the wait before it'));
  withExamples(promote, ['licenseflow campaign promote e3-to-e5 --as MeganB@contoso.com']);
  bind(promote, async () => (await import('./campaign/steer.js')).promote);

  const tune = acting(named(campaign, 'tune', 'change rate, concurrency or failure budget while it runs'));
  paceOptions(tune);
  withExamples(tune, [
    'licenseflow campaign tune e3-to-e5 --rate 5 --as MeganB@contoso.com',
    'licenseflow campaign tune e3-to-e5 --budget-wave 5% --budget-total 100 --as MeganB@contoso.com',
  ]);
  bind(tune, async () => (await import('./campaign/tune.js')).tune);

  const retry = acting(named(campaign, 'retry', 'try users that failed once more')).option(
    '--code <code>',
    'only those that failed with this code; repeatable',
    collect(parseCode),
  );
  withExamples(retry, ['licenseflow campaign retry e3-to-e5 --code PLAN_DEPENDENCY --as MeganB@contoso.com']);
  bind(retry, async () => (await import('./campaign/retry.js')).retry);

  const replan = acting(
    named(campaign, 'replan', 'plan users that were not written again, because the world has changed'),
  );
  withExamples(replan, ['licenseflow campaign replan e3-to-e5 --as MeganB@contoso.com --wait']);
  bind(replan, async () => (await import('./campaign/steer.js')).replan);

  const cancel = acting(
    named(campaign, 'cancel', 'end it for good: who had no turn is skipped, what was done stays'),
  ).option('--confirm <id>', 'the campaign id once more, instead of a question', parseCampaignId);
  withExamples(cancel, [
    'licenseflow campaign cancel e3-to-e5 --as MeganB@contoso.com --reason "Contract was not signed" --confirm e3-to-e5',
  ]);
  bind(cancel, async () => (await import('./campaign/cancel.js')).cancel);
}

function registerRollback(campaign: Command, bind: Bind): void {
  const command = acting(named(campaign, 'rollback', 'put users back to exactly what they held before'), 'optional')
    .option('--all', 'everybody')
    .option('--wave <n>', 'one wave; 0 or canary is the canary', parseWave)
    .option('--page <n>', 'one page', parseCount)
    .option('--user <user>', 'this user; repeatable', collect(parsePerson))
    .option('--dry-run', 'only read, and show what would be restored')
    .option('--confirm <id>', 'the campaign id once more, instead of a question', parseCampaignId);
  withExamples(command, [
    'licenseflow campaign rollback e3-to-e5 --wave 2 --dry-run',
    'licenseflow campaign rollback e3-to-e5 --wave 2 --as MeganB@contoso.com --reason "Sales needs the old phones" --confirm e3-to-e5',
    'licenseflow campaign rollback e3-to-e5 --user AdeleV@contoso.com --as MeganB@contoso.com --reason "Wrong list" --confirm e3-to-e5 --wait',
  ]);
  bind(command, async () => (await import('./campaign/rollback.js')).rollback);
}

function registerPeople(campaign: Command, bind: Bind): void {
  const errors = named(campaign, 'errors', 'what went wrong, equal errors together, and what to do');
  withExamples(errors, ['licenseflow campaign errors e3-to-e5', 'licenseflow campaign errors e3-to-e5 --json']);
  bind(errors, async () => (await import('./campaign/errors.js')).errors);

  const users = named(campaign, 'users', 'its users one by one')
    .option('--state <state>', 'only those in this state; repeatable', collect(parseUserState))
    .option('--wave <n>', 'only those of this wave; repeatable', collect(parseWave))
    .option('--code <code>', 'only those with this code; repeatable', collect(parseCode))
    .option('--limit <n>', 'at most so many', parseCount, 100);
  withExamples(users, [
    'licenseflow campaign users e3-to-e5 --state failed --state unknown',
    'licenseflow campaign users e3-to-e5 --state blocked --code USAGE_LOCATION',
    'licenseflow campaign users e3-to-e5 --wave canary',
  ]);
  bind(users, async () => (await import('./campaign/users.js')).users);

  const exported = named(
    campaign,
    'export',
    'every user with before, after and outcome; failures can be planned again as they are',
  )
    .addOption(new Option('--format <format>', 'csv, or ndjson with one document a line').choices(['csv', 'ndjson']))
    .option('--failed', 'only those that did not get what was wanted')
    .option('-o, --output <file>', 'where to (default: stdout)');
  withExamples(exported, [
    'licenseflow campaign export e3-to-e5 -o outcomes.csv',
    'licenseflow campaign export e3-to-e5 --failed -o failed.csv',
    'licenseflow campaign export e3-to-e5 --format ndjson',
  ]);
  bind(exported, async () => (await import('./campaign/export.js')).exportUsers);

  const nextWave = named(campaign, 'next-wave', 'whose turn comes next, to tell them beforehand')
    .option('--wave <n>', 'another wave instead', parseWave)
    .option('-o, --output <file>', 'write a CSV; - is stdout');
  withExamples(nextWave, [
    'licenseflow campaign next-wave e3-to-e5',
    'licenseflow campaign next-wave e3-to-e5 -o tell-them.csv',
  ]);
  bind(nextWave, async () => (await import('./campaign/next-wave.js')).nextWave);

  const groups = named(campaign, 'groups', 'groups because of which users are blocked, and the memberships to change')
    .option('--export <file>', 'write the changes of memberships as a CSV; - is stdout')
    .option('--to-group <id>', 'with --export: the group that they should join');
  withExamples(groups, [
    'licenseflow campaign groups e3-to-e5',
    'licenseflow campaign groups e3-to-e5 --export memberships.csv --to-group 4f0a5c52-6c39-4a1c-9f6e-2f1f1c6f7d11',
  ]);
  bind(groups, async () => (await import('./campaign/groups.js')).groups);

  const remainder = named(campaign, 'remainder', 'who has joined the source since the plan').option(
    '-o, --output <file>',
    'write a CSV that can be planned; - is stdout',
  );
  withExamples(remainder, [
    'licenseflow campaign remainder e3-to-e5',
    'licenseflow campaign remainder e3-to-e5 -o rest.csv',
  ]);
  bind(remainder, async () => (await import('./campaign/remainder.js')).remainder);
}

function registerReport(campaign: Command, bind: Bind): void {
  const command = named(campaign, 'report', 'one HTML file with figures and charts that can be mailed and kept')
    .requiredOption('-o, --output <file>', 'where to; - is stdout')
    .option('--time-zone <name>', 'zone of its times (default: of this machine)');
  withExamples(command, ['licenseflow campaign report e3-to-e5 -o report.html']);
  bind(command, async () => (await import('./campaign/report.js')).report);
}

function named(campaign: Command, name: string, description: string): Command {
  return campaign.command(name).description(description).argument('<id>', 'campaign id', parseCampaignId);
}

/** Options of what changes a campaign: who, why, once in effect, how long to wait. */
function acting(command: Command, who: 'required' | 'optional' = 'required'): Command {
  const as = new Option('--as <user>', 'who commands it')
    .argParser(parsePerson)
    .makeOptionMandatory(who === 'required');
  return command
    .addOption(as)
    .option('--reason <text>', 'why; it is kept with the campaign', parseReason)
    .option('--id <id>', 'id of the command; the same command with the same id counts once', parseRequestId)
    .option('--wait [duration]', 'wait until it is carried out, for at most so long (24h)', parseDuration);
}
