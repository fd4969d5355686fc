/**
 * What people may tell a campaign, and what each command does. A validator refuses what makes no sense; the handler changes
 * the state and answers at once. A command that is known already is answered as it was, in whichever run.
 */
import type { UpdateDefinition } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import type {
  CampaignCommand,
  CampaignInput,
  CommandKind,
  CommandView,
  PauseReason,
  RollbackScope,
  Tuning,
} from '../contracts/campaign.js';
import {
  CAMPAIGN_REFUSALS,
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
import { scopeProblem, scopeText } from '../contracts/campaign-scope.js';
import { campaignStateText, waveName } from '../contracts/campaign-story.js';
import { actorName } from '../domain/approval.js';
import type { CampaignState, UserState } from '../domain/campaign.js';
import { stateProblem, tuningProblems } from '../domain/campaign-commands.js';
import { shortDigest } from '../domain/digest.js';
import type { FailureCode } from '../domain/failures.js';
import type { Person } from '../domain/person.js';
import { reading } from './activity-proxies.js';
import type { CampaignBrakes } from './campaign-brakes.js';
import type { CommandLog } from './campaign-command-log.js';
import type { CampaignPages } from './campaign-pages.js';
import type { CampaignRecord } from './campaign-record.js';
import { now } from './instants.js';
import { failureOf } from './keep-trying.js';
import { refused } from './refusal.js';

/** The campaign as commands move it. */
export interface CampaignSteering {
  readonly input: CampaignInput;
  readonly record: CampaignRecord;
  readonly pages: CampaignPages;
  readonly brakes: CampaignBrakes;
  readonly log: CommandLog;
  enter(state: CampaignState, text: string): void;
  /** Lets the waves go on from where they stand. */
  goOn(text: string): void;
  pause(reason: PauseReason): void;
  /** The next wave that has anybody to write. */
  nextWave(): number | null;
  /** Carries out and shows what has changed. */
  turn(): void;
}

type Planned = CampaignCommand & { readonly plan: string };
type PlannedAgain = CampaignCommand & { readonly plan?: string };
type Tuned = CampaignCommand & { readonly tuning: Tuning };
type Retried = CampaignCommand & { readonly codes: readonly FailureCode[] | null };
type RolledBack = CampaignCommand & { readonly scope: RollbackScope };

/** States of users that were written, or perhaps were, so that there may be something to take back. */
const PERHAPS_WRITTEN: readonly UserState[] = [
  'done', 'failed', 'unknown', 'drifted', 'verifying', 'retrying', 'waiting', 'not-restored',
]; // prettier-ignore

export class CampaignCommands {
  readonly #campaign: CampaignSteering;

  constructor(campaign: CampaignSteering) {
    this.#campaign = campaign;
  }

  setup(): void {
    this.#on(
      'start',
      startCampaign,
      (command) => this.#start(command),
      (command) => this.#requirePlan(command.plan),
    );
    this.#on('pause', pauseCampaign, (command) => this.#pause(command));
    this.#on(
      'resume',
      resumeCampaign,
      (command) => this.#resume(command),
      (command) => this.#requireResumable(command),
    );
    this.#on('promote', promoteCampaign, (command) => this.#promote(command));
    this.#on(
      'tune',
      tuneCampaign,
      (command) => this.#tune(command),
      (command) => this.#requireTunable(command),
    );
    this.#on(
      'retry',
      retryCampaign,
      (command) => this.#retry(command),
      () => this.#requireNoRollback(),
    );
    this.#on(
      'cancel',
      cancelCampaign,
      (command) => this.#cancel(command),
      () => this.#requireNoRollback(),
    );
    this.#on(
      'roll-back',
      rollBackCampaign,
      (command) => this.#rollBack(command),
      (command) => this.#requireScope(command),
    );
    this.#on(
      'replan',
      replanCampaign,
      (command) => this.#replan(command),
      () => this.#requireNoRollback(),
    );
    setHandler(confirmCampaign, (command) => this.#confirm(command), {
      validator: (command: Planned) => {
        if (this.#campaign.log.known(command, 'confirm') === null) this.#requireConfirmable(command);
      },
    });
  }

  #on<C extends CampaignCommand>(
    kind: CommandKind,
    definition: UpdateDefinition<CommandView, [C]>,
    carryOut: (command: C) => CommandView,
    require: (command: C) => void = () => undefined,
  ): void {
    const { log } = this.#campaign;
    const handler = (command: C): CommandView => {
      const known = log.known(command, kind);
      if (known !== null) return known;
      const view = carryOut(command);
      this.#campaign.turn();
      return view;
    };
    const validator = (command: C) => {
      if (log.known(command, kind) !== null) return;
      this.#requireState(kind);
      require(command);
    };
    setHandler(definition, handler, { validator });
  }

  #requireState(kind: CommandKind): void {
    const { state } = this.#campaign.record;
    const problem = stateProblem(kind, state, campaignStateText(state));
    if (problem !== null) throw refused(CAMPAIGN_REFUSALS.wrongState, problem);
  }

  // --- start and agreement ------------------------------------------------------------------------------------------

  #requirePlan(digest: string): void {
    const inForce = this.#campaign.record.data.plan?.digest ?? '';
    if (digest === inForce) return;
    const named = digest === '' ? 'no plan was named' : `not ${shortDigest(digest)}`;
    throw refused(
      CAMPAIGN_REFUSALS.otherPlan,
      `The plan in force is ${shortDigest(inForce)}, and ${named}. Look at that plan, and name its digest.`,
    );
  }

  #start(command: Planned): CommandView {
    const { record, log } = this.#campaign;
    record.data.accepted = command.plan;
    record.data.startedBy = command.actor;
    const text = `Started by ${actorName(command.actor)}.`;
    if (record.data.needsSecond) this.#campaign.enter('awaiting-second', `${text} A second person has to agree.`);
    else this.#campaign.goOn(text);
    return log.add(command, 'start', 'done', null);
  }

  #requireConfirmable(command: Planned): void {
    this.#requireState('confirm');
    this.#requirePlan(command.plan);
  }

  /** People are compared, not names: one person can be named in several ways. */
  async #confirm(command: Planned): Promise<CommandView> {
    const { record, log } = this.#campaign;
    const starter = record.data.startedBy?.ref ?? '';
    const known = log.known(command, 'confirm');
    if (known !== null) return known;
    const [first, second] = await Promise.all([this.#person(starter), this.#person(command.actor.ref)]);
    // The campaign, and this very command, may have moved on meanwhile.
    const again = log.known(command, 'confirm');
    if (again !== null) return again;
    this.#requireConfirmable(command);
    if (second === null) throw refused(CAMPAIGN_REFUSALS.invalid, `Nobody in the directory is ${command.actor.ref}.`);
    if (first === null || first.id === second.id)
      throw refused(
        CAMPAIGN_REFUSALS.samePerson,
        first === null
          ? `Nobody knows who ${starter} is, who started it; so nobody can be the second person. Cancel it and plan it again.`
          : `${second.displayName} started this campaign; another person has to agree to it.`,
      );
    record.data.confirmedBy = command.actor;
    this.#campaign.goOn(`${actorName(command.actor)} agrees.`);
    const view = log.add(command, 'confirm', 'done', null);
    this.#campaign.turn();
    return view;
  }

  async #person(ref: string): Promise<Person | null> {
    try {
      return await reading(this.#campaign.input.pace, 'look up a person').findPerson(ref);
    } catch (error) {
      const { failure } = failureOf(error);
      throw refused(failure.code, `The directory could not be asked, and nothing was recorded. ${failure.message}`);
    }
  }

  // --- brakes -------------------------------------------------------------------------------------------------------

  #pause(command: CampaignCommand): CommandView {
    const { actor, reason } = command;
    const view = this.#campaign.log.add(command, 'pause', 'draining', this.#where());
    this.#campaign.pause({ kind: 'by-command', by: actorName(actor), reason });
    return view;
  }

  #requireResumable({ plan }: PlannedAgain): void {
    const { accepted, pause, plan: inForce, rollback } = this.#campaign.record.data;
    if (rollback !== null) return;
    if (plan !== undefined || inForce?.digest !== accepted) this.#requirePlan(plan ?? '');
    if (pause?.kind === 'product-changed' && inForce?.digest === accepted)
      throw refused(
        CAMPAIGN_REFUSALS.wrongState,
        'A product changed since the plan. Plan again (`replan`), look at the new plan, and resume with its digest.',
      );
  }

  #resume(command: PlannedAgain): CommandView {
    const { record, brakes, log } = this.#campaign;
    const { data } = record;
    log.end(['pause'], 'overtaken');
    if (data.pause?.kind === 'budget' && brakes.spent() !== null)
      record.note(`${String(brakes.forgive())} failures so far do not count for the budget any more.`);
    data.accepted = data.plan?.digest ?? null;
    data.pause = null;
    data.resumedAt = now();
    data.round++;
    const text = `Resumed by ${actorName(command.actor)}.`;
    if (data.rollback === null) this.#campaign.goOn(text);
    else this.#campaign.enter('rolling-back', text);
    return log.add(command, 'resume', 'done', this.#where());
  }

  #promote(command: CampaignCommand): CommandView {
    const { record, log } = this.#campaign;
    const next = this.#campaign.nextWave();
    const about = next === null ? null : waveName(next);
    record.note(`${actorName(command.actor)} lets ${about ?? 'it'} go.`);
    record.data.promoted = next ?? record.data.promoted;
    record.data.soakUntil = null;
    this.#campaign.goOn('It goes on.');
    return log.add(command, 'promote', 'done', about);
  }

  #requireTunable({ tuning }: Tuned): void {
    const problems = tuningProblems(tuning);
    if (Object.values(tuning).every((value) => value === undefined))
      problems.push('Name what is to be tuned: the rate, the concurrency or the failure budget.');
    if (problems.length > 0) throw refused(CAMPAIGN_REFUSALS.invalid, problems.join(' '));
  }

  #tune(command: Tuned): CommandView {
    const { record, pages, log } = this.#campaign;
    const about = tuningText(command.tuning);
    record.data.options = { ...record.data.options, ...command.tuning };
    record.note(`${actorName(command.actor)} sets ${about}.`);
    pages.tune(record.data.options);
    return log.add(command, 'tune', 'done', about);
  }

  // --- again, and back ----------------------------------------------------------------------------------------------

  #retry(command: Retried): CommandView {
    const { record, pages, log } = this.#campaign;
    const { data, state } = record;
    const about = command.codes === null ? 'whoever failed' : command.codes.join(', ');
    record.note(`${actorName(command.actor)} has tried again: ${about}.`);
    pages.retry(command.codes);
    data.round++;
    this.#reopenWave();
    const view = log.add(command, 'retry', 'draining', about);
    if (state !== 'pausing' && state !== 'paused') this.#campaign.goOn('Failed users are tried again.');
    return view;
  }

  /** The wave that ran last is not over any more. */
  #reopenWave(): void {
    const { wave, waveTimes } = this.#campaign.record.data;
    const times = wave === null ? undefined : waveTimes[wave];
    if (wave !== null && times !== undefined) waveTimes[wave] = { ...times, endedAt: null };
  }

  #cancel(command: CampaignCommand): CommandView {
    const { record, log } = this.#campaign;
    const { actor, reason } = command;
    const text = `Cancelled by ${actorName(actor)}${reason === null ? '' : `: ${reason}`}.`;
    log.end(['pause', 'retry', 'replan'], 'overtaken');
    record.data.pause = null;
    if (Object.keys(record.data.waveTimes).length === 0) {
      this.#campaign.enter('abandoned', `${text} Nothing was changed.`);
      return log.add(command, 'cancel', 'done', null);
    }
    this.#campaign.enter('cancelling', text);
    return log.add(command, 'cancel', 'draining', null);
  }

  /** A cancellation in Temporal: as the command, where that is possible now. */
  cancelFromOutside(): void {
    const { record, log } = this.#campaign;
    const command = { commandId: 'cancelled in Temporal', actor: TEMPORAL, reason: null };
    const isPossible = stateProblem('cancel', record.state) === null && record.data.rollback === null;
    if (!isPossible || log.known(command, 'cancel') !== null) return;
    this.#cancel(command);
    this.#campaign.turn();
  }

  #requireNoRollback(): void {
    const { rollback } = this.#campaign.record.data;
    if (rollback !== null)
      throw refused(
        CAMPAIGN_REFUSALS.wrongState,
        `A rollback is not done yet: ${rollback.about}. Resume it, and command again when it is done.`,
      );
  }

  #requireScope({ scope }: RolledBack): void {
    this.#requireNoRollback();
    const { record, pages } = this.#campaign;
    const problem = scopeProblem(scope, { waves: record.data.waveTimes, pages: pages.size });
    if (problem !== null) throw refused(CAMPAIGN_REFUSALS.invalid, problem);
  }

  #rollBack(command: RolledBack): CommandView {
    const { record, log } = this.#campaign;
    const { data } = record;
    const { scope } = command;
    const about = scopeText(scope);
    data.rollback = {
      ...{ rollback: command.commandId, about, pages: this.#pagesOf(scope) },
      waves: scope.kind === 'wave' ? [scope.wave] : null,
      users: scope.kind === 'users' ? byPage(scope.users) : null,
      from: record.state === 'finished' ? 'finished' : 'paused',
      pause: data.pause,
    };
    data.pause = null;
    this.#campaign.enter('rolling-back', `${actorName(command.actor)} takes back ${about}.`);
    return log.add(command, 'roll-back', 'draining', about);
  }

  #pagesOf(scope: RollbackScope): readonly number[] {
    const { pages } = this.#campaign;
    switch (scope.kind) {
      case 'all':
        return pages.having(PERHAPS_WRITTEN, null);
      case 'wave':
        return pages.having(PERHAPS_WRITTEN, scope.wave);
      case 'page':
        return [scope.page];
      case 'users':
        return Object.keys(byPage(scope.users)).map(Number);
    }
  }

  #replan(command: CampaignCommand): CommandView {
    const { record, pages, log } = this.#campaign;
    pages.plan(true, record.data.startedBy === null ? pages.all() : pages.withOpenUsers());
    this.#campaign.enter('planning', `${actorName(command.actor)} has it planned again.`);
    return log.add(command, 'replan', 'draining', null);
  }

  #where(): string | null {
    const { wave } = this.#campaign.record.data;
    return wave === null ? null : waveName(wave);
  }
}

const TEMPORAL = { ref: 'Temporal', assurance: 'asserted' } as const;

function tuningText({ perSecond, concurrency, budget }: Tuning): string {
  return [
    ...(perSecond === undefined ? [] : [perSecond === null ? 'no rate of its own' : `${perSecond} users a second`]),
    ...(concurrency === undefined ? [] : [`${concurrency} writes at a time`]),
    ...(budget === undefined ? [] : ['another failure budget']),
  ].join(', ');
}

function byPage(users: readonly { readonly id: string; readonly page: number }[]): Record<number, string[]> {
  const pages: Record<number, string[]> = {};
  for (const { id, page } of users) (pages[page] ??= []).push(id);
  return pages;
}
