/** All that is known of one campaign beside its pages, and how it is shown: the view, the attributes, the current details. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { Actor } from '../domain/approval.js';
import type { CampaignState, UserCounts } from '../domain/campaign.js';
import { countOf, isFinalCampaign, openIn } from '../domain/campaign.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import type { SkuContents } from '../domain/plan.js';
import type {
  CampaignInput,
  CampaignOptions,
  CampaignPlan,
  CampaignTimelineEntry,
  CampaignView,
  CommandView,
  PauseReason,
  WaveView,
} from '../contracts/campaign.js';
import { campaignStory } from '../contracts/campaign-story.js';
import type { Wait } from '../contracts/license-request.js';
import {
  LICENSE_DUE_AT,
  LICENSE_SKUS,
  LICENSE_STATE,
  listAttribute,
  NEEDS_ATTENTION,
} from '../contracts/search-attributes.js';
import type { Forgiven } from './campaign-brakes.js';
import type { CampaignPages } from './campaign-pages.js';
import { waitOf } from './campaign-waits.js';
import type { CampaignSpeed } from './campaign-speed.js';
import { iso, now } from './instants.js';

/** A way back that is under way. */
export interface OpenRollback {
  readonly rollback: string;
  readonly about: string;
  readonly waves: readonly number[] | null;
  readonly users: Readonly<Record<number, readonly string[]>> | null;
  readonly pages: readonly number[];
  /** Where the campaign stands once it is done, and why it stood still there. */
  readonly from: 'finished' | 'paused';
  readonly pause: PauseReason | null;
}

/** What a run hands to the next, as it is. */
export interface CampaignData {
  state: CampaignState;
  since: string;
  /** As they are now: rate, concurrency and budget can be tuned. */
  options: CampaignOptions;
  /** The names of the digest that sealed the intake. */
  seal: string | null;
  plan: CampaignPlan | null;
  /** Plan lists of the touched products as the plan has them. */
  contents: SkuContents;
  /** Digest of the plan that somebody agreed to last. */
  accepted: string | null;
  needsSecond: boolean;
  startedBy: Actor | null;
  confirmedBy: Actor | null;
  /** The wave that runs or ran last. */
  wave: number | null;
  waveTimes: Record<number, { readonly startedAt: string; readonly endedAt: string | null }>;
  /** The last wave that a person let go. */
  promoted: number;
  soakUntil: number | null;
  /** Counts how often a wave was taken up, so that pages are told again. */
  round: number;
  pause: PauseReason | null;
  forgiven: Forgiven;
  /** Failures of access from before this instant were mended. */
  resumedAt: string | null;
  rollback: OpenRollback | null;
  rollbackUntil: string | null;
  lastFailure: (Failure & { readonly at: string }) | null;
  /** When something that failed is tried again, ISO 8601. */
  retryAt: string | null;
  /** Allowed hours as last asked for, in milliseconds since the epoch. */
  hoursKnown: boolean;
  opensAt: number | null;
  closesAt: number | null;
  problems: readonly string[];
  timeline: readonly CampaignTimelineEntry[];
}

/** States in which the next instant moves with every status, and an attribute would cost an upsert each time. */
const DRAINING: readonly CampaignState[] = ['pausing', 'cancelling', 'rolling-back'];

const TIMELINE_MAX = 200;
/** Commands that the view shows. */
const COMMANDS_SHOWN_MAX = 50;

export class CampaignRecord {
  readonly data: CampaignData;
  readonly #input: CampaignInput;
  #published = '';

  constructor(input: CampaignInput, carried: CampaignData | null) {
    this.#input = input;
    this.data = carried ?? beginning(input);
  }

  get state(): CampaignState {
    return this.data.state;
  }

  enter(state: CampaignState, text: string, about?: Pick<CampaignTimelineEntry, 'pause'>): void {
    this.data.state = state;
    this.data.since = now();
    this.data.retryAt = null;
    this.note(text, about);
  }

  note(text: string, about: Pick<CampaignTimelineEntry, 'pause'> = {}): void {
    this.data.timeline = [...this.data.timeline, { at: now(), text, ...about }].slice(-TIMELINE_MAX);
  }

  /** @param nextAtMs when it is tried again; `null` for a failure that nothing here repeats. */
  fail(failure: Failure, nextAtMs: number | null): void {
    const { data } = this;
    if (nextAtMs !== null && (data.retryAt === null || data.lastFailure?.code !== failure.code))
      this.note(`${failure.code}: ${failure.message}`);
    data.lastFailure = { ...failure, at: now() };
    if (nextAtMs !== null) data.retryAt = iso(nextAtMs);
  }

  /** Instant at which somebody is reminded that a campaign waits for a person. */
  remindAt(): number {
    return Date.parse(this.data.since) + this.#input.campaignPace.startWithinMs;
  }

  view(pages: CampaignPages, commands: readonly CommandView[], speed: CampaignSpeed): CampaignView {
    const { data } = this;
    const { campaignId, title, source, wishes, plannedBy } = this.#input;
    const users = pages.users();
    const rate = speed.perSecond(outcomesIn(users), Date.now());
    const left = openIn(users) - countOf(users, 'waiting-for-seat', 'unread');
    const eta = rate === null || left === 0 ? null : iso(Date.now() + (left / rate) * 1_000);
    return {
      ...{ campaignId, title, source, wishes, plannedBy },
      ...{ state: data.state, since: data.since, options: data.options },
      ...{ startedBy: data.startedBy, confirmedBy: data.confirmedBy, needsSecond: data.needsSecond, plan: data.plan },
      pages: { sealed: pages.size, ...pages.figures() },
      wave: data.wave,
      waves: this.#waves(pages),
      ...{ users, failures: pages.failures(), seatsMissing: pages.seatsMissing() },
      ...{ usersPerSecond: rate, eta, pause: data.pause },
      waitsFor: this.#waitsFor(pages),
      commands: commands.slice(-COMMANDS_SHOWN_MAX),
      lastFailure: data.lastFailure,
      rollbackUntil: data.rollbackUntil,
      needsAttention: this.#needsAttention(pages, users),
      timeline: data.timeline,
    };
  }

  /** Makes the state visible outside. One upsert for all attributes, and none where nothing changed. */
  publish(view: CampaignView): void {
    setCurrentDetails(campaignStory(view));
    const skus = listAttribute((view.plan?.skus ?? []).map(({ skuId }) => skuId));
    const dueAt = DRAINING.includes(view.state) ? null : (view.waitsFor?.nextAt ?? null);
    const attention = view.needsAttention.length > 0;
    const published = JSON.stringify([view.state, skus, dueAt, attention]);
    if (published === this.#published) return;
    this.#published = published;
    upsertSearchAttributes([
      { key: LICENSE_STATE, value: view.state },
      { key: LICENSE_SKUS, value: skus },
      { key: LICENSE_DUE_AT, value: dueAt === null ? null : new Date(dueAt) },
      { key: NEEDS_ATTENTION, value: attention },
    ]);
  }

  #waitsFor(pages: CampaignPages): Wait | null {
    return waitOf(this.#input, this.data, pages, this.remindAt());
  }

  /** As the plan has them, until pages have said who is in them. */
  #waves(pages: CampaignPages): readonly WaveView[] {
    const said = new Map(pages.waves().map((wave) => [wave.wave, wave]));
    const planned = (this.data.plan?.waves ?? []).flatMap((users, wave) => (users > 0 ? [wave] : []));
    const numbers = [...new Set([...said.keys(), ...planned])].sort((a, b) => a - b);
    return numbers.map((wave) => {
      const { startedAt = null, endedAt = null } = this.data.waveTimes[wave] ?? {};
      const { users = { ready: this.data.plan?.waves[wave] ?? 0 }, failures = {} } = said.get(wave) ?? {};
      const state = startedAt === null ? 'open' : endedAt === null ? 'running' : 'over';
      return { wave, users, failures, state, startedAt, endedAt };
    });
  }

  #needsAttention(pages: CampaignPages, users: UserCounts): readonly string[] {
    const { data } = this;
    const gone = pages.gone();
    const [unknown, notRestored] = [countOf(users, 'unknown'), countOf(users, 'not-restored')];
    const isBlocked = data.retryAt !== null && data.lastFailure !== null;
    const isForgotten = data.state === 'paused' || data.state === 'awaiting-promotion';
    return [
      ...data.problems,
      ...(data.pause !== null && data.pause.kind !== 'by-command' && !isFinalCampaign(data.state)
        ? [`It stands still until somebody decides how it goes on.`]
        : []),
      ...(gone.length > 0 && !isFinalCampaign(data.state)
        ? [`Pages that were ended from outside say nothing more: ${gone.join(', ')}. Their last figures count.`]
        : []),
      ...(notRestored > 0 ? [`${notRestored} users could not be put back; look at them.`] : []),
      ...(unknown > 0 ? [`${unknown} users have an unknown outcome; look at what they hold now.`] : []),
      ...(isBlocked && data.lastFailure !== null && meaningOf(data.lastFailure.code).handling === 'fix-access'
        ? [`${data.lastFailure.code}: ${meaningOf(data.lastFailure.code).remedy}`]
        : []),
      ...(data.state === 'outside-hours' && data.hoursKnown && data.opensAt === null
        ? ['No allowed hour ever comes: cancel the campaign, and plan it with other hours.']
        : []),
      ...(isForgotten && Date.now() >= this.remindAt() ? [`It has waited for a person since ${data.since}.`] : []),
    ];
  }
}

/** Outcomes that writes came to; whoever was put back had two of them. */
export function outcomesIn(users: UserCounts): number {
  const forth = countOf(users, 'done', 'failed', 'unknown', 'drifted', 'restoring');
  return forth + 2 * countOf(users, 'restored', 'left-alone', 'not-restored');
}

function beginning({ options, source }: CampaignInput): CampaignData {
  const text =
    source.kind === 'file' ? 'Recorded; its pages are being started.' : 'Recorded; its users are looked for.';
  return {
    ...{ state: 'intake', since: now(), options, seal: null, plan: null, contents: {}, accepted: null },
    ...{ needsSecond: false, startedBy: null, confirmedBy: null, wave: null, waveTimes: {}, promoted: -1 },
    ...{ soakUntil: null, round: 0, pause: null, forgiven: { total: 0, waves: {} }, resumedAt: null },
    ...{ rollback: null, rollbackUntil: null, lastFailure: null, retryAt: null },
    ...{ hoursKnown: false, opensAt: null, closesAt: null },
    ...{ problems: [], timeline: [{ at: now(), text }] },
  };
}
