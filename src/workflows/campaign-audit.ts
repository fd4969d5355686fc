/** What a campaign and its pages tell the audit trail. */
import type { CarriedAudit } from '../contracts/audit.js';
import type { CampaignCommand, CampaignInput, CampaignPlan, CommandView } from '../contracts/campaign.js';
import type { CampaignPageInput, PageUser } from '../contracts/campaign-page.js';
import type { CampaignState, Signature } from '../domain/campaign.js';
import type { TouchedState } from '../domain/license.js';
import { restoration } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import { AuditTrail } from './record-audit.js';
import { actorOf, json, productsOf } from './request-audit.js';

export class CampaignAudit extends AuditTrail {
  constructor({ pace }: CampaignInput, carried: CarriedAudit | undefined, changed: () => void) {
    super(pace, carried, changed);
  }

  submitted({ title, source, wishes, options, plannedBy, digest }: CampaignInput): void {
    const details = { title, source: json(source), wishes: json(wishes), options: json(options) };
    this.add('campaign.submitted', { actor: actorOf(plannedBy), reason: title, digest, details });
  }

  planned(plan: CampaignPlan): void {
    const { digest, users, ready, already, blocked, waves, cautions } = plan;
    const details = { users, ready, already, blocked: json(blocked), waves, cautions, products: productsOf(plan) };
    this.add('campaign.planned', { digest, details });
  }

  /** @param plan digest of the plan in force. */
  commanded({ actor, reason, commandId }: CampaignCommand, { kind, about }: CommandView, plan: string | null): void {
    this.add('campaign.commanded', {
      ...{ actor: actorOf(actor), reason, digest: plan, outcome: kind, details: { commandId, about } },
    });
    this.push();
  }

  entered(state: CampaignState, text: string): void {
    this.add('campaign.entered', { outcome: state, details: { text } });
    this.push();
  }
}

export class PageAudit extends AuditTrail {
  readonly #page: number;

  constructor({ pace, page, carried }: CampaignPageInput, changed: () => void) {
    super(pace, carried?.audit, changed);
    this.#page = page;
  }

  /** Who is in it and what was there before: on record before anybody is written. */
  planned(users: readonly PageUser[], signatures: readonly Signature[], digest: string): void {
    const states = signatures.map(({ key, outcome, before, target }) => ({ key, outcome, before, target }));
    const rows = users.map(({ id, upn, sig }) => [id, upn, sig]);
    this.add('campaign.page-planned', { digest, details: { page: this.#page, signatures: json(states), users: rows } });
    this.push();
  }

  /** A user has an outcome. */
  ended(user: PageUser, signature: Signature, contents: SkuContents): void {
    const { id, upn, name, state, wave, failure, writeId, restoreId } = user;
    const isBack = state === 'restored' || state === 'left-alone' || state === 'not-restored';
    const requestId = isBack ? restoreId : writeId;
    this.add('campaign.user', {
      subject: { id, upn: upn === '' ? id : upn, name: name === '' ? null : name },
      before: isBack ? signature.target : signature.before,
      after: heldAfter(user, signature, contents),
      outcome: state,
      graphRequestIds: requestId === undefined ? [] : [requestId],
      details: { page: this.#page, wave, ...(failure !== undefined && { failure: json(failure) }) },
    });
    if (this.isFull) this.push();
  }
}

/** What a read showed, as far as one did. */
function heldAfter(
  { state, wrote, seen }: PageUser,
  { before, target }: Signature,
  contents: SkuContents,
): TouchedState | null {
  switch (state) {
    case 'done':
      return target;
    case 'restored':
      return restoration(before, contents).target;
    case 'drifted':
    case 'left-alone':
      return seen ?? null;
    case 'failed':
    case 'skipped':
      return wrote === true ? null : before;
    default:
      return null;
  }
}
