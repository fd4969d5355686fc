import type { CampaignView } from '../../contracts/campaign.js';
import { burnt } from '../../domain/campaign.js';
import { shortDigest } from '../../domain/digest.js';

/** What can be done with a campaign now, as commands to copy. */
export function nextCampaignCommands(view: CampaignView): readonly string[] {
  const { campaignId, state, plan, pause } = view;
  const campaign = (words: string) => `licenseflow campaign ${words.replace('ID', campaignId)}`;
  const digest = plan === null ? 'DIGEST' : shortDigest(plan.digest);
  const errors = burnt(view.failures) > 0 ? [campaign('errors ID')] : [];
  switch (state) {
    case 'intake':
    case 'planning':
      return [campaign('watch ID')];
    case 'planned':
      return [
        ...(Object.keys(plan?.blocked ?? {}).length > 0 ? [campaign('users ID --state blocked')] : []),
        ...((plan?.groups.length ?? 0) > 0 ? [campaign('groups ID')] : []),
        // Where nobody is ready there is nothing to start.
        ...(plan?.ready === 0 ? [] : [campaign(`start ID --plan ${digest} --as USER`)]),
      ];
    case 'awaiting-second':
      return [campaign(`confirm ID --plan ${digest} --as SOMEBODY_ELSE`)];
    case 'running':
    case 'outside-hours':
    case 'pausing':
    case 'cancelling':
    case 'rolling-back':
      return [
        ...errors,
        ...seatsAwaited(view),
        campaign('watch ID'),
        ...(state === 'running' ? [campaign('pause ID --as USER')] : []),
      ];
    case 'soaking':
    case 'awaiting-promotion':
      return [...errors, campaign('next-wave ID'), campaign('promote ID --as USER')];
    case 'paused':
      return pause?.kind === 'product-changed'
        ? [campaign('replan ID --as USER'), campaign('show ID'), campaign('resume ID --plan DIGEST --as USER')]
        : [
            ...errors,
            campaign('resume ID --as USER'),
            campaign(`rollback ID ${view.wave === null ? '--all' : `--wave ${String(view.wave)}`} --dry-run`),
          ];
    case 'finished':
      return [
        ...errors,
        ...(errors.length > 0 ? [campaign('retry ID --as USER')] : []),
        campaign('report ID -o report.html'),
        campaign('rollback ID --all --dry-run'),
      ];
    case 'closed':
      return [campaign('report ID -o report.html'), campaign('export ID -o outcomes.csv')];
    case 'refused':
    case 'abandoned':
      return [];
  }
}

/** The pools say why their seats are not given: what is promised, and what was used and is perhaps not counted yet. */
function seatsAwaited({ users, plan, state }: CampaignView): readonly string[] {
  if (plan === null || !users['waiting-for-seat']) return [];
  const awaited = plan.seats.filter((seats) => (state === 'rolling-back' ? seats.neededToRestore : seats.needed) > 0);
  return awaited.map(({ sku }) => `licenseflow seats show ${sku.skuPartNumber}`);
}
