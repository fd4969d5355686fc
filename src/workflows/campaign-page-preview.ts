/** What a rollback would do to users of a page, as a read shows them now. Nothing is changed. */
import type { CampaignPageInput, PageContent, PageUser, RollbackPreview } from '../contracts/campaign-page.js';
import type { Signature } from '../domain/campaign.js';
import { isToRestore, seatsOf } from '../domain/campaign-page.js';
import type { Restoration, SkuId } from '../domain/license.js';
import { locate, restoration, skuIdsOf } from '../domain/license.js';
import { reading } from './activity-proxies.js';

interface Meant {
  readonly user: PageUser;
  readonly signature: Signature;
  readonly wayBack: Restoration;
}

export async function previewOf(
  { page, pace }: CampaignPageInput,
  { users, signatures }: PageContent,
  scope: Parameters<typeof isToRestore>[1],
): Promise<RollbackPreview> {
  const inScope = users.filter((user) => isInScope(user, scope));
  const skuIds = skuIdsOf(...signatures.map(({ before }) => before));
  const contents = await reading(pace, 'products as they are now').readContents(skuIds);
  const meant = inScope.flatMap((user): Meant[] => {
    const signature = signatures[user.sig];
    if (signature === undefined || !isToRestore(user, scope)) return [];
    return [{ user, signature, wayBack: restoration(signature.before, contents) }];
  });
  const readings = await reading(pace, `read ${String(meant.length)} users`).readCampaignUsers({
    users: meant.map(({ user, signature }) => ({ id: user.id, skuIds: skuIdsOf(signature.target) })),
  });
  const found = meant.flatMap((one, i) => {
    const read = readings[i];
    return read === undefined ? [] : [{ ...one, read, name: { id: one.user.id, upn: one.user.upn } }];
  });
  const toRestore: { readonly wayBack: Restoration; readonly seats: readonly SkuId[] }[] = [];
  const drifted: RollbackPreview['drifted'][number][] = [];
  const unreadable: RollbackPreview['unreadable'][number][] = [];
  for (const { signature, wayBack, read, name } of found) {
    if ('failure' in read) {
      unreadable.push({ ...name, failure: read.failure });
      continue;
    }
    const { at } = locate(read.current, signature.target, wayBack.target);
    if (at === 'elsewhere') drifted.push(name);
    const isFree = (skuId: SkuId) => read.current[skuId] !== null || read.throughGroup.includes(skuId);
    const seats = skuIdsOf(wayBack.target).filter((skuId) => wayBack.target[skuId] !== null && !isFree(skuId));
    if (at === 'before') toRestore.push({ wayBack, seats });
  }
  return {
    page,
    toRestore: toRestore.length,
    nothingToDo: inScope.length - toRestore.length - drifted.length - unreadable.length,
    ...{ drifted, unreadable },
    seatsNeeded: seatsOf(toRestore.map(({ seats }) => seats)),
    vanishedPlans: vanishedOf(toRestore.map(({ wayBack }) => wayBack)),
  };
}

function isInScope({ id, wave }: PageUser, { users, waves }: Parameters<typeof isToRestore>[1]): boolean {
  return (users?.includes(id) ?? true) && (waves?.includes(wave) ?? true);
}

function vanishedOf(waysBack: readonly Restoration[]): RollbackPreview['vanishedPlans'] {
  const all = waysBack.flatMap(({ vanishedPlans }) => vanishedPlans);
  return [...new Map(all.map((plan) => [`${plan.skuId} ${plan.planId}`, plan])).values()];
}
