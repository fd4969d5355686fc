/** Planning a campaign: whom, what, and how carefully. It writes nothing to the tenant. */
import { Readable } from 'node:stream';
import type { NewCampaign } from '../../client/index.js';
import { readCampaignCsv } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { newCampaignId } from '../../client/request-id.js';
import type { CampaignOptions, CampaignWish } from '../../contracts/campaign.js';
import { CAMPAIGN_REFUSALS, DEFAULT_CAMPAIGN_OPTIONS } from '../../contracts/campaign.js';
import type { SkuSeats } from '../../contracts/tenant.js';
import type { WaveSize } from '../../domain/campaign.js';
import { html } from '../../report/html.js';
import { actorOf } from '../../sign-in/access.js';
import { button, choice, form, heading, more, problemNotice, selectField, textField } from '../parts.js';
import type { ActionRoute, Page, PageRoute, Visit } from '../visit.js';

export const newCampaignRoute: PageRoute = { path: '/new-campaign', permission: 'operate', page: newCampaign };
export const NEW_CAMPAIGN_ACTION: ActionRoute = {
  path: '/campaigns',
  permission: 'operate',
  act: plan,
  page: newCampaign,
};

async function newCampaign(visit: Visit): Promise<Page> {
  const { licenseflow, values, problem, now } = visit;
  const products = await licenseflow.tenant.seats();
  const names = products
    .filter(({ appliesTo }) => appliesTo === 'User')
    .map(({ skuId, name }) => [skuId, name] as const)
    .sort(([, a], [, b]) => a.localeCompare(b, 'en'));
  const none = ['', 'None'] as const;
  const source = values.text('source') || 'holders';
  const isTaken = problem?.code === CAMPAIGN_REFUSALS.otherCampaign;
  const campaignId = isTaken || !values.has('campaign_id') ? newCampaignId(now) : values.text('campaign_id');
  const title = 'Plan a campaign';
  return {
    title,
    body: html`${heading({ title, lead: 'A plan writes nothing. You see what would happen to whom, and start it afterwards.' })}
    ${problemNotice(problem)}
    ${form(
      visit,
      { action: '/campaigns', from: '/new-campaign', hidden: { campaign_id: campaignId }, upload: true },
      html`${textField({ name: 'title', label: 'What is it called?', required: true, value: values.text('title') })}
        <fieldset>
          <legend>Who is in it?</legend>
          ${choice('radio', { name: 'source', value: 'holders', words: 'Everybody who holds what is removed', checked: source === 'holders' })}
          ${choice('radio', { name: 'source', value: 'group', words: 'The members of a group', checked: source === 'group' })}
          <div class="depends">
            ${textField({ name: 'group', label: 'Group', hint: 'Its object id.', value: values.text('group') })}
          </div>
          ${choice('radio', { name: 'source', value: 'file', words: 'The people in a file', checked: source === 'file' })}
          <div class="depends">
            <div class="field">
              <label for="file">CSV file <span class="optional">optional</span></label>
              <p class="hint" id="file-hint">
                A column “user”; where wanted “add”, “remove”, “wave”, “note” and others.
              </p>
              <input type="file" id="file" name="file" accept=".csv,text/csv" aria-describedby="file-hint" />
            </div>
          </div>
        </fieldset>
        ${selectField({ name: 'remove', label: 'What goes?', required: true, value: values.text('remove') }, [none, ...names])}
        ${selectField({ name: 'add', label: 'What comes?', required: true, value: values.text('add') }, [none, ...names])}
        ${choice('checkbox', {
          ...{ name: 'keep', value: 'yes', words: 'Keep off what people have off' },
          hint: 'Services that are switched off in what goes stay off in what comes.',
          checked: values.has('keep') || !values.has('campaign_id'),
        })}
        ${textField({
          ...{ name: 'waves', label: 'Waves', required: true, value: values.text('waves') || '10%, rest' },
          hint: 'Numbers or shares, one after the other, such as “50, 10%, rest”; or “column” for those of the file.',
        })}
        ${choice('checkbox', {
          ...{ name: 'canary', value: 'yes', words: 'A canary first: one user of each kind' },
          checked: values.has('canary') || !values.has('campaign_id'),
        })}
        ${selectField({ name: 'promote', label: 'How does it go on after a wave?', required: true, value: values.text('promote') || DEFAULT_CAMPAIGN_OPTIONS.promote }, PROMOTIONS)}
        ${more(
          'Brakes and limits',
          html`${textField({ ...{ name: 'budget_wave', label: 'Stop when more than so many percent of a wave fail', required: true }, value: values.text('budget_wave') || '2' })}
          ${textField({ ...{ name: 'budget_total', label: 'Stop when more than so many percent of all fail', required: true }, value: values.text('budget_total') || '1' })}
          ${textField({ name: 'losing', label: 'Services that may be lost', value: values.text('losing'), hint: 'Names, separated by commas. Whoever would lose another one is blocked.' })}
          ${textField({ name: 'rollback_days', label: 'Days in which it can be rolled back', required: true, value: values.text('rollback_days') || '14' })}`,
          problem !== null,
        )}
        <p class="submit">${button('Make the plan')} <span class="quiet">Nothing is written to the tenant.</span></p>`,
    )}`,
  };
}

const PROMOTIONS: readonly (readonly [CampaignOptions['promote'], string])[] = [
  ['canary-by-hand', 'A person lets the first wave go, the others go by themselves'],
  ['by-hand', 'A person lets each wave go'],
  ['by-itself', 'Each wave goes by itself'],
];

async function plan(visit: Visit): Promise<string> {
  const { licenseflow, me, values } = visit;
  const products = await licenseflow.tenant.seats();
  const campaign = await campaignOf(visit, products);
  await licenseflow.campaigns.plan(campaign, actorOf(me));
  return `/campaigns/${values.text('campaign_id')}/plan`;
}

async function campaignOf(visit: Visit, products: readonly SkuSeats[]): Promise<NewCampaign> {
  const { values } = visit;
  const wish = wishOf(visit, products);
  return {
    campaignId: values.text('campaign_id'),
    title: values.text('title') || values.text('campaign_id'),
    source: await sourceOf(visit, wish),
    options: optionsOf(visit),
  };
}

function wishOf({ values }: Visit, products: readonly SkuSeats[]): CampaignWish {
  const named = (field: string) => {
    const product = products.find(({ skuId }) => skuId === values.text(field));
    return product === undefined ? [] : [product.skuPartNumber];
  };
  const losing = values.text('losing').split(',').map((name) => name.trim()).filter((name) => name !== ''); // prettier-ignore
  const remove = named('remove');
  const keeps = values.has('keep') && remove.length > 0;
  return {
    add: named('add').map((sku) => ({ sku, disabledPlans: [], ...(keeps && { keepPlans: true }) })),
    remove,
    ...(losing.length > 0 && remove.length > 0 && { losing }),
  };
}

async function sourceOf({ values }: Visit, wish: CampaignWish): Promise<NewCampaign['source']> {
  const source = values.text('source');
  if (source === 'file') {
    const { upload } = values;
    if (upload === null || upload.bytes.length === 0)
      throw lacks('No file was chosen.', 'Choose a CSV file with a column “user”.');
    return readCampaignCsv(Readable.from(upload.bytes), { name: upload.name, wish });
  }
  if (wish.add.length + wish.remove.length === 0)
    throw lacks('It says neither what goes nor what comes.', 'Choose a product for at least one of them.');
  if (source === 'group') {
    if (!values.has('group')) throw lacks('No group is named.', 'Give the object id of a group.');
    return { kind: 'group', group: values.text('group'), except: [], wish };
  }
  const [sku] = wish.remove;
  if (sku === undefined) throw lacks('It does not say whose holders are meant.', 'Choose what goes.');
  return { kind: 'holders', sku, except: [], wish };
}

const DAY_MS = 86_400_000;

function optionsOf({ values }: Visit): CampaignOptions {
  const promote =
    PROMOTIONS.find(([known]) => known === values.text('promote'))?.[0] ?? DEFAULT_CAMPAIGN_OPTIONS.promote;
  const waves = values.text('waves');
  return {
    ...DEFAULT_CAMPAIGN_OPTIONS,
    promote,
    waves: { canary: values.has('canary'), sizes: waves === 'column' ? 'column' : waves.split(',').map(waveSize) },
    budget: {
      perWave: { count: null, percent: numberIn(values.text('budget_wave')) },
      total: { count: null, percent: numberIn(values.text('budget_total')) },
    },
    rollbackWindowMs: numberIn(values.text('rollback_days')) * DAY_MS,
  };
}

const SHARE = /^(\d+(?:[.,]\d+)?)\s*%$/u;

function waveSize(text: string): WaveSize {
  const size = text.trim().toLowerCase();
  if (size === 'rest') return 'rest';
  if (/^\d+$/u.test(size)) return { count: Number(size) };
  const share = SHARE.exec(size)?.[1];
  if (share !== undefined) return { percent: numberIn(share) };
  throw lacks(`“${text.trim()}” is no size of a wave.`, 'Write a number of users, a share such as 10%, or rest.');
}

function numberIn(text: string): number {
  const value = Number(text.replace(',', '.'));
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw lacks(`“${text}” is no number.`, 'Write a number, such as 2 or 0.5.');
}

function lacks(message: string, what: string): LicenseflowError {
  return new LicenseflowError('invalid', 'INCOMPLETE', message, `${what} Nothing was planned.`);
}
