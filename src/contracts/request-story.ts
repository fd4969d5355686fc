/**
 * A request in plain sentences. The same text answers `licenseflow explain` and stands in the Temporal UI, so that nobody
 * gets two different answers.
 */
import type { StageProgress } from '../domain/approval.js';
import { actorName } from '../domain/approval.js';
import type { Failure } from '../domain/failures.js';
import { meaningOf } from '../domain/failures.js';
import { shortDigest } from '../domain/digest.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import type { SkuState } from '../domain/license.js';
import type { ChangePlan, KeptPlans, SkuFacts } from '../domain/plan.js';
import type { ServicePlans, TierChange } from '../domain/service-family.js';
import { spanText } from '../domain/term.js';
import type { AuditView } from './audit.js';
import type { Extension, Readiness, RequestState, RequestView, Term, Wait } from './license-request.js';
import { isFinal } from './license-request.js';
import type { RollbackView } from './license-rollback.js';
import { actsOfStage, waitingStageLines } from './stage-story.js';

/** How an instant is written: the UI has only UTC, a terminal adds local time. */
export type TimeText = (iso: string) => string;

export const utc: TimeText = (iso) => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

const STATE_TEXT: Record<RequestState, string> = {
  checking: 'being checked',
  'waiting-for-approval': 'waiting for approval',
  preparing: 'approved, being prepared',
  'waiting-for-seat': 'waiting for a free seat',
  writing: 'being assigned',
  verifying: 'assigned, waiting until the directory shows it',
  assigned: 'assigned, its services are getting ready',
  active: 'in force',
  ending: 'at its end, the former licences are being restored',
  undoing: 'being taken back',
  done: 'done',
  ended: 'ended',
  refused: 'refused',
  denied: 'denied',
  expired: 'expired',
  withdrawn: 'withdrawn',
  failed: 'failed',
  terminated: 'ended by force in Temporal',
};

export function stateText(state: RequestState): string {
  return STATE_TEXT[state];
}

/** The whole story as Markdown, for the Temporal UI. */
export function storyOf(view: RequestView): string {
  return [`**${headline(view)}**`, '', ...explanation(view).map((line) => `- ${line}`)].join('\n');
}

/** Who asks for what, in one line. */
export function headline(view: RequestView): string {
  const subject = view.subject ? nameOf(view.subject) : view.request.subject;
  return `${wishText(view)} for ${subject}: ${stateText(view.state)}`;
}

/** Where it is, why, who can move it, what happens next. One sentence a line. */
export function explanation(view: RequestView, time: TimeText = utc): readonly string[] {
  const { waitsFor, lastFailure } = view;
  const { stage, stages } = view.extensionQuestion ?? view;
  const waiting = stage === null ? undefined : stages[stage];
  const lines = [`State: ${stateText(view.state)} since ${time(view.since)}.`];
  if (waitsFor !== null) {
    lines.push(`Waits for: ${waitsFor.what}`);
    if (waitsFor.who.length > 0) lines.push(`Who can act: ${peopleText(waitsFor.who)}.`);
    lines.push(...nextLines(waitsFor, waiting, time));
  }
  lines.push(...stagesText(view));
  if (waiting !== undefined) lines.push(...waitingStageLines(waiting, time));
  lines.push(...view.autoApproved.map((sentence) => `Nobody was asked: ${sentence}`));
  lines.push(...readinessLines(view.readiness, time), ...termText(view, time));
  if (view.withdrawal !== null && !isFinal(view.state))
    lines.push(`Being ended: ${actorName(view.withdrawal.actor)} asked for it (${view.withdrawal.reason}).`);
  if (view.withdrawal !== null && view.state === 'withdrawn')
    lines.push(`Withdrawn by ${actorName(view.withdrawal.actor)}: ${view.withdrawal.reason}`);
  if (view.state === 'done' && !view.wrote)
    lines.push(['Nothing had to be changed: everything is as wanted.', ...(view.plan?.warnings ?? [])].join(' '));
  for (const { message, remedy, code } of view.problems) lines.push(`Problem: ${message} ${remedy} (${code})`);
  for (const text of denials(view)) lines.push(text);
  if (lastFailure !== null) lines.push(...failureLines(lastFailure, `Last failure (${time(lastFailure.at)})`));
  for (const { step, outcome, note } of view.undone) lines.push(`Taken back: ${step}: ${outcome}. ${note}`);
  for (const reason of view.needsAttention) lines.push(`Needs attention: ${reason}`);
  lines.push(...auditLines(view.audit, time));
  for (const { kind, channel, reason } of view.notices.givenUp)
    lines.push(`Not delivered: notice "${kind}"${channel === null ? '' : ` by ${channel}`}. ${reason}`);
  return lines;
}

/** Nothing, as long as the trail is told everything. */
function auditLines(audit: AuditView | undefined, time: TimeText): readonly string[] {
  if (audit === undefined || audit.problem === null) return [];
  const { reason, since, nextAt } = audit.problem;
  const waiting = `${String(audit.waiting)} ${audit.waiting === 1 ? 'entry waits' : 'entries wait'}`;
  return [`Audit trail: ${waiting} since ${time(since)}, because: ${reason}. It is told again at ${time(nextAt)}.`];
}

/** What happens by itself, the soonest first. */
function nextLines({ nextAt, then }: Wait, waiting: StageProgress | undefined, time: TimeText): readonly string[] {
  if (nextAt === null) return then === '' ? [] : [`Next: ${then}`];
  const acts = [...(waiting === undefined ? [] : actsOfStage(waiting)), { at: nextAt, then }];
  return acts
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map((act, i) => `${i === 0 ? 'Next' : 'Then'}: at ${time(act.at)}, ${act.then}`);
}

function readinessLines(readiness: Readiness | null, time: TimeText): readonly string[] {
  if (readiness === null) return [];
  const { state, since, pending } = readiness;
  const services = pending.length === 0 ? '' : ` Not ready: ${pending.join(', ')}.`;
  return [`${READINESS_TEXT[state]} since ${time(since)}.${services}`];
}

const READINESS_TEXT: Readonly<Record<Readiness['state'], string>> = {
  waiting: 'Assigned, and its services are getting ready,',
  ready: 'Ready: all services report that they are provisioned,',
  'not-reported': 'Assigned, and not all of its services reported that they are ready; nobody asks them any more',
};

/** When it ends, what is held then, and how the end was moved. */
export function termText({ term, plan, request, state }: RequestView, time: TimeText = utc): readonly string[] {
  if (term === null) return [];
  const { inForce, stepDownTo, noticesAt, extensions } = term;
  const lines = [inForce === null ? wantedTerm(request) : termInForce(inForce, state, time)];
  if (plan !== null && !isFinal(state)) lines.push(afterTheEnd(plan, stepDownTo));
  if (noticesAt.length > 0 && !isFinal(state)) lines.push(`Reminders: ${noticesAt.map(time).join(', ')}.`);
  for (const extension of extensions) lines.push(extensionText(extension, time));
  if (inForce !== null && state === 'active') lines.push(extensionRule(term));
  return lines;
}

function termInForce({ since, until }: NonNullable<Term['inForce']>, state: RequestState, time: TimeText): string {
  return state === 'withdrawn'
    ? `Was in force from ${time(since)}, and ended before ${time(until)}.`
    : `In force from ${time(since)} until ${time(until)}.`;
}

function wantedTerm({ termMs, endsAt }: RequestView['request']): string {
  return endsAt === undefined
    ? `Wanted for ${spanText(termMs ?? 0)} from the moment in which it is assigned.`
    : `Wanted until ${utc(endsAt)}.`;
}

function extensionText({ actor, reason, until, state }: Extension, time: TimeText): string {
  return `Extension until ${time(until)}, asked by ${actorName(actor)} (${reason}): ${state}.`;
}

/** How often the end can still be moved. */
export function extensionsLeft({ rule: { extension }, extensions }: Term): number {
  return extension === null ? 0 : extension.times - extensions.filter(({ state }) => state === 'granted').length;
}

function extensionRule(term: Term): string {
  const { extension } = term.rule;
  if (extension === null) return 'Its end cannot be moved.';
  const left = extensionsLeft(term);
  const approval = extension.approval ? ', after approval' : '';
  return left <= 0
    ? 'Its end was moved as often as the policy allows.'
    : `Its end can be moved ${left === 1 ? 'once more' : `${String(left)} more times`}, by at most ${spanText(extension.maxMs)} at a time${approval}.`;
}

/** What a person holds once the licence has ended, as one sentence. */
export function afterTheEnd(plan: ChangePlan, stepDownTo: SkuFacts | null): string {
  const { before, target, skus } = plan;
  const names = (held: (skuId: string) => boolean) =>
    skus
      .filter(({ skuId }) => held(skuId))
      .map(({ name }) => name)
      .join(' and ');
  const given = names((skuId) => (before[skuId] ?? null) === null && (target[skuId] ?? null) !== null);
  const restored = names((skuId) => (before[skuId] ?? null) !== null);
  if (stepDownTo !== null) return `At the end ${stepDownTo.name} takes the place of ${given || restored}.`;
  const parts = [
    ...(given === '' ? [] : [`${given} is taken away`]),
    ...(restored === '' ? [] : [`${restored} is exactly as before`]),
  ];
  return `At the end ${parts.join(', and ')}.`;
}

/** A group of approvers can be large, and an explanation is one screen. */
const PEOPLE_NAMED_MAX = 6;

function peopleText(people: readonly Person[]): string {
  const named = people.slice(0, PEOPLE_NAMED_MAX).map(nameOf);
  const more = people.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${String(more)} more` : named.join(', ');
}

/** How far the approval is, where there is more to say than that its one stage waits. */
function stagesText({ stages, stage: current, state }: RequestView): readonly string[] {
  if (stages.length < 2 && stages.every(({ decisions }) => decisions.length === 0)) return [];
  const parts = stages.map(({ rule, decisions }, i) => {
    const decided = decisions.map(
      ({ by, verdict }) => `${verdict === 'approve' ? 'approved' : 'denied'} by ${nameOf(by)}`,
    );
    const undecided = isFinal(state) ? 'not decided' : 'not asked yet';
    const now = i === current ? ['waits now'] : decided.length === 0 ? [undecided] : [];
    return `${String(i + 1)} "${rule.name}" ${[...decided, ...now].join(', ')}`;
  });
  return [`Stages: ${parts.join('; ')}.`];
}

export function failureLines(failure: Failure, label: string): readonly string[] {
  const { meaning, remedy } = meaningOf(failure.code);
  const support = failure.requestId === undefined ? '' : ` Graph request-id ${failure.requestId}.`;
  return [
    `${label}: ${meaning} ${remedy} (${failure.code}; Graph says: ${failure.message}${support && ';'}${support})`,
  ];
}

/** Services and tiers that are won are good news and often many; the first ones are enough for a glance. */
const GAINED_SHOWN_MAX = 8;

/**
 * What a plan does, one line a product, then the services that change. Services and tiers that are lost, and plans that
 * are switched on or kept off, are always named in full.
 */
export function planText(plan: ChangePlan, all: 'in-full' | 'at-a-glance' = 'at-a-glance'): readonly string[] {
  const { usageLocation } = plan;
  return [
    ...plan.skus.map((sku) => skuLine(plan, sku)),
    ...serviceLines(plan, all),
    ...(usageLocation !== null && usageLocation.from !== usageLocation.to
      ? [`Usage location: ${usageLocation.from ?? 'none'} -> ${usageLocation.to}`]
      : []),
    ...plan.warnings.map((warning) => `Note: ${warning}`),
    `Plan ${shortDigest(plan.digest)}`,
  ];
}

function serviceLines(plan: ChangePlan, all: 'in-full' | 'at-a-glance'): readonly string[] {
  const { effects, services } = plan;
  const names = planNames(plan);
  const name = (id: string) => names.get(id) ?? id;
  const line = (label: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${label}: ${items.join(', ')}`];
  // A plan without a family is a service of its own, under its id.
  const withPlans = ({ service, plans }: ServicePlans) =>
    plans.includes(service) ? name(service) : `${service} (${plans.map(name).join(', ')})`;
  // What is held beside the touched products has no name here, and its id would tell nobody anything.
  const tierName = (id: string) => names.get(id) ?? 'another plan';
  const tier = ({ service, from, to }: TierChange) => `${service} (${tierName(from)} -> ${tierName(to)})`;
  const offWith = ({ planId, needs }: KeptPlans['offWithAnother'][number]) => {
    const known = needs.filter((id) => names.has(id));
    return `${name(planId)} (needs ${(known.length > 0 ? known : needs).map(name).join(' or ')})`;
  };
  const told = new Set([
    ...services.lost.flatMap((service) => service.plans),
    ...[...services.tiersGained, ...services.tiersLost].map(({ from }) => from),
  ]);
  return [
    ...line('Services lost', services.lost.map(withPlans)),
    ...line('Lower tier', services.tiersLost.map(tier)),
    ...line('Plans lost whose service goes on', effects.lost.filter((id) => !told.has(id)).map(name)),
    ...line('Switched on although off until now', effects.switchedOn.map(name)),
    ...line(
      'Kept off',
      services.offById.map(({ planId }) => name(planId)),
    ),
    ...line(
      'Kept off, as their services were',
      services.offByFamily.map(({ planId }) => name(planId)),
    ),
    ...line('Switched off with a plan that they need', services.offWithAnother.map(offWith)),
    ...line('Were off, and nothing new corresponds to them', services.unmapped.map(name)),
    ...line('Higher tier', shortened(services.tiersGained.map(tier), all)),
    ...line('New services', shortened(services.gained.map(withPlans), all)),
  ];
}

function shortened(items: readonly string[], all: 'in-full' | 'at-a-glance'): readonly string[] {
  const rest = items.length - GAINED_SHOWN_MAX;
  if (all === 'in-full' || rest <= 0) return items;
  return [...items.slice(0, GAINED_SHOWN_MAX - 1), `${items[GAINED_SHOWN_MAX - 1] ?? ''} and ${String(rest)} more`];
}

/** "Office 365 E5 instead of Office 365 E3", or the names as they were typed while nothing is resolved yet. */
export function wishText({ plan, request }: Pick<RequestView, 'plan' | 'request'>): string {
  const added = plan === null ? request.add.map(({ sku }) => sku) : namesWhere(plan, (state) => state !== null);
  const removed = plan === null ? request.remove : namesWhere(plan, (state) => state === null);
  if (added.length === 0) return removed.length === 0 ? 'nothing' : `removal of ${removed.join(' and ')}`;
  return removed.length === 0 ? added.join(' and ') : `${added.join(' and ')} instead of ${removed.join(' and ')}`;
}

function namesWhere({ target, skus }: ChangePlan, wanted: (state: SkuState) => boolean): readonly string[] {
  return skus.filter(({ skuId }) => wanted(target[skuId] ?? null)).map(({ name }) => name);
}

function skuLine({ before, target }: ChangePlan, sku: SkuFacts): string {
  const wanted = target[sku.skuId] ?? null;
  const held = before[sku.skuId] ?? null;
  const label = `${sku.name} (${sku.skuPartNumber})`;
  if (wanted === null) return held === null ? `${label}: not held, nothing to remove` : `- remove ${label}`;
  const off = wanted.map((id) => sku.servicePlans.find((plan) => plan.id === id)?.name ?? id);
  const without = off.length === 0 ? 'with all plans' : `without ${off.join(', ')}`;
  return `${held === null ? '+ add' : '~ change'} ${label} ${without}`;
}

function planNames(plan: ChangePlan): ReadonlyMap<string, string> {
  return new Map(plan.skus.flatMap(({ servicePlans }) => servicePlans.map(({ id, name }) => [id, name] as const)));
}

export function denials(view: RequestView): readonly string[] {
  return view.stages.flatMap(({ rule, decisions }) =>
    decisions
      .filter(({ verdict }) => verdict === 'deny')
      .map(({ by, reason }) => `Denied in stage "${rule.name}" by ${nameOf(by)}: ${reason ?? 'no reason given'}`),
  );
}

/** A rollback in plain sentences, as Markdown. */
export function rollbackStory(rollback: RollbackView, time: TimeText = utc): string {
  return [
    `**${rollbackHeadline(rollback)}**`,
    '',
    ...rollbackExplanation(rollback, time).map((line) => `- ${line}`),
  ].join('\n');
}

export function rollbackHeadline(rollback: RollbackView): string {
  return `Rollback of request ${rollback.requestId} for ${nameOf(rollback.subject)}: ${ROLLBACK_TEXT[rollback.state]}`;
}

export function rollbackExplanation(rollback: RollbackView, time: TimeText = utc): readonly string[] {
  const { waitsFor, lastFailure, vanishedPlans } = rollback;
  const lines = [`State: ${ROLLBACK_TEXT[rollback.state]} since ${time(rollback.since)}.`];
  if (waitsFor !== null) lines.push(`Waits for: ${waitsFor.what}`);
  if (waitsFor?.nextAt) lines.push(`Next: at ${time(waitsFor.nextAt)}, ${waitsFor.then}`);
  if (vanishedPlans.length > 0)
    lines.push(
      `Left out, because the product no longer contains it: ${vanishedPlans.map(({ planId }) => planId).join(', ')}.`,
    );
  if (rollback.usageLocation !== null) {
    const { step, outcome, note } = rollback.usageLocation;
    lines.push(`Taken back: ${step}: ${outcome}. ${note}`);
  }
  if (lastFailure !== null) lines.push(...failureLines(lastFailure, `Last failure (${time(lastFailure.at)})`));
  lines.push(...auditLines(rollback.audit, time));
  for (const reason of rollback.needsAttention) lines.push(`Needs attention: ${reason}`);
  return lines;
}

const ROLLBACK_TEXT: Record<RollbackView['state'], string> = {
  reading: 'reading what is held now',
  writing: 'being written',
  verifying: 'written, waiting until the directory shows it',
  'waiting-for-seat': 'waiting for a seat to give back',
  restored: 'restored',
  'left-alone': 'left alone',
  failed: 'failed',
};
