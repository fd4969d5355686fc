/** What a plan does to a person, in full: it is what an approval approves. */
import { planText } from '../contracts/request-story.js';
import { shortDigest } from '../domain/digest.js';
import type { ChangePlan, SkuFacts } from '../domain/plan.js';
import { monthlyText, planPriceText } from '../domain/price.js';
import type { PersonLicenses, SkuSeats } from '../contracts/tenant.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import { TenantNames } from '../report/tenant-names.js';
import type { Tone } from './parts.js';
import { more } from './parts.js';
import { count } from './words.js';

/** What is known beside the plan; each part is `null` where nobody could be asked. */
export interface Surroundings {
  readonly seats: readonly SkuSeats[] | null;
  readonly held: PersonLicenses | null;
}

/** How many names of what is won are shown before somebody asks for the others. */
const SHOWN = { 'at-a-glance': 4, 'in-full': 12 } as const;

export function planView(plan: ChangePlan, around: Surroundings, how: keyof typeof SHOWN = 'in-full'): Markup {
  const names = new TenantNames(plan.skus);
  const groups = serviceGroups(plan, names);
  return html`<div class="plan">
    <ul class="products">
      ${plan.skus.map((sku) => productLine(plan, sku, around))}
    </ul>
    ${
      groups.length === 0
        ? html`<p class="quiet">No service is won, lost, or switched on or off.</p>`
        : html`<dl class="services">${groups.map((group) => groupView(group, SHOWN[how]))}</dl>`
    }
    ${priceLine(plan, around)}
    ${plan.warnings.map((warning) => html`<p class="warning"><strong>Note:</strong> ${warning}</p>`)}
    ${heldView(around.held)}
    ${more(
      `Plan ${shortDigest(plan.digest)} word for word`,
      html`<ul class="lines">
        ${planText(plan, 'in-full').map((line) => html`<li>${line}</li>`)}
      </ul>`,
    )}
  </div>`;
}

function productLine(plan: ChangePlan, sku: SkuFacts, around: Surroundings): Markup {
  const wanted = plan.target[sku.skuId] ?? null;
  const held = plan.before[sku.skuId] ?? null;
  const [sign, word, tone] =
    wanted === null
      ? (['−', held === null ? 'Not held' : 'Taken away', 'bad'] as const)
      : held === null
        ? (['+', 'New', 'good'] as const)
        : (['~', 'Changed', 'open'] as const);
  const offs = (wanted ?? []).map((id) => sku.servicePlans.find((each) => each.id === id)?.name ?? id);
  return html`<li class="product ${tone}">
    <span class="sign" aria-hidden="true">${sign}</span>
    <div>
      <p class="product-name"><strong>${sku.name}</strong> <small>${word}</small></p>
      <p class="quiet">${productNotes(plan, sku, around)}</p>
      ${offs.length === 0 ? null : more(`${count(offs.length, 'service')} of it stay off`, html`<p>${offs.join(', ')}</p>`)}
    </div>
  </li>`;
}

function productNotes(plan: ChangePlan, { skuId, skuPartNumber }: SkuFacts, { seats }: Surroundings): string {
  const notes = [skuPartNumber];
  const product = seats?.find((known) => known.skuId === skuId);
  const free = product?.free;
  if (plan.seatsNeeded.includes(skuId) && free !== undefined)
    notes.push(free > 0 ? `${count(free, 'seat')} left` : 'no seat left: it would wait for one');
  else if ((plan.target[skuId] ?? null) !== null && !plan.seatsNeeded.includes(skuId))
    notes.push('needs no further seat');
  if (product?.monthlyPrice) notes.push(monthlyText(product.monthlyPrice));
  return notes.join(' · ');
}

function priceLine(plan: ChangePlan, { seats }: Surroundings): Markup | null {
  const text = planPriceText(plan, (skuId) => seats?.find((known) => known.skuId === skuId)?.monthlyPrice ?? null);
  return text === null ? null : html`<p class="price"><strong>Price:</strong> ${text}</p>`;
}

interface ServiceGroup {
  readonly label: string;
  readonly tone: Tone;
  readonly items: readonly string[];
}

/** What is lost comes first: it must not be overlooked. */
function serviceGroups({ effects, services }: ChangePlan, names: TenantNames): readonly ServiceGroup[] {
  const told = new Set([
    ...services.lost.flatMap(({ plans }) => plans),
    ...[...services.tiersGained, ...services.tiersLost].map(({ from }) => from),
  ]);
  const serviceName = ({ service }: { readonly service: string }) => names.service(service);
  const groups: readonly ServiceGroup[] = [
    { label: 'Lost', tone: 'bad', items: services.lost.map(serviceName) },
    { label: 'Less of', tone: 'bad', items: services.tiersLost.map(serviceName) },
    {
      label: 'Gone, while its service goes on',
      tone: 'quiet',
      items: effects.lost.filter((id) => !told.has(id)).map((id) => names.plan(id)),
    },
    {
      label: 'Switched on, off until now',
      tone: 'wait',
      items: effects.switchedOn.map((id) => names.plan(id)),
    },
    {
      label: 'Kept off',
      tone: 'quiet',
      items: [...services.offById, ...services.offByFamily].map(({ planId }) => names.plan(planId)),
    },
    {
      label: 'Off, because what it needs is off',
      tone: 'quiet',
      items: services.offWithAnother.map(({ planId }) => names.plan(planId)),
    },
    {
      label: 'Was off, and nothing new corresponds to it',
      tone: 'quiet',
      items: services.unmapped.map((id) => names.plan(id)),
    },
    { label: 'More of', tone: 'good', items: services.tiersGained.map(serviceName) },
    { label: 'New', tone: 'good', items: services.gained.map(serviceName) },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

function groupView({ label, tone, items }: ServiceGroup, most: number): Markup {
  // Only good news is shortened: what is taken, switched on or kept off is always named in full.
  const shown = tone === 'good' ? most : items.length;
  const rest = items.slice(shown);
  return html`<div class="${tone}">
    <dt>${label} <span class="how-many">${items.length}</span></dt>
    <dd>
      <ul class="chips">
        ${items.slice(0, shown).map((item) => html`<li>${item}</li>`)}
      </ul>
      ${
        rest.length === 0
          ? null
          : more(
              `and ${rest.length} more`,
              html`<ul class="chips">
                ${rest.map((item) => html`<li>${item}</li>`)}
              </ul>`,
            )
      }
    </dd>
  </div>`;
}

function heldView(held: PersonLicenses | null): Markup | null {
  if (held === null) return null;
  const products = held.products.filter(({ paths }) => paths.some(({ inForce }) => inForce));
  return html`<div class="held">
    <h3>${held.person.displayName} holds now</h3>
    ${
      products.length === 0
        ? html`<p class="quiet">No licence at all.</p>`
        : html`<ul class="chips plain">
            ${products.map(({ name, paths }) => html`<li>${name}${pathText(paths)}</li>`)}
          </ul>`
    }
  </div>`;
}

function pathText(paths: PersonLicenses['products'][number]['paths']): string {
  const groups = paths.flatMap(({ group }) => (group === null ? [] : [group.name ?? 'a group']));
  if (groups.length === 0) return '';
  return ` (${paths.length > groups.length ? 'directly and ' : ''}through ${groups.join(', ')})`;
}
