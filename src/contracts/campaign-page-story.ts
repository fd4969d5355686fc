/** A page in plain sentences, for the Temporal UI. No names: the page is one of many, and its content tells the rest. */
import type { UserState } from '../domain/campaign.js';
import { sumCounts, USER_STATES } from '../domain/campaign.js';
import { meaningOf } from '../domain/failures.js';
import type { PageOrder, PageStatus } from './campaign-page.js';
import { utc } from './request-story.js';

/** What the page was told to do. */
function orderText(order: PageOrder | null): string {
  switch (order?.kind) {
    case undefined:
      return 'waits for its campaign to begin';
    case 'plan':
      return 'plans its users';
    case 'run':
      return order.wave < 0 ? 'learns its waves' : `brings its users up to wave ${String(order.wave)} to an outcome`;
    case 'stop':
      return 'stopped: no write starts';
    case 'cancel':
      return 'cancelled: whoever was not written is skipped';
    case 'roll-back':
      return 'puts users back to what they were before';
    case 'rest':
      return `rests until ${utc(new Date(order.until).toISOString())}, so that it can still be rolled back`;
  }
}

export function pageStory(order: PageOrder | null, status: PageStatus): string {
  const counts = sumCounts<UserState>(status.waves.map(({ users }) => users));
  const users = USER_STATES.filter((state) => (counts[state] ?? 0) > 0).map(
    (state) => `${String(counts[state])} ${state}`,
  );
  const { lastFailure, refusal, seatsMissing } = status;
  const lines = [
    `Users: ${users.join(', ')}.`,
    ...(status.settled ? ['Its order is carried out.'] : []),
    ...(seatsMissing > 0 ? [`Seats that are missing: ${String(seatsMissing)}.`] : []),
    ...((counts['not-restored'] ?? 0) > 0
      ? ['Needs attention: some users could not be restored; the content of the page says why.']
      : []),
    ...(refusal === null ? [] : [`Cannot go on: ${refusal.message} (${refusal.code})`]),
    ...(lastFailure === null
      ? []
      : [`Last failure (${lastFailure.at}): ${meaningOf(lastFailure.code).meaning} (${lastFailure.code})`]),
  ];
  return [`**Page ${String(status.page)}: ${orderText(order)}**`, '', ...lines.map((line) => `- ${line}`)].join('\n');
}
