/** A campaign as it crosses process boundaries: what it is made of, how it is commanded, what can be seen of it. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Actor } from '../domain/approval.js';
import type {
  BlockCode, CampaignState, FailureBudget, Signature, SpentBudget, UserCounts, WarningCode, WavePlan,
} from '../domain/campaign.js'; // prettier-ignore
import type { CommandKind, Tuning } from '../domain/campaign-commands.js';
import type { Json } from '../domain/digest.js';
import { digestOf } from '../domain/digest.js';
import type { Failure, FailureCode } from '../domain/failures.js';
import type { SkuId } from '../domain/license.js';
import type { SkuFacts } from '../domain/plan.js';
import type { AuditView } from './audit.js';
import type { PagePlan, PageStatus } from './campaign-page.js';
import type { LicenseRequest, TimelineEntry, Wait } from './license-request.js';
import type { Pace } from './pace.js';

export type { CommandKind, Tuning };

export const CAMPAIGN = 'campaign';

/** What a campaign id may be: it becomes a workflow id, which no codec encrypts. */
export const CAMPAIGN_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

export function campaignWorkflowId(campaignId: string): string {
  return `campaign/${campaignId}`;
}

/** What shall happen to a user: products by part number or id, as in a request. */
export type CampaignWish = Pick<LicenseRequest, 'add' | 'remove' | 'losing'>;

/** Where the users come from. A file is read by whoever starts the campaign, the directory by a worker. */
export type CampaignSource =
  | { readonly kind: 'file'; readonly name: string; readonly rows: number; readonly merged: number }
  | { readonly kind: 'holders'; readonly sku: string; readonly except: readonly string[] }
  /** Object id of the group; members through nested groups count. */
  | { readonly kind: 'group'; readonly group: string; readonly except: readonly string[] };

/** In which hours writes may start, in one time zone; `null` for at any time. */
export interface AllowedHours {
  /** IANA name. */
  readonly timeZone: string;
  /** `HH:mm`; from `from` until `to`, also across midnight. */
  readonly from: string;
  readonly to: string;
  /** ISO weekdays, 1 is Monday. */
  readonly days: readonly number[];
  /** No writes in between; ISO 8601 instants. */
  readonly freezes: readonly { readonly from: string; readonly until: string }[];
}

export interface CampaignOptions {
  readonly waves: WavePlan;
  readonly budget: FailureBudget;
  /** From the end of a wave to the next one, in milliseconds. */
  readonly soakMs: number;
  /** Whether a person lets each wave go (`canary`: only the first one after the canary). */
  readonly promote: 'by-hand' | 'canary-by-hand' | 'by-itself';
  readonly hours: AllowedHours | null;
  /** Most writes in a second; `null` for the pace of the workers alone. */
  readonly perSecond: number | null;
  /** Writes that are scheduled at a time, over all pages. */
  readonly concurrency: number;
  /** How long a user may wait for a seat. */
  readonly seatWaitMs: number;
  /** How long after its end a campaign can be rolled back. */
  readonly rollbackWindowMs: number;
}

/** Sizes and times of the machinery. All times in milliseconds. */
export interface CampaignPace {
  /** Users of one page. */
  readonly pageRows: number;
  /** Pages that plan at a time, and pages that write at a time. */
  readonly planPages: number;
  readonly runPages: number;
  /** A page says how far it is after so many users, and at once after the first failure, but never more often than this. */
  readonly statusEvery: number;
  readonly statusMs: number;
  /** However few they are, an outcome is told after so long at the latest. @default never by time alone */
  readonly statusWithinMs?: number;
  /** Pools hear no more often than this which of their seats are used by now. @default with each status */
  readonly seatsToldMs?: number;
  /** A page that is silent for so long is given its order again. */
  readonly silentMs: number;
  /** How often the products are looked at while a campaign runs. */
  readonly watchMs: number;
  /** A campaign whose pages nobody seals ends after so long; a page without an order looks as often whether its campaign is there. */
  readonly intakeMs: number;
  readonly startWithinMs: number;
  /** Events after which a workflow goes on in a new run. */
  readonly eventsMax: number;
}

/** Pages of one campaign: what it knows of each goes from run to run in one payload, and 2 MB are the most that one holds. */
export const PAGES_MAX = 400;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT_CAMPAIGN_PACE: CampaignPace = {
  pageRows: 250,
  planPages: 4,
  runPages: 8,
  statusEvery: 50,
  statusMs: SECOND,
  statusWithinMs: 10 * SECOND,
  seatsToldMs: 30 * SECOND,
  silentMs: 2 * MINUTE,
  watchMs: MINUTE,
  intakeMs: HOUR,
  startWithinMs: 14 * DAY,
  eventsMax: 4_000,
};

/** Why so many users are more than one campaign takes, as a sentence; `null` where they are not. */
export function tooManyUsers(users: number, { pageRows }: Pick<CampaignPace, 'pageRows'>): string | null {
  const most = PAGES_MAX * pageRows;
  return users <= most
    ? null
    : `One campaign takes at most ${most} users, and these are ${users}. Split them: campaigns beside each other share the pace of the workers.`;
}

export const DEFAULT_CAMPAIGN_OPTIONS: CampaignOptions = {
  waves: { canary: true, sizes: ['rest'] },
  budget: { perWave: { count: null, percent: 2 }, total: { count: null, percent: 1 } },
  soakMs: 0,
  promote: 'canary-by-hand',
  hours: null,
  perSecond: null,
  concurrency: 40,
  seatWaitMs: 7 * DAY,
  rollbackWindowMs: 14 * DAY,
};

export interface CampaignInput {
  readonly campaignId: string;
  readonly title: string;
  readonly source: CampaignSource;
  readonly wishes: readonly CampaignWish[];
  readonly options: CampaignOptions;
  /** {@link campaignDigest} of source, wishes and options: the same campaign again joins, another one is refused. */
  readonly digest: string;
  readonly plannedBy: Actor;
  readonly pace: Pace;
  readonly campaignPace: CampaignPace;
  readonly carried: CarriedCampaign | null;
}

/** What makes two campaigns the same: the people, what shall happen to them, and how. Titles and file names may differ. */
export function campaignDigest({
  source,
  wishes,
  options,
}: Pick<CampaignInput, 'source' | 'wishes' | 'options'>): string {
  return digestOf({
    source: sourceContent(source),
    wishes: wishes.map(wishContent),
    // All of it is data: numbers, texts, lists.
    options: options as unknown as Json,
  });
}

/** Products, groups and people are the same in any case, and whom a source leaves out in any order. */
function sourceContent(source: CampaignSource): Json {
  if (source.kind === 'file') return { ...source, name: null };
  const except = [...new Set(source.except.map(same))].sort();
  return source.kind === 'holders'
    ? { kind: 'holders', sku: same(source.sku), except }
    : { kind: 'group', group: same(source.group), except };
}

function same(text: string): string {
  return text.trim().toLowerCase();
}

/** A wish as digests see it: case does not matter, and what is left out is the same as what is empty. */
export function wishContent({ add, remove, losing = [] }: CampaignWish): Json {
  return {
    add: add.map(({ sku, disabledPlans, enabledPlans = [], keepPlans = false }) => ({
      sku: same(sku),
      disabledPlans: disabledPlans.map(same).sort(),
      enabledPlans: enabledPlans.map(same).sort(),
      keepPlans,
    })),
    remove: remove.map(same),
    losing: losing.map(same).sort(),
  };
}

/** Opaque to everybody but the campaign itself. */
export type CarriedCampaign = Readonly<Record<string, unknown>>;

// --- the plan ---------------------------------------------------------------------------------------------------------

export interface SeatForecast {
  readonly sku: SkuFacts;
  readonly free: number;
  /** Seats that users of each wave need, from wave 0 on. */
  readonly neededByWave: readonly number[];
  readonly needed: number;
  /** Seats of this product that a rollback of everything would need. */
  readonly neededToRestore: number;
}

export interface SubscriptionFact {
  readonly skuId: SkuId;
  readonly status: string;
  readonly isTrial: boolean;
  readonly totalLicenses: number;
  /** When it renews or ends, ISO 8601; `null` where Microsoft says nothing. */
  readonly nextLifecycleAt: string | null;
}

/** A group that gives users of the campaign a product which is to be removed. */
export interface GroupFact {
  readonly groupId: string;
  /** `null` where the worker may not read it. */
  readonly name: string | null;
  readonly dynamic: boolean;
  readonly synced: boolean;
  readonly skuId: SkuId;
  readonly users: number;
}

export interface CampaignPlan {
  /** What `start` has to name. Covers users, signatures, waves, and the plan lists of the touched SKUs. */
  readonly digest: string;
  readonly at: string;
  readonly users: number;
  readonly ready: number;
  readonly already: number;
  readonly blocked: Readonly<Partial<Record<BlockCode, number>>>;
  readonly warnings: Readonly<Partial<Record<WarningCode, number>>>;
  /** The most frequent first; details are asked of the page named. */
  readonly signatures: readonly SignatureCount[];
  /** Signatures beyond those that the campaign keeps, and their users. */
  readonly furtherSignatures: { readonly signatures: number; readonly users: number };
  /** Users of each wave, from wave 0 (the canary) on. */
  readonly waves: readonly number[];
  readonly skus: readonly SkuFacts[];
  readonly seats: readonly SeatForecast[];
  readonly subscriptions: readonly SubscriptionFact[];
  readonly groups: readonly GroupFact[];
  /** What the plan cannot promise, as sentences: renewals in the window, seats that are missing, what a rollback cannot bring back. */
  readonly cautions: readonly string[];
}

export interface SignatureCount {
  readonly key: string;
  readonly outcome: Signature['outcome'];
  readonly users: number;
  /** A page that has users of it. */
  readonly page: number;
}

// --- commands ---------------------------------------------------------------------------------------------------------

/** Who commands, and why. The same `commandId` twice has the effect of once, in whichever run. */
export interface CampaignCommand {
  readonly commandId: string;
  readonly actor: Actor;
  readonly reason: string | null;
}

export type RollbackScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'wave'; readonly wave: number }
  | { readonly kind: 'page'; readonly page: number }
  /** Object ids or user principal names, as the campaign's pages know them, and the pages that have them. */
  | { readonly kind: 'users'; readonly users: readonly { readonly id: string; readonly page: number }[] };

/** A command as everybody can see it. `draining`: accepted, and what is in flight has to end first. */
export interface CommandView {
  readonly commandId: string;
  readonly kind: CommandKind;
  readonly by: string;
  readonly reason: string | null;
  readonly state: 'requested' | 'draining' | 'done' | 'overtaken';
  readonly at: string;
  readonly doneAt: string | null;
  /** What it is about, such as `wave 3`. */
  readonly about: string | null;
}

/** Closes the intake: so many pages with these digests. */
export const sealCampaign = defineUpdate<
  void,
  [pages: { readonly rows: readonly number[]; readonly digests: readonly string[] }]
>('seal');
export const startCampaign = defineUpdate<CommandView, [command: CampaignCommand & { readonly plan: string }]>('start');
export const confirmCampaign = defineUpdate<CommandView, [command: CampaignCommand & { readonly plan: string }]>(
  'confirm',
);
export const pauseCampaign = defineUpdate<CommandView, [command: CampaignCommand]>('pause');
/** `plan` is needed where the campaign asks about a plan that had to be made again. */
export const resumeCampaign = defineUpdate<CommandView, [command: CampaignCommand & { readonly plan?: string }]>(
  'resume',
);
export const promoteCampaign = defineUpdate<CommandView, [command: CampaignCommand]>('promote');
export const tuneCampaign = defineUpdate<CommandView, [command: CampaignCommand & { readonly tuning: Tuning }]>('tune');
/** Tries failed users again; `codes` picks some. */
export const retryCampaign = defineUpdate<
  CommandView,
  [command: CampaignCommand & { readonly codes: readonly FailureCode[] | null }]
>('retry');
export const cancelCampaign = defineUpdate<CommandView, [command: CampaignCommand]>('cancel');
export const rollBackCampaign = defineUpdate<
  CommandView,
  [command: CampaignCommand & { readonly scope: RollbackScope }]
>('rollBack');
/** Plans users that were not written again, because a product changed or because somebody wants to know. */
export const replanCampaign = defineUpdate<CommandView, [command: CampaignCommand]>('replan');

/** `ApplicationFailure.type` of refused commands. */
export const CAMPAIGN_REFUSALS = {
  /** The command makes no sense in this state. */
  wrongState: 'WRONG_STATE',
  /** The digest is not the one of the plan in force. */
  otherPlan: 'OTHER_PLAN',
  /** The second person has to be another one. */
  samePerson: 'SAME_PERSON',
  /** The id stands for a campaign with another source, other wishes or options. */
  otherCampaign: 'CAMPAIGN_DIFFERS',
  /** A rate or concurrency out of range, a wave that does not exist, and so on. */
  invalid: 'INVALID_COMMAND',
} as const;

/** From the pages. */
export const pageSays = defineSignal<[status: PageStatus]>('pageSays');

// --- what can be seen -------------------------------------------------------------------------------------------------

export interface WaveView {
  readonly wave: number;
  readonly users: UserCounts;
  readonly failures: Readonly<Record<string, number>>;
  /** `open`: its turn has not come. `over`: each of its users has an outcome or waits for a seat. */
  readonly state: 'open' | 'running' | 'over';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
}

/** Why a campaign stands still. */
export type PauseReason =
  | { readonly kind: 'by-command'; readonly by: string; readonly reason: string | null }
  | { readonly kind: 'budget'; readonly spent: SpentBudget }
  /** The plan list of a product changed; users not yet written are to be planned again. */
  | { readonly kind: 'product-changed'; readonly skus: readonly string[] }
  | { readonly kind: 'access'; readonly failure: Failure };

export interface CampaignTimelineEntry extends TimelineEntry {
  /** What paused the campaign at this instant. */
  readonly pause?: PauseReason['kind'];
}

export interface CampaignView {
  readonly campaignId: string;
  readonly title: string;
  readonly state: CampaignState;
  readonly since: string;
  readonly source: CampaignSource;
  readonly wishes: readonly CampaignWish[];
  readonly options: CampaignOptions;
  readonly plannedBy: Actor;
  readonly startedBy: Actor | null;
  readonly confirmedBy: Actor | null;
  /** Whether the policy wants a second person for so many users. */
  readonly needsSecond: boolean;
  readonly plan: CampaignPlan | null;
  readonly pages: {
    readonly sealed: number;
    readonly planned: number;
    readonly active: number;
    readonly settled: number;
  };
  /** The wave that runs or ran last; `null` before the first. */
  readonly wave: number | null;
  readonly waves: readonly WaveView[];
  readonly users: UserCounts;
  readonly failures: Readonly<Record<string, number>>;
  readonly seatsMissing: number;
  /** Users that got an outcome by a write in the last minutes, a second; `null` where nothing was written lately. */
  readonly usersPerSecond: number | null;
  /** When the users of this wave, and all, will have an outcome at that rate, ISO 8601; `null` without a basis. */
  readonly eta: string | null;
  readonly pause: PauseReason | null;
  readonly waitsFor: Wait | null;
  readonly commands: readonly CommandView[];
  readonly lastFailure: (Failure & { readonly at: string }) | null;
  /** When the rollback window closes, ISO 8601; `null` before the end. */
  readonly rollbackUntil: string | null;
  readonly needsAttention: readonly string[];
  /** Missing where no audit trail is told of it. */
  readonly audit?: AuditView;
  readonly timeline: readonly CampaignTimelineEntry[];
}

export const campaignView = defineQuery<CampaignView>('view');

export type { PagePlan, PageStatus };
