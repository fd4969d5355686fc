import { number } from '../charts.js';
import type { Figures, ServiceChange, ServiceFigure } from '../figures.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import type { TenantNames } from '../tenant-names.js';

const COLUMNS: readonly { readonly key: ServiceChange; readonly title: string }[] = [
  { key: 'gained', title: 'New' },
  { key: 'better', title: 'Higher tier' },
  { key: 'lesser', title: 'Lower tier' },
  { key: 'lost', title: 'Lost' },
  { key: 'keptOff', title: 'Kept off' },
];

/** Services that are shown at once; the others can be unfolded. */
const SHOWN = 12;

/** What the change means for people: services that come, get better, go, or stay off as they were. */
export function servicesSection({ services, changed }: Figures, names: TenantNames): Markup | null {
  if (services.length === 0) return null;
  const columns = COLUMNS.filter(({ key }) => services.some((service) => service[key] > 0));
  const shown = services.slice(0, SHOWN);
  const rest = services.slice(SHOWN);
  return html`<section>
    <h2>What it means for people</h2>
    <p>
      Services of the ${number(changed)} people whose licences were to be changed, over all licences that they hold.
      What somebody had switched off was kept off.
    </p>
    ${serviceTable(shown, columns, names)}
    ${
      rest.length === 0
        ? null
        : html`<details>
            <summary>${number(rest.length)} more services</summary>
            ${serviceTable(rest, columns, names)}
          </details>`
    }
  </section>`;
}

function serviceTable(services: readonly ServiceFigure[], columns: typeof COLUMNS, names: TenantNames): Markup {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Service</th>
          ${columns.map(({ title }) => html`<th scope="col" class="n">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${services.map(
          (service) =>
            html`<tr>
              <th scope="row">${names.service(service.service)}</th>
              ${columns.map(({ key }) => html`<td class="n">${service[key] === 0 ? '' : number(service[key])}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
