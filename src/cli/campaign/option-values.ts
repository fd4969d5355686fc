/** Readers of option values that only campaigns have. */
import { InvalidArgumentError } from 'commander';
import { CAMPAIGN_ID } from '../../contracts/campaign.js';
import type { BudgetLimit, UserState, WaveSize } from '../../domain/campaign.js';
import { USER_STATES } from '../../domain/campaign.js';
import { nearMiss } from '../../config/near-miss.js';

export function parseCampaignId(text: string): string {
  if (CAMPAIGN_ID.test(text)) return text;
  throw new InvalidArgumentError('A campaign id has 1 to 64 letters, digits, dots, dashes and underscores.');
}

const COUNT = /^\d+$/;
const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

/** `100` users, `10%` of them, or `rest`. */
export function parseWaveSize(text: string): WaveSize {
  const size = text.trim().toLowerCase();
  if (size === 'rest') return 'rest';
  if (COUNT.test(size) && Number(size) > 0) return { count: Number(size) };
  const percent = Number(PERCENT.exec(size)?.[1]);
  if (percent > 0 && percent <= 100) return { percent };
  throw new InvalidArgumentError('Give a number of users (100), a share of them (10%), or rest.');
}

/** `2%`, `20` failures, both (`20,2%`: whichever is exceeded first), or `none`. */
export function parseBudget(text: string): BudgetLimit {
  const parts = text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim());
  if (parts.length === 1 && parts[0] === 'none') return { count: null, percent: null };
  const counts = parts.filter((part) => COUNT.test(part));
  const percents = parts.flatMap((part) => PERCENT.exec(part)?.[1] ?? []).map(Number);
  const isWhole = counts.length <= 1 && percents.length <= 1 && counts.length + percents.length === parts.length;
  if (isWhole && percents.every((percent) => percent <= 100))
    return { count: counts[0] === undefined ? null : Number(counts[0]), percent: percents[0] ?? null };
  throw new InvalidArgumentError('Give a share (2%), a number of failures (20), both (20,2%), or none.');
}

/** Users a second, or `none` for the pace of the workers alone (a `null` would not get through commander). */
export function parseRate(text: string): number | 'none' {
  if (text.trim().toLowerCase() === 'none') return 'none';
  const rate = Number(text);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new InvalidArgumentError('Give a number of users a second (10, or 0.5), or none. To stop: campaign pause.');
}

export function parseWave(text: string): number {
  if (text.trim().toLowerCase() === 'canary') return 0;
  if (COUNT.test(text.trim())) return Number(text);
  throw new InvalidArgumentError('Give the number of a wave; 0 or canary is the canary.');
}

export function parseUserState(text: string): UserState {
  const state = USER_STATES.find((known) => known === text.trim().toLowerCase());
  if (state !== undefined) return state;
  const meant = nearMiss(text, USER_STATES);
  throw new InvalidArgumentError(
    meant === null ? `States are ${USER_STATES.join(', ')}.` : `Did you mean ${meant}? All: ${USER_STATES.join(', ')}.`,
  );
}

export function parseCode(text: string): string {
  const code = text.trim().toUpperCase();
  if (/^[A-Z][A-Z0-9_]*$/.test(code)) return code;
  throw new InvalidArgumentError('Give a code as `licenseflow campaign errors` has it, such as PLAN_DEPENDENCY.');
}

/** As the contracts have it. */
export function perSecondOf(rate: number | 'none'): number | null {
  return rate === 'none' ? null : rate;
}
