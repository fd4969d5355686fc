/**
 * What a request promises, checked against what really happened to the person in the simulator. Nothing here shares a
 * line with the code that made the plan.
 */
import type { LicenseRequest, RequestView } from '../../src/contracts/license-request.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import type { UserRecord } from '../../src/simulator/user-record.js';

/** What a person holds: text, so that two of them can be compared and read. */
export interface Holding {
  /** `skuId -> disabled plans` of direct licences, as JSON. */
  readonly direct: string;
  /** The same for each group. */
  readonly inherited: string;
  readonly usageLocation: string | null;
  readonly anyLicense: boolean;
}

/** Direct licences by skuId, each with its disabled plans. */
export type Direct = Readonly<Record<string, readonly string[]>>;

export interface Story {
  readonly before: Holding;
  /** What they would hold directly if the request were carried out. */
  readonly target: string;
  /** Every state since the request was submitted, oldest first. */
  readonly since: readonly Holding[];
  readonly request: LicenseRequest;
  readonly view: RequestView;
  /** Graph refuses for want of a seat, after which the request may try once more. */
  readonly losesSeat: boolean;
}

export function holdingOf(user: UserRecord): Holding {
  const paths = user.licensePaths.map(
    ({ skuId, disabledPlans, assignedByGroup }) => [assignedByGroup, skuId, [...disabledPlans].sort()] as const,
  );
  const direct = paths.filter(([group]) => group === null).map(([, skuId, off]) => [skuId, off] as const);
  return {
    direct: directText(Object.fromEntries(direct)),
    inherited: JSON.stringify(paths.filter(([group]) => group !== null).sort()),
    usageLocation: user.usageLocation,
    anyLicense: paths.length > 0,
  };
}

/** States of a person since entry number `from` of their timeline. */
export function holdingsSince(tenant: Tenant, userId: string, from: number): readonly Holding[] {
  return tenant
    .userTimeline(userId)
    .slice(from)
    .map(({ user }) => holdingOf(user));
}

export function directText(direct: Direct): string {
  return JSON.stringify(Object.entries(direct).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Every promise that was broken, as a sentence; none where all is well. */
export function brokenPromises(story: Story): readonly string[] {
  return [...thePath(story), ...theEnd(story), ...theView(story)];
}

/** Never anything but the start and the target, and no more writes than needed. */
function* thePath({ before, target, since, view, losesSeat }: Story): Generator<string> {
  const directs = since.map(({ direct }) => direct);
  for (const direct of directs)
    if (direct !== before.direct && direct !== target) yield `was in a state that nobody asked for: ${direct}`;
  if (since.some(({ inherited }) => inherited !== before.inherited)) yield 'what groups give has changed';
  const changes = [before.direct, ...directs].filter((direct, i, all) => i > 0 && direct !== all[i - 1]);
  const forward = changes.filter((direct) => direct === target).length;
  const back = changes.length - forward;
  const moved = `${forward} times to the target and ${back} times back`;
  if (forward > 1 && !losesSeat) yield `was written more than once: ${moved}`;
  if (view.state === 'done' && back > 0 && !losesSeat) yield `is done, and was taken back: ${moved}`;
  if ((view.state === 'refused' || view.state === 'denied') && changes.length > 0) yield `${view.state}, yet ${moved}`;
  if (view.state === 'done' && forward > back && !view.wrote) yield 'was written, and the view says it was not';
}

/** Exactly the target, exactly the start, or a report of what is left. */
function* theEnd(story: Story): Generator<string> {
  const { before, target, request, view } = story;
  const after = story.since.at(-1) ?? before;
  const reported = view.needsAttention.length > 0;
  if (view.state === 'done') {
    if (after.direct !== target) yield `is done, and holds ${after.direct} instead of ${target}`;
    const location = request.usageLocation ?? before.usageLocation;
    // The location belongs to a change that was made; where all was as wanted already, it may be set all the same.
    if (after.usageLocation !== location) yield `is done, and its usage location is ${String(after.usageLocation)}`;
    return;
  }
  if (after.direct !== before.direct && !reported)
    yield `is ${view.state}, holds ${after.direct} instead of ${before.direct}, and needs nobody's attention`;
  if (after.usageLocation !== before.usageLocation && !after.anyLicense && !reported)
    yield `is ${view.state}, and its usage location stays ${String(after.usageLocation)} without a word`;
}

/** What the view says is so. */
function* theView(story: Story): Generator<string> {
  const { before, since, view, target } = story;
  const after = since.at(-1) ?? before;
  if (view.state === 'failed' && view.lastFailure === null) yield 'failed, and says no reason';
  if (view.state === 'refused' && view.problems.length === 0) yield 'was refused, and says no problem';
  if (view.waitsFor !== null) yield 'has ended, and waits for something';
  const licences = view.undone.find(({ step }) => step === 'licences');
  const put = licences?.outcome === 'undone' || licences?.outcome === 'nothing-to-undo';
  if (view.state !== 'done' && put && after.direct !== before.direct)
    yield `says the licences are as before, and they are ${after.direct}`;
  if (view.undone.some(({ outcome }) => outcome === 'not-undone') && view.needsAttention.length === 0)
    yield 'could not be undone, and needs nobody';
  if (view.state === 'done') {
    const wanted = new Map(JSON.parse(target) as [string, readonly string[]][]);
    for (const [skuId, shown] of Object.entries(view.after ?? {}))
      if (JSON.stringify(shown) !== JSON.stringify(wanted.get(skuId) ?? null))
        yield `shows ${skuId} as ${JSON.stringify(shown)} at the end`;
    if (Object.keys(view.after ?? {}).length === 0) yield 'is done, and shows no state at the end';
  }
}
