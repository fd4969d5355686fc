/**
 * A campaign: many users moved from one product to another, in waves, with brakes and a way back.
 *
 * Its users live in pages, which are workflows of their own; the campaign gives them orders and hears how far they are. It
 * is taken in and planned, somebody starts it with the digest of its plan, its waves run one after the other, and when
 * every user has an outcome it stays open until the rollback window closes. Each state is one method here that ends when
 * the campaign leaves the state. Commands and brakes only change the state, and pages hear of it in the same task.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CarriedAudit } from '../contracts/audit.js';
import type {
  CampaignInput,
  CampaignTimelineEntry,
  CampaignView,
  CommandView,
  PauseReason,
} from '../contracts/campaign.js';
import {
  CAMPAIGN_REFUSALS,
  campaignView,
  pageSays,
  PAGES_MAX,
  sealCampaign,
  tooManyUsers,
} from '../contracts/campaign.js';
import type { PageStatus } from '../contracts/campaign-page.js';
import { pauseText, sharedUsersText, waveName } from '../contracts/campaign-story.js';
import type { CampaignState } from '../domain/campaign.js';
import { isFinalCampaign, openIn, plannedIn, usersIn } from '../domain/campaign.js';
import { tuningProblems } from '../domain/campaign-commands.js';
import { wavePlanProblems } from '../domain/campaign-waves.js';
import { digestOf, shortDigest } from '../domain/digest.js';
import type { Failure } from '../domain/failures.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { reading, surveying } from './activity-proxies.js';
import { Alarm } from './alarm.js';
import { CampaignAudit } from './campaign-audit.js';
import { CampaignBrakes } from './campaign-brakes.js';
import { CommandLog } from './campaign-command-log.js';
import type { CampaignSteering } from './campaign-commands.js';
import { CampaignCommands } from './campaign-commands.js';
import type { CarriedPages } from './campaign-pages.js';
import { CampaignPages } from './campaign-pages.js';
import { drawUp, groupsOf } from './campaign-plan.js';
import type { CampaignData } from './campaign-record.js';
import { CampaignRecord, outcomesIn } from './campaign-record.js';
import type { CarriedSpeed } from './campaign-speed.js';
import { CampaignSpeed } from './campaign-speed.js';
import { CampaignWatch } from './campaign-watch.js';
import { iso, now } from './instants.js';
import { keepTrying } from './keep-trying.js';
import { refused } from './refusal.js';

export async function campaign(input: CampaignInput): Promise<CampaignView> {
  const run = new CampaignRun(input);
  run.setup();
  CancellationScope.current().cancelRequested.catch(() => run.commands.cancelFromOutside());
  // What was changed has to stay reversible, so a cancellation in Temporal means what the command means.
  return CancellationScope.nonCancellable(() => run.run());
}

/** Rows and digests of all pages, from page 1. */
interface Sealing {
  readonly rows: readonly number[];
  readonly digests: readonly string[];
}

interface Carried {
  readonly data: CampaignData;
  readonly pages: CarriedPages;
  readonly commands: readonly CommandView[];
  readonly speed: CarriedSpeed;
  readonly audit?: CarriedAudit;
}

/** States in which waves go on by themselves. */
const UNDER_WAY: readonly CampaignState[] = ['running', 'soaking', 'awaiting-promotion', 'outside-hours'];

class CampaignRun implements CampaignSteering {
  readonly input: CampaignInput;
  readonly record: CampaignRecord;
  readonly pages: CampaignPages;
  readonly brakes: CampaignBrakes;
  readonly log: CommandLog;
  readonly commands: CampaignCommands;
  readonly #data: CampaignData;
  readonly #speed: CampaignSpeed;
  readonly #watch: CampaignWatch;
  readonly #audit: CampaignAudit;
  readonly #alarm = new Alarm(() => this.#changes++);
  /** Grows with everything that somebody may wait for. */
  #changes = 0;
  #isLeaving = false;
  /** What the story itself asks a worker; it is dropped when the campaign leaves the state. */
  #question: CancellationScope | null = null;

  constructor(input: CampaignInput) {
    const carried = input.carried as Carried | null;
    const changed = () => this.#changes++;
    this.input = input;
    this.record = new CampaignRecord(input, carried?.data ?? null);
    this.#data = this.record.data;
    this.pages = new CampaignPages(input, this.#data.options, changed, carried?.pages ?? null);
    this.brakes = new CampaignBrakes(this.#data, this.pages);
    this.#audit = new CampaignAudit(input, carried?.audit, changed);
    this.log = new CommandLog(carried?.commands, (command, view) =>
      this.#audit.commanded(command, view, this.#data.plan?.digest ?? null),
    );
    this.commands = new CampaignCommands(this);
    this.#speed = new CampaignSpeed(carried?.speed);
    this.#watch = new CampaignWatch(input, this.record, {
      changed,
      productsChanged: (skus) => this.#pauseWrites({ kind: 'product-changed', skus }),
      failed: () => this.#watchAccess(this.#data.lastFailure),
    });
  }

  setup(): void {
    setHandler(campaignView, () => this.#view());
    setHandler(pageSays, (status) => this.#hear(status));
    setHandler(sealCampaign, (pages) => this.#seal(pages), {
      validator: (pages: Sealing) => this.#requireSealable(pages),
    });
    this.commands.setup();
  }

  async run(): Promise<CampaignView> {
    if (this.input.carried === null) this.#audit.submitted(this.input);
    this.#audit.push();
    while (!isFinalCampaign(this.record.state)) await this.#inState();
    await this.#letPagesRest();
    return this.#view();
  }

  #inState(): Promise<void> {
    switch (this.record.state) {
      case 'intake':
        return this.#intake();
      case 'planning':
        return this.#planning();
      case 'planned':
      case 'awaiting-second':
        return this.#agreement();
      case 'running':
        return this.#running();
      case 'soaking':
        return this.#soaking();
      case 'awaiting-promotion':
        return this.#awaitingPromotion();
      case 'outside-hours':
        return this.#outsideHours();
      case 'pausing':
        return this.#pausing();
      case 'paused':
        return this.#paused();
      case 'cancelling':
        return this.#cancelling();
      case 'rolling-back':
        return this.#rollingBack();
      case 'finished':
        return this.#finished();
      case 'closed':
      case 'refused':
      case 'abandoned':
        return Promise.resolve();
    }
  }

  // --- intake, plan, agreement --------------------------------------------------------------------------------------

  /** Whoever brings a file starts its pages; where the directory is the source, a worker does. */
  async #intake(): Promise<void> {
    const { campaignId, source, pace, campaignPace, wishes, options } = this.input;
    const problems = [...wavePlanProblems(options.waves), ...tuningProblems(options)];
    if (problems.length > 0) return this.#refuse(problems);
    if (source.kind === 'file') {
      const until = this.#since() + campaignPace.intakeMs;
      await this.#until(() => this.#hasLeft('intake') || isPast(until), until);
      if (!this.#hasLeft('intake')) this.enter('abandoned', 'Its pages were never complete.');
      return;
    }
    const order = { campaignId, source, pace, campaignPace, wishes };
    const started = await this.#ask(() => reading(pace, 'start the pages').startCampaignPages(order));
    if (started === null) return;
    const tooMany = tooManyUsers(started.tooMany ?? 0, campaignPace);
    if (started.rows.length > 0) this.#seal(started);
    else this.#refuse([tooMany ?? 'There is nobody in the source.']);
  }

  /** Pages read their users, a few pages at a time; then the plan is drawn up, and every page learns its waves. */
  async #planning(): Promise<void> {
    const carriedOut = () => this.#hasLeft('planning') || this.pages.isDone();
    if (this.pages.jobKind === 'plan') {
      await this.#until(carriedOut);
      if (!this.#hasLeft('planning') && (await this.#hasEverybodyOnce())) await this.#drawUp();
    }
    await this.#until(carriedOut);
    if (this.#hasLeft('planning')) return;
    const { plan, startedBy } = this.#data;
    const name = shortDigest(plan?.digest ?? '');
    if (startedBy !== null) this.enter('paused', `Planned again as ${name}. It goes on with this digest.`);
    else this.enter('planned', `Planned as ${name}: ${plan?.ready ?? 0} users are ready.`);
    this.log.end(['replan'], 'done');
  }

  /** A file may name somebody by name in one page and by id in another one, and both would write to them. */
  async #hasEverybodyOnce(): Promise<boolean> {
    const { campaignId, source, pace } = this.input;
    const pages = this.pages.all();
    if (source.kind !== 'file' || pages.length < 2) return true;
    const shared = await this.#ask(() => surveying(pace, 'who is in two pages').findSharedUsers({ campaignId, pages }));
    if (shared === null) return false;
    if (shared.users.length > 0) this.#refuse([sharedUsersText(shared)]);
    return shared.users.length === 0;
  }

  async #drawUp(): Promise<void> {
    const { wishes, pace } = this.input;
    const planned = { pages: this.pages.plans(), digests: this.pages.planDigests() };
    const groups = groupsOf(planned);
    const facts = await this.#ask(() => reading(pace, 'facts about the products').campaignFacts({ wishes, groups }));
    if (facts === null) return;
    const numbers = planned.pages.map(({ page }) => page);
    const { plan, waves } = drawUp(this.input, planned, facts, this.#standingWaves(numbers));
    this.#data.plan = plan;
    this.#data.contents = facts.contents;
    this.#audit.planned(plan);
    const { secondPersonAbove } = facts;
    this.#data.needsSecond = secondPersonAbove !== null && plan.ready > secondPersonAbove;
    this.pages.forgetPlans();
    // Pages that have run know theirs, and users who are ready by now get one with the next order.
    if (this.#data.startedBy === null) this.pages.tellWaves(waves);
  }

  /** Where the campaign has been started, its waves stand: whoever is planned again keeps the place. */
  #standingWaves(pages: readonly number[]) {
    if (this.#data.startedBy === null) return null;
    const said = this.pages.waves();
    const sizes = Array.from({ length: (said.at(-1)?.wave ?? 0) + 1 }, (_, wave) => {
      const users = said.find((part) => part.wave === wave)?.users;
      return users === undefined ? 0 : plannedIn(users);
    });
    return { pages: this.pages.wavesOf(pages), sizes };
  }

  async #agreement(): Promise<void> {
    const { state } = this.record;
    const until = this.#since() + this.input.campaignPace.startWithinMs;
    await this.#until(() => this.#hasLeft(state) || isPast(until), until);
    if (!this.#hasLeft(state)) this.enter('abandoned', 'Nobody started it in time; nothing was changed.');
  }

  // --- waves --------------------------------------------------------------------------------------------------------

  goOn(text: string): void {
    const { wave, soakUntil } = this.#data;
    const next = this.nextWave();
    if (!this.#watch.isOpenHour()) this.enter('outside-hours', 'Outside the hours in which writes are allowed.');
    else if (this.#isWaveUnfinished()) this.enter('running', text);
    else if (next === null && this.pages.hasOpenUsers())
      this.enter('running', 'Only users who wait for seats are left.');
    else if (next === null) this.#finish('Every user has an outcome.');
    else if (soakUntil !== null && !isPast(soakUntil))
      this.enter('soaking', `${capital(waveName(wave ?? 0))} is over; the next wave waits until ${iso(soakUntil)}.`);
    else if (this.#needsPromotion(next))
      this.enter('awaiting-promotion', `${capital(waveName(next))} waits until somebody lets it go.`);
    else this.#beginWave(next);
  }

  #beginWave(wave: number): void {
    this.#data.wave = wave;
    this.#data.soakUntil = null;
    this.enter('running', `${capital(waveName(wave))} begins.`);
    this.#watch.lookBefore(wave);
  }

  async #running(): Promise<void> {
    const { wave, round, waveTimes } = this.#data;
    if (wave === null) return this.#finish('There is nobody to write.');
    const isInterrupted = () => this.#hasLeft('running') || this.#data.round !== round || !this.#watch.isOpenHour();
    if (waveTimes[wave] === undefined) {
      await this.#until(() => isInterrupted() || this.#watch.hasSeen(wave));
      if (!isInterrupted()) waveTimes[wave] = { startedAt: now(), endedAt: null };
    }
    // Who started it, and with which plan, is recorded before anybody is written.
    await this.#until(() => isInterrupted() || this.#audit.isRecorded);
    if (!isInterrupted()) {
      this.pages.pursue({ kind: 'run', wave, round });
      await this.#until(() => isInterrupted() || this.#isOver());
    }
    if (this.#hasLeft('running')) return;
    if (!isInterrupted()) this.#endWave(wave);
    this.goOn('It goes on.');
  }

  /** The last wave goes on for those who wait for a seat; before it, others do not wait for them. */
  #isOver(): boolean {
    return this.#isWaveUnfinished() ? this.pages.isDone() && this.#hasShownSomething() : !this.pages.hasOpenUsers();
  }

  /** A wave in which everybody waits for a seat has shown nothing yet, and the next ones would only wait behind it. */
  #hasShownSomething(): boolean {
    const users = this.pages.waves().find(({ wave }) => wave === this.#data.wave)?.users ?? {};
    return openIn(users) === 0 || openIn(users) < usersIn(users);
  }

  #endWave(wave: number): void {
    const times = this.#data.waveTimes[wave];
    if (times?.endedAt !== null) return;
    this.#data.waveTimes[wave] = { ...times, endedAt: now() };
    this.#data.soakUntil = Date.now() + this.#data.options.soakMs;
    this.log.end(['retry'], 'done');
  }

  async #soaking(): Promise<void> {
    const until = this.#data.soakUntil ?? 0;
    await this.#until(() => this.#hasLeft('soaking') || isPast(until) || !this.#watch.isOpenHour(), until);
    if (!this.#hasLeft('soaking')) this.goOn('It goes on.');
  }

  /** Waits for as long as it takes; after a while it shows that it is forgotten. */
  async #awaitingPromotion(): Promise<void> {
    const hasLeft = () => this.#hasLeft('awaiting-promotion');
    await this.#until(() => hasLeft() || !this.#watch.isOpenHour(), this.record.remindAt());
    if (!hasLeft()) this.goOn('It goes on.');
  }

  async #outsideHours(): Promise<void> {
    this.pages.stop();
    await this.#until(() => this.#hasLeft('outside-hours') || this.#watch.isOpenHour());
    // Whoever was stopped is told again.
    if (!this.#hasLeft('outside-hours')) this.#data.round++;
    if (!this.#hasLeft('outside-hours')) this.goOn('Writes are allowed again.');
  }

  #isWaveUnfinished(): boolean {
    const { wave, waveTimes } = this.#data;
    return wave !== null && (waveTimes[wave] === undefined || waveTimes[wave].endedAt === null);
  }

  nextWave(): number | null {
    const last = this.#data.wave ?? -1;
    return this.pages.waves().find(({ wave, users }) => wave > last && openIn(users) > 0)?.wave ?? null;
  }

  #needsPromotion(next: number): boolean {
    const { wave, promoted, options } = this.#data;
    if (wave === null || promoted >= next || options.promote === 'by-itself') return false;
    return options.promote === 'by-hand' || wave === 0;
  }

  // --- standing still, ending ---------------------------------------------------------------------------------------

  pause(reason: PauseReason): void {
    const { data } = this.record;
    // What has been put back is not put back again when the rollback goes on.
    if (data.rollback !== null) data.rollback = { ...data.rollback, pages: this.pages.awaited() };
    data.pause = reason;
    this.pages.stop();
    this.enter('pausing', `Pausing: ${pauseText(reason)}`, { pause: reason.kind });
    this.turn();
  }

  async #pausing(): Promise<void> {
    await this.#until(() => this.#hasLeft('pausing') || this.pages.isDone());
    if (this.#hasLeft('pausing')) return;
    this.enter('paused', 'Paused: no write is in flight.');
    this.log.end(['pause'], 'done');
  }

  async #paused(): Promise<void> {
    await this.#until(() => this.#hasLeft('paused'), this.record.remindAt());
  }

  async #cancelling(): Promise<void> {
    if (this.pages.jobKind !== 'cancel') this.pages.cancel();
    await this.#until(() => this.pages.isDone());
    this.#finish('Cancelled: whoever had no outcome yet was skipped.');
  }

  async #rollingBack(): Promise<void> {
    const { rollback } = this.#data;
    if (rollback === null) return this.#finish('There is nothing to take back.');
    await this.#until(() => this.#hasLeft('rolling-back') || this.#audit.isRecorded);
    if (this.#hasLeft('rolling-back')) return;
    const { pages, waves, users } = rollback;
    this.pages.pursue({ kind: 'roll-back', rollback: rollback.rollback, waves, users, pages });
    await this.#until(() => this.#hasLeft('rolling-back') || this.pages.isDone());
    if (this.#hasLeft('rolling-back')) return;
    this.#data.rollback = null;
    this.#data.pause = rollback.pause;
    this.enter(rollback.from, `Taken back: ${rollback.about}.`);
    this.log.end(['roll-back'], 'done');
  }

  #finish(text: string): void {
    this.#data.rollbackUntil = iso(Date.now() + this.#data.options.rollbackWindowMs);
    this.enter('finished', text);
    this.log.end(['cancel', 'retry'], 'done');
  }

  /** Pages rest a little longer than the campaign is open, so that none is missing while it can be rolled back. */
  async #finished(): Promise<void> {
    const until = Date.parse(this.#data.rollbackUntil ?? now());
    this.pages.rest(until + this.input.campaignPace.silentMs);
    await this.#until(() => this.#hasLeft('finished') || isPast(until), until);
    if (!this.#hasLeft('finished')) this.enter('closed', 'The rollback window is over.');
  }

  async #letPagesRest(): Promise<void> {
    if (this.pages.jobKind !== 'rest') this.pages.rest(Date.now());
    await this.#until(() => this.pages.isTold() && allHandlersFinished() && this.#audit.isRecorded);
  }

  /** There is no plan. One that runs keeps the plan that it has. */
  #refuse(problems: readonly string[]): void {
    const text = problems.join(' ');
    if (this.#data.startedBy !== null) return this.enter('paused', `It could not be planned again. ${text}`);
    this.#data.problems = problems;
    this.enter('refused', text);
  }

  enter(state: CampaignState, text: string, about?: Pick<CampaignTimelineEntry, 'pause'>): void {
    if (state !== this.record.state) this.#question?.cancel();
    this.record.enter(state, text, about);
    this.#audit.entered(state, text);
    this.#changes++;
  }

  // --- pages --------------------------------------------------------------------------------------------------------

  #requireSealable(pages: Sealing): void {
    const { seal } = this.#data;
    if (seal !== null && seal !== digestOf(sealed(pages)))
      throw refused(CAMPAIGN_REFUSALS.otherCampaign, 'This campaign was sealed with other pages. Use a new id for it.');
    if (seal === null && this.record.state !== 'intake')
      throw refused(CAMPAIGN_REFUSALS.wrongState, `The campaign is ${this.record.state} and takes no pages any more.`);
    if (pages.rows.length === 0 || pages.rows.length !== pages.digests.length)
      throw refused(CAMPAIGN_REFUSALS.invalid, 'A campaign needs at least one page, and a digest of each of them.');
    if (pages.rows.length > PAGES_MAX)
      throw refused(CAMPAIGN_REFUSALS.invalid, `A campaign has at most ${PAGES_MAX} pages.`);
  }

  #seal(pages: Sealing): void {
    if (this.#data.seal !== null) return;
    this.#data.seal = digestOf(sealed(pages));
    this.pages.seal(pages.rows);
    if (this.record.state !== 'intake') return;
    this.pages.plan(false, this.pages.all());
    this.enter('planning', `Complete: ${this.pages.rows} users in ${this.pages.size} pages.`);
    this.turn();
  }

  /** Brakes are looked at here, so that the orders to stop leave in the task that hears of the failure. */
  #hear(status: PageStatus): void {
    if (!this.pages.hear(status, Date.now())) return;
    this.#changes++;
    const { page, lastFailure, refusal } = status;
    if (refusal !== null) this.#pageRefuses(`Page ${page} cannot go on: ${refusal.message} (${refusal.code})`);
    if (lastFailure !== null && lastFailure.at > (this.#data.lastFailure?.at ?? ''))
      this.#data.lastFailure = lastFailure;
    this.#speed.sample(outcomesIn(this.pages.users()), Date.now(), this.input.campaignPace.statusMs);
    this.#watchAccess(lastFailure);
    this.#watchBudget();
  }

  #pageRefuses(problem: string): void {
    const { state } = this.record;
    if (state === 'planning' || state === 'intake') this.#refuse([problem]);
    else if (!this.#data.problems.includes(problem)) this.#data.problems = [...this.#data.problems, problem];
  }

  /** Nobody's write can succeed while the application is not let in. What was mended since does not count. */
  #watchAccess(failure: (Failure & { readonly at: string }) | null): void {
    if (failure === null || meaningOf(failure.code).handling !== 'fix-access') return;
    if (failure.at > (this.#data.resumedAt ?? '')) this.#pauseWrites({ kind: 'access', failure });
  }

  #watchBudget(): void {
    if (!UNDER_WAY.includes(this.record.state)) return;
    const spent = this.brakes.spent();
    if (spent !== null && this.pages.hasOpenUsers()) this.pause({ kind: 'budget', spent });
  }

  #pauseWrites(reason: PauseReason): void {
    if (UNDER_WAY.includes(this.record.state) || this.record.state === 'rolling-back') this.pause(reason);
  }

  // --- the loop -----------------------------------------------------------------------------------------------------

  /** Asks a worker until it answers; `null` where the state was left meanwhile, or where there is no answer to be had. */
  async #ask<T>(question: () => Promise<T>): Promise<T | null> {
    this.#question = new CancellationScope();
    const onRetry = (failure: Failure, nextAtMs: number) => {
      this.record.fail(failure, nextAtMs);
      this.turn();
    };
    try {
      const tried = await this.#question.run(() => keepTrying(question, { pace: this.input.pace, onRetry }));
      this.#data.retryAt = null;
      if (tried.ok) return tried.value;
      this.record.fail(tried.failure, null);
      this.#refuse([`${describeFailure(tried.failure)} ${meaningOf(tried.failure.code).remedy}`]);
    } catch (error) {
      if (!isCancellation(error)) throw error;
    } finally {
      this.#question = null;
    }
    return null;
  }

  /**
   * Waits until `isTrue`, and goes on in a new run meanwhile where this one has become long.
   *
   * @param lookAt when `isTrue` becomes true by itself, in milliseconds since the epoch.
   */
  async #until(isTrue: () => boolean, lookAt: number | null = null): Promise<void> {
    for (;;) {
      this.turn();
      if (isTrue()) return;
      if (this.#mayLeave()) await this.#goOnAfresh();
      if (lookAt !== null && !isPast(lookAt)) this.#alarm.ringAt(lookAt);
      const seen = this.#changes;
      await condition(() => this.#changes !== seen);
    }
  }

  turn(): void {
    this.#isLeaving ||= this.#isTooLong();
    this.pages.work(Date.now(), this.#isLeaving);
    const isUnderWay = UNDER_WAY.includes(this.record.state);
    const isRunning = this.record.state === 'running';
    if (isUnderWay && !this.#isLeaving) this.#watch.work(isRunning);
    const ats = [this.pages.nextAt() ?? 0, ...(isUnderWay ? this.#watch.nextAts(isRunning) : [])];
    for (const at of ats) if (!isPast(at)) this.#alarm.ringAt(at);
    this.record.publish(this.#view());
  }

  #view(): CampaignView {
    const view = this.record.view(this.pages, this.log.all, this.#speed);
    const audit = this.#audit.view();
    if (audit === undefined) return view;
    const isHeldUp = view.state === 'running' || view.state === 'rolling-back' || isFinalCampaign(view.state);
    const needsAttention = [...view.needsAttention, ...this.#audit.needsAttention()];
    return { ...view, audit, needsAttention, waitsFor: this.#audit.wait(isHeldUp) ?? view.waitsFor };
  }

  #hasLeft(state: CampaignState): boolean {
    return this.record.state !== state;
  }

  #since(): number {
    return Date.parse(this.#data.since);
  }

  #isTooLong(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return historyLength >= this.input.campaignPace.eventsMax || continueAsNewSuggested;
  }

  /** Not while anything is on its way: an order that is sent in the task that goes on in a new run would be lost. */
  #mayLeave(): boolean {
    return this.#isLeaving && this.pages.isQuiet && this.#watch.isQuiet && this.#audit.isQuiet && allHandlersFinished();
  }

  #goOnAfresh(): Promise<never> {
    const audit = this.#audit.carry();
    const carried: Carried = {
      ...{ data: this.#data, pages: this.pages.carry(), commands: this.log.all, speed: this.#speed.carry() },
      ...(audit !== undefined && { audit }),
    };
    return continueAsNew<typeof campaign>({ ...this.input, carried: { ...carried } });
  }
}

function sealed({ rows, digests }: Sealing): { rows: readonly number[]; digests: readonly string[] } {
  return { rows, digests };
}

function isPast(at: number): boolean {
  return Date.now() >= at;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
