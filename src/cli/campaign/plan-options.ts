/** How a campaign goes about it, as the options of `campaign plan` say it. */
import { IANAZone, DateTime } from 'luxon';
import type { AllowedHours, CampaignOptions } from '../../contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS } from '../../contracts/campaign.js';
import type { BudgetLimit, WaveSize } from '../../domain/campaign.js';
import { tuningProblems } from '../../domain/campaign-commands.js';
import { wavePlanProblems } from '../../domain/campaign-waves.js';
import { usageError } from '../error-report.js';
import { perSecondOf } from './option-values.js';

export interface GoingOptions {
  readonly waveSize?: readonly WaveSize[];
  readonly wavesFromFile?: true;
  /** False after `--no-canary`. */
  readonly canary: boolean;
  /** Milliseconds. */
  readonly soak?: number;
  readonly promote?: CampaignOptions['promote'];
  /** `08:00-18:00`. */
  readonly hours?: string;
  /** `mon-fri`, `mon,wed`. */
  readonly days?: string;
  readonly timeZone?: string;
  /** `FROM..UNTIL` each. */
  readonly freeze?: readonly string[];
  readonly budgetWave?: BudgetLimit;
  readonly budgetTotal?: BudgetLimit;
  readonly rate?: number | 'none';
  readonly concurrency?: number;
  readonly rollbackWindow?: number;
  readonly seatWait?: number;
}

/**
 * @param here IANA name of the zone that counts where none is named.
 * @throws LicenseflowError `invalid` with every mistake at once.
 */
export function campaignOptions(options: GoingOptions, here: string): CampaignOptions {
  const usual = DEFAULT_CAMPAIGN_OPTIONS;
  const mistakes: string[] = [];
  const hours = allowedHours(options, here, mistakes);
  const going: CampaignOptions = {
    waves: {
      canary: options.canary,
      sizes: options.wavesFromFile ? 'column' : (options.waveSize ?? ['rest']),
    },
    budget: {
      perWave: options.budgetWave ?? usual.budget.perWave,
      total: options.budgetTotal ?? usual.budget.total,
    },
    soakMs: options.soak ?? usual.soakMs,
    promote: options.promote ?? usual.promote,
    hours,
    perSecond: options.rate === undefined ? usual.perSecond : perSecondOf(options.rate),
    concurrency: options.concurrency ?? usual.concurrency,
    seatWaitMs: options.seatWait ?? usual.seatWaitMs,
    rollbackWindowMs: options.rollbackWindow ?? usual.rollbackWindowMs,
  };
  if (options.wavesFromFile && options.waveSize !== undefined)
    mistakes.push(
      '--waves-from-file takes the waves from the rows, and --wave-size says how large they are: give one.',
    );
  mistakes.push(...wavePlanProblems(going.waves), ...tuningProblems(going));
  if (mistakes.length > 0) throw usageError(mistakes.join('\n'), 'See licenseflow campaign plan --help');
  return going;
}

// --- hours ------------------------------------------------------------------------------------------------------------

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];

function allowedHours(options: GoingOptions, here: string, mistakes: string[]): AllowedHours | null {
  const { hours, days, timeZone, freeze = [] } = options;
  if (hours === undefined && days === undefined && freeze.length === 0) {
    if (timeZone !== undefined) mistakes.push('--time-zone says something with --hours, --days or --freeze only.');
    return null;
  }
  const zone = timeZone ?? here;
  if (!IANAZone.isValidZone(zone)) mistakes.push(`--time-zone ${zone}: write an IANA name, such as Europe/Berlin.`);
  const [from, to] = clockOf(hours, mistakes);
  return {
    ...{ timeZone: zone, from, to },
    days: days === undefined ? ALL_DAYS : daysOf(days, mistakes),
    freezes: freeze.map((text) => freezeOf(text, zone, mistakes)),
  };
}

function clockOf(hours: string | undefined, mistakes: string[]): readonly [string, string] {
  if (hours === undefined) return ['00:00', '24:00'];
  const [from = '', to = ''] = hours.split('-').map((part) => part.trim());
  const isTime = HOURS.test(`${from}-${to}`) && to <= '24:00';
  if (!isTime) mistakes.push(`--hours ${hours}: write two times of a day, such as 08:00-18:00 or 22:00-05:00.`);
  else if (from === to) mistakes.push(`--hours ${hours}: that is no time at all. For the whole day leave it out.`);
  return [from, to];
}

/** @example `mon-fri`, `sat,sun`, `fri-mon` */
function daysOf(text: string, mistakes: string[]): readonly number[] {
  const days = text.toLowerCase().split(',').flatMap(rangeOf);
  if (days.length > 0 && !days.includes(0)) return [...new Set(days)].sort((a, b) => a - b);
  mistakes.push(`--days ${text}: write days or ranges of days, such as mon-fri or sat,sun.`);
  return [];
}

/** ISO weekdays; 0 where it is none. */
function rangeOf(part: string): readonly number[] {
  const [first = '', last = first, ...more] = part.split('-').map((day) => day.trim().slice(0, 3));
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)];
  if (from < 0 || to < 0 || more.length > 0) return [0];
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => ((from + i) % 7) + 1);
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function freezeOf(text: string, zone: string, mistakes: string[]): { readonly from: string; readonly until: string } {
  const [start = '', end = '', ...more] = text.split('..').map((part) => part.trim());
  const from = DateTime.fromISO(start, { zone });
  const last = DateTime.fromISO(end, { zone });
  // A day is meant with its evening.
  const until = DAY.test(end) ? last.plus({ days: 1 }) : last;
  if (more.length > 0 || !from.isValid || !until.isValid)
    mistakes.push(`--freeze ${text}: write two dates or times, such as 2026-12-20..2027-01-03.`);
  else if (until <= from) mistakes.push(`--freeze ${text}: it ends before it begins.`);
  return { from: from.toUTC().toISO() ?? start, until: until.toUTC().toISO() ?? end };
}
