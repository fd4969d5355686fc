/**
 * The pages of a campaign as it knows them: what each was told last, what each said last, whose turn it is.
 *
 * The campaign pursues one *job* at a time. Pages get their orders for it a few at a time; another job takes the place of
 * the one before at once. Nothing here waits: whoever pursues a job calls `work` whenever something has changed.
 */
import { getExternalWorkflowHandle } from '@temporalio/workflow';
import type { CampaignInput } from '../contracts/campaign.js';
import type { PageOrder, PagePlan, PageStatus } from '../contracts/campaign-page.js';
import { campaignPageWorkflowId, orderPage } from '../contracts/campaign-page.js';
import type { UserCounts, UserState } from '../domain/campaign.js';
import { countOf, hasOutcome, openIn, sumCounts, sumFailures } from '../domain/campaign.js';
import type { PageWaves } from '../domain/campaign-waves.js';
import type { FailureCode } from '../domain/failures.js';

/** What the pages are to do. */
export type PageJob =
  | { readonly kind: 'plan'; readonly again: boolean; readonly pages: readonly number[] }
  /** Pages learn their waves and say how many users are in each. */
  | { readonly kind: 'tell-waves'; readonly pages: readonly number[] }
  | { readonly kind: 'run'; readonly wave: number; readonly round: number }
  | { readonly kind: 'stop'; readonly pages: readonly number[] }
  | { readonly kind: 'cancel'; readonly pages: readonly number[] }
  | {
      readonly kind: 'roll-back';
      readonly rollback: string;
      readonly waves: readonly number[] | null;
      readonly pages: readonly number[];
      /** Users by page; `null` for all of them. */
      readonly users: Readonly<Record<number, readonly string[]>> | null;
    }
  | { readonly kind: 'rest'; readonly until: number; readonly pages: readonly number[] };

/** Users that failed, with one of these codes or any, are tried again. */
export interface Retry {
  readonly number: number;
  readonly codes: readonly FailureCode[] | null;
}

/** How fast pages may write, over all of them. */
export interface Speed {
  readonly concurrency: number;
  readonly perSecond: number | null;
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An order without what is the same in every order to its page. */
type Instruction = Without<PageOrder, 'number' | 'waves'> | RollBackInstruction;
type RollBackInstruction = Omit<Extract<PageOrder, { kind: 'roll-back' }>, 'number'>;

/** What a page said last, without what is needed only once. */
type Said = Pick<PageStatus, 'number' | 'order' | 'settled' | 'onlySeats' | 'waves' | 'seatsMissing' | 'lastWriteAt'>;

interface Page {
  readonly page: number;
  readonly rows: number;
  /** Its plan in figures until waves are made of them, then only its digest. */
  readonly plan: PagePlan | null;
  readonly planDigest: string | null;
  readonly waves: PageWaves | null;
  /** The job of its newest order, and among how many pages that divided the speed. */
  readonly job: number;
  readonly share: number;
  readonly number: number;
  readonly instruction: Instruction | null;
  readonly isSent: boolean;
  /** When it was told or heard last, in milliseconds since the epoch. */
  readonly touchedAt: number;
  /** The last retry that it was told of, and the one that it has taken up. */
  readonly retryTold: number;
  readonly retryTaken: number;
  readonly said: Said | null;
  /** Its workflow does not run any more; its last words count. */
  readonly isGone: boolean;
}

export interface CarriedPages {
  readonly pages: readonly Page[];
  readonly job: PageJob | null;
  readonly jobNumber: number;
  readonly retry: Retry | null;
}

/** Orders on their way at a time: as many as one task sends well within the 5 seconds that the SDK gives it. */
const SENDING_MAX = 50;
/** A run up to this wave runs nobody. */
const NO_WAVE = -1;
/** Signatures of one page that are told apart. */
const PAGE_SIGNATURES_MAX = 50;
/** Who waits for seats moves without orders, so such a page is asked less often. */
const SEATS_PATIENCE = 30;

export class CampaignPages {
  readonly #input: CampaignInput;
  readonly #onChange: () => void;
  #speed: Speed;
  #pages: Page[];
  #job: PageJob | null;
  #jobNumber: number;
  #retry: Retry | null;
  #sending = 0;

  constructor(input: CampaignInput, speed: Speed, onChange: () => void, carried: CarriedPages | null) {
    this.#input = input;
    this.#speed = speed;
    this.#onChange = onChange;
    this.#pages = [...(carried?.pages ?? [])];
    this.#job = carried?.job ?? null;
    this.#jobNumber = carried?.jobNumber ?? 0;
    this.#retry = carried?.retry ?? null;
  }

  carry(): CarriedPages {
    return { pages: this.#pages, job: this.#job, jobNumber: this.#jobNumber, retry: this.#retry };
  }

  get jobKind(): PageJob['kind'] | null {
    return this.#job?.kind ?? null;
  }

  /** No order is on its way. */
  get isQuiet(): boolean {
    return this.#sending === 0;
  }

  seal(rows: readonly number[]): void {
    this.#pages = rows.map((users, i) => ({
      ...{ page: i + 1, rows: users, plan: null, planDigest: null, waves: null, job: 0, share: 0, number: 0 },
      ...{ instruction: null, isSent: true, touchedAt: 0, retryTold: 0, retryTaken: 0, said: null, isGone: false },
    }));
  }

  // --- jobs ---------------------------------------------------------------------------------------------------------

  /** Takes up a job, unless it is the one that is pursued already. */
  pursue(job: PageJob): void {
    if (JSON.stringify(job) === JSON.stringify(this.#job)) return;
    this.#job = job;
    this.#jobNumber++;
  }

  plan(again: boolean, pages: readonly number[]): void {
    this.forgetPlans();
    this.pursue({ kind: 'plan', again, pages });
  }

  /** The figures of the plans have served their turn. */
  forgetPlans(): void {
    this.#pages = this.#pages.map((page) => ({ ...page, plan: null }));
  }

  /** Every page learns its waves, and says how many users are in each. */
  tellWaves(waves: ReadonlyMap<number, PageWaves>): void {
    this.#pages = this.#pages.map((page) => ({ ...page, waves: waves.get(page.page) ?? page.waves }));
    this.pursue({ kind: 'tell-waves', pages: [...waves.keys()] });
  }

  /** Stops every page whose order is not carried out. */
  stop(): void {
    this.pursue({ kind: 'stop', pages: this.#numbers((page) => !this.#hasSettled(page)) });
  }

  /** Stops all pages, and skips users whose turn has not come. */
  cancel(): void {
    this.pursue({ kind: 'cancel', pages: this.#numbers((page) => !this.#hasSettled(page) || openOf(page) > 0) });
  }

  rest(until: number): void {
    this.pursue({ kind: 'rest', until, pages: this.#numbers(() => true) });
  }

  /** From now on failed users are tried again: with one of these codes, or all of them. */
  retry(codes: readonly FailureCode[] | null): void {
    const before = this.#retry;
    // A retry that has not reached its pages yet goes with this one.
    const isOpen = this.#pages.some((page) => !page.isGone && this.#isRetryDue(page));
    const open = before !== null && isOpen ? before.codes : [];
    const all = codes === null || open === null ? null : [...new Set([...open, ...codes])];
    this.#retry = { number: (before?.number ?? 0) + 1, codes: all };
  }

  tune(speed: Speed): void {
    this.#speed = speed;
    for (const page of this.#pages) if (this.#isActive(page) && isDriven(page)) this.#change(page, { share: 0 });
  }

  /** Whether the job is carried out. Who waits for a seat is not waited for. */
  isDone(): boolean {
    const job = this.#job;
    if (job === null) return true;
    if (job.kind === 'run') return this.#pages.every((page) => page.isGone || !this.#mustRun(page, job.wave, false));
    return this.awaited().length === 0;
  }

  /** Pages that have not carried out their part of the job. */
  awaited(): readonly number[] {
    const job = this.#job;
    if (job === null) return [];
    if (job.kind === 'run') return this.#numbers((page) => this.#mustRun(page, job.wave, false));
    return this.#numbers(
      (page) => job.pages.includes(page.page) && !(page.job === this.#jobNumber && this.#hasSettled(page)),
    );
  }

  /** Whether anybody is left to whom the waves have something to do. */
  hasOpenUsers(): boolean {
    return this.#pages.some((page) => !page.isGone && this.#mustRun(page, Infinity, true));
  }

  /** All orders of the job are with their pages. */
  isTold(): boolean {
    return this.isQuiet && this.#candidates().length === 0 && this.#pages.every((page) => page.isSent || page.isGone);
  }

  /**
   * Gives orders to pages whose turn has come, and sends them. Several calls in one task do no more than one.
   *
   * @param isLeaving sends nothing: what is sent in the task that goes on in a new run would be lost.
   */
  work(nowMs: number, isLeaving: boolean): void {
    this.#stopSurplus(nowMs);
    this.#giveOrders(nowMs);
    this.#redivide(nowMs);
    for (const page of this.#pages) if (nowMs >= this.#silentAt(page)) this.#change(page, { isSent: false });
    if (!isLeaving) this.#send();
  }

  /** When the next silent page is told its order again, in milliseconds since the epoch; `null` where none can be silent. */
  nextAt(): number | null {
    const at = Math.min(...this.#pages.map((page) => this.#silentAt(page)));
    return Number.isFinite(at) ? at : null;
  }

  /** Where fewer pages may be at work than are, the last ones stop and go on when it is their turn again. */
  #stopSurplus(nowMs: number): void {
    const active = this.#pages.filter((page) => isDriven(page) && this.#isActive(page));
    if (active.length <= this.#limit()) return;
    for (const page of active.slice(this.#limit())) this.#give(page, { kind: 'stop' }, { job: 0, nowMs });
  }

  #giveOrders(nowMs: number): void {
    const candidates = this.#candidates();
    const active = this.#pages.filter((page) => this.#isActive(page)).length;
    const share = this.#share(active, candidates);
    let free = this.#limit() - active;
    for (const page of candidates) {
      if (!this.#isActive(page) && free-- <= 0) continue;
      this.#orderFor(page, share, nowMs);
    }
  }

  /** Pages that have to hear of the job and have not; the active ones first. */
  #candidates(): readonly Page[] {
    const job = this.#job;
    if (job === null) return [];
    const drives = job.kind === 'run' || job.kind === 'roll-back';
    const concerned = this.#pages.filter((page) => {
      if (page.job === this.#jobNumber || page.isGone) return false;
      // Whoever is stopping is not driven on before it has settled.
      if (drives && page.instruction?.kind === 'stop' && !this.#hasSettled(page)) return false;
      return job.kind === 'run' ? this.#mustRun(page, job.wave, true) : job.pages.includes(page.page);
    });
    return [...concerned.filter((page) => this.#isActive(page)), ...concerned.filter((page) => !this.#isActive(page))];
  }

  /** Pages that may be at work at a time. */
  #limit(): number {
    const { planPages, runPages } = this.#input.campaignPace;
    switch (this.#job?.kind) {
      case 'plan':
        return planPages;
      case 'run':
      case 'roll-back':
        return Math.min(runPages, this.#speed.concurrency);
      default:
        return Infinity;
    }
  }

  /** Among how many pages the speed is divided. */
  #share(active: number, candidates: readonly Page[]): number {
    const idle = candidates.filter((page) => !this.#isActive(page)).length;
    return Math.max(1, Math.min(this.#limit(), active + idle));
  }

  /** When only few pages are left, each of them gets more of the speed; told at each halving, not at each end. */
  #redivide(nowMs: number): void {
    const active = this.#pages.filter((page) => this.#isActive(page));
    const share = this.#share(active.length, this.#candidates());
    for (const page of active)
      if (isDriven(page) && page.job === this.#jobNumber && (page.share === 0 || page.share >= share * 2))
        this.#orderFor(page, share, nowMs);
  }

  #orderFor(page: Page, share: number, nowMs: number): void {
    const instruction = this.#instruction(page, share);
    if (instruction !== null) this.#give(page, instruction, { job: this.#jobNumber, share, nowMs });
  }

  #give(
    page: Page,
    instruction: Instruction,
    { job, share = 0, nowMs }: { job: number; share?: number; nowMs: number },
  ): void {
    const retryTold =
      instruction.kind === 'run' && instruction.retry !== null ? instruction.retry.number : page.retryTold;
    const number = page.number + 1;
    this.#change(page, { job, share, number, instruction, isSent: false, touchedAt: nowMs, retryTold });
  }

  #instruction(page: Page, share: number): Instruction | null {
    const job = this.#job;
    const { concurrency, perSecond } = this.#speed;
    const speed = {
      window: Math.max(1, Math.floor(concurrency / share)),
      perSecond: perSecond === null ? null : perSecond / share,
      seatWaitMs: this.#input.options.seatWaitMs,
    };
    switch (job?.kind) {
      case undefined:
        return null;
      case 'plan':
        return { kind: 'plan', again: job.again };
      case 'tell-waves':
        return { kind: 'run', wave: NO_WAVE, retry: null, ...speed };
      case 'run':
        return { kind: 'run', wave: job.wave, retry: this.#retry, ...speed };
      case 'roll-back': {
        const { rollback, waves, users } = job;
        return { kind: 'roll-back', rollback, waves, users: users?.[page.page] ?? null, ...speed };
      }
      case 'rest':
        return { kind: 'rest', until: job.until };
      case 'stop':
      case 'cancel':
        return { kind: job.kind };
    }
  }

  /** Stops overtake: they are few, and the pages that write are the first of them. */
  #send(): void {
    for (const page of this.#pages) {
      if (this.#sending >= SENDING_MAX) return;
      if (!page.isSent && !page.isGone && page.instruction !== null) void this.#sendOrder(page, page.instruction);
    }
  }

  async #sendOrder({ page, number, waves }: Page, instruction: Instruction): Promise<void> {
    this.#sending++;
    this.#changeOf(page, { isSent: true, touchedAt: Date.now() });
    const handle = getExternalWorkflowHandle(campaignPageWorkflowId(this.#input.campaignId, page));
    const order = instruction.kind === 'run' ? { ...instruction, number, waves } : { ...instruction, number };
    try {
      await handle.signal(orderPage, order);
    } catch {
      // Nothing but the end of the page refuses a signal.
      this.#lose(page);
    }
    this.#sending--;
    this.#onChange();
  }

  /** What was in flight in a page that is gone is unknown, and nobody will do the rest. */
  #lose(page: number): void {
    const { said } = this.#pages[page - 1] ?? {};
    const waves = (said?.waves ?? []).map((wave) => ({ ...wave, ...afterLoss(wave) }));
    this.#changeOf(page, { isGone: true, ...(said && { said: { ...said, waves } }) });
  }

  /** When this page will have been silent for too long; never where nothing is expected of it. */
  #silentAt(page: Page): number {
    if (page.isGone || !page.isSent || this.#hasSettled(page) || page.instruction?.kind === 'rest') return Infinity;
    const { silentMs } = this.#input.campaignPace;
    return page.touchedAt + (this.#waitsOnlyForSeats(page) ? silentMs * SEATS_PATIENCE : silentMs);
  }

  // --- statuses -----------------------------------------------------------------------------------------------------

  /** @returns whether the status was new. */
  hear(status: PageStatus, nowMs: number): boolean {
    const page = this.#pages[status.page - 1];
    if (page === undefined || status.number <= (page.said?.number ?? 0)) return false;
    const { number, order, settled, onlySeats, waves, seatsMissing, lastWriteAt } = status;
    const isCurrent = order === page.number;
    const plan = isCurrent && settled && page.instruction?.kind === 'plan' ? status.plan : null;
    this.#change(page, {
      said: { number, order, settled, onlySeats, waves, seatsMissing, lastWriteAt },
      touchedAt: nowMs,
      ...(isCurrent && { retryTaken: page.retryTold }),
      ...(plan !== null && { plan: { ...plan, ...foremost(plan) }, planDigest: plan.digest }),
    });
    return true;
  }

  /** Plans in figures, by page, of the pages that planned last. */
  plans(): readonly { readonly page: number; readonly plan: PagePlan }[] {
    return this.#pages.flatMap(({ page, plan }) => (plan === null ? [] : [{ page, plan }]));
  }

  /** Digests of the plans of all pages, in their order. */
  planDigests(): readonly string[] {
    return this.#pages.map(({ planDigest }) => planDigest ?? '');
  }

  /** Waves as pages were told them. */
  wavesOf(pages: readonly number[]): readonly PageWaves[] {
    return pages.map((page) => this.#pages[page - 1]?.waves ?? { canaries: [], cuts: [] });
  }

  // --- figures ------------------------------------------------------------------------------------------------------

  get size(): number {
    return this.#pages.length;
  }

  get rows(): number {
    return this.#pages.reduce((sum, { rows }) => sum + rows, 0);
  }

  figures(): { readonly planned: number; readonly active: number; readonly settled: number } {
    return {
      planned: this.#pages.filter(({ planDigest }) => planDigest !== null).length,
      active: this.#pages.filter((page) => this.#isActive(page)).length,
      settled: this.#pages.filter((page) => page.number > 0 && this.#hasSettled(page)).length,
    };
  }

  /** Pages that have no plan yet, or of which one is to be made again. */
  all(): readonly number[] {
    return this.#numbers(() => true);
  }

  withOpenUsers(): readonly number[] {
    return this.#numbers((page) => openOf(page) > 0);
  }

  gone(): readonly number[] {
    return this.#pages.flatMap(({ page, isGone }) => (isGone ? [page] : []));
  }

  /** Pages that have users in any of these states, in one wave or in any. */
  having(states: readonly UserState[], wave: number | null): readonly number[] {
    return this.#numbers((page) =>
      wavesOf(page).some((said) => (wave === null || said.wave === wave) && countOf(said.users, ...states) > 0),
    );
  }

  users(): UserCounts {
    const said = sumCounts(this.#pages.flatMap((page) => wavesOf(page).map(({ users }) => users)));
    const unread = this.#pages.reduce((sum, page) => (page.said === null ? sum + page.rows : sum), 0);
    return unread === 0 ? said : sumCounts([said, { unread }]);
  }

  failures(): Readonly<Record<string, number>> {
    return sumFailures(this.#pages.flatMap((page) => wavesOf(page).map(({ failures }) => failures)));
  }

  /** Of each wave from 0 on, who is in it and what went wrong. */
  waves(): readonly { readonly wave: number; readonly users: UserCounts; readonly failures: Record<string, number> }[] {
    const said = this.#pages.flatMap(wavesOf).filter(({ wave }) => wave >= 0);
    const numbers = [...new Set(said.map(({ wave }) => wave))].sort((a, b) => a - b);
    return numbers.map((wave) => {
      const parts = said.filter((part) => part.wave === wave);
      const failures = sumFailures(parts.map((part) => part.failures));
      return { wave, users: sumCounts(parts.map(({ users }) => users)), failures };
    });
  }

  seatsMissing(): number {
    return this.#pages.reduce((sum, { said }) => sum + (said?.seatsMissing ?? 0), 0);
  }

  // --- one page -----------------------------------------------------------------------------------------------------

  /** Whether it has users of these waves who have no outcome yet, or failed ones that are to be tried again. */
  #mustRun(page: Page, wave: number, alsoForSeats: boolean): boolean {
    const users = sumCounts(
      wavesOf(page)
        .filter((part) => part.wave >= 0 && part.wave <= wave)
        .map((part) => part.users),
    );
    // Seats are asked for first and granted a moment later: a page says when there really is only waiting left.
    const isLeftAlone = !alsoForSeats && this.#waitsOnlyForSeats(page);
    const seats = isLeftAlone ? countOf(users, 'waiting-for-seat') : 0;
    return openIn(users) - seats > 0 || hasNewlyReady(page) || this.#isRetryDue(page);
  }

  #isRetryDue(page: Page): boolean {
    const retry = this.#retry;
    if (retry === null || page.retryTaken >= retry.number) return false;
    const codes = Object.keys(sumCounts(wavesOf(page).map(({ failures }) => failures)));
    return codes.some((code) => retry.codes === null || retry.codes.some((wanted) => wanted === code));
  }

  #hasSettled({ said, number }: Page): boolean {
    return number === 0 || (said?.order === number && said.settled);
  }

  #waitsOnlyForSeats({ said, number }: Page): boolean {
    return said?.order === number && said.onlySeats;
  }

  /** At work, so that it needs a turn of the few that there are. */
  #isActive(page: Page): boolean {
    return !page.isGone && !this.#hasSettled(page) && !this.#waitsOnlyForSeats(page);
  }

  #numbers(isMeant: (page: Page) => boolean): readonly number[] {
    return this.#pages.filter((page) => !page.isGone && isMeant(page)).map(({ page }) => page);
  }

  #change({ page }: Page, change: Partial<Page>): void {
    this.#changeOf(page, change);
  }

  #changeOf(page: number, change: Partial<Page>): void {
    const before = this.#pages[page - 1];
    if (before !== undefined) this.#pages[page - 1] = { ...before, ...change };
  }
}

function wavesOf({ said }: Page): PageStatus['waves'] {
  return said?.waves ?? [];
}

function openOf(page: Page): number {
  return page.said === null ? page.rows : openIn(sumCounts(wavesOf(page).map(({ users }) => users)));
}

function afterLoss({
  users,
  failures,
}: PageStatus['waves'][number]): Pick<PageStatus['waves'][number], 'users' | 'failures'> {
  const inFlight = countOf(users, 'writing', 'verifying', 'retrying', 'restoring');
  const left = openIn(users) - inFlight;
  const over = Object.entries(users).filter(([state]) => hasOutcome(state as UserState));
  const lost = Object.entries({ unknown: inFlight, skipped: left }).filter(([, count]) => count > 0);
  return {
    users: sumCounts<UserState>([Object.fromEntries(over), Object.fromEntries(lost)]),
    failures: inFlight === 0 ? failures : withMore(failures, 'OUTCOME_UNKNOWN', inFlight),
  };
}

function withMore(failures: Readonly<Record<string, number>>, code: FailureCode, users: number) {
  return { ...failures, [code]: (failures[code] ?? 0) + users };
}

/** Users who became ready when they were planned again, and get their wave with the next order. */
function hasNewlyReady(page: Page): boolean {
  return page.waves !== null && wavesOf(page).some(({ wave, users }) => wave < 0 && countOf(users, 'ready') > 0);
}

/** Whether its order has a speed. */
function isDriven({ instruction }: Page): boolean {
  return (instruction?.kind === 'run' && instruction.wave >= 0) || instruction?.kind === 'roll-back';
}

/** The most frequent signatures of a page; the others are summed up without a name. */
function foremost({ signatures }: PagePlan): Pick<PagePlan, 'signatures'> {
  const sorted = [...signatures].sort((a, b) => b.users - a.users);
  const others = sorted.slice(PAGE_SIGNATURES_MAX);
  const rest = (['ready', 'already', 'blocked'] as const).map((outcome) => ({
    ...{ key: '', outcome },
    users: others.reduce((sum, other) => (other.outcome === outcome ? sum + other.users : sum), 0),
  }));
  return { signatures: [...sorted.slice(0, PAGE_SIGNATURES_MAX), ...rest.filter(({ users }) => users > 0)] };
}
