/** What a campaign waits for, who can move it, and what it does by itself. */
import type { CampaignInput } from '../contracts/campaign.js';
import { waveName } from '../contracts/campaign-story.js';
import type { Wait } from '../contracts/license-request.js';
import { countOf, openIn } from '../domain/campaign.js';
import { shortDigest } from '../domain/digest.js';
import { meaningOf } from '../domain/failures.js';
import type { CampaignPages } from './campaign-pages.js';
import type { CampaignData } from './campaign-record.js';
import { iso } from './instants.js';
import { waitFor } from './request-record.js';

/** Pages that a sentence names. */
const PAGES_NAMED_MAX = 8;

export function waitOf(input: CampaignInput, data: CampaignData, pages: CampaignPages, remindAt: number): Wait | null {
  const { lastFailure, retryAt } = data;
  if (retryAt !== null && lastFailure !== null)
    return waitFor(meaningOf(lastFailure.code).meaning, retryAt, 'it is tried again.');
  const { intakeMs, startWithinMs } = input.campaignPace;
  const after = (ms: number) => iso(Date.parse(data.since) + ms);
  const abandoned = 'it is abandoned, and nothing was changed.';
  const reminder = Date.now() < remindAt ? iso(remindAt) : null;
  switch (data.state) {
    case 'intake':
      return input.source.kind === 'file'
        ? waitFor('the rest of its pages from whoever plans it.', after(intakeMs), abandoned)
        : waitFor('a worker to find its users in the directory.', null, 'they are planned.');
    case 'planning':
      return waitFor(
        `pages to read their users: ${pages.figures().planned} of ${pages.size} have.`,
        null,
        'the plan is drawn up.',
      );
    case 'planned':
      return waitFor(
        `somebody to start it with the digest of its plan, ${shortDigest(data.plan?.digest ?? '')}.`,
        after(startWithinMs),
        abandoned,
      );
    case 'awaiting-second':
      return waitFor(
        `a second person to agree to the plan ${shortDigest(data.plan?.digest ?? '')}, beside ${data.startedBy?.ref ?? 'who started it'}.`,
        after(startWithinMs),
        abandoned,
      );
    case 'running':
      return running(data, pages);
    case 'soaking':
      return waitFor(
        `what comes of ${waveName(data.wave ?? 0)}.`,
        data.soakUntil === null ? null : iso(data.soakUntil),
        'the next wave follows.',
      );
    case 'awaiting-promotion':
      return waitFor('somebody to let the next wave go (`promote`).', reminder, 'a person is asked to look.');
    case 'outside-hours':
      return data.opensAt === null
        ? waitFor('an hour in which writes are allowed.', null, '')
        : waitFor('the next hour in which writes are allowed.', iso(data.opensAt), 'it goes on.');
    case 'pausing':
    case 'cancelling':
      return waitFor(
        `${named(pages.awaited())} to end the writes that are in flight.`,
        silent(pages),
        'it is asked again.',
      );
    case 'paused':
      return waitFor(pausedFor(data), reminder, 'a person is asked to look.');
    case 'rolling-back':
      return waitFor(`${named(pages.awaited())} to put users back.`, silent(pages), 'a silent page is asked again.');
    case 'finished':
      return waitFor(
        'the end of the rollback window.',
        data.rollbackUntil,
        'it is closed and cannot be rolled back any more.',
      );
    case 'closed':
    case 'refused':
    case 'abandoned':
      return null;
  }
}

function running(data: CampaignData, pages: CampaignPages): Wait {
  const wave = pages.waves().filter((part) => part.wave <= (data.wave ?? 0));
  const open = wave.reduce((sum, { users }) => sum + openIn(users), 0);
  const forSeats = wave.reduce((sum, { users }) => sum + countOf(users, 'waiting-for-seat'), 0);
  return open > 0 && open === forSeats
    ? waitFor(`seats for ${users(forSeats)}.`, null, 'each is assigned as soon as a seat is free.')
    : waitFor(
        `${users(open - forSeats)} up to ${waveName(data.wave ?? 0)} to get their outcome.`,
        null,
        'the next wave follows, or the end.',
      );
}

function users(count: number): string {
  return count === 1 ? 'one user' : `${count} users`;
}

function pausedFor({ pause, rollback, plan, accepted }: CampaignData): string {
  if (rollback !== null) return 'somebody to resume the rollback.';
  if (plan !== null && plan.digest !== accepted)
    return `somebody to look at the new plan and resume with its digest, ${shortDigest(plan.digest)}.`;
  return pause?.kind === 'product-changed'
    ? 'somebody to plan again (`replan`) because a product changed.'
    : 'somebody to resume it.';
}

function silent(pages: CampaignPages): string | null {
  const at = pages.nextAt();
  return at === null ? null : iso(at);
}

function named(pages: readonly number[]): string {
  if (pages.length === 0) return 'its pages';
  const rest = pages.length - PAGES_NAMED_MAX;
  const list = pages.slice(0, PAGES_NAMED_MAX).join(', ');
  return `page${pages.length === 1 ? '' : 's'} ${list}${rest > 0 ? ` and ${rest} more` : ''}`;
}
