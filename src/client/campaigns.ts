/** Campaigns as an application uses them: plan, start, look, steer, take back. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
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
  CAMPAIGN_REFUSALS,
  campaignView,
  campaignWorkflowId,
  cancelCampaign,
  confirmCampaign,
  pauseCampaign,
  promoteCampaign,
  replanCampaign,
  resumeCampaign,
  retryCampaign,
  rollBackCampaign,
  startCampaign,
  tuneCampaign,
} from '../contracts/campaign.js';
import type { CampaignPageInput, PageContent, RollbackPreview } from '../contracts/campaign-page.js';
import { campaignPageWorkflowId, pageContent, previewRollback } from '../contracts/campaign-page.js';
import type { Remainder } from '../contracts/campaign-reads.js';
import type { Pace } from '../contracts/pace.js';
import type { Actor } from '../domain/approval.js';
import type { CampaignState, Signature } from '../domain/campaign.js';
import type { FailureCode } from '../domain/failures.js';
import type { SkuId } from '../domain/license.js';
import type { CampaignFile } from './campaign-csv.js';
import type { CampaignFilter, CampaignListRow } from './campaign-list.js';
import { listCampaigns } from './campaign-list.js';
import type { CampaignUser, CampaignUserFilter, CountedSignature, ErrorGroup } from './campaign-users.js';
import { FAILED_STATES, fits, usersIn } from './campaign-users.js';
import { inParallel } from './in-parallel.js';
import { LicenseflowError } from './licenseflow-error.js';
import type { TenantQuestions } from './tenant-questions.js';
import { askingAgain, callingTemporal, noAnswer, sendingAgain } from './temporal-errors.js';

export interface CampaignsOptions {
  readonly client: Client;
  readonly taskQueue: string;
  readonly pace: Pace;
  /** How long a call waits for a worker's answer, in milliseconds. */
  readonly answerWithinMs: number;
  readonly tenant: Pick<TenantQuestions, 'person' | 'seats'>;
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

/** Pages that are asked at a time. */
const PAGES_AT_ONCE = 4;

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
    onProgress({ started: 0, pages: 0 });
    throw new Error(`Not planned yet: ${campaign.campaignId} by ${plannedBy.ref}`);
  }

  /** Everything that the campaign itself knows: its plan, its waves, its figures, what it waits for. */
  async view(campaignId: string): Promise<CampaignView> {
    return this.#asking(campaignId, () => this.#handle(campaignId).query(campaignView));
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
    return listCampaigns(this.#options.client, filter);
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
    for await (const content of this.#contents(campaignId, wanted))
      yield* usersIn(content).filter((user) => fits(user, filter));
  }

  /** What went wrong, grouped, the most frequent first. */
  async errors(campaignId: string): Promise<readonly ErrorGroup[]> {
    throw new Error(`Not grouped yet: ${campaignId} ${FAILED_STATES.join()}`);
  }

  /**
   * What a rollback would do to whom, as reads show it now. Changes nothing.
   *
   * @throws LicenseflowError `not-found` with every user that is not in the campaign.
   */
  async previewRollback(campaignId: string, of: RollbackOf): Promise<CampaignRollbackPreview> {
    throw new Error(`Not previewed yet: ${campaignId} ${of.kind} ${previewRollback.name}`);
  }

  /** The wave whose turn comes next; `null` where none is left. */
  async nextWave(campaignId: string): Promise<number | null> {
    throw new Error(`Not looked up yet: ${campaignId}`);
  }

  /** Who is in a wave, to tell them beforehand. */
  async *usersOfWave(campaignId: string, wave: number): AsyncGenerator<CampaignUser, void> {
    yield* this.users(campaignId, { waves: [wave] });
  }

  /** Who has joined the directory source of the campaign since its plan. */
  async remainder(campaignId: string): Promise<Remainder> {
    throw new Error(`Not asked yet: ${campaignId}`);
  }

  // --- inside -------------------------------------------------------------------------------------------------------

  async #command(options: CommandOptions): Promise<CampaignCommand> {
    const { userPrincipalName: ref } = await this.#options.tenant.person(options.actor.ref);
    return unchecked({ ...options, actor: { ...options.actor, ref } });
  }

  async #scope(campaignId: string, of: RollbackOf): Promise<RollbackScope> {
    if (of.kind !== 'users') return of;
    throw new Error(`Not looked up yet: ${campaignId}`);
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
      return status.name === 'COMPLETED' ? handle.result() : handle.query(pageContent);
    });
  }

  async #commanding<T>(campaignId: string, send: (handle: WorkflowHandle<CampaignWorkflow>) => Promise<T>): Promise<T> {
    const { client, answerWithinMs } = this.#options;
    try {
      return await client.withDeadline(Date.now() + answerWithinMs, () =>
        sendingAgain(() => send(this.#handle(campaignId))),
      );
    } catch (error) {
      throw await explained(error, campaignId);
    }
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
