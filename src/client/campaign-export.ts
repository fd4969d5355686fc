/**
 * The users of a campaign as CSV: what was wanted, what was there before and after, what became of it. The intake reads it
 * again, so the failures of an export are the list of the next campaign.
 */
import type { CampaignView, CampaignWish } from '../contracts/campaign.js';
import type { TouchedState } from '../domain/license.js';
import type { SkuFacts } from '../domain/plan.js';
import { OUTCOME_COLUMNS } from './campaign-columns.js';
import type { CampaignUser } from './campaign-users.js';
import { cellsOfWish, WISH_COLUMNS } from './campaign-wish.js';
import { csvLine } from './csv-text.js';

const COLUMNS = ['user', ...WISH_COLUMNS, 'note', ...OUTCOME_COLUMNS] as const;

/** Lines with their ends, the header first. */
export async function* campaignCsv(
  users: AsyncIterable<CampaignUser> | Iterable<CampaignUser>,
  { wishes, plan }: Pick<CampaignView, 'wishes' | 'plan'>,
): AsyncGenerator<string, void> {
  yield `${csvLine(COLUMNS)}\r\n`;
  const skus = new Map((plan?.skus ?? []).map((sku) => [sku.skuId, sku]));
  for await (const user of users) {
    const cells = cellsOf(user, wishes, skus);
    yield `${csvLine(COLUMNS.map((column) => cells[column]))}\r\n`;
  }
}

type Cells = Readonly<Record<(typeof COLUMNS)[number], string>>;

const NO_WISH: CampaignWish = { add: [], remove: [] };

function cellsOf(user: CampaignUser, wishes: readonly CampaignWish[], skus: ReadonlyMap<string, SkuFacts>): Cells {
  return {
    user: user.user,
    ...cellsOfWish(wishes[user.wish ?? -1] ?? NO_WISH),
    note: user.note ?? '',
    objectId: user.id ?? '',
    name: user.name,
    inWave: text(user.wave),
    state: user.state,
    code: user.code ?? '',
    message: user.message ?? '',
    remedy: user.remedy ?? '',
    before: heldText(user.before, skus),
    after: heldText(user.after, skus),
    requestId: user.requestId ?? '',
    restoreRequestId: user.restoreRequestId ?? '',
    endedAt: user.endedAt ?? '',
    line: text(user.line),
    page: text(user.page),
  };
}

function text(number: number | null): string {
  return number === null ? '' : String(number);
}

/** `SKU:PLAN,PLAN` for each product that is held, with the plans that are off; `none`, or `unknown`. */
function heldText(state: TouchedState | null, skus: ReadonlyMap<string, SkuFacts>): string {
  if (state === null) return 'unknown';
  const held = Object.entries(state).flatMap(([skuId, off]) => (off === null ? [] : [productText(skuId, off, skus)]));
  return held.join('|') || 'none';
}

function productText(skuId: string, off: readonly string[], skus: ReadonlyMap<string, SkuFacts>): string {
  const sku = skus.get(skuId);
  const plans = off.map((planId) => sku?.servicePlans.find(({ id }) => id === planId)?.name ?? planId);
  return [sku?.skuPartNumber ?? skuId, ...(plans.length > 0 ? [plans.join(',')] : [])].join(':');
}
