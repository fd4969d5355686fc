import type { CampaignRollbackPreview, RollbackOf } from '../../client/index.js';
import { waveName } from '../../contracts/campaign-story.js';
import type { CampaignView } from '../../contracts/campaign.js';
import { number } from '../../report/charts.js';
import { TenantNames } from '../../report/tenant-names.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Output } from '../output.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';
import { assertConfirmable, confirmed } from './confirmation.js';

export interface CampaignRollbackOptions extends Omit<ActingOptions, 'as'> {
  readonly as?: string;
  readonly all?: true;
  readonly wave?: number;
  readonly page?: number;
  readonly user?: readonly string[];
  readonly dryRun?: true;
  readonly confirm?: string;
}

/** Puts users of a campaign back to what they held before; on a terminal it is shown first whom it concerns. */
export async function rollback(
  invocation: Invocation,
  options: CampaignRollbackOptions,
  campaignId: string,
): Promise<ExitCode> {
  const of = scopeOf(options);
  if (options.dryRun) return dryRun(invocation, campaignId, of);
  const { as, reason, confirm } = options;
  if (as === undefined) throw usageError('--as is missing: say who takes it back.', 'Or look first: --dry-run');
  if (reason === undefined) throw usageError('--reason is missing: say why.', 'Or look first: --dry-run');
  assertConfirmable(invocation, confirm, campaignId);
  const { campaigns } = (await invocation.session()).licenseflow;
  await confirmed(invocation, confirm, campaignId, async () => {
    const [view, preview] = await Promise.all([campaigns.view(campaignId), campaigns.previewRollback(campaignId, of)]);
    return [
      `Rollback of ${scopeText(of)} of ${view.title}:`,
      ...previewLines(preview, view).map((line) => `  ${line}`),
    ];
  });
  return act(invocation, { ...options, as, reason }, campaignId, (command) =>
    campaigns.rollBack(campaignId, { ...command, of }),
  );
}

async function dryRun({ session, out }: Invocation, campaignId: string, of: RollbackOf): Promise<ExitCode> {
  const { campaigns } = (await session()).licenseflow;
  const [view, preview] = await Promise.all([campaigns.view(campaignId), campaigns.previewRollback(campaignId, of)]);
  await out.result('CampaignRollbackPreview', { scope: of, ...preview }, () =>
    out.fields([
      ['Campaign', campaignId],
      ['Rollback of', scopeText(of)],
      ...previewLines(preview, view).map((line) => ['Would', line] as const),
      ...listed(preview.drifted).map((line) => ['Left alone', line] as const),
      ...preview.unreadable.map(({ upn, failure }) => ['Not readable', `${upn}: ${failure.code}`] as const),
    ]),
  );
  out.note('Nothing was changed.');
  tellNext(out, campaignId, of);
  return EXIT.ok;
}

function tellNext(out: Output, campaignId: string, of: RollbackOf): void {
  const scope = of.kind === 'users' ? of.users.map((user) => `--user ${user}`).join(' ') : scopeOption(of);
  out.next(`licenseflow campaign rollback ${campaignId} ${scope} --as USER --reason TEXT --confirm ${campaignId}`);
}

function scopeOption(of: Exclude<RollbackOf, { readonly kind: 'users' }>): string {
  return of.kind === 'all' ? '--all' : of.kind === 'wave' ? `--wave ${String(of.wave)}` : `--page ${String(of.page)}`;
}

function scopeOf({ all, wave, page, user }: CampaignRollbackOptions): RollbackOf {
  const scopes: readonly RollbackOf[] = [
    ...(all ? [{ kind: 'all' } as const] : []),
    ...(wave === undefined ? [] : [{ kind: 'wave', wave } as const]),
    ...(page === undefined ? [] : [{ kind: 'page', page } as const]),
    ...(user === undefined ? [] : [{ kind: 'users', users: user } as const]),
  ];
  const [scope, ...more] = scopes;
  if (scope !== undefined && more.length === 0) return scope;
  throw usageError('Say what is to be taken back.', 'Give one of --all, --wave N, --page N, --user USER (repeatable).');
}

function scopeText(of: RollbackOf): string {
  switch (of.kind) {
    case 'all':
      return 'everybody';
    case 'wave':
      return waveName(of.wave);
    case 'page':
      return `page ${String(of.page)}`;
    case 'users':
      return of.users.join(', ');
  }
}

function previewLines(preview: CampaignRollbackPreview, { plan }: CampaignView): readonly string[] {
  const { toRestore, nothingToDo, drifted, unreadable, seats, vanishedPlans } = preview;
  const names = new TenantNames(plan?.skus ?? []);
  return [
    `put ${number(toRestore)} users back to what they held before`,
    `do nothing for ${number(nothingToDo)}, who were not changed or are as before already`,
    ...(drifted.length === 0 ? [] : [`leave ${number(drifted.length)} alone, whom somebody else has changed since`]),
    ...(unreadable.length === 0 ? [] : [`not reach ${number(unreadable.length)}, who cannot be read`]),
    ...seats.map(
      ({ name, needed, free }) =>
        `take ${number(needed)} seats of ${name}; ${free === null ? 'the tenant has the product no more' : `${number(free)} are free`}`,
    ),
    ...vanishedPlans.map(
      ({ skuId, planId }) =>
        `not switch off ${names.plan(planId)}, because ${names.product(skuId)} does not contain it any more`,
    ),
    'not bring back what a service has deleted meanwhile, such as a phone number that was unassigned',
  ];
}

/** Names that a screen can carry. */
const LISTED = 20;

function listed(users: CampaignRollbackPreview['drifted']): readonly string[] {
  const rest = users.length - LISTED;
  const named = users.slice(0, LISTED).map(({ upn }) => upn);
  return rest > 0 ? [...named, `and ${number(rest)} more`] : named;
}
