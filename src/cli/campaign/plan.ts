import type { CampaignFile, DirectorySource, NewCampaign } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { CampaignView } from '../../contracts/campaign.js';
import { number } from '../../report/charts.js';
import { resolve } from 'node:path';
import { DETACHED, untilDetached } from '../detachable.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { ProgressLine } from '../progress-line.js';
import { peopleIn } from '../request/subjects.js';
import type { Wish, WishOptions } from '../request/wish.js';
import { losingOf, wishOf } from '../request/wish.js';
import type { GoingOptions } from './plan-options.js';
import { campaignOptions } from './plan-options.js';
import { printPlan } from './plan-text.js';

export interface PlanCommandOptions extends WishOptions, GoingOptions {
  readonly as: string;
  readonly from?: string;
  readonly holdersOf?: string;
  readonly group?: string;
  readonly except?: string;
  readonly title?: string;
}

const LOOK_MS = 500;
const HOUR = 60 * 60 * 1_000;

export async function plan(invocation: Invocation, options: PlanCommandOptions, campaignId: string): Promise<ExitCode> {
  const { out, deps, global } = invocation;
  const campaign = await campaignOf(invocation, options, campaignId);
  const { campaigns } = (await invocation.session()).licenseflow;
  const progress = new ProgressLine(invocation);
  const stop = new AbortController();
  const work = async (): Promise<CampaignView> => {
    await campaigns.plan(campaign, { ref: options.as, assurance: 'asserted' }, ({ started, pages }) =>
      progress.show(`Handing over ${number(started)} of ${number(pages)} pages of users`, tenth(started, pages)),
    );
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(global.timeout ?? HOUR)]);
    return untilPlanned(campaigns.watch(campaignId, { everyMs: LOOK_MS, signal }), campaignId, progress);
  };
  const planned = await untilDetached(deps, work()).finally(() => progress.end());
  if (planned === DETACHED) {
    stop.abort();
    out.note(`\nStopped looking. What was handed over is planned all the same; nothing is written to the tenant.`);
    out.note('Where not all pages were handed over yet, the same command again goes on from there.');
    out.next(`licenseflow campaign show ${campaignId}`);
    return EXIT.interrupted;
  }
  await printPlan(invocation, planned, { all: false });
  return planned.state === 'refused' ? EXIT.refused : EXIT.ok;
}

/** @throws LicenseflowError `unanswered` where the plan is not there in time. */
async function untilPlanned(
  views: AsyncIterable<CampaignView>,
  campaignId: string,
  progress: ProgressLine,
): Promise<CampaignView> {
  for await (const view of views) {
    if (view.state !== 'intake' && view.state !== 'planning') return view;
    const { planned, sealed } = view.pages;
    if (view.state === 'intake') progress.show('Looking up the users');
    else progress.show(`Planning: ${number(planned)} of ${number(sealed)} pages of users`, 10 + tenth(planned, sealed));
  }
  throw new LicenseflowError(
    'unanswered',
    'STILL_OPEN',
    `The plan of campaign ${campaignId} is not ready yet.`,
    `It goes on by itself: licenseflow campaign show ${campaignId}. Is a worker running? licenseflow doctor`,
  );
}

function tenth(part: number, all: number): number {
  return all === 0 ? 0 : Math.floor((part / all) * 10);
}

// --- what is to be planned ----------------------------------------------------------------------------------------------

async function campaignOf(
  { deps, out }: Invocation,
  options: PlanCommandOptions,
  campaignId: string,
): Promise<NewCampaign> {
  const { from, holdersOf, group, except } = options;
  if ([from, holdersOf, group].filter((source) => source !== undefined).length !== 1)
    throw usageError('Say whose licences are to be changed.', 'Give one of --from FILE, --holders-of SKU, --group ID.');
  if (from === '-' && except === '-')
    throw usageError('Both --from and --except read stdin.', 'Give one of them a file.');
  const here = deps.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const going = campaignOptions(options, here);
  if (options.wavesFromFile && from === undefined)
    throw usageError('--waves-from-file needs a file with a column "wave".', 'Give --from FILE, or --wave-size.');
  const left = except === undefined ? [] : await peopleIn(except, deps, 'Nothing was planned.');
  const shared = { campaignId, title: options.title ?? campaignId, options: going };
  if (from === undefined) {
    const wish = wishOf(options, 'licenseflow campaign plan --help');
    return { ...shared, source: { ...directorySource(holdersOf, group, left), wish } };
  }
  const { readCampaignCsv } = await import('../../client/campaign-csv.js');
  const file = await readCampaignCsv(from === '-' ? (deps.stdin as NodeJS.ReadStream) : resolve(deps.cwd, from), {
    name: from === '-' ? 'stdin' : from,
    wish: fileWish(options),
    ...(options.keepPlans !== undefined && { keepPlans: options.keepPlans }),
  });
  if (file.merged > 0) out.note(mergedText(file.merged));
  return { ...shared, source: without(file, left) };
}

function mergedText(rows: number): string {
  const repeat = rows === 1 ? 'row repeats a user and says' : 'rows repeat a user and say';
  return `${number(rows)} ${repeat} the same; each user counts once.`;
}

function directorySource(
  sku: string | undefined,
  group: string | undefined,
  except: readonly string[],
): DirectorySource {
  return sku === undefined ? { kind: 'group', group: group ?? '', except } : { kind: 'holders', sku, except };
}

/** Rows of a file may name products themselves, so that the options need not. */
function fileWish(options: PlanCommandOptions): Wish {
  const { add = [], remove = [], swap = [], disablePlan = [], enablePlan = [] } = options;
  const named = add.length + remove.length + swap.length + disablePlan.length + enablePlan.length > 0;
  return named
    ? wishOf(options, 'licenseflow campaign plan --help')
    : { add: [], remove: [], ...losingOf(options.losing) };
}

/** A user is left out under the name that the file has; the directory is not asked. */
function without(file: CampaignFile, except: readonly string[]): CampaignFile {
  if (except.length === 0) return file;
  const left = new Set(except.map((user) => user.toLowerCase()));
  const rows = file.rows.filter(({ user }) => !left.has(user.toLowerCase()));
  if (rows.length > 0) return { ...file, rows };
  throw usageError('--except leaves nobody over.', 'Nothing was planned. Compare the two files.');
}
