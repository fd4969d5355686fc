import { number } from '../../report/charts.js';
import { usersIn } from '../../domain/campaign.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { writeOut } from '../output-file.js';
import { ProgressLine } from '../progress-line.js';

export interface ReportOptions {
  readonly output: string;
  readonly timeZone?: string;
}

/** People in trouble who are named in the report; an export has all. */
const LISTED_MAX = 200;

/** A campaign as one HTML file, for people who do not work with licences. */
export async function report(invocation: Invocation, options: ReportOptions, campaignId: string): Promise<ExitCode> {
  const { out, deps } = invocation;
  const { campaigns } = (await invocation.session()).licenseflow;
  const { FigureCollector } = await import('../../report/figures.js');
  const { campaignReport } = await import('../../report/campaign-report.js');
  const view = await campaigns.view(campaignId);
  const collector = new FigureCollector(LISTED_MAX);
  const progress = new ProgressLine(invocation);
  const all = usersIn(view.users);
  let read = 0;
  for await (const user of campaigns.users(campaignId)) {
    collector.addPerson(user);
    read += 1;
    if (read % 250 === 0) progress.show(`Reading users: ${number(read)} of ${number(all)}`);
  }
  for (const signature of await campaigns.signatures(campaignId)) collector.addSignature(signature);
  progress.end();
  const timeZone = options.timeZone ?? deps.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const page = campaignReport({ view, figures: collector.figures(), at: new Date().toISOString(), timeZone });
  await writeOut(options.output, [page], deps);
  if (options.output === '-') return EXIT.ok;
  await out.result('CampaignReport', { campaignId, file: options.output, users: read }, () =>
    out.fields([['Report', options.output]]),
  );
  return EXIT.ok;
}
