/**
 * Licences that end: how long one may last, when people are reminded, how its end is moved, and what is held afterwards.
 *
 * Lengths are milliseconds, instants are milliseconds since the epoch.
 */
import { digestOf } from './digest.js';
import type { PlanId, SkuId, TouchedState } from './license.js';
import { plans, skuIdsOf } from './license.js';
import type { SkuContents } from './plan.js';
import type { TermRule } from './policy.js';

/** No term is longer, whatever the policy says: ten years. */
export const TERM_MS_MAX = 3_653 * 24 * 60 * 60 * 1_000;

const UNITS = [
  { name: 'day', ms: 86_400_000 },
  { name: 'hour', ms: 3_600_000 },
  { name: 'minute', ms: 60_000 },
  { name: 'second', ms: 1_000 },
] as const;

/** A length as people say it, such as "90 days" or "1.5 hours". */
export function spanText(ms: number): string {
  const exact = UNITS.find((unit) => ms >= unit.ms && ms % unit.ms === 0);
  const unit = exact ?? UNITS.find((one) => ms >= one.ms);
  if (unit === undefined) return `${String(ms)} ms`;
  const count = Math.round((ms / unit.ms) * 10) / 10;
  return `${String(count)} ${unit.name}${count === 1 ? '' : 's'}`;
}

/**
 * Why a licence may not be asked for with this term; `null` where it may.
 *
 * @param lengthMs from now to its end, or `null` for a licence without an end.
 */
export function termRefusal(lengthMs: number | null, { maxMs }: Pick<TermRule, 'maxMs'>): string | null {
  if (lengthMs === null)
    return maxMs === null ? null : `The policy gives this licence for at most ${spanText(maxMs)}, so it needs an end.`;
  if (!Number.isFinite(lengthMs)) return 'The term is no number.';
  if (lengthMs <= 0) return 'The end of the licence is not in the future.';
  if (maxMs !== null && lengthMs > maxMs)
    return `A term of ${spanText(lengthMs)} is longer than the policy allows (${spanText(maxMs)}).`;
  if (lengthMs > TERM_MS_MAX) return `A term of ${spanText(lengthMs)} is longer than any licence lasts (10 years).`;
  return null;
}

/** Instants at which people are reminded of the end, the earliest first; those that have gone by are left out. */
export function noticeInstants(endsAt: number, { noticesMs }: Pick<TermRule, 'noticesMs'>, now: number): number[] {
  return [...new Set(noticesMs.map((ms) => endsAt - ms))].filter((at) => at > now).sort((a, b) => a - b);
}

/** What is asked of a licence with an end: the end moved by so much, or to an instant. */
export type NewEnd = { readonly byMs: number } | { readonly untilMs: number };

export interface ExtensionAsked {
  /** Tells two extensions apart; the same one again is the same extension. */
  readonly extensionId: string;
  readonly end: NewEnd;
}

export type ExtensionRefusal = 'EXTENSION_MALFORMED' | 'NOT_EXTENDABLE' | 'EXTENSION_TOO_LONG' | 'EXTENSIONS_USED_UP';

export type ExtensionCheck =
  | { readonly allowed: true; readonly endsAt: number; readonly approval: boolean }
  | { readonly allowed: false; readonly refusal: ExtensionRefusal; readonly message: string };

/**
 * Whether the end may be moved so.
 *
 * @param earlier how often it was moved already.
 */
export function checkExtension(
  { extension }: Pick<TermRule, 'extension'>,
  { since, endsAt, earlier }: { readonly since: number; readonly endsAt: number; readonly earlier: number },
  end: NewEnd,
): ExtensionCheck {
  const no = (refusal: ExtensionRefusal, message: string): ExtensionCheck => ({ allowed: false, refusal, message });
  const wanted = 'byMs' in end ? endsAt + end.byMs : end.untilMs;
  const byMs = wanted - endsAt;
  if (!Number.isSafeInteger(wanted)) return no('EXTENSION_MALFORMED', 'The new end is no instant.');
  if (byMs <= 0) return no('EXTENSION_MALFORMED', 'An extension moves the end to a later time.');
  if (extension === null) return no('NOT_EXTENDABLE', 'The policy does not let the end of this licence be moved.');
  if (earlier >= extension.times)
    return no('EXTENSIONS_USED_UP', `The end was moved ${timesText(earlier)} already, as often as the policy allows.`);
  if (byMs > extension.maxMs)
    return no(
      'EXTENSION_TOO_LONG',
      `An extension of ${spanText(byMs)} is longer than the policy allows (${spanText(extension.maxMs)} at a time).`,
    );
  if (wanted - since > TERM_MS_MAX) return no('EXTENSION_TOO_LONG', 'No licence lasts longer than 10 years.');
  return { allowed: true, endsAt: wanted, approval: extension.approval };
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${String(count)} times`;
}

/** What approvers of an extension agree to: this move of this end, of the licences of this plan. */
export function extensionDigest(extension: {
  readonly extensionId: string;
  readonly planDigest: string;
  readonly from: string;
  readonly until: string;
}): string {
  return digestOf(extension);
}

/**
 * What the touched SKUs become at the end where the policy names a product to step down to: that product stands in place
 * of what was given, what was only changed is as before, and what was removed stays away.
 *
 * A plan of the product that is also in what was given stays off if it is off in every given product that has it, so that
 * nothing that is off now is switched on.
 *
 * @param heldNow plans that are off where the product is held now already; `null` where it is not.
 */
export function steppedDown(
  { before, after }: { readonly before: TouchedState; readonly after: TouchedState },
  product: SkuId,
  { heldNow, contents }: { readonly heldNow: readonly PlanId[] | null; readonly contents: SkuContents },
): TouchedState {
  const held = (state: TouchedState, skuId: SkuId) => (state[skuId] ?? null) !== null;
  const given = skuIdsOf(after).filter((skuId) => !held(before, skuId) && held(after, skuId));
  const rest = skuIdsOf(after).map((skuId) => [skuId, held(after, skuId) ? (before[skuId] ?? null) : null] as const);
  const off = (plan: PlanId) => {
    const having = given.filter((skuId) => contents[skuId]?.includes(plan));
    return having.length > 0 && having.every((skuId) => after[skuId]?.includes(plan));
  };
  const wanted = before[product] ?? heldNow ?? plans((contents[product] ?? []).filter(off));
  const entries = [...rest.filter(([skuId]) => skuId !== product), [product, wanted] as const];
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
