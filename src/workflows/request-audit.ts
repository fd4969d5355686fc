/** What a request tells the audit trail: who asked, who decided, what was agreed to, and what was changed. */
import type { CarriedAudit } from '../contracts/audit.js';
import type {
  Extension,
  FinalState,
  LicenseRequestInput,
  Problem,
  Undone,
  WithdrawCommand,
} from '../contracts/license-request.js';
import type { Actor, Decision, Delegation } from '../domain/approval.js';
import type { AuditActor, AuditPerson } from '../domain/audit.js';
import { auditPerson } from '../domain/audit.js';
import type { Json } from '../domain/digest.js';
import type { TouchedState } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import { isPerson } from '../domain/person.js';
import type { ChangePlan } from '../domain/plan.js';
import type { Told } from './record-audit.js';
import { AuditTrail } from './record-audit.js';
import type { RequestRecord } from './request-record.js';

export class RequestAudit extends AuditTrail {
  readonly #record: RequestRecord;
  readonly #input: LicenseRequestInput;
  /** Graph's request ids that an event has named. */
  #idsTold: number;

  constructor(record: RequestRecord, input: LicenseRequestInput, carried: CarriedAudit | undefined) {
    super(input.pace, carried, () => record.publish());
    this.#record = record;
    this.#input = input;
    this.#idsTold = record.graphRequestIds.length;
  }

  /** The check is over: what was asked for, and what came of it. */
  checked(): void {
    const { request, digest, submittedBy, batch } = this.#input;
    const { requester, problems, plan } = this.#record;
    const { requestId: _requestId, justification, requester: asking, subject: _subject, ...wish } = request;
    this.#tell('request.submitted', {
      ...{ actor: this.#actor(submittedBy), reason: justification, digest },
      details: {
        requester: json(requester === null ? named(asking) : auditPerson(requester)),
        wish: json(wish),
        ...(batch !== undefined && { batch: batch.batchId }),
      },
    });
    if (plan === null) this.#refused(problems);
    else this.planned(null);
  }

  #refused(problems: readonly Problem[]): void {
    this.#tell('request.refused', { outcome: 'refused', details: { problems: json(problems) } });
  }

  /** @param because why the plan had to be made again; `null` for the first one. */
  planned(because: string | null): void {
    const { plan, revision, autoApproved } = this.#record;
    if (plan === null) return;
    const details = {
      revision,
      autoApproved,
      because,
      warnings: plan.warnings,
      usageLocation: json(plan.usageLocation),
    };
    this.#tell('request.planned', { ...ofPlan(plan), details: { ...details, products: productsOf(plan) } });
  }

  decided({ by, assurance, verdict, reason, at }: Omit<Decision, 'meets'>, stage: string, digest: string): void {
    const actor = { ...auditPerson(by), assurance };
    this.#tell('request.decided', { at, actor, reason, digest, outcome: verdict, details: { stage } });
  }

  delegated({ from, to, assurance, reason, at }: Delegation, stage: string, digest: string): void {
    const actor = { ...auditPerson(from), assurance };
    this.#tell('request.delegated', { at, actor, reason, digest, details: { stage, to: json(auditPerson(to)) } });
  }

  /** Everything is agreed to: what is written from here on is exactly this. */
  approved(plan: ChangePlan): void {
    const { autoApproved, approval } = this.#record;
    const decidedBy = (approval?.stages ?? []).flatMap(({ decisions }) => decisions.map(({ by }) => auditPerson(by)));
    this.#tell('request.approved', { ...ofPlan(plan), details: { decidedBy: json(decidedBy), autoApproved } });
  }

  assigned(plan: ChangePlan, wrote: boolean): void {
    const { after } = this.#record;
    const outcome = wrote ? 'assigned' : 'as-wanted-already';
    this.#tell('request.assigned', { ...ofPlan(plan), after, outcome, ...this.#newIds() });
  }

  /** @param step of the licences among what was taken back. */
  undone(plan: ChangePlan, undone: readonly Undone[], step: string): void {
    const outcome = undone.find((one) => one.step === step)?.outcome ?? null;
    const isBack = outcome === 'undone' || outcome === 'nothing-to-undo';
    const states = { before: null, after: isBack ? plan.before : null };
    this.#tell('request.undone', { ...states, outcome, ...this.#newIds(), details: { undone: json(undone) } });
  }

  withdrawalAsked({ actor, reason }: WithdrawCommand): void {
    this.#tell('request.withdrawal-asked', { actor: this.#actor(actor), reason });
  }

  extensionAsked({ extensionId, actor, reason, from, until }: Extension): void {
    this.#tell('request.extension-asked', { actor: this.#actor(actor), reason, details: { extensionId, from, until } });
  }

  extensionSettled({ extensionId, from, until }: Extension, outcome: string): void {
    this.#tell('request.extension-settled', { outcome, details: { extensionId, from, until } });
    this.push();
  }

  /** A licence with an end was taken back, at its end or before. */
  restored(plan: ChangePlan, { outcome, note }: Undone, after: TouchedState | null): void {
    this.#tell('request.restored', { before: plan.target, after, outcome, ...this.#newIds(), details: { note } });
  }

  ended(outcome: FinalState): void {
    const { lastFailure, needsAttention, graphRequestIds } = this.#record.view();
    const details = { lastFailure: json(lastFailure), needsAttention };
    this.#tell('request.ended', { outcome, graphRequestIds, details });
  }

  #tell(kind: Parameters<AuditTrail['add']>[0], told: Told): void {
    const { subject } = this.#record;
    this.add(kind, { subject: subject === null ? named(this.#input.request.subject) : auditPerson(subject), ...told });
  }

  #actor(actor: Actor): AuditActor {
    return actorOf(actor, this.#record.parties());
  }

  #newIds(): Pick<Told, 'graphRequestIds'> {
    const { graphRequestIds } = this.#record;
    const fresh = graphRequestIds.slice(this.#idsTold);
    this.#idsTold = graphRequestIds.length;
    return { graphRequestIds: fresh };
  }
}

/** Who acts, with the id of the person where it is one of these. */
export function actorOf({ ref, assurance }: Actor, known: readonly Person[] = []): AuditActor {
  const person = known.find((one) => isPerson(one, ref));
  return { ...(person === undefined ? named(ref) : auditPerson(person)), assurance };
}

/** Names of the products that a plan touches, so that they can be read when the tenant has them no more. */
export function productsOf({ skus }: Pick<ChangePlan, 'skus'>): Readonly<Record<string, string>> {
  return Object.fromEntries(skus.map(({ skuId, name }) => [skuId, name]));
}

function ofPlan({ digest, before, target }: ChangePlan): Told {
  return { digest, before, after: target };
}

function named(ref: string): AuditPerson {
  return { id: null, upn: ref, name: null };
}

/** All of it is data: numbers, texts, lists. */
export function json(data: unknown): Json {
  return data as Json;
}
