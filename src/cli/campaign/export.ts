import { extname } from 'node:path';
import type { CampaignUser } from '../../client/index.js';
import { FAILED_STATES } from '../../client/campaign-users.js';
import type { TouchedState } from '../../domain/license.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { writeOut } from '../output-file.js';
import type { Cell } from '../output.js';
import { ProgressLine } from '../progress-line.js';
import { csvLine } from './csv.js';

export interface ExportOptions {
  readonly format?: 'csv' | 'ndjson';
  readonly failed?: true;
  readonly output?: string;
}

/** Every user with before, after and outcome. The failures of it can be planned again as they are. */
export async function exportUsers(
  invocation: Invocation,
  options: ExportOptions,
  campaignId: string,
): Promise<ExitCode> {
  const { campaigns } = (await invocation.session()).licenseflow;
  const users = campaigns.users(campaignId, options.failed ? { states: FAILED_STATES } : {});
  const progress = new ProgressLine(invocation);
  const counted = { users: 0 };
  const format =
    options.format ?? (extname(options.output ?? '') === '.ndjson' || invocation.out.isJson ? 'ndjson' : 'csv');
  await writeOut(options.output, linesOf(counting(users, counted, progress), format), invocation.deps);
  progress.end();
  invocation.out.note(`${number(counted.users)} users.`);
  return EXIT.ok;
}

async function* counting(
  users: AsyncIterable<CampaignUser>,
  counted: { users: number },
  progress: ProgressLine,
): AsyncGenerator<CampaignUser> {
  for await (const user of users) {
    counted.users += 1;
    if (counted.users % 1_000 === 0) progress.show(`${number(counted.users)} users`);
    yield user;
  }
}

async function* linesOf(users: AsyncIterable<CampaignUser>, format: 'csv' | 'ndjson'): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(COLUMNS.map(([title]) => title));
  for await (const user of users)
    yield format === 'csv' ? csvLine(COLUMNS.map(([, cell]) => cell(user))) : `${JSON.stringify(user)}\n`;
}

const COLUMNS: readonly (readonly [title: string, cell: (user: CampaignUser) => Cell])[] = [
  ['user', ({ user }) => user],
  ['objectId', ({ id }) => id],
  ['name', ({ name }) => name],
  ['inWave', ({ wave }) => wave],
  ['state', ({ state }) => state],
  ['code', ({ code }) => code],
  ['message', ({ message }) => message],
  ['remedy', ({ remedy }) => remedy],
  ['before', ({ before }) => touched(before)],
  ['after', ({ after }) => touched(after)],
  ['requestId', ({ requestId }) => requestId],
  ['restoreRequestId', ({ restoreRequestId }) => restoreRequestId],
  ['endedAt', ({ endedAt }) => endedAt],
  ['note', ({ note }) => note],
  ['line', ({ line }) => line],
  ['page', ({ page }) => page],
];

/** Products held, each with its disabled plans, as JSON. */
function touched(state: TouchedState | null): string | null {
  return state === null ? null : JSON.stringify(state);
}
