import type { CampaignView } from '../../contracts/campaign.js';
import { DETACHED, untilDetached } from '../detachable.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOfCampaign } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { Screen } from '../screen.js';
import { nextCampaignCommands } from './next-commands.js';
import { WritePaceWatch } from './write-pace.js';
import { statusFields } from './status-fields.js';

export interface WatchCommandOptions {
  /** Milliseconds. */
  readonly every?: number;
}

const LOOK_MS = 1_000;

/** Follows a campaign until nothing more happens by itself. Ctrl-C ends only the watching. */
export async function watch(
  invocation: Invocation,
  { every = LOOK_MS }: WatchCommandOptions,
  campaignId: string,
): Promise<ExitCode> {
  const { out, deps, global } = invocation;
  const { campaigns, tenant } = (await invocation.session()).licenseflow;
  const stop = new AbortController();
  const signals = [stop.signal, ...(global.timeout === undefined ? [] : [AbortSignal.timeout(global.timeout)])];
  const watching = follow(
    campaigns.watch(campaignId, {
      everyMs: every,
      signal: AbortSignal.any(signals),
      onSilence: (why) => out.note(`No answer just now; it is asked again. (${why.message})`),
    }),
    new WritePaceWatch(tenant),
    invocation,
  );
  const last = await untilDetached(deps, watching);
  if (last === DETACHED) {
    stop.abort();
    out.note(`\nStopped watching; campaign ${campaignId} goes on.`);
    out.next(`licenseflow campaign watch ${campaignId}`, `licenseflow campaign pause ${campaignId} --as USER`);
    return EXIT.interrupted;
  }
  if (last === null) return EXIT.pending;
  out.next(...nextCampaignCommands(last));
  return exitCodeOfCampaign(last);
}

async function follow(
  views: AsyncIterable<CampaignView>,
  pace: WritePaceWatch,
  { out, deps }: Invocation,
): Promise<CampaignView | null> {
  const screen = out.isPiped ? null : new Screen(deps.stdout);
  let last: CampaignView | null = null;
  for await (const view of views) {
    last = view;
    if (screen === null) out.event('CampaignProgress', { ...progressOf(view), writePace: pace.now() });
    else {
      const fields = statusFields(view, pace.now(), out);
      screen.draw(out, [...fields, ['', 'Ctrl-C ends the watching; the campaign goes on.']]);
    }
  }
  return last;
}

/** What changes from moment to moment; `campaign status --json` has the rest. */
function progressOf(view: CampaignView): object {
  const { campaignId, state, since, wave, waves, users, failures, seatsMissing, usersPerSecond, eta } = view;
  const { pages, pause, waitsFor, lastFailure, commands, needsAttention } = view;
  return {
    ...{ campaignId, state, since, wave, users, waves, pages, failures, seatsMissing, usersPerSecond, eta },
    ...{ pause, waitsFor, lastFailure, commands, needsAttention },
  };
}
