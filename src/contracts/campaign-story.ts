/** A campaign in plain sentences. The same words stand in the Temporal UI and on the command line. */
import type { CampaignState, SpentBudget, UserCounts, UserState } from '../domain/campaign.js';
import { countOf, isFinalCampaign, openIn, usersIn } from '../domain/campaign.js';
import { shortDigest } from '../domain/digest.js';
import { meaningOf } from '../domain/failures.js';
import { nameOf } from '../domain/person.js';
import type { SharedUsers } from './campaign-reads.js';
import type { CampaignPlan, CampaignSource, CampaignView, CommandView, PauseReason, WaveView } from './campaign.js';
import type { TimeText } from './request-story.js';
import { failureLines, utc } from './request-story.js';

const STATE_TEXT: Readonly<Record<CampaignState, string>> = {
  intake: 'being taken in',
  planning: 'being planned',
  planned: 'planned, not started',
  'awaiting-second': 'started, waiting for a second person',
  running: 'running',
  soaking: 'between two waves',
  'awaiting-promotion': 'waiting for its next wave to be let go',
  'outside-hours': 'waiting for an allowed hour',
  pausing: 'pausing, writes in flight are ending',
  paused: 'paused',
  cancelling: 'being cancelled',
  'rolling-back': 'being rolled back',
  finished: 'finished, can be rolled back',
  closed: 'closed',
  refused: 'refused',
  abandoned: 'abandoned',
};

export function campaignStateText(state: CampaignState): string {
  return STATE_TEXT[state];
}

/** The whole story as Markdown, for the Temporal UI. */
export function campaignStory(view: CampaignView): string {
  const lines = campaignExplanation(view).map((line) => `- ${line}`);
  return [`**${campaignHeadline(view)}**`, '', ...lines].join('\n');
}

export function campaignHeadline({ title, campaignId, state, wave }: CampaignView): string {
  const which = wave === null || isFinalCampaign(state) ? '' : `, ${waveName(wave)}`;
  return `Campaign ${title === '' ? campaignId : title}: ${campaignStateText(state)}${which}`;
}

/** "the canary" or "wave 3". */
export function waveName(wave: number): string {
  return wave === 0 ? 'the canary' : `wave ${String(wave)}`;
}

/** Why a plan is refused that would write to somebody twice. */
export function sharedUsersText({ users, more }: SharedUsers): string {
  const named = users.map(({ id, upn, pages, lines }) => {
    const places = lines.length > 1 ? `lines ${lines.join(' and ')}` : `pages ${pages.join(' and ')}`;
    return `${upn === '' ? id : upn} (${places})`;
  });
  const others = more === 0 ? '' : `, and ${String(more)} more`;
  return (
    `The source names the same person more than once, by name and by id: ${named.join(', ')}${others}. ` +
    'Nothing was changed. Name each person once, and plan it as a new campaign.'
  );
}

/** Where it is, why, who can move it, what happens next. One sentence a line. */
export function campaignExplanation(view: CampaignView, time: TimeText = utc): readonly string[] {
  const { waitsFor, lastFailure, usersPerSecond, eta, seatsMissing, rollbackUntil, state } = view;
  const lines = [`State: ${campaignStateText(state)} since ${time(view.since)}.`];
  if (view.pause !== null) lines.push(`Paused: ${pauseText(view.pause)}`);
  if (waitsFor !== null) {
    lines.push(`Waits for: ${waitsFor.what}`);
    if (waitsFor.who.length > 0) lines.push(`Who can act: ${waitsFor.who.map(nameOf).join(', ')}.`);
    if (waitsFor.nextAt !== null) lines.push(`Next: at ${time(waitsFor.nextAt)}, ${waitsFor.then}`);
    else if (waitsFor.then !== '') lines.push(`Next: ${waitsFor.then}`);
  }
  lines.push(`Source: ${sourceText(view.source)}`, `Users: ${userCountsText(view.users)}.`);
  if (view.plan !== null) lines.push(planLine(view.plan, time));
  lines.push(...view.waves.map((wave) => waveLine(wave, time)));
  if (seatsMissing > 0) lines.push(`Seats: ${String(seatsMissing)} are asked for and not promised yet.`);
  if (usersPerSecond !== null)
    lines.push(`Rate: ${usersPerSecond.toFixed(1)} users a second${eta === null ? '' : `; done around ${time(eta)}`}.`);
  lines.push(...topFailures(view.failures));
  if (lastFailure !== null && !isFinalCampaign(state))
    lines.push(...failureLines(lastFailure, `Last failure (${time(lastFailure.at)})`));
  if (rollbackUntil !== null && state === 'finished') lines.push(`Can be rolled back until ${time(rollbackUntil)}.`);
  for (const command of view.commands.filter(({ doneAt }) => doneAt === null)) lines.push(commandLine(command, time));
  for (const reason of view.needsAttention) lines.push(`Needs attention: ${reason}`);
  return lines;
}

export function sourceText(source: CampaignSource): string {
  switch (source.kind) {
    case 'file':
      return `${source.name}, ${String(source.rows)} rows${source.merged > 0 ? `, ${String(source.merged)} of them merged` : ''}.`;
    case 'holders':
      return `everybody who holds ${source.sku}${exceptText(source.except)}.`;
    case 'group':
      return `members of the group ${source.group}${exceptText(source.except)}.`;
  }
}

function exceptText(except: readonly string[]): string {
  return except.length === 0 ? '' : ` except ${String(except.length)}`;
}

/** Why a campaign stands still, and what to do about it. */
export function pauseText(pause: PauseReason): string {
  switch (pause.kind) {
    case 'by-command':
      return `${pause.by} asked for it${pause.reason === null ? '' : ` (${pause.reason})`}.`;
    case 'budget':
      return `the failure budget is spent: ${spentText(pause.spent)}. Look at the errors, then resume, retry or roll back.`;
    case 'product-changed':
      return (
        `the services of ${pause.skus.join(' and ')} changed since the plan. ` +
        'Plan again (`replan`), look at the new plan, and resume with its digest.'
      );
    case 'access':
      return `the application is not let in. ${meaningOf(pause.failure.code).remedy} Then resume. (${pause.failure.code}: ${pause.failure.message})`;
  }
}

/** "6 of 250 users of wave 3 failed, the limit is 2 %". */
export function spentText({ scope, wave, by, failed, users, limit }: SpentBudget): string {
  const whose = scope === 'wave' ? `of ${waveName(wave ?? 0)}` : 'of the campaign';
  return `${String(failed)} of ${String(users)} users ${whose} failed, the limit is ${String(limit)}${by === 'percent' ? ' %' : ''}`;
}

const USER_TEXT: Readonly<Record<UserState, string>> = {
  unread: 'not read yet',
  already: 'already there',
  blocked: 'blocked',
  ready: 'ready',
  waiting: 'next in turn',
  writing: 'being written',
  verifying: 'being read until it is certain',
  retrying: 'tried again later',
  'waiting-for-seat': 'waiting for a seat',
  done: 'done',
  failed: 'failed',
  unknown: 'of unknown outcome',
  drifted: 'changed by somebody else',
  skipped: 'skipped',
  restoring: 'being restored',
  restored: 'restored',
  'left-alone': 'left alone by the rollback',
  'not-restored': 'not restored',
};

export function userStateText(state: UserState): string {
  return USER_TEXT[state];
}

/** "300: 280 done, 3 failed, 17 ready"; states that nobody is in are left out. */
export function userCountsText(users: UserCounts): string {
  const parts = (Object.keys(USER_TEXT) as UserState[]).flatMap((state) => {
    const count = users[state] ?? 0;
    return count === 0 ? [] : [`${String(count)} ${USER_TEXT[state]}`];
  });
  return [String(usersIn(users)), ...(parts.length > 0 ? [parts.join(', ')] : [])].join(': ');
}

function planLine(plan: CampaignPlan, time: TimeText): string {
  const blocked = Object.values(plan.blocked).reduce((sum, users) => sum + users, 0);
  return (
    `Plan ${shortDigest(plan.digest)} of ${time(plan.at)}: ${String(plan.ready)} ready, ${String(plan.already)} already ` +
    `there, ${String(blocked)} blocked; ${String(plan.signatures.length + plan.furtherSignatures.signatures)} signatures.`
  );
}

function waveLine({ wave, users, state, endedAt }: WaveView, time: TimeText): string {
  const name = wave === 0 ? 'Canary' : `Wave ${String(wave)}`;
  const left = openIn(users) - countOf(users, 'waiting-for-seat');
  const how =
    state === 'open'
      ? 'not started'
      : state === 'running'
        ? `running, ${String(left)} left`
        : `over since ${endedAt === null ? 'now' : time(endedAt)}`;
  return `${name}, ${how}: ${userCountsText(users)}.`;
}

/** Failures that the Temporal UI shows. */
const FAILURES_SHOWN_MAX = 5;

function topFailures(failures: Readonly<Record<string, number>>): readonly string[] {
  const sorted = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return sorted.slice(0, FAILURES_SHOWN_MAX).map(([code, users]) => `Failed with ${code}: ${String(users)}.`);
}

function commandLine({ kind, by, state, at, about }: CommandView, time: TimeText): string {
  return `Command: ${kind}${about === null ? '' : ` (${about})`} by ${by}, ${time(at)}: ${state}.`;
}
