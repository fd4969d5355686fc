/** A campaign of 300 people, with a canary, a storm that spends its failure budget, and the way back for one wave. */
import { randomUUID } from 'node:crypto';
import type { CampaignUser, Campaigns } from '../../client/index.js';
import type { CampaignView, CampaignWish } from '../../contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS, DEFAULT_CAMPAIGN_PACE } from '../../contracts/campaign.js';
import type { UserCounts, UserState } from '../../domain/campaign.js';
import { shortDigest } from '../../domain/digest.js';
import type { Stage } from './stage.js';
import { JOHANNA, MEGAN, refusalOf } from './stage.js';
import type { Held } from './tenant-truth.js';
import { sameHeld } from './tenant-truth.js';

const OFFICE_365_E3 = '6fd2c87f-b296-42f0-b197-1e91e994b900';
const OFFICE_365_E5 = 'c7df2760-2c81-4ef7-b578-5b5392b571df';
/** Any of them stands for a mailbox. */
const EXCHANGE = ['efb87545-963c-4e0d-99df-69c6916d9eb0'];

const PEOPLE = 302;
/** Two of the people cannot be licensed by an application, one of them because they have no usage location. */
const READY = 300;
const FIRST_WAVE = 100;
const FAILURES_ALLOWED = 5;
/** Pages of a size that shows how they work together, and a look at products more often than they take. */
const DEMO_PACE = { ...DEFAULT_CAMPAIGN_PACE, pageRows: 50, watchMs: 10_000 };
/** More users fail than the budget allows, and a few more that are under way when it is spent. */
const STORM = 12;
const LOOK_EVERY_MS = 250;
const WITHIN_MS = 10 * 60_000;

const MOVE: CampaignWish = {
  add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [], keepPlans: true }],
  remove: ['ENTERPRISEPACK'],
  losing: ['ENTERPRISEPACK'],
};

interface Chapter extends Stage {
  readonly campaigns: Campaigns;
  readonly campaignId: string;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  /** What each of the people held before. */
  readonly before: ReadonlyMap<string, Held>;
}

export async function campaign(stage: Stage): Promise<void> {
  const { narrator, truth, licenseflow } = stage;
  narrator.chapter(`5. A campaign: ${String(READY)} people move from Office 365 E3 to E5, in waves`);
  const before = await truth.directHolders(OFFICE_365_E3, PEOPLE);
  const campaignId = `demo-${randomUUID().slice(0, 8)}`;
  const chapter = { ...stage, campaigns: licenseflow.campaigns, campaignId, before, since: Date.now() };
  const planned = await plan(chapter);
  await start(chapter, planned);
  await canary(chapter);
  await storm(chapter);
  await goOn(chapter);
  await rollBackOneWave(chapter);
}

async function plan({ narrator, truth, campaigns, campaignId, before, since }: Chapter): Promise<CampaignView> {
  const rows = [...before.keys()].map((user, i) => ({ user, wish: 0, line: i + 2 }));
  await campaigns.plan(
    {
      campaignId,
      title: 'Office 365 E3 to E5',
      source: { kind: 'file', name: 'move.csv', rows, wishes: [MOVE], merged: 0 },
      options: {
        ...DEFAULT_CAMPAIGN_OPTIONS,
        waves: { canary: true, sizes: [{ count: FIRST_WAVE }, 'rest'] },
        budget: { perWave: { count: FAILURES_ALLOWED, percent: null }, total: { count: null, percent: null } },
      },
      campaignPace: DEMO_PACE,
    },
    asserted(JOHANNA.upn),
  );
  const view = await until(campaigns, campaignId, ({ state }) => state === 'planned' || state === 'refused');
  const { plan: made } = view;
  const ready = (made?.signatures ?? []).filter(({ outcome }) => outcome === 'ready');
  narrator.tell(
    `Plan ${shortDigest(made?.digest ?? '')}: ${counted(view.users)}, in waves of ${made?.waves.join(', ') ?? ''}.`,
  );
  narrator.check(
    `It reads ${String(PEOPLE)} people: ${String(READY)} are ready, in ${String(ready.length)} kinds of change to review.`,
    made?.users === PEOPLE && made.ready === READY && ready.length > 1,
    view.users,
  );
  for (const [code, users] of Object.entries(made?.blocked ?? {}))
    narrator.tell(`Blocked beforehand: ${code}, ${String(users)}.`);
  const { users: changed } = await truth.changedOf(before.keys(), since);
  narrator.check('The plan wrote nothing.', changed === 0, changed);
  return view;
}

async function start({ narrator, campaigns, campaignId }: Chapter, { plan: made }: CampaignView): Promise<void> {
  const digest = made?.digest ?? '';
  await campaigns.start(campaignId, { plan: digest, actor: asserted(JOHANNA.upn) });
  const refusal = await refusalOf(() => campaigns.confirm(campaignId, { plan: digest, actor: asserted(JOHANNA.upn) }));
  narrator.check('So many people need a second person: Johanna cannot be both.', refusal === 'SAME_PERSON', refusal);
  await campaigns.confirm(campaignId, { plan: digest, actor: asserted(MEGAN.upn) });
  narrator.tell('Megan has looked at the plan too, and confirms it.');
}

async function canary({ narrator, campaigns, campaignId }: Chapter): Promise<void> {
  const view = await until(campaigns, campaignId, ({ state }) => state === 'awaiting-promotion');
  const [first] = view.waves;
  const signatures = (view.plan?.signatures ?? []).filter(({ outcome }) => outcome === 'ready').length;
  narrator.check(
    `The canary is done: one person of each kind, ${String(signatures)} in all. It waits to be let go on.`,
    first?.users.done === signatures,
    first,
  );
}

async function storm({ narrator, truth, campaigns, campaignId, before, since }: Chapter): Promise<void> {
  await truth.refuseWrites(STORM);
  narrator.tell(`From now on Graph refuses ${String(STORM)} writes. Johanna lets the first wave go.`);
  await campaigns.promote(campaignId, { actor: asserted(JOHANNA.upn) });
  const view = await progress({ narrator, campaigns, campaignId }, ({ state }) => state === 'paused');
  narrator.check(
    `The campaign pauses itself: more than ${String(FAILURES_ALLOWED)} failures in one wave.`,
    view.pause?.kind === 'budget' && view.pause.spent.failed > FAILURES_ALLOWED,
    view.pause,
  );
  const { users: changed } = await truth.changedOf(before.keys(), since);
  const { done = 0, verifying = 0 } = view.users;
  narrator.check(
    'It does not guess: who is done was changed, who was cut off is read before anybody says so, nobody else was written.',
    changed >= done && changed <= done + verifying,
    { changed, users: view.users },
  );
  for (const { code, users, remedy } of await campaigns.errors(campaignId))
    narrator.tell(`  ${code}, ${String(users)} users. ${remedy}`);
  await truth.calmDown();
}

async function goOn({ narrator, truth, campaigns, campaignId, before, since }: Chapter): Promise<void> {
  narrator.tell('The storm is over. Those who failed are tried again, and the campaign goes on.');
  await campaigns.retry(campaignId, { actor: asserted(JOHANNA.upn) });
  await campaigns.resume(campaignId, { actor: asserted(JOHANNA.upn) });
  const view = await progress({ narrator, campaigns, campaignId }, ({ state }) => state === 'finished');
  narrator.check(`All ${String(READY)} are done.`, view.users.done === READY, view.users);
  const users = await all(campaigns.users(campaignId));
  const held = await truth.heldOf(before.keys());
  narrator.check(
    'The tenant agrees to the last user: E5 instead of E3, as the plan said, and every other licence as it was.',
    users.length === PEOPLE && users.every((user) => sameHeld(held.get(user.id ?? '') ?? {}, wanted(user, before))),
  );
  const { users: changed, once } = await truth.changedOf(before.keys(), since);
  narrator.check('Each of them took one effective write.', changed === READY && once === READY, { changed, once });
  const without = await truth.everWithout(EXCHANGE, before.keys());
  narrator.check('Nobody was without mail for a moment.', without.length === 0, without);
}

async function rollBackOneWave({ narrator, truth, campaigns, campaignId, before }: Chapter): Promise<void> {
  const preview = await campaigns.previewRollback(campaignId, { kind: 'wave', wave: 1 });
  narrator.tell(`Wave 1 shall go back. The dry run says: ${String(preview.toRestore)} users, ${preview.seats
    .map(({ name, needed, free }) => `${String(needed)} seats of ${name} (${String(free ?? 0)} are free)`)
    .join(', ')}.`); // prettier-ignore
  await campaigns.rollBack(campaignId, {
    actor: asserted(JOHANNA.upn),
    reason: 'Training for this wave is late',
    of: { kind: 'wave', wave: 1 },
  });
  const isBack = ({ state, users }: CampaignView) => state === 'finished' && (users.restored ?? 0) >= FIRST_WAVE;
  const view = await progress({ narrator, campaigns, campaignId }, isBack);
  const users = await all(campaigns.users(campaignId));
  const held = await truth.heldOf(before.keys());
  const back = users.filter(({ wave }) => wave === 1);
  narrator.check(
    `Wave 1 is back: ${String(back.length)} users hold exactly what they held before, with the same plans off.`,
    view.users.restored === FIRST_WAVE &&
      back.length === FIRST_WAVE &&
      back.every(({ id }) => sameHeld(held.get(id ?? '') ?? {}, before.get(id ?? '') ?? {})),
    view.users,
  );
  narrator.check(
    'All others stay with E5.',
    users
      .filter(({ wave }) => wave !== 1)
      .every((user) => sameHeld(held.get(user.id ?? '') ?? {}, wanted(user, before))),
  );
}

// --- looking --------------------------------------------------------------------------------------------------------

type Watched = Pick<Chapter, 'narrator' | 'campaigns' | 'campaignId'>;

/** Shows how far it is while it goes on. */
async function progress({ narrator, campaigns, campaignId }: Watched, isThere: (view: CampaignView) => boolean) {
  return until(campaigns, campaignId, isThere, (view) => {
    const rate = view.usersPerSecond === null ? '' : `, ${view.usersPerSecond.toFixed(1)} users a second`;
    narrator.progress(`${view.state}: ${counted(view.users)}${rate}`);
  });
}

async function until(
  campaigns: Campaigns,
  campaignId: string,
  isThere: (view: CampaignView) => boolean,
  show: (view: CampaignView) => void = () => undefined,
): Promise<CampaignView> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  for (;;) {
    const view = await campaigns.view(campaignId);
    show(view);
    if (isThere(view)) return view;
    if (signal.aborted) throw new Error(`The campaign ${campaignId} is still ${view.state} after ten minutes.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

const SHOWN: readonly UserState[] = [
  'ready',
  'waiting',
  'writing',
  'verifying',
  'done',
  'failed',
  'restoring',
  'restored',
];

function counted(users: UserCounts): string {
  return SHOWN.flatMap((state) => ((users[state] ?? 0) === 0 ? [] : [`${String(users[state])} ${state}`])).join(', ');
}

/** What a user holds after the change: what the plan says of the touched products, and the rest as before. */
function wanted({ id, state, target }: CampaignUser, before: Chapter['before']): Held {
  const held = before.get(id ?? '') ?? {};
  if (state === 'blocked') return held;
  const { [OFFICE_365_E3]: _e3, ...others } = held;
  const off = target?.[OFFICE_365_E5] ?? [];
  return Object.fromEntries(Object.entries({ ...others, [OFFICE_365_E5]: [...off].sort() }).sort());
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function asserted(ref: string) {
  return { ref, assurance: 'asserted' as const };
}
