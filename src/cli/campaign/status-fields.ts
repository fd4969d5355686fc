/** The status screen of a campaign: where it is, how fast, what is wrong, what was commanded. */
import type { CampaignView, CommandView, WaveView } from '../../contracts/campaign.js';
import { campaignStateText, pauseText, userStateText, waveName } from '../../contracts/campaign-story.js';
import type { WritePace } from '../../contracts/tenant.js';
import type { TimeText } from '../../contracts/request-story.js';
import type { UserState } from '../../domain/campaign.js';
import { countOf, openIn, plannedIn, USER_STATES, usersIn } from '../../domain/campaign.js';
import { commandWord, QUOTA_PER_SECOND } from '../../domain/campaign-commands.js';
import { isFailureCode, meaningOf } from '../../domain/failures.js';
import { nameOf } from '../../domain/person.js';
import { number, percent } from '../../report/charts.js';
import { wishWords } from '../../report/wish-words.js';
import type { Cell, Output } from '../output.js';
import { writePaceText } from './write-pace.js';

type Field = readonly [label: string, value: Cell];

/** Failures that the screen names; `campaign errors` has all. */
const ERRORS_SHOWN = 4;
/** Commands that the screen shows beside those that are not done. */
const COMMANDS_SHOWN = 3;
/** Waves that the screen shows around the one that runs. */
const WAVES_SHOWN = 4;

/** @param writePace `null` where nobody was asked, or no worker answered. */
export function statusFields(view: CampaignView, writePace: WritePace | null, out: Output): readonly Field[] {
  const { waitsFor, pause, plan, wishes, rollbackUntil } = view;
  return [
    ['Campaign', `${view.campaignId}${view.title === view.campaignId ? '' : `: ${view.title}`}`],
    ['State', stateLine(view, out)],
    ['Why', pause === null ? null : pauseText(pause)],
    ['Change', wishes.slice(0, 3).map((wish) => wishWords(wish, plan?.skus ?? [])).join('; ')], // prettier-ignore
    ['Progress', progressText(view, out)],
    ['Users', usersText(view)],
    ...wavesShown(view).map((wave): Field => ['Waves', waveText(wave)]),
    ['Seats', seatsText(view)],
    ['Rate', rateText(view)],
    ['Graph', writePace === null || !mayWrite(view) ? null : writePaceText(writePace)],
    ['Done around', view.eta === null || !isMoving(view) ? null : out.time(view.eta)],
    ...errorLines(view).map((line): Field => ['Errors', line]),
    ['Waits for', waitsFor?.what ?? null],
    ['Who can act', waitsFor?.who.map(nameOf).join(', ') ?? null],
    ['By itself', waitsFor?.nextAt ? `at ${out.time(waitsFor.nextAt)}, ${waitsFor.then}` : null],
    ...commandsShown(view).map((command): Field => ['Commands', commandText(command, out.time)]),
    ['Rollback', rollbackUntil === null ? null : `possible until ${out.time(rollbackUntil)}`],
    ...view.needsAttention.map((text): Field => ['Attention', text]),
  ];
}

function stateLine({ state, since, wave, waves, pause }: CampaignView, out: Output): string {
  const why = pause?.kind === 'budget' ? ' by its failure budget' : '';
  const which = wave === null ? '' : `, ${waveName(wave)} of ${number(Math.max(waves.length - 1, wave))}`;
  const text = `${campaignStateText(state)}${why}`;
  const shown = state === 'paused' || state === 'pausing' ? out.colors.yellow(text.toUpperCase()) : text;
  return `${shown}${which}, since ${out.time(since)}`;
}

const BAR_LENGTH = 28;

/** How many of those who take part have an outcome. */
function progressText({ users, pages, state }: CampaignView, out: Output): string | null {
  if (state === 'intake' || state === 'planning')
    return pages.sealed === 0 ? null : bar(pages.planned, pages.sealed, 'pages planned', out);
  const planned = plannedIn(users);
  return planned === 0 ? null : bar(planned - openIn(users), planned, 'users with an outcome', out);
}

function bar(part: number, all: number, what: string, out: Output): string {
  const filled = Math.floor((part / all) * BAR_LENGTH);
  const drawn = `${out.colors.green('█'.repeat(filled))}${'░'.repeat(BAR_LENGTH - filled)}`;
  return `${out.isPiped ? '' : `${drawn} `}${percent(part, all)}, ${number(part)} of ${number(all)} ${what}`;
}

function usersText({ users }: CampaignView): string {
  const told = USER_STATES.flatMap((state: UserState) => {
    const count = users[state] ?? 0;
    return count === 0 ? [] : [`${number(count)} ${userStateText(state)}`];
  });
  return [number(usersIn(users)), told.join(', ')].filter((part) => part !== '').join(': ');
}

/** The waves around the one that runs. */
function wavesShown({ waves, wave }: CampaignView): readonly WaveView[] {
  const first = Math.max(0, Math.min(wave ?? 0, waves.length - 1) - 1);
  return waves.slice(first, first + WAVES_SHOWN);
}

function waveText({ wave, users, state }: WaveView): string {
  const words = { open: 'not begun', running: 'running', over: 'over' } as const;
  const done = countOf(users, 'done', 'restored');
  const bad = countOf(users, 'failed', 'unknown', 'drifted', 'left-alone', 'not-restored');
  const wrong = bad === 0 ? '' : `, ${number(bad)} to look at`;
  return `${waveName(wave)}: ${words[state]}, ${number(done)} of ${number(usersIn(users))} done${wrong}`;
}

function seatsText({ seatsMissing, users }: CampaignView): string | null {
  const waiting = users['waiting-for-seat'] ?? 0;
  if (seatsMissing === 0 && waiting === 0) return null;
  return `${number(Math.max(seatsMissing, waiting))} asked for and not promised yet; nobody else is held back by it`;
}

/** Before its start and after its end, what Graph is asked for is not its doing. */
function mayWrite({ state }: CampaignView): boolean {
  return ['running', 'soaking', 'awaiting-promotion', 'outside-hours', 'pausing', 'paused', 'cancelling', 'rolling-back'].includes(state); // prettier-ignore
}

/** The rate of a while ago says nothing about a campaign that waits for its next wave or is over. */
function isMoving({ state }: CampaignView): boolean {
  return !['soaking', 'awaiting-promotion', 'outside-hours', 'finished', 'closed'].includes(state);
}

function rateText(view: CampaignView): string | null {
  const { options } = view;
  const usersPerSecond = isMoving(view) ? view.usersPerSecond : null;
  const limit = options.perSecond === null ? '' : `, limited to ${String(options.perSecond)}`;
  if (usersPerSecond === null)
    return options.perSecond === null ? null : `limited to ${String(options.perSecond)} users/s`;
  return `${usersPerSecond.toFixed(1)} users/s${limit} (${percent(usersPerSecond, QUOTA_PER_SECOND)} of the writes that Graph allows)`;
}

function errorLines({ failures, campaignId }: CampaignView): readonly string[] {
  const sorted = Object.entries(failures).sort(([, a], [, b]) => b - a);
  const more = sorted.length - ERRORS_SHOWN;
  return [
    ...sorted.slice(0, ERRORS_SHOWN).map(([code, users]) => `${number(users)} x ${code}${meaningText(code)}`),
    ...(more > 0 ? [`and ${number(more)} other kinds: licenseflow campaign errors ${campaignId}`] : []),
  ];
}

function meaningText(code: string): string {
  if (!isFailureCode(code)) return '';
  const { meaning, remedy } = meaningOf(code);
  return `: ${meaning} ${remedy}`;
}

function commandsShown({ commands }: CampaignView): readonly CommandView[] {
  const newest = [...commands].sort((a, b) => b.at.localeCompare(a.at));
  return newest.filter(({ state }, i) => i < COMMANDS_SHOWN || state === 'requested' || state === 'draining');
}

const STEPS = ['requested', 'draining', 'done'] as const;

/** @example `pause by MeganB@contoso.com, 2026-03-02 09:00 UTC: requested -> draining` */
export function commandText({ kind, about, by, at, doneAt, state, reason }: CommandView, time: TimeText): string {
  const steps =
    state === 'overtaken' ? 'overtaken by a later command' : STEPS.slice(0, STEPS.indexOf(state) + 1).join(' -> ');
  const ended = doneAt === null || state !== 'done' || time(doneAt) === time(at) ? '' : ` at ${time(doneAt)}`;
  const why = reason === null ? '' : ` (${reason})`;
  return `${commandWord(kind)}${about === null ? '' : ` of ${about}`} by ${by}, ${time(at)}${why}: ${steps}${ended}`;
}
