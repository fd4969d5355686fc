/** Campaigns as an application uses them: plan, start, look, steer, take back. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import type {
  CampaignCommand,
  CampaignInput,
  CampaignOptions,
  CampaignPace,
  CampaignSource,
  CampaignView,
  CampaignWish,
  CommandView,
  RollbackScope,
  Tuning,
} from '../contracts/campaign.js';
import {
  CAMPAIGN,
  CAMPAIGN_ID,
  CAMPAIGN_REFUSALS,
  campaignDigest,
  campaignView,
  campaignWorkflowId,
  cancelCampaign,
  confirmCampaign,
  DEFAULT_CAMPAIGN_PACE,
  pauseCampaign,
  promoteCampaign,
  replanCampaign,
  resumeCampaign,
  retryCampaign,
  rollBackCampaign,
  sealCampaign,
  startCampaign,
  tooManyUsers,
  tuneCampaign,
} from '../contracts/campaign.js';
import type { CampaignPageInput, CampaignRow, PageContent, RollbackPreview } from '../contracts/campaign-page.js';
import { campaignPageWorkflowId, pageContent, pageDigest, previewRollback } from '../contracts/campaign-page.js';
import type { Remainder } from '../contracts/campaign-reads.js';
import { scopeProblem } from '../contracts/campaign-scope.js';
import { campaignStateText } from '../contracts/campaign-story.js';
import type { Pace } from '../contracts/pace.js';
import { LICENSE_STATE, NEEDS_ATTENTION } from '../contracts/search-attributes.js';
import { PRIORITY } from '../contracts/task-queues.js';
import type { SkuSeats } from '../contracts/tenant.js';
import type { Actor } from '../domain/approval.js';
import type { CampaignState, Signature, UserState } from '../domain/campaign.js';
import { tuningProblems } from '../domain/campaign-commands.js';
import { wavePlanProblems } from '../domain/campaign-waves.js';
import type { FailureCode } from '../domain/failures.js';
import type { SkuId } from '../domain/license.js';
import type { CampaignFile } from './campaign-csv.js';
import type { CampaignFilter, CampaignListRow } from './campaign-list.js';
import { campaignPage, listCampaigns } from './campaign-list.js';
import type { CampaignUser, CampaignUserFilter, CountedSignature, ErrorGroup } from './campaign-users.js';
import { usersPage } from './campaign-users-page.js';
import { campaignPages } from './campaign-pages.js';
import { ErrorGroups, FAILED_STATES, fits, usersIn } from './campaign-users.js';
import { chunksOf, inParallel } from './in-parallel.js';
import { LicenseflowError } from './licenseflow-error.js';
import type { TenantQuestions } from './tenant-questions.js';
import type { Page, PageOptions } from './visibility-page.js';
import { askingAgain, callingTemporal, howItStands, noAnswer, sendingAgain } from './temporal-errors.js';

export interface CampaignsOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly pace: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. */
  readonly answerWithinMs: number;
  readonly tenant: Pick<TenantQuestions, 'person' | 'seats' | 'remainder'>;
}

/** Users that a worker finds in the directory. */
export type DirectorySource = Exclude<CampaignSource, { readonly kind: 'file' }>;

export interface NewCampaign {
  /** What a campaign id may be: `CAMPAIGN_ID`. */
  readonly campaignId: string;
  readonly title: string;
  /** A file as `readCampaignCsv` has read it, with the wishes of its rows; or a directory source with one wish for all. */
  readonly source: CampaignFile | (DirectorySource & { readonly wish: CampaignWish });
  readonly options: CampaignOptions;
  /** @default DEFAULT_CAMPAIGN_PACE */
  readonly campaignPace?: CampaignPace;
}

/** How far the start of a campaign's pages is. */
export interface PagesStarted {
  readonly started: number;
  readonly pages: number;
}

export interface CommandOptions {
  readonly actor: Actor;
  readonly reason?: string;
  /** The same id again is the same command. @default a new one */
  readonly commandId?: string;
}

export interface WatchOptions {
  readonly everyMs: number;
  readonly signal?: AbortSignal;
  /** Nobody answers just now; it goes on asking. */
  readonly onSilence?: (why: LicenseflowError) => void;
}

/** What a rollback is about; users by object id or user principal name. */
export type RollbackOf =
  Exclude<RollbackScope, { readonly kind: 'users' }> | { readonly kind: 'users'; readonly users: readonly string[] };

export interface CampaignRollbackPreview extends Omit<RollbackPreview, 'page' | 'seatsNeeded'> {
  readonly campaignId: string;
  /** Seats that it needs, against those that are free now. */
  readonly seats: readonly {
    readonly skuId: SkuId;
    readonly name: string;
    readonly needed: number;
    /** `null` where the tenant does not own the product any more. */
    readonly free: number | null;
  }[];
}

type CampaignWorkflow = (input: CampaignInput) => Promise<void>;
type PageWorkflow = (input: CampaignPageInput) => Promise<PageContent>;

/** Pages that are asked at a time, and that are started at a time. */
const PAGES_AT_ONCE = 4;
const STARTED_AT_ONCE = 8;
/** Of the time for an answer: a preview reads hundreds of users. */
const PREVIEW_TIMES = 4;

export class Campaigns {
  readonly #options: CampaignsOptions;

  constructor(options: CampaignsOptions) {
    this.#options = options;
  }

  /**
   * Records a campaign and lets it plan, which writes nothing to the tenant. The same campaign again joins the first one,
   * also where that was cut off half-way.
   *
   * @throws LicenseflowError `invalid`, or `conflict` if the id stands for another campaign.
   */
  async plan(
    campaign: NewCampaign,
    plannedBy: Actor,
    onProgress: (progress: PagesStarted) => void = () => undefined,
  ): Promise<CampaignView> {
    const input = this.#input(campaign, await this.#knownActor(plannedBy));
    await this.#startOrJoin(campaign, input);
    if (campaign.source.kind === 'file') {
      const pages = pagesOf(input, campaign.source.rows);
      await this.#startPages(pages, onProgress);
      await this.#seal(input, pages);
    }
    return this.view(campaign.campaignId);
  }

  /** Everything that the campaign itself knows: its plan, its waves, its figures, what it waits for. */
  async view(campaignId: string): Promise<CampaignView> {
    return this.#asking(campaignId, () => howItStands(this.#handle(campaignId), campaignView));
  }

  /**
   * Looks again and again, and yields what has changed, until nothing more happens by itself. A lost connection does not
   * end it.
   */
  async *watch(campaignId: string, { everyMs, signal, onSilence }: WatchOptions): AsyncGenerator<CampaignView, void> {
    let last = '';
    let known = false;
    while (signal?.aborted !== true) {
      try {
        const view = await this.view(campaignId);
        known = true;
        const text = JSON.stringify(view);
        if (text !== last) yield view;
        last = text;
        if (isAtRest(view)) return;
      } catch (error) {
        // Whatever was wrong from the start is no matter of the connection.
        if (!known || !isSilence(error)) throw error;
        onSilence?.(error);
      }
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Campaigns, the newest first. */
  list(filter: CampaignFilter = {}): Promise<readonly CampaignListRow[]> {
    return listCampaigns(this.#options, filter);
  }

  /** The same, page by page. */
  page(filter: Omit<CampaignFilter, 'limit'>, page: PageOptions): Promise<Page<CampaignListRow>> {
    return campaignPage(this.#options, filter, page);
  }

  /** What happens to whom, in dozens of rows: each signature with all its details, the most frequent first. */
  async signatures(campaignId: string): Promise<readonly CountedSignature[]> {
    const { plan } = await this.view(campaignId);
    const counts = plan?.signatures ?? [];
    const pages = [...new Set(counts.map(({ page }) => page))];
    const contents = await inParallel(pages, PAGES_AT_ONCE, (page) => this.#page(campaignId, page));
    const known = new Map<string, Signature>(
      contents.flatMap(({ signatures }) => signatures.map((signature) => [signature.key, signature] as const)),
    );
    return counts.flatMap(({ key, users, page }) => {
      const signature = known.get(key);
      return signature === undefined ? [] : [{ ...signature, users, page }];
    });
  }

  // --- commands -----------------------------------------------------------------------------------------------------

  /**
   * Starts the campaign that was planned.
   *
   * @param plan digest of the plan that was looked at.
   * @throws LicenseflowError `conflict` for another plan than the one in force, `not-found` for an unknown actor.
   */
  async start(
    campaignId: string,
    { plan, ...options }: CommandOptions & { readonly plan: string },
  ): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) =>
      handle.executeUpdate(startCampaign, { args: [{ ...command, plan }] }),
    );
  }

  /** Agrees as a second person, where the policy wants one. */
  async confirm(
    campaignId: string,
    { plan, ...options }: CommandOptions & { readonly plan: string },
  ): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) =>
      handle.executeUpdate(confirmCampaign, { args: [{ ...command, plan }] }),
    );
  }

  /** Stops all writes that are not under way. Nobody is looked up first: a brake is not held up. */
  async pause(campaignId: string, options: CommandOptions): Promise<CommandView> {
    const command = unchecked(options);
    return this.#commanding(campaignId, (handle) => handle.executeUpdate(pauseCampaign, { args: [command] }));
  }

  /** Goes on. `plan` is needed where users were planned again: the digest that was looked at. */
  async resume(
    campaignId: string,
    { plan, ...options }: CommandOptions & { readonly plan?: string },
  ): Promise<CommandView> {
    const command = { ...(await this.#command(options)), ...(plan !== undefined && { plan }) };
    return this.#commanding(campaignId, (handle) => handle.executeUpdate(resumeCampaign, { args: [command] }));
  }

  /** Lets the next wave go. */
  async promote(campaignId: string, options: CommandOptions): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) => handle.executeUpdate(promoteCampaign, { args: [command] }));
  }

  /** Changes rate, concurrency or budget from now on. */
  async tune(
    campaignId: string,
    { tuning, ...options }: CommandOptions & { readonly tuning: Tuning },
  ): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) =>
      handle.executeUpdate(tuneCampaign, { args: [{ ...command, tuning }] }),
    );
  }

  /** Tries users that failed once more; `codes` picks some of them. */
  async retry(
    campaignId: string,
    { codes = null, ...options }: CommandOptions & { readonly codes?: readonly FailureCode[] | null },
  ): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) =>
      handle.executeUpdate(retryCampaign, { args: [{ ...command, codes }] }),
    );
  }

  /** Ends it: whose turn has not come is skipped, what was done stays. */
  async cancel(campaignId: string, options: CommandOptions): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) => handle.executeUpdate(cancelCampaign, { args: [command] }));
  }

  /**
   * Puts users back to what they held before.
   *
   * @throws LicenseflowError `not-found` with every user that is not in the campaign.
   */
  async rollBack(
    campaignId: string,
    { of, ...options }: CommandOptions & { readonly of: RollbackOf },
  ): Promise<CommandView> {
    const command = await this.#command(options);
    const scope = await this.#scope(campaignId, of);
    return this.#commanding(campaignId, (handle) =>
      handle.executeUpdate(rollBackCampaign, { args: [{ ...command, scope }] }),
    );
  }

  /** Plans users that were not written again; going on needs the new digest. */
  async replan(campaignId: string, options: CommandOptions): Promise<CommandView> {
    const command = await this.#command(options);
    return this.#commanding(campaignId, (handle) => handle.executeUpdate(replanCampaign, { args: [command] }));
  }

  // --- users --------------------------------------------------------------------------------------------------------

  /** The users page by page, in the order of the source; a few pages are asked ahead. */
  async *users(campaignId: string, filter: CampaignUserFilter = {}): AsyncGenerator<CampaignUser, void> {
    const { pages } = await this.view(campaignId);
    const wanted = Array.from({ length: pages.sealed }, (_, i) => i + 1).filter(
      (page) => filter.pages === undefined || filter.pages.includes(page),
    );
    yield* this.#usersOf(campaignId, wanted, filter);
  }

  /**
   * The same, so many at a time.
   *
   * @throws LicenseflowError `invalid` for a cursor that no page before has named.
   */
  async usersPage(
    campaignId: string,
    filter: Omit<CampaignUserFilter, 'pages'>,
    page: PageOptions,
  ): Promise<Page<CampaignUser>> {
    const { pages } = await this.view(campaignId);
    return usersPage(page, pages.sealed, (number) => this.#usersOf(campaignId, [number], filter));
  }

  /** What went wrong, grouped by its reason, the most frequent first. */
  async errors(campaignId: string, states: readonly UserState[] = FAILED_STATES): Promise<readonly ErrorGroup[]> {
    const groups = new ErrorGroups();
    for await (const user of this.users(campaignId, { states })) groups.add(user);
    return groups.all();
  }

  /**
   * What a rollback would do to whom, as reads show it now. Changes nothing.
   *
   * @throws LicenseflowError `not-found` with every user that is not in the campaign; `invalid` for a page that is not
   *   there, and for a wave that did not run.
   */
  async previewRollback(campaignId: string, of: RollbackOf): Promise<CampaignRollbackPreview> {
    const scope = await this.#scope(campaignId, of);
    const { pages, waves } = await this.view(campaignId);
    const ran = waves.flatMap(({ wave, startedAt }) => (startedAt === null ? [] : [[wave, startedAt] as const]));
    const problem = scopeProblem(scope, { waves: Object.fromEntries(ran), pages: pages.sealed });
    if (problem !== null) throw nothingToPreview(campaignId, problem);
    const [previews, seats] = await Promise.all([
      inParallel(pagesIn(scope, pages.sealed), PAGES_AT_ONCE, (page) => this.#preview(campaignId, page, scope)),
      this.#options.tenant.seats(),
    ]);
    return { campaignId, ...summedUp(previews, seats) };
  }

  /** The wave whose turn comes next; `null` where none is left. */
  async nextWave(campaignId: string): Promise<number | null> {
    const { wave, waves, plan } = await this.view(campaignId);
    const open = waves.filter(({ state }) => state === 'open').map((view) => view.wave);
    const next = waves.length > 0 ? open : [...(plan?.waves ?? []).keys()].filter((i) => (plan?.waves[i] ?? 0) > 0);
    return next.find((number) => number > (wave ?? -1)) ?? null;
  }

  /** Who is in a wave, to tell them beforehand. */
  async *usersOfWave(campaignId: string, wave: number): AsyncGenerator<CampaignUser, void> {
    yield* this.users(campaignId, { waves: [wave] });
  }

  /**
   * Who has joined the directory source of the campaign since its plan.
   *
   * @throws LicenseflowError `invalid` for a campaign whose users came from a file.
   */
  async remainder(campaignId: string): Promise<Remainder> {
    const { source, pages } = await this.view(campaignId);
    if (source.kind !== 'file') return this.#options.tenant.remainder({ campaignId, source, pages: pages.sealed });
    throw new LicenseflowError(
      'invalid',
      'NO_DIRECTORY_SOURCE',
      `The users of campaign ${campaignId} came from a file, so nobody can join them.`,
      'A new file is a new campaign: licenseflow campaign plan --help',
    );
  }

  // --- inside -------------------------------------------------------------------------------------------------------

  #input({ campaignId, title, source, options, campaignPace = DEFAULT_CAMPAIGN_PACE }: NewCampaign, plannedBy: Actor) {
    const refusal = refusalOf(campaignId, options, source, campaignPace);
    if (refusal !== null) throw refusal;
    const made = { source: sourceOf(source), wishes: 'wishes' in source ? source.wishes : [source.wish], options };
    const { pace } = this.#options;
    return {
      ...{ campaignId, title, ...made, digest: campaignDigest(made), plannedBy },
      ...{ pace, campaignPace, carried: null },
    } satisfies CampaignInput;
  }

  async #startOrJoin({ campaignId, title }: NewCampaign, input: CampaignInput): Promise<void> {
    const { client, taskQueue } = this.#options;
    const { digest } = input;
    try {
      await this.#inTime(() =>
        client.workflow.start<CampaignWorkflow>(CAMPAIGN, {
          workflowId: campaignWorkflowId(campaignId),
          taskQueue,
          args: [input],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          memo: { digest, title, plannedAt: new Date().toISOString() } satisfies CampaignMemo,
          typedSearchAttributes: [
            { key: LICENSE_STATE, value: 'intake' },
            { key: NEEDS_ATTENTION, value: false },
          ],
          staticSummary: 'Licence campaign',
          priority: { priorityKey: PRIORITY.person },
        }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const { memo } = await this.#inTime(() => this.#handle(campaignId).describe());
      if (memo?.['digest'] !== digest) throw standsForAnother(campaignId, error);
    }
  }

  async #startPages(pages: readonly CampaignPageInput[], onProgress: (progress: PagesStarted) => void): Promise<void> {
    const port = campaignPages(this.#options);
    let started = 0;
    await inParallel(pages, STARTED_AT_ONCE, async (page) => {
      try {
        await this.#inTime(() => port.start(page));
      } catch (error) {
        throw error instanceof ApplicationFailure ? standsForAnother(page.campaignId, error) : error;
      }
      onProgress({ started: ++started, pages: pages.length });
    });
  }

  async #seal({ campaignId }: CampaignInput, pages: readonly CampaignPageInput[]): Promise<void> {
    const sealing = { rows: pages.map(({ rows }) => rows.length), digests: pages.map(({ digest }) => digest) };
    try {
      await this.#commanding(campaignId, (handle) => handle.executeUpdate(sealCampaign, { args: [sealing] }));
    } catch (error) {
      // It has ended since, and takes no updates; its view says how.
      if (!(error instanceof LicenseflowError) || error.code !== CAMPAIGN_ENDED) throw error;
    }
  }

  async #command(options: CommandOptions): Promise<CampaignCommand> {
    return unchecked({ ...options, actor: await this.#knownActor(options.actor) });
  }

  /** By the name that the directory has, so that one person has one name in the whole campaign. */
  async #knownActor(actor: Actor): Promise<Actor> {
    const { userPrincipalName: ref } = await this.#options.tenant.person(actor.ref);
    return { ...actor, ref };
  }

  async #scope(campaignId: string, of: RollbackOf): Promise<RollbackScope> {
    if (of.kind !== 'users') return of;
    const missing = new Map(of.users.map((user) => [user.trim().toLowerCase(), user]));
    const found = new Map<string, { readonly id: string; readonly page: number }>();
    for await (const { user, id, page } of this.users(campaignId)) {
      for (const name of [user, id ?? user].map((text) => text.toLowerCase()))
        if (missing.delete(name)) found.set(id ?? user, { id: id ?? user, page });
      if (missing.size === 0) break;
    }
    if (missing.size > 0) throw notInCampaign(campaignId, [...missing.values()]);
    return { kind: 'users', users: [...found.values()] };
  }

  async *#usersOf(campaignId: string, pages: readonly number[], filter: CampaignUserFilter) {
    for await (const content of this.#contents(campaignId, pages))
      yield* usersIn(content).filter((user) => fits(user, filter));
  }

  async #preview(campaignId: string, page: number, scope: RollbackScope): Promise<RollbackPreview> {
    const { client, answerWithinMs } = this.#options;
    const handle = client.workflow.getHandle<PageWorkflow>(campaignPageWorkflowId(campaignId, page));
    const users = scope.kind === 'users' ? scope.users.filter((user) => user.page === page).map(({ id }) => id) : null;
    const waves = scope.kind === 'wave' ? [scope.wave] : null;
    try {
      // Each user of the page is read.
      return await client.withDeadline(Date.now() + PREVIEW_TIMES * answerWithinMs, () =>
        sendingAgain(() => handle.executeUpdate(previewRollback, { args: [{ users, waves }] })),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw windowIsOver(campaignId, error);
      throw await explained(error, campaignId);
    }
  }

  async *#contents(campaignId: string, pages: readonly number[]): AsyncGenerator<PageContent, void> {
    const ahead: Promise<PageContent>[] = [];
    const rest = pages.values();
    for (;;) {
      while (ahead.length < PAGES_AT_ONCE) {
        const { value: page, done } = rest.next();
        if (done === true) break;
        const content = this.#page(campaignId, page);
        // Awaited in its turn, if anybody wants it by then.
        content.catch(() => undefined);
        ahead.push(content);
      }
      const content = ahead.shift();
      if (content === undefined) return;
      yield await content;
    }
  }

  /** What a page knows; one that has completed left it as its result. */
  async #page(campaignId: string, page: number): Promise<PageContent> {
    const handle = this.#options.client.workflow.getHandle<PageWorkflow>(campaignPageWorkflowId(campaignId, page));
    return this.#asking(campaignId, async () => {
      const { status } = await handle.describe();
      return status.name === 'COMPLETED' ? handle.result() : howItStands(handle, pageContent);
    });
  }

  async #commanding<T>(campaignId: string, send: (handle: WorkflowHandle<CampaignWorkflow>) => Promise<T>): Promise<T> {
    const { client, answerWithinMs } = this.#options;
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () =>
        sendingAgain(() => send(this.#handle(campaignId))),
      );
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw hasEnded(await this.view(campaignId), error);
      throw await explained(error, campaignId);
    }
  }

  async #inTime<T>(call: () => Promise<T>): Promise<T> {
    const { client, answerWithinMs } = this.#options;
    return callingTemporal(() => client.withDeadline(Date.now() + answerWithinMs, call));
  }

  async #asking<T>(campaignId: string, ask: () => Promise<T>): Promise<T> {
    const { client, answerWithinMs } = this.#options;
    try {
      return await askingAgain(client, answerWithinMs, ask);
    } catch (error) {
      throw await explained(error, campaignId);
    }
  }

  #handle(campaignId: string): WorkflowHandle<CampaignWorkflow> {
    return this.#options.client.workflow.getHandle<CampaignWorkflow>(campaignWorkflowId(campaignId));
  }
}

// --- new campaigns ----------------------------------------------------------------------------------------------------

/** What Temporal keeps of a campaign beside its history; readable without a worker. */
interface CampaignMemo extends Record<string, unknown> {
  readonly digest: string;
  readonly title: string;
  /** ISO 8601 in UTC. */
  readonly plannedAt: string;
}

function refusalOf(
  campaignId: string,
  { waves, ...options }: CampaignOptions,
  source: NewCampaign['source'],
  campaignPace: CampaignPace,
): LicenseflowError | null {
  if (!CAMPAIGN_ID.test(campaignId))
    return new LicenseflowError(
      'invalid',
      'MALFORMED_ID',
      `"${campaignId}" is no campaign id.`,
      'Use 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first.',
    );
  const tooMany = source.kind === 'file' ? tooManyUsers(source.rows.length, campaignPace) : null;
  const problems = [
    ...wavePlanProblems(waves),
    ...tuningProblems(options),
    ...waveColumnProblems(waves, source),
    ...(tooMany === null ? [] : [tooMany]),
  ];
  if (problems.length === 0) return null;
  return new LicenseflowError('invalid', 'BAD_OPTIONS', problems.join('\n'), 'Nothing was planned.');
}

function waveColumnProblems({ sizes }: CampaignOptions['waves'], source: NewCampaign['source']): readonly string[] {
  if (source.kind === 'file' && source.rows.length === 0) return ['Nobody is named.'];
  if (sizes !== 'column') return [];
  const hasColumn = source.kind === 'file' && source.rows.every(({ wave }) => wave !== undefined);
  return hasColumn ? [] : ['The waves shall come from the rows, and the rows name none.'];
}

function sourceOf(source: NewCampaign['source']): CampaignSource {
  if (source.kind === 'file') {
    const { kind, name, rows, merged } = source;
    return { kind, name, rows: rows.length, merged };
  }
  const { wish: _wish, ...directory } = source;
  return directory;
}

function pagesOf(
  { campaignId, wishes, pace, campaignPace }: CampaignInput,
  rows: readonly CampaignRow[],
): readonly CampaignPageInput[] {
  return chunksOf(rows, campaignPace.pageRows).map((own, i) => {
    const digest = pageDigest(own, wishes);
    return { campaignId, page: i + 1, rows: own, wishes, digest, pace, campaignPace, carried: null };
  });
}

// --- rollback ---------------------------------------------------------------------------------------------------------

function pagesIn(scope: RollbackScope, pages: number): readonly number[] {
  switch (scope.kind) {
    case 'page':
      return [scope.page];
    case 'users':
      return [...new Set(scope.users.map(({ page }) => page))];
    case 'all':
    case 'wave':
      return Array.from({ length: pages }, (_, i) => i + 1);
  }
}

function summedUp(
  previews: readonly RollbackPreview[],
  seats: readonly SkuSeats[],
): Omit<CampaignRollbackPreview, 'campaignId'> {
  const needed = new Map<SkuId, number>();
  for (const { seatsNeeded } of previews)
    for (const [skuId, count] of Object.entries(seatsNeeded)) needed.set(skuId, (needed.get(skuId) ?? 0) + count);
  const vanished = previews.flatMap(({ vanishedPlans }) => vanishedPlans);
  return {
    toRestore: sum(previews.map(({ toRestore }) => toRestore)),
    nothingToDo: sum(previews.map(({ nothingToDo }) => nothingToDo)),
    drifted: previews.flatMap(({ drifted }) => drifted),
    unreadable: previews.flatMap(({ unreadable }) => unreadable),
    vanishedPlans: [...new Map(vanished.map((plan) => [`${plan.skuId} ${plan.planId}`, plan])).values()],
    seats: [...needed].map(([skuId, count]) => {
      const sku = seats.find((product) => product.skuId === skuId);
      return { skuId, name: sku?.name ?? skuId, needed: count, free: sku?.free ?? null };
    }),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

// --- answers ----------------------------------------------------------------------------------------------------------

function unchecked({ actor, reason, commandId = randomUUID() }: CommandOptions): CampaignCommand {
  return { commandId, actor, reason: reason ?? null };
}

const AT_REST: readonly CampaignState[] = ['finished', 'closed', 'refused', 'abandoned'];

/** Nothing more happens by itself, or only the end of the rollback window. */
function isAtRest({ state, commands }: CampaignView): boolean {
  const pending = commands.some((command) => command.state === 'requested' || command.state === 'draining');
  return AT_REST.includes(state) && !pending;
}

function isSilence(error: unknown): error is LicenseflowError {
  return error instanceof LicenseflowError && (error.kind === 'unreachable' || error.kind === 'unanswered');
}

async function explained(error: unknown, campaignId: string): Promise<unknown> {
  if (error instanceof WorkflowNotFoundError)
    return new LicenseflowError(
      'not-found',
      'NO_SUCH_CAMPAIGN',
      `There is no campaign ${campaignId}.`,
      'Check the id: licenseflow campaign list --all',
      { cause: error },
    );
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure)
    return refused(campaignId, error.cause);
  if (error instanceof QueryNotRegisteredError) return noAnswer(error);
  return callingTemporal(() => Promise.reject(error as Error)).catch((translated: unknown) => translated);
}

const CAMPAIGN_ENDED = 'CAMPAIGN_ENDED';

function hasEnded({ campaignId, state }: CampaignView, cause: unknown): LicenseflowError {
  return new LicenseflowError(
    'refused',
    CAMPAIGN_ENDED,
    `Campaign ${campaignId} is over: ${campaignStateText(state)}. Nothing was changed.`,
    `Look at it: licenseflow campaign status ${campaignId}`,
    { cause },
  );
}

function standsForAnother(campaignId: string, cause: unknown): LicenseflowError {
  return new LicenseflowError(
    'conflict',
    CAMPAIGN_REFUSALS.otherCampaign,
    `The campaign id ${campaignId} stands for another campaign already: other people, other wishes or other options.`,
    'Use a new id; the first campaign is unchanged.',
    { cause },
  );
}

const NAMED_MAX = 20;

function notInCampaign(campaignId: string, users: readonly string[]): LicenseflowError {
  const more = users.length - NAMED_MAX;
  return new LicenseflowError(
    'not-found',
    'NOT_IN_CAMPAIGN',
    `Campaign ${campaignId} does not have ${users.slice(0, NAMED_MAX).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
    `Nothing was changed. See who is in it: licenseflow campaign users ${campaignId}`,
  );
}

function nothingToPreview(campaignId: string, problem: string): LicenseflowError {
  return new LicenseflowError(
    'invalid',
    CAMPAIGN_REFUSALS.invalid,
    problem,
    `Nothing was changed. Look at it: licenseflow campaign status ${campaignId}`,
  );
}

function windowIsOver(campaignId: string, cause: unknown): LicenseflowError {
  return new LicenseflowError(
    'refused',
    'WINDOW_OVER',
    `Campaign ${campaignId} cannot be rolled back any more: its rollback window is over.`,
    `What each user held before is in its export: licenseflow campaign export ${campaignId}`,
    { cause },
  );
}

function refused(campaignId: string, failure: ApplicationFailure): LicenseflowError {
  const { otherPlan, otherCampaign, invalid } = CAMPAIGN_REFUSALS;
  const code = failure.type ?? 'REFUSED';
  const kind = code === otherPlan || code === otherCampaign ? 'conflict' : code === invalid ? 'invalid' : 'refused';
  return new LicenseflowError(
    kind,
    code,
    failure.message,
    `Nothing was changed. Look at it: licenseflow campaign status ${campaignId}`,
    { cause: failure },
  );
}
