/**
 * The end of a licence that was given for a time: the person gets back exactly what was there before, or the product that
 * the policy steps down to, in one call that is read back. What someone else changed meanwhile is left alone, and where a
 * seat of what is given back is missing, the licence stays until there is one.
 */
import type { Undone } from '../contracts/license-request.js';
import type { Pace } from '../contracts/pace.js';
import type { Failure } from '../domain/failures.js';
import type { SkuId, TouchedState } from '../domain/license.js';
import { restoration, skuIdsOf } from '../domain/license.js';
import type { ChangePlan, SkuFacts } from '../domain/plan.js';
import { steppedDown } from '../domain/term.js';
import { reading } from './activity-proxies.js';
import type { ChangeObserver } from './apply-change.js';
import { applyChange } from './apply-change.js';
import type { Tried } from './keep-trying.js';
import { keepTrying } from './keep-trying.js';
import type { SeatHolder, SeatOrder } from './seat-holder.js';
import { carryOutMs } from './seat-holder.js';

export interface StepDownOrder {
  /** What was assigned; its `target` is what is taken back, its `before` what is restored. */
  readonly plan: ChangePlan;
  /** `null` restores the former state. */
  readonly stepDownTo: SkuFacts | null;
  readonly seatsUntilMs: number;
  readonly pace: Pace;
}

export interface StepDownObserver extends ChangeObserver {
  readonly waitingForSeats: (skus: readonly SkuFacts[], untilMs: number) => void;
  /** No seat was free at once. */
  readonly stillWaitingForSeats: () => void;
}

export interface SteppedDown {
  readonly licences: Undone;
  /** Direct state of the touched SKUs as a read showed it; `null` where nothing was restored. */
  readonly after: TouchedState | null;
}

/** The step, as it is listed among what was taken back. */
const LICENCES = 'licences';

export async function stepDown(
  order: StepDownOrder,
  seats: SeatHolder,
  observe: StepDownObserver,
): Promise<SteppedDown> {
  const { plan, pace, seatsUntilMs } = order;
  const found = await findChange(order, observe);
  if (!found.ok) return notDone(found.failure);
  const { before, target, vanished } = found.value;
  const wanted = seatsWanted(order, found.value);
  for (;;) {
    if (wanted.length > 0) {
      observe.waitingForSeats(wanted, seatsUntilMs);
      const isHeld = await seats.hold(seatOrder(wanted, seatsUntilMs, pace), observe.stillWaitingForSeats);
      if (!isHeld) return { after: null, licences: noSeat(wanted) };
    }
    const applied = await applyChange(
      {
        ...{ userId: plan.userId, before, target, priority: 'person', pace },
        summary: `assignLicense for ${plan.userId}, at the end of the term`,
      },
      observe,
    );
    if (applied.outcome === 'done') {
      await seats.used();
      const note = `${order.stepDownTo === null ? 'Exactly as before' : `${order.stepDownTo.name} is held now`}${vanished}.`;
      return { after: applied.current, licences: { step: LICENCES, outcome: 'undone', note } };
    }
    if (applied.failure.code !== 'NO_SEATS' || wanted.length === 0) {
      await seats.giveBack();
      return notDone(applied.failure);
    }
    await seats.refused(applied.failure.message);
  }
}

interface FoundChange {
  readonly before: TouchedState;
  readonly target: TouchedState;
  /** What a group gives by now, and so takes no seat. */
  readonly throughGroup: readonly SkuId[];
  /** What is left out, as the end of a sentence; empty for nothing. */
  readonly vanished: string;
}

/** What has to be written, from the products and the licences as they are now. */
async function findChange(
  { plan, stepDownTo, pace }: StepDownOrder,
  { failing }: ChangeObserver,
): Promise<Tried<FoundChange>> {
  const skuIds = skuIdsOf(plan.target, stepDownTo === null ? {} : { [stepDownTo.skuId]: true });
  return keepTrying(
    async () => {
      const contents = await reading(pace, 'products as they are now').readContents(skuIds);
      const held = await reading(pace, 'licences held now').readLicenses({ userId: plan.userId, skuIds });
      const { throughGroup } = held;
      if (stepDownTo === null) {
        const { target, vanishedPlans } = restoration(plan.before, contents);
        const left = vanishedPlans.map(({ planId }) => planId).join(', ');
        return {
          before: plan.target,
          target,
          throughGroup,
          vanished: left && `, without plans that the product no longer contains: ${left}`,
        };
      }
      const product = stepDownTo.skuId;
      const heldNow = held.current[product] ?? null;
      const { before, target: after } = plan;
      const { target } = restoration(steppedDown({ before, after }, product, { heldNow, contents }), contents);
      return { before: { [product]: heldNow, ...after }, target, throughGroup, vanished: '' };
    },
    { pace, onRetry: failing },
  );
}

/** Products that are given back and are not held now on any path: each takes a seat again. */
function seatsWanted(
  { plan, stepDownTo }: StepDownOrder,
  { before, target, throughGroup }: FoundChange,
): readonly SkuFacts[] {
  const known = new Map([...plan.skus, ...(stepDownTo === null ? [] : [stepDownTo])].map((sku) => [sku.skuId, sku]));
  return skuIdsOf(target)
    .filter((skuId) => (target[skuId] ?? null) !== null && (before[skuId] ?? null) === null)
    .filter((skuId) => !throughGroup.includes(skuId))
    .flatMap((skuId) => known.get(skuId) ?? []);
}

/** What somebody had before goes before what others ask for anew. */
function seatOrder(skus: readonly SkuFacts[], waitUntilMs: number, pace: Pace): SeatOrder {
  return { skus, priority: 'high', waitUntilMs, heldUntilMs: waitUntilMs + carryOutMs(pace) };
}

function noSeat(wanted: readonly SkuFacts[]): Undone {
  const names = wanted.map(({ name }) => name).join(' and ');
  return {
    step: LICENCES,
    outcome: 'not-undone',
    note: `No seat of ${names} became free in time, so nothing was taken away.`,
  };
}

function notDone({ code, message }: Failure): SteppedDown {
  const outcome = code === 'DRIFT' ? 'left-alone' : 'not-undone';
  return { after: null, licences: { step: LICENCES, outcome, note: message } };
}
