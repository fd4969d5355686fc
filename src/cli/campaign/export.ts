import { extname } from 'node:path';
import type { CampaignUser } from '../../client/index.js';
import { campaignCsv } from '../../client/campaign-export.js';
import { FAILED_STATES } from '../../client/campaign-users.js';
import { number } from '../../report/charts.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { writeOut } from '../output-file.js';
import { ProgressLine } from '../progress-line.js';

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
  const all = counting(users, counted, progress);
  const lines = format === 'ndjson' ? jsonLines(all) : campaignCsv(all, await campaigns.view(campaignId));
  await writeOut(options.output, lines, invocation.deps);
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

async function* jsonLines(users: AsyncIterable<CampaignUser>): AsyncGenerator<string> {
  for await (const user of users) yield `${JSON.stringify(user)}\n`;
}
