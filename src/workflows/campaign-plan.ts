/** The plan of a campaign, drawn up from the plans of its pages and the facts of the tenant. */
import type {
  CampaignInput,
  CampaignPlan,
  GroupFact,
  SeatForecast,
  SignatureCount,
  SubscriptionFact,
} from '../contracts/campaign.js';
import type { PagePlan } from '../contracts/campaign-page.js';
import type { CampaignFacts } from '../contracts/campaign-reads.js';
import type { BlockCode, WarningCode } from '../domain/campaign.js';
import { planDigest, sumCounts } from '../domain/campaign.js';
import { QUOTA_PER_SECOND } from '../domain/campaign-commands.js';
import type { PageWaves, Waves } from '../domain/campaign-waves.js';
import { makeWaves, readyIn, sizesOfPage } from '../domain/campaign-waves.js';
import type { SkuId } from '../domain/license.js';
import { iso } from './instants.js';

/** Signatures that a plan lists, and that get a canary; a person can hardly look at more. */
export const SIGNATURES_MAX = 200;
/** Groups that are looked up: those that concern the most users. */
export const GROUPS_MAX = 100;

export interface PlannedPages {
  readonly pages: readonly { readonly page: number; readonly plan: PagePlan }[];
  /** Digests of the plans of all pages, also of those that did not plan again. */
  readonly digests: readonly string[];
}

export interface DrawnUp {
  readonly plan: CampaignPlan;
  /** By number of the page. */
  readonly waves: ReadonlyMap<number, PageWaves>;
}

/** @param standing waves that stand already, where users are planned again while the campaign runs. */
export function drawUp(
  input: CampaignInput,
  { pages, digests }: PlannedPages,
  facts: CampaignFacts,
  standing: Waves | null,
): DrawnUp {
  const plans = pages.map(({ plan }) => plan);
  const signatures = countSignatures(pages);
  const listed = signatures.slice(0, SIGNATURES_MAX);
  const canaries = new Set(listed.map(({ key }) => key));
  const waves = standing ?? makeWaves(input.options.waves, plans, canaries);
  const counted = (outcome: string) => sumUsers(signatures.filter((signature) => signature.outcome === outcome));
  const unnamed = sumUsers(signatures.filter(({ key }) => key === ''));
  const seats = seatForecasts(plans, waves, facts);
  const plan: Omit<CampaignPlan, 'cautions'> = {
    digest: planDigest({ pages: digests, waves: input.options.waves, sizes: waves.sizes, contents: facts.contents }),
    at: iso(Date.now()),
    users: sumUsers(signatures),
    ready: counted('ready'),
    already: counted('already'),
    blocked: sumCounts<BlockCode>(plans.map(({ blocked }) => blocked)),
    warnings: sumCounts<WarningCode>(plans.map(({ warnings }) => warnings)),
    signatures: listed.filter(({ key }) => key !== ''),
    furtherSignatures: {
      signatures: signatures.length - listed.length,
      users: sumUsers(signatures.slice(SIGNATURES_MAX)) + unnamed,
    },
    waves: waves.sizes,
    skus: facts.skus,
    seats,
    subscriptions: facts.subscriptions,
    groups: facts.groups,
  };
  return {
    plan: { ...plan, cautions: cautionsOf(input, plan, facts) },
    waves: new Map(pages.map(({ page }, i) => [page, waves.pages[i] ?? { canaries: [], cuts: [] }])),
  };
}

/** Over all pages, the most frequent first. */
function countSignatures(pages: PlannedPages['pages']): readonly SignatureCount[] {
  const counts = new Map<string, SignatureCount>();
  for (const { page, plan } of pages)
    for (const { key, users, outcome } of plan.signatures) {
      const known = counts.get(`${key} ${outcome}`);
      counts.set(`${key} ${outcome}`, known === undefined ? { key, outcome, users, page } : more(known, users));
    }
  return [...counts.values()].sort((a, b) => b.users - a.users || (a.key < b.key ? -1 : 1));
}

function more(known: SignatureCount, users: number): SignatureCount {
  return { ...known, users: known.users + users };
}

function sumUsers(counts: readonly { readonly users: number }[]): number {
  return counts.reduce((sum, { users }) => sum + users, 0);
}

/** Groups that concern the campaign, those with the most users first. */
export function groupsOf({
  pages,
}: Pick<PlannedPages, 'pages'>): readonly Pick<GroupFact, 'groupId' | 'skuId' | 'users'>[] {
  const groups = new Map<string, Pick<GroupFact, 'groupId' | 'skuId' | 'users'>>();
  for (const { groupId, skuId, users } of pages.flatMap(({ plan }) => plan.groups ?? [])) {
    const key = `${groupId} ${skuId}`;
    groups.set(key, { groupId, skuId, users: users + (groups.get(key)?.users ?? 0) });
  }
  return [...groups.values()].sort((a, b) => b.users - a.users).slice(0, GROUPS_MAX);
}

// --- seats ------------------------------------------------------------------------------------------------------------

function seatForecasts(plans: readonly PagePlan[], waves: Waves, facts: CampaignFacts): readonly SeatForecast[] {
  const toRestore = sumCounts(plans.map(({ seatsToRestore }) => seatsToRestore));
  return facts.skus.flatMap((sku) => {
    const neededByWave = seatsByWave(plans, waves, sku.skuId);
    const needed = neededByWave.reduce((sum, seats) => sum + seats, 0);
    const neededToRestore = toRestore[sku.skuId] ?? 0;
    const free = facts.free[sku.skuId] ?? 0;
    return needed + neededToRestore === 0 ? [] : [{ sku, free, neededByWave, needed, neededToRestore }];
  });
}

/** A page knows how many seats its users need, not who of them: they are spread evenly over its waves. */
function seatsByWave(plans: readonly PagePlan[], waves: Waves, skuId: SkuId): readonly number[] {
  const needed = waves.sizes.map(() => 0);
  plans.forEach((plan, i) => {
    const [seats, ready] = [plan.seatsNeeded[skuId] ?? 0, readyIn(plan)];
    let users = 0;
    sizesOfPage(plan, waves.pages[i] ?? { canaries: [], cuts: [] }).forEach((size, wave) => {
      const before = ready === 0 ? 0 : Math.round((seats * users) / ready);
      users += size;
      needed[wave] = (needed[wave] ?? 0) + (ready === 0 ? 0 : Math.round((seats * users) / ready) - before);
    });
  });
  return needed;
}

// --- what the plan cannot promise -------------------------------------------------------------------------------------

function cautionsOf(
  input: CampaignInput,
  plan: Omit<CampaignPlan, 'cautions'>,
  facts: CampaignFacts,
): readonly string[] {
  return [
    ...(plan.ready === 0 ? ['No user is ready, so nothing would be changed.'] : []),
    ...plan.seats.flatMap(seatCautions),
    ...lifecycleCautions(input, plan, facts),
    ...serviceCautions(plan),
    ...(input.options.waves.canary && plan.furtherSignatures.users > 0
      ? [`Users of ${SIGNATURES_MAX} signatures go first as canaries; the further signatures have none.`]
      : []),
  ];
}

function seatCautions({ sku, free, needed, neededByWave, neededToRestore }: SeatForecast): readonly string[] {
  const cautions: string[] = [];
  if (needed > free) {
    let seats = 0;
    const wave = neededByWave.findIndex((users) => (seats += users) > free);
    cautions.push(
      `${sku.name}: ${needed} seats are needed and ${Math.max(0, free)} are free, so from wave ${wave} on ` +
        `${needed - Math.max(0, free)} users will wait for a seat.`,
    );
  }
  if (neededToRestore > 0)
    cautions.push(
      `${sku.name}: to take everything back, ${neededToRestore} seats are needed. Do not give them away or cancel the ` +
        'subscription before the rollback window is over.',
    );
  return cautions;
}

/** Whatever renews or ends while the campaign runs or can be taken back. */
function lifecycleCautions(
  { options }: CampaignInput,
  plan: Omit<CampaignPlan, 'cautions'>,
  { subscriptions, subscriptionsUnknown }: CampaignFacts,
): readonly string[] {
  if (subscriptionsUnknown !== null)
    return [`It is not known when subscriptions renew or end: ${subscriptionsUnknown.message}`];
  const runMs = (plan.ready / (options.perSecond ?? QUOTA_PER_SECOND)) * 1_000 + options.soakMs * plan.waves.length;
  const until = Date.now() + runMs + options.rollbackWindowMs;
  const name = (skuId: SkuId) => plan.skus.find((sku) => sku.skuId === skuId)?.name ?? skuId;
  return subscriptions.flatMap((subscription) => {
    const { skuId, nextLifecycleAt, status } = subscription;
    const isDue = nextLifecycleAt !== null && Date.parse(nextLifecycleAt) <= until;
    return [
      ...(status === 'Enabled' ? [] : [`${name(skuId)}: ${seatsText(subscription)} is ${status}.`]),
      ...(isDue
        ? [
            `${name(skuId)}: ${seatsText(subscription)} renews or ends on ${nextLifecycleAt.slice(0, 10)}, ` +
              'before the rollback window is over.',
          ]
        : []),
    ];
  });
}

function seatsText({ totalLicenses, isTrial }: SubscriptionFact): string {
  return `a ${isTrial ? 'trial ' : ''}subscription of ${totalLicenses} seats`;
}

/** What a licence write takes away and no licence write brings back. */
function serviceCautions({ warnings }: Omit<CampaignPlan, 'cautions'>): readonly string[] {
  const [phones, mailboxes] = [warnings.LOSES_PHONE_SYSTEM ?? 0, warnings.LOSES_MAILBOX ?? 0];
  return [
    ...(phones > 0
      ? [
          `${phones} users lose their phone system; a phone number that is unassigned by it does not come back with a rollback.`,
        ]
      : []),
    ...(mailboxes > 0
      ? [
          `${mailboxes} users lose their mailbox; it is deleted after 30 days, and a rollback after that brings an empty one.`,
        ]
      : []),
  ];
}
