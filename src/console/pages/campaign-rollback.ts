/** Taking a campaign back: first whom it would concern, as reads show it now, and then with a typed confirmation. */
import { randomUUID } from 'node:crypto';
import type { CampaignRollbackPreview, RollbackOf } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { CampaignView } from '../../contracts/campaign.js';
import { waveName } from '../../contracts/campaign-story.js';
import { isAllowed } from '../../domain/campaign-commands.js';
import { number } from '../../report/charts.js';
import type { Markup } from '../../report/html.js';
import { html } from '../../report/html.js';
import { TenantNames } from '../../report/tenant-names.js';
import { campaignHead } from '../campaign-words.js';
import { button, card, form, notice, selectField, textField } from '../parts.js';
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';
import { capital, count, NOTHING } from '../words.js';
import { commandOptions, confirmed, confirmField } from './campaign.js';

const PATH = '/campaigns/:id/rollback';

export const campaignRollbackRoute: PageRoute = { path: PATH, permission: 'operate', page: rollbackPage };
export const CAMPAIGN_ROLLBACK_ACTION: ActionRoute = {
  path: PATH,
  permission: 'operate',
  act: rollBack,
  page: rollbackPage,
};

async function rollbackPage(visit: Visit): Promise<Page> {
  const { licenseflow, values } = visit;
  const campaignId = values.text('id');
  const of = scopeOf(visit);
  const view = await licenseflow.campaigns.view(campaignId);
  const isPossible = isAllowed('roll-back', view.state);
  const preview = isPossible ? await licenseflow.campaigns.previewRollback(campaignId, of) : null;
  return {
    title: `Rollback of ${view.title}`,
    body: html`${campaignHead(visit, view)}
    ${
      preview === null
        ? notice('wait', 'It cannot be rolled back now.', 'Pause it first, or wait until it is finished.')
        : html`${scopeForm(view, values.text('scope'))} ${previewCard(preview, view, of)}
          ${rollbackForm(visit, preview)}`
    }`,
  };
}

function scopeOf({ values }: Visit): RollbackOf {
  const scope = values.text('scope');
  return /^\d{1,3}$/u.test(scope) ? { kind: 'wave', wave: Number(scope) } : { kind: 'all' };
}

function scopeForm({ waves }: CampaignView, scope: string): Markup {
  return html`<form method="get" class="filters" aria-label="Whom it concerns">
    ${selectField({ name: 'scope', label: 'Who is taken back', required: true, value: scope }, [
      ['', 'Everybody'],
      ...waves
        .filter(({ state }) => state !== 'open')
        .map(({ wave }) => [String(wave), capital(waveName(wave))] as const),
    ])}
    ${button('Look again', 'secondary')}
  </form>`;
}

/** Names that a page can carry. */
const LISTED = 20;

function previewCard(preview: CampaignRollbackPreview, { plan }: CampaignView, of: RollbackOf): Markup {
  const { toRestore, nothingToDo, drifted, unreadable, seats, vanishedPlans } = preview;
  const names = new TenantNames(plan?.skus ?? []);
  const scope = of.kind === 'wave' ? waveName(of.wave) : 'everybody';
  return card(
    `A rollback of ${scope} would`,
    html`<ul class="lines">
        <li>put <strong>${count(toRestore, 'user')}</strong> back to what they held before</li>
        <li>do nothing for ${number(nothingToDo)}, who were not changed or are as before already</li>
        ${
          drifted.length === 0
            ? null
            : html`<li>
                leave ${number(drifted.length)} alone, whom somebody else has changed since:
                ${drifted
                  .slice(0, LISTED)
                  .map(({ upn }) => upn)
                  .join(', ')}${drifted.length > LISTED ? ` and ${number(drifted.length - LISTED)} more` : ''}
              </li>`
        }
        ${unreadable.length === 0 ? null : html`<li>not reach ${number(unreadable.length)}, who cannot be read now</li>`}
        ${seats.map(
          ({ name, needed, free }) =>
            html`<li>
              take ${count(needed, 'seat')} of ${name};
              ${free === null ? 'the tenant has the product no more' : `${number(free)} are free`}
            </li>`,
        )}
        ${vanishedPlans.map(
          ({ skuId, planId }) =>
            html`<li>
              not switch off ${names.plan(planId)}, because ${names.product(skuId)} does not contain it any more
            </li>`,
        )}
        <li>not bring back what a service has deleted meanwhile, such as a phone number that was unassigned</li>
      </ul>
      <p class="quiet">This was a look; nothing was changed.</p>`,
  );
}

function rollbackForm(visit: Visit, { campaignId, toRestore }: CampaignRollbackPreview): Markup {
  if (toRestore === 0) return NOTHING;
  const { values } = visit;
  return card(
    'Do it',
    form(
      visit,
      {
        action: `/campaigns/${campaignId}/rollback`,
        hidden: { scope: values.text('scope'), command_id: values.text('command_id') || randomUUID() },
      },
      html`${textField({ name: 'reason', label: 'Why', required: true, value: values.text('reason') })}
      ${confirmField(campaignId, 'rollback')} ${button(`Take ${count(toRestore, 'user')} back`, 'danger')}`,
    ),
  );
}

async function rollBack(visit: Visit): Promise<string> {
  const { licenseflow, values } = visit;
  const campaignId = values.text('id');
  confirmed(visit, campaignId);
  if (!values.has('reason'))
    throw new LicenseflowError('invalid', 'INCOMPLETE', 'Say why it is taken back.', 'Nothing was changed.');
  await licenseflow.campaigns.rollBack(campaignId, { ...commandOptions(visit), of: scopeOf(visit) });
  return `/campaigns/${campaignId}?said=roll-back`;
}
