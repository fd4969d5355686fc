import type { CampaignSource, CampaignView } from '../../contracts/campaign.js';
import { actorName } from '../../domain/approval.js';
import type { SkuFacts } from '../../domain/plan.js';
import { number } from '../charts.js';
import type { Figures } from '../figures.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import { sum } from '../outcomes.js';
import type { TenantNames } from '../tenant-names.js';
import type { TimeWords } from '../times.js';
import { productName, wishWords } from '../wish-words.js';
import { spanWords } from '../times.js';

/** Wishes that are told one by one; a file can name many. */
const WISHES_MAX = 5;

/** What was to be done, by whom it was planned, started and confirmed, and until when it can be taken back. */
export function whatSection(view: CampaignView, { doneAt }: Figures, names: TenantNames, times: TimeWords): Markup {
  const { wishes, plannedBy, startedBy, confirmedBy, rollbackUntil, plan, waves, source } = view;
  const told = wishes.slice(0, WISHES_MAX).map((wish) => wishWords(wish, plan?.skus ?? []));
  const more = wishes.length - told.length;
  const started = waves.find(({ startedAt }) => startedAt !== null)?.startedAt ?? null;
  const [first, last] = [doneAt[0], doneAt.at(-1)];
  const ended = waves.at(-1)?.endedAt ?? null;
  const facts: readonly (readonly [string, string | Markup | null])[] = [
    ['Change', [...told, ...(more > 0 ? [`and ${number(more)} other changes`] : [])].join('; ')],
    ['People', sourceWords(source, view, plan?.skus ?? [])],
    ['Planned by', `${actorName(plannedBy)}${plan === null ? '' : `, ${times(plan.at)}`}`],
    [
      'Started by',
      startedBy === null ? null : `${actorName(startedBy)}${started === null ? '' : `, ${times(started)}`}`,
    ],
    ['Confirmed by', confirmedBy?.ref ?? null],
    ['Last wave ended', ended === null ? null : times(ended)],
    [
      'First to last change',
      first === undefined || last === undefined ? null : `${spanWords(last - first)}, pauses included`,
    ],
    ['Can be taken back', rollbackUntil === null ? null : `until ${times(rollbackUntil)}`],
    ['Seats', seatWords(view, names)],
  ];
  return html`<section>
    <h2>What was done</h2>
    <dl class="facts">
      ${facts.map(([label, value]) =>
        value === null || value === ''
          ? null
          : html`<dt>${label}</dt>
              <dd>${value}</dd>`,
      )}
    </dl>
    ${
      view.needsAttention.length === 0
        ? null
        : html`<h3>Needs attention</h3>
            <ul>
              ${view.needsAttention.map((text) => html`<li>${text}</li>`)}
            </ul>`
    }
  </section>`;
}

function sourceWords(source: CampaignSource, { users }: CampaignView, skus: readonly SkuFacts[]): string {
  const people = `${number(sum(Object.values(users)))} people`;
  switch (source.kind) {
    case 'file':
      return `${people} from the list ${source.name}`;
    case 'holders':
      return `${people} who hold ${productName(source.sku, skus)}`;
    case 'group':
      return `${people} who are members of a group`;
  }
}

function seatWords({ plan }: CampaignView, names: TenantNames): string {
  return (plan?.seats ?? [])
    .filter(({ needed }) => needed > 0)
    .map(
      ({ sku, needed, free }) =>
        `${names.product(sku.skuId)}: ${number(needed)} needed, ${number(free)} free when planned`,
    )
    .join('; ');
}
